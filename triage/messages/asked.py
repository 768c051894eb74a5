"""What a referrer asks for: codes and words of every format come to area, examination, urgency and diagnoses."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import NamedTuple

from triage.domain.referral import Area, MessageKind, Referrer, Sex, StatedUrgency
from triage.messages.codes import LISTS, code_list
from triage.messages.tree import Element, every, inside, text, value, words

_ICD10 = re.compile(r"([A-Z]\d\d)\.?(\d{1,2}|[A-Z])?[*+]?")
_ICPC2 = re.compile(r"-?([ABDFHKLNPRSTUWXYZ](?:[0-2]\d|[7-9]\d))(?:\.\d{4})?")
_CANCER = re.compile(r"[ABC]\d\d[A-Z]?")  # the codes of list 8480 that are for cancer
_BY_URGENCY = (
    *(StatedUrgency.EMERGENCY, StatedUrgency.CANCER_PATHWAY),
    *(StatedUrgency.URGENT, StatedUrgency.ROUTINE),
)


class Coding(NamedTuple):
    """A code with the number of its Norwegian list (`snomed`, or empty for others) and the words beside it."""

    system: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a referrer asks for and how fast; None where it is not clear."""

    kind: MessageKind
    urgency: StatedUrgency | None
    requested: str | None
    area: Area | None


def asked_in(body: Element, performers: list[Element], *, receivers: str) -> Asked:
    """From the referral's own element in any format: the places that `codes.yaml` names, and FHIR's codings.

    `receivers` are the names of who is to give the service.
    """
    own = [coding(c) for part in body if part.tag != "contained" for c in codings(part)]
    theirs = [coding(c) for performer in performers for c in codings(performer)]
    coded = {
        name: [coding(e, system=system) for path in paths for e in every(body, path)]
        for name, (system, *paths) in LISTS["places"].items()
    }
    pathways = [*coded["pathway"], *(c for c in own if c.system == "8480" or "pakkeforløp" in c.words.lower())]
    specialties = [*coded["specialty"], *(c for c in (*own, *theirs) if c.system in ("8451", "7426"))]
    wanted = " ".join(c.words for c in coded["wanted"])
    requested = _requested([*coded["service"], *coded["booking"]], wanted)
    return Asked(
        kind=_kind(body, [*coded["kind"], *(c for c in own if c.system == "7309")]),
        urgency=_most_urgent([*coded["priority"], *(c for c in own if c.system in ("8304", "8306"))], pathways),
        requested=requested,
        area=_area(specialties, requested, pathways, (wanted, receivers)),
    )


def _kind(body: Element, coded: list[Coding]) -> MessageKind:
    """It may be stated twice (v1.x); a cancellation or change in either place is what counts."""
    stated = [LISTS["message_kind"].get(kind.code.upper(), "new") for kind in coded]
    if text(body, "status") in ("revoked", "entered-in-error"):
        stated.append("cancel")
    if body.find("replaces") is not None:
        stated.append("change")
    return MessageKind(next((kind for kind in stated if kind != "new"), "new"))


def _most_urgent(priorities: list[Coding], pathways: list[Coding]) -> StatedUrgency | None:
    """A cancer pathway is above all but an emergency."""
    ticked = {urgency(priority) for priority in priorities}
    if any(_is_for_cancer(pathway) for pathway in pathways):
        ticked.add(StatedUrgency.CANCER_PATHWAY)
    return next((u for u in _BY_URGENCY if u in ticked), None)


def _requested(services: list[Coding], wanted: str) -> str | None:
    """Only where it is clear; the two endoscopies together are `gastroscopy+colonoscopy`."""
    named = {LISTS["requested"][c.code] for c in services if c.code in LISTS["requested"]}
    named = named or set(_matching("requested_words", wanted))
    booked = [LISTS["booking"][c.code] for c in services if c.system == "8264" and c.code in LISTS["booking"]]
    if {"gastroscopy", "colonoscopy"} <= named:
        return "gastroscopy+colonoscopy"
    return named.pop() if len(named) == 1 else next(iter(booked), None)


def _area(
    specialties: list[Coding], requested: str | None, pathways: list[Coding], said: tuple[str, ...]
) -> Area | None:
    """From the specialty, else the examination asked for, else the pathway, else the words."""
    coded = map(_specialty_area, specialties)
    asked = LISTS["requested_area"].get((requested or "").split("+")[0])
    on_pathway = (LISTS["cancer_pathway"].get(p.code.upper()) or _area_in(p.words) for p in pathways)
    found = next(filter(None, chain(coded, (asked,), on_pathway, map(_area_in, said))), None)
    return Area(found) if found else None


def coding(element: Element, *, system: str = "") -> Coding:
    """In both shapes: attributes S, V and DN, or FHIR's `system`, `code` and `display`. `system` is for no list."""
    named = code_list(element.get("S") or text(element, "system"))
    shown = words(element) or text(element, "display")
    return Coding(named or system, value(element) or text(element, "code"), shown)


def codings(element: Element) -> list[Element]:
    """Every coding of FHIR anywhere below, extensions included."""
    return inside(element, "coding", "valueCoding")


def diagnoses(body: Element, around: Iterable[Element]) -> tuple[str, ...]:
    """Of the patient: `Diagnosis` and diagnosis headings, or FHIR's reasons and conditions."""
    blocks = inside(body, "Diagnosis", "ReasonAsText", "InfItem")
    owners = [e for e in blocks if e.tag == "Diagnosis" or text(e, "Heading", "Type") in ("DIAG", "H", "B")]
    stated = [coding(c) for e in owners for c in inside(e, "Concept", "TextCode", "CodedDescr")]
    reasons = [e for r in around if r.tag == "Condition" and not is_refuted(r) for e in every(r, "code")]
    in_fhir = [coding(c) for e in (*every(body, "reasonCode"), *reasons) for c in codings(e)]
    stated += [c for c in in_fhir if c.system in ("7170", "7110")]
    return tuple(dict.fromkeys(filter(None, map(diagnosis, stated))))


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


def sex(stated: Coding) -> Sex | None:
    """From list 3101 or the word; None when not stated."""
    found = LISTS["sex"].get(stated.code.lower()) or LISTS["sex"].get(stated.words.lower())
    return Sex(found) if found else None


def urgency(priority: Coding) -> StatedUrgency | None:
    """From list 8304, 8306 or FHIR's request priority, else from the words beside the code."""
    known = LISTS["priority"].get(priority.code) or LISTS["priority"].get(priority.code.upper())
    found = known or next(iter(_matching("urgency_words", priority.words or priority.code)), None)
    return StatedUrgency(found) if found else None


def referrer(ends: Iterable[Element], *names: str) -> Referrer | None:
    """Who refers, only where profession (9060), role (9034) or the organisation's name makes it clear."""
    coded = [coding(e) for end in ends for e in (*inside(end, "RoleToPatient"), *codings(end))]
    coded += [coding(e) for end in ends for e in every(end, "code")]
    professions = [text(end, "//TypeHealthcareProfessional", "//Type") for end in ends]
    professions += [c.code for c in coded if c.system == "9060"]
    known = [LISTS["profession"].get(code.upper()) for code in professions]
    known += [LISTS["role"].get(c.code) for c in coded if c.system in ("9034", "")]
    said = " ".join([*names, *(c.words for c in coded)])
    found = next(filter(None, (*known, *_matching("referrer_words", said))), None)
    return Referrer(found) if found else None


def _specialty_area(specialty: Coding) -> str | None:
    """Lists 8451 and 7426 use the same numbers for different fields, so the list decides."""
    codes = LISTS["specialty"].get(specialty.system) or LISTS["specialty"][""]
    return codes.get(specialty.code) or codes.get(specialty.code.zfill(3)) or _area_in(specialty.words)


def _is_for_cancer(pathway: Coding) -> bool:
    said = pathway.words.lower()
    is_named = "kreft" in said or ("pakkeforløp" in said and pathway.system != "8480")
    return is_named or bool(_CANCER.fullmatch(pathway.code.upper()))


def _area_in(words: str) -> str | None:
    return next(iter(_matching("area_words", words)), None)


def _matching(table: str, words: str) -> list[str]:
    lowered = words.lower()
    return [name for name, pattern in _patterns(table) if pattern.search(lowered)] if lowered.strip() else []


@cache
def _patterns(table: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in LISTS[table])
