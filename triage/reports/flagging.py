"""Which units stand out ("skiller seg ut"): rare by chance on its own, and rare among so many units.

A unit stands out only when it lies outside the exact 99.8 % limits and its Benjamini-Hochberg q is below 0.05. With no
true difference fewer than one report in twenty names anybody. Standing out is a question, never a verdict.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import floor

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, gammaln, xlog1py, xlogy

from triage.reports.funnel import OUTER, binomial_limits, poisson_limits
from triage.reports.intervals import Vector

FALSE_DISCOVERY_RATE = 0.05


@dataclass(frozen=True, slots=True)
class Flags:
    """One entry a unit: two-sided p, q after Benjamini-Hochberg, outside 99.8 %, and both together."""

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
    p = np.array([binomial_p(k, n, benchmark).two_sided for k, n in zip(events, trials, strict=True)])
    return Flags(p, adjusted(p), binomial_limits(trials, benchmark, OUTER).outside(events / trials))


def poisson_p(observed: float, expected: float) -> float:
    """Exact two-sided p: the chance of all counts that are no likelier than the observed one."""
    counts = _within_reach(expected, expected, observed)
    return _no_likelier(_log_poisson(counts, expected), float(_log_poisson(observed, expected)))


@dataclass(frozen=True, slots=True)
class TailChances:
    """Chance of so few or fewer, of so many or more, and of all counts that are no likelier."""

    lower: float
    upper: float
    two_sided: float


def binomial_p(events: float, trials: float, benchmark: float) -> TailChances:
    """Exact chances of the count when the true share is the benchmark."""
    counts = _within_reach(trials * benchmark, trials * benchmark * (1 - benchmark), events)
    counts = counts[counts <= trials]
    own = float(_log_binomial(events, trials, benchmark))
    upper = bdtrc(events - 1, int(trials), benchmark) if events > 0 else 1.0
    two_sided = _no_likelier(_log_binomial(counts, trials, benchmark), own)
    return TailChances(float(bdtr(events, int(trials), benchmark)), float(upper), two_sided)


def _within_reach(mean: float, variance: float, observed: float) -> Vector:
    """Whole counts from 0 that have any weight that a double can hold, the observed one among them."""
    reach = 40 * np.sqrt(variance) + 60
    return np.arange(
        max(0, floor(min(mean - reach, observed))), floor(max(mean + reach, observed)) + 1, dtype=np.float64
    )


def _log_poisson(count: Vector | float, mean: float) -> Vector:
    return np.asarray(xlogy(count, mean) - mean - gammaln(np.asarray(count) + 1))


def _log_binomial(count: Vector | float, trials: float, share: float) -> Vector:
    failures = trials - np.asarray(count)
    ways = gammaln(trials + 1) - gammaln(np.asarray(count) + 1) - gammaln(failures + 1)
    return np.asarray(ways + xlogy(count, share) + xlog1py(failures, -share))


def _no_likelier(log_chance: Vector, own: float) -> float:
    # Outcomes that are equally likely must be equal here too, in spite of rounding.
    return min(1.0, float(np.exp(log_chance[log_chance <= own + 1e-7]).sum()))


class Adjustment(StrEnum):
    """How p-values allow for their number."""

    BENJAMINI_HOCHBERG = "BH"
    BENJAMINI_YEKUTIELI = "BY"
    HOLM = "holm"
    BONFERRONI = "bonferroni"


def adjusted(p: Vector, method: Adjustment = Adjustment.BENJAMINI_HOCHBERG) -> Vector:
    """Benjamini & Hochberg's q (JRSS B 1995;57:289) or one of the stricter forms, in the order given."""
    n, order = len(p), np.argsort(p)
    ordered, rank = p[order], np.arange(1, n + 1)
    if method is Adjustment.BONFERRONI:
        stepped = n * ordered
    elif method is Adjustment.HOLM:
        stepped = np.maximum.accumulate((n + 1 - rank) * ordered)
    else:
        price = np.sum(1 / rank) if method is Adjustment.BENJAMINI_YEKUTIELI else 1.0
        stepped = np.minimum.accumulate((price * n / rank * ordered)[::-1])[::-1]
    result = np.empty(n)
    result[order] = np.minimum(1, stepped)
    return result
