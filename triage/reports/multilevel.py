"""Logistic regression with a random intercept for each unit: how different units are in odds, and shrunken shares."""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, log_expit, logsumexp, ndtri

from triage.reports.rates import Vector

POINTS = 25  # of adaptive Gauss-Hermite quadrature
_NODES, _WEIGHTS = np.polynomial.hermite.hermgauss(POINTS)


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
    start = np.array([np.log(pooled / (1 - pooled)), 0.3])
    bounds = [(None, None), (0, 20)]
    best = minimize(lambda at: -_log_likelihood(at[0], at[1], events, trials), start, method="L-BFGS-B", bounds=bounds)
    intercept, spread = (float(value) for value in best.x)
    return RandomIntercept(intercept, spread**2, spread * _modes(intercept, spread, events, trials))


def _modes(intercept: float, spread: float, events: Vector, trials: Vector) -> Vector:
    """Most likely standard normal effect of each unit, by Newton's method; the problem is concave."""
    effect = np.zeros(len(events))
    for _ in range(50):
        share = expit(intercept + spread * effect)
        step = (spread * (events - trials * share) - effect) / (spread**2 * trials * share * (1 - share) + 1)
        effect = effect + np.clip(step, -1, 1)
        if np.max(np.abs(step)) < 1e-10:
            break
    return effect


def _log_likelihood(intercept: float, spread: float, events: Vector, trials: Vector) -> float:
    """sum_i log of the integral over the effect of binomial x normal, nodes centred and scaled at each unit's mode."""
    mode = _modes(intercept, spread, events, trials)
    share = expit(intercept + spread * mode)
    width = np.sqrt(2 / (spread**2 * trials * share * (1 - share) + 1))
    effect = mode[:, np.newaxis] + width[:, np.newaxis] * _NODES
    logit = intercept + spread * effect
    misses = (trials - events)[:, np.newaxis]
    joint = events[:, np.newaxis] * log_expit(logit) + misses * log_expit(-logit) - effect**2 / 2 + _NODES**2
    ways = gammaln(trials + 1) - gammaln(events + 1) - gammaln(trials - events + 1)
    per_unit = ways + np.log(width) - np.log(2 * np.pi) / 2 + logsumexp(joint, axis=1, b=_WEIGHTS)
    return float(per_unit.sum())
