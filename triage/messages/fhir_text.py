"""The words of a FHIR referral: its own, then those of the resources that came with it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from triage.messages.content import Blocks
from triage.messages.fhir_tree import Resource, concept, resources, text, texts
from triage.messages.plain import from_markup


def blocks(request: Resource, related: Iterable[Resource]) -> Blocks:
    """(heading, text) in reading order."""
    found = ((heading, from_markup(said)) for heading, said in (*_own(request), *_around(related)))
    kept = ((heading, said) for heading, said in found if said)
    return tuple((heading, "\n".join(said for _, said in group)) for heading, group in groupby(kept, lambda b: b[0]))


def is_refuted(condition: Resource) -> bool:
    return text(condition, "verificationStatus", "coding", "code") in ("refuted", "entered-in-error")


def _own(request: Resource) -> Iterator[tuple[str, str]]:
    yield "Ønsket tjeneste", concept(request, "code")
    for reason in resources(request, "reasonCode"):
        yield "Henvisningsårsak", concept(reason)
    notes = texts(request, "note", "text")
    yield from (("", note) for note in notes)
    # A narrative that a system generated repeats the fields; without notes the letter could be in it all the same.
    if not notes or text(request, "text", "status") != "generated":
        yield "", text(request, "text", "div")


def _around(related: Iterable[Resource]) -> Iterator[tuple[str, str]]:
    for resource in related:
        heading, line = _LINES.get(text(resource, "resourceType"), ("", None))
        if line and text(resource, "status") != "entered-in-error":
            yield heading, "\n".join(filter(None, (line(resource), *texts(resource, "note", "text"))))
        for section in resources(resource, "section"):
            yield text(section, "title"), text(section, "text", "div")


def _condition(condition: Resource) -> str:
    name = concept(condition, "code")
    return f"Ingen {name} (avkreftet)" if name and is_refuted(condition) else name


def _observation(observation: Resource) -> str:
    """`Hb: < 10.2 g/dL (2026-11-01, ref. 11.7–15.3)`: values exactly as sent."""
    components = (f"{concept(c, 'code')} {_measured(c)}" for c in resources(observation, "component"))
    limits = next(resources(observation, "referenceRange"), {})
    span = text(limits, "text") or "–".join(texts([limits.get("low"), limits.get("high")], "value"))
    aside = ", ".join(filter(None, (text(observation, "effectiveDateTime"), f"ref. {span}" if span else "")))
    said = f"{concept(observation, 'code')}: {', '.join(filter(None, (_measured(observation), *components)))}"
    return f"{said} ({aside})" if aside else said


def _measured(node: Resource) -> str:
    quantity = next(resources(node, "valueQuantity"), {})
    number = [text(quantity, part) for part in ("comparator", "value", "unit")]
    plain = [text(node, f"value{kind}") for kind in ("String", "Integer", "DateTime", "Boolean")]
    return " ".join(filter(None, (*number, *plain, concept(node, "valueCodeableConcept"))))


def _medicine(medicine: Resource) -> str:
    named = concept(medicine, "medicationCodeableConcept") or text(medicine, "medicationReference", "display")
    taken = texts([medicine.get("dosage"), medicine.get("dosageInstruction")], "text")
    return ", ".join(filter(None, (named, *taken)))


def _relative(history: Resource) -> str:
    conditions = ", ".join(concept(c, "code") for c in resources(history, "condition"))
    return f"{concept(history, 'relationship')}: {conditions}"


_LINES: dict[str, tuple[str, Callable[[Resource], str]]] = {
    "Condition": ("Diagnoser", _condition),
    "Observation": ("Resultater", _observation),
    "MedicationStatement": ("Legemidler", _medicine),
    "MedicationRequest": ("Legemidler", _medicine),
    "AllergyIntolerance": ("CAVE", lambda r: concept(r, "code")),
    "FamilyMemberHistory": ("Familie", _relative),
    "Procedure": ("Prosedyrer", lambda r: concept(r, "code")),
    "DiagnosticReport": ("Tidligere undersøkelse", lambda r: text(r, "conclusion")),
    "ClinicalImpression": ("Vurdering", lambda r: text(r, "summary")),
}
