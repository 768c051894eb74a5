"""The words of a national referral: every block of text in order, each under its heading's Norwegian name."""

from collections.abc import Callable, Iterator
from itertools import groupby

from triage.messages.codes import LISTS
from triage.messages.content import Blocks
from triage.messages.plain import tidy
from triage.messages.xml_tree import Element, child, children, display, inside, local, plain_text, value

# Parts with structure of their own, read elsewhere; what is left is clinical text wherever a vendor nests it.
_ELSEWHERE = {
    *("RefDoc", "Requester", "ServProvider", "CopyDest", "PatRelHCP", "PatRelperson", "ParorendeForesatt"),
    *("KontaktpersonHelsepersonell", "PasientrelatertKontaktperson", "TilknyttetEnhet", "AnsvarForRapport"),
    *("VurderingAvHenvisning", "AssistertKommunikasjon", "Consent", "SendtDokument", "Address", "Signature"),
    *("Name", "FamilyName", "MiddleName", "GivenName"),
}
_PROSE = 40  # characters; an element that no version of the standard knows is taken for text from this length


def blocks(body: Element) -> Blocks:
    """(heading, text) in document order; neighbours under the same heading become one block."""
    found = ((heading, text) for heading, text in _walk(body) if text)
    return tuple((heading, "\n".join(t for _, t in group)) for heading, group in groupby(found, key=lambda b: b[0]))


def _walk(element: Element) -> Iterator[tuple[str, str]]:
    for part in children(element, "*"):
        name = local(part)
        if name in _READERS:
            heading, text = _READERS[name](part)
            yield heading, tidy(text)
        elif len(part) == 0 and len(part.text or "") >= _PROSE and name not in _ELSEWHERE:
            yield "", plain_text(part)
        elif name not in _ELSEWHERE:
            yield from _walk(part)


def _reason(reason: Element) -> tuple[str, str]:
    heading = child(reason, "Heading")
    return _name("heading", heading), _lines(_strings(reason, skip=("Heading",)))


def _comment(comment: Element) -> tuple[str, str]:
    heading = child(comment, "Heading")
    return _name("heading", heading) or "Kommentar", _lines(_strings(comment, skip=("Heading",)))


def _information(item: Element) -> tuple[str, str]:
    kind = child(item, "Type")
    dated = [value(child(item, name)) for name in ("StartDateTime", "EndDateTime", "OrgDate")]
    when = " – ".join(day for day in dated if day)
    return _name("information", kind), _lines([*_item_lines(item), f"Tid: {when}" if when else ""])


def _item_lines(item: Element) -> Iterator[str]:
    for part in children(item, "*"):
        name = local(part)
        if name in _LINE_READERS:
            yield _LINE_READERS[name](part)
        elif name not in ("Type", "StartDateTime", "EndDateTime", "OrgDate", "Id"):
            yield from _strings(part)
    if len(item) == 0:
        yield plain_text(item)


def _result(result: Element) -> str:
    """`Hb: < 10.2 g/dL (2026-11-01, ref. 11.7–15.3)`: values exactly as sent."""
    investigation = child(result, "ClinInv")
    name = " ".join(filter(None, (display(child(investigation, "Id")), plain_text(child(investigation, "Spec")))))
    details = [value(child(result, "InvDate")), _reference(result), display(child(result, "DevResultInd"))]
    measured = ", ".join(filter(None, (_number(result), _interval(result), _dated(result), _textual(result))))
    aside = ", ".join(filter(None, details))
    comment = plain_text(child(result, "Comment"))
    return " ".join(filter(None, (f"{name}:" if name else "", measured, f"({aside})" if aside else "", comment)))


def _number(result: Element) -> str:
    number = child(result, "NumResult")
    quantity = child(number, "NumResultValue")
    comparator = value(child(number, "ArithmeticComp"))
    unit = "" if quantity is None else quantity.get("U", "")
    return " ".join(filter(None, (LISTS["comparator"].get(comparator, comparator), value(quantity), unit)))


def _interval(result: Element) -> str:
    ends = list(children(child(result, "Interval"), "Low", "High"))
    unit = next((e.get("U", "") for e in ends if e.get("U")), "")
    return f"{'–'.join(value(e) for e in ends)} {unit}".strip()


def _reference(result: Element) -> str:
    limits = next(inside(result, "RefInterval", "ReferenceInterval"), None)
    span = "–".join(value(e) for e in children(limits, "Low", "High"))
    described = plain_text(child(limits, "Descr")) or span
    return f"ref. {described}" if described else ""


def _dated(result: Element) -> str:
    return value(child(result, "DateResult", "DateResultValue")) or value(child(result, "DateResult"))


def _textual(result: Element) -> str:
    return _lines(text for part in children(result, "TextResult") for text in _strings(part))


def _medicine(medication: Element) -> str:
    dose = child(medication, "UnitDose")
    amount = "" if dose is None else f"{value(dose)} {dose.get('U', '')}".strip()
    names = ("DrugId", "QuantitySupplied", "DosageText", "IntendedDuration")
    drug, *rest = (display(child(medication, name)) for name in names)
    status, comment = display(child(medication, "Status")), plain_text(child(medication, "Comment"))
    return ", ".join(filter(None, (drug, amount, *rest, f"({status})" if status else "", comment)))


def _diagnosis(diagnosis: Element) -> tuple[str, str]:
    concept = child(diagnosis, "Concept")
    code, name = value(concept), display(concept)
    modifiers = ", ".join(filter(None, (display(child(m, "Value")) for m in children(diagnosis, "Modifier"))))
    if name == code:  # a bare code stands among the codes; here it would only be noise
        return "Diagnoser", ""
    return "Diagnoser", ", ".join(filter(None, (f"{name} ({code})" if code else name, modifiers)))


def _service(service: Element) -> tuple[str, str]:
    wanted = [display(e) for e in children(service, "ServId")]
    said = [t for e in children(service, "Comment", "Merknad") for t in _strings(e)]
    return "Ønsket tjeneste", _lines([*wanted, *said])


def _pathway(pathway: Element) -> tuple[str, str]:
    return "Pakkeforløp", _lines([display(child(pathway, "Pakkeforlopskode")), plain_text(child(pathway, "Merknad"))])


def _precaution(precaution: Element) -> tuple[str, str]:
    return "Spesielle hensyn", _lines(_strings(precaution))


def _medication_review(review: Element) -> tuple[str, str]:
    medicines = [_medicine(m) for m in inside(review, "Medication")]
    return "Legemidler", _lines(medicines or _strings(review))


def _strings(element: Element, skip: tuple[str, ...] = ()) -> Iterator[str]:
    """Each text or coded word inside; XHTML stays one text."""
    parts = [part for part in children(element, "*") if local(part) not in skip]
    if not parts or any(_is_xhtml(part) for part in parts):
        yield plain_text(element) or display(element)
    else:
        for part in parts:
            yield from _strings(part)


def _is_xhtml(element: Element) -> bool:
    """`p`, `BR`, `h1`: the standard's own names mix capitals and small letters."""
    return local(element).islower() or local(element).isupper()


def _lines(texts: Iterator[str] | list[str]) -> str:
    return "\n".join(text for text in texts if text)


def _name(table: str, code: Element | None) -> str:
    return LISTS[table].get(value(code).upper()) or display(code)


_LINE_READERS: dict[str, Callable[[Element], str]] = {"ResultItem": _result, "Medication": _medicine}
_READERS: dict[str, Callable[[Element], tuple[str, str]]] = {
    "ReasonAsText": _reason,
    "Comment": _comment,
    "ReqComment": _comment,
    "Merknad": lambda e: ("Merknad", plain_text(e)),
    "TextResultValue": lambda e: ("", plain_text(e)),
    "Description": lambda e: ("", plain_text(e)),
    "InfItem": _information,
    "ResultItem": lambda e: ("", _result(e)),
    "Medication": lambda e: ("Legemidler", _medicine(e)),
    "Legemiddelgjennomgang": _medication_review,
    "PatientPrecaution": _precaution,
    "Diagnosis": _diagnosis,
    "Service": _service,
    "Pakkeforlop": _pathway,
}
