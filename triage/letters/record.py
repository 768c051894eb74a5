"""The decision record of `triage letter render`, read strictly."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from triage.domain.errors import BadInput
from triage.domain.letter import LetterFacts, LetterKind, letter_kind
from triage.domain.policy import Unit
from triage.strict_yaml import validated


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
    said = {"kind": LetterKind.RIGHT_GRANTED, **data, "unit": unit, "patient": _with_lines(data.get("patient"))}
    facts = validated(LetterFacts, said, "Avgjørelsen", refusal=BadInput)
    if "kind" in data:
        return facts
    if facts.outcome is None:
        raise BadInput("Avgjørelsen kan ikke brukes: outcome mangler")
    return replace(facts, kind=letter_kind(facts.outcome, place=facts.place, advice=facts.advice))


def _with_lines(part: Any) -> Any:
    """A unit or a patient with the lines of its address apart; anything else as it was."""
    if isinstance(part, Mapping) and isinstance(part.get("address"), str):
        return {**part, "address": part["address"].splitlines()}
    return part
