"""The words of a national referral: every block of text in order, each under its heading's Norwegian name."""

from collections.abc import Callable, Iterator

from triage.messages.codes import LISTS
from triage.messages.content import Blocks, in_blocks, measured
from triage.messages.plain import from_markup
from triage.messages.tree import Element, every, first, inside, plain_text, text, texts, value, words

_HEADINGS: dict[str, str] = LISTS["block_headings"]
_ELSEWHERE = set(LISTS["not_text"])
_ASIDE = set(LISTS["beside_text"])
_PROSE = 3  # words; an element that no version of the standard knows is taken for text from this length


def blocks(body: Element) -> Blocks:
    return in_blocks(_walk(body))


def _walk(element: Element) -> Iterator[tuple[str, str]]:
    for part in element:
        if part.tag in _HEADINGS:
            yield _heading(part), "\n".join(filter(None, (*_lines(part), _when(part))))
        elif part.tag not in _ELSEWHERE:
            if len((part.text or "").split()) >= _PROSE or any(map(_is_xhtml, part)):
                yield "", plain_text(part)
            else:
                yield from _walk(part)


def _heading(block: Element) -> str:
    code = first(block, "Heading", "Type")
    return LISTS["heading"].get(value(code).upper()) or words(code) or _HEADINGS[block.tag]


def _when(item: Element) -> str:
    dates = " – ".join(texts(item, "StartDateTime", "EndDateTime", "OrgDate"))
    return f"Tid: {dates}" if dates else ""


def _lines(element: Element) -> Iterator[str]:
    """Each text or coded word inside; results, medicines and diagnoses are one line, XHTML stays one text."""
    parts = [part for part in element if part.tag not in _ASIDE]
    if element.tag in _LINES:
        yield _LINES[element.tag](element)
    elif not parts or any(map(_is_xhtml, parts)):
        yield plain_text(element) or words(element)
    else:
        yield from_markup(element.text or "")
        for part in parts:
            yield from _lines(part)


def _is_xhtml(element: Element) -> bool:
    """`p`, `BR`, `h1`: the standard's own names mix capitals and small letters."""
    return element.tag.islower() or element.tag.isupper()


def _result(result: Element) -> str:
    number, limits = first(result, "NumResult"), first(result, "//RefInterval", "//ReferenceInterval")
    comparator = text(number, "ArithmeticComp")
    unit = first(number, "NumResultValue").get("U", "")
    shown = (LISTS["comparator"].get(comparator, comparator), text(number, "NumResultValue"), unit)
    reference = text(limits, "Descr") or _span(limits)
    said = "\n".join(filter(None, (line for part in every(result, "TextResult") for line in _lines(part))))
    dated = text(result, "DateResult/DateResultValue", "DateResult")
    return measured(
        " ".join(filter(None, (words(first(result, "ClinInv/Id")), text(result, "ClinInv/Spec")))),
        (" ".join(filter(None, shown)), _span(first(result, "Interval")), dated, said),
        (text(result, "InvDate"), reference and f"ref. {reference}", words(first(result, "DevResultInd"))),
        plain_text(first(result, "Comment")),
    )


def _span(interval: Element) -> str:
    units = [e.get("U", "") for e in inside(interval, "Low", "High") if e.get("U")]
    return f"{'–'.join(texts(interval, 'Low', 'High'))} {''.join(units[:1])}".strip()


def _medicine(medicine: Element) -> str:
    dose, status = first(medicine, "UnitDose"), words(first(medicine, "Status"))
    rest = (words(first(medicine, name)) for name in ("QuantitySupplied", "DosageText", "IntendedDuration"))
    amount = f"{value(dose)} {dose.get('U', '')}".strip()
    comment = plain_text(first(medicine, "Comment"))
    known = (words(first(medicine, "DrugId")), amount, *rest, status and f"({status})", comment)
    return ", ".join(filter(None, known))


def _diagnosis(diagnosis: Element) -> str:
    """Empty for a bare code: it stands among the codes, and here it would only be noise."""
    concept = first(diagnosis, "Concept")
    code, name = value(concept), words(concept)
    modifiers = (words(e) for e in every(diagnosis, "Modifier/Value"))
    named = f"{name} ({code})" if code else name
    return "" if name == code else ", ".join(filter(None, (named, *modifiers)))


_LINES: dict[str, Callable[[Element], str]] = {
    "ResultItem": _result,
    "Medication": _medicine,
    "Diagnosis": _diagnosis,
}
