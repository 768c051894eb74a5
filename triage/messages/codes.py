"""Code lists that messages are read with; the lists themselves lie in `codes.yaml`."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from triage.domain.referral import Area, Referrer, Sex, StatedUrgency

LISTS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "codes.yaml").read_text(encoding="utf-8"))

OID_PREFIX = "2.16.578.1.12.4.1.1."
_LIST_NUMBER = re.compile(r"(?:^|\.1\.1\.|kodeverk-)(\d{4})$")
_ICD10 = re.compile(r"([A-Z]\d\d)\.?(\d{1,2}|[A-Z])?[*+]?")
_ICPC2 = re.compile(r"-?([ABDFHKLNPRSTUWXYZ](?:[0-2]\d|[7-9]\d))(?:\.\d{4})?")
_URGENCY_ORDER = (
    *(StatedUrgency.EMERGENCY, StatedUrgency.CANCER_PATHWAY),
    *(StatedUrgency.URGENT, StatedUrgency.ROUTINE),
)


def code_list(system: str) -> str:
    """`7170` for each way to name code list 7170; the empty string for no list or one that is not Norwegian."""
    name = system.strip().lower().removeprefix("urn:oid:").rstrip("/")
    number = _LIST_NUMBER.search(name)
    return number[1] if number else LISTS["systems"].get(name, "")


def diagnosis(system: str, value: str) -> str | None:
    """`ICPC-2:D07` or `ICD-10:K21.0`; told by the shape of the code when no list is named. None for other codes."""
    code, number = value.strip().upper().replace(" ", ""), code_list(system)
    icpc, icd = _ICPC2.fullmatch(code), _ICD10.fullmatch(code)
    if icpc and number != "7110":
        return f"ICPC-2:{icpc[1]}"
    if icd and number != "7170":
        return f"ICD-10:{icd[1]}.{icd[2]}" if icd[2] else f"ICD-10:{icd[1]}"
    return f"ICPC-2:{code}" if number == "7170" and re.fullmatch(r"[A-Z]\d\d", code) else None


def sex(*spoken: str) -> Sex | None:
    """From list 3101 or the word; None when not stated."""
    found = next((LISTS["sex"][s.strip().lower()] for s in spoken if s.strip().lower() in LISTS["sex"]), None)
    return Sex(found) if found else None


def urgency(value: str, words: str = "") -> StatedUrgency | None:
    """From list 8304, 8306 or FHIR's request priority, else from the words beside the code."""
    known = LISTS["priority"].get(value.strip()) or LISTS["priority"].get(value.strip().upper())
    found = known or next(iter(_matching("urgency_words", words or value)), None)
    return StatedUrgency(found) if found else None


def most_urgent(stated: Iterable[StatedUrgency | None]) -> StatedUrgency | None:
    present = {s for s in stated if s}
    return next((s for s in _URGENCY_ORDER if s in present), None)


def specialty_area(system: str, value: str, words: str = "") -> Area | None:
    """The area of a specialty. Lists 8451 and 7426 use the same numbers for different fields, so the list decides."""
    number = code_list(system)
    codes = LISTS["specialty"].get(number if number in LISTS["specialty"] else "", {})
    found = codes.get(value.strip()) or codes.get(value.strip().zfill(3))
    return Area(found) if found else area_in(words)


def is_cancer_pathway(value: str, words: str = "") -> bool:
    """List 8480 holds other pathways too; A, B and C codes are those for cancer."""
    return bool(re.fullmatch(r"[ABC]\d\d[A-Z]?", value.strip().upper())) or "kreft" in words.lower()


def cancer_pathway_area(value: str, words: str = "") -> Area | None:
    found = LISTS["cancer_pathway"].get(value.strip().upper())
    return Area(found) if found else area_in(words)


def area_in(words: str) -> Area | None:
    found = next(iter(_matching("area_words", words)), None)
    return Area(found) if found else None


def requested_from(codes: Iterable[str], words: str) -> str | None:
    """What is asked for; the two endoscopies together are `gastroscopy+colonoscopy`."""
    coded = {LISTS["requested"][code] for code in codes if code in LISTS["requested"]}
    named = coded or set(_matching("requested_words", words))
    if {"gastroscopy", "colonoscopy"} <= named:
        return "gastroscopy+colonoscopy"
    return named.pop() if len(named) == 1 else None


def requested_area(requested: str | None) -> Area | None:
    found = LISTS["requested_area"].get((requested or "").split("+")[0])
    return Area(found) if found else None


def referrer(profession: str, role: str, organisation: str) -> Referrer | None:
    """Who refers, only where profession, role or the organisation's name makes it clear."""
    coded = LISTS["profession"].get(profession.upper()) or LISTS["role"].get(role)
    found = coded or next(iter(_matching("referrer_words", f"{role} {organisation}")), None)
    return Referrer(found) if found else None


def _matching(table: str, words: str) -> list[str]:
    lowered = words.lower()
    return [name for name, pattern in _patterns(table) if pattern.search(lowered)] if lowered.strip() else []


@cache
def _patterns(table: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in LISTS[table])
