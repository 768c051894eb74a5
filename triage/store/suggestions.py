"""The stop button: whether what the program proposes may be shown, and who stopped it when and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from triage.store.database import Tx, must_change_one
from triage.store.tables import SuggestionStopRow


@dataclass(frozen=True, slots=True)
class Stop:
    """From now on nothing is proposed, until somebody resumes."""

    stopped_by: str
    stopped_at: datetime
    reason: str


def stopped(tx: Tx) -> Stop | None:
    """The stop that holds now, if any."""
    row = tx.session.scalars(select(SuggestionStopRow).where(SuggestionStopRow.resumed_at.is_(None))).one_or_none()
    return Stop(row.stopped_by, row.stopped_at, row.reason) if row else None


def stop(tx: Tx, reason: str, *, at: datetime) -> None:
    """Raises Conflict when they are stopped already."""
    unless_stopped = (
        insert(SuggestionStopRow)
        .values(id=uuid4(), stopped_by=tx.actor_name, stopped_at=at, reason=reason)
        .on_conflict_do_nothing()
        .returning(SuggestionStopRow.id)
    )
    must_change_one(tx, unless_stopped, "Forslagene er allerede stanset.")


def resume(tx: Tx, *, at: datetime) -> None:
    """Raises Conflict when they are not stopped."""
    change = (
        update(SuggestionStopRow)
        .where(SuggestionStopRow.resumed_at.is_(None))
        .values(resumed_by=tx.actor_name, resumed_at=at)
        .returning(SuggestionStopRow.id)
    )
    must_change_one(tx, change, "Forslagene er ikke stanset.")
