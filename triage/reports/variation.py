"""How much units vary, beside what chance alone would give, and where one stands among the others.

`observed` and `expected` have one entry a unit in the last axis; leading axes, where allowed, are simulated years.
E is indirectly standardised, so that sum E = sum O for internal rates. Every expected number must be above 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, exp, log

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri, digamma, gammaln
from scipy.stats import chi2

from triage.reports.rates import Estimate, Vector

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


def chi_square(observed: Vector, expected: Vector) -> Vector:
    """sum (O-E)^2 / E, of no difference at all."""
    return np.asarray(np.sum((observed - expected) ** 2 / expected, axis=-1), dtype=np.float64)


def homogeneity_p(observed: Vector, expected: Vector) -> float:
    """The chance of so large a chi-square, on one degree of freedom less than there are units."""
    return float(chi2.sf(chi_square(observed, expected), len(observed) - 1))


def gamma_shape(observed: Vector, expected: Vector) -> Vector:
    """Maximum-likelihood alpha when O ~ Poisson(E theta) and theta ~ gamma with mean 1 and variance 1/alpha.

    100/alpha is an SCV in percent that weights units by what they tell (Martuzzi & Hills, AJE 1995;141:369). Infinite
    where the data show no variation beyond chance. Leading axes of `observed` are solved together by bisection.
    """
    low, high = np.full(observed.shape[:-1], np.log(LEAST_SHAPE)), np.full(observed.shape[:-1], np.log(NO_VARIATION))
    none = _score(np.exp(high), observed, expected) > 0
    for _ in range(60):
        middle = (low + high) / 2
        rising = _score(np.exp(middle), observed, expected) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.where(none, np.inf, np.exp(low))


def _score(alpha: Vector, observed: Vector, expected: Vector) -> Vector:
    """Derivative of the negative binomial log-likelihood by alpha."""
    a = np.asarray(alpha)[..., np.newaxis]
    terms = digamma(a + observed) - digamma(a) + 1 + np.log(a / (a + expected)) - (a + observed) / (a + expected)
    return np.asarray(terms.sum(axis=-1), dtype=np.float64)


def gamma_variance(observed: Vector, expected: Vector, confidence: float = 0.95) -> Estimate:
    """The variance 1/alpha with likelihood limits, as fractions; the mean is fixed, so nothing is profiled out.

    The lower limit is 0 where no variation at all fits the data as well.
    """
    shape = float(gamma_shape(observed, expected))
    best, none, wide = log(min(shape, NO_VARIATION)), log(NO_VARIATION), log(LEAST_SHAPE)
    wanted = _log_likelihood(best, observed, expected) - float(chdtri(1, 1 - confidence)) / 2

    def above(log_alpha: float) -> float:
        return _log_likelihood(log_alpha, observed, expected) - wanted

    lower = 0.0 if above(none) >= 0 else exp(-brentq(above, best, none))
    return Estimate(1 / shape, lower, None if above(wide) >= 0 else exp(-brentq(above, wide, best)), "likelihood")


def _log_likelihood(log_alpha: float, observed: Vector, expected: Vector) -> float:
    alpha = exp(log_alpha)
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


def clayton_kaldor(
    observed: Vector, expected: Vector, *, turns: int = 20, tolerance: float = 1e-4
) -> tuple[float, float]:
    """nu and alpha of a gamma prior by alternating posterior means with their moments (Biometrics 1987;43:671).

    nu/alpha = mean theta; nu/alpha^2 = sum (1 + alpha/E)(theta - mean)^2 / (I - 1). Stops after `turns`, or when
    neither parameter moves by `tolerance`. A check on the form with mean 1, not for print.
    """
    mean, variance = float(np.mean(observed / expected)), float(np.var(observed / expected, ddof=1))
    nu, alpha = mean**2 / variance, mean / variance
    for _ in range(turns):
        theta, before = shrunken_ratios(observed, expected, alpha, nu), (nu, alpha)
        mean = float(theta.mean())
        variance = float(np.sum((1 + alpha / expected) * (theta - mean) ** 2)) / (len(observed) - 1)
        nu, alpha = mean**2 / variance, mean / variance
        if np.allclose((nu, alpha), before, rtol=0, atol=tolerance):
            break
    return nu, alpha


def marshall(events: Vector, population: Vector) -> tuple[float, Vector]:
    """Prior variance, and rates drawn towards the overall one by moments (JRSS C 1991;40:283): s^2 - m/nbar, or 0."""
    raw, mean = events / population, float(events.sum() / population.sum())
    spread = float(np.sum(population * (raw - mean) ** 2) / population.sum())
    variance = max(0.0, spread - mean / float(population.mean()))
    return variance, mean + variance / (variance + mean / population) * (raw - mean)


def quantile_ratio(ratios: Vector, high: float = 0.8, low: float = 0.2) -> Vector:
    """EQ 80/20 of shrunken ratios (Coory & Gibberd, Stat Med 1998;17:2625)."""
    upper, lower = np.quantile(ratios, [high, low], axis=-1)
    return np.asarray(upper / lower, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Measure:
    """A summary of variation, and the middle 95 % of what it would be with no true difference. None: not defined."""

    value: float | None = None
    least_by_chance: float | None = None
    most_by_chance: float | None = None

    @property
    def beyond_chance(self) -> bool:
        return self.value is not None and self.most_by_chance is not None and self.value > self.most_by_chance


STATISTICS: dict[str, Callable[[Vector, Vector], Vector]] = {
    "FT": lambda o, e: extremal_quotient(o / e),
    "FT2": lambda o, e: extremal_quotient(o / e, 1),
    "FT3": lambda o, e: extremal_quotient(o / e, 2),
    "CV": lambda o, e: coefficient_of_variation(o / e),
    "SCV": lambda o, e: 100 * systematic_component(o, e),
    "systematic": lambda o, e: 100 / gamma_shape(o, e),
    "EQ80/20": lambda o, e: quantile_ratio(shrunken_ratios(o, e, gamma_shape(o, e))),
    "chi_square": chi_square,
}


def summary(observed: Vector, expected: Vector, *, runs: int = 1000, seed: int = 1) -> dict[str, Measure]:
    """Every measure of `STATISTICS` with its chance interval, by parametric bootstrap with all true ratios alike.

    Total fixed: O* ~ multinomial(sum O, E / sum E). SCV and `systematic` (100/alpha) are in percent.
    """
    if len(observed) < 2 or observed.sum() == 0:
        return dict.fromkeys(STATISTICS, Measure())
    expected = expected * (observed.sum() / expected.sum())
    chance = np.random.default_rng(seed).multinomial(round(observed.sum()), expected / expected.sum(), size=runs)
    found = {}
    for name, statistic in STATISTICS.items():
        middle = np.quantile(statistic(chance.astype(float), expected), [0.025, 0.975], method="inverted_cdf")
        found[name] = Measure(*map(_finite, (statistic(observed, expected), *middle)))
    return found


def _finite(value: Vector | float) -> float | None:
    return float(value) if np.isfinite(value) else None


# Where a unit stands among its peers, without a league table. None for a unit without a value.


def deciles(values: Sequence[float | None]) -> Vector:
    """The nine deciles by linear interpolation (R type 7, SQL PERCENTILE_CONT); units without a value do not count."""
    return np.quantile([value for value in values if value is not None], np.arange(1, 10) / 10)


def percent_rank(values: Sequence[float | None]) -> list[float | None]:
    """(lowest rank - 1) / (n - 1), as a fraction of 1 (SQL PERCENT_RANK); None also for a unit without peers."""
    given = sorted(value for value in values if value is not None)
    others = len(given) - 1
    return [None if value is None or others < 1 else given.index(value) / others for value in values]


def quantile_groups(values: Sequence[float | None], groups: int, *, highest_first: bool) -> list[int | None]:
    """Group 1 to `groups` of each unit; ties get the lowest rank. None where there are fewer units than groups.

    q = floor(g + 1 - ceil((n + 1 - rank) / (n / g))), at least 1 (OHID technical guide).
    """
    ranked = sorted((value for value in values if value is not None), reverse=highest_first)
    n = len(ranked)
    return [
        None if value is None or n < groups else max(1, groups + 1 - ceil((n - ranked.index(value)) / (n / groups)))
        for value in values
    ]
