import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from triage.reports.flagging import (
    Adjustment,
    adjusted,
    binomial_p,
    flag_proportions,
    flag_ratios,
    poisson_p,
)

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "kommuner_midt_2026.csv"
INVENTED = np.random.default_rng(65).lognormal(8.4, 1.1, 65)
A_YEAR = 0.009  # gastroscopies an inhabitant under 55


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
    assert flagged(INVENTED, scv=0, runs=400) < 0.05


def test_a_large_true_difference_is_found() -> None:
    assert flagged(INVENTED, scv=10, runs=50) > 0.95


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference populations are not on this machine")
def test_the_same_holds_for_the_municipalities_of_central_norway() -> None:
    assert flagged(real_populations(), scv=0, runs=300) < 0.05
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
    chances = binomial_p(events, trials, share)

    assert chances.two_sided == pytest.approx(binomtest(events, trials, share).pvalue)
    assert chances.upper == pytest.approx(binomtest(events, trials, share, "greater").pvalue)
    assert chances.lower == pytest.approx(binomtest(events, trials, share, "less").pvalue)


@pytest.mark.parametrize(
    ("method", "theirs"),
    [
        (Adjustment.BENJAMINI_HOCHBERG, "fdr_bh"),
        (Adjustment.BENJAMINI_YEKUTIELI, "fdr_by"),
        (Adjustment.HOLM, "holm"),
        (Adjustment.BONFERRONI, "bonferroni"),
    ],
)
def test_adjusted_p_values_are_those_of_statsmodels(method: Adjustment, theirs: str) -> None:
    p = np.random.default_rng(3).random(40) ** 4

    assert adjusted(p, method) == pytest.approx(multipletests(p, method=theirs)[1])


def test_no_units_give_no_flags() -> None:
    assert not flag_ratios(np.array([]), np.array([])).stands_out.any()
