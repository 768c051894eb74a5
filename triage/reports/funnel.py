"""Funnel plots: how far a unit may lie from the benchmark by chance, and by ordinary variation between units.

Two kinds of curve must not be mixed: prediction limits around the benchmark for a given expected number or
denominator (Spiegelhalter, Stat Med 2005;24:1185), and inverted confidence limits, indexed by what was observed.
Arrays have one entry a unit; confidence is 0.95 or 0.998.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv
from scipy.stats import binom

from triage.reports.intervals import Vector, count_limits, garwood, normal_quantile

OUTER = 0.998
INNER = 0.95


@dataclass(frozen=True, slots=True)
class Limits:
    """Control limits, one pair a unit, in the unit of the plotted value."""

    lower: Vector
    upper: Vector

    def outside(self, values: Vector) -> NDArray[np.bool_]:
        return (values < self.lower) | (values > self.upper)


def poisson_limits(expected: Vector, confidence: float, *, target: float = 1) -> Limits:
    """Exact limits of O/E: chi2(a/2; 2E)/2/E and chi2(1-a/2; 2E+2)/2/E, times the target."""
    tail = (1 - confidence) / 2
    return Limits(
        target * gammaincinv(expected, tail) / expected, target * gammaincinv(expected + 1, 1 - tail) / expected
    )


def binomial_limits(trials: Vector, benchmark: float, confidence: float) -> Limits:
    """Exact binomial quantiles of the count divided by the number of trials; steps, not interpolated."""
    tail = (1 - confidence) / 2

    def share(chance: float) -> Vector:
        return np.asarray(binom.ppf(chance, trials, benchmark) / trials)

    return Limits(share(tail), share(1 - tail))


def proportion_limits(trials: Vector, benchmark: float, confidence: float) -> Limits:
    """p +/- z sqrt(p(1-p)/n), which is where a Wilson limit just touches the benchmark; not clipped to 0..1."""
    half = normal_quantile(confidence) * np.sqrt(benchmark * (1 - benchmark) / trials)
    return Limits(benchmark - half, benchmark + half)


def inverted_expected(observed: float, confidence: float) -> tuple[float, float]:
    """The expected numbers at which the exact limits of `observed` events touch the benchmark: lower curve, upper.

    The curves are observed/expected at these numbers (the Fingertips form).
    """
    exact = garwood(observed, confidence)
    return exact.upper or 0.0, exact.lower or 0.0


class Significance(StrEnum):
    """Where the benchmark lies against a unit's limits."""

    HIGH_998 = "High (0.001)"
    HIGH_95 = "High (0.025)"
    LOW_998 = "Low (0.001)"
    LOW_95 = "Low (0.025)"
    NONE = "Not significant"


def proportion_significance(events: float, trials: float, benchmark: float) -> Significance:
    """Against the closed-form control limits at 95 and 99.8 %."""
    size, share = np.array([float(trials)]), events / trials
    for confidence, high, low in _LEVELS:
        limits = proportion_limits(size, benchmark, confidence)
        if share < limits.lower[0]:
            return low
        if share > limits.upper[0]:
            return high
    return Significance.NONE


def ratio_significance(observed: float, expected: float, benchmark: float = 1) -> Significance:
    """Against the limits of observed/expected: exact under ten events, Byar's from ten."""
    for confidence, high, low in _LEVELS:
        limits = count_limits(observed, confidence)
        if limits.lower is not None and limits.lower / expected > benchmark:
            return high
        if limits.upper is not None and limits.upper / expected < benchmark:
            return low
    return Significance.NONE


_LEVELS = (
    (OUTER, Significance.HIGH_998, Significance.LOW_998),
    (INNER, Significance.HIGH_95, Significance.LOW_95),
)


def axis_points(smallest: float, largest: float, *, stop_short: int = 0, count: int = 100) -> list[int]:
    """Whole numbers from about `smallest` to above `largest`, ever further apart, at which to draw the curves.

    Starts at 1 unless all units are of like size. The last point lies `stop_short` steps before the end.
    """
    end = _round_outwards(largest * 1.05, ceil, digits=2)
    points = [1 if largest > 2 * smallest else max(1, _round_outwards(smallest * 0.95, floor, digits=1))]
    for place in range(2 - stop_short, count + 1 - stop_short):
        step = (end / points[-1]) ** (1 / (count + 1 - place))
        points.append(max(round(step * points[-1]), points[-1] + 1))
    return points


def _round_outwards(number: float, rounding: Callable[[float], int], *, digits: int) -> int:
    """A neat number: the first `digits` digits of `number`, rounded up or down."""
    unit = 10 ** (len(str(rounding(number))) - digits)
    return int(rounding(number / unit) * unit)
