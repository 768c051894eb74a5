"""Recommendations: never changed, only followed by one of other versions."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from triage.domain.errors import NotFound
from triage.domain.recommendation import Contribution, Recommendation
from triage.domain.referral import ReferralId
from triage.store import keys
from triage.store.database import Tx
from triage.store.queue import rank
from triage.store.records import from_data, from_json, to_data, to_json
from triage.store.tables import RecommendationRow, ReferralRow


@dataclass(frozen=True, slots=True)
class StoredRecommendation:
    id: UUID
    referral_id: ReferralId
    made_at: datetime
    recommendation: Recommendation


@dataclass(frozen=True, slots=True)
class _Words:
    """What is sealed of a recommendation, because it quotes the letter."""

    contributions: tuple[Contribution, ...]


def add(tx: Tx, referral_id: ReferralId, recommendation: Recommendation, *, at: datetime) -> bool:
    """Store it, and give the referral its place in the queue. False when the same versions said it before."""
    recommendation_id = uuid4()
    words = to_json(_Words(recommendation.contributions))
    row = {
        "id": recommendation_id,
        "referral_id": referral_id,
        "digest": _digest(recommendation),
        "made_at": at,
        "pathway": recommendation.pathway,
        "confident": recommendation.confident,
        "payload": to_data(replace(recommendation, contributions=())),
        "words": keys.of(tx, referral_id).seal(words, table="recommendation", row=recommendation_id, column="words"),
    }
    unless_said = insert(RecommendationRow).values(row).on_conflict_do_nothing(index_elements=["referral_id", "digest"])
    if tx.session.execute(unless_said.returning(RecommendationRow.id)).one_or_none() is None:
        return False
    _place(tx, referral_id, recommendation_id, recommendation)
    return True


def get(tx: Tx, recommendation_id: UUID) -> StoredRecommendation:
    row = tx.session.get(RecommendationRow, recommendation_id)
    if row is None:
        raise NotFound("Anbefalingen finnes ikke.")
    return _stored(tx, row)


def all_of(tx: Tx, referral_id: ReferralId) -> list[StoredRecommendation]:
    """Newest first."""
    found = select(RecommendationRow).where(RecommendationRow.referral_id == referral_id)
    return [_stored(tx, row) for row in tx.session.scalars(found.order_by(RecommendationRow.made_at.desc()))]


def _place(tx: Tx, referral_id: ReferralId, recommendation_id: UUID, recommendation: Recommendation) -> None:
    """What the reader inferred fills in what the sender left out, and never replaces it."""
    change = {
        "recommendation_id": recommendation_id,
        "pathway": recommendation.pathway,
        "queue_rank": rank(recommendation.pathway, danger=recommendation.danger),
        "version": ReferralRow.version + 1,
    }
    tx.session.execute(update(ReferralRow).where(ReferralRow.id == referral_id).values(change))
    for column, value in (("area", recommendation.area), ("requested", recommendation.requested)):
        unknown = update(ReferralRow).where(ReferralRow.id == referral_id, getattr(ReferralRow, column).is_(None))
        tx.session.execute(unknown.values({column: value or None}))


def _digest(recommendation: Recommendation) -> str:
    """The area belongs to it: a referral moved to another department is read again."""
    made_with = [asdict(recommendation.versions), recommendation.area]
    return sha256(json.dumps(made_with, sort_keys=True).encode()).hexdigest()[:16]


def _stored(tx: Tx, row: RecommendationRow) -> StoredRecommendation:
    sealed = keys.of(tx, row.referral_id).open(row.words, table="recommendation", row=row.id, column="words")
    contributions = from_json(_Words, sealed).contributions
    recommendation = replace(from_data(Recommendation, row.payload), contributions=contributions)
    return StoredRecommendation(row.id, row.referral_id, row.made_at, recommendation)
