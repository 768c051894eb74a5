"""The tables, and which of their columns are sealed.

A column of type `Sealed` holds what a patient or a doctor wrote, encrypted by the referral's or the message's own key
(`vault.py`). Plain columns are those that a query sorts, filters or counts by. Rows of `recommendation`, `decision`,
`letter` and `audit_event` are never changed: the program's database role has no right to.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from triage.domain.decision import Outcome, Place
from triage.domain.letter import LetterKind, Recipient
from triage.domain.message import Intake
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Language, MessageKind, Sex, StatedUrgency


class Status(StrEnum):
    """Where a referral is: waiting for a person, decided, or closed without a decision (`workflow.close`)."""

    OPEN = "open"
    DECIDED = "decided"
    CLOSED = "closed"


class Table(DeclarativeBase):
    """Names of constraints are fixed, so that a migration can name what it changes."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: sa.Text,
        datetime: sa.DateTime(timezone=True),
        bytes: sa.LargeBinary,
        dict[str, Any]: JSONB,
        list[str]: ARRAY(sa.Text),
    }

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 (SQLAlchemy passes the class)
        """`information_request` for InformationRequestRow."""
        return re.sub(r"\B([A-Z])", r"_\1", cls.__name__.removesuffix("Row")).lower()


class Identified(Table):
    """A table whose rows have an id of their own, made in Python."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True)


def one_of(column: str, values: Iterable[StrEnum]) -> sa.CheckConstraint:
    """Enumerations are text with a check, so that a new value is an ordinary migration."""
    return sa.CheckConstraint(f"{column} IN ({', '.join(repr(v.value) for v in values)})", name=column)


Key = Annotated[UUID, mapped_column(primary_key=True)]
Sealed = Annotated[bytes, mapped_column(sa.LargeBinary, info={"sealed": True})]
Small = Annotated[int, mapped_column(sa.SmallInteger)]
OfReferral = Annotated[UUID, mapped_column(sa.ForeignKey("referral.id"), index=True)]


class DataKeyRow(Table):
    """The key of one referral or message, wrapped. Deleting the row makes what it sealed unreadable."""

    owner: Mapped[Key]
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.text("now()"))


_IN_TRAY = "outcome IN ('tray', 'refused') AND handled_at IS NULL"


class MessageRow(Identified):
    """What arrived, byte for byte, and what became of it. `outcome` is null until it has been read."""

    __table_args__ = (
        one_of("outcome", Intake),
        sa.Index("ix_message_first_sha256", "sha256", unique=True, postgresql_where=sa.text("duplicate_of IS NULL")),
        sa.Index("ix_message_sender_id", "sender_key", "sender_message_id"),
        sa.Index("ix_message_tray", "received_at", postgresql_where=sa.text(_IN_TRAY)),
        sa.Index("ix_message_unread", "received_at", postgresql_where=sa.text("outcome IS NULL")),
    )

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
    deviations: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'"))
    receipt: Mapped[Sealed | None]
    duplicate_of: Mapped[UUID | None] = mapped_column(sa.ForeignKey("message.id"))
    handled_by: Mapped[str | None]
    handled_at: Mapped[datetime | None]


class ReferralRow(Identified):
    """One referral and where it stands. `queue_rank`: 0 emergency, 1 danger or not yet read, 2 the rest."""

    __table_args__ = (
        one_of("status", Status),
        one_of("area", Area),
        one_of("sex", Sex),
        one_of("kind", MessageKind),
        one_of("stated_urgency", StatedUrgency),
        one_of("language", Language),
        one_of("pathway", Pathway),
        sa.Index("uq_referral_message_id_ordinal", "message_id", "ordinal", unique=True),
        sa.Index(
            *("ix_referral_queue", "queue_rank", "assessment_due", "first_received_at", "id"),
            # So that counting and row security need not read the rows.
            postgresql_include=["area", "pathway", "unsure", "bounce_of", "claimed_by"],
            postgresql_where=sa.text("status = 'open'"),
        ),
        sa.Index(
            *("ix_referral_deadline", "assessment_due", "first_received_at", "id"),
            postgresql_where=sa.text("status = 'open'"),
        ),
        sa.Index("ix_referral_patient_key", "patient_key"),
        sa.Index("ix_referral_first_received_at", "first_received_at"),
        sa.Index("ix_referral_claimed_by", "claimed_by", postgresql_where=sa.text("claimed_by IS NOT NULL")),
    )

    message_id: Mapped[UUID] = mapped_column(sa.ForeignKey("message.id"))
    ordinal: Mapped[Small]
    status: Mapped[str] = mapped_column(server_default=Status.OPEN.value)
    version: Mapped[int] = mapped_column(server_default=sa.text("1"))

    content: Mapped[Sealed]  # the IncomingReferral as JSON, without the attachments' bytes
    area: Mapped[str | None]
    requested: Mapped[str | None]
    age: Mapped[Small | None]
    sex: Mapped[str | None]
    municipality: Mapped[str | None]
    referrer: Mapped[str | None]
    sender_key: Mapped[str | None]
    sender_organisation: Mapped[str | None]
    stated_urgency: Mapped[str | None]
    language: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default=MessageKind.NEW.value)
    test_message: Mapped[bool] = mapped_column(server_default=sa.text("false"))
    patient_key: Mapped[bytes | None]  # blind index of who it is about
    content_key: Mapped[bytes]  # blind index of the text
    duplicate_of: Mapped[UUID | None] = mapped_column(sa.ForeignKey("referral.id"))
    bounce_of: Mapped[UUID | None] = mapped_column(sa.ForeignKey("referral.id"))  # refused earlier

    sent_date: Mapped[date | None]
    first_received_at: Mapped[datetime]
    seniority_date: Mapped[date | None]
    clock_start: Mapped[date]
    assessment_due: Mapped[date]

    recommendation_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("recommendation.id", use_alter=True))
    pathway: Mapped[str | None]
    unsure: Mapped[bool] = mapped_column(server_default=sa.text("false"))  # the program abstained
    queue_rank: Mapped[Small] = mapped_column(server_default=sa.text("1"))
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    prepared_by: Mapped[str | None]  # by a secretary, before a doctor reads it
    prepared_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # decided or closed


class AttachmentRow(Identified):
    __table_args__ = (sa.Index("uq_attachment_referral_id_ordinal", "referral_id", "ordinal", unique=True),)

    referral_id: Mapped[UUID] = mapped_column(sa.ForeignKey("referral.id"))
    ordinal: Mapped[Small]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    name: Mapped[Sealed]
    body: Mapped[Sealed]


class SearchTermRow(Table):
    """Blind index: national number, birth date and each word of the name, so that search works on sealed rows."""

    referral_id: Mapped[UUID] = mapped_column(sa.ForeignKey("referral.id"), primary_key=True)
    term: Mapped[bytes] = mapped_column(primary_key=True, index=True)


class RecommendationRow(Identified):
    """`payload` holds offsets, identifiers and probabilities, and no word of the letter: those are in `words`."""

    __table_args__ = (
        one_of("pathway", Pathway),
        sa.Index("uq_recommendation_referral_id_digest", "referral_id", "digest", unique=True),
    )

    referral_id: Mapped[UUID] = mapped_column(sa.ForeignKey("referral.id"))
    digest: Mapped[str]  # of the versions and the area that it was made with
    made_at: Mapped[datetime] = mapped_column(index=True)
    pathway: Mapped[str]
    confident: Mapped[bool]
    payload: Mapped[dict[str, Any]]
    words: Mapped[Sealed]  # the contributions, which quote the letter


class DecisionRow(Identified):
    __table_args__ = (one_of("outcome", Outcome), one_of("area", Area), one_of("place", Place))

    referral_id: Mapped[OfReferral]
    outcome: Mapped[str]
    area: Mapped[str]
    place: Mapped[str | None]
    deadline: Mapped[date | None]
    criteria: Mapped[list[str]]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime] = mapped_column(index=True)
    corrects: Mapped[UUID | None] = mapped_column(sa.ForeignKey("decision.id"), unique=True)
    recommendation_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("recommendation.id"))
    disagreement: Mapped[str | None]
    content: Mapped[Sealed]  # the whole Decision as JSON: reason, advice, consent, who


class UndoneRow(Table):
    """A decision taken back within the hold-back; the decision itself stays as it was made."""

    __tablename__ = "decision_undone"

    decision_id: Mapped[UUID] = mapped_column(sa.ForeignKey("decision.id"), primary_key=True)
    undone_by: Mapped[str]
    undone_at: Mapped[datetime]


class InformationRequestRow(Identified):
    """Questions to the referrer, beside the running clock; `answer_by` is when we decide on what we have."""

    referral_id: Mapped[OfReferral]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    answer_by: Mapped[date]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    content: Mapped[Sealed]  # the questions and who asked, as JSON


class ContactRow(Identified):
    """A telephone call about a referral; `words` is what was said."""

    referral_id: Mapped[OfReferral]
    noted_by: Mapped[str]
    noted_at: Mapped[datetime]
    words: Mapped[Sealed]


class LetterRow(Identified):
    """A letter as written: for a decision or for an information request, one to each recipient."""

    __table_args__ = (
        one_of("recipient", Recipient),
        one_of("kind", LetterKind),
        one_of("language", Language),
        sa.CheckConstraint("num_nonnulls(decision_id, information_request_id) = 1", name="one_cause"),
        sa.Index("uq_letter_decision_id_recipient", "decision_id", "recipient", unique=True),
        sa.Index("uq_letter_information_request_id_recipient", "information_request_id", "recipient", unique=True),
    )

    referral_id: Mapped[OfReferral]
    decision_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("decision.id"))
    information_request_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("information_request.id"))
    recipient: Mapped[str]
    kind: Mapped[str]
    language: Mapped[str]
    template: Mapped[str]
    pdf_sha256: Mapped[str]
    written_at: Mapped[datetime]
    html: Mapped[Sealed]
    text: Mapped[Sealed]
    pdf: Mapped[Sealed]


class DispatchRow(Identified):
    """One sending of one letter. `key` makes a second attempt the same sending for us and for the recipient."""

    letter_id: Mapped[UUID] = mapped_column(sa.ForeignKey("letter.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]
    sent_at: Mapped[datetime]
    reference: Mapped[str | None]  # what the recipient's system answered with


class ConsentRow(Identified):
    """The patient's consent to forwarding. Withdrawing it is the only change."""

    referral_id: Mapped[OfReferral]
    scope: Mapped[str]
    given_on: Mapped[date]
    recorded_by: Mapped[str]
    withdrawn_on: Mapped[date | None]


class UserRow(Table):
    """A password only for demo and local users; others sign in through the hospital's identity provider."""

    __tablename__ = "app_user"

    username: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    title: Mapped[str]
    hpr: Mapped[str | None]
    roles: Mapped[list[str]]
    areas: Mapped[list[str]]
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=sa.text("true"))
    failures: Mapped[int] = mapped_column(server_default=sa.text("0"))
    locked_until: Mapped[datetime | None]


class SessionRow(Table):
    """A signed-in browser. Only the digest of its token is kept."""

    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(sa.ForeignKey("app_user.username"), index=True)
    role: Mapped[str]
    created_at: Mapped[datetime]
    last_action_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SuggestionStopRow(Identified):
    """One time that suggestions were stopped. At most one holds: it has not been resumed."""

    __table_args__ = (
        sa.Index(
            *("uq_suggestion_stop_holds", sa.text("(resumed_at IS NULL)")),
            unique=True,
            postgresql_where=sa.text("resumed_at IS NULL"),
        ),
    )

    stopped_by: Mapped[str]
    stopped_at: Mapped[datetime]
    reason: Mapped[str]
    resumed_by: Mapped[str | None]
    resumed_at: Mapped[datetime | None]


class AuditEventRow(Table):
    """One link of the chain: `mac` covers this row and the previous row's mac."""

    __table_args__ = (
        sa.Index("ix_audit_event_subject", "subject", "sequence"),
        sa.Index("ix_audit_event_actor", "actor", "at"),
        sa.Index("ix_audit_event_referrals", sa.text("(details -> 'referrals')"), postgresql_using="gin"),
    )

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

    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)

    id: Mapped[Small] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(sa.BigInteger)
    mac: Mapped[bytes]
