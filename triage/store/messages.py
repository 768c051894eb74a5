"""Messages as they arrived. Bytes are stored before anybody tries to read them, and never deleted."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from triage.domain.errors import NotFound
from triage.domain.message import Intake, MessageHead
from triage.store import keys
from triage.store.database import Tx, must_change_one
from triage.store.tables import MessageRow

MessageId = UUID
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """What is known about a message without opening it. `outcome` is None until it has been read."""

    id: MessageId
    received_at: datetime
    channel: str
    outcome: Intake | None
    reason: str | None
    duplicate_of: MessageId | None
    size_bytes: int
    handled_by: str | None
    handled_at: datetime | None
    label: str = field(repr=False)


def add(tx: Tx, *, body: bytes, label: str, channel: str, received_at: datetime) -> tuple[MessageId, MessageId | None]:
    """Keep the bytes. Second comes the message that holds the very same bytes, if there is one already."""
    message_id, digest = uuid4(), sha256(body).digest()
    key = keys.create(tx, message_id)
    values = {
        "id": message_id,
        "received_at": received_at,
        "channel": channel,
        "sha256": digest,
        "size_bytes": len(body),
        "label": key.seal(label, table="message", row=message_id, column="label"),
    }
    sealed_body = key.seal(body, table="message", row=message_id, column="body")
    first_of_its_kind = (
        insert(MessageRow)
        .values(**values, body=sealed_body)
        .on_conflict_do_nothing(index_elements=["sha256"], index_where=MessageRow.duplicate_of.is_(None))
        .returning(MessageRow.id)
    )
    if tx.session.execute(first_of_its_kind).one_or_none():
        return message_id, None
    first = tx.session.scalars(_with_bytes(digest)).one()
    tx.session.execute(insert(MessageRow).values(**values, duplicate_of=first, outcome=Intake.DUPLICATE))
    return message_id, first


def known(tx: Tx, body: bytes) -> MessageId | None:
    """The message that holds these bytes, if it was received before."""
    return tx.session.scalars(_with_bytes(sha256(body).digest())).one_or_none()


def get(tx: Tx, message_id: MessageId, *, lock: bool = False) -> StoredMessage:
    """With `lock`, nobody else can change the message until this transaction ends."""
    found = select(MessageRow).where(MessageRow.id == message_id)
    row = tx.session.scalars(found.with_for_update() if lock else found).one_or_none()
    if row is None:
        raise NotFound("Meldingen finnes ikke.")
    return _stored(tx, row)


def body(tx: Tx, message_id: MessageId) -> bytes:
    """The bytes as they were received; for an exact repeat those of the first."""
    return _opened(tx, message_id, "body") or b""


def receipt(tx: Tx, message_id: MessageId) -> bytes | None:
    """The receipt that answers the message, or None when it cannot be answered."""
    return _opened(tx, message_id, "receipt")


def finish(
    tx: Tx,
    message_id: MessageId,
    *,
    outcome: Intake,
    reason: str | None = None,
    head: MessageHead | None = None,
    deviations: tuple[str, ...] = (),
    receipt: bytes | None = None,
    duplicate_of: MessageId | None = None,
) -> None:
    """Write what became of a message that had not been read."""
    sealed = (
        keys.of(tx, message_id).seal(receipt, table="message", row=message_id, column="receipt") if receipt else None
    )
    tx.session.execute(
        update(MessageRow)
        .where(MessageRow.id == message_id, MessageRow.outcome.is_(None))
        .values(
            outcome=outcome,
            reason=reason,
            format=head.format if head else None,
            sender_key=_short(head.sender.key) if head else None,
            sender_message_id=_short(head.id) if head else None,
            deviations=list(deviations),
            receipt=sealed,
            duplicate_of=duplicate_of,
        )
    )


def turns(head: MessageHead) -> list[str]:
    """Name of the sender's own number, for `take_turns`; none when the message has no number."""
    return [f"message {head.sender.key} {head.id}"] if head.id and head.sender.key else []


def registered_before(tx: Tx, head: MessageHead) -> MessageId | None:
    """The registered message with the same sender and the sender's own number, if any."""
    if not turns(head):
        return None
    found = select(MessageRow.id).where(
        MessageRow.sender_key == _short(head.sender.key),
        MessageRow.sender_message_id == _short(head.id),
        MessageRow.outcome == Intake.REGISTERED,
    )
    return tx.session.scalars(found.order_by(MessageRow.received_at).limit(1)).one_or_none()


def tray(tx: Tx, *, limit: int = 200) -> list[StoredMessage]:
    """What a person must read and has not yet handled, oldest first."""
    found = select(MessageRow).where(
        MessageRow.outcome.in_([Intake.TRAY, Intake.REFUSED]), MessageRow.handled_at.is_(None)
    )
    return [_stored(tx, row) for row in tx.session.scalars(found.order_by(MessageRow.received_at).limit(limit))]


def counts(tx: Tx) -> Counter[str]:
    """Messages by outcome; `unread` for those that nobody has got to yet."""
    found = select(func.coalesce(MessageRow.outcome, "unread"), func.count()).group_by(MessageRow.outcome)
    return Counter(dict(tx.session.execute(found).all()))


def handle(tx: Tx, message_id: MessageId, *, at: datetime) -> None:
    """Take a message out of the tray. Raises Conflict when somebody else did."""
    change = (
        update(MessageRow)
        .where(MessageRow.id == message_id, MessageRow.handled_at.is_(None))
        .where(MessageRow.outcome.in_([Intake.TRAY, Intake.REFUSED]))
        .values(handled_by=tx.actor_name, handled_at=at)
        .returning(MessageRow.id)
    )
    must_change_one(tx, change, "Meldingen er allerede behandlet, eller ligger ikke i kurven.")


def _short(name: str | None) -> str | None:
    """An index takes 2 700 bytes at most, and a sender may write more: then the digest recognises it as well."""
    return name if not name or len(name) <= _LONGEST_NAME else sha256(name.encode()).hexdigest()


def _with_bytes(digest: bytes) -> Select[UUID]:
    return select(MessageRow.id).where(MessageRow.sha256 == digest, MessageRow.duplicate_of.is_(None))


def _opened(tx: Tx, message_id: MessageId, column: str) -> bytes | None:
    found = select(MessageRow.duplicate_of, MessageRow.body, MessageRow.receipt).where(MessageRow.id == message_id)
    row: Row[UUID | None, bytes | None, bytes | None] | None = tx.session.execute(found).one_or_none()
    if row is None:
        raise NotFound("Meldingen finnes ikke.")
    sealed: bytes | None = getattr(row, column)
    if sealed is not None:
        return keys.of(tx, message_id).open(sealed, table="message", row=message_id, column=column)
    return _opened(tx, row.duplicate_of, column) if row.duplicate_of else None


def _stored(tx: Tx, row: MessageRow) -> StoredMessage:
    label = keys.of(tx, row.id).open(row.label, table="message", row=row.id, column="label")
    return StoredMessage(
        id=row.id,
        received_at=row.received_at,
        channel=row.channel,
        outcome=Intake(row.outcome) if row.outcome else None,
        reason=row.reason,
        duplicate_of=row.duplicate_of,
        size_bytes=row.size_bytes,
        handled_by=row.handled_by,
        handled_at=row.handled_at,
        label=label.decode(),
    )
