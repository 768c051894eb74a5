"""The words of a referral: every block of text in order, each under its heading's Norwegian name."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from triage.messages.asked import coding, is_refuted
from triage.messages.codes import LISTS, meanings
from triage.messages.decoding import from_markup
from triage.messages.tree import Element, first, plain_text, text, texts, value, words

Blocks = tuple[tuple[str, str], ...]  # (heading, text); the heading may be empty

_HEADINGS = meanings("block_headings")
_REQUEST_HEADINGS = meanings("request_headings")
_LINES: dict[str, dict[str, list[str]]] = LISTS["lines"]
_LIMITS = ("RefInterval", "ReferenceInterval", "referenceRange")
_ELSEWHERE = set(LISTS["not_text"])
_ASIDE = set(LISTS["beside_text"])
_PROSE = 3  # words; an element that no version of the standard knows is taken for text from this length


def in_blocks(found: Iterable[tuple[str, str]]) -> Blocks:
    """In the order found; neighbours under the same heading become one block."""
    said = [(heading, text.strip()) for heading, text in found if text.strip()]
    return tuple((heading, "\n".join(text for _, text in group)) for heading, group in groupby(said, lambda b: b[0]))


def of_kith(body: Element) -> Iterator[tuple[str, str]]:
    for part in body:
        if part.tag in _HEADINGS:
            code, dates = first(part, "Heading", "Type"), texts(part, "StartDateTime", "EndDateTime", "OrgDate")
            when = f"Tid: {' – '.join(dates)}" if dates else ""
            heading = LISTS["heading"].get(value(code).upper()) or words(code) or _HEADINGS[part.tag]
            yield heading, "\n".join(filter(None, (*_lines(part), when)))
        elif part.tag not in _ELSEWHERE:
            if len(value(part).split()) >= _PROSE or any(map(_is_xhtml, part)):
                yield "", plain_text(part) or value(part)
            else:
                yield from of_kith(part)


def _lines(element: Element) -> Iterator[str]:
    """Each text or coded word inside; results, medicines and diagnoses are one line, XHTML stays one text."""
    parts = [part for part in element if part.tag not in _ASIDE]
    if element.tag == "Diagnosis":
        yield _diagnosis(element)
    elif element.tag in ("ResultItem", "Medication"):
        yield _line(element)
    elif not parts or any(map(_is_xhtml, parts)):
        yield plain_text(element) or words(element)
    else:
        yield from_markup(element.text or "")
        for part in parts:
            yield from _lines(part)


def _is_xhtml(element: Element) -> bool:
    """`p`, `BR`, `h1`: the standard's own names mix capitals and small letters."""
    return element.tag.islower() or element.tag.isupper()


def _diagnosis(diagnosis: Element) -> str:
    """Empty for a bare code: it stands among the codes, and here it would only be noise."""
    concept = first(diagnosis, "Concept")
    code, name = value(concept), words(concept)
    modifiers = map(words, diagnosis.iterfind("Modifier/Value"))
    named = f"{name} ({code})" if code else name
    return "" if name == code else ", ".join(filter(None, (named, *modifiers)))


def of_fhir(request: Element, related: Iterable[Element]) -> Iterator[tuple[str, str]]:
    for path, heading in _REQUEST_HEADINGS.items():
        yield from ((heading, words(part)) for part in request.iterfind(path))
    notes = texts(request, "note/text")
    yield from (("", from_markup(note)) for note in notes)
    # A narrative that a system generated repeats the fields; without notes the letter could be in it all the same.
    if not notes or text(request, "text/status") != "generated":
        yield "", plain_text(first(request, "text/div"))
    for resource in related:
        yield from _of_resource(resource)


def _of_resource(resource: Element) -> Iterator[tuple[str, str]]:
    heading = LISTS["resource_headings"].get(resource.tag)
    if heading and text(resource, "status") != "entered-in-error":
        line = _line(resource)
        refuted = f"Ingen {line} (avkreftet)" if line and is_refuted(resource) else line
        yield heading, "\n".join([refuted, *texts(resource, "note/text")])
    for item in resource.iterfind(".//item"):  # of a questionnaire
        answers = [coding(e).words for answer in item.iterfind("answer") for e in answer]
        yield text(item, "text"), ", ".join(filter(None, answers))
    for section in resource.iterfind("section"):
        yield text(section, "title"), plain_text(first(section, "text/div"))


def _line(element: Element) -> str:
    """`Hb: < 10.2 g/dL (2026-11-01, ref. 11.7–15.3)`: values exactly as sent."""
    paths = _LINES[element.tag]
    name, said, beside = (
        ", ".join(filter(None, (_shown(e) for path in paths.get(part, ()) for e in element.iterfind(path))))
        for part in ("name", "said", "beside")
    )
    told = f"{name}: {said}" if name and said else name or said
    return f"{told} ({beside})" if beside else told


def _shown(element: Element) -> str:
    """Words, a number with its unit, or the two ends of an interval."""
    if element.tag == "component":  # of an observation, and like one
        return _line(element)
    sign = text(element, "ArithmeticComp", "comparator")
    amount = "–".join(texts(element, "NumResultValue", "value", "Low", "High", "low/value", "high/value"))
    unit = next((e.get("U", "") for e in element.iter() if e.get("U")), text(element, "unit"))
    shown = text(element, "Descr", "text") or amount or plain_text(element) or words(element)
    mark = "ref." if element.tag in _LIMITS else ""
    return " ".join(filter(None, (mark, LISTS["comparator"].get(sign, sign), shown, unit))) if shown else ""
