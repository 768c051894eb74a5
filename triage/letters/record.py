"""The decision record of `triage letter render`, and the faults of `triage letter lint`, as JSON."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from triage.domain.decision import Consent, Criterion, Outcome, Place
from triage.domain.errors import BadInput
from triage.domain.letter import (
    LetterDecider,
    LetterFacts,
    LetterFault,
    LetterKind,
    LetterPatient,
    LetterReferrer,
)
from triage.domain.policy import Unit
from triage.domain.referral import Area, Language

_Text = Annotated[str, StringConstraints(strip_whitespace=True)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _as_lines(value: object) -> object:
    """An address may be one string with line breaks."""
    return value.splitlines() if isinstance(value, str) else value


_Lines = Annotated[tuple[_Text, ...], BeforeValidator(_as_lines)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Patient(_Strict):
    name: _Name
    birth_date: date | None = None
    address: _Lines = ()


class _Referrer(_Strict):
    name: _Text
    practice: _Text


class _Decider(_Strict):
    name: _Text
    title: _Text
    hpr: str | None = None


class _Consent(_Strict):
    scope: _Name
    given_on: date
    recorded_by: _Name
    withdrawn_on: date | None = None


class _Unit(_Strict):
    """Only what differs from the department's own unit."""

    name: _Name | None = None
    hospital: _Name | None = None
    address: _Lines | None = None
    phone: _Name | None = None
    phone_hours: _Name | None = None
    complaint_body: _Name | None = None
    patient_ombud: _Name | None = None
    her_id: str | None = None


class _DecisionRecord(_Strict):
    outcome: Outcome
    area: Area
    language: Language
    received: date
    decided: date
    patient: _Patient
    referrer: _Referrer
    decided_by: _Decider
    reason: _Text = ""
    place: Place | None = None
    deadline: date | None = None
    criteria: tuple[Criterion, ...] = ()
    advice: tuple[_Name, ...] = ()
    warning_signs: tuple[_Name, ...] = ()
    missing: tuple[_Name, ...] = ()
    consent: _Consent | None = None
    unit: _Unit = Field(default_factory=_Unit)


def read_decision_record(
    data: Mapping[str, Any], *, default_units: Mapping[str, Unit] | None = None
) -> LetterFacts:
    """BadInput says which field is wrong and what is expected. `default_units` (by area) fill what `unit` leaves out."""
    record = _validated(data)
    return LetterFacts(
        kind=letter_kind(record.outcome, place=record.place, advice=record.advice),
        outcome=record.outcome,
        area=record.area,
        language=record.language,
        received=record.received,
        decided=record.decided,
        patient=LetterPatient(record.patient.name, record.patient.birth_date, record.patient.address),
        referrer=LetterReferrer(record.referrer.name, record.referrer.practice),
        decided_by=LetterDecider(record.decided_by.name, record.decided_by.title, record.decided_by.hpr),
        unit=_unit(record, default_units or {}),
        reason=record.reason,
        place=record.place,
        deadline=record.deadline,
        criteria=record.criteria,
        advice=record.advice,
        warning_signs=record.warning_signs,
        missing=record.missing,
        consent=Consent(**record.consent.model_dump()) if record.consent else None,
    )


_KINDS = {
    Outcome.RIGHT_GRANTED: LetterKind.RIGHT_GRANTED,
    Outcome.RIGHT_REFUSED: LetterKind.RIGHT_REFUSED,
    Outcome.FORWARDED: LetterKind.FORWARDED,
    Outcome.EMERGENCY_HANDLED: LetterKind.EMERGENCY,
    Outcome.MISDIRECTED: LetterKind.MISDIRECTED,
}
_CONTRACT_SPECIALIST = re.compile(r"\b(?:avtale|kontrakt)spesialist", re.IGNORECASE)


def letter_kind(outcome: Outcome, *, place: Place | None, advice: tuple[str, ...]) -> LetterKind:
    """A contract specialist changes what the letter must explain, whether the right is granted or not."""
    at_contract_specialist = place is Place.CONTRACT_SPECIALIST
    if outcome is Outcome.RIGHT_GRANTED and at_contract_specialist:
        return LetterKind.GRANTED_AT_CONTRACT_SPECIALIST
    if outcome is Outcome.RIGHT_REFUSED and (at_contract_specialist or _CONTRACT_SPECIALIST.search("\n".join(advice))):
        return LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST
    return _KINDS[outcome]


def fault_as_json(fault: LetterFault) -> dict[str, str | int | None]:
    """One line of `triage letter lint`; `start` and `end` are places in the text, null for what is missing."""
    return {"rule": fault.rule, "explanation": fault.explanation, "start": fault.start, "end": fault.end}


def _validated(data: Mapping[str, Any]) -> _DecisionRecord:
    try:
        # Strict reading of JSON takes dates as text and nothing else; plain Python values would be read more loosely.
        return _DecisionRecord.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        faults = [_explained(fault["loc"], fault["type"], fault.get("ctx", {})) for fault in error.errors()]
        raise BadInput("Avgjørelsen kan ikke leses. " + " ".join(faults)) from None


_EXPECTED = {
    "missing": "feltet mangler",
    "extra_forbidden": "ukjent felt",
    "string_type": "skal være tekst",
    "string_too_short": "kan ikke være tomt",
    "tuple_type": "skal være en liste",
    "model_type": "skal være et objekt",
    "json_invalid": "er ikke gyldig JSON",
}


def _explained(place: tuple[int | str, ...], kind: str, context: Mapping[str, Any]) -> str:
    """Which field, and what is expected; never the value."""
    field = ".".join(str(part) for part in place) or "hele posten"
    if kind == "enum":
        return f"{field}: skal være {context['expected']}.".replace(" or ", " eller ")
    if kind.startswith(("date", "datetime")):
        return f"{field}: skal være en dato som 2026-03-12."
    return f"{field}: {_EXPECTED.get(kind, 'har feil form')}."


def _unit(record: _DecisionRecord, default_units: Mapping[str, Unit]) -> Unit:
    default = default_units.get(record.area)
    given = record.unit.model_dump(exclude_none=True)
    known = {name: getattr(default, name) for name in Unit.__slots__} if default else {"her_id": ""}
    missing = sorted(set(Unit.__slots__) - set(known) - set(given))
    if missing:
        raise BadInput(f"unit: mangler {', '.join(missing)}, og avdelingen har ingen enhet for {record.area}.")
    return Unit(**{**known, **given})
