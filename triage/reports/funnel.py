"""Funnel plots: how far a unit may lie from the benchmark by chance, by ordinary variation, and who stands out.

Limits are prediction limits around the benchmark for a given expected number or denominator (Spiegelhalter, Stat Med
2005;24:1185). Do not mix them with inverted confidence limits, indexed by what was observed (the Fingertips form): O
over its own exact limits, read at those limits.
Arrays have one entry a unit; confidence is 0.95 or 0.998. Standing out is a question, never a verdict.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv
from scipy.stats import binom, binomtest, poisson, rankdata
from statsmodels.stats.multitest import multipletests

from triage.reports.rates import Vector, count_limits, normal_quantile

INNER, OUTER = 0.95, 0.998
FALSE_DISCOVERY_RATE = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """Control limits, one pair a unit, in the unit of the plotted value."""

    lower: Vector
    upper: Vector

    def outside(self, values: Vector) -> NDArray[np.bool_]:
        return (values < self.lower) | (values > self.upper)


def poisson_limits(expected: Vector, confidence: float) -> Limits:
    """Exact limits of O/E around 1: chi2(a/2; 2E)/2/E and chi2(1-a/2; 2E+2)/2/E."""
    tail = (1 - confidence) / 2
    return Limits(gammaincinv(expected, tail) / expected, gammaincinv(expected + 1, 1 - tail) / expected)


def binomial_limits(trials: Vector, benchmark: float, confidence: float) -> Limits:
    """Exact binomial quantiles of the count divided by the number of trials; steps, not interpolated."""
    tail = (1 - confidence) / 2
    return Limits(*(np.asarray(binom.ppf(chance, trials, benchmark) / trials) for chance in (tail, 1 - tail)))


def proportion_limits(trials: Vector, benchmark: float, confidence: float) -> Limits:
    """p +/- z sqrt(p(1-p)/n), which is where a Wilson limit just touches the benchmark; not clipped to 0..1."""
    half = normal_quantile(confidence) * np.sqrt(benchmark * (1 - benchmark) / trials)
    return Limits(benchmark - half, benchmark + half)


def proportion_significance(events: float, trials: float, benchmark: float) -> float:
    """The highest confidence whose control limits the share lies outside: 0.998 or 0.95, minus when low, else 0."""
    for confidence in (OUTER, INNER):
        limits = proportion_limits(np.array([float(trials)]), benchmark, confidence)
        if limits.outside(np.array([events / trials]))[0]:
            return confidence if events / trials > benchmark else -confidence
    return 0.0


def ratio_significance(observed: float, expected: float) -> float:
    """The same for O/E, from its own limits: exact under ten events, Byar's from ten."""
    for confidence in (OUTER, INNER):
        limits = count_limits(observed, confidence)
        if (limits.lower or 0.0) > expected:
            return confidence
        if limits.upper is not None and limits.upper < expected:
            return -confidence
    return 0.0


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


# Ordinary variation between units, beyond chance. Spiegelhalter, Qual Saf Health Care 2005;14:347 and JRSS A
# 2012;175:1: z-scores on a scale where the spread does not depend on the value, their extremes drawn in, phi = mean
# z^2, and a variance tau^2 between units added to each unit's own.


@dataclass(frozen=True, slots=True)
class Transformed:
    """Units on the transformed scale: value and standard error of each, the target, and the way back."""

    value: Vector
    error: Vector
    target: float
    back: Callable[[Vector], Vector]

    @property
    def z(self) -> Vector:
        return (self.value - self.target) / self.error

    def limits(self, confidence: float, tau2: float = 0) -> Limits:
        """target +/- z sqrt(s^2 + tau^2), on the original scale: without the way back they are half as wide."""
        half = normal_quantile(confidence) * np.sqrt(self.error**2 + tau2)
        return Limits(self.back(self.target - half), self.back(self.target + half))


def log_ratio(observed: Vector, expected: Vector) -> Transformed:
    """log(O/E) with s = 1/sqrt E. A unit without events lies at minus infinity: truncate, do not winsorise."""
    with np.errstate(divide="ignore"):
        return Transformed(np.log(observed / expected), 1 / np.sqrt(expected), 0.0, np.exp)


def sqrt_ratio(observed: Vector, expected: Vector) -> Transformed:
    """sqrt(O/E) with s = 1/(2 sqrt E), so z = (sqrt(O/E) - 1) 2 sqrt E."""
    root, error = np.sqrt(observed / expected), 1 / (2 * np.sqrt(expected))
    return Transformed(root, error, 1.0, lambda moved: np.maximum(moved, 0) ** 2)


def arcsine(events: Vector, trials: Vector) -> Transformed:
    """asin sqrt(p) with s = 1/(2 sqrt n), against the pooled proportion."""
    pooled = float(np.arcsin(np.sqrt(events.sum() / trials.sum())))
    angle, error = np.arcsin(np.sqrt(events / trials)), 1 / (2 * np.sqrt(trials))
    return Transformed(angle, error, pooled, lambda moved: np.sin(np.clip(moved, 0, np.pi / 2)) ** 2)


def log_count_ratio(numerator: Vector, denominator: Vector) -> Transformed:
    """log of the ratio of two counts, half added to each, against the pooled ratio."""
    error = np.sqrt(numerator / (numerator + 0.5) ** 2 + denominator / (denominator + 0.5) ** 2)
    pooled = float(np.log(numerator.sum() / denominator.sum()))
    return Transformed(np.log((numerator + 0.5) / (denominator + 0.5)), error, pooled, np.exp)


def winsorised(z: Vector, share: float = 0.1) -> Vector:
    """The lowest and the highest `share` drawn in to the quantile there (R type 7)."""
    return np.clip(z, *np.quantile(z, [share, 1 - share]))


def kept_by_truncation(z: Vector, share: float = 0.1) -> NDArray[np.bool_]:
    """False for the lowest and highest group of floor(rank / share / (n + 1)); ties share a rank."""
    group = np.floor(rankdata(z) / share / (len(z) + 1))
    return np.asarray((group > 0) & (group < floor(1 / share) - 1))


def overdispersion(z: Vector, error: Vector) -> tuple[float, float]:
    """phi = mean z^2, 1 by chance alone, and the variance between units, 0 where phi does not exceed 1.

    tau^2 = (n phi - (n-1)) / (sum w - sum w^2 / sum w), w = 1/s^2. `z` is winsorised, or truncated with its `error`.
    """
    n, phi, weight = len(z), float(np.mean(z**2)), 1 / error**2
    if phi <= 1 or n < 2:
        return phi, 0.0
    tau2 = (n * phi - (n - 1)) / (weight.sum() - (weight**2).sum() / weight.sum())
    return phi, max(0.0, float(tau2))


# Which units stand out ("skiller seg ut"): rare by chance on their own, and rare among so many units.


@dataclass(frozen=True, slots=True)
class Flags:
    """One entry a unit: two-sided p, q after Benjamini-Hochberg, outside 99.8 %, and both together.

    With no true difference fewer than one report in twenty names anybody.
    """

    p: Vector
    q: Vector
    outside: NDArray[np.bool_]

    @property
    def stands_out(self) -> NDArray[np.bool_]:
        return self.outside & (self.q < FALSE_DISCOVERY_RATE)


def flag_ratios(observed: Vector, expected: Vector) -> Flags:
    """Observed counts against expected ones, which sum to the same when they are standardised internally."""
    p = np.array([poisson_p(o, e) for o, e in zip(observed, expected, strict=True)])
    return Flags(p, adjusted(p), poisson_limits(expected, OUTER).outside(observed / expected))


def flag_proportions(events: Vector, trials: Vector) -> Flags:
    """Shares against the pooled share."""
    benchmark = float(events.sum() / trials.sum())
    p = np.array([binomial_p(k, n, benchmark)[2] for k, n in zip(events, trials, strict=True)])
    return Flags(p, adjusted(p), binomial_limits(trials, benchmark, OUTER).outside(events / trials))


def poisson_p(observed: float, expected: float) -> float:
    """Exact two-sided p: the chance of all counts that are no likelier than the observed one."""
    reach = max(observed, expected) + 40 * np.sqrt(expected) + 60
    chance, own = poisson.logpmf(np.arange(reach), expected), poisson.logpmf(observed, expected)
    # Outcomes that are equally likely must be equal here too, in spite of rounding.
    return min(1.0, float(np.exp(chance[chance <= own + 1e-7]).sum()))


def binomial_p(events: float, trials: float, benchmark: float) -> tuple[float, float, float]:
    """When the true share is the benchmark, the chance of so few or fewer, of so many or more, of all no likelier."""
    ways = ("less", "greater", "two-sided")
    low, high, both = (float(binomtest(int(events), int(trials), benchmark, way).pvalue) for way in ways)
    return low, high, both


def adjusted(p: Vector, method: str = "fdr_bh") -> Vector:
    """Benjamini & Hochberg's q (JRSS B 1995;57:289), or `fdr_by`, `holm`, `bonferroni`, in the order given."""
    return np.asarray(multipletests(p, method=method)[1]) if len(p) else p
