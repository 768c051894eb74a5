"""Has it changed? Control charts and run charts for a series in time order.

Counts and denominators are one entry a period, not a number where the period is missing. `baseline` marks the periods
that set centre and limits (all of them when None): the first n to freeze, all but some to exclude. Sources: Montgomery,
Introduction to Statistical Quality Control; Laney, Qual Eng 2002;14:531; Nelson 1982 (screening); NHS England, Making
data count; Anhøj & Olesen, PLoS ONE 2014;9:e113825.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby, pairwise
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from triage.reports.intervals import Vector

Mask = NDArray[np.bool_]
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
    def provisional(self) -> bool:
        return len(self.value) < PROVISIONAL_BELOW


def p_chart(events: Vector, trials: Vector, *, per: float = 1, **options: Any) -> ControlChart:
    """Shares of `per`, sigma = sqrt(p(1-p)/n). Options as in `u_chart`."""
    return _rate_chart(events, trials, lambda p: p * (1 - p), per, ceiling=per, **options)


def u_chart(events: Vector, exposure: Vector, *, per: float = 1, **options: Any) -> ControlChart:
    """Rates per `per` of exposure, sigma = sqrt(u/n). Options: `baseline`, `laney` and `screened`.

    `laney`: sigma times sigma_z, for denominators so large that everything signals (p' and u').
    """
    return _rate_chart(events, exposure, lambda u: u, per, ceiling=np.inf, **options)


def _rate_chart(
    events: Vector,
    size: Vector,
    variance: Callable[[float], float],
    per: float,
    *,
    ceiling: float,
    baseline: Mask | None = None,
    laney: bool = False,
    screened: bool = True,
) -> ControlChart:
    rate = events / size
    used = ~np.isnan(rate) if baseline is None else ~np.isnan(rate) & baseline
    centre = float(events[used].sum() / size[used].sum())
    sigma = np.sqrt(variance(centre) / size)
    if laney:
        sigma = sigma * mean_moving_range(_base((rate - centre) / sigma, baseline), screened=screened) / RANGE_TO_SIGMA
    return _chart(per * rate, per * centre, per * sigma, floor=0, ceiling=ceiling)


def c_chart(events: Vector, *, baseline: Mask | None = None) -> ControlChart:
    """Counts over equal exposure, sigma = sqrt(mean)."""
    centre = float(np.nanmean(_base(events, baseline)))
    return _chart(events, centre, np.full(len(events), np.sqrt(centre)), floor=0)


def i_chart(values: Vector, *, baseline: Mask | None = None, screened: bool = True) -> ControlChart:
    """Single values, sigma = mean moving range / 1.128."""
    base = _base(values, baseline)
    sigma = mean_moving_range(base, screened=screened) / RANGE_TO_SIGMA
    return _chart(values, float(np.nanmean(base)), np.full(len(values), sigma))


def mean_moving_range(values: Vector, *, screened: bool = True) -> float:
    """Mean of |x_t - x_(t-1)|; screened: ranges of 3.267 times the mean and more are left out once.

    A missing period breaks the chain on both sides. 0 where there is no range.
    """
    ranges = np.abs(np.diff(values))
    ranges = ranges[~np.isnan(ranges)]
    if screened and ranges.any():
        ranges = ranges[ranges < LARGEST_LIKELY_RANGE * ranges.mean()]
    return float(ranges.mean()) if len(ranges) else 0.0


def _base(values: Vector, baseline: Mask | None) -> Vector:
    return values if baseline is None else values[baseline]


def _chart(
    value: Vector, centre: float, sigma: Vector, *, floor: float = -np.inf, ceiling: float = np.inf
) -> ControlChart:
    lower, upper, low_warning, high_warning = (
        np.clip(centre + step * sigma, floor, ceiling) for step in (-3, 3, -2, 2)
    )
    return ControlChart(value, centre, lower, upper, low_warning, high_warning)


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


class Direction(StrEnum):
    """Which way is better; neutral where nobody knows the right level."""

    INCREASE = "increase"
    DECREASE = "decrease"
    NEUTRAL = "neutral"


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

    @property
    def direction(self) -> int:
        """1 upwards, -1 downwards, 0 ordinary."""
        if self is SpecialCause.NONE:
            return 0
        return 1 if "Above" in self or "Increasing" in self else -1


class Judgement(StrEnum):
    """What a point means when one direction is better, or only that it is high or low where nobody knows."""

    IMPROVEMENT = "special_cause_improvement"
    CONCERN = "special_cause_concern"
    HIGH = "special_cause_neutral_high"
    LOW = "special_cause_neutral_low"
    ORDINARY = "common_cause"


def judged(cause: SpecialCause, better: Direction) -> Judgement:
    if cause is SpecialCause.NONE:
        return Judgement.ORDINARY
    if better is Direction.NEUTRAL:
        return Judgement.HIGH if cause.direction > 0 else Judgement.LOW
    improves = (cause.direction > 0) == (better is Direction.INCREASE)
    return Judgement.IMPROVEMENT if improves else Judgement.CONCERN


@dataclass(frozen=True, slots=True)
class XmrChart:
    """Single values with process limits and the cause of each point."""

    value: Vector
    centre: float
    lower: float
    upper: float
    near_limits: Mask
    causes: tuple[SpecialCause, ...]

    @property
    def outside(self) -> Mask:
        return (self.value < self.lower) | (self.value > self.upper)


def xmr_chart(values: Vector, *, baseline: Mask | None = None, screened: bool = True) -> XmrChart:
    """mean +/- 2.66 mean moving range, with the four rules of Making data count."""
    base = _base(values, baseline)
    centre, reach = float(np.nanmean(base)), XMR_LIMIT * mean_moving_range(base, screened=screened)
    distance = np.abs(values - centre)
    near = (distance > 2 * reach / 3) & (distance <= reach)
    return XmrChart(values, centre, centre - reach, centre + reach, near, special_causes(values, centre, reach, near))


def special_causes(values: Vector, centre: float, reach: float, near: Mask) -> tuple[SpecialCause, ...]:
    """Outside the limits; in a trend of 7; one of 2 in 3 near the limits on one side; in a run of 7 on one side."""
    n, side, step = len(values), np.sign(values - centre), np.sign(np.diff(values))
    trending = _covered([abs(step[t : t + 6].sum()) == 6 for t in range(n - 6)], 7, n)
    pairs = [near[t : t + 3].sum() >= 2 and abs(side[t : t + 3].sum()) == 3 for t in range(n - 2)]
    paired = _covered(pairs, 3, n) & near
    running = _covered([abs(side[t : t + 7].sum()) == 7 for t in range(n - 6)], 7, n)

    def cause(t: int) -> SpecialCause:
        high = side[t] > 0
        if abs(values[t] - centre) > reach:
            return SpecialCause.ABOVE_LIMIT if high else SpecialCause.BELOW_LIMIT
        if trending[t]:
            # Where two trends meet, the later one gives the direction.
            onwards = t + 1 < n and trending[t + 1]
            return SpecialCause.RISING if step[t if onwards else t - 1] > 0 else SpecialCause.FALLING
        if paired[t]:
            return SpecialCause.NEAR_UPPER if high else SpecialCause.NEAR_LOWER
        if running[t]:
            return SpecialCause.HIGH_RUN if high else SpecialCause.LOW_RUN
        return SpecialCause.NONE

    return tuple(cause(t) for t in range(n))


def _covered(windows: Sequence[bool], length: int, n: int) -> Mask:
    """Which of n points lie in a window of this length that was found; one entry for each place it may start."""
    starts = np.flatnonzero(windows)
    return np.isin(np.arange(n), starts[:, np.newaxis] + np.arange(length))


def phases(days: Sequence[date], starts: Sequence[date]) -> list[slice]:
    """The stretches of a series between named dates, such as a change of law; each gets its own centre and limits."""
    cuts = [0, *sorted({sum(day < start for day in days) for start in starts}), len(days)]
    return [slice(a, b) for a, b in pairwise(cuts) if a < b]
