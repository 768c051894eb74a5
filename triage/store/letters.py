"""Letters, exactly as they were written, and their sendings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from triage.domain.errors import NotFound
from triage.domain.letter import Letter, LetterKind, Recipient
from triage.domain.referral import Language, ReferralId
from triage.store import keys
from triage.store.database import Tx
from triage.store.tables import DecisionRow, DispatchRow, LetterRow, UndoneRow


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """`cause` is the decision or the information request that it is about."""

    id: UUID
    referral_id: ReferralId
    cause: UUID
    written_at: datetime
    letter: Letter


def add(
    tx: Tx,
    letters: Sequence[Letter],
    *,
    referral_id: ReferralId,
    at: datetime,
    decision_id: UUID | None = None,
    information_request_id: UUID | None = None,
) -> list[UUID]:
    """Store those that this cause does not have yet; a second run adds none. The ids of what was added."""
    key = keys.of(tx, referral_id)
    added: list[UUID] = []
    for letter in letters:
        row = uuid4()
        bodies = {"html": letter.html.encode(), "text": letter.text.encode(), "pdf": letter.pdf}
        sealed = {name: key.seal(body, table="letter", row=row, column=name) for name, body in bodies.items()}
        unless_written = (
            insert(LetterRow)
            .values(
                id=row,
                referral_id=referral_id,
                decision_id=decision_id,
                information_request_id=information_request_id,
                recipient=letter.recipient,
                kind=letter.kind,
                language=letter.language,
                template=letter.template,
                pdf_sha256=letter.pdf_sha256,
                written_at=at,
                **sealed,
            )
            .on_conflict_do_nothing()
        )
        added += tx.session.scalars(unless_written.returning(LetterRow.id)).all()
    return added


def get(tx: Tx, letter_id: UUID) -> StoredLetter:
    row = tx.session.get(LetterRow, letter_id)
    if row is None:
        raise NotFound("Brevet finnes ikke, eller du har ikke tilgang til det.")
    return _stored(tx, row)


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
    row = {"id": uuid4(), "letter_id": letter_id, "key": key, "channel": channel, "reference": reference, "sent_at": at}
    unless_sent = insert(DispatchRow).values(row).on_conflict_do_nothing(index_elements=["key"])
    return tx.session.execute(unless_sent.returning(DispatchRow.id)).one_or_none() is not None


def _stored(tx: Tx, row: LetterRow) -> StoredLetter:
    key = keys.of(tx, row.referral_id)
    html, words, pdf = (
        key.open(body, table="letter", row=row.id, column=column)
        for column, body in (("html", row.html), ("text", row.text), ("pdf", row.pdf))
    )
    letter = Letter(
        kind=LetterKind(row.kind),
        recipient=Recipient(row.recipient),
        language=Language(row.language),
        template=row.template,
        html=html.decode(),
        text=words.decode(),
        pdf=pdf,
        pdf_sha256=row.pdf_sha256,
    )
    cause = row.decision_id or row.information_request_id
    if cause is None:
        raise NotFound("Brevet hører ikke til noe.")
    return StoredLetter(row.id, row.referral_id, cause, row.written_at, letter)
