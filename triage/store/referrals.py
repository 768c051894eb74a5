"""Referrals: what arrived, where each stands, its attachments, and those that it repeats."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import defer

from triage.domain.calendar import utc_now
from triage.domain.errors import Conflict, NotFound, NotReady
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Attachment, IncomingReferral, MessageKind, Patient, ReferralId
from triage.store import keys
from triage.store.database import Tx
from triage.store.decisions import sent_away
from triage.store.messages import MessageId
from triage.store.rows import adapter, add_row, find, opened, sealed, to_json, value_of
from triage.store.tables import AttachmentRow, DecisionRow, ReferralRow, SearchTermRow, Status

_MISSING = "Henvisningen finnes ikke, eller du har ikke tilgang til den."


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
    clock_start: date  # of the statutory clock, which is never paused
    assessment_due: date  # its last day
    pathway: Pathway | None
    recommendation_id: UUID | None
    duplicate_of: ReferralId | None
    bounce_of: ReferralId | None
    claimed_by: str | None
    claimed_until: datetime | None

    @property
    def holder(self) -> str | None:
        """Username of who has claimed it, while the claim lasts."""
        return self.claimed_by if self.claimed_until and self.claimed_until > utc_now() else None

    @property
    def asks_for_no_decision(self) -> bool:
        """A repeat, a cancellation, an addition or a test message."""
        incoming = self.incoming
        return bool(self.duplicate_of or incoming.test_message or incoming.kind is not MessageKind.NEW)


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
    received_at: datetime,
    clock_start: date,
    assessment_due: date,
    duplicate_of: ReferralId | None = None,
    bounce_of: ReferralId | None = None,
) -> ReferralId:
    """Store one referral of a message: sealed content, plain facts for the queue, blind index for search."""
    referral_id = uuid4()
    keys.create(tx, referral_id)
    add_row(
        tx,
        ReferralRow,
        *(incoming.referral, incoming.patient, incoming),
        id=referral_id,
        message_id=message_id,
        ordinal=ordinal,
        sender_organisation=incoming.sender.organisation,
        first_received_at=received_at,
        clock_start=clock_start,
        assessment_due=assessment_due,
        patient_key=patient_key(tx, incoming.patient),
        content_key=content_key(tx, incoming),
        duplicate_of=duplicate_of,
        bounce_of=bounce_of,
        content=to_json(replace(incoming, attachments=())),
    )
    terms = _search_terms(tx, incoming.patient)
    tx.session.add_all(SearchTermRow(referral_id=referral_id, term=term) for term in terms)
    for number, attachment in enumerate(incoming.attachments):
        place = {"referral_id": referral_id, "ordinal": number}
        add_row(tx, AttachmentRow, attachment, **place, size_bytes=len(attachment.body))
    return referral_id


def get(tx: Tx, referral_id: ReferralId, *, lock: bool = False) -> StoredReferral:
    """Raises NotFound when there is no such referral for this person. With `lock`, nobody else can change it."""
    row = find(tx, ReferralRow, referral_id, _MISSING, lock=lock)
    incoming, area = _content(tx, row), Area(row.area) if row.area else None
    # A person may have moved it: the queue's area is what engines and letters go by.
    incoming = replace(incoming, referral=replace(incoming.referral, area=area))
    return value_of(tx, StoredReferral, row, incoming=incoming)


def name_patient(tx: Tx, referral_id: ReferralId, name: str) -> None:
    """The patient's name, which the message did not have. Raises Conflict when it is known."""
    row = find(tx, ReferralRow, referral_id, _MISSING, lock=True)
    nameless = _content(tx, row)
    if nameless.patient.name:
        raise Conflict("Pasienten har et navn fra før.")
    incoming = replace(nameless, patient=replace(nameless.patient, name=name))
    row.content = sealed(tx, ReferralRow, {"id": row.id, "content": to_json(incoming)})["content"]
    row.patient_key = patient_key(tx, incoming.patient)
    terms = _search_terms(tx, incoming.patient) - _search_terms(tx, nameless.patient)
    tx.session.add_all(SearchTermRow(referral_id=referral_id, term=term) for term in terms)


def of_message(tx: Tx, message_id: MessageId) -> list[StoredReferral]:
    """In the order in which the message held them."""
    found = select(ReferralRow.id).where(ReferralRow.message_id == message_id).order_by(ReferralRow.ordinal)
    return [get(tx, referral_id) for referral_id in tx.session.scalars(found)]


def attachment_names(tx: Tx, referral_id: ReferralId) -> list[AttachmentName]:
    found = select(AttachmentRow).where(AttachmentRow.referral_id == referral_id).order_by(AttachmentRow.ordinal)
    return [value_of(tx, AttachmentName, row) for row in tx.session.scalars(found.options(defer(AttachmentRow.body)))]


def attachment(tx: Tx, attachment_id: UUID) -> Attachment:
    row = find(tx, AttachmentRow, attachment_id, "Vedlegget finnes ikke, eller du har ikke tilgang til det.")
    return value_of(tx, Attachment, row)


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
    same = ReferralRow.content_key == content_key(tx, incoming)
    found = select(ReferralRow.id).where(_is_about(tx, incoming.patient), same)
    return tx.session.scalars(found.order_by(ReferralRow.first_received_at).limit(1)).one_or_none()


def refused_before(tx: Tx, incoming: IncomingReferral) -> ReferralId | None:
    """The patient's latest referral in the same area that was refused, or sent on."""
    area = incoming.referral.area
    found = (
        select(ReferralRow.id)
        .join(DecisionRow, DecisionRow.referral_id == ReferralRow.id)
        .where(_is_about(tx, incoming.patient), *sent_away())
        .where(true() if area is None else ReferralRow.area == area)
    )
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


def readable(tx: Tx, row: ReferralRow) -> IncomingReferral | None:
    """None when the content was deleted or does not open: one bad row must not take a whole list away."""
    try:
        return _content(tx, row)
    except (NotFound, NotReady):
        return None


def _content(tx: Tx, row: ReferralRow) -> IncomingReferral:
    return adapter(IncomingReferral).validate_json(opened(tx, row, "content"))


def _search_terms(tx: Tx, patient: Patient) -> set[bytes]:
    """What `queue.search` finds the patient by."""
    words = re.split(r"[\s,]+", (patient.name or "").casefold())
    values = [("word", part) for word in words for part in (word, *word.split("-"))]
    values += [("national id", patient.national_id or ""), ("born", str(patient.birth_date or ""))]
    return {tx.vault.blind(kind, value) for kind, value in values if value}


def _is_about(tx: Tx, patient: Patient) -> ColumnElement[bool]:
    """An unknown patient is nobody we know: two of them are not the same."""
    key = patient_key(tx, patient)
    return false() if key is None else ReferralRow.patient_key == key
