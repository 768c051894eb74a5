from datetime import date

import numpy as np
import pytest

from triage.reports.spc import (
    XMR_LIMIT,
    SpecialCause,
    i_chart,
    mean_moving_range,
    p_chart,
    phases,
    runs,
    special_causes,
    u_chart,
)

STEADY = [10.0, 12.0] * 6  # mean 11, every moving range 2


def series(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def causes(*values: float) -> list[SpecialCause]:
    """Of these values after a steady baseline, with limits 11 +/- 5.32."""
    frozen = np.arange(len(STEADY) + len(values)) < len(STEADY)
    chart = i_chart(series(*STEADY, *values), baseline=frozen, limit=XMR_LIMIT)
    return special_causes(chart)[len(STEADY) :]


def test_a_p_chart_has_limits_of_three_standard_errors() -> None:
    chart = p_chart(series(20, 30), series(100, 100))

    assert chart.centre == 0.25
    assert chart.upper == pytest.approx([0.25 + 3 * np.sqrt(0.25 * 0.75 / 100)] * 2)
    assert chart.lower_warning == pytest.approx([0.25 - 2 * np.sqrt(0.25 * 0.75 / 100)] * 2)


def test_shares_in_percent_stay_between_nothing_and_all() -> None:
    chart = p_chart(series(1, 0), series(5, 5), per=100)

    assert chart.centre == 10
    assert (chart.lower.min(), chart.upper.max()) == (0, pytest.approx(50.2492))


def test_a_u_chart_allows_more_where_exposure_is_less() -> None:
    chart = u_chart(series(4, 4), series(1, 4), per=10)

    assert chart.centre == 16
    assert chart.upper == pytest.approx([16 + 30 * np.sqrt(1.6), 16 + 30 * np.sqrt(0.4)])


def test_a_c_chart_is_mean_and_root_mean() -> None:
    chart = u_chart(series(2, 6, 4), np.ones(3))

    assert (chart.centre, chart.lower[0], chart.upper[0]) == (4, 0, 10)


def test_an_i_chart_uses_the_mean_moving_range() -> None:
    chart = i_chart(series(*STEADY))

    assert chart.upper[0] == pytest.approx(11 + 3 * 2 / 1.128)


def test_laneys_limits_are_wider_when_shares_vary_more_than_their_size_explains() -> None:
    events, trials = series(9000, 9500, 8800, 9700, 9100), np.full(5, 10000.0)

    assert p_chart(events, trials).outside.any()
    assert not p_chart(events, trials, laney=True).outside.any()


def test_laneys_u_limits_are_the_plain_ones_times_sigma_z() -> None:
    events, exposure = series(10, 14, 9, 20, 11), series(5, 6, 5, 7, 5)
    plain, laney = u_chart(events, exposure), u_chart(events, exposure, laney=True, screened=False)
    z = 3 * (plain.value - plain.centre) / (plain.upper - plain.centre)

    times = (laney.upper - laney.centre) / (plain.upper - plain.centre)

    assert times == pytest.approx(np.full(5, np.abs(np.diff(z)).mean() / 1.128))


def test_an_outlying_range_is_screened_away_once() -> None:
    values = series(1, 2, 1, 2, 1, 2, 1, 2, 60, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1)

    assert mean_moving_range(values) == 1
    assert mean_moving_range(values, screened=False) > 5


@pytest.mark.parametrize("values", [(), (3,), (3, 3, 3), (3, np.nan, 3)])
def test_a_series_that_does_not_move_has_no_range(values: tuple[float, ...]) -> None:
    assert mean_moving_range(series(*values)) == 0


def test_a_missing_period_is_a_gap() -> None:
    chart = p_chart(series(20, np.nan, 30), series(100, 100, 100))

    assert chart.centre == 0.25
    assert list(chart.outside) == [False, False, False]


def test_a_frozen_baseline_judges_what_comes_after() -> None:
    chart = u_chart(series(4, 4, 4, 30), np.ones(4), baseline=np.array([True, True, True, False]))

    assert chart.centre == 4
    assert list(chart.outside) == [False, False, False, True]


@pytest.mark.parametrize(("periods", "provisional"), [(19, True), (20, False), (21, False)])
def test_limits_from_fewer_than_twenty_periods_are_provisional(periods: int, provisional: bool) -> None:
    assert u_chart(np.full(periods, 4.0), np.ones(periods)).provisional is provisional


@pytest.mark.parametrize(
    ("n", "longest_allowed", "fewest_allowed"), [(10, 6, 2), (12, 7, 3), (20, 7, 6), (24, 8, 8), (36, 8, 13)]
)
def test_the_limits_of_runs_are_those_of_the_table(n: int, longest_allowed: int, fewest_allowed: int) -> None:
    found = runs(np.resize([1.0, -1.0], n), 0)

    assert (found.useful, found.longest_allowed, found.fewest_allowed) == (n, longest_allowed, fewest_allowed)
    assert not found.signal


def test_points_on_the_centre_line_do_not_count() -> None:
    found = runs(series(1, 0, 1, -1), 0)

    assert (found.useful, found.longest, found.crossings) == (3, 2, 1)


def test_a_shift_gives_a_long_run_and_few_crossings() -> None:
    found = runs(series(*[-1] * 12, *[1] * 12), 0)

    assert (found.longest, found.crossings) == (12, 1)
    assert found.signal


def test_a_series_that_never_leaves_the_line_has_no_runs() -> None:
    assert runs(series(2, 2, 2), 2) is None


@pytest.mark.parametrize(("value", "cause"), [(16.4, SpecialCause.ABOVE_LIMIT), (5.6, SpecialCause.BELOW_LIMIT)])
def test_a_point_outside_the_limits(value: float, cause: SpecialCause) -> None:
    assert causes(value) == [cause]


def test_a_point_on_the_limit_is_inside() -> None:
    assert causes(11 + 2.66 * 2) == [SpecialCause.NONE]


def test_two_of_three_near_the_upper_limit() -> None:
    assert causes(15, 12, 15) == [SpecialCause.NEAR_UPPER, SpecialCause.NONE, SpecialCause.NEAR_UPPER]


def test_two_near_the_limits_on_different_sides_are_ordinary() -> None:
    assert set(causes(15, 12, 7)) == {SpecialCause.NONE}


@pytest.mark.parametrize(("points", "found"), [(6, False), (7, True), (8, True)])
def test_seven_on_one_side_is_a_run(points: int, found: bool) -> None:
    # The steady series ends above its mean, so these lie below.
    assert (SpecialCause.LOW_RUN in causes(*np.resize([10.0, 9.0], points))) is found


def test_seven_rising_points_are_a_trend_and_the_last_direction_counts() -> None:
    rising_and_falling = causes(9, 10, 10.5, 11.5, 12, 12.5, 13, 12.4, 11.9, 11.8, 10.4, 10.3, 9.5)

    assert rising_and_falling[0] is SpecialCause.RISING
    assert rising_and_falling[6] is SpecialCause.FALLING
    assert rising_and_falling[-1] is SpecialCause.FALLING


@pytest.mark.parametrize(
    ("cause", "better", "judgement"),
    [
        (SpecialCause.HIGH_RUN, "decrease", "special_cause_concern"),
        (SpecialCause.HIGH_RUN, "increase", "special_cause_improvement"),
        (SpecialCause.FALLING, "decrease", "special_cause_improvement"),
        (SpecialCause.RISING, "neutral", "special_cause_neutral_high"),
        (SpecialCause.NEAR_LOWER, "neutral", "special_cause_neutral_low"),
        (SpecialCause.NONE, "decrease", "common_cause"),
    ],
)
def test_a_cause_is_judged_by_which_way_is_better(cause: SpecialCause, better: str, judgement: str) -> None:
    assert cause.judged(better) == judgement


def test_phases_begin_at_named_dates() -> None:
    months = [date(2024, month, 1) for month in range(5, 13)]

    assert phases(months, [date(2024, 9, 1)]) == [slice(0, 4), slice(4, 8)]


@pytest.mark.parametrize("day", [date(2024, 1, 1), date(2025, 1, 1)])
def test_a_date_outside_the_series_makes_no_phase(day: date) -> None:
    months = [date(2024, month, 1) for month in range(5, 13)]

    assert phases(months, [day]) == [slice(0, 8)]
