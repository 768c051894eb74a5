"""What a person decided. Holds the rights assessment (rettighetsvurdering); never changed, only followed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from triage.domain.calendar import oslo_date
from triage.domain.policy import Policy
from triage.domain.referral import Area, Language, ReferralId

SHORTEST_REASON = 20  # characters; less than this cannot be about one patient


class Outcome(StrEnum):
    """Asking for information is no outcome, and neither is lack of capacity."""

    RIGHT_GRANTED = "right_granted"
    RIGHT_REFUSED = "right_refused"
    FORWARDED = "forwarded"
    EMERGENCY_HANDLED = "emergency_handled"
    MISDIRECTED = "misdirected"

    @property
    def is_adverse(self) -> bool:
        """The patient does not get what was asked for."""
        return self is Outcome.RIGHT_REFUSED

    @property
    def fields(self) -> Mapping[str, str]:
        """Those of a decision that it fills in, and what to say when one that it needs is empty; the others may be."""
        return _FIELDS[self]

    @classmethod
    def filling_in(cls, field: str) -> "tuple[Outcome, ...]":
        return tuple(outcome for outcome in cls if field in outcome.fields)


_FIELDS: Mapping[Outcome, Mapping[str, str]] = {
    Outcome.RIGHT_GRANTED: {
        "place": "Velg hvor helsehjelpen skal gis.",
        "deadline": "Rett til helsehjelp må ha en frist: siste dato for start, som en dato.",
        "warning_signs": "",
    },
    Outcome.RIGHT_REFUSED: {
        "criteria": "Et avslag må bygge på minst ett vilkår: nytte, ressurs eller alvorlighet.",
        "advice": "Et avslag må si hva pasienten kan gjøre nå.",
        "warning_signs": "Et avslag må si hvilke tegn som betyr at pasienten skal søke hjelp igjen.",
    },
    Outcome.FORWARDED: {"place": "", "forwarded_to": "Skriv hvem henvisningen sendes videre til.", "consent": ""},
    Outcome.EMERGENCY_HANDLED: {"emergency_contact": "Skriv hvem som ble kontaktet om øyeblikkelig hjelp, og når."},
    Outcome.MISDIRECTED: {"forwarded_to": "Skriv hvilken avdeling henvisningen er sendt til."},
}


def empty_fields(filled_in: Any) -> dict[str, str]:
    """By name what to say about each that the outcome of a decision, or of its letter, needs and that says nothing."""
    needed = filled_in.outcome.fields if filled_in.outcome else {}
    return {name: say for name, say in needed.items() if say and is_blank(getattr(filled_in, name))}


def is_blank(value: Any) -> bool:
    return not "".join(value).strip() if isinstance(value, str | tuple) else value is None


class Place(StrEnum):
    """Where the care that the patient has a right to will be given."""

    OWN_DEPARTMENT = "own_department"
    OTHER_HOSPITAL = "other_hospital"
    PRIVATE_SUPPLIER = "private_supplier"
    CONTRACT_SPECIALIST = "contract_specialist"


class Criterion(StrEnum):
    """Prioriteringsforskriftens three: nytte, ressurs, alvorlighet. Capacity is not one of them."""

    BENEFIT = "benefit"
    RESOURCE = "resource"
    SEVERITY = "severity"


class Role(StrEnum):
    REVIEWER = "lege"
    SECRETARY = "sekretaer"
    LEAD = "leder"
    COUNCIL = "fagrad"
    PRIVACY = "personvern"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    name: str
    title: str
    roles: frozenset[Role] = frozenset()
    areas: frozenset[Area] = frozenset()
    hpr: str | None = None
    grants: frozenset[tuple[Role, Area]] = frozenset()  # which role in which area; empty is each role in each area

    def areas_as(self, *roles: Role) -> frozenset[Area]:
        """Where this person holds one of these roles."""
        held = self.roles & {*roles}
        granted = {area for role, area in self.grants if role in held} if self.grants else self.areas
        return self.areas & granted if held else frozenset()


@dataclass(frozen=True, slots=True)
class Consent:
    """The patient's consent to forwarding: to whom, what, when, and who recorded it."""

    scope: str
    given_on: date
    recorded_by: str
    withdrawn_on: date | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One rights assessment by a named person. The fields an outcome needs are checked when it is made."""

    id: UUID
    referral_id: ReferralId
    outcome: Outcome
    area: Area
    decided_by: Person
    decided_at: datetime
    language: Language
    reason: str = field(default="", repr=False)
    place: Place | None = None
    deadline: date | None = None
    criteria: tuple[Criterion, ...] = ()
    advice: tuple[str, ...] = ()
    warning_signs: tuple[str, ...] = ()
    consent: Consent | None = None
    emergency_contact: str = field(default="", repr=False)  # who was phoned, and when
    forwarded_to: str = ""
    corrects: UUID | None = None
    correction: str = field(default="", repr=False)  # what was wrong in the letter of the decision it corrects
    recommendation_id: UUID | None = None
    disagreement: str | None = None  # coded reason for departing from the recommendation

    def may_be_taken_back_by(self, person: Person) -> bool:
        """Whoever decided, or a leader; nobody for another department."""
        own = [Role.REVIEWER] if person.username == self.decided_by.username else []
        return self.area in person.areas_as(Role.LEAD, *own)

    def final_at(self, policy: Policy) -> datetime:
        """When the time to undo it is over, and its letters may be written."""
        return self.decided_at + timedelta(minutes=policy.hold_back_minutes)


def what_is_missing(decision: Decision, policy: Policy) -> tuple[str, ...]:
    """What its outcome must hold: Norwegian sentences that say what to add or take away; none when it is complete."""
    granted, refused = decision.outcome is Outcome.RIGHT_GRANTED, decision.outcome is Outcome.RIGHT_REFUSED
    deadline, consent = decision.deadline, decision.consent
    elsewhere = decision.outcome is Outcome.FORWARDED and decision.place is not Place.OTHER_HOSPITAL
    lacks = {
        "Bare en lege kan avgjøre en henvisning.": Role.REVIEWER not in decision.decided_by.roles,
        "Skriv hva som var feil i det forrige brevet.": decision.corrects and not decision.correction.strip(),
        "Bare den som får rett til helsehjelp, skal ha en frist. Fjern fristen eller velg et annet utfall.": deadline
        and not granted,
        "Fristen kan ikke være før dagen du avgjør.": granted
        and deadline
        and deadline < oslo_date(decision.decided_at),
        "Et avslag må ha en begrunnelse som gjelder denne pasienten.": refused
        and len(decision.reason.strip()) < SHORTEST_REASON,
        "Videresending krever at pasienten har samtykket, og at samtykket ikke er trukket.": elsewhere
        and (consent is None or consent.withdrawn_on),
        "Avdelingens regler tillater ikke videresending til avtalespesialist.": elsewhere
        and not policy.forward_to_contract_specialist,
    }
    return (*(sentence for sentence, holds in lacks.items() if holds), *empty_fields(decision).values())


class Asked(StrEnum):
    """What a letter beside the decision is about. Each is a kind of letter."""

    INFORMATION = "information_request"
    CONSENT = "consent_request"
    CLOSING = "closing_question"
    BREACH = "deadline_breach"


@dataclass(frozen=True, slots=True)
class InformationRequest:
    """A letter beside the decision. `answer_by` is when we decide on what we have, or the deadline that was broken.

    `questions` are what the letter asks for, or why it is written.
    """

    id: UUID
    referral_id: ReferralId
    asked_by: Person
    asked_at: datetime
    answer_by: date
    answered_at: datetime | None = None
    questions: tuple[str, ...] = field(default=(), repr=False)
    kind: Asked = Asked.INFORMATION
