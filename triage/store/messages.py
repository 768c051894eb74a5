"""Messages as they arrived. Bytes are stored before anybody tries to read them, and never deleted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select, update

from triage.domain.message import Intake, MessageHead
from triage.store import keys
from triage.store.database import Tx, must_change_one
from triage.store.rows import add_row, find, opened, sealed, value_of
from triage.store.tables import MessageRow

MessageId = UUID
_LONGEST_NAME = 200
_MISSING = "Meldingen finnes ikke."
_TRAY = (Intake.TRAY, Intake.REFUSED)
_WAITS = (MessageRow.outcome.in_(_TRAY), MessageRow.handled_at.is_(None))


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

    @property
    def waits(self) -> bool:
        """In the tray, for a person."""
        return self.outcome in _TRAY and self.handled_at is None


def add(tx: Tx, *, body: bytes, label: str, channel: str, received_at: datetime) -> tuple[MessageId, MessageId | None]:
    """Keep the bytes. Second comes the message that holds the very same bytes, if there is one already."""
    message_id, digest = uuid4(), sha256(body).digest()
    keys.create(tx, message_id)
    known = {"id": message_id, "received_at": received_at, "channel": channel, "label": label}
    facts = {"sha256": digest, "size_bytes": len(body)}
    first = None
    while first is None:  # none, when the first was found to repeat yet another between these two statements
        if add_row(tx, MessageRow, **known, **facts, body=body):
            return message_id, None
        first = tx.session.scalars(_first_with([digest])).one_or_none()
    add_row(tx, MessageRow, **known, **facts, duplicate_of=first, outcome=Intake.DUPLICATE)
    return message_id, first


def known(tx: Tx, bodies: Sequence[bytes]) -> list[bool]:
    """Whether each of these was received before, byte for byte."""
    digests = [sha256(body).digest() for body in bodies]
    there = {message.sha256 for message in tx.session.execute(_first_with(digests))}
    return [digest in there for digest in digests]


def get(tx: Tx, message_id: MessageId, *, lock: bool = False) -> StoredMessage:
    """With `lock`, nobody else can change the message until this transaction ends."""
    return value_of(tx, StoredMessage, find(tx, MessageRow, message_id, _MISSING, lock=lock))


def body(tx: Tx, message_id: MessageId) -> bytes:
    """The bytes as they were received; for an exact repeat those of the first."""
    return _opened(tx, message_id, "body") or b""


def receipt(tx: Tx, message_id: MessageId) -> bytes | None:
    """The receipt that answers the message, or None when it cannot be answered."""
    return _opened(tx, message_id, "receipt")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message. With an error code (list 8221) its receipt is negative."""

    outcome: Intake
    reason: str | None = None
    error_code: str | None = None
    head: MessageHead | None = None
    duplicate_of: MessageId | None = None
    deviations: tuple[str, ...] = ()


def finish(tx: Tx, message_id: MessageId, fate: Fate, *, receipt: bytes | None = None) -> None:
    """Write what became of a message that had not been read."""
    became = {
        "outcome": fate.outcome,
        "reason": fate.reason,
        "deviations": list(fate.deviations),
        "duplicate_of": fate.duplicate_of,
    }
    if head := fate.head:
        became |= {"format": head.format, "sender_key": _short(head.sender.key), "sender_message_id": _short(head.id)}
    unread = update(MessageRow).where(MessageRow.id == message_id, MessageRow.outcome.is_(None))
    tx.session.execute(unread.values(sealed(tx, MessageRow, {"id": message_id, "receipt": receipt, **became})))


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
    found = select(MessageRow).where(*_WAITS).order_by(MessageRow.received_at).limit(limit)
    return [value_of(tx, StoredMessage, row) for row in tx.session.scalars(found)]


def counts(tx: Tx) -> Counter[str]:
    """Messages by outcome; `unread` for those that nobody has got to yet."""
    found = select(func.coalesce(MessageRow.outcome, "unread"), func.count()).group_by(MessageRow.outcome)
    return Counter(dict(tx.session.execute(found).all()))


def handle(tx: Tx, message_id: MessageId, *, at: datetime) -> None:
    """Take a message out of the tray. Raises Conflict when somebody else did."""
    change = update(MessageRow).where(MessageRow.id == message_id, *_WAITS)
    handled = change.values(handled_by=tx.actor_name, handled_at=at).returning(MessageRow.id)
    must_change_one(tx, handled, "Meldingen er allerede behandlet, eller ligger ikke i kurven.")


def _short(name: str | None) -> str | None:
    """An index takes 2 700 bytes at most, and a sender may write more: then the digest recognises it as well."""
    return name if not name or len(name) <= _LONGEST_NAME else sha256(name.encode()).hexdigest()


def _first_with(digests: Sequence[bytes]) -> Select[UUID, bytes]:
    return select(MessageRow.id, MessageRow.sha256).where(
        MessageRow.sha256.in_(digests), MessageRow.duplicate_of.is_(None)
    )


def _opened(tx: Tx, message_id: MessageId, column: str) -> bytes | None:
    row = find(tx, MessageRow, message_id, _MISSING)
    if getattr(row, column) is not None:
        return opened(tx, row, column)
    return _opened(tx, row.duplicate_of, column) if row.duplicate_of else None
