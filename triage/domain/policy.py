"""A department's policy: everything that a department decides and that no code may hard-wire."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from triage.domain.referral import Language


class Mode(StrEnum):
    """`administrative` shows facts, clock and letters only; `decision_support` also shows what is proposed."""

    ADMINISTRATIVE = "administrative"
    DECISION_SUPPORT = "decision_support"


@dataclass(frozen=True, slots=True)
class Statutes:
    """Paragraphs as they are to be printed. They were renumbered once: check lovdata.no before use."""

    law: str
    necessary_care: str
    assessment: str
    deadline_breach: str
    renewed_assessment: str
    choice_of_place: str
    complaint: str
    complaint_weeks: int


@dataclass(frozen=True, slots=True)
class Unit:
    name: str
    hospital: str
    address: tuple[str, ...]
    phone: str
    phone_hours: str
    complaint_body: str
    patient_ombud: str
    her_id: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a department's policy, approved by a named person.

    Shares are fractions of 1, ages whole years (a limit of 55 means "under 55").
    """

    id: str
    version: str
    mode: Mode
    statutes: Statutes
    units: dict[str, Unit]  # by area
    approved_by: str | None = None
    approved_on: date | None = None
    low_value_age_limit: int = 55
    national_age_limit: int = 45
    assessment_working_days: int = 10
    red_clock_hours: int = 24
    red_sensitivity: float = 0.98
    low_value_precision: float = 0.97
    guarantee_confidence: float = 0.95
    hold_back_minutes: int = 10
    claim_minutes: int = 20
    information_reply_working_days: int = 5
    forward_to_contract_specialist: bool = True
    letter_language: Language = Language.BOKMAL
    hide_counts_below: int = 5
    letter_review_months: int = 24
    waiting_time_max_age_days: int = 90
    closing_question_after_days: int = 90
    blind_double_read_share: float = 0.05
    blind_first_share: float = 0.05
    retention_days: dict[str, int] = field(default_factory=dict)
    trusted_signers: tuple[str, ...] = ()  # SHA-256 of the certificates with which messages may be signed

    @property
    def label(self) -> str:
        """What recommendations and letters name as the policy they were made under."""
        return f"{self.id}@{self.version}"


def drawn(share: float, purpose: str, subject: UUID) -> bool:
    """Whether the lot for this purpose falls on a referral; the same answer whenever and wherever it is asked."""
    return int.from_bytes(sha256(f"{purpose}:{subject}".encode()).digest()[:4]) < share * 2**32
