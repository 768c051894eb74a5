"""Rates and ratios with age and sex taken out: direct and indirect standardisation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import gammaincinv

from triage.reports.intervals import NOT_GIVEN, Estimate, Interval, Vector, byar, count_limits

MINIMUM_EVENTS = 10  # a directly standardised rate of fewer events says nothing (public-health practice)


@dataclass(frozen=True, slots=True)
class Stratum:
    """One sex and age group of one unit, with its inhabitants in the standard population as `weight`.

    `event_variance` is given where one person may have several events; otherwise events are Poisson.
    """

    events: float
    population: float
    weight: float
    event_variance: float | None = None

    @property
    def variance(self) -> float:
        return self.events if self.event_variance is None else self.event_variance


def repeat_events(persons: Iterable[float], population: float, weight: float) -> Stratum:
    """A stratum from the number of persons with 1, 2, 3 ... events: O = sum f n_f, var O = sum f^2 n_f."""
    counts = [(f, n) for f, n in enumerate(persons, start=1)]
    return Stratum(sum(f * n for f, n in counts), population, weight, sum(f * f * n for f, n in counts))


@dataclass(frozen=True, slots=True)
class DirectRate:
    """sum W_s O_s/n_s / sum W, per person, with what its limits need.

    `variance` is sum W_s^2 var(O_s)/n_s^2 / (sum W)^2; `largest_weight` the greatest W_s/n_s / sum W.
    """

    rate: float
    variance: float
    events: float
    largest_weight: float


def direct_rate(strata: Sequence[Stratum]) -> DirectRate | None:
    """None where a stratum of the standard population has nobody in it: use the indirect form there."""
    total = sum(s.weight for s in strata)
    counted = [s for s in strata if s.weight > 0]
    if not counted or any(s.population <= 0 for s in counted):
        return None
    weights = [s.weight / s.population / total for s in counted]
    return DirectRate(
        rate=sum(w * s.events for w, s in zip(weights, counted, strict=True)),
        variance=sum(w * w * s.variance for w, s in zip(weights, counted, strict=True)),
        events=sum(s.events for s in strata),
        largest_weight=max(weights),
    )


def dobson(strata: Sequence[Stratum], *, multiplier: float = 1, confidence: float = 0.95) -> Estimate:
    """Directly standardised rate with limits DSR + sqrt(var DSR / O) (Byar limit of O - O), not under ten events.

    Dobson, Stat Med 1991;10:457. O is the variance that Byar's limits assume, also when events repeat.
    """
    direct = direct_rate(strata)
    if direct is None or direct.events < MINIMUM_EVENTS:
        return NOT_GIVEN
    scale = sqrt(direct.variance / direct.events)
    count = byar(direct.events, confidence)
    lower, upper = (
        None if b is None else direct.rate + scale * (b - direct.events) for b in (count.lower, count.upper)
    )
    return Estimate(direct.rate * multiplier, Interval(lower, upper, "dobson").scaled(multiplier))


def fay_feuer(strata: Sequence[Stratum], *, multiplier: float = 1, confidence: float = 0.95) -> Estimate:
    """Directly standardised rate with gamma limits, for few events and uneven weights (Stat Med 1997;16:791)."""
    direct = direct_rate(strata)
    if direct is None:
        return NOT_GIVEN
    tail = (1 - confidence) / 2
    mean, variance, extra = direct.rate, direct.variance, direct.largest_weight
    lower = variance / mean * gammaincinv(mean**2 / variance, tail) if variance > 0 else 0.0
    mean_up, variance_up = mean + extra, variance + extra**2
    upper = variance_up / mean_up * gammaincinv(mean_up**2 / variance_up, 1 - tail)
    return Estimate(mean * multiplier, Interval(float(lower), float(upper), "gamma").scaled(multiplier))


def pooled_rates(events: Vector, population: Vector) -> Vector:
    """Events per person in each stratum over all units; both arrays are (units, strata). 0 where nobody lives."""
    inhabitants = population.sum(axis=0)
    rates: Vector = np.zeros_like(inhabitants)
    np.divide(events.sum(axis=0), inhabitants, out=rates, where=inhabitants > 0)
    return rates


def expected_counts(population: Vector, rates: Vector) -> Vector:
    """E_i = sum_s n_is R_s: events a unit would have at the reference rates. Shapes (units, strata), (strata,)."""
    return np.asarray(population @ rates, dtype=np.float64)


def standardised_ratio(
    observed: float, expected: float, *, multiplier: float = 1, confidence: float = 0.95
) -> Estimate:
    """Indirectly standardised ratio O/E, with exact or Byar's limits of O divided by E."""
    if expected <= 0:
        return NOT_GIVEN
    return Estimate(multiplier * observed / expected, count_limits(observed, confidence).scaled(multiplier / expected))
