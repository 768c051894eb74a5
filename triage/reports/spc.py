"""Has it changed? Control charts and run charts for a series in time order.

Counts and denominators are one entry a period, not a number where the period is missing. `baseline` marks the periods
that set centre and limits (all of them by default): the first n to freeze, all but some to exclude. `screened`: moving
ranges of 3.267 times the mean and more are left out once. Sources: Montgomery, Introduction to Statistical Quality
Control; Laney, Qual Eng 2002;14:531; Nelson 1982 (screening); NHS England, Making data count; Anhøj & Olesen, PLoS ONE
2014;9:e113825.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from itertools import groupby, pairwise
from math import log2

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from triage.reports.rates import Vector

Mask = NDArray[np.bool_]
EVERY_PERIOD = slice(None)
RUN_CHART_ONLY_BELOW = 12  # periods
PROVISIONAL_BELOW = 20
LARGEST_LIKELY_RANGE = 3.267  # times the mean moving range
RANGE_TO_SIGMA = 1.128  # expected range of two normal values, in standard deviations
XMR_LIMIT = 2.66  # mean moving ranges, as Making data count rounds 3 / 1.128


@dataclass(frozen=True, slots=True)
class ControlChart:
    """One entry a period: the value, three-sigma limits and two-sigma warning limits around a centre line."""

    value: Vector
    centre: float
    lower: Vector
    upper: Vector
    lower_warning: Vector
    upper_warning: Vector

    @property
    def outside(self) -> Mask:
        """Shewhart's rule."""
        return (self.value < self.lower) | (self.value > self.upper)

    @property
    def near_limits(self) -> Mask:
        return ((self.value < self.lower_warning) | (self.value > self.upper_warning)) & ~self.outside

    @property
    def provisional(self) -> bool:
        return len(self.value) < PROVISIONAL_BELOW


def u_chart(
    events: Vector,
    exposure: Vector,
    *,
    per: float = 1,
    shares: bool = False,
    baseline: Mask | slice = EVERY_PERIOD,
    laney: bool = False,
    screened: bool = True,
) -> ControlChart:
    """Rates per `per` of exposure, sigma = sqrt(u/n); with equal exposure of 1 a c chart of counts.

    `shares` of `per` have sigma = sqrt(p(1-p)/n), and limits at 0 and `per`: a p chart.
    `laney`: sigma times sigma_z, for denominators so large that everything signals (p' and u').
    """
    rate = events / exposure
    known = ~np.isnan(rate[baseline])
    centre = float(events[baseline][known].sum() / exposure[baseline][known].sum())
    sigma = np.sqrt(centre * ((1 - centre) if shares else 1) / exposure)
    if laney:
        z = (rate - centre) / sigma
        sigma = sigma * mean_moving_range(z[baseline], screened=screened) / RANGE_TO_SIGMA
    return _chart(per * rate, per * centre, per * sigma, floor=0, ceiling=per if shares else np.inf)


p_chart = partial(u_chart, shares=True)


def i_chart(
    values: Vector,
    *,
    baseline: Mask | slice = EVERY_PERIOD,
    screened: bool = True,
    limit: float = 3 / RANGE_TO_SIGMA,
) -> ControlChart:
    """Single values, limits so many mean moving ranges from the mean; XMR_LIMIT makes it an XmR chart."""
    base = values[baseline]
    return _chart(values, float(np.nanmean(base)), limit * mean_moving_range(base, screened=screened) / 3)


def mean_moving_range(values: Vector, *, screened: bool = True) -> float:
    """Mean of |x_t - x_(t-1)|. A missing period breaks the chain on both sides. 0 where there is no range."""
    ranges = np.abs(np.diff(values))
    ranges = ranges[~np.isnan(ranges)]
    if screened and ranges.any():
        ranges = ranges[ranges < LARGEST_LIKELY_RANGE * ranges.mean()]
    return float(ranges.mean()) if len(ranges) else 0.0


def _chart(
    value: Vector, centre: float, sigma: Vector | float, *, floor: float = -np.inf, ceiling: float = np.inf
) -> ControlChart:
    spread = np.broadcast_to(sigma, value.shape)
    limits = (np.clip(centre + step * spread, floor, ceiling) for step in (-3, 3, -2, 2))
    return ControlChart(value, centre, *limits)


@dataclass(frozen=True, slots=True)
class Runs:
    """Anhøj's two rules: an unusually long run on one side of the centre, or unusually few crossings of it."""

    useful: int
    longest: int
    longest_allowed: int
    crossings: int
    fewest_allowed: int

    @property
    def signal(self) -> bool:
        return self.longest > self.longest_allowed or self.crossings < self.fewest_allowed


def runs(values: Vector, centre: float) -> Runs | None:
    """Longest run > round(log2 n) + 3, or crossings < qbinom(0.05, n-1, 0.5), n = points off the line.

    In a run chart the centre is the median. None when every point lies on the line.
    """
    sides = [side for side in np.sign(values - centre) if side in (-1, 1)]
    if not sides:
        return None
    lengths = [len(list(run)) for _, run in groupby(sides)]
    fewest = int(binom.ppf(0.05, len(sides) - 1, 0.5))
    return Runs(len(sides), max(lengths), round(log2(len(sides))) + 3, len(lengths) - 1, fewest)


class SpecialCause(StrEnum):
    """Why a point is not ordinary variation, the first of these that holds."""

    ABOVE_LIMIT = "Above UCL"
    BELOW_LIMIT = "Below LCL"
    RISING = "7 Point Trend (Increasing)"
    FALLING = "7 Point Trend (Decreasing)"
    NEAR_UPPER = "2 in 3 Above CL"
    NEAR_LOWER = "2 in 3 Below CL"
    HIGH_RUN = "7 Points Above CL"
    LOW_RUN = "7 Points Below CL"
    NONE = "Common Cause"

    def judged(self, better: str) -> str:
        """Improvement or concern when `better` is increase or decrease; high or low where nobody knows (neutral)."""
        if self is SpecialCause.NONE:
            return "common_cause"
        way = "increase" if "Above" in self or "Increasing" in self else "decrease"
        if better == "neutral":
            return "special_cause_neutral_high" if way == "increase" else "special_cause_neutral_low"
        return "special_cause_improvement" if way == better else "special_cause_concern"


def special_causes(chart: ControlChart) -> list[SpecialCause]:
    """Making data count: outside the limits; a trend of 7; 2 of 3 near the limits on one side; 7 on one side."""
    n, side, step = len(chart.value), np.sign(chart.value - chart.centre), np.sign(np.diff(chart.value))
    near, outside = chart.near_limits, chart.outside
    trending = _covered([abs(step[t : t + 6].sum()) == 6 for t in range(n - 6)], 7, n)
    pairs = [near[t : t + 3].sum() >= 2 and abs(side[t : t + 3].sum()) == 3 for t in range(n - 2)]
    paired = _covered(pairs, 3, n) & near
    running = _covered([abs(side[t : t + 7].sum()) == 7 for t in range(n - 6)], 7, n)

    # Where two trends meet, the later one gives the direction.
    way = np.where([*trending[1:], False], [*step, 0], [0, *step])
    rules = (
        (outside, side, SpecialCause.ABOVE_LIMIT, SpecialCause.BELOW_LIMIT),
        (trending, way, SpecialCause.RISING, SpecialCause.FALLING),
        (paired, side, SpecialCause.NEAR_UPPER, SpecialCause.NEAR_LOWER),
        (running, side, SpecialCause.HIGH_RUN, SpecialCause.LOW_RUN),
    )
    causes = ((up if to[t] > 0 else down for holds, to, up, down in rules if holds[t]) for t in range(n))
    return [next(found, SpecialCause.NONE) for found in causes]


def _covered(windows: Sequence[bool], length: int, n: int) -> Mask:
    """Which of n points lie in a window of this length that was found; one entry for each place it may start."""
    starts = np.flatnonzero(windows)
    return np.isin(np.arange(n), starts[:, np.newaxis] + np.arange(length))


def phases(days: Sequence[date], starts: Sequence[date]) -> list[slice]:
    """The stretches of a series between named dates, such as a change of law; each gets its own centre and limits."""
    cuts = [0, *sorted({sum(day < start for day in days) for start in starts}), len(days)]
    return [slice(a, b) for a, b in pairwise(cuts) if a < b]
