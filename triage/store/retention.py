"""Destroying what need not be kept: the keys go, and every trace by which a patient could be found again.

What stays is what reports count, who did what when, and that something was destroyed. Nobody can be recognised by it.
What somebody must be able to ask for later, as in a complaint, is held until the log says that it no longer is.
"""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from triage.domain.message import Intake
from triage.domain.referral import ReferralId
from triage.store import keys
from triage.store.audit import Event
from triage.store.database import Tx
from triage.store.messages import MessageId
from triage.store.tables import AuditEventRow, DataKeyRow, MessageRow, ReferralRow, SearchTermRow, Status

_KEPT = select(DataKeyRow.owner)
_LAST_SAID = (
    select(AuditEventRow.subject, AuditEventRow.action)
    .where(AuditEventRow.action.in_([Event.HELD, Event.HOLD_ENDED]))
    .ext(distinct_on(AuditEventRow.subject))
    .order_by(AuditEventRow.subject, AuditEventRow.sequence.desc())
    .subquery()
)
_HELD = select(_LAST_SAID.c.subject).where(_LAST_SAID.c.action == Event.HELD)


def referrals_ended_before(tx: Tx, moment: datetime) -> list[ReferralId]:
    """Decided or closed before this, and not destroyed yet. Whatever still waits for a person is never among them."""
    ended = select(ReferralRow.id).where(ReferralRow.status != Status.OPEN, ReferralRow.ended_at < moment)
    ended = ended.where(ReferralRow.id.not_in(_HELD), ReferralRow.message_id.not_in(_HELD))
    return list(tx.session.scalars(ended.where(ReferralRow.id.in_(_KEPT)).order_by(ReferralRow.ended_at)))


def messages_handled_before(tx: Tx, moment: datetime) -> list[MessageId]:
    """From the tray, handled before this, and without a referral that could need its bytes."""
    used = select(ReferralRow.message_id)
    handled = select(MessageRow.id).where(MessageRow.handled_at < moment, MessageRow.id.not_in(used))
    handled = handled.where(MessageRow.id.not_in(_HELD))
    return list(tx.session.scalars(handled.where(MessageRow.id.in_(_KEPT)).order_by(MessageRow.handled_at)))


def receipts_received_before(tx: Tx, moment: datetime) -> list[MessageId]:
    """What came in and became no referral because it answers a letter. That it came, and what it said, stays."""
    used, row = select(ReferralRow.message_id), MessageRow
    answers = select(row.id).where(row.received_at < moment, row.outcome == Intake.REGISTERED, row.id.not_in(used))
    return list(tx.session.scalars(answers.where(row.id.in_(_KEPT), row.id.not_in(_HELD)).order_by(row.received_at)))


def is_held(tx: Tx, subject: ReferralId | MessageId) -> bool:
    """Whether somebody said that a referral or message must be kept, and nobody has taken it back."""
    return bool(tx.session.scalar(_HELD.where(_LAST_SAID.c.subject == subject)))


def destroy_referral(tx: Tx, referral_id: ReferralId) -> None:
    """And its message, when that holds no other referral that is kept. Nothing that is kept leads to it any more."""
    keys.shred(tx, referral_id)
    for link in (ReferralRow.duplicate_of, ReferralRow.bounce_of):
        tx.session.execute(update(ReferralRow).where(link == referral_id).values({link: None}))
    tx.session.execute(delete(SearchTermRow).where(SearchTermRow.referral_id == referral_id))
    gone = update(ReferralRow).where(ReferralRow.id == referral_id).values(patient_key=None, content_key=b"")
    message_id = tx.session.scalar(gone.returning(ReferralRow.message_id))
    others = select(ReferralRow.id).where(ReferralRow.message_id == message_id, ReferralRow.id.in_(_KEPT))
    if message_id and not tx.session.scalar(others.limit(1)):
        destroy_message(tx, message_id)


def destroy_message(tx: Tx, message_id: MessageId) -> None:
    """And its exact repeats. Should the same bytes ever come again, they are received as if for the first time."""
    row = MessageRow
    same = list(tx.session.scalars(select(row.id).where((row.id == message_id) | (row.duplicate_of == message_id))))
    for each in same:
        keys.shred(tx, each)
        forgotten = {"sha256": each.bytes, "sender_message_id": None, "reason": None}
        tx.session.execute(update(row).where(row.id == each).values(forgotten))
