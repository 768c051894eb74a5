"""Units beside each other: who stands out, how much they vary, and the figures that show it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from triage.reports import TEXTS, funnel
from triage.reports.funnel import INNER, OUTER, Limits
from triage.reports.plot import Area, Axis, Line, Map, Plot, Point, Tick, axis, decimal, pairs
from triage.reports.rates import Vector
from triage.reports.records import Outline
from triage.reports.variation import Measure, gamma_shape, gamma_variance, shrunken_ratios, summary

FEWEST_UNITS = 5
MOST_LABELS = 6
MAP_CLASSES = (0.67, 0.9, 1.1, 1.5)  # ratios at which the colour changes: 1.1 is as far above 1 as 0.9 is below
SAYS: Mapping[str, str] = TEXTS["sentences"]


@dataclass(frozen=True)
class Comparison:
    """Counts against expected counts, or against trials (`shares`). `own` is the name of the reader's own unit.

    `base` of expected counts sums to the counts, so that 1 is the level of all units together.
    """

    names: Sequence[str]
    counts: Vector
    base: Vector
    shares: bool
    own: str | None = None
    codes: Sequence[str] = ()

    @property
    def possible(self) -> bool:
        return len(self.names) >= FEWEST_UNITS and bool(self.counts.sum() > 0)

    @cached_property
    def flags(self) -> funnel.Flags:
        flag = funnel.flag_proportions if self.shares else funnel.flag_ratios
        return flag(self.counts, self.base)

    @cached_property
    def shrunken(self) -> Vector:
        """Ratios drawn towards 1, most where the numbers are small: what may be mapped."""
        return shrunken_ratios(self.counts, self.base, gamma_shape(self.counts, self.base))

    @property
    def benchmark(self) -> float:
        return float(self.counts.sum() / self.base.sum())

    def scaled(self, counts: Vector, base: Vector) -> funnel.Transformed:
        return funnel.arcsine(counts, base) if self.shares else funnel.sqrt_ratio(counts, base)

    @cached_property
    def spread(self) -> tuple[float, float]:
        """phi and tau^2."""
        scale = self.scaled(self.counts, self.base)
        return funnel.overdispersion(funnel.winsorised(scale.z), scale.error)

    @cached_property
    def stands_out(self) -> NDArray[np.bool_]:
        """Beyond chance, and beyond the usual variation between these units where that is more than chance gives."""
        usual = self.scaled(self.counts, self.base).limits(OUTER, self.spread[1])
        return np.asarray(self.flags.stands_out & usual.outside(self.counts / self.base))

    def sentences(self) -> Iterator[str]:
        """What the funnel shows, beside what chance alone would give."""
        units = len(self.names)
        by_chance = decimal((1 - OUTER) * units, 1)
        yield SAYS["outside"].format(outside=int(self.flags.outside.sum()), units=units, by_chance=by_chance)
        if self.spread[1] > 0:
            yield SAYS["spread"].format(phi=decimal(self.spread[0], 1))
        out = [name for name, stands_out in zip(self.names, self.stands_out, strict=True) if stands_out]
        yield SAYS["stand_out"].format(names=", ".join(out)) if out else SAYS["none_stands_out"]

    def variation(self) -> str:
        """How much true ratios vary (100/alpha, of expected counts), with limits and what chance alone would give."""
        found = gamma_variance(self.counts, self.base).scaled(100)
        value, low, high = (decimal(np.inf if x is None else x, 1) for x in (found.value, found.lower, found.upper))
        chance = decimal(self.measures["systematic"].most_by_chance or 0, 2)
        return SAYS["variation"].format(value=value, low=low, high=high, chance=chance)

    @cached_property
    def measures(self) -> dict[str, Measure]:
        return summary(self.counts, self.base)

    def points(self, x: Vector, y: Vector) -> tuple[Point, ...]:
        """One for each unit; those that stand out are named as long as they are few, one's own always."""
        few = self.stands_out.sum() <= MOST_LABELS
        return tuple(
            Point(float(a), float(b), name, bool(out), name == self.own, bool(out and few) or name == self.own)
            for a, b, name, out in zip(x, y, self.names, self.stands_out, strict=True)
        )

    def plot(self, title: str, x: str, y: str) -> Plot:
        """On a logarithmic axis of size, since a city and an island must both be seen."""
        times = 100.0 if self.shares else 1.0
        grid = np.geomspace(max(1.0, self.base.min() * 0.8), self.base.max() * 1.15, 60)
        grid = np.unique(np.round(grid)) if self.shares else grid
        values, across, centre = times * self.counts / self.base, np.log10(grid), times * self.benchmark
        lines = [Line("centre", ((float(across[0]), centre), (float(across[-1]), centre)))]
        for kind, limits in self._curves(grid):
            lines += [Line(kind, pairs(across, times * side)) for side in (limits.lower, limits.upper)]
        top = min(times, 2 * centre) if self.shares else 2 * centre
        top = max(top, min(float(values.max()), 6 * centre))
        return Plot(
            title=title,
            description=" ".join(self.sentences()),
            x=Axis(x, float(across[0]), float(across[-1]), tuple(_sizes(grid))),
            y=axis(y, [top], decimals=0 if self.shares else 1),
            points=self.points(np.log10(self.base), values),
            lines=tuple(lines),
        )

    def _curves(self, grid: Vector) -> Iterator[tuple[str, Limits]]:
        level, shares = self.benchmark, self.shares
        for kind, sure in (("inner", INNER), ("outer", OUTER)):
            yield kind, funnel.binomial_limits(grid, level, sure) if shares else funnel.poisson_limits(grid, sure)
        if self.spread[1] > 0:
            yield "usual", self.scaled(self.benchmark * grid, grid).limits(OUTER, self.spread[1])


def strip(compared: Mapping[str, Comparison]) -> Plot:
    """One row of dots for each subject, a dot for each unit, at its shrunken ratio."""
    rows = list(enumerate(list(compared.items())[::-1]))
    dots: list[Point] = []
    for row, (_, c) in rows:
        # So close together names would cover each other; the funnels have them.
        dots += (replace(dot, named=False) for dot in c.points(c.shrunken, np.full(len(c.shrunken), float(row))))
    names = tuple(Tick(float(row), title) for row, (title, _) in rows)
    x = axis(SAYS["strip_axis"], [dot.x for dot in dots], decimals=1, floor_at_zero=False)
    even = Line("centre", ((1.0, -0.5), (1.0, len(rows) - 0.5)))
    y = Axis("", -0.5, len(rows) - 0.5, names)
    return Plot(SAYS["strip_title"], SAYS["strip"], x, y, tuple(dots), (even,), left=185, height=70 + 45 * len(rows))


def map_of(title: str, compared: Comparison, outlines: Mapping[str, Outline]) -> Map:
    """Every municipality in the class of its shrunken ratio; one whose number is hidden has none.

    The outline of a unit of several municipalities is all of theirs.
    """
    known = {part: k for k, code in enumerate(compared.codes) for part in code.split("+")}
    points = np.array([point for shape in outlines.values() for ring in shape for point in ring])
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    scale = min(Map.width / (right - left), Map.most_height / (bottom - top))

    def area(code: str, shape: Outline) -> Area:
        k = known.get(code)
        rings = [[((east - left) * scale, (south - top) * scale) for east, south in ring] for ring in shape]
        path = "".join("M" + "L".join(f"{across:.1f},{down:.1f}" for across, down in ring) + "Z" for ring in rings)
        x, y = np.array(max(rings, key=len)).mean(axis=0).round(1).tolist()
        if k is None:
            return Area(path, x, y, f"{code}: {SAYS['no_ratio']}")
        name, ratio, out = compared.names[k], float(compared.shrunken[k]), bool(compared.stands_out[k])
        level = int(np.searchsorted(MAP_CLASSES, ratio))
        return Area(path, x, y, f"{name}: {decimal(ratio, 2)}", level, out, name == compared.own)

    classes = [decimal(bound, 2) for bound in MAP_CLASSES]
    between = [f"{low}–{high}" for low, high in pairwise(classes)]
    legend = (f"under {classes[0]}", *between, f"over {classes[-1]}")
    areas = tuple(area(code, shape) for code, shape in sorted(outlines.items()))
    return Map(SAYS["map_title"].format(title=title), SAYS["map"], areas, legend, round((bottom - top) * scale))


def _sizes(grid: Vector) -> Iterator[Tick]:
    for size in (digit * 10**power for power in range(7) for digit in (1, 2, 5)):
        if grid[0] <= size <= grid[-1]:
            yield Tick(float(np.log10(size)), decimal(size, 0))
