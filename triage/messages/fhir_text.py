"""The words of a FHIR referral: its own, then those of the resources that came with it."""

from collections.abc import Iterable, Iterator

from triage.messages.asked import coding, is_refuted
from triage.messages.codes import LISTS
from triage.messages.content import Blocks, in_blocks, measured
from triage.messages.plain import from_markup
from triage.messages.tree import Element, every, first, inside, plain_text, text, texts, words


def blocks(request: Element, related: Iterable[Element]) -> Blocks:
    found = (*_own(request), *(block for resource in related for block in _around(resource)))
    return in_blocks((heading, from_markup(said)) for heading, said in found)


def _own(request: Element) -> Iterator[tuple[str, str]]:
    yield "Ønsket tjeneste", words(first(request, "code"))
    yield from (("Henvisningsårsak", words(reason)) for reason in every(request, "reasonCode"))
    notes = texts(request, "note/text")
    yield from (("", note) for note in notes)
    # A narrative that a system generated repeats the fields; without notes the letter could be in it all the same.
    if not notes or text(request, "text/status") != "generated":
        yield "", plain_text(first(request, "text/div"))


def _around(resource: Element) -> Iterator[tuple[str, str]]:
    heading, *paths = LISTS["fhir_blocks"].get(resource.tag, [""])
    if paths and text(resource, "status") != "entered-in-error":
        yield heading, "\n".join(filter(None, (_line(resource, paths), *texts(resource, "note/text"))))
    for item in inside(resource, "item"):  # of a questionnaire
        answers = [coding(e).words for answer in every(item, "answer") for e in answer]
        yield text(item, "text"), ", ".join(filter(None, answers))
    for section in every(resource, "section"):
        yield text(section, "title"), plain_text(first(section, "text/div"))


def _line(resource: Element, paths: list[str]) -> str:
    """What stands at the paths: a name, then what is said of it."""
    if resource.tag == "Observation":
        return _observation(resource)
    name, *rest = (", ".join(filter(None, map(words, every(resource, path)))) for path in paths)
    said = ": ".join(filter(None, (name, ", ".join(filter(None, rest)))))
    return f"Ingen {said} (avkreftet)" if said and is_refuted(resource) else said


def _observation(observation: Element) -> str:
    components = (f"{words(first(c, 'code'))} {_value(c)}" for c in every(observation, "component"))
    limits = first(observation, "referenceRange")
    span = text(limits, "text") or "–".join(texts(limits, "low/value", "high/value"))
    aside = (text(observation, "effectiveDateTime"), span and f"ref. {span}")
    return measured(words(first(observation, "code")), (_value(observation), *components), aside)


def _value(node: Element) -> str:
    quantity = [text(node, f"valueQuantity/{part}") for part in ("comparator", "value", "unit")]
    plain = [text(node, f"value{kind}") for kind in ("String", "Integer", "DateTime", "Boolean")]
    return " ".join(filter(None, (*quantity, *plain, words(first(node, "valueCodeableConcept")))))
