from math import log

import numpy as np
import pytest

from triage.reports.rates import (
    Strata,
    byar,
    count_limits,
    dobson,
    expected_counts,
    fay_feuer,
    garwood,
    normal_quantile,
    pooled_rates,
    proportion,
    ratio,
    wilson,
)


def strata(*rows: tuple[float, float, float]) -> Strata:
    """Events, inhabitants and standard inhabitants, one row a stratum."""
    return Strata.of(*np.array(rows, dtype=float).T)


YOUNG_AND_OLD = [(10, 100, 1), (20, 100, 3)]


@pytest.mark.parametrize(("confidence", "z"), [(0.95, 1.959964), (0.998, 3.090232)])
def test_the_normal_quantile_is_two_sided(confidence: float, z: float) -> None:
    assert normal_quantile(confidence) == pytest.approx(z, rel=1e-6)


def test_the_exact_upper_limit_of_no_events_solves_the_poisson_chance_of_none() -> None:
    assert garwood(0).upper == pytest.approx(-log(0.025))
    assert garwood(0).lower == 0


@pytest.mark.parametrize(
    ("events", "lower", "upper"), [(1, 0.0253, 5.5716), (10, 4.7954, 18.3904), (100, 81.364, 121.627)]
)
def test_exact_limits_are_those_of_the_printed_tables(events: int, lower: float, upper: float) -> None:
    assert garwood(events).lower == pytest.approx(lower, rel=1e-3)
    assert garwood(events).upper == pytest.approx(upper, rel=1e-3)


def test_byars_limits_come_close_to_the_exact_ones_at_a_hundred_events() -> None:
    assert byar(100).lower == pytest.approx(garwood(100).lower, rel=1e-3)
    assert byar(100).upper == pytest.approx(garwood(100).upper, rel=1e-3)


@pytest.mark.parametrize(("events", "confidence"), [(0, 0.95), (1, 0.998)])
def test_byars_lower_limit_is_left_out_where_it_breaks_down(events: int, confidence: float) -> None:
    assert byar(events, confidence).lower is None


@pytest.mark.parametrize(("events", "method"), [(9, "exact"), (10, "byar"), (11, "byar")])
def test_counts_under_ten_get_exact_limits(events: int, method: str) -> None:
    assert count_limits(events).method == method


def test_wilson_limits_of_none_in_ten_are_by_hand() -> None:
    z2 = normal_quantile(0.95) ** 2

    assert wilson(0, 10).lower == pytest.approx(0)
    assert wilson(0, 10).upper == pytest.approx(z2 / (10 + z2))


def test_a_proportion_and_its_complement_have_mirrored_limits() -> None:
    assert wilson(3, 10).lower == pytest.approx(1 - wilson(7, 10).upper)


@pytest.mark.parametrize(("events", "trials"), [(None, 10), (3, None), (None, None), (0, 0)])
def test_a_proportion_of_something_missing_is_not_given(events: float | None, trials: float | None) -> None:
    assert proportion(events, trials).value is None


def test_a_rate_is_scaled_together_with_its_limits() -> None:
    rate = ratio(20, 1000, multiplier=1000)

    assert rate.value == 20
    assert rate.lower == pytest.approx(count_limits(20).lower)


@pytest.mark.parametrize(("events", "population"), [(None, 10), (3, None), (3, 0)])
def test_a_rate_of_nobody_is_not_given(events: float | None, population: float | None) -> None:
    assert ratio(events, population).value is None


def test_a_direct_rate_weighs_the_rates_by_the_standard() -> None:
    assert fay_feuer(strata(*YOUNG_AND_OLD)).value == pytest.approx((0.1 * 1 + 0.2 * 3) / 4)


def test_the_scale_of_the_standard_does_not_matter() -> None:
    large, small = strata((10, 100, 1000), (20, 100, 3000)), strata(*YOUNG_AND_OLD)

    assert dobson(large).upper == pytest.approx(dobson(small).upper)
    assert fay_feuer(large).upper == pytest.approx(fay_feuer(small).upper)


def test_a_stratum_without_people_breaks_the_direct_rate() -> None:
    broken = strata((0, 0, 1), (20, 100, 3))

    assert dobson(broken).value is None
    assert fay_feuer(broken).value is None


def test_a_stratum_that_the_standard_lacks_does_no_harm() -> None:
    assert fay_feuer(strata(*YOUNG_AND_OLD, (0, 0, 0))) == fay_feuer(strata(*YOUNG_AND_OLD))


@pytest.mark.parametrize(("events", "given"), [(9, False), (10, True), (11, True)])
def test_a_direct_rate_needs_ten_events(events: int, given: bool) -> None:
    assert (dobson(strata((events, 100, 1))).value is not None) is given


def test_in_one_stratum_dobsons_limits_are_byars() -> None:
    rate = dobson(strata((20, 1000, 5)), multiplier=1000)

    assert rate.value == pytest.approx(20)
    assert rate.lower == pytest.approx(byar(20).lower)
    assert rate.upper == pytest.approx(byar(20).upper)


def test_with_even_weights_the_gamma_limits_are_exact() -> None:
    rate = fay_feuer(strata((3, 100, 1), (4, 100, 1)), multiplier=200)

    assert rate.lower == pytest.approx(garwood(7).lower)
    assert rate.upper == pytest.approx(garwood(7).upper)


def test_a_gamma_rate_of_no_events_still_has_an_upper_limit() -> None:
    rate = fay_feuer(strata((0, 100, 1)), multiplier=100)

    assert rate.lower == 0
    assert rate.upper == pytest.approx(garwood(0).upper)


def test_repeat_events_widen_the_limits_and_leave_the_rate() -> None:
    once, often = strata((20, 1000, 1)), Strata.of_repeats(np.array([[10, 5]]), np.array([1000]), np.array([1]))

    assert dobson(often).value == pytest.approx(dobson(once).value)
    assert dobson(often).upper > dobson(once).upper
    assert list(often.variance) == [10 + 4 * 5]


def test_expected_counts_add_up_to_the_observed_ones() -> None:
    events, population = np.array([[1.0, 5.0], [3.0, 2.0]]), np.array([[100.0, 50.0], [300.0, 10.0]])

    expected = expected_counts(population, pooled_rates(events, population))

    assert expected.sum() == pytest.approx(events.sum())
    assert expected[0] == pytest.approx(100 * 4 / 400 + 50 * 7 / 60)


def test_a_stratum_in_which_nobody_lives_expects_nothing() -> None:
    assert pooled_rates(np.zeros((2, 1)), np.zeros((2, 1))) == pytest.approx([0])


def test_a_ratio_with_nothing_expected_is_not_given() -> None:
    assert ratio(3, 0).value is None
    assert ratio(30, 20, multiplier=100).value == pytest.approx(150)
