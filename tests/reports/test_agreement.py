from collections.abc import Callable
from math import isnan

import numpy as np
import pytest
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from triage.reports.agreement import (
    Coefficient,
    Readings,
    brennan_prediger,
    cohen_test,
    conger_kappa,
    fleiss_by_category,
    fleiss_kappa,
    fleiss_test,
    full_agreement,
    gwet_ac1,
    krippendorff_alpha,
    light_kappa,
    percent_agreement,
)

YES_NO = [[20, 5], [10, 15]]
COEFFICIENTS = [percent_agreement, brennan_prediger, gwet_ac1, fleiss_kappa, conger_kappa, krippendorff_alpha]
LEVELS = np.random.default_rng(4).integers(1, 4, (60, 3))


def table(counts: list[list[int]], power: int | None = None) -> Readings:
    return Readings.of_table([str(k) for k in range(len(counts))], counts, power)


def rows(*answers: str) -> Readings:
    """One word a referral, one letter a reader, a dash where there is no reading."""
    return Readings.of([[None if letter == "-" else letter for letter in row] for row in answers])


def test_cohens_kappa_is_by_hand() -> None:
    kappa = conger_kappa(table(YES_NO))

    assert (kappa.observed, kappa.chance) == (pytest.approx(0.7), pytest.approx(0.5))
    assert kappa.value == pytest.approx(0.4)


def test_the_other_coefficients_differ_only_in_chance() -> None:
    assert fleiss_kappa(table(YES_NO)).chance == pytest.approx(0.55**2 + 0.45**2)
    assert gwet_ac1(table(YES_NO)).chance == pytest.approx(2 * 0.55 * 0.45)
    assert brennan_prediger(table(YES_NO)).chance == pytest.approx(0.5)
    assert percent_agreement(table(YES_NO)).chance == 0


def test_kappa_fails_and_ac1_does_not_when_nearly_all_belong_in_one_category() -> None:
    rare = table([[118, 5], [2, 0]])

    assert percent_agreement(rare).value == pytest.approx(0.944)
    assert conger_kappa(rare).value < 0
    assert gwet_ac1(rare).value > 0.9


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_readers_who_always_agree_have_full_agreement(coefficient: Callable[[Readings], Coefficient]) -> None:
    found = coefficient(rows("aa", "bb", "cc", "aa"))

    assert found.value == pytest.approx(1)
    assert found.estimate().upper == 1


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_a_table_says_the_same_as_its_rows(coefficient: Callable[[Readings], Coefficient]) -> None:
    in_rows = coefficient(rows(*["aa"] * 20, *["ab"] * 5, *["ba"] * 10, *["bb"] * 15))
    in_table = coefficient(table(YES_NO))

    assert in_table.value == pytest.approx(in_rows.value)
    assert in_table.standard_error == pytest.approx(in_rows.standard_error * np.sqrt(49 / 50))


@pytest.mark.parametrize("coefficient", [fleiss_kappa, conger_kappa, krippendorff_alpha])
def test_kappa_is_not_defined_when_everybody_always_says_the_same(
    coefficient: Callable[[Readings], Coefficient],
) -> None:
    assert isnan(coefficient(rows("aa", "aa")).value)


def test_ac1_and_percent_agreement_are_defined_then() -> None:
    assert gwet_ac1(rows("aa", "aa")).value == 1
    assert percent_agreement(rows("aa", "aa")).value == 1


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_without_a_referral_read_twice_nothing_is_known(coefficient: Callable[[Readings], Coefficient]) -> None:
    assert isnan(coefficient(rows("a-", "-b")).value)


def test_a_referral_read_once_counts_in_the_prevalence_only() -> None:
    with_single = rows("aa", "bb", "ab", "b-")

    assert percent_agreement(with_single).value == pytest.approx(2 / 3)
    assert with_single.prevalence == pytest.approx([1.5 / 4, 2.5 / 4])


def test_a_referral_that_nobody_read_changes_nothing() -> None:
    assert gwet_ac1(rows("aa", "ab", "--")) == gwet_ac1(rows("aa", "ab"))


@pytest.mark.parametrize(("power", "theirs"), [(1, "linear"), (2, "quadratic")])
def test_weighted_kappa_is_that_of_statsmodels(power: int, theirs: str) -> None:
    counts = [[20, 5, 1], [10, 15, 3], [2, 3, 9]]

    assert conger_kappa(table(counts, power)).value == pytest.approx(cohens_kappa(np.array(counts), wt=theirs).kappa)


def test_weights_use_the_distances_between_numbers() -> None:
    levels = Readings.of([[1, 10], [1, 2], [2, 2]], power=1)

    assert levels.categories == (1, 2, 10)
    assert levels.w[0] == pytest.approx([1, 8 / 9, 0])


def test_fleiss_kappa_is_that_of_statsmodels() -> None:
    ours = fleiss_kappa(Readings.of(LEVELS.tolist())).value

    assert ours == pytest.approx(statsmodels_fleiss(aggregate_raters(LEVELS)[0]))


def test_the_test_of_cohens_kappa_is_that_of_statsmodels() -> None:
    ours = cohen_test(table([[20, 5, 1], [10, 15, 3], [2, 3, 9]]))
    theirs = cohens_kappa(np.array([[20, 5, 1], [10, 15, 3], [2, 3, 9]]))

    assert ours.kappa == pytest.approx(theirs.kappa)
    assert ours.z == pytest.approx(theirs.z_value)
    assert ours.p == pytest.approx(theirs.pvalue_two_sided)


def test_with_two_categories_each_has_the_kappa_of_the_whole() -> None:
    readings = rows("aab", "abb", "aaa", "bbb", "aba")
    by_category = fleiss_by_category(readings)

    assert by_category["a"].kappa == pytest.approx(by_category["b"].kappa)
    assert by_category["a"].kappa == pytest.approx(fleiss_test(readings).kappa)


def test_lights_kappa_is_the_mean_over_pairs_of_readers() -> None:
    readings = Readings.of(LEVELS.tolist())
    pairs = [conger_kappa(readings.by(*pair)).value for pair in ((0, 1), (0, 2), (1, 2))]

    assert light_kappa(readings) == pytest.approx(np.mean(pairs))


def test_full_agreement_needs_every_reader() -> None:
    assert full_agreement(rows("aaa", "aab", "aa-", "bbb")) == pytest.approx(2 / 3)


def test_the_limits_hold_the_truth_about_as_often_as_they_say() -> None:
    draw = np.random.default_rng(8)
    truth = 0.8  # readers agree on four in five, whatever the category
    samples = (draw.random(100) < truth for _ in range(300))
    limits = [percent_agreement(Readings.of([["a", "a" if same else "b"] for same in s])).estimate() for s in samples]

    assert 0.91 < np.mean([found.lower <= truth <= found.upper for found in limits]) < 0.98
