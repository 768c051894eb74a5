"""The tables, and which of their columns are sealed.

A column of type `Sealed` holds what a patient or a doctor wrote, encrypted by the referral's or the message's own key
(`vault.py`). Plain columns are those that a query sorts, filters or counts by. Rows of `recommendation`, `decision`,
`letter` and `audit_event` are never changed: the program's database role has no right to.

What the database checks, fills in, indexes and refers to is said once, in `migrations/`.
"""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class Status(StrEnum):
    """Where a referral is: waiting for a person, decided, or closed without a decision (`workflow.close`)."""

    OPEN = "open"
    DECIDED = "decided"
    CLOSED = "closed"


class Table(DeclarativeBase):
    """A table named after its class: `information_request` for InformationRequestRow."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: sa.Text,
        datetime: sa.DateTime(timezone=True),
        bytes: sa.LargeBinary,
        dict[str, Any]: JSONB,
        list[str]: ARRAY(sa.Text),
    }

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 (SQLAlchemy passes the class)
        return re.sub(r"\B([A-Z])", r"_\1", cls.__name__.removesuffix("Row")).lower()


class Identified(Table):
    """A table whose rows have an id of their own, made in Python."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True)


class OfReferral(Identified):
    """A table whose rows belong to a referral; what is sealed in them is sealed with its key."""

    __abstract__ = True

    referral_id: Mapped[UUID]


Key = Annotated[UUID, mapped_column(primary_key=True)]
Sealed = Annotated[bytes, mapped_column(sa.LargeBinary, info={"sealed": True})]
Small = Annotated[int, mapped_column(sa.SmallInteger)]


class DataKeyRow(Table):
    """The key of one referral or message, wrapped. Deleting the row makes what it sealed unreadable."""

    owner: Mapped[Key]
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime]


class MessageRow(Identified):
    """What arrived, byte for byte, and what became of it. `outcome` is null until it has been read."""

    received_at: Mapped[datetime]
    channel: Mapped[str]
    sha256: Mapped[bytes]
    size_bytes: Mapped[int]
    label: Mapped[Sealed]  # a file's name may hold a patient's
    body: Mapped[Sealed | None]  # null for an exact repeat: the bytes are those of `duplicate_of`
    format: Mapped[str | None]
    sender_key: Mapped[str | None]
    sender_message_id: Mapped[str | None]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    deviations: Mapped[list[str]]
    receipt: Mapped[Sealed | None]
    duplicate_of: Mapped[UUID | None]
    handled_by: Mapped[str | None]
    handled_at: Mapped[datetime | None]


class ReferralRow(Identified):
    """One referral and where it stands. `queue_rank`: 0 emergency, 1 danger or not yet read, 2 the rest."""

    message_id: Mapped[UUID]
    ordinal: Mapped[Small]
    status: Mapped[str]
    version: Mapped[int]

    content: Mapped[Sealed]  # the IncomingReferral as JSON, without the attachments' bytes
    area: Mapped[str | None]
    requested: Mapped[str | None]
    age: Mapped[Small | None]
    sex: Mapped[str | None]
    municipality: Mapped[str | None]
    referrer: Mapped[str | None]
    sender_key: Mapped[str | None]  # not filled in any more; the next release drops it
    sender_organisation: Mapped[str | None]
    stated_urgency: Mapped[str | None]
    language: Mapped[str | None]
    kind: Mapped[str]
    test_message: Mapped[bool]
    patient_key: Mapped[bytes | None]  # blind index of who it is about
    content_key: Mapped[bytes]  # blind index of the text
    duplicate_of: Mapped[UUID | None]
    bounce_of: Mapped[UUID | None]  # refused earlier

    sent_date: Mapped[date | None]
    first_received_at: Mapped[datetime]
    seniority_date: Mapped[date | None]
    clock_start: Mapped[date]
    assessment_due: Mapped[date]

    recommendation_id: Mapped[UUID | None]
    pathway: Mapped[str | None]
    unsure: Mapped[bool]  # the program abstained
    rules: Mapped[list[str]]  # that hold for it
    queue_rank: Mapped[Small]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    prepared_by: Mapped[str | None]  # by a secretary, before a doctor reads it
    prepared_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # decided or closed


class AttachmentRow(OfReferral):
    ordinal: Mapped[Small]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    name: Mapped[Sealed]
    body: Mapped[Sealed]


class SearchTermRow(Table):
    """Blind index: national number, birth date and each word of the name, so that search works on sealed rows."""

    referral_id: Mapped[UUID] = mapped_column(primary_key=True)
    term: Mapped[bytes] = mapped_column(primary_key=True)


class RecommendationRow(OfReferral):
    """`payload` holds offsets, identifiers and probabilities, and no word of the letter: those are in `words`."""

    digest: Mapped[str]  # of the versions and the area that it was made with
    made_at: Mapped[datetime]
    pathway: Mapped[str]
    confident: Mapped[bool]
    payload: Mapped[dict[str, Any]]
    words: Mapped[Sealed]  # the contributions, which quote the letter


class ShadowRecommendationRow(Table):
    """What a model that is only tried would have proposed. It is counted, and never shown with a referral."""

    referral_id: Mapped[Key]
    model: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    pathway: Mapped[str]
    confident: Mapped[bool]
    probabilities: Mapped[dict[str, Any]]


class EngineArchiveRow(Table):
    """The files of one set of versions, as a zip archive, so that what they proposed can be worked out again."""

    label: Mapped[str] = mapped_column(primary_key=True)
    kept_at: Mapped[datetime]
    files: Mapped[bytes]


class DecisionRow(OfReferral):
    outcome: Mapped[str]
    area: Mapped[str]
    place: Mapped[str | None]
    deadline: Mapped[date | None]
    criteria: Mapped[list[str]]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    corrects: Mapped[UUID | None]
    recommendation_id: Mapped[UUID | None]
    disagreement: Mapped[str | None]
    content: Mapped[Sealed]  # the whole Decision as JSON: reason, advice, consent, who


class UndoneRow(Table):
    """A decision taken back within the hold-back; the decision itself stays as it was made."""

    __tablename__ = "decision_undone"

    decision_id: Mapped[UUID] = mapped_column(primary_key=True)
    undone_by: Mapped[str]
    undone_at: Mapped[datetime]


class InformationRequestRow(OfReferral):
    """A letter beside the decision, most often questions; `answer_by` is when we decide on what we have."""

    kind: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    answer_by: Mapped[date]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    content: Mapped[Sealed]  # the questions and who asked, as JSON


class ContactRow(OfReferral):
    """A telephone call about a referral; `words` is what was said."""

    noted_by: Mapped[str]
    noted_at: Mapped[datetime]
    words: Mapped[Sealed]


class LetterRow(OfReferral):
    """A letter as written: for a decision or for an information request, one to each recipient."""

    decision_id: Mapped[UUID | None]
    information_request_id: Mapped[UUID | None]
    recipient: Mapped[str]
    kind: Mapped[str]
    language: Mapped[str]
    template: Mapped[str]
    pdf_sha256: Mapped[str]
    written_at: Mapped[datetime]
    html: Mapped[Sealed]
    text: Mapped[Sealed]
    pdf: Mapped[Sealed]


class LetterUnderwayRow(Table):
    """A letter that nobody has said yes to yet: few of all that were ever written, so that finding them is quick."""

    letter_id: Mapped[UUID] = mapped_column(primary_key=True)


class DispatchRow(Identified):
    """One time that a letter was handed over to whoever carries it. It may come back, or never arrive."""

    letter_id: Mapped[UUID]
    channel: Mapped[str]
    handed_over_at: Mapped[datetime]


class LetterReceiptRow(Table):
    """The recipient's first yes and first no to a letter. Only the yes makes it sent."""

    letter_id: Mapped[UUID] = mapped_column(primary_key=True)
    accepted: Mapped[bool] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    noted_by: Mapped[str]  # a user who knows that it arrived, or the program for the recipient's own system
    reason: Mapped[str | None]  # code in list 8221, or how a user knows


class ReadingRow(OfReferral):
    """One person's own answer to a referral, asked for by `asked_by`. `reader` holds it until `reader_until`."""

    kind: Mapped[str]
    holds_letters: Mapped[bool]  # of the decision, until both readers mean the same or somebody stands by it
    decision_id: Mapped[UUID | None]  # whose answer this one is compared with
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    asked_of: Mapped[str | None]  # null: whoever has time
    question: Mapped[Sealed]
    reader: Mapped[str | None]
    reader_until: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    comment: Mapped[Sealed]


class EmergencyAccessRow(OfReferral):
    """Somebody saw another department's referral, and why."""

    username: Mapped[str]
    given_at: Mapped[datetime]
    until: Mapped[datetime]
    reason: Mapped[Sealed]


class DraftRow(OfReferral):
    """What somebody has typed about a referral and not sent."""

    username: Mapped[str]
    saved_at: Mapped[datetime]
    form: Mapped[Sealed]


class ConsentRow(OfReferral):
    """The patient's consent to forwarding. Withdrawing it is the only change."""

    scope: Mapped[str]
    given_on: Mapped[date]
    recorded_by: Mapped[str]
    withdrawn_on: Mapped[date | None]


class ContractSpecialistRow(Identified):
    name: Mapped[str]
    area: Mapped[str]
    place: Mapped[str]
    municipality: Mapped[str]
    waiting_weeks: Mapped[int]
    as_of: Mapped[date]
    source: Mapped[str]


class AppUserRow(Table):
    """A password only for demo and local users; others sign in through the hospital's identity provider."""

    username: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    title: Mapped[str]
    hpr: Mapped[str | None]
    roles: Mapped[list[str]]
    areas: Mapped[list[str]]
    grants: Mapped[list[list[str]]] = mapped_column(JSONB)
    password_hash: Mapped[str | None]
    active: Mapped[bool]
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]


class SessionRow(Table):
    """A signed-in browser. Only the digest of its token is kept."""

    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    username: Mapped[str]
    created_at: Mapped[datetime]
    last_action_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SavedViewRow(Identified):
    """A view of the queue that a user has given a name."""

    username: Mapped[str]
    name: Mapped[str]
    address: Mapped[str]


class SuggestionStopRow(Identified):
    """One time that suggestions were stopped. At most one holds: it has not been resumed."""

    stopped_by: Mapped[str]
    stopped_at: Mapped[datetime]
    reason: Mapped[str]
    resumed_by: Mapped[str | None]
    resumed_at: Mapped[datetime | None]


class ReportFileRow(Table):
    """A file of the reports; `report_files.py` says which."""

    name: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class AuditEventRow(Table):
    """One link of the chain: `mac` covers this row and the previous row's mac."""

    sequence: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[UUID | None]
    details: Mapped[dict[str, Any]]
    previous_mac: Mapped[bytes]
    mac: Mapped[bytes]


class AuditHeadRow(Table):
    """The end of the chain. Whoever appends locks this one row, so links never fork."""

    id: Mapped[Small] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(sa.BigInteger)
    mac: Mapped[bytes]
