"""Whether readers who see the same referral answer alike.

Coefficients are (pa - pe) / (1 - pe): observed agreement against a definition of agreement by chance. Report percent
agreement and AC1 beside kappa: when nearly all referrals belong in one category, kappa can be near zero although
readers hardly ever differ. Missing readings follow Gwet (Handbook of Inter-Rater Reliability; BJMSP 2008;61:29): a
referral that one reader saw counts in the prevalence of categories and not in the observed agreement. Standard errors
are Gwet's linearised ones for a sample of referrals and fixed readers.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr, stdtrit

from triage.reports.intervals import Interval, Vector


class Weights(StrEnum):
    """How much two different answers still agree; the last two are for ordered categories such as priority levels."""

    IDENTITY = "unweighted"
    LINEAR = "linear"
    QUADRATIC = "quadratic"

    def matrix(self, positions: Vector) -> Vector:
        """1 on the diagonal, falling to 0 between the outermost categories; `positions` orders and spaces them."""
        apart = np.abs(positions[:, np.newaxis] - positions)
        if self is Weights.IDENTITY or not apart.any():
            return np.eye(len(positions))
        return np.asarray(1 - (apart / apart.max()) ** (1 if self is Weights.LINEAR else 2))


@dataclass(frozen=True, slots=True)
class Coefficient:
    """An agreement coefficient with its parts. `subjects` gives the degrees of freedom of its limits."""

    value: float
    observed: float  # pa
    chance: float  # pe
    standard_error: float
    subjects: float

    def interval(self, confidence: float = 0.95) -> Interval:
        """t limits on n - 1 degrees of freedom, at most 1."""
        reach = float(stdtrit(self.subjects - 1, (1 + confidence) / 2)) * self.standard_error
        return Interval(self.value - reach, min(1.0, self.value + reach), "gwet")

    @property
    def p(self) -> float:
        """One-sided p of no agreement beyond chance."""
        if self.standard_error == 0:
            return 0.0
        return float(1 - stdtr(self.subjects - 1, self.value / self.standard_error))


@dataclass(frozen=True)
class Readings:
    """What each reader answered about each referral.

    `answers` is (referrals, readers), an index into `categories`, -1 when not read; `times` says how many referrals a
    row stands for. `with_table_error` gives the standard error of a two-reader table, with n in place of n - 1.
    """

    answers: NDArray[np.int_]
    categories: tuple[Hashable, ...]
    times: Vector
    weights: Weights = Weights.IDENTITY
    with_table_error: bool = False

    @classmethod
    def of(
        cls,
        rows: Iterable[Sequence[Hashable | None]],
        *,
        categories: Sequence[Hashable] | None = None,
        weights: Weights = Weights.IDENTITY,
    ) -> "Readings":
        """From one row of answers a referral, None where a reader did not answer. What nobody read is left out."""
        read = [row for row in rows if any(answer is not None for answer in row)]
        named = categories or _sorted({answer for row in read for answer in row if answer is not None})
        index = {name: place for place, name in enumerate(named)} | {None: -1}
        answers = np.array([[index[answer] for answer in row] for row in read])
        return cls(answers, tuple(named), np.ones(len(read)), weights)

    @classmethod
    def of_table(
        cls, categories: Sequence[Hashable], counts: Sequence[Sequence[float]], weights: Weights = Weights.IDENTITY
    ) -> "Readings":
        """From a square table: rows are the first reader's answers, columns the second's."""
        cells = [(i, j, n) for i, row in enumerate(counts) for j, n in enumerate(row) if n]
        answers, times = np.array([[i, j] for i, j, _ in cells]), np.array([float(n) for *_, n in cells])
        return cls(answers, tuple(categories), times, weights, with_table_error=True)

    def by(self, *readers: int) -> "Readings":
        """Only these readers, and only referrals that all of them read."""
        chosen = self.answers[:, readers]
        full = (chosen >= 0).all(axis=1)
        return Readings(chosen[full], self.categories, self.times[full], self.weights, self.with_table_error)

    @cached_property
    def counts(self) -> Vector:
        """How many readers gave each answer, shape (referrals, categories)."""
        return np.asarray((self.answers[:, :, np.newaxis] == np.arange(len(self.categories))).sum(axis=1), dtype=float)

    @cached_property
    def readers(self) -> Vector:
        """How many readers each referral had."""
        return np.asarray(self.counts.sum(axis=1))

    @cached_property
    def total(self) -> float:
        return float(self.times.sum())

    @cached_property
    def w(self) -> Vector:
        """Agreement of each pair of answers; categories that are numbers keep their distances."""
        numbers = [name for name in self.categories if isinstance(name, int | float)]
        spaced = numbers if len(numbers) == len(self.categories) else range(len(self.categories))
        return self.weights.matrix(np.array(spaced, dtype=np.float64))

    @cached_property
    def pair_agreement(self) -> Vector:
        """Share of agreeing pairs of readers in each referral, 0 where there is no pair."""
        pairs = self.readers * (self.readers - 1)
        agreeing = (self.counts * (self.counts @ self.w - 1)).sum(axis=1)
        return np.where(pairs > 0, agreeing / np.maximum(pairs, 1), 0.0)

    @cached_property
    def paired(self) -> NDArray[np.bool_]:
        return np.asarray(self.readers >= 2)

    @cached_property
    def paired_total(self) -> float:
        """Referrals that at least two read; not a number when there are none, and so are all coefficients."""
        return float(self.times[self.paired].sum()) or nan

    @cached_property
    def observed(self) -> float:
        return float(self.times @ self.pair_agreement) / self.paired_total

    @cached_property
    def prevalence(self) -> Vector:
        """Mean share of readers who chose each category."""
        return np.asarray(self.times @ (self.counts / self.readers[:, np.newaxis]) / self.total)

    def coefficient(self, chance: float, chance_by_referral: Vector | float) -> Coefficient:
        """(pa - pe) / (1 - pe), its error from how each referral moves pa and, twice, pe."""
        room = (1 - chance) or nan  # When every answer is the same, chance explains all and kappa is not defined.
        value = (self.observed - chance) / room
        moved = self.total / self.paired_total * (self.pair_agreement - chance * self.paired) / room
        moved = moved - 2 * (1 - value) * (chance_by_referral - chance) / room
        return Coefficient(value, self.observed, chance, self.error(moved, value), self.total)

    def error(self, moved: Vector, value: float) -> float:
        degrees = self.total if self.with_table_error else self.total - 1
        return sqrt(float(self.times @ (moved - value) ** 2) / (self.total * degrees))


def _sorted(answers: Iterable[Hashable]) -> list[Hashable]:
    """Numbers by size, names by letter."""
    return sorted(answers, key=lambda answer: (answer, "") if isinstance(answer, int | float) else (0, str(answer)))


def percent_agreement(r: Readings) -> Coefficient:
    """Share of pairs of readers who agree, as a fraction of 1."""
    return r.coefficient(0.0, 0.0)


def brennan_prediger(r: Readings) -> Coefficient:
    """Chance: all categories equally likely."""
    chance = float(r.w.sum()) / len(r.categories) ** 2
    return r.coefficient(chance, chance)


def gwet_ac1(r: Readings) -> Coefficient:
    """Chance: sum pi (1 - pi) / (q - 1); with weights this is AC2."""
    q = len(r.categories)
    scale = float(r.w.sum()) / (q * (q - 1)) if q > 1 else 0.0
    chance = scale * float(r.prevalence @ (1 - r.prevalence))
    return r.coefficient(chance, scale * (r.counts @ (1 - r.prevalence)) / r.readers)


def fleiss_kappa(r: Readings) -> Coefficient:
    """Chance: two answers drawn from all readers' answers; with two readers this is Scott's pi."""
    toward = r.w @ r.prevalence
    return r.coefficient(float(r.prevalence @ toward), r.counts @ toward / r.readers)


def conger_kappa(r: Readings) -> Coefficient:
    """Chance: two different readers, each with their own habits; with two readers this is Cohen's kappa."""
    given = (r.answers >= 0) * 1.0
    chosen = (r.answers[:, :, np.newaxis] == np.arange(len(r.categories))) * 1.0  # referral, reader, category
    read = r.times @ given
    habit = np.einsum("i,irk->rk", r.times, chosen) / read[:, np.newaxis]
    number = len(read)
    others = habit.sum(axis=0) - habit  # what the other readers together do
    chance = float(np.einsum("rk,kl,rl->", others, r.w, habit)) / (number * (number - 1))
    own = (chosen - (given - read / r.total)[:, :, np.newaxis] * habit) * (r.total / read)[:, np.newaxis]
    by_referral = np.einsum("rk,kl,irl->i", others, r.w, own) / (number * (number - 1))
    return r.coefficient(chance, by_referral)


def krippendorff_alpha(r: Readings) -> Coefficient:
    """Only referrals with two readings or more, weighted by readings, with the small-sample correction."""
    counts, readers, times, n = r.counts[r.paired], r.readers[r.paired], r.times[r.paired], r.paired_total
    mean = float(times @ readers) / n
    share = times @ counts / mean / n
    toward = r.w @ share
    chance = float(share @ toward)
    room, uneven = (1 - chance) or nan, (readers - mean) / mean
    pairs = (counts * (counts @ r.w - 1)).sum(axis=1) / (mean * (readers - 1))
    plain, correction = float(times @ pairs) / n, 1 / (mean * n)
    alpha, observed = (plain - chance) / room, (1 - correction) * plain + correction
    moved = (pairs - plain * uneven - chance) / room
    moved = moved - 2 * (1 - alpha) * (counts @ toward / mean - chance * uneven - chance) / room
    degrees = n if r.with_table_error else n - 1
    error = sqrt(float(times @ (moved - alpha) ** 2) / (n * degrees))
    return Coefficient((observed - chance) / room, observed, chance, error, r.total)


def light_kappa(r: Readings) -> float:
    """Mean of Cohen's kappa over all pairs of readers."""
    pairs = combinations(range(r.answers.shape[1]), 2)
    return float(np.mean([conger_kappa(r.by(a, b)).value for a, b in pairs]))


def full_agreement(r: Readings) -> float:
    """Share of referrals about which every reader says the same, among those that all read."""
    full = r.by(*range(r.answers.shape[1]))
    return float(full.times @ (full.answers == full.answers[:, :1]).all(axis=1) / full.total)


@dataclass(frozen=True, slots=True)
class KappaTest:
    """A kappa and its standard normal score when readers answer at random."""

    kappa: float
    z: float

    @property
    def p(self) -> float:
        """Two-sided."""
        return 2 * float(ndtr(-abs(self.z)))


def cohen_test(r: Readings) -> KappaTest:
    """Fleiss, Cohen & Everitt 1969: the variance under no agreement, two readers."""
    pair = r.by(0, 1)
    first, second = (np.bincount(pair.answers[:, k], pair.times, len(r.categories)) / pair.total for k in (0, 1))
    chance = float(first @ pair.w @ second)
    from_margins = (pair.w @ second)[:, np.newaxis] + pair.w.T @ first
    variance = (np.outer(first, second) * (pair.w - from_margins) ** 2).sum() - chance**2
    kappa = conger_kappa(pair).value
    return KappaTest(kappa, kappa * (1 - chance) * sqrt(pair.total / variance))


def fleiss_test(r: Readings) -> KappaTest:
    """Fleiss, Nee & Landis, Psych Bull 1979;86:974; only referrals that all read."""
    full = r.by(*range(r.answers.shape[1]))
    doubt = full.prevalence * (1 - full.prevalence)
    skew = float(doubt @ (1 - 2 * full.prevalence))
    kappa, spread = fleiss_kappa(full).value, float(doubt.sum())
    return KappaTest(kappa, kappa * spread / (_one_category_error(full) * sqrt(spread**2 - skew)))


def fleiss_by_category(r: Readings) -> dict[Hashable, KappaTest]:
    """How well readers agree about each category against all others; same source."""
    full = r.by(*range(r.answers.shape[1]))
    n, m, share = full.total, full.answers.shape[1], full.prevalence
    again = (full.times @ full.counts**2 - n * m * share) / (n * m * (m - 1) * share)
    kappa, error = (again - share) / (1 - share), _one_category_error(full)
    return {name: KappaTest(float(k), float(k) / error) for name, k in zip(full.categories, kappa, strict=True)}


def _one_category_error(full: Readings) -> float:
    readers = full.answers.shape[1]
    return sqrt(2 / (full.total * readers * (readers - 1)))
