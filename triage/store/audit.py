"""Who did what, when: a chain of rows in which a changed, removed or moved row shows itself.

Each row's `mac` is HMAC-SHA256 over the previous row's mac and this row's canonical JSON, with a key that is not in the
database. `head` is to be written down outside the database every day: whoever can change everything in it could
otherwise cut the chain's tail and set the head back.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Select, Text, or_, select, update
from sqlalchemy.dialects.postgresql import array

from triage.domain.calendar import utc_now
from triage.store.database import Tx
from triage.store.rows import add_row, value_of
from triage.store.tables import AuditEventRow, AuditHeadRow, ReferralRow

Detail = str | int | bool | None | list[str]


# What can happen. The path of a referral leaves one of these at every step; each `Intake` is among them.
Event = StrEnum(
    "Event",
    """
    RECEIVED REGISTERED TRAY REFUSED DUPLICATE TRAY_HANDLED RECOMMENDED SUGGESTIONS_STOPPED SUGGESTIONS_RESUMED
    QUEUE_SHOWN SEARCHED OPENED PREPARED UNPREPARED CONTACT_NOTED PATIENT_NAMED CLAIMED RELEASED MOVED CLOSED
    GLASS_BROKEN DECIDED UNDONE UPHELD OPINION_ASKED READ_BLIND READING_ANSWERED ANSWERED_FIRST
    ASKED ANSWERED CONSENT_GIVEN CONSENT_WITHDRAWN LETTER_WRITTEN HANDED_OVER SENT DELIVERY_REFUSED
    DESTROYED HELD HOLD_ENDED EXPORTED REGISTER_IMPORTED
    SIGNED_IN SIGN_IN_FAILED SIGNED_OUT USER_ADDED USER_BLOCKED DENIED PURPOSE_READ LOG_SHOWN
    """,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: UUID | None
    details: Mapping[str, Detail]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many rows, and the last one's mac in hexadecimal."""

    sequence: int
    mac: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found: rows checked, the head, and a sentence for each break with the number of its row."""

    checked: int
    head: Head
    breaks: tuple[tuple[int, str], ...]


def record(tx: Tx, event: Event, subject: UUID | None = None, **details: Detail) -> None:
    """Append to the chain. Identifiers, counts and versions only: a detail never holds what a patient wrote.

    Locks the head until the transaction ends, so it belongs at the end of a step.
    """
    last = tx.session.execute(select(AuditHeadRow.sequence, AuditHeadRow.mac).with_for_update()).one()
    entry = Entry(last.sequence + 1, utc_now(), tx.actor_name, event.value, subject, details)
    end = {"sequence": entry.sequence, "mac": _mac(tx.vault.audit_key, last.mac, entry)}
    add_row(tx, AuditEventRow, entry, previous_mac=last.mac, **end)
    tx.session.execute(update(AuditHeadRow).values(end))


def verify(tx: Tx, *, kept: Head | None = None) -> Verdict:
    """Walk the whole chain, and name every row that was changed, and every place where rows are missing.

    `kept` is a head that was written down before: what was the end then must still be in the chain.
    """
    breaks: list[tuple[int, str]] = []
    last, mac, key = 0, b"", tx.vault.audit_key
    ordered = select(AuditEventRow).order_by(AuditEventRow.sequence).execution_options(yield_per=1000)
    for row in tx.session.scalars(ordered):
        if row.sequence != last + 1:
            breaks.append((last + 1, f"rad {last + 1} til {row.sequence - 1} mangler"))
        elif row.previous_mac != mac:
            breaks.append((row.sequence, f"rad {row.sequence} følger ikke etter rad {last}"))
        if not hmac.compare_digest(row.mac, _mac(key, row.previous_mac, value_of(tx, Entry, row))):
            breaks.append((row.sequence, f"rad {row.sequence} er endret"))
        last, mac = row.sequence, row.mac
        if kept and kept.sequence == last and kept.mac != mac.hex():
            breaks.append((last, f"rad {last} er en annen enn den som ble skrevet ned"))
    if kept and kept.sequence > last:
        breaks.append((last + 1, f"loggen slutter på rad {last}, men rad {kept.sequence} ble skrevet ned"))
    end = head(tx)
    if (end.sequence, end.mac) != (last, mac.hex()):
        breaks.append((last + 1, f"loggen slutter på rad {last}, men skulle sluttet på rad {end.sequence}"))
    return Verdict(last, end, tuple(breaks))


def head(tx: Tx) -> Head:
    row = tx.session.execute(select(AuditHeadRow.sequence, AuditHeadRow.mac)).one()
    return Head(row.sequence, row.mac.hex())


def about(tx: Tx, *subjects: UUID) -> list[Entry]:
    """Everything that was done with these referrals or messages, also their being shown in a list; oldest first."""
    return [value_of(tx, Entry, row) for row in tx.session.scalars(rows_about(*subjects))]


def of_referrals(tx: Tx, found: Sequence[UUID]) -> list[Entry]:
    """The same for referrals with the messages that they came in."""
    came_in = select(ReferralRow.message_id).where(ReferralRow.id.in_(found))
    return about(tx, *found, *set(tx.session.scalars(came_in)))


def rows_about(*subjects: UUID) -> Select[AuditEventRow]:
    """Each half has an index of its own."""
    listed = AuditEventRow.details["referrals"].has_any(array([str(subject) for subject in subjects], type_=Text))
    found = select(AuditEventRow).where(or_(AuditEventRow.subject.in_(subjects), listed))
    return found.order_by(AuditEventRow.sequence)


def latest(tx: Tx, *, limit: int = 100, actor: str | None = None) -> list[Entry]:
    """The newest rows first, for the privacy officer's page."""
    found = select(AuditEventRow).order_by(AuditEventRow.sequence.desc()).limit(limit)
    if actor is not None:
        found = found.where(AuditEventRow.actor == actor)
    return [value_of(tx, Entry, row) for row in tx.session.scalars(found)]


def done_by(tx: Tx, actor: str, event: Event) -> list[Entry]:
    """Each time that somebody did this, oldest first. Quick for what is seldom done."""
    found = select(AuditEventRow).where(AuditEventRow.actor == actor, AuditEventRow.action == event.value)
    return [value_of(tx, Entry, row) for row in tx.session.scalars(found.order_by(AuditEventRow.sequence))]


def _mac(key: bytes, previous: bytes, entry: Entry) -> bytes:
    at, subject = entry.at.astimezone(UTC).isoformat(timespec="microseconds"), entry.subject and str(entry.subject)
    said = [entry.sequence, at, entry.actor, entry.action, subject, entry.details]
    canonical = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.digest(key, previous + canonical.encode(), sha256)
