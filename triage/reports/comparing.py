"""Units beside each other: who stands out, how much they vary, and the funnel that shows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from triage.reports.funnel import (
    INNER,
    OUTER,
    Flags,
    Limits,
    Transformed,
    arcsine,
    binomial_limits,
    flag_proportions,
    flag_ratios,
    overdispersion,
    poisson_limits,
    sqrt_ratio,
    winsorised,
)
from triage.reports.plot import Axis, Line, Plot, Point, Tick, axis, decimal
from triage.reports.rates import Vector
from triage.reports.variation import Measure, gamma_variance, summary

FEWEST_UNITS = 5
MOST_LABELS = 6


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

    @property
    def possible(self) -> bool:
        return len(self.names) >= FEWEST_UNITS and bool(self.counts.sum() > 0)

    @cached_property
    def flags(self) -> Flags:
        return flag_proportions(self.counts, self.base) if self.shares else flag_ratios(self.counts, self.base)

    @property
    def benchmark(self) -> float:
        return float(self.counts.sum() / self.base.sum())

    def scaled(self, counts: Vector, base: Vector) -> Transformed:
        return arcsine(counts, base) if self.shares else sqrt_ratio(counts, base)

    @cached_property
    def spread(self) -> tuple[float, float]:
        """Phi and tau^2."""
        scale = self.scaled(self.counts, self.base)
        return overdispersion(winsorised(scale.z), scale.error)

    @cached_property
    def stands_out(self) -> NDArray[np.bool_]:
        """Beyond chance, and beyond the usual variation between these units where that is more than chance gives."""
        usual = self.scaled(self.counts, self.base).limits(OUTER, self.spread[1])
        return np.asarray(self.flags.stands_out & usual.outside(self.counts / self.base))

    def sentences(self) -> Iterator[str]:
        """What the funnel shows, beside what chance alone would give."""
        outside, by_chance = int(self.flags.outside.sum()), (1 - OUTER) * len(self.names)
        yield (
            f"{outside} av {len(self.names)} ligger utenfor det tilfeldighet gir (99,8 %); "
            f"ved tilfeldighet alene ventes {decimal(by_chance, 1)}."
        )
        if self.spread[1] > 0:
            yield f"Spredningen (φ) er {decimal(self.spread[0], 1)} ganger det tilfeldighet gir."
        out = [name for name, stands_out in zip(self.names, self.stands_out, strict=True) if stands_out]
        yield f"Skiller seg ut også fra den vanlige variasjonen: {', '.join(out)}." if out else "Ingen skiller seg ut."

    def variation(self) -> str:
        """How much true ratios vary (100/alpha, of expected counts), with limits and what chance alone would give."""
        found, limits = self.measures["systematic"], gamma_variance(self.counts, self.base)
        low, high, chance = (100 * (limits.lower or 0), 100 * (limits.upper or np.inf), found.most_by_chance or 0)
        return (
            f"Systematisk variasjon (100/α) er {decimal(found.value or 0, 1)} "
            f"(95 % {decimal(low, 1)} til {decimal(high, 1)}); "
            f"uten reelle forskjeller ville den nesten alltid vært under {decimal(chance, 2)}."
        )

    @cached_property
    def measures(self) -> dict[str, Measure]:
        return summary(self.counts, self.base)

    def funnel(self, title: str, x: str, y: str) -> Plot:
        """On a logarithmic axis of size, since a city and an island must both be seen."""
        times = 100.0 if self.shares else 1.0
        grid = np.geomspace(max(1.0, self.base.min() * 0.8), self.base.max() * 1.15, 60)
        grid = np.unique(np.round(grid)) if self.shares else grid
        values, at, across = times * self.counts / self.base, np.log10(self.base), np.log10(grid)
        top = min(float(values.max()) * 1.1, 6 * times * self.benchmark)
        centre = times * self.benchmark
        lines = [Line("centre", ((float(across[0]), centre), (float(across[-1]), centre)))]
        for kind, limits in self._curves(grid):
            lines += [Line(kind, pairs(across, times * side)) for side in (limits.lower, limits.upper)]
        few = self.stands_out.sum() <= MOST_LABELS
        return Plot(
            title=title,
            description=" ".join(self.sentences()),
            x=Axis(x, float(across[0]), float(across[-1]), tuple(_sizes(grid))),
            y=axis(y, [max(top, 2 * centre)], decimals=0 if self.shares else 1),
            points=tuple(
                Point(float(a), float(b), name, bool(out), name == self.own, bool(out and few) or name == self.own)
                for a, b, name, out in zip(at, values, self.names, self.stands_out, strict=True)
            ),
            lines=tuple(lines),
        )

    def _curves(self, grid: Vector) -> Iterator[tuple[str, Limits]]:
        for kind, level in (("inner", INNER), ("outer", OUTER)):
            yield kind, binomial_limits(grid, self.benchmark, level) if self.shares else poisson_limits(grid, level)
        if self.spread[1] > 0:
            yield "usual", self.scaled(self.benchmark * grid, grid).limits(OUTER, self.spread[1])


def pairs(across: Vector, values: Vector) -> tuple[tuple[float, float], ...]:
    return tuple(zip(across.tolist(), values.tolist(), strict=True))


def _sizes(grid: Vector) -> Iterator[Tick]:
    for size in (digit * 10**power for power in range(7) for digit in (1, 2, 5)):
        if grid[0] <= size <= grid[-1]:
            yield Tick(float(np.log10(size)), decimal(size, 0))
