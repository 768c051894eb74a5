"""Recommendations: never changed, only followed by one of other versions."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import func, select, update

from triage.domain.recommendation import Contribution, Recommendation, Versions
from triage.domain.referral import ReferralId
from triage.store.database import Tx
from triage.store.queue import rank
from triage.store.rows import adapter, add_row, find, opened, value_of
from triage.store.tables import EngineArchiveRow, RecommendationRow, ReferralRow, Status


@dataclass(frozen=True, slots=True)
class StoredRecommendation:
    id: UUID
    made_at: datetime
    recommendation: Recommendation


# What is sealed of a recommendation, because it quotes the letter.
_words = TypeAdapter(tuple[Contribution, ...])


def add(tx: Tx, referral_id: ReferralId, recommendation: Recommendation, *, at: datetime) -> bool:
    """Store it, and give the referral its place in the queue. False when the same versions said it before."""
    recommendation_id = add_row(
        tx,
        RecommendationRow,
        recommendation,
        referral_id=referral_id,
        digest=_digest(recommendation),
        made_at=at,
        payload=adapter(Recommendation).dump_python(replace(recommendation, contributions=()), mode="json"),
        words=_words.dump_json(recommendation.contributions),
    )
    if recommendation_id:
        _place(tx, referral_id, recommendation_id, recommendation)
    return recommendation_id is not None


def get(tx: Tx, recommendation_id: UUID) -> StoredRecommendation:
    return _stored(tx, find(tx, RecommendationRow, recommendation_id, "Anbefalingen finnes ikke."))


def all_of(tx: Tx, referral_id: ReferralId) -> list[StoredRecommendation]:
    """Newest first."""
    found = select(RecommendationRow).where(RecommendationRow.referral_id == referral_id)
    return [_stored(tx, row) for row in tx.session.scalars(found.order_by(RecommendationRow.made_at.desc()))]


def keep_files(tx: Tx, versions: Versions, files: bytes, *, at: datetime) -> None:
    """What recommendations of these versions are made with, once for each set of versions."""
    add_row(tx, EngineArchiveRow, label=_label(versions), kept_at=at, files=files)


def files_of(tx: Tx, versions: Versions) -> bytes | None:
    """None when nobody kept them."""
    return tx.session.scalar(select(EngineArchiveRow.files).where(EngineArchiveRow.label == _label(versions)))


def _label(versions: Versions) -> str:
    return " ".join((versions.model, versions.rules, versions.policy, versions.lexicon))


def _place(tx: Tx, referral_id: ReferralId, recommendation_id: UUID, recommendation: Recommendation) -> None:
    """What the reader inferred fills in what the sender left out, and never replaces it. One that was decided
    meanwhile has left the queue."""
    waiting = (ReferralRow.id == referral_id, ReferralRow.status == Status.OPEN)
    change = {
        "recommendation_id": recommendation_id,
        "pathway": recommendation.pathway,
        "unsure": not recommendation.confident,
        "rules": sorted({match.rule for match in recommendation.reasons}),
        "queue_rank": rank(recommendation.pathway, danger=recommendation.danger),
        "version": ReferralRow.version + 1,
        "area": func.coalesce(ReferralRow.area, recommendation.area or None),
        "requested": func.coalesce(ReferralRow.requested, recommendation.requested or None),
    }
    tx.session.execute(update(ReferralRow).where(*waiting).values(change))


def _digest(recommendation: Recommendation) -> str:
    """The area belongs to it: a referral moved to another department is read again."""
    made_with = [asdict(recommendation.versions), recommendation.area]
    return sha256(json.dumps(made_with, sort_keys=True).encode()).hexdigest()[:16]


def _stored(tx: Tx, row: RecommendationRow) -> StoredRecommendation:
    contributions = _words.validate_json(opened(tx, row, "words"))
    recommendation = replace(adapter(Recommendation).validate_python(row.payload), contributions=contributions)
    return value_of(tx, StoredRecommendation, row, recommendation=recommendation)
