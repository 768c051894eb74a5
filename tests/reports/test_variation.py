import numpy as np
import pytest
from scipy.stats import nbinom

from triage.reports.variation import (
    chi_square,
    clayton_kaldor,
    coefficient_of_variation,
    deciles,
    extremal_quotient,
    gamma_shape,
    gamma_variance,
    homogeneity_p,
    log_systematic_component,
    marshall,
    percent_rank,
    quantile_groups,
    quantile_ratio,
    shrunken_ratios,
    summary,
    systematic_component,
)

POPULATIONS = np.random.default_rng(65).lognormal(8.4, 1.1, 65)


def simulated(scv: float, seed: int, *, total: float = 4400) -> tuple[np.ndarray, np.ndarray]:
    """A year of 65 units whose true ratios vary with this SCV, in percent."""
    draw = np.random.default_rng(seed)
    true = draw.gamma(100 / scv, scv / 100, 65) if scv else np.ones(65)
    expected = POPULATIONS / POPULATIONS.sum() * total
    observed = draw.poisson(expected * true).astype(float)
    return observed, expected * observed.sum() / expected.sum()


def log_likelihood(variance: float, observed: np.ndarray, expected: np.ndarray) -> float:
    size = 1 / variance
    return float(nbinom.logpmf(observed, size, size / (size + expected)).sum())


@pytest.mark.parametrize(("drop", "quotient"), [(0, 16), (1, 4), (2, 1)])
def test_extremal_quotients_leave_out_from_both_ends(drop: int, quotient: float) -> None:
    assert extremal_quotient(np.array([4.0, 1.0, 16.0, 2.0, 8.0]), drop) == quotient


def test_a_quotient_over_nothing_is_infinite_and_of_too_few_units_undefined() -> None:
    assert np.isinf(extremal_quotient(np.array([0.0, 2.0])))
    assert np.isnan(extremal_quotient(np.array([1.0, 2.0]), 1))


def test_the_coefficient_of_variation_divides_by_one_less() -> None:
    assert coefficient_of_variation(np.array([1.0, 2.0, 3.0])) == pytest.approx(50)


def test_the_systematic_component_can_be_below_zero() -> None:
    assert systematic_component(np.array([12.0, 8.0]), np.array([10.0, 10.0])) == pytest.approx(0.04 - 0.1)


def test_the_log_form_is_not_defined_without_events() -> None:
    assert log_systematic_component(np.array([0.0, 8.0]), np.array([10.0, 10.0])) is None
    assert log_systematic_component(np.array([10.0, 10.0]), np.array([10.0, 10.0])) == pytest.approx(-0.1)


def test_homogeneity_is_pearsons_chi_square() -> None:
    units = np.array([12.0, 8.0]), np.array([10.0, 10.0])

    assert chi_square(*units) == pytest.approx(0.8)
    assert homogeneity_p(*units) == pytest.approx(0.3711, abs=1e-4)


def test_the_gamma_shape_maximises_the_likelihood() -> None:
    observed, expected = simulated(8, seed=2)
    variance = 1 / float(gamma_shape(observed, expected))
    best = log_likelihood(variance, observed, expected)

    assert best > log_likelihood(variance * 1.01, observed, expected)
    assert best > log_likelihood(variance * 0.99, observed, expected)


def test_the_limits_of_the_variance_are_where_the_likelihood_has_fallen_by_half_a_chi_square() -> None:
    observed, expected = simulated(8, seed=2)
    best = log_likelihood(1 / float(gamma_shape(observed, expected)), observed, expected)
    limits = gamma_variance(observed, expected)

    assert best - log_likelihood(limits.lower, observed, expected) == pytest.approx(3.841459 / 2, rel=1e-4)
    assert best - log_likelihood(limits.upper, observed, expected) == pytest.approx(3.841459 / 2, rel=1e-4)


def test_units_that_all_do_as_expected_show_no_variation() -> None:
    expected = np.array([10.0, 20.0, 30.0])

    assert np.isinf(gamma_shape(expected, expected))
    assert gamma_variance(expected, expected).lower == 0
    assert shrunken_ratios(expected, expected, np.inf) == pytest.approx([1, 1, 1])


def test_simulated_years_are_solved_as_if_one_by_one() -> None:
    years = [simulated(8, seed) for seed in (3, 4)]
    expected = years[0][1]
    observed = np.array([year[0] for year in years])

    together = gamma_shape(observed, expected)

    assert together == pytest.approx([float(gamma_shape(row, expected)) for row in observed])


def test_a_small_unit_is_drawn_to_one_and_a_large_one_is_not() -> None:
    assert shrunken_ratios(np.array([0.0, 0.0]), np.array([10.0, 990.0]), 10) == pytest.approx([0.5, 0.01])


def test_the_two_parameter_prior_agrees_with_the_simple_one_when_the_mean_is_one() -> None:
    observed, expected = simulated(8, seed=2)
    nu, alpha = clayton_kaldor(observed, expected, turns=500, tolerance=1e-9)

    assert nu / alpha == pytest.approx(1, abs=0.05)
    assert alpha == pytest.approx(float(gamma_shape(observed, expected)), rel=0.3)


def test_marshalls_rates_lie_between_the_raw_rate_and_the_mean() -> None:
    events, population = np.array([0.0, 30.0, 40.0]), np.array([100.0, 1000.0, 1000.0])
    _, rates = marshall(events, population)

    assert 0 < rates[0] < 70 / 2100 < rates[2] < 0.04


def test_marshalls_variance_is_never_negative() -> None:
    assert marshall(np.array([3.0, 3.0]), np.array([100.0, 100.0]))[0] == 0


def test_the_quantile_ratio_leaves_out_the_extreme_fifths() -> None:
    assert quantile_ratio(np.array([0.1, 1.0, 1.0, 1.0, 2.0, 9.0])) == pytest.approx(2)


def test_without_true_differences_the_summary_lies_within_chance() -> None:
    found = summary(*simulated(0, seed=5), runs=400)

    assert not any(measure.beyond_chance for measure in found.values())


def test_true_differences_are_beyond_chance() -> None:
    found = summary(*simulated(10, seed=6), runs=400)

    assert found["SCV"].beyond_chance
    assert found["systematic"].beyond_chance
    assert found["EQ80/20"].beyond_chance
    assert found["chi_square"].beyond_chance


def test_chance_alone_gives_what_looks_like_variation_among_small_municipalities() -> None:
    chance = summary(*simulated(0, seed=5), runs=400)["FT2"].least_by_chance

    assert chance > 1.2


def test_the_same_seed_gives_the_same_summary() -> None:
    year = simulated(3, seed=7)

    assert summary(*year, runs=100, seed=9) == summary(*year, runs=100, seed=9)


@pytest.mark.parametrize("observed", [[5.0], [0.0, 0.0]])
def test_too_little_to_compare_gives_no_measures(observed: list[float]) -> None:
    found = summary(np.array(observed), np.ones(len(observed)))

    assert all(measure.value is None for measure in found.values())


def test_deciles_are_interpolated() -> None:
    assert deciles([0, 10, None]) == pytest.approx([1, 2, 3, 4, 5, 6, 7, 8, 9])


@pytest.mark.parametrize(
    ("values", "ranks"),
    [
        ([3, 1, 2], [1, 0, 0.5]),
        ([1, 1, 5], [0, 0, 1]),
        ([1, None, 2], [0, None, 1]),
        ([7], [None]),
    ],
)
def test_percent_rank_gives_ties_the_lowest_rank(values: list[float | None], ranks: list[float | None]) -> None:
    assert percent_rank(values) == ranks


@pytest.mark.parametrize(
    ("values", "highest_first", "groups"),
    [
        ([10, 20, 30, 40], False, [1, 1, 2, 2]),
        ([10, 20, 30, 40], True, [2, 2, 1, 1]),
        ([10, None, 30, 40], False, [1, None, 1, 2]),
        ([10], False, [None]),
    ],
)
def test_units_are_dealt_into_halves(values: list[float | None], highest_first: bool, groups: list[int | None]) -> None:
    assert quantile_groups(values, 2, highest_first=highest_first) == groups
