"""The stop button: whether what the program proposes may be shown, and who stopped it when and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from triage.domain.errors import Conflict
from triage.store.database import Tx, must_change_one
from triage.store.rows import add_row, value_of
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
