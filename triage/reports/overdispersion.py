"""Ordinary variation between units, beyond chance, and funnel limits that allow for it.

Spiegelhalter, Qual Saf Health Care 2005;14:347 and JRSS A 2012;175:1: z-scores on a scale where the spread does not
depend on the value, their extremes drawn in, phi = mean z^2, and a variance tau^2 between units added to each
unit's own. The limits are transformed back; without that step the square-root form is about half as wide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from triage.reports.funnel import Limits
from triage.reports.intervals import Vector, normal_quantile


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
        """target +/- z sqrt(s^2 + tau^2), on the original scale."""
        half = normal_quantile(confidence) * np.sqrt(self.error**2 + tau2)
        return Limits(self.back(self.target - half), self.back(self.target + half))


def log_ratio(observed: Vector, expected: Vector) -> Transformed:
    """log(O/E) with s = 1/sqrt E. A unit without events lies at minus infinity: truncate, do not winsorise."""
    with np.errstate(divide="ignore"):
        return Transformed(np.log(observed / expected), 1 / np.sqrt(expected), 0.0, np.exp)


def sqrt_ratio(observed: Vector, expected: Vector) -> Transformed:
    """sqrt(O/E) with s = 1/(2 sqrt E), so z = (sqrt(O/E) - 1) 2 sqrt E."""
    return Transformed(np.sqrt(observed / expected), 1 / (2 * np.sqrt(expected)), 1.0, _squared)


def arcsine(events: Vector, trials: Vector) -> Transformed:
    """asin sqrt(p) with s = 1/(2 sqrt n), against the pooled proportion."""
    pooled = float(np.arcsin(np.sqrt(events.sum() / trials.sum())))
    return Transformed(np.arcsin(np.sqrt(events / trials)), 1 / (2 * np.sqrt(trials)), pooled, _sine_squared)


def log_count_ratio(numerator: Vector, denominator: Vector) -> Transformed:
    """log of the ratio of two counts, half added to each, against the pooled ratio."""
    error = np.sqrt(numerator / (numerator + 0.5) ** 2 + denominator / (denominator + 0.5) ** 2)
    pooled = float(np.log(numerator.sum() / denominator.sum()))
    return Transformed(np.log((numerator + 0.5) / (denominator + 0.5)), error, pooled, np.exp)


def _squared(value: Vector) -> Vector:
    return np.maximum(value, 0) ** 2


def _sine_squared(angle: Vector) -> Vector:
    return np.asarray(np.sin(np.clip(angle, 0, np.pi / 2)) ** 2, dtype=np.float64)


def winsorised(z: Vector, share: float = 0.1) -> Vector:
    """The lowest and the highest `share` drawn in to the quantile there (R type 7)."""
    return np.clip(z, *np.quantile(z, [share, 1 - share]))


def kept_by_truncation(z: Vector, share: float = 0.1) -> NDArray[np.bool_]:
    """False for the lowest and highest group of floor(rank / share / (n + 1)); ties share a rank."""
    ordered = np.sort(z)
    rank = (np.searchsorted(ordered, z, side="left") + np.searchsorted(ordered, z, side="right") + 1) / 2
    group = np.floor(rank / share / (len(z) + 1))
    return (group > 0) & (group < floor(1 / share) - 1)


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """`phi` is the mean squared z (1 by chance alone); `tau2` the variance between units, 0 where phi shows none."""

    phi: float
    tau2: float


def overdispersion(z: Vector, error: Vector) -> Overdispersion:
    """phi = mean z^2; tau^2 = (n phi - (n-1)) / (sum w - sum w^2 / sum w), w = 1/s^2, and only when phi > 1.

    `z` is winsorised, or truncated together with its `error`.
    """
    n, phi, weight = len(z), float(np.mean(z**2)), 1 / error**2
    if phi <= 1 or n < 2:
        return Overdispersion(phi, 0.0)
    tau2 = (n * phi - (n - 1)) / (weight.sum() - (weight**2).sum() / weight.sum())
    return Overdispersion(phi, max(0.0, float(tau2)))
