"""Logistic regression with a random intercept for each unit: how different units are in odds, and shrunken shares."""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from scipy.optimize import minimize, newton
from scipy.special import expit, log_expit, logsumexp, ndtri

from triage.reports.rates import Vector

# Integrals over the effect are sums on this grid of standard deviations, which is exact for functions so smooth.
_EFFECTS = np.linspace(-8, 8, 1601)


@dataclass(frozen=True, slots=True)
class RandomIntercept:
    """logit p_i = intercept + effect_i, effect ~ normal(0, variance). Effects are the modes given the data."""

    intercept: float
    variance: float
    effects: Vector

    @property
    def median_odds_ratio(self) -> float:
        """exp(sqrt(2 v) 0.6745): the median of the odds of a higher unit over a lower one (Merlo 2006)."""
        return exp(sqrt(2 * self.variance) * float(ndtri(0.75)))

    @property
    def shrunken(self) -> Vector:
        """Shares drawn towards the whole, most where there are few referrals."""
        return np.asarray(expit(self.intercept + self.effects), dtype=np.float64)


def random_intercept(events: Vector, trials: Vector) -> RandomIntercept:
    """Maximum likelihood, the effects integrated out. One entry a unit."""
    pooled = (events.sum() + 0.5) / (trials.sum() + 1)

    def joint(at: Vector) -> Vector:
        """Log density of each unit's events and effect, (units, effects), less what does not depend on `at`."""
        logit, count, all_ = at[0] + at[1] * _EFFECTS, events[:, np.newaxis], trials[:, np.newaxis]
        return np.asarray(count * log_expit(logit) + (all_ - count) * log_expit(-logit) - _EFFECTS**2 / 2)

    start, bounds = [np.log(pooled / (1 - pooled)), 0.3], [(None, None), (0, 20)]
    best = minimize(lambda at: -logsumexp(joint(at), axis=1).sum(), start, method="L-BFGS-B", bounds=bounds).x
    intercept, spread = map(float, best)

    def slope(effect: Vector) -> Vector:
        return np.asarray(spread * (events - trials * expit(intercept + spread * effect)) - effect)

    def curvature(effect: Vector) -> Vector:
        share = expit(intercept + spread * effect)
        return np.asarray(-(spread**2) * trials * share * (1 - share) - 1)

    modes = newton(slope, _EFFECTS[joint(best).argmax(axis=1)], curvature)
    return RandomIntercept(intercept, spread**2, spread * modes)
