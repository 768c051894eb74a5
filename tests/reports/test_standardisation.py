import numpy as np
import pytest

from triage.reports.intervals import byar, garwood
from triage.reports.standardisation import (
    Stratum,
    direct_rate,
    dobson,
    expected_counts,
    fay_feuer,
    pooled_rates,
    repeat_events,
    standardised_ratio,
)

YOUNG_AND_OLD = [Stratum(10, 100, 1), Stratum(20, 100, 3)]


def test_a_direct_rate_weighs_the_rates_by_the_standard() -> None:
    assert direct_rate(YOUNG_AND_OLD).rate == pytest.approx((0.1 * 1 + 0.2 * 3) / 4)


def test_the_scale_of_the_standard_does_not_matter() -> None:
    large = [Stratum(10, 100, 1000), Stratum(20, 100, 3000)]

    assert direct_rate(large) == direct_rate(YOUNG_AND_OLD)


@pytest.mark.parametrize("strata", [[], [Stratum(0, 0, 1), Stratum(20, 100, 3)]])
def test_a_stratum_without_people_breaks_the_direct_rate(strata: list[Stratum]) -> None:
    assert direct_rate(strata) is None
    assert dobson(strata).value is None
    assert fay_feuer(strata).value is None


def test_a_stratum_that_the_standard_lacks_does_no_harm() -> None:
    assert direct_rate([*YOUNG_AND_OLD, Stratum(0, 0, 0)]).rate == direct_rate(YOUNG_AND_OLD).rate


@pytest.mark.parametrize(("events", "given"), [(9, False), (10, True), (11, True)])
def test_a_direct_rate_needs_ten_events(events: int, given: bool) -> None:
    assert (dobson([Stratum(events, 100, 1)]).value is not None) is given


def test_in_one_stratum_dobsons_limits_are_byars() -> None:
    rate = dobson([Stratum(20, 1000, 5)], multiplier=1000)

    assert rate.value == pytest.approx(20)
    assert rate.interval.lower == pytest.approx(byar(20).lower)
    assert rate.interval.upper == pytest.approx(byar(20).upper)


def test_with_even_weights_the_gamma_limits_are_exact() -> None:
    rate = fay_feuer([Stratum(3, 100, 1), Stratum(4, 100, 1)], multiplier=200)

    assert rate.interval.lower == pytest.approx(garwood(7).lower)
    assert rate.interval.upper == pytest.approx(garwood(7).upper)


def test_a_gamma_rate_of_no_events_still_has_an_upper_limit() -> None:
    rate = fay_feuer([Stratum(0, 100, 1)], multiplier=100)

    assert rate.interval.lower == 0
    assert rate.interval.upper == pytest.approx(garwood(0).upper)


def test_repeat_events_widen_the_limits_and_leave_the_rate() -> None:
    once, often = [Stratum(20, 1000, 1)], [repeat_events([10, 5], 1000, 1)]

    assert dobson(often).value == dobson(once).value
    assert dobson(often).interval.upper > dobson(once).interval.upper
    assert often[0].variance == 10 + 4 * 5


def test_expected_counts_add_up_to_the_observed_ones() -> None:
    events, population = np.array([[1.0, 5.0], [3.0, 2.0]]), np.array([[100.0, 50.0], [300.0, 10.0]])

    expected = expected_counts(population, pooled_rates(events, population))

    assert expected.sum() == pytest.approx(events.sum())
    assert expected[0] == pytest.approx(100 * 4 / 400 + 50 * 7 / 60)


def test_a_stratum_in_which_nobody_lives_expects_nothing() -> None:
    assert pooled_rates(np.zeros((2, 1)), np.zeros((2, 1))) == pytest.approx([0])


def test_a_ratio_with_nothing_expected_is_not_given() -> None:
    assert standardised_ratio(3, 0).value is None
    assert standardised_ratio(30, 20, multiplier=100).value == pytest.approx(150)
