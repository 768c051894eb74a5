"""Counts, shares, rates and ratios with their limits; direct and indirect standardisation takes age and sex out.

Counts may be fractional, as when events are estimated. `multiplier` is the unit: 1000 gives events per 1000 people.
"""

from dataclasses import dataclass, replace
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

Vector = NDArray[np.float64]
EXACT_BELOW = 10  # events; Breslow & Day 1987: Byar's approximation is good from here
FEWEST_EVENTS = 10  # a directly standardised rate of fewer says nothing (public-health practice)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with two-sided limits in its own unit. None: not to be given for these data."""

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    method: str = ""

    def scaled(self, factor: float, offset: float = 0) -> "Estimate":
        """factor x + offset, of value and limits."""
        value, lower, upper = (None if x is None else factor * x + offset for x in (self.value, self.lower, self.upper))
        return Estimate(value, lower, upper, self.method)


NOT_GIVEN = Estimate()


def normal_quantile(confidence: float) -> float:
    """The two-sided standard normal quantile: 1.96 for a confidence of 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(events: float, trials: float, confidence: float = 0.95) -> Estimate:
    """A share with score limits, as fractions of 1 (Wilson, JASA 1927;22:209)."""
    z2 = normal_quantile(confidence) ** 2
    centre = 2 * events + z2
    spread = sqrt(z2 * (z2 + 4 * events * (1 - events / trials)))
    lower, upper = ((centre + side * spread) / 2 / (trials + z2) for side in (-1, 1))
    return Estimate(events / trials, lower, upper, "wilson")


def garwood(events: float, confidence: float = 0.95) -> Estimate:
    """A Poisson count with exact limits, chi2(a/2; 2O)/2 and chi2(1-a/2; 2O+2)/2 (Garwood, Biometrika 1936;28:437)."""
    tail = (1 - confidence) / 2
    lower = float(gammaincinv(events, tail)) if events > 0 else 0.0
    return Estimate(events, lower, float(gammaincinv(events + 1, 1 - tail)), "exact")


def byar(events: float, confidence: float = 0.95) -> Estimate:
    """A Poisson count with Byar's limits: of O for the lower, O+1 for the upper (Breslow & Day 1987).

    The lower limit is None where the approximation breaks down (no events, or below zero).
    """
    z = normal_quantile(confidence)

    def limit(count: float, sign: int) -> float:
        return float(count * (1 - 1 / (9 * count) + sign * z / (3 * sqrt(count))) ** 3)

    lower = limit(events, -1) if events > 0 else -1.0
    return Estimate(events, lower if lower >= 0 else None, limit(events + 1, 1), "byar")


def count_limits(events: float, confidence: float = 0.95) -> Estimate:
    """Exact limits under ten events, Byar's from ten on, as public-health practice has it."""
    return garwood(events, confidence) if events < EXACT_BELOW else byar(events, confidence)


def proportion(
    events: float | None, trials: float | None, *, multiplier: float = 1, confidence: float = 0.95
) -> Estimate:
    """Share with Wilson limits; not given when either number is missing or nobody was tried."""
    if events is None or not trials:
        return replace(NOT_GIVEN, method="wilson")
    return wilson(events, trials, confidence).scaled(multiplier)


def ratio(
    observed: float | None, expected: float | None, *, multiplier: float = 1, confidence: float = 0.95
) -> Estimate:
    """Events per inhabitant, or over the number expected (O/E), with exact or Byar's limits of the count."""
    if observed is None or not expected:
        return NOT_GIVEN
    return count_limits(observed, confidence).scaled(multiplier / expected)


@dataclass(frozen=True, slots=True)
class Strata:
    """Sex and age groups of one unit, one entry each: events, inhabitants, and inhabitants of the standard population.

    `variance` is that of the events; it equals them unless one person may have several.
    """

    events: Vector
    population: Vector
    weight: Vector
    variance: Vector

    @classmethod
    def of(cls, events: Vector, population: Vector, weight: Vector) -> "Strata":
        return cls(events, population, weight, events)

    @classmethod
    def of_repeats(cls, persons: Vector, population: Vector, weight: Vector) -> "Strata":
        """From how many persons had 1, 2, 3 ... events, (strata, times): O = sum f n_f, var O = sum f^2 n_f."""
        times = np.arange(1, persons.shape[1] + 1)
        return cls(persons @ times, population, weight, persons @ times**2)

    @property
    def shares(self) -> Vector:
        """W_s / n_s / sum W. Infinite where the standard population has people and the unit has none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(self.weight > 0, self.weight / self.population, 0) / self.weight.sum())


def dobson(strata: Strata, *, multiplier: float = 1, confidence: float = 0.95) -> Estimate:
    """Directly standardised rate with limits DSR + sqrt(var DSR / O) (Byar limit of O - O) (Stat Med 1991;10:457).

    O is the variance that Byar's limits assume, also when events repeat. Not given under ten events, nor where a
    stratum has nobody in it: use the indirect form there.
    """
    shares, events = strata.shares, float(strata.events.sum())
    if events < FEWEST_EVENTS or not np.isfinite(shares).all():
        return NOT_GIVEN
    scale = sqrt(shares**2 @ strata.variance / events)
    estimate = byar(events, confidence).scaled(scale, float(shares @ strata.events) - scale * events)
    return replace(estimate.scaled(multiplier), method="dobson")


def fay_feuer(strata: Strata, *, multiplier: float = 1, confidence: float = 0.95) -> Estimate:
    """Directly standardised rate with gamma limits, for few events and uneven weights (Stat Med 1997;16:791)."""
    shares = strata.shares
    if not np.isfinite(shares).all():
        return NOT_GIVEN
    tail, mean, variance = (1 - confidence) / 2, float(shares @ strata.events), float(shares**2 @ strata.variance)
    lower = variance / mean * gammaincinv(mean**2 / variance, tail) if variance > 0 else 0.0
    mean_up, variance_up = mean + shares.max(), variance + shares.max() ** 2
    upper = variance_up / mean_up * gammaincinv(mean_up**2 / variance_up, 1 - tail)
    return Estimate(mean, float(lower), float(upper), "gamma").scaled(multiplier)


def pooled_rates(events: Vector, population: Vector) -> Vector:
    """Events per person in each stratum over all units; both arrays are (units, strata). 0 where nobody lives."""
    inhabitants = population.sum(axis=0)
    return np.asarray(events.sum(axis=0) / np.where(inhabitants > 0, inhabitants, np.inf))


def expected_counts(population: Vector, rates: Vector) -> Vector:
    """E_i = sum_s n_is R_s: events a unit would have at the reference rates. Shapes (units, strata), (strata,)."""
    return np.asarray(population @ rates, dtype=np.float64)
