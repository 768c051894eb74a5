"""Advice and warning signs that the decision form offers, by what the referral asked for (`complaints.yaml`)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict

from triage.domain.referral import Area, Language

FILE = Path(__file__).parent / "complaints.yaml"


class SuggestedTexts(NamedTuple):
    """A beginning for a person to change."""

    advice: tuple[str, ...]
    warning_signs: tuple[str, ...]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Wording(_Entry):
    nb: str
    nn: str
    source: str = "uncited"


class _Problem(_Entry):
    """A problem of an area and what was asked for; without these the texts of an area."""

    id: str = ""
    area: Area | None = None
    requested: tuple[str, ...] = ()
    advice: tuple[_Wording, ...]
    warning_signs: tuple[str, ...]


class Complaints(_Entry):
    """The whole file; the key of a sign is the alarm feature that it puts into plain words."""

    signs: Mapping[str, _Wording]
    problems: tuple[_Problem, ...]
    otherwise: Mapping[Area, _Problem]


@cache
def load_complaints() -> Complaints:
    return Complaints.model_validate(yaml.safe_load(FILE.read_text("utf-8")))


def suggested_texts(area: Area, requested: str | None, language: Language) -> SuggestedTexts:
    """What suits the problem asked for; general texts of the area when the problem is not known."""
    file = load_complaints()
    known = (problem for problem in file.problems if problem.area is area and requested in problem.requested)
    texts = next(known, file.otherwise[area])
    return SuggestedTexts(
        tuple(getattr(wording, language) for wording in texts.advice),
        tuple(getattr(file.signs[feature], language) for feature in texts.warning_signs),
    )
