"""Letters, exactly as they were written, and their sendings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from triage.domain.decision import Decision, InformationRequest
from triage.domain.letter import Letter
from triage.domain.referral import ReferralId
from triage.store.database import Tx
from triage.store.rows import add_row, find, value_of
from triage.store.tables import DecisionRow, DispatchRow, LetterRow, UndoneRow


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
    added = [
        add_row(tx, LetterRow, letter, referral_id=about.referral_id, written_at=at, **cause) for letter in letters
    ]
    return [letter_id for letter_id in added if letter_id]


def get(tx: Tx, letter_id: UUID) -> StoredLetter:
    return _stored(tx, find(tx, LetterRow, letter_id, "Brevet finnes ikke, eller du har ikke tilgang til det."))


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
    found = (
        select(DecisionRow.id)
        .where(DecisionRow.decided_at < decided_before)
        .where(DecisionRow.id.not_in(select(UndoneRow.decision_id)))
        .where(~select(LetterRow.id).where(LetterRow.decision_id == DecisionRow.id).exists())
    )
    return list(tx.session.scalars(found.order_by(DecisionRow.decided_at)))


def note_sending(tx: Tx, letter_id: UUID, *, key: str, channel: str, reference: str | None, at: datetime) -> bool:
    """Write down one sending. False when its key was written down before."""
    sending = {"letter_id": letter_id, "key": key, "channel": channel, "reference": reference, "sent_at": at}
    return add_row(tx, DispatchRow, **sending) is not None


def _stored(tx: Tx, row: LetterRow) -> StoredLetter:
    cause = row.decision_id or row.information_request_id
    return value_of(tx, StoredLetter, row, cause=cause, letter=value_of(tx, Letter, row, notes=()))
