import csv
from math import sin
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from triage.reports.funnel import (
    arcsine,
    axis_points,
    binomial_limits,
    binomial_p,
    flag_proportions,
    flag_ratios,
    kept_by_truncation,
    log_count_ratio,
    log_ratio,
    overdispersion,
    poisson_limits,
    poisson_p,
    proportion_limits,
    proportion_significance,
    ratio_significance,
    sqrt_ratio,
    winsorised,
)
from triage.reports.rates import normal_quantile, wilson

EXPECTED = np.array([2.0, 20.0, 200.0])
REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "kommuner_midt_2026.csv"
INVENTED = np.random.default_rng(65).lognormal(8.4, 1.1, 65)
A_YEAR = 0.009  # gastroscopies an inhabitant under 55


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


@pytest.mark.parametrize(
    ("observed", "expected", "found"),
    [
        (20, 20, 0),
        (30, 20, 0.95),
        (45, 20, 0.998),
        (11, 20, -0.95),
        (5, 20, -0.998),
        (0, 2, 0),
    ],
)
def test_a_ratio_is_judged_against_the_limits_of_its_count(observed: int, expected: float, found: float) -> None:
    assert ratio_significance(observed, expected) == found


@pytest.mark.parametrize(
    ("events", "found"),
    [
        (50, 0),
        (61, 0.95),
        (70, 0.998),
        (39, -0.95),
        (30, -0.998),
    ],
)
def test_a_share_is_judged_against_the_control_limits(events: int, found: float) -> None:
    assert proportion_significance(events, 100, 0.5) == found


def test_the_curve_is_drawn_from_one_to_beyond_the_largest_unit() -> None:
    points = axis_points(100, 5000)

    assert points[0] == 1
    assert points[-1] > 5000
    assert len(points) == len(set(points)) == 100


def test_the_curve_starts_near_the_smallest_of_units_of_like_size() -> None:
    assert axis_points(6000, 9000)[0] == 5000


def test_without_spread_beyond_chance_nothing_is_added() -> None:
    assert overdispersion(np.array([1.0, -1.0]), np.array([0.5, 0.5])) == (1.0, 0.0)


def test_the_variance_between_units_is_by_hand() -> None:
    # n phi - (n - 1) = 2 x 4 - 1 = 7; w = 4 each, so 8 - 32/8 = 4.
    assert overdispersion(np.array([2.0, -2.0]), np.array([0.5, 0.5])) == (4.0, 1.75)


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


def flagged(population: np.ndarray, *, scv: float, runs: int, seed: int = 1) -> float:
    """Share of simulated years in which any unit is said to stand out. `scv` in percent."""
    draw = np.random.default_rng(seed)
    mean = population * A_YEAR
    years = (draw.poisson(mean * (draw.gamma(100 / scv, scv / 100, len(mean)) if scv else 1)) for _ in range(runs))
    return float(np.mean([flag_ratios(y.astype(float), mean * y.sum() / mean.sum()).stands_out.any() for y in years]))


def real_populations() -> np.ndarray:
    with REFERENCE.open(encoding="utf-8") as file:
        return np.array([float(row["innbyggere_under55_2026"]) for row in csv.DictReader(file)])


def test_with_no_true_difference_fewer_than_one_report_in_twenty_names_a_unit() -> None:
    assert flagged(INVENTED, scv=0, runs=120) < 0.05


def test_a_large_true_difference_is_found() -> None:
    assert flagged(INVENTED, scv=10, runs=50) > 0.95


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference populations are not on this machine")
def test_the_same_holds_for_the_municipalities_of_central_norway() -> None:
    assert flagged(real_populations(), scv=0, runs=100) < 0.05
    assert flagged(real_populations(), scv=10, runs=30) > 0.95


def test_one_unit_that_is_far_off_is_the_one_that_stands_out() -> None:
    expected = np.full(10, 50.0)
    observed = np.array([50.0] * 9 + [100.0])

    assert list(np.flatnonzero(flag_ratios(observed, expected).stands_out)) == [9]


def test_a_unit_outside_the_limits_does_not_stand_out_among_very_many() -> None:
    expected = np.full(400, 50.0)
    observed = np.array([50.0] * 399 + [76.0])
    flags = flag_ratios(observed, expected)

    assert flags.outside[-1]
    assert not flags.stands_out[-1]


def test_shares_are_flagged_against_the_pooled_share() -> None:
    flags = flag_proportions(np.array([50.0, 50.0, 90.0]), np.array([200.0, 200.0, 200.0]))

    assert list(flags.stands_out) == [False, False, True]


@pytest.mark.parametrize(("observed", "expected", "p"), [(0, 2, 0.2782), (3, 3, 1.0), (10, 3, 0.0011)])
def test_the_poisson_p_is_by_the_table(observed: float, expected: float, p: float) -> None:
    assert poisson_p(observed, expected) == pytest.approx(p, abs=5e-4)


def test_a_count_far_beyond_reach_still_has_a_p() -> None:
    assert poisson_p(5000, 10) == 0
    assert 0 < poisson_p(0, 300) < 1e-100


@pytest.mark.parametrize(("events", "trials", "share"), [(0, 10, 0.1), (5, 10, 0.5), (41, 143, 0.12), (400, 4200, 0.1)])
def test_the_binomial_p_is_that_of_the_exact_test(events: int, trials: int, share: float) -> None:
    counts = np.arange(trials + 1)
    chance = binom.pmf(counts, trials, share)
    no_likelier = chance <= chance[events] * (1 + 1e-7)
    by_hand = (chance[counts <= events].sum(), chance[counts >= events].sum(), chance[no_likelier].sum())

    assert binomial_p(events, trials, share) == pytest.approx(by_hand)


def test_no_units_give_no_flags() -> None:
    assert not flag_ratios(np.array([]), np.array([])).stands_out.any()
