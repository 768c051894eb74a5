"""What every section of the council's report is made of: its words, tables of counts, and shares with their limits."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from triage.reports import TEXTS, rates
from triage.reports.disclosure import Reason
from triage.reports.edition import ALL, PART_OF, UNKNOWN, Edition, Number
from triage.reports.plot import Map, Plot
from triage.reports.rates import Estimate, Vector, proportion
from triage.reports.records import NO_REFERENCE, Reference

LABELS: Mapping[str, str] = TEXTS["labels"]
WHY_NOT: Mapping[str, str] = TEXTS["reasons"]
SAYS: Mapping[str, str] = TEXTS["sentences"]
COLUMNS: Mapping[str, Sequence[str]] = TEXTS["columns"]
Value = str | int | float | Reason | None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. A hidden number is there as its reason; None is what cannot be computed. Columns with `%` are shares."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """`findings` are sentences about what the numbers show; `missing` says why a figure is not there."""

    id: str
    title: str
    why: str
    numerator: str
    denominator: str
    notes: tuple[str, ...]
    findings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    plots: tuple[Plot | Map, ...] = ()
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Basis:
    """What the report is made from. `own` is the municipality or the sender whose eyes it is for, if any; `events` are
    dates at which a phase begins, besides those that the texts name."""

    edition: Edition
    reference: Reference = NO_REFERENCE
    readings: Sequence[tuple[str, ...]] = ()
    unreadable: int = 0
    own: str | None = None
    events: Mapping[date, str] = field(default_factory=dict)


def label(code: str) -> str:
    return LABELS.get(code, code)


def counted(
    edition: Edition, *, by: str, of: Sequence[str], title: str = "", each_area: bool = False, limits: bool = False
) -> Iterator[Grid]:
    """Numbers of several kinds by one dimension; a share, with its limits if wanted, after each that is a part."""
    shares = ("%", "% fra", "% til")[: 3 if limits else 1]
    columns = [label(by)]
    for measure in of:
        columns += [label(measure), *(shares if PART_OF[measure] in of else ())]
    for area in known_areas(edition) if each_area else [ALL]:
        rows = []
        for code in (*edition.codes[by], ALL):
            numbers = {measure: edition.number(measure, **{"area": area, by: code}) for measure in of}
            row: list[Value] = [label(code)]
            for measure, number in numbers.items():
                whole = numbers.get(PART_OF[measure] or "")
                row += [number, *(() if whole is None else with_limits(number, whole)[: len(shares)])]
            rows.append(tuple(row))
        if rows := [row for row in rows if row[1] != 0]:
            yield Grid(label(area) if each_area else title, tuple(columns), tuple(rows))


def known_areas(edition: Edition) -> list[str]:
    return [area for area in edition.codes["area"] if area != UNKNOWN]


def with_limits(
    part: Number,
    whole: Number | float,
    per: float = 100,
    of: Callable[..., Estimate] = proportion,
    places: int = 1,
) -> tuple[Value, Value, Value]:
    """Part over whole, in percent unless said otherwise, with 95 % limits; hidden with either of its numbers."""
    hidden = next((number for number in (part, whole) if isinstance(number, Reason)), None)
    found = rates.NOT_GIVEN if hidden else of(part, whole, multiplier=per)
    return hidden or rounded(found.value, places), rounded(found.lower, places), rounded(found.upper, places)


def rounded(number: float | None, places: int = 2) -> float | None:
    return None if number is None or np.isnan(number) else round(number, places)


def floats(numbers: Iterable[Number]) -> Vector:
    """Not a number where hidden."""
    return np.array([np.nan if isinstance(n, Reason) else n for n in numbers], dtype=np.float64)


def yes(holds: object) -> str:
    return "ja" if holds else "nei"
