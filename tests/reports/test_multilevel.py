from math import exp, log

import numpy as np
import pytest

from triage.reports.multilevel import random_intercept


def units(spread: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Sixty units of 20 to 200 referrals whose log odds vary with this standard deviation around one in three."""
    draw = np.random.default_rng(seed)
    trials = draw.integers(20, 200, 60).astype(float)
    share = 1 / (1 + np.exp(log(2) - spread * draw.standard_normal(60)))
    return draw.binomial(trials.astype(int), share).astype(float), trials


def test_units_that_are_alike_have_no_variance() -> None:
    model = random_intercept(np.full(10, 20.0), np.full(10, 60.0))

    assert model.variance == pytest.approx(0, abs=1e-4)
    assert model.median_odds_ratio == pytest.approx(1, abs=0.01)
    assert model.shrunken == pytest.approx(np.full(10, 1 / 3), abs=1e-3)


def test_a_known_variance_is_recovered() -> None:
    model = random_intercept(*units(0.6))

    assert model.intercept == pytest.approx(-log(2), abs=0.25)
    assert model.variance == pytest.approx(0.36, abs=0.15)


def test_the_median_odds_ratio_follows_from_the_variance() -> None:
    model = random_intercept(*units(0.6))

    assert model.median_odds_ratio == pytest.approx(exp((2 * model.variance) ** 0.5 * 0.6745), rel=1e-4)


def test_a_small_unit_is_drawn_in_more_than_a_large_one_with_the_same_share() -> None:
    events, trials = units(0.6)
    model = random_intercept(np.append(events, [4.0, 400.0]), np.append(trials, [5.0, 500.0]))

    assert model.shrunken[-2] < model.shrunken[-1] < 0.8


@pytest.mark.parametrize("events", [0.0, 30.0])
def test_a_unit_where_none_or_all_have_it_is_no_obstacle(events: float) -> None:
    known = units(0.6)
    model = random_intercept(np.append(known[0], events), np.append(known[1], 30.0))

    assert np.isfinite(model.effects).all()
