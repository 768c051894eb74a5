"""How the program fares over time: a model in shadow beside the one in use, and whether what comes in has changed.

Counts and shares alone, in `watching.sql`; nobody can be recognised by them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from triage.domain.recommendation import Pathway, Recommendation
from triage.domain.referral import ReferralId
from triage.store.database import Tx, queries
from triage.store.rows import adapter, add_row, found_by
from triage.store.tables import ShadowRecommendationRow

_SQL = queries(__file__)
_RECENT_DAYS, _BEFORE_DAYS = 28, 180
_SAMPLE = 20_000  # referrals, about: as good as all of them


@dataclass(frozen=True, slots=True)
class Beside:
    """Referrals that the model in use (with the rules) and the one in shadow gave these pathways."""

    in_use: Pathway
    shadow: Pathway
    referrals: int
    unsure_in_use: int
    unsure_shadow: int
    decided: int
    granted: int  # a right, or handled as an emergency
    refused: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A mean or a share in the last four weeks and in the half year before. `changed`: more than chance explains."""

    measure: str
    recent: float | None
    before: float | None
    n_recent: int
    n_before: int
    changed: bool


def add_shadow(tx: Tx, referral_id: ReferralId, proposed: Recommendation, *, at: datetime) -> None:
    """Once for each referral and model."""
    shares = {str(pathway): share for pathway, share in proposed.probabilities.items()}
    given = {"model": proposed.versions.model, "made_at": at, "probabilities": shares}
    add_row(tx, ShadowRecommendationRow, proposed, referral_id=referral_id, **given)


def side_by_side(tx: Tx) -> dict[str, list[Beside]]:
    """By the version in shadow, most referrals first; those that both gave the same pathway are among them."""
    found: dict[str, list[Beside]] = {}
    for row in tx.session.execute(_SQL["side_by_side"]).mappings():
        found.setdefault(row["model"], []).append(adapter(Beside).validate_python(dict(row)))
    return found


def drift(tx: Tx, *, now: datetime) -> list[Shift]:
    """Length, unseen words, abstention, override and the mix of senders, of referrals that reports count."""
    window = {"now": now, "recent": _RECENT_DAYS, "before": _BEFORE_DAYS}
    window["every"] = 1 + (tx.session.scalar(_SQL["seen"], window) or 0) // _SAMPLE
    return list(found_by(tx, _SQL["drift"], Shift, **window))


def study(tx: Tx) -> dict[str, Any]:
    """What a report of a study asks of the whole of what has come in: counts, days, and versions used."""
    return dict(tx.session.execute(_SQL["study"]).mappings().one())
