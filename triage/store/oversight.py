"""What somebody answers for afterwards: stopping all proposals, and seeing another department's referral."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update

from triage.domain.errors import Conflict
from triage.domain.referral import ReferralId
from triage.store import keys
from triage.store.database import Tx, must_change_one
from triage.store.rows import add_row, value_of
from triage.store.tables import EmergencyAccessRow, SuggestionStopRow


@dataclass(frozen=True, slots=True)
class Stop:
    """From now on nothing is proposed, until somebody resumes."""

    stopped_by: str
    stopped_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class EmergencyAccess:
    """Break-glass: who saw which referral, to read only, from when until when, and why."""

    referral_id: ReferralId
    username: str
    given_at: datetime
    until: datetime
    reason: str = field(repr=False)


def stopped(tx: Tx) -> Stop | None:
    """The stop that holds now, if any."""
    row = tx.session.scalars(select(SuggestionStopRow).where(SuggestionStopRow.resumed_at.is_(None))).one_or_none()
    return value_of(tx, Stop, row) if row else None


def stop(tx: Tx, reason: str, *, at: datetime) -> None:
    """Raises Conflict when they are stopped already."""
    if not add_row(tx, SuggestionStopRow, stopped_by=tx.actor_name, stopped_at=at, reason=reason):
        raise Conflict("Forslagene er allerede stanset.")


def resume(tx: Tx, *, at: datetime) -> None:
    """Raises Conflict when they are not stopped."""
    change = update(SuggestionStopRow).where(SuggestionStopRow.resumed_at.is_(None)).returning(SuggestionStopRow.id)
    resumed = change.values(resumed_by=tx.actor_name, resumed_at=at)
    must_change_one(tx, resumed, "Forslagene er ikke stanset.")


def break_glass(tx: Tx, referral_id: ReferralId, reason: str, *, at: datetime, until: datetime) -> None:
    known = {"username": tx.actor_name, "given_at": at, "until": until, "reason": reason}
    add_row(tx, EmergencyAccessRow, referral_id=referral_id, **known)


def emergencies(tx: Tx, *, limit: int = 50) -> list[EmergencyAccess]:
    """Newest first; those of a destroyed referral are in the log alone."""
    found = select(EmergencyAccessRow).order_by(EmergencyAccessRow.given_at.desc()).limit(limit)
    rows = list(tx.session.scalars(found))
    keys.fetch(tx, [row.referral_id for row in rows])
    return [value_of(tx, EmergencyAccess, row) for row in rows if row.referral_id in tx.keys]
