"""What others answered about a referral on their own: double reads, second opinions, and answers before the proposal.

A double read drawn by lot measures agreement. A refused referral in which the program saw danger is always read twice,
for safety, before its letters leave; such reads are kept apart, since all of them begin with a refusal. Whoever reads
has not opened the referral since it was asked about, nor before where agreement is measured, unless asked by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from triage.domain.decision import Outcome
from triage.domain.referral import ReferralId
from triage.store.audit import Event
from triage.store.database import Tx, must_change_one, queries
from triage.store.decisions import holds
from triage.store.rows import add_row, find, sealed, value_of
from triage.store.tables import AuditEventRow, DecisionRow, ReadingRow, ReferralRow, Status, UndoneRow

_SQL = queries(__file__)
_MISSING = "Lesningen finnes ikke, eller den er ikke din."
_MOST_LISTED = 50
_SEEN = (Event.OPENED, Event.CLAIMED)


class Kind(StrEnum):
    """Why somebody else reads; FIRST is one's own answer before one sees what is proposed."""

    DRAWN = "drawn"
    REFUSED_RED = "refused_red"
    OPINION = "opinion"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Reading:
    """`outcome` is None until it is answered; `asked_of` None is whoever has time."""

    id: UUID
    referral_id: ReferralId
    kind: Kind
    asked_by: str
    asked_at: datetime
    asked_of: str | None
    decision_id: UUID | None
    holds_letters: bool
    reader: str | None
    answered_at: datetime | None
    outcome: Outcome | None
    question: str = field(repr=False)
    comment: str = field(repr=False)

    @property
    def shown(self) -> bool:
        """On the referral's page: what others answered, and whom somebody asked by choice."""
        return self.kind is not Kind.FIRST and (self.outcome is not None or self.kind is Kind.OPINION)


def add(tx: Tx, referral_id: ReferralId, kind: Kind, *, at: datetime, **known: Any) -> None:
    """Asked for by this person, with what else is known of it. Of one's own first answers the first one counts."""
    given = {"question": "", "comment": "", "holds_letters": False, **known}
    add_row(tx, ReadingRow, referral_id=referral_id, kind=kind, asked_by=tx.actor_name, asked_at=at, **given)


def take(tx: Tx, *, now: datetime, until: datetime, only_pressing: bool = False) -> UUID | None:
    """Reserve what this person should read next: refused reds, then what was asked of them by name, then the rest."""
    row = ReadingRow
    pressing = [or_(row.holds_letters, row.asked_of == tx.actor_name)] if only_pressing else []
    order = (row.holds_letters.desc(), row.asked_of.is_(None), row.asked_at)
    found = select(row.id).where(*_waiting(tx, now), *pressing).order_by(*order).limit(1)
    first = found.with_for_update(skip_locked=True).correlate(None).scalar_subquery()
    taken = update(row).where(row.id == first).values(reader=tx.actor_name, reader_until=until)
    return tx.session.scalar(taken.returning(row.id))


def waiting(tx: Tx, *, now: datetime) -> int:
    """How many this person could read now."""
    return tx.session.scalar(select(func.count()).select_from(ReadingRow).where(*_waiting(tx, now))) or 0


def own_unanswered(tx: Tx, referral_id: ReferralId) -> UUID | None:
    """The reading for which this person must not see anybody's answer yet."""
    found = select(ReadingRow.id).where(ReadingRow.referral_id == referral_id, *_own(tx), *_matters()).limit(1)
    return tx.session.scalar(found)


def get_own(tx: Tx, reading_id: UUID) -> Reading:
    """Raises NotFound when it is somebody else's, or answered."""
    found = tx.session.scalar(select(ReadingRow.id).where(ReadingRow.id == reading_id, *_own(tx)))
    return value_of(tx, Reading, find(tx, ReadingRow, found or UUID(int=0), _MISSING))


def answer(tx: Tx, reading: Reading, outcome: Outcome, comment: str, *, at: datetime) -> None:
    """Raises Conflict when it was answered meanwhile."""
    words = sealed(tx, ReadingRow, {"id": reading.id, "referral_id": reading.referral_id, "comment": comment})
    said = {"reader": tx.actor_name, "answered_at": at, "outcome": outcome, "comment": words["comment"]}
    change = update(ReadingRow).where(ReadingRow.id == reading.id, *_own(tx)).values(said)
    must_change_one(tx, change.returning(ReadingRow.id), "Lesningen er allerede besvart, eller en annen har overtatt.")


def held(tx: Tx, decision_id: UUID) -> Reading | None:
    """The reading that this decision's letters wait for, or that did not agree with it."""
    waits = select(ReadingRow).where(ReadingRow.decision_id == decision_id, ReadingRow.holds_letters)
    row = tx.session.scalars(waits).one_or_none()
    return value_of(tx, Reading, row) if row else None


def let_letters_go(tx: Tx, decision_id: UUID) -> None:
    tx.session.execute(update(ReadingRow).where(ReadingRow.decision_id == decision_id).values(holds_letters=False))


def all_of(tx: Tx, referral_id: ReferralId) -> list[Reading]:
    """Oldest first."""
    found = select(ReadingRow).where(ReadingRow.referral_id == referral_id).order_by(ReadingRow.asked_at)
    return [value_of(tx, Reading, row) for row in tx.session.scalars(found)]


def unlike(tx: Tx) -> list[tuple[Reading, Outcome]]:
    """Double reads that differ from a decision that still stands and that nobody has corrected, newest first."""
    found = (
        select(ReadingRow, DecisionRow.outcome)
        .join(DecisionRow, DecisionRow.id == ReadingRow.decision_id)
        .where(ReadingRow.outcome != DecisionRow.outcome, *holds())
        .order_by(ReadingRow.holds_letters.desc(), ReadingRow.answered_at.desc())
        .limit(_MOST_LISTED)
    )
    return [(value_of(tx, Reading, row), Outcome(outcome)) for row, outcome in tx.session.execute(found)]


def asked_by_me(tx: Tx) -> list[Reading]:
    """Second opinions that this person asked for, newest first."""
    row = ReadingRow
    mine = select(row).where(row.kind == Kind.OPINION, row.asked_by == tx.actor_name).order_by(row.asked_at.desc())
    return [value_of(tx, Reading, row) for row in tx.session.scalars(mine.limit(_MOST_LISTED))]


def agreement(tx: Tx) -> Mapping[Kind, tuple[int, int]]:
    """Of each kind, how many were answered and decided, and how many of those got the same answer both times."""
    return {Kind(row.kind): (row.number, row.alike) for row in tx.session.execute(_SQL["agreement"])}


def _own(tx: Tx) -> tuple[ColumnElement[bool], ...]:
    row = ReadingRow
    return row.answered_at.is_(None), or_(row.reader == tx.actor_name, row.asked_of == tx.actor_name)


def _waiting(tx: Tx, now: datetime) -> tuple[ColumnElement[bool], ...]:
    row, me, log = ReadingRow, tx.actor_name, AuditEventRow
    told = or_(~row.holds_letters, log.at >= row.asked_at)
    seen = exists().where(log.subject == row.referral_id, log.actor == me, log.action.in_(_SEEN), told)
    return (
        row.answered_at.is_(None),
        row.asked_by != me,
        or_(row.reader.is_(None), row.reader == me, row.reader_until <= now),
        or_(row.asked_of == me, and_(row.asked_of.is_(None), ~seen)),
        *_matters(),
    )


def _matters() -> tuple[ColumnElement[bool], ...]:
    """An opinion until somebody has decided; a double read until the decision is taken back."""
    row, undone = ReadingRow, select(UndoneRow.decision_id)
    is_open = exists().where(ReferralRow.id == row.referral_id, ReferralRow.status == Status.OPEN)
    return or_(row.decision_id.is_(None), row.decision_id.not_in(undone)), or_(row.kind != Kind.OPINION, is_open)
