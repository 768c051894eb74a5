"""What a referrer asks for: codes and words of every format come to area, examination, urgency and diagnoses."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from triage.domain.referral import Area, MessageKind, Referrer, StatedUrgency
from triage.messages.codes import LISTS, code_list, meanings
from triage.messages.tree import Element, inside, text, value, words

_PRIORITIES, _EXAMINATIONS, _AREAS = map(meanings, ("priority", "requested", "requested_area"))
_ROLES = meanings("referrer_places")
_ICD10 = re.compile(r"([A-Z]\d\d)\.?(\d{1,2}|[A-Z])?[*+]?")
_ICPC2 = re.compile(r"-?([ABDFHKLNPRSTUWXYZ](?:[0-2]\d|[7-9]\d))(?:\.\d{4})?")


class Coding(NamedTuple):
    """A code with the number of its Norwegian list (`snomed`, or empty for others) and the words beside it."""

    system: str
    code: str
    words: str


Stated = dict[str, list[Coding]]  # by the names in the list of places


def coding(element: Element, *, system: str = "") -> Coding:
    """In both shapes: attributes S, V and DN, or FHIR's `system`, `code` and `display`. `system` is for no list."""
    named = code_list(element.get("S") or text(element, "system"))
    shown = words(element) or text(element, "display")
    return Coding(named or system, value(element) or text(element, "code"), shown)


def stated(body: Element, performers: Iterable[Element]) -> Stated:
    """What stands at each of the places, then FHIR's codings of its lists, wherever they are."""
    parts = [part for part in (*body, *performers) if part.tag != "contained"]
    anywhere = [coding(e) for part in parts for e in codings(part)]
    found = {}
    for name, (lists, *paths) in LISTS["places"].items():
        found[name] = [coding(e, system=lists[0]) for path in paths for e in body.iterfind(path)]
        found[name] += [c for c in anywhere if c.system and c.system in lists]
    found["pathway"] += [c for c in anywhere if "pakkeforløp" in c.words.lower()]
    return found


def codings(element: Element) -> list[Element]:
    """Every coding of FHIR anywhere below, extensions included."""
    return inside(element, "coding", "valueCoding")


def kind(body: Element, said: Stated) -> MessageKind:
    """It may be stated twice (v1.x); a cancellation or change in either place is what counts."""
    kinds = {LISTS["message_kind"].get(c.code.upper(), "new") for c in said["kind"]}
    kinds |= {"cancel"} if text(body, "status") in ("revoked", "entered-in-error") else set()
    kinds |= {"change"} if body.find("replaces") is not None else set()
    return next((kind for kind in MessageKind if kind in kinds and kind is not MessageKind.NEW), MessageKind.NEW)


def most_urgent(said: Stated) -> StatedUrgency | None:
    """A cancer pathway is above all but an emergency."""
    ticked = {urgency(priority) for priority in said["priority"]}
    ticked |= {StatedUrgency.CANCER_PATHWAY for p in said["pathway"] if _first_of("pathway_words", " ".join(p))}
    order = (StatedUrgency.EMERGENCY, StatedUrgency.CANCER_PATHWAY, StatedUrgency.URGENT, StatedUrgency.ROUTINE)
    return next((u for u in order if u in ticked), None)


def urgency(priority: Coding) -> StatedUrgency | None:
    """From list 8304, 8306 or FHIR's request priority, else from the words beside the code."""
    known = _PRIORITIES.get(priority.code) or _PRIORITIES.get(priority.code.upper())
    found = known or _first_of("urgency_words", priority.words or priority.code)
    return StatedUrgency(found) if found else None


def requested(said: Stated) -> str | None:
    """Only where it is clear; the two endoscopies together are `gastroscopy+colonoscopy`."""
    coded = {_EXAMINATIONS[c.code] for c in said["service"] if c.code in _EXAMINATIONS}
    named = coded or set(_all_of("requested_words", _words(said["wanted"])))
    if {"gastroscopy", "colonoscopy"} <= named:
        return "gastroscopy+colonoscopy"
    booked = [LISTS["booking"][c.code] for c in said["booking"] if c.code in LISTS["booking"]]
    return named.pop() if len(named) == 1 else next(iter(booked), None)


def area(said: Stated, *, requested: str | None, receivers: str) -> Area | None:
    """From the specialty, else the examination asked for, else the pathway, else the words, else who is to do it."""
    found = [
        *map(_of_specialty, said["specialty"]),
        _AREAS.get((requested or "").split("+")[0]),
        *(LISTS["cancer_pathway"].get(p.code.upper()) or _first_of("area_words", p.words) for p in said["pathway"]),
        _first_of("area_words", _words(said["wanted"])),
        _first_of("area_words", receivers),
    ]
    return next(map(Area, filter(None, found)), None)


def diagnoses(body: Element, around: Iterable[Element]) -> tuple[str, ...]:
    """Of the patient: `Diagnosis` and diagnosis headings, or FHIR's reasons and conditions."""
    blocks = inside(body, "Diagnosis", "ReasonAsText", "InfItem")
    owners = [e for e in blocks if e.tag == "Diagnosis" or text(e, "Heading", "Type") in ("DIAG", "H", "B")]
    coded = [coding(c) for e in owners for c in inside(e, "Concept", "TextCode", "CodedDescr")]
    reasons = [e for r in around if r.tag == "Condition" and not is_refuted(r) for e in r.iterfind("code")]
    in_fhir = [coding(c) for e in (*body.iterfind("reasonCode"), *reasons) for c in codings(e)]
    coded += [c for c in in_fhir if c.system in ("7170", "7110")]
    return tuple(dict.fromkeys(filter(None, map(diagnosis, coded))))


def is_refuted(condition: Element) -> bool:
    return text(condition, "verificationStatus/coding/code") in ("refuted", "entered-in-error")


def diagnosis(coded: Coding) -> str | None:
    """`ICPC-2:D07` or `ICD-10:K21.0`; told by the shape of the code when no list is named. None for other codes."""
    code = coded.code.upper().replace(" ", "")
    icpc, icd = _ICPC2.fullmatch(code), _ICD10.fullmatch(code)
    if icpc and coded.system != "7110":
        return f"ICPC-2:{icpc[1]}"
    if icd and coded.system != "7170":
        return f"ICD-10:{icd[1]}.{icd[2]}" if icd[2] else f"ICD-10:{icd[1]}"
    return f"ICPC-2:{code}" if coded.system == "7170" and re.fullmatch(r"[A-Z]\d\d", code) else None


def referrer(ends: Iterable[Element], names: str) -> Referrer | None:
    """Who refers, only where profession (9060), role (9034) or the organisation's name makes it clear."""
    coded = [coding(e, system=system) for end in ends for path, system in _ROLES.items() for e in end.iterfind(path)]
    known = [LISTS["referrer"].get(c.system, {}).get(c.code.upper()) for c in coded]
    known.append(_first_of("referrer_words", f"{names} {_words(coded)}"))
    return next(map(Referrer, filter(None, known)), None)


def _words(codings: Iterable[Coding]) -> str:
    return " ".join(c.words for c in codings)


def _of_specialty(specialty: Coding) -> str | None:
    """Lists 8451 and 7426 use the same numbers for different fields, so the list decides."""
    codes = LISTS["specialty"].get(specialty.system) or LISTS["specialty"][""]
    return codes.get(specialty.code) or codes.get(specialty.code.zfill(3)) or _first_of("area_words", specialty.words)


def _first_of(table: str, said: str) -> str | None:
    return next(iter(_all_of(table, said)), None)


def _all_of(table: str, said: str) -> list[str]:
    """The names in a list of (name, pattern) whose pattern occurs in the words."""
    return [name for name, pattern in LISTS[table] if re.search(pattern, said.lower())]
