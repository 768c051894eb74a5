"""Referrals: what arrived, where each stands, the queue, claims and search."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import defer

from triage.domain.decision import Outcome
from triage.domain.errors import NotFound
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Attachment, IncomingReferral, Patient, ReferralId
from triage.store import keys
from triage.store.database import Tx
from triage.store.messages import MessageId
from triage.store.records import from_json, to_json
from triage.store.tables import (
    AttachmentRow,
    DecisionRow,
    ReferralRow,
    SearchTermRow,
    Status,
    UndoneRow,
)
from triage.store.vault import DataKey

_MISSING = "Henvisningen finnes ikke, eller du har ikke tilgang til den."


@dataclass(frozen=True, slots=True)
class Clock:
    """The statutory clock: the day it started, and the last day for the assessment. It is never paused."""

    start: date
    due: date


@dataclass(frozen=True, slots=True)
class StoredReferral:
    """A referral and where it stands. `incoming` comes without the attachments' bytes."""

    id: ReferralId
    message_id: MessageId
    status: Status
    version: int
    area: Area | None
    incoming: IncomingReferral
    first_received_at: datetime
    clock: Clock
    pathway: Pathway | None
    recommendation_id: UUID | None
    duplicate_of: ReferralId | None
    bounce_of: ReferralId | None
    claimed_by: str | None
    claimed_until: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttachmentName:
    id: UUID
    name: str = field(repr=False)
    media_type: str
    size_bytes: int


def add(
    tx: Tx,
    incoming: IncomingReferral,
    *,
    message_id: MessageId,
    ordinal: int,
    sender_key: str | None,
    received_at: datetime,
    clock: Clock,
    duplicate_of: ReferralId | None = None,
    bounce_of: ReferralId | None = None,
) -> ReferralId:
    """Store one referral of a message: sealed content, plain facts for the queue, blind index for search."""
    referral_id = uuid4()
    key = keys.create(tx, referral_id)
    content = to_json(replace(incoming, attachments=()))
    tx.session.add(
        ReferralRow(
            id=referral_id,
            message_id=message_id,
            ordinal=ordinal,
            content=key.seal(content, table="referral", row=referral_id, column="content"),
            sender_key=sender_key,
            first_received_at=received_at,
            clock_start=clock.start,
            assessment_due=clock.due,
            patient_key=patient_key(tx, incoming.patient),
            content_key=content_key(tx, incoming),
            duplicate_of=duplicate_of,
            bounce_of=bounce_of,
            **_facts(incoming),
        )
    )
    tx.session.flush()
    terms = [{"referral_id": referral_id, "term": term} for term in _terms(tx, incoming.patient)]
    if terms:
        tx.session.execute(insert(SearchTermRow), terms)
    for number, attachment in enumerate(incoming.attachments):
        tx.session.add(_attachment_row(key, referral_id, number, attachment))
    return referral_id


def get(tx: Tx, referral_id: ReferralId, *, lock: bool = False) -> StoredReferral:
    """Raises NotFound when there is no such referral for this person. With `lock`, nobody else can change it."""
    found = select(ReferralRow).where(ReferralRow.id == referral_id)
    row = tx.session.scalars(found.with_for_update() if lock else found).one_or_none()
    if row is None:
        raise NotFound(_MISSING)
    return _stored(row, keys.of(tx, referral_id))


def of_message(tx: Tx, message_id: MessageId) -> list[StoredReferral]:
    """In the order in which the message held them."""
    found = select(ReferralRow.id).where(ReferralRow.message_id == message_id).order_by(ReferralRow.ordinal)
    return [get(tx, referral_id) for referral_id in tx.session.scalars(found)]


def attachment_names(tx: Tx, referral_id: ReferralId) -> list[AttachmentName]:
    found = select(AttachmentRow).where(AttachmentRow.referral_id == referral_id).order_by(AttachmentRow.ordinal)
    rows = tx.session.scalars(found.options(defer(AttachmentRow.body))).all()
    return [AttachmentName(row.id, _opened(tx, row, "name").decode(), row.media_type, row.size_bytes) for row in rows]


def attachment(tx: Tx, attachment_id: UUID) -> Attachment:
    row = tx.session.get(AttachmentRow, attachment_id)
    if row is None:
        raise NotFound("Vedlegget finnes ikke, eller du har ikke tilgang til det.")
    return Attachment(_opened(tx, row, "name").decode(), row.media_type, _opened(tx, row, "body"))


def patient_key(tx: Tx, patient: Patient) -> bytes | None:
    """Recognises a patient again: by national number, else by name and birth date together, else not."""
    if patient.national_id:
        return tx.vault.blind("national id", patient.national_id)
    if patient.name and patient.birth_date:
        return tx.vault.blind("name and birth date", f"{patient.name.casefold()} {patient.birth_date}")
    return None


def content_key(tx: Tx, incoming: IncomingReferral) -> bytes:
    """Recognises a text again, however its blanks and line breaks were sent."""
    return tx.vault.blind("text", " ".join(incoming.referral.text.split()))


def same_as(tx: Tx, incoming: IncomingReferral) -> ReferralId | None:
    """The first referral of the same patient with the same text, if any."""
    found = select(ReferralRow.id).where(
        _is_about(tx, incoming.patient), ReferralRow.content_key == content_key(tx, incoming)
    )
    return tx.session.scalars(found.order_by(ReferralRow.first_received_at).limit(1)).one_or_none()


def refused_before(tx: Tx, incoming: IncomingReferral) -> ReferralId | None:
    """The patient's latest referral in the same area whose standing decision is a refusal."""
    corrected = select(DecisionRow.corrects).where(DecisionRow.corrects.is_not(None))
    found = (
        select(ReferralRow.id)
        .join(DecisionRow, DecisionRow.referral_id == ReferralRow.id)
        .where(_is_about(tx, incoming.patient), DecisionRow.outcome == Outcome.RIGHT_REFUSED)
        .where(DecisionRow.id.not_in(select(UndoneRow.decision_id)), DecisionRow.id.not_in(corrected))
    )
    if incoming.referral.area is not None:
        found = found.where(ReferralRow.area == incoming.referral.area)
    return tx.session.scalars(found.order_by(DecisionRow.decided_at.desc()).limit(1)).one_or_none()


def turns(tx: Tx, arriving: Sequence[IncomingReferral]) -> list[str]:
    """Names of the patients, for `take_turns`: of two messages about one patient, the second must see the first."""
    known = [patient_key(tx, incoming.patient) for incoming in arriving]
    return [key.hex() for key in known if key]


def are_the_same(tx: Tx, message_id: MessageId, arriving: Sequence[IncomingReferral]) -> bool:
    """Whether a stored message holds just these patients and texts."""
    found = select(ReferralRow.patient_key, ReferralRow.content_key).where(ReferralRow.message_id == message_id)
    stored = tx.session.execute(found).all()
    return Counter(stored) == Counter((patient_key(tx, one.patient), content_key(tx, one)) for one in arriving)


def _facts(incoming: IncomingReferral) -> dict[str, Any]:
    """The plain columns: what the queue and the reports sort, filter and count by."""
    referral, patient = incoming.referral, incoming.patient
    return {
        "area": referral.area,
        "requested": referral.requested,
        "age": referral.age,
        "sex": referral.sex,
        "municipality": patient.municipality,
        "referrer": referral.referrer,
        "sender_organisation": incoming.sender.organisation,
        "stated_urgency": referral.stated_urgency,
        "language": referral.language,
        "kind": incoming.kind,
        "test_message": incoming.test_message,
        "sent_date": referral.sent_date,
        "seniority_date": incoming.seniority_date,
    }


def _terms(tx: Tx, patient: Patient) -> set[bytes]:
    words = re.split(r"[\s,]+", (patient.name or "").casefold())
    values = [("word", word) for word in words if word]
    if patient.national_id:
        values.append(("national id", patient.national_id))
    if patient.birth_date:
        values.append(("born", patient.birth_date.isoformat()))
    return {tx.vault.blind(kind, value) for kind, value in values}


def _is_about(tx: Tx, patient: Patient) -> ColumnElement[bool]:
    """An unknown patient is nobody we know: two of them are not the same."""
    key = patient_key(tx, patient)
    return false() if key is None else ReferralRow.patient_key == key


def _stored(row: ReferralRow, key: DataKey) -> StoredReferral:
    incoming = opened(row, key)
    area = Area(row.area) if row.area else None
    return StoredReferral(
        id=row.id,
        message_id=row.message_id,
        status=Status(row.status),
        version=row.version,
        area=area,
        # A person may have moved it: the queue's area is what engines and letters go by.
        incoming=replace(incoming, referral=replace(incoming.referral, area=area)),
        first_received_at=row.first_received_at,
        clock=Clock(row.clock_start, row.assessment_due),
        pathway=Pathway(row.pathway) if row.pathway else None,
        recommendation_id=row.recommendation_id,
        duplicate_of=row.duplicate_of,
        bounce_of=row.bounce_of,
        claimed_by=row.claimed_by,
        claimed_until=row.claimed_until,
        ended_at=row.ended_at,
    )


def opened(row: ReferralRow, key: DataKey) -> IncomingReferral:
    return from_json(IncomingReferral, key.open(row.content, table="referral", row=row.id, column="content"))


def _attachment_row(key: DataKey, referral_id: ReferralId, ordinal: int, attachment: Attachment) -> AttachmentRow:
    row = uuid4()
    return AttachmentRow(
        id=row,
        referral_id=referral_id,
        ordinal=ordinal,
        media_type=attachment.media_type,
        size_bytes=len(attachment.body),
        name=key.seal(attachment.name, table="attachment", row=row, column="name"),
        body=key.seal(attachment.body, table="attachment", row=row, column="body"),
    )


def _opened(tx: Tx, row: AttachmentRow, column: str) -> bytes:
    return keys.of(tx, row.referral_id).open(getattr(row, column), table="attachment", row=row.id, column=column)
