"""A letter: exact rendered content as approved and sent."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from triage.domain.decision import Consent, Criterion, Outcome, Place
from triage.domain.policy import Unit
from triage.domain.referral import Area, Language


class Recipient(StrEnum):
    PATIENT = "patient"
    REFERRER = "referrer"


class LetterKind(StrEnum):
    """One folder in `letter_templates/` each."""

    RIGHT_GRANTED = "right_granted"
    RIGHT_REFUSED = "right_refused"
    GRANTED_AT_CONTRACT_SPECIALIST = "granted_at_contract_specialist"
    REFUSED_SEE_CONTRACT_SPECIALIST = "refused_see_contract_specialist"
    CONSENT_REQUEST = "consent_request"
    FORWARDED = "forwarded"
    INFORMATION_REQUEST = "information_request"
    EMERGENCY = "emergency"
    MISDIRECTED = "misdirected"
    CORRECTION = "correction"
    DEADLINE_BREACH = "deadline_breach"
    CLOSING_QUESTION = "closing_question"  # to the referrer alone, as is the next
    INFORMATION_LETTER = "information_letter"


_AT_CONTRACT_SPECIALIST = {
    Outcome.RIGHT_GRANTED: LetterKind.GRANTED_AT_CONTRACT_SPECIALIST,
    Outcome.RIGHT_REFUSED: LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST,
}


def letter_kind(outcome: Outcome, *, place: Place | None = None, advice: tuple[str, ...] = ()) -> LetterKind:
    """A contract specialist changes what the letter must explain, whether the right is granted or not."""
    advised = outcome is Outcome.RIGHT_REFUSED and "avtalespesialist" in " ".join(advice).lower()
    kinds = _AT_CONTRACT_SPECIALIST if place is Place.CONTRACT_SPECIALIST or advised else {}
    usual = LetterKind.EMERGENCY if outcome is Outcome.EMERGENCY_HANDLED else LetterKind(outcome)
    return kinds.get(outcome, usual)


@dataclass(frozen=True, slots=True)
class LetterPatient:
    name: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    address: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class LetterReferrer:
    name: str
    practice: str


@dataclass(frozen=True, slots=True)
class LetterDecider:
    name: str
    title: str
    hpr: str | None = None


@dataclass(frozen=True, slots=True)
class ContractSpecialist:
    """One of the region's register. `waiting_weeks` is what `source` said on the day `as_of`."""

    name: str
    area: Area
    place: str
    municipality: str  # four digits, code list 3402
    waiting_weeks: int
    as_of: date
    source: str

    def __post_init__(self) -> None:
        if not (self.name and self.place and self.source and re.fullmatch(r"\d{4}", self.municipality)):
            raise ValueError("navn, sted, kommune (fire siffer) og kilde må fylles ut")
        if self.waiting_weeks < 0:
            raise ValueError("ventetiden kan ikke være under null")


@dataclass(frozen=True, slots=True)
class Figure:
    """One count of a practice's referrals beside the whole area's, each of how many. None: too few to be shown."""

    name: str
    own: int | None
    own_of: int
    area: int | None
    area_of: int


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """All that a letter may say: one decision, or one letter beside it, with the people it concerns.

    `outcome` is None for what decides nothing. A letter of information is about no patient, and about what was
    `received` until `period_end`.
    """

    kind: LetterKind
    outcome: Outcome | None
    area: Area
    language: Language
    received: date
    decided: date
    patient: LetterPatient
    referrer: LetterReferrer
    decided_by: LetterDecider
    unit: Unit
    reason: str = field(default="", repr=False)
    place: Place | None = None
    seniority_date: date | None = None  # when another hospital received it first
    deadline: date | None = None
    criteria: tuple[Criterion, ...] = ()
    advice: tuple[str, ...] = ()
    warning_signs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    consent: Consent | None = None
    answer_by: date | None = None  # when we decide on what we have
    corrects: str = ""
    forwarded_to: str = ""
    emergency_contact: str = field(default="", repr=False)  # who was phoned, and when
    referral_text: str = field(default="", repr=False)  # to be copied into a new referral
    stated: str = field(default="", repr=False)  # all that the referrer wrote, with codes; empty when nobody can tell
    specialists: tuple[ContractSpecialist, ...] = ()  # the nearest
    period_end: date | None = None
    figures: tuple[Figure, ...] = ()

    @property
    def words_of(self) -> LetterKind:
        """The kind whose words it has: a correction says what was wrong, and then all that the right letter says."""
        if self.kind is not LetterKind.CORRECTION:
            return self.kind
        return letter_kind(self.outcome or Outcome.MISDIRECTED, place=self.place, advice=self.advice)


@dataclass(frozen=True, slots=True)
class Letter:
    """Both forms say the same words; `pdf_sha256` is the digest of the PDF that is stored and sent."""

    kind: LetterKind
    recipient: Recipient
    language: Language
    template: str  # folder and version
    html: str = field(repr=False)
    text: str = field(repr=False)
    pdf: bytes = field(repr=False)
    pdf_sha256: str
    notes: tuple[str, ...] = ()  # Norwegian: what was replaced to be printed, and what is only an example


@dataclass(frozen=True, slots=True)
class LetterFault:
    """What the linter found: where, which rule, and what to change (Norwegian)."""

    rule: str
    explanation: str
    start: int | None = None
    end: int | None = None
