"""Which units stand out ("skiller seg ut"): rare by chance on its own, and rare among so many units.

A unit stands out only when it lies outside the exact 99.8 % limits and its Benjamini-Hochberg q is below 0.05. With no
true difference fewer than one report in twenty names anybody. Standing out is a question, never a verdict.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, binomtest, false_discovery_control, poisson

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
    reach = max(observed, expected) + 40 * np.sqrt(expected) + 60
    chance, own = poisson.logpmf(np.arange(reach), expected), poisson.logpmf(observed, expected)
    # Outcomes that are equally likely must be equal here too, in spite of rounding.
    return min(1.0, float(np.exp(chance[chance <= own + 1e-7]).sum()))


@dataclass(frozen=True, slots=True)
class TailChances:
    """Chance of so few or fewer, of so many or more, and of all counts that are no likelier."""

    lower: float
    upper: float
    two_sided: float


def binomial_p(events: float, trials: float, benchmark: float) -> TailChances:
    """Exact chances of the count when the true share is the benchmark."""
    two_sided = float(binomtest(int(events), int(trials), benchmark).pvalue)
    lower, upper = binom.cdf(events, trials, benchmark), binom.sf(events - 1, trials, benchmark)
    return TailChances(float(lower), float(upper), two_sided)


class Adjustment(StrEnum):
    """How p-values allow for their number."""

    BENJAMINI_HOCHBERG = "BH"
    BENJAMINI_YEKUTIELI = "BY"
    HOLM = "holm"
    BONFERRONI = "bonferroni"


def adjusted(p: Vector, method: Adjustment = Adjustment.BENJAMINI_HOCHBERG) -> Vector:
    """Benjamini & Hochberg's q (JRSS B 1995;57:289) or one of the stricter forms, in the order given."""
    if method in (Adjustment.BENJAMINI_HOCHBERG, Adjustment.BENJAMINI_YEKUTIELI):
        return np.asarray(false_discovery_control(p, method=method.lower()))
    if method is Adjustment.BONFERRONI:
        return np.minimum(1, len(p) * p)
    order = np.argsort(p)
    stepped = np.maximum.accumulate(np.arange(len(p), 0, -1) * p[order])
    return np.minimum(1, stepped)[np.argsort(order)]
