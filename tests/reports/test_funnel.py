from math import sin

import numpy as np
import pytest

from triage.reports.funnel import (
    Significance,
    axis_points,
    binomial_limits,
    inverted_expected,
    poisson_limits,
    proportion_limits,
    proportion_significance,
    ratio_significance,
)
from triage.reports.intervals import garwood, normal_quantile, wilson
from triage.reports.overdispersion import (
    Overdispersion,
    arcsine,
    kept_by_truncation,
    log_count_ratio,
    log_ratio,
    overdispersion,
    sqrt_ratio,
    winsorised,
)

EXPECTED = np.array([2.0, 20.0, 200.0])


def test_poisson_limits_narrow_around_the_target() -> None:
    limits = poisson_limits(EXPECTED, 0.95)

    assert np.all(np.diff(limits.upper - limits.lower) < 0)
    assert np.all((limits.lower < 1) & (limits.upper > 1))


def test_the_outer_limits_lie_outside_the_inner_ones() -> None:
    inner, outer = poisson_limits(EXPECTED, 0.95), poisson_limits(EXPECTED, 0.998)

    assert np.all(outer.lower < inner.lower)
    assert np.all(outer.upper > inner.upper)


@pytest.mark.parametrize(("trials", "lower", "upper"), [(10, 2, 8), (20, 6, 14), (1, 0, 1)])
def test_binomial_limits_are_counts_from_the_table(trials: int, lower: int, upper: int) -> None:
    limits = binomial_limits(np.array([float(trials)]), 0.5, 0.95)

    assert limits.lower * trials == pytest.approx([lower])
    assert limits.upper * trials == pytest.approx([upper])


def test_a_share_on_the_control_limit_has_a_wilson_limit_on_the_benchmark() -> None:
    upper = float(proportion_limits(np.array([400.0]), 0.3, 0.95).upper[0])

    assert wilson(upper * 400, 400).lower == pytest.approx(0.3)


def test_the_inverted_limits_of_a_count_are_its_exact_limits() -> None:
    assert inverted_expected(7, 0.95) == (garwood(7).upper, garwood(7).lower)


@pytest.mark.parametrize(
    ("observed", "expected", "found"),
    [
        (20, 20, Significance.NONE),
        (30, 20, Significance.HIGH_95),
        (45, 20, Significance.HIGH_998),
        (11, 20, Significance.LOW_95),
        (5, 20, Significance.LOW_998),
        (0, 2, Significance.NONE),
    ],
)
def test_a_ratio_is_judged_against_the_limits_of_its_count(observed: int, expected: float, found: Significance) -> None:
    assert ratio_significance(observed, expected) is found


@pytest.mark.parametrize(
    ("events", "found"),
    [
        (50, Significance.NONE),
        (61, Significance.HIGH_95),
        (70, Significance.HIGH_998),
        (39, Significance.LOW_95),
        (30, Significance.LOW_998),
    ],
)
def test_a_share_is_judged_against_the_control_limits(events: int, found: Significance) -> None:
    assert proportion_significance(events, 100, 0.5) is found


def test_the_curve_is_drawn_from_one_to_beyond_the_largest_unit() -> None:
    points = axis_points(100, 5000)

    assert points[0] == 1
    assert points[-1] > 5000
    assert len(points) == len(set(points)) == 100


def test_the_curve_starts_near_the_smallest_of_units_of_like_size() -> None:
    assert axis_points(6000, 9000)[0] == 5000


def test_without_spread_beyond_chance_nothing_is_added() -> None:
    assert overdispersion(np.array([1.0, -1.0]), np.array([0.5, 0.5])) == Overdispersion(1.0, 0.0)


def test_the_variance_between_units_is_by_hand() -> None:
    # n phi - (n - 1) = 2 x 4 - 1 = 7; w = 4 each, so 8 - 32/8 = 4.
    assert overdispersion(np.array([2.0, -2.0]), np.array([0.5, 0.5])) == Overdispersion(4.0, 1.75)


def test_square_root_limits_are_squared_back() -> None:
    limits = sqrt_ratio(EXPECTED, EXPECTED).limits(0.95, tau2=0.01)
    half = normal_quantile(0.95) * np.sqrt(1 / (4 * EXPECTED) + 0.01)

    assert limits.upper == pytest.approx((1 + half) ** 2)
    assert limits.lower == pytest.approx(np.maximum(1 - half, 0) ** 2)


def test_arcsine_limits_are_shares() -> None:
    limits = arcsine(np.array([1.0, 3.0]), np.array([2.0, 6.0])).limits(0.998)

    assert np.all((limits.lower >= 0) & (limits.upper <= 1))
    assert arcsine(np.array([1.0]), np.array([4.0])).back(np.array([0.5])) == pytest.approx([sin(0.5) ** 2])


def test_every_scale_puts_a_unit_on_the_benchmark_at_zero() -> None:
    even = np.array([10.0, 20.0])

    assert log_ratio(even, even).z == pytest.approx([0, 0])
    assert sqrt_ratio(even, even).z == pytest.approx([0, 0])
    assert arcsine(even, 2 * even).z == pytest.approx([0, 0])
    assert log_count_ratio(even, even).z == pytest.approx([0, 0])


def test_winsorising_draws_in_the_extremes() -> None:
    assert winsorised(np.arange(11.0)) == pytest.approx([1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9])


def test_truncation_leaves_out_the_lowest_and_highest_tenth() -> None:
    assert list(np.flatnonzero(~kept_by_truncation(np.arange(20.0)))) == [0, 1, 18, 19]


def test_a_unit_without_events_is_truncated_away_on_the_log_scale() -> None:
    scale = log_ratio(np.array([0.0, *[20.0] * 18, 21.0]), np.full(20, 20.0))

    assert not kept_by_truncation(scale.z)[0]
