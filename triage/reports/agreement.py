"""Whether readers who see the same referral answer alike.

Coefficients are (pa - pe) / (1 - pe): observed agreement against a definition of agreement by chance. Report percent
agreement and AC1 beside kappa: when nearly all referrals belong in one category, kappa can be near zero although
readers hardly ever differ. Missing readings follow Gwet (Handbook of Inter-Rater Reliability; BJMSP 2008;61:29): a
referral that one reader saw counts in the prevalence of categories and not in the observed agreement. Standard errors
are Gwet's linearised ones for a sample of referrals and fixed readers.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr, stdtrit
from statsmodels.stats.inter_rater import cohens_kappa

from triage.reports.rates import Estimate, Vector

Measured = Callable[[Any], Any]  # from how many referrals there are of each kind, also complex numbers of them
_STEP = 1e-20  # of the derivative: a complex step has no rounding error


@dataclass(frozen=True, slots=True)
class Coefficient:
    """An agreement coefficient with its parts pa and pe. `subjects` gives the degrees of freedom of its limits."""

    value: float
    observed: float
    chance: float
    standard_error: float
    subjects: float

    def estimate(self, confidence: float = 0.95) -> Estimate:
        """With t limits on n - 1 degrees of freedom, at most 1."""
        reach = float(stdtrit(self.subjects - 1, (1 + confidence) / 2)) * self.standard_error
        return Estimate(self.value, self.value - reach, min(1.0, self.value + reach), "gwet")

    @property
    def p(self) -> float:
        """One-sided p of no agreement beyond chance."""
        t = self.value / self.standard_error if self.standard_error else np.inf
        return float(1 - stdtr(self.subjects - 1, t))


@dataclass(frozen=True)
class Readings:
    """What each reader answered about each kind of referral.

    `answers` is (kinds, readers), an index into `categories`, -1 when not read; `times` says how many referrals a
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
        kinds, times = np.unique([[index[answer] for answer in row] for row in read], axis=0, return_counts=True)
        return cls(kinds, tuple(named), times.astype(float), power)

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
        """1 where a reader gave an answer, shape (kinds, readers, categories)."""
        return np.asarray(self.answers[:, :, np.newaxis] == np.arange(len(self.categories)), dtype=float)

    @cached_property
    def counts(self) -> Vector:
        """How many readers gave each answer, shape (kinds, categories)."""
        return np.asarray(self.chosen.sum(axis=1))

    @cached_property
    def readers(self) -> Vector:
        return np.asarray(self.counts.sum(axis=1))

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
    def agreeing(self) -> Vector:
        """Of the other readers of the same referral, how many each reader agrees with, summed over its readers."""
        return np.asarray((self.counts * (self.counts @ self.w - 1)).sum(axis=1))

    @property
    def prevalence(self) -> Vector:
        """Mean share of readers who chose each category."""
        return np.asarray(self.shares(self.times))

    def shares(self, times: Any) -> Any:
        return times @ (self.counts / self.readers[:, np.newaxis]) / times.sum()

    def coefficient(self, chance: Measured) -> Coefficient:
        """(pa - pe) / (1 - pe). Not a number when no referral has two readings, or when chance explains all."""
        pairs, total = self.readers * (self.readers - 1), self.times.sum()
        pa, paired = np.where(pairs > 0, self.agreeing / np.maximum(pairs, 1), 0.0), (pairs > 0) * 1.0
        scale = total / (float(self.times @ paired) or nan)

        def value(times: Any) -> Any:
            pe = chance(times)
            return scale * (times @ pa - times @ paired * pe) / times.sum() / _room(pe)

        observed, by_chance = scale * float(self.times @ pa) / total, float(chance(self.times))
        return Coefficient(float(value(self.times)), observed, by_chance, self.error(value), float(total))

    def error(self, value: Measured) -> float:
        """From how much one more referral of each kind would move the value."""
        n, kinds = float(self.times.sum()), np.eye(len(self.times))
        if not n or np.isnan(value(self.times)):
            return nan
        moved = np.array([n * np.imag(value(self.times + 1j * _STEP * kind)) / _STEP for kind in kinds])
        return sqrt(float(self.times @ moved**2) / n / (n if self.with_table_error else n - 1))


def _room(chance: Any) -> Any:
    return 1 - chance if np.real(1 - chance) else nan  # when chance explains all, kappa is not defined


def _order(answer: Hashable) -> tuple[float, str]:
    """Numbers by size, names by letter."""
    return (answer, "") if isinstance(answer, int | float) else (0, str(answer))


def percent_agreement(r: Readings) -> Coefficient:
    """Share of pairs of readers who agree, as a fraction of 1."""
    return r.coefficient(lambda _: 0.0)


def brennan_prediger(r: Readings) -> Coefficient:
    """Chance: all categories equally likely."""
    return r.coefficient(lambda _: r.w.mean())


def gwet_ac1(r: Readings) -> Coefficient:
    """Chance: sum pi (1 - pi) / (q - 1); with weights this is AC2."""
    q = len(r.categories)
    scale = float(r.w.sum()) / (q * (q - 1)) if q > 1 else 0.0
    return r.coefficient(lambda times: scale * (r.shares(times) * (1 - r.shares(times))).sum())


def fleiss_kappa(r: Readings) -> Coefficient:
    """Chance: two answers drawn from all readers' answers; with two readers this is Scott's pi."""
    return r.coefficient(lambda times: r.shares(times) @ r.w @ r.shares(times))


def conger_kappa(r: Readings) -> Coefficient:
    """Chance: two different readers, each with their own habits; with two readers this is Cohen's kappa."""
    pairs = r.answers.shape[1] * (r.answers.shape[1] - 1)

    def chance(times: Any) -> Any:
        habit = np.einsum("i,irk->rk", times, r.chosen) / (times @ (r.answers >= 0))[:, np.newaxis]
        together = habit.sum(axis=0)
        return (together @ r.w @ together - ((habit @ r.w) * habit).sum()) / pairs

    return r.coefficient(chance)


def krippendorff_alpha(r: Readings) -> Coefficient:
    """Only referrals with two readings or more, weighted by readings, with the small-sample correction."""
    paired = r.readers >= 2
    read = replace(r, answers=r.answers[paired], times=r.times[paired])
    given, agreeing = float(read.times @ read.readers) or nan, read.agreeing / (read.readers - 1)

    def chance(times: Any) -> Any:
        share = times @ read.counts / ((times @ read.readers) or nan)
        return share @ read.w @ share

    def alpha(times: Any) -> Any:
        return 1 - (1 - times @ agreeing / (times @ read.readers)) / _room(chance(times))

    observed, pe = (1 - 1 / given) * float(read.times @ agreeing) / given + 1 / given, float(chance(read.times))
    return Coefficient((observed - pe) / _room(pe), observed, pe, read.error(alpha), float(r.times.sum()))


def light_kappa(r: Readings) -> float:
    """Mean of Cohen's kappa over all pairs of readers."""
    return float(np.mean([conger_kappa(r.by(*pair)).value for pair in combinations(range(r.answers.shape[1]), 2)]))


def full_agreement(r: Readings) -> float:
    """Share of referrals about which every reader says the same, among those that all read."""
    full = r.complete
    return float(full.times @ (full.answers == full.answers[:, :1]).all(axis=1) / full.times.sum())


@dataclass(frozen=True, slots=True)
class KappaTest:
    """A kappa and its standard normal score when readers answer at random; `p` is two-sided."""

    kappa: float
    z: float

    @property
    def p(self) -> float:
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
    m, answers = full.answers.shape[1], full.times.sum() * full.answers.shape[1] * full.prevalence
    again = (full.times @ full.counts**2 - answers) / ((m - 1) * answers)
    kappa, error = 1 - (1 - again) / (1 - full.prevalence), _one_category_error(full)
    return {name: KappaTest(float(k), float(k) / error) for name, k in zip(full.categories, kappa, strict=True)}


def _one_category_error(full: Readings) -> float:
    readers = full.answers.shape[1]
    return sqrt(2 / (float(full.times.sum()) * readers * (readers - 1)))
