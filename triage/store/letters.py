"""Letters, exactly as they were written, and how far each has come: handed over, then sent when its receipt is here."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from triage.domain.decision import Decision, InformationRequest
from triage.domain.errors import NotFound
from triage.domain.letter import Letter, Recipient
from triage.domain.referral import ReferralId
from triage.store.database import Tx, queries
from triage.store.rows import add_row, find, found_by, value_of
from triage.store.tables import DispatchRow, LetterReceiptRow, LetterRow, LetterUnderwayRow

RECEIPT_WITHIN = timedelta(hours=24)  # later than this it is handed over again, and a person is told
RECKONED = timedelta(days=7)  # how far back the tallies go
_MISSING = "Brevet finnes ikke, eller du har ikke tilgang til det."

_SQL = queries(__file__)


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """`cause` is the decision or the information request that it is about."""

    id: UUID
    referral_id: ReferralId
    cause: UUID
    written_at: datetime
    letter: Letter


def add(tx: Tx, letters: Sequence[Letter], about: Decision | InformationRequest, *, at: datetime) -> list[UUID]:
    """Store those that this cause does not have yet; a second run adds none. The ids of what was added."""
    cause = {"decision_id" if isinstance(about, Decision) else "information_request_id": about.id}
    written = [
        add_row(tx, LetterRow, letter, referral_id=about.referral_id, written_at=at, **cause) for letter in letters
    ]
    added = [letter_id for letter_id in written if letter_id]
    tx.session.add_all(LetterUnderwayRow(letter_id=letter_id) for letter_id in added)
    return added


def get(tx: Tx, letter_id: UUID) -> StoredLetter:
    return _stored(tx, find(tx, LetterRow, letter_id, _MISSING))


def all_of(tx: Tx, referral_id: ReferralId) -> list[StoredLetter]:
    """Oldest first."""
    found = select(LetterRow).where(LetterRow.referral_id == referral_id).order_by(LetterRow.written_at)
    return [_stored(tx, row) for row in tx.session.scalars(found)]


def exist_for(tx: Tx, cause: UUID) -> bool:
    """Whether a decision or an information request has its letters."""
    found = select(LetterRow.id).where((LetterRow.decision_id == cause) | (LetterRow.information_request_id == cause))
    return tx.session.scalars(found.limit(1)).one_or_none() is not None


def missing(tx: Tx, *, decided_before: datetime) -> list[UUID]:
    """Decisions that should have their letters by now and do not: a person must see why. Oldest first."""
    return list(tx.session.scalars(_SQL["without_letters"], {"before": decided_before}))


@dataclass(frozen=True, slots=True)
class Journey:
    """How far one letter has come. It is sent when `received_at` is set; `refused` is why the recipient said no."""

    id: UUID
    referral_id: ReferralId
    recipient: Recipient
    practice: str | None
    written_at: datetime
    handed_over_at: datetime | None
    received_at: datetime | None
    receipt: str | None
    refused: str | None

    def may_be_handed_over(self, *, now: datetime) -> bool:
        """Not while a receipt may still come. What the recipient refused is for a person to mend."""
        waits = self.handed_over_at and now - self.handed_over_at < RECEIPT_WITHIN
        return not (self.received_at or self.refused or waits)

    def needs_person(self, *, now: datetime) -> bool:
        return self.refused is not None or now - self.written_at > RECEIPT_WITHIN


def journey(tx: Tx, letter_id: UUID) -> Journey:
    found = next(found_by(tx, _SQL["journeys"], Journey, letter=letter_id), None)
    if found is None:
        raise NotFound(_MISSING)
    return found


def find_journey(tx: Tx, number: str) -> Journey | None:
    """By the number of the message that carried the letter, as its recipient wrote it."""
    with suppress(ValueError, NotFound):
        return journey(tx, UUID(number.strip()))
    return None


def underway(tx: Tx) -> list[Journey]:
    """Letters without the recipient's yes, oldest first. What was destroyed with its referral needs none any more."""
    return list(found_by(tx, _SQL["journeys"], Journey, letter=None))


def note_handing_over(tx: Tx, letter_id: UUID, *, channel: str, at: datetime) -> None:
    add_row(tx, DispatchRow, letter_id=letter_id, channel=channel, handed_over_at=at)


def note_receipt(tx: Tx, letter_id: UUID, *, accepted: bool, reason: str | None, at: datetime) -> bool:
    """Write down the recipient's answer, by whoever acts. False when the same answer came before."""
    answer = {"letter_id": letter_id, "accepted": accepted, "reason": reason, "at": at, "noted_by": tx.actor_name}
    if accepted:
        tx.session.execute(delete(LetterUnderwayRow).where(LetterUnderwayRow.letter_id == letter_id))
    return add_row(tx, LetterReceiptRow, **answer) is not None


@dataclass(frozen=True, slots=True)
class Tally:
    """Letters to the patients, or to one practice: how many were due, and how far they came."""

    recipient: Recipient
    practice: str | None
    decided: int
    written: int
    handed_over: int
    received: int


def tallies(tx: Tx, *, since: datetime) -> list[Tally]:
    """Decided or asked since, against written, handed over and received, for each recipient."""
    return list(found_by(tx, _SQL["tallies"], Tally, since=since))


def _stored(tx: Tx, row: LetterRow) -> StoredLetter:
    cause = row.decision_id or row.information_request_id
    return value_of(tx, StoredLetter, row, cause=cause, letter=value_of(tx, Letter, row, notes=()))
