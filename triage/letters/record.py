"""The decision record of `triage letter render`, read strictly."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from triage.domain.errors import BadInput
from triage.domain.letter import LetterFacts, LetterKind, letter_kind
from triage.domain.policy import Unit


class _Record(BaseModel):
    """Unknown fields are refused at every level."""

    model_config = ConfigDict(extra="forbid", strict=True)

    facts: LetterFacts


def read_decision_record(data: Mapping[str, Any], *, default_units: Mapping[str, Unit] | None = None) -> LetterFacts:
    """BadInput says which field is wrong and what is expected.

    `default_units` (by area) fill what the record's `unit` leaves out. An address may be one text with line breaks.
    A record that names no `kind` of letter gets the one that its outcome asks for.
    """
    if not isinstance(data, Mapping):
        raise BadInput("Avgjørelsen skal være et JSON-objekt.")
    default = (default_units or {}).get(str(data.get("area")))
    unit = _with_lines(data.get("unit") or {})
    if isinstance(unit, Mapping) and default is not None:
        unit = {**asdict(default), **unit}
    facts = _validated(
        {"kind": LetterKind.RIGHT_GRANTED, **data, "unit": unit, "patient": _with_lines(data.get("patient"))}
    )
    if "kind" in data:
        return facts
    if facts.outcome is None:
        raise BadInput("Avgjørelsen kan ikke leses. outcome: feltet mangler.")
    return replace(facts, kind=letter_kind(facts.outcome, place=facts.place, advice=facts.advice))


def _with_lines(part: Any) -> Any:
    """A unit or a patient with the lines of its address apart; anything else as it was."""
    if isinstance(part, Mapping) and isinstance(part.get("address"), str):
        return {**part, "address": part["address"].splitlines()}
    return part


def _validated(data: Mapping[str, Any]) -> LetterFacts:
    try:
        # Strict reading of JSON takes dates as text and nothing else; Python values would be read more loosely.
        return _Record.model_validate_json(json.dumps({"facts": data}, default=str)).facts
    except ValidationError as error:
        faults = [_explained(fault["loc"][1:], fault["type"], fault.get("ctx", {})) for fault in error.errors()]
        raise BadInput("Avgjørelsen kan ikke leses. " + " ".join(dict.fromkeys(faults))) from None


_EXPECTED = {
    "missing": "feltet mangler",
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
