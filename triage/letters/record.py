"""The decision record of `triage letter render`, and the faults of `triage letter lint`, as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from triage.domain.decision import Consent, Criterion, Outcome, Place
from triage.domain.errors import BadInput
from triage.domain.letter import (
    LetterDecider,
    LetterFacts,
    LetterFault,
    LetterPatient,
    LetterReferrer,
    letter_kind,
)
from triage.domain.policy import Unit
from triage.domain.referral import Area, Language


class DecisionRecord(BaseModel):
    """One decision with the people it concerns. Unknown fields are refused at every level."""

    model_config = ConfigDict(extra="forbid", strict=True)

    outcome: Outcome
    area: Area
    language: Language
    received: date
    decided: date
    patient: LetterPatient
    referrer: LetterReferrer
    decided_by: LetterDecider
    unit: Unit
    reason: str = ""
    place: Place | None = None
    deadline: date | None = None
    criteria: tuple[Criterion, ...] = ()
    advice: tuple[str, ...] = ()
    warning_signs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    consent: Consent | None = None
    forwarded_to: str = ""
    emergency_contact: str = ""


def read_decision_record(data: Mapping[str, Any], *, default_units: Mapping[str, Unit] | None = None) -> LetterFacts:
    """BadInput says which field is wrong and what is expected.

    `default_units` (by area) fill what the record's `unit` leaves out. An address may be one text with line breaks.
    """
    if not isinstance(data, Mapping):
        raise BadInput("Avgjørelsen skal være et JSON-objekt.")
    default = (default_units or {}).get(str(data.get("area")))
    unit = _with_lines(data.get("unit") or {})
    if isinstance(unit, Mapping) and default is not None:
        unit = {**asdict(default), **unit}
    record = _validated({**data, "unit": unit, "patient": _with_lines(data.get("patient"))})
    kind = letter_kind(record.outcome, place=record.place, advice=record.advice)
    return LetterFacts(kind=kind, **{name: getattr(record, name) for name in DecisionRecord.model_fields})


def fault_as_json(fault: LetterFault) -> dict[str, Any]:
    """One line of `triage letter lint`; `start` and `end` are places in the text, null for what is missing."""
    return asdict(fault)


def _with_lines(part: Any) -> Any:
    """A unit or a patient with the lines of its address apart; anything else as it was."""
    if isinstance(part, Mapping) and isinstance(part.get("address"), str):
        return {**part, "address": part["address"].splitlines()}
    return part


def _validated(data: Mapping[str, Any]) -> DecisionRecord:
    try:
        # Strict reading of JSON takes dates as text and nothing else; Python values would be read more loosely.
        return DecisionRecord.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        faults = [_explained(fault["loc"], fault["type"], fault.get("ctx", {})) for fault in error.errors()]
        raise BadInput("Avgjørelsen kan ikke leses. " + " ".join(dict.fromkeys(faults))) from None


_EXPECTED = {
    "missing": "feltet mangler",
    "extra_forbidden": "ukjent felt",
    "unexpected_keyword_argument": "ukjent felt",
    "string_type": "skal være tekst",
    "tuple_type": "skal være en liste",
    "dataclass_type": "skal være et objekt",
    "json_invalid": "er ikke gyldig JSON",
}


def _explained(place: tuple[int | str, ...], kind: str, context: Mapping[str, Any]) -> str:
    """Which field, and what is expected; never the value."""
    field = ".".join(str(part) for part in place) or "hele posten"
    if kind == "enum":
        return f"{field}: skal være {context['expected']}.".replace(" or ", " eller ")
    if kind.startswith("date"):
        return f"{field}: skal være en dato som 2026-03-12."
    return f"{field}: {_EXPECTED.get(kind, 'har feil form')}."
