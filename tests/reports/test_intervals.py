from math import log

import pytest

from triage.reports.intervals import byar, count_limits, crude_rate, garwood, normal_quantile, proportion, wilson


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
    rate = crude_rate(20, 1000, multiplier=1000)

    assert rate.value == 20
    assert rate.interval.lower == pytest.approx(count_limits(20).lower)


@pytest.mark.parametrize(("events", "population"), [(None, 10), (3, None), (3, 0)])
def test_a_rate_of_nobody_is_not_given(events: float | None, population: float | None) -> None:
    assert crude_rate(events, population).value is None
