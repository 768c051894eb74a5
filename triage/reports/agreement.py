"""Whether readers who see the same referral answer alike.

Coefficients are (pa - pe) / (1 - pe): observed agreement against a definition of agreement by chance. Report percent
agreement and AC1 beside kappa: when nearly all referrals belong in one category, kappa can be near zero although
readers hardly ever differ. Missing readings follow Gwet (Handbook of Inter-Rater Reliability; BJMSP 2008;61:29): a
referral that one reader saw counts in the prevalence of categories and not in the observed agreement. Standard errors
are Gwet's linearised ones for a sample of referrals and fixed readers.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr, stdtrit
from statsmodels.stats.inter_rater import cohens_kappa

from triage.reports.rates import Estimate, Vector


@dataclass(frozen=True, slots=True)
class Coefficient:
    """An agreement coefficient with its parts. `subjects` gives the degrees of freedom of its limits."""

    value: float
    observed: float  # pa
    chance: float  # pe
    standard_error: float
    subjects: float

    def estimate(self, confidence: float = 0.95) -> Estimate:
        """With t limits on n - 1 degrees of freedom, at most 1."""
        reach = float(stdtrit(self.subjects - 1, (1 + confidence) / 2)) * self.standard_error
        return Estimate(self.value, self.value - reach, min(1.0, self.value + reach), "gwet")

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
    row stands for. `power` of the distance between two answers: 1 and 2 let neighbours agree in part (linear and
    quadratic weights), None asks for the same. `with_table_error`: errors as of a two-reader table, n for n - 1.
    """

    answers: NDArray[np.int_]
    categories: tuple[Hashable, ...]
    times: Vector
    power: int | None = None
    with_table_error: bool = False

    @classmethod
    def of(cls, rows: Iterable[Sequence[Hashable | None]], power: int | None = None) -> "Readings":
        """From one row of answers a referral, None where a reader did not answer. What nobody read is left out."""
        read = [row for row in rows if any(answer is not None for answer in row)]
        named = sorted({answer for row in read for answer in row if answer is not None}, key=_order)
        index = {name: place for place, name in enumerate(named)} | {None: -1}
        answers = np.array([[index[answer] for answer in row] for row in read])
        return cls(answers, tuple(named), np.ones(len(read)), power)

    @classmethod
    def of_table(
        cls, categories: Sequence[Hashable], counts: Sequence[Sequence[float]], power: int | None = None
    ) -> "Readings":
        """From a square table: rows are the first reader's answers, columns the second's."""
        answers = np.argwhere(np.array(counts))
        return cls(answers, tuple(categories), np.array(counts, dtype=float)[tuple(answers.T)], power, True)

    def by(self, *readers: int) -> "Readings":
        """Only these readers, and only referrals that all of them read."""
        chosen = self.answers[:, readers]
        full = (chosen >= 0).all(axis=1)
        return replace(self, answers=chosen[full], times=self.times[full])

    @property
    def complete(self) -> "Readings":
        return self.by(*range(self.answers.shape[1]))

    @cached_property
    def chosen(self) -> Vector:
        """1 where a reader gave an answer, shape (referrals, readers, categories)."""
        return np.asarray(self.answers[:, :, np.newaxis] == np.arange(len(self.categories)), dtype=float)

    @cached_property
    def counts(self) -> Vector:
        """How many readers gave each answer, shape (referrals, categories)."""
        return np.asarray(self.chosen.sum(axis=1))

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
        spaced = all(isinstance(name, int | float) for name in self.categories)
        place = np.array(self.categories if spaced else range(len(self.categories)), dtype=np.float64)
        apart = np.abs(place[:, np.newaxis] - place)
        if self.power is None or not apart.any():
            return np.eye(len(place))
        return np.asarray(1 - (apart / apart.max()) ** self.power)

    @cached_property
    def pair_agreement(self) -> Vector:
        """Share of agreeing pairs of readers in each referral, 0 where there is no pair."""
        agreeing = (self.counts * (self.counts @ self.w - 1)).sum(axis=1)
        return np.where(self.paired, agreeing / np.maximum(self.readers * (self.readers - 1), 1), 0.0)

    @cached_property
    def paired(self) -> NDArray[np.bool_]:
        return np.asarray(self.readers >= 2)

    @cached_property
    def paired_total(self) -> float:
        """Referrals that at least two read; not a number when there are none, and so are all coefficients."""
        return float(self.times[self.paired].sum()) or nan

    @cached_property
    def prevalence(self) -> Vector:
        """Mean share of readers who chose each category."""
        return np.asarray(self.times @ (self.counts / self.readers[:, np.newaxis]) / self.total)

    def coefficient(self, chance: float, chance_by_referral: Vector | float) -> Coefficient:
        """(pa - pe) / (1 - pe), its error from how each referral moves pa and, twice, pe."""
        observed = float(self.times @ self.pair_agreement) / self.paired_total
        room = (1 - chance) or nan  # When every answer is the same, chance explains all and kappa is not defined.
        value = (observed - chance) / room
        moved = self.total / self.paired_total * (self.pair_agreement - chance * self.paired) / room
        moved = moved - 2 * (1 - value) * (chance_by_referral - chance) / room
        return Coefficient(value, observed, chance, self.error(moved - value, self.times), self.total)

    def error(self, moved: Vector, times: Vector) -> float:
        n = float(times.sum())
        return sqrt(float(times @ moved**2) / n / (n if self.with_table_error else n - 1)) if n else nan


def _order(answer: Hashable) -> tuple[float, str]:
    """Numbers by size, names by letter."""
    return (answer, "") if isinstance(answer, int | float) else (0, str(answer))


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
    read = r.times @ given
    habit = np.einsum("i,irk->rk", r.times, r.chosen) / read[:, np.newaxis]
    pairs = len(read) * (len(read) - 1)
    others = (habit.sum(axis=0) - habit) @ r.w  # what the other readers together do
    own = (r.chosen - (given - read / r.total)[:, :, np.newaxis] * habit) * (r.total / read)[:, np.newaxis]
    return r.coefficient(float((others * habit).sum()) / pairs, np.einsum("rl,irl->i", others, own) / pairs)


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
    return Coefficient((observed - chance) / room, observed, chance, r.error(moved - alpha, times), r.total)


def light_kappa(r: Readings) -> float:
    """Mean of Cohen's kappa over all pairs of readers."""
    return float(np.mean([conger_kappa(r.by(a, b)).value for a, b in combinations(range(r.answers.shape[1]), 2)]))


def full_agreement(r: Readings) -> float:
    """Share of referrals about which every reader says the same, among those that all read."""
    full = r.complete
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
    """Fleiss, Cohen & Everitt 1969: the variance under no agreement, two readers; categories count as evenly spaced."""
    pair = r.by(0, 1)
    table = np.einsum("i,ik,il->kl", pair.times, pair.chosen[:, 0], pair.chosen[:, 1])
    found = cohens_kappa(table, wt={None: None, 1: "linear", 2: "quadratic"}[r.power])
    return KappaTest(float(found.kappa), float(found.z_value))


def fleiss_test(r: Readings) -> KappaTest:
    """Fleiss, Nee & Landis, Psych Bull 1979;86:974; only referrals that all read."""
    full = r.complete
    doubt = full.prevalence * (1 - full.prevalence)
    skew, spread, kappa = float(doubt @ (1 - 2 * full.prevalence)), float(doubt.sum()), fleiss_kappa(full).value
    return KappaTest(kappa, kappa * spread / (_one_category_error(full) * sqrt(spread**2 - skew)))


def fleiss_by_category(r: Readings) -> dict[Hashable, KappaTest]:
    """How well readers agree about each category against all others; same source."""
    full = r.complete
    n, m, share = full.total, full.answers.shape[1], full.prevalence
    again = (full.times @ full.counts**2 - n * m * share) / (n * m * (m - 1) * share)
    kappa, error = (again - share) / (1 - share), _one_category_error(full)
    return {name: KappaTest(float(k), float(k) / error) for name, k in zip(full.categories, kappa, strict=True)}


def _one_category_error(full: Readings) -> float:
    readers = full.answers.shape[1]
    return sqrt(2 / (full.total * readers * (readers - 1)))
