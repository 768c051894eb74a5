"""How much units vary, beside what chance alone would give.

`observed` and `expected` have one entry a unit in the last axis; leading axes, where allowed, are simulated years.
E is indirectly standardised, so that sum E = sum O for internal rates. Every expected number must be above 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri, digamma, gammaln

from triage.reports.intervals import Interval, Vector

LEAST_SHAPE = 1e-3
NO_VARIATION = 1e4  # a gamma shape above this is a variance under 0.0001, which is none


def extremal_quotient(rates: Vector, drop: int = 0) -> Vector:
    """Highest over lowest rate (FT); FT2 and FT3 leave out one and two from each end. Infinite over 0."""
    ordered = np.sort(rates, axis=-1)
    if ordered.shape[-1] <= 2 * drop:
        return np.full(ordered.shape[:-1], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(ordered[..., -1 - drop] / ordered[..., drop], dtype=np.float64)


def coefficient_of_variation(rates: Vector) -> Vector:
    """100 sd(n-1) / mean, units counting alike, in percent."""
    return np.asarray(100 * rates.std(axis=-1, ddof=1) / rates.mean(axis=-1), dtype=np.float64)


def systematic_component(observed: Vector, expected: Vector) -> Vector:
    """SCV as a fraction: mean((O/E - 1)^2 - 1/E) (Diehr et al., HSR 1990;24:741). May be negative: print as 0."""
    return np.asarray(np.mean((observed / expected - 1) ** 2 - 1 / expected, axis=-1), dtype=np.float64)


def log_systematic_component(observed: Vector, expected: Vector) -> float | None:
    """SCV in its first form, mean(log(O/E)^2 - 1/E) (McPherson, NEJM 1982;307:1310); None when a unit has no events."""
    if np.any(observed == 0):
        return None
    return float(np.mean(np.log(observed / expected) ** 2 - 1 / expected))


@dataclass(frozen=True, slots=True)
class ChiSquare:
    statistic: float
    degrees: int
    p: float


def homogeneity(observed: Vector, expected: Vector) -> ChiSquare:
    """Chi-square of no difference at all: sum (O-E)^2 / E on I - 1 degrees of freedom."""
    statistic, degrees = float(_chi_square(observed, expected)), len(observed) - 1
    return ChiSquare(statistic, degrees, float(chdtrc(degrees, statistic)))


def _chi_square(observed: Vector, expected: Vector) -> Vector:
    return np.asarray(np.sum((observed - expected) ** 2 / expected, axis=-1), dtype=np.float64)


def gamma_shape(observed: Vector, expected: Vector) -> Vector:
    """Maximum-likelihood alpha when O ~ Poisson(E theta) and theta ~ gamma with mean 1 and variance 1/alpha.

    100/alpha is an SCV in percent that weights units by what they tell (Martuzzi & Hills, AJE 1995;141:369). Infinite
    where the data show no variation beyond chance. Leading axes of `observed` are solved together by bisection.
    """
    expected = np.broadcast_to(expected, observed.shape)
    low, high = np.full(observed.shape[:-1], np.log(LEAST_SHAPE)), np.full(observed.shape[:-1], np.log(NO_VARIATION))
    none = _score(np.exp(high), observed, expected) > 0
    for _ in range(60):
        middle = (low + high) / 2
        rising = _score(np.exp(middle), observed, expected) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.where(none, np.inf, np.exp((low + high) / 2))


def _score(alpha: Vector, observed: Vector, expected: Vector) -> Vector:
    """Derivative of the negative binomial log-likelihood by alpha."""
    a = np.asarray(alpha)[..., np.newaxis]
    terms = digamma(a + observed) - digamma(a) + 1 + np.log(a / (a + expected)) - (a + observed) / (a + expected)
    return np.asarray(terms.sum(axis=-1), dtype=np.float64)


def gamma_variance_interval(observed: Vector, expected: Vector, confidence: float = 0.95) -> Interval:
    """Likelihood limits of the variance 1/alpha, as fractions; the mean is fixed, so nothing is profiled out.

    The lower limit is 0 where no variation at all fits the data as well.
    """
    best = min(float(gamma_shape(observed, expected)), NO_VARIATION)
    wanted = _log_likelihood(best, observed, expected) - float(chdtri(1, 1 - confidence)) / 2

    def above(log_alpha: float) -> float:
        return _log_likelihood(exp(log_alpha), observed, expected) - wanted

    none, wide = log(NO_VARIATION), log(LEAST_SHAPE)
    lower = 0.0 if above(none) >= 0 else exp(-brentq(above, log(best), none))
    return Interval(lower, None if above(wide) >= 0 else exp(-brentq(above, wide, log(best))), "likelihood")


def _log_likelihood(alpha: float, observed: Vector, expected: Vector) -> float:
    terms = gammaln(alpha + observed) - gammaln(alpha) - alpha * np.log1p(expected / alpha)
    return float(np.sum(terms - observed * np.log(alpha + expected)))


def shrunken_ratios(
    observed: Vector, expected: Vector, alpha: Vector | float, nu: Vector | float | None = None
) -> Vector:
    """Posterior means (O + nu) / (E + alpha); nu = alpha when the mean is fixed at 1. Use these to rank or map."""
    # An infinite shape means that all true ratios are 1; a huge one says the same without dividing infinities.
    scale = np.minimum(alpha, 1e12)[..., np.newaxis]
    shape = scale if nu is None else np.asarray(nu)[..., np.newaxis]
    return np.asarray((observed + shape) / (expected + scale), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class GammaPrior:
    """theta ~ gamma with mean nu/alpha and variance nu/alpha^2."""

    nu: float
    alpha: float


def clayton_kaldor(observed: Vector, expected: Vector, *, turns: int = 20, tolerance: float = 1e-4) -> GammaPrior:
    """Two-parameter gamma prior by alternating posterior means with their moments (Biometrics 1987;43:671).

    nu/alpha = mean theta; nu/alpha^2 = sum (1 + alpha/E)(theta - mean)^2 / (I - 1). Stops after `turns`, or when
    neither parameter moves by `tolerance`. A check on the form with mean 1, not for print.
    """
    ratios = observed / expected
    prior = _from_moments(ratios.mean(), ratios.var(ddof=1))
    for _ in range(turns):
        theta = shrunken_ratios(observed, expected, prior.alpha, prior.nu)
        spread = np.sum((1 + prior.alpha / expected) * (theta - theta.mean()) ** 2) / (len(observed) - 1)
        before, prior = prior, _from_moments(theta.mean(), spread)
        if max(abs(prior.nu - before.nu), abs(prior.alpha - before.alpha)) < tolerance:
            break
    return prior


def _from_moments(mean: float, variance: float) -> GammaPrior:
    return GammaPrior(float(mean**2 / variance), float(mean / variance))


@dataclass(frozen=True, slots=True)
class MarshallPrior:
    """Prior mean and variance of the rates, per person, and each unit's smoothed rate."""

    mean: float
    variance: float
    rates: Vector


def marshall(events: Vector, population: Vector) -> MarshallPrior:
    """Moment form towards the overall rate (JRSS C 1991;40:283): a = s^2 - m/nbar, at least 0."""
    raw, mean = events / population, float(events.sum() / population.sum())
    spread = float(np.sum(population * (raw - mean) ** 2) / population.sum())
    variance = max(0.0, spread - mean / float(population.mean()))
    trust = variance / (variance + mean / population)
    return MarshallPrior(mean, variance, mean + trust * (raw - mean))


def quantile_ratio(ratios: Vector, high: float = 0.8, low: float = 0.2) -> Vector:
    """EQ 80/20 of shrunken ratios (Coory & Gibberd, Stat Med 1998;17:2625)."""
    upper, lower = np.quantile(ratios, [high, low], axis=-1)
    return np.asarray(upper / lower, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Measure:
    """A summary of variation, and the middle 95 % of what it would be with no true difference. None: not defined."""

    value: float | None
    by_chance: Interval

    @property
    def beyond_chance(self) -> bool:
        return self.value is not None and self.by_chance.upper is not None and self.value > self.by_chance.upper


Statistic = Callable[[Vector, Vector], Vector]
STATISTICS: dict[str, Statistic] = {
    "FT": lambda o, e: extremal_quotient(o / e),
    "FT2": lambda o, e: extremal_quotient(o / e, 1),
    "FT3": lambda o, e: extremal_quotient(o / e, 2),
    "CV": lambda o, e: coefficient_of_variation(o / e),
    "SCV": lambda o, e: 100 * systematic_component(o, e),
    "systematic": lambda o, e: 100 / gamma_shape(o, e),
    "EQ80/20": lambda o, e: quantile_ratio(shrunken_ratios(o, e, gamma_shape(o, e))),
    "chi_square": _chi_square,
}


def summary(observed: Vector, expected: Vector, *, runs: int = 1000, seed: int = 1) -> dict[str, Measure]:
    """Every measure of `STATISTICS` with its chance interval, by parametric bootstrap with all true ratios alike.

    Total fixed: O* ~ multinomial(sum O, E / sum E). SCV and `systematic` (100/alpha) are in percent.
    """
    if len(observed) < 2 or observed.sum() == 0:
        return dict.fromkeys(STATISTICS, Measure(None, Interval(None, None)))
    expected = expected * (observed.sum() / expected.sum())
    chance = np.random.default_rng(seed).multinomial(round(observed.sum()), expected / expected.sum(), size=runs)
    return {
        name: Measure(_finite(statistic(observed, expected)), _middle(statistic(chance.astype(np.float64), expected)))
        for name, statistic in STATISTICS.items()
    }


def _middle(values: Vector) -> Interval:
    lower, upper = np.quantile(values, [0.025, 0.975], method="inverted_cdf")
    return Interval(_finite(lower), _finite(upper), "bootstrap")


def _finite(value: Vector | float) -> float | None:
    return float(value) if np.isfinite(value) else None
