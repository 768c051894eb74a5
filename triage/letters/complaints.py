"""Advice and warning signs that the decision form offers, by what the referral asked for (`complaints.yaml`)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from triage.domain.referral import Area, Language
from triage.strict_yaml import Strict, read_yaml, validated

FILE = Path(__file__).parent / "complaints.yaml"


class SuggestedTexts(NamedTuple):
    """A beginning for a person to change."""

    advice: tuple[str, ...]
    warning_signs: tuple[str, ...]


class _Wording(Strict):
    nb: str
    nn: str


class _Problem(Strict):
    """A problem of an area and what was asked for; without these the texts of an area."""

    area: Area | None = None
    requested: tuple[str, ...] = ()
    advice: tuple[_Wording, ...]
    warning_signs: tuple[str, ...]


class Complaints(Strict):
    """The whole file; the key of a sign is the alarm feature that it puts into plain words."""

    signs: Mapping[str, _Wording]
    problems: tuple[_Problem, ...]
    otherwise: Mapping[Area, _Problem]


@cache
def load_complaints() -> Complaints:
    return validated(Complaints, read_yaml(FILE), FILE.name)


def suggested_texts(area: Area, requested: str | None, language: Language) -> SuggestedTexts:
    """What suits the problem asked for; general texts of the area when the problem is not known."""
    file = load_complaints()
    known = (problem for problem in file.problems if problem.area is area and requested in problem.requested)
    texts = next(known, file.otherwise[area])
    return SuggestedTexts(
        tuple(getattr(wording, language) for wording in texts.advice),
        tuple(getattr(file.signs[feature], language) for feature in texts.warning_signs),
    )
