"""Plots as data: what a funnel, a time line and a bar chart have in common. The template draws them as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import ClassVar

from triage.reports.rates import Vector


@dataclass(frozen=True, slots=True)
class Point:
    """`stands_out` and `own` are drawn by shape, never by colour alone; `named` shows the label beside the point."""

    x: float
    y: float
    label: str
    stands_out: bool = False
    own: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Drawn from point to point; `kind` is centre, inner, outer, usual or series."""

    kind: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    label: str
    low: float
    high: float
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """`marks` are named upright lines, such as a date or an age limit; `description` says in words what it shows.

    Pixels: `left` is room for the names of the y axis.
    """

    title: str
    description: str
    x: Axis
    y: Axis
    points: tuple[Point, ...] = ()
    lines: tuple[Line, ...] = ()
    bars: tuple[Point, ...] = ()
    marks: tuple[Tick, ...] = ()
    left: int = 56
    height: int = 270
    width: ClassVar[int] = 520
    right: ClassVar[int] = 12
    top: ClassVar[int] = 14
    bottom: ClassVar[int] = 46

    def across(self, x: float) -> float:
        """Pixels from the left."""
        share = (x - self.x.low) / (self.x.high - self.x.low)
        return round(self.left + share * (self.width - self.left - self.right), 1)

    def down(self, y: float) -> float:
        """Pixels from the top; what lies outside is drawn at the edge."""
        share = min(1.0, max(0.0, (y - self.y.low) / (self.y.high - self.y.low)))
        return round(self.height - self.bottom - share * (self.height - self.top - self.bottom), 1)

    def path(self, line: Line) -> str:
        return " ".join(f"{self.across(x)},{self.down(y)}" for x, y in line.points)


@dataclass(frozen=True, slots=True)
class Area:
    """A municipality on a map: its outline as an SVG path, its middle, and the class of its value (None: not known)."""

    path: str
    x: float
    y: float
    label: str
    level: int | None = None
    stands_out: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Map:
    """Areas in pixels, in five classes from low to high that `legend` names."""

    title: str
    description: str
    areas: tuple[Area, ...]
    legend: tuple[str, ...]
    height: int
    width: ClassVar[int] = 520
    most_height: ClassVar[int] = 420


def pairs(across: Vector, values: Vector) -> tuple[tuple[float, float], ...]:
    return tuple(zip(across.tolist(), values.tolist(), strict=True))


def axis(label: str, values: Sequence[float], *, decimals: int = 0, floor_at_zero: bool = True) -> Axis:
    """From a round number below the values to one above, with about five ticks."""
    low, high = (0.0 if floor_at_zero else min(values)), max(values)
    raw = (high - low or 1.0) / 5
    power = 10 ** floor(log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * (1 - 1e-9))
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    places = max(decimals, -floor(log10(step) + 1e-9) if step < 1 else 0)
    ticks = tuple(Tick(n * step, decimal(n * step, places)) for n in range(first, last + 1))
    return Axis(label, first * step, last * step, ticks)


def decimal(number: float, places: int) -> str:
    """As Norwegian writes it: `1 234,5`, with narrow blanks that do not break, and a true minus."""
    text = f"{number:,.{places}f}".replace(",", "\u202f").replace(".", ",").replace("inf", "∞")
    return text.replace("-", "−") if text.strip("-0,") else text.lstrip("-")
