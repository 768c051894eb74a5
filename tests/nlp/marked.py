"""Examples as lines with marks: `Ingen [svelgvansker|gi.dysfagi:negated], 40 år.`

A line without a good mark is an error.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from triage.domain.referral import Area, Referral, Sex

_PATIENT = re.compile(r"^\{(\d+) (female|male)\} *")
_MARK = re.compile(r"\[([^|\[\]]+)\|([^\[\]]+)\]")


@dataclass(frozen=True)
class Line:
    referral: Referral
    features: frozenset[tuple[str, str]]


def lines_of(path: Path, area: Area) -> list[Line]:
    written = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return [line_of(text, area) for text in written]


def line_of(text: str, area: Area) -> Line:
    """The letter without its marks, and the (feature, status) pairs that the marks name."""
    age, sex, rest = 60, Sex.FEMALE, text
    if patient := _PATIENT.match(text):
        age, sex, rest = int(patient[1]), Sex(patient[2]), text[patient.end() :]
    marks = [mark.strip() for group in _MARK.findall(rest) for mark in group[1].split(",")]
    plain = _MARK.sub(r"\1", rest).replace("¶", "\n")
    if "|" in plain or any(mark.count(":") != 1 for mark in marks):
        raise ValueError(f"not a well-formed line: {text}")
    features = frozenset((name, status) for name, status in (mark.split(":") for mark in marks))
    return Line(Referral(id="line", text=plain, area=area, age=age, sex=sex), features)
