"""A referral: what engines may read of it, and what arrived around it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

ReferralId = UUID
LONGEST_TEXT = 50_000  # characters of one referral that a person or a system types in


class Area(StrEnum):
    ENDOSCOPY = "endoscopy"
    EYE = "eye"
    ENT = "ent"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"


class Language(StrEnum):
    """Written form of Norwegian. Never `no`, which YAML reads as false."""

    BOKMAL = "nb"
    NYNORSK = "nn"


class Referrer(StrEnum):
    GP = "gp"
    OPTICIAN = "optician"
    CONTRACT_SPECIALIST = "contract_specialist"
    PRIVATE_CLINIC = "private_clinic"
    EMERGENCY_CLINIC = "emergency_clinic"
    HOSPITAL_DOCTOR = "hospital_doctor"


class StatedUrgency(StrEnum):
    """What the referrer ticked. The content decides, not the tick."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"
    CANCER_PATHWAY = "cancer_pathway"


@dataclass(frozen=True, slots=True)
class Referral:
    """The clinical content: all that reader, rules and model may see. No identity.

    `None` means that it was not sent and could not be derived; nothing is invented.
    """

    id: str
    text: str = field(repr=False)
    area: Area | None = None
    requested: str | None = None
    age: int | None = None
    sex: Sex | None = None
    referrer: Referrer | None = None
    language: Language | None = None
    stated_urgency: StatedUrgency | None = None
    codes: tuple[str, ...] = ()
    sent_date: date | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    name: str | None = field(default=None, repr=False)
    national_id: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    sex: Sex | None = None
    address: tuple[str, ...] = field(default=(), repr=False)
    phone: str | None = field(default=None, repr=False)
    municipality: str | None = None  # four digits, code list 3402
    interpreter_language: str | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """The organisation and person who sent the referral; answers go back here."""

    organisation: str | None = None
    person: str | None = None
    her_id: str | None = None
    person_her_id: str | None = None
    organisation_number: str | None = None
    hpr: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the referral. `media_type` is what the bytes are, not what the sender claims."""

    name: str
    media_type: str
    body: bytes = field(repr=False)


class MessageKind(StrEnum):
    """What the sender wants with the message (code list 7309)."""

    NEW = "new"
    CHANGE = "change"
    CANCEL = "cancel"
    ADDITION = "addition"


@dataclass(frozen=True, slots=True)
class IncomingReferral:
    """One referral as it arrived, with everything around the clinical content."""

    referral: Referral
    patient: Patient
    sender: Sender
    seniority_date: date | None = None  # ansiennitetsdato, when another hospital received it first
    test_message: bool = False
    kind: MessageKind = MessageKind.NEW
    attachments: tuple[Attachment, ...] = ()
    blocks: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # heading, text: as sent
    notes_for_person: tuple[str, ...] = ()  # what a secretary must look at, in Norwegian
