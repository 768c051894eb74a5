"""Limits for one count, rate or proportion. Counts may be fractional, as when events are estimated."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

Vector = NDArray[np.float64]
EXACT_BELOW = 10  # events; Breslow & Day 1987: Byar's approximation is good from here


@dataclass(frozen=True, slots=True)
class Interval:
    """Two-sided limits, in the unit of the estimate they belong to. None: not defined for these data."""

    lower: float | None
    upper: float | None
    method: str = ""

    def scaled(self, factor: float) -> "Interval":
        lower, upper = (None if limit is None else limit * factor for limit in (self.lower, self.upper))
        return Interval(lower, upper, self.method)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its limits. None: not to be given for these data."""

    value: float | None
    interval: Interval


NOT_GIVEN = Estimate(None, Interval(None, None))


def normal_quantile(confidence: float) -> float:
    """The two-sided standard normal quantile: 1.96 for a confidence of 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(events: float, trials: float, confidence: float = 0.95) -> Interval:
    """Score limits of a proportion, as fractions of 1 (Wilson, JASA 1927;22:209)."""
    z2 = normal_quantile(confidence) ** 2
    centre = 2 * events + z2
    spread = sqrt(z2 * (z2 + 4 * events * (1 - events / trials)))
    return Interval((centre - spread) / 2 / (trials + z2), (centre + spread) / 2 / (trials + z2), "wilson")


def garwood(events: float, confidence: float = 0.95) -> Interval:
    """Exact limits of a Poisson count: chi2(a/2; 2O)/2 and chi2(1-a/2; 2O+2)/2 (Garwood, Biometrika 1936;28:437)."""
    tail = (1 - confidence) / 2
    lower = float(gammaincinv(events, tail)) if events > 0 else 0.0
    return Interval(lower, float(gammaincinv(events + 1, 1 - tail)), "exact")


def byar(events: float, confidence: float = 0.95) -> Interval:
    """Byar's limits of a Poisson count: O for the lower, O+1 for the upper (Breslow & Day 1987).

    The lower limit is None where the approximation breaks down (no events, or below zero).
    """
    z = normal_quantile(confidence)

    def limit(count: float, sign: int) -> float:
        return float(count * (1 - 1 / (9 * count) + sign * z / (3 * sqrt(count))) ** 3)

    lower = limit(events, -1) if events > 0 else -1.0
    return Interval(lower if lower >= 0 else None, limit(events + 1, 1), "byar")


def count_limits(events: float, confidence: float = 0.95) -> Interval:
    """Exact limits under ten events, Byar's from ten on, as public-health practice has it."""
    return garwood(events, confidence) if events < EXACT_BELOW else byar(events, confidence)


def proportion(
    events: float | None, trials: float | None, *, multiplier: float = 1, confidence: float = 0.95
) -> Estimate:
    """Share with Wilson limits, times `multiplier`; not given when either number is missing or nobody was tried."""
    if events is None or not trials:
        return Estimate(None, Interval(None, None, "wilson"))
    return Estimate(multiplier * events / trials, wilson(events, trials, confidence).scaled(multiplier))


def crude_rate(
    events: float | None, population: float | None, *, multiplier: float = 1, confidence: float = 0.95
) -> Estimate:
    """Events per `multiplier` inhabitants, with exact or Byar's limits of the count."""
    if events is None or not population:
        return NOT_GIVEN
    return Estimate(multiplier * events / population, count_limits(events, confidence).scaled(multiplier / population))
