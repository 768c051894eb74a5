"""Limits that keep what they promise."""

import numpy as np
import pytest

from triage.classifier.calibration import (
    lower_bound,
    needed,
    promise_precision,
    promise_sensitivity,
    softmax,
    temperature,
)


@pytest.mark.parametrize(("asked", "cases"), [(0.90, 29), (0.95, 59), (0.98, 149), (0.99, 299)])
def test_a_higher_promise_needs_more_cases(asked: float, cases: int) -> None:
    assert needed(asked, confidence=0.95) == cases
    assert lower_bound(cases, cases, confidence=0.95) >= asked > lower_bound(cases - 1, cases - 1, confidence=0.95)


def test_too_few_positives_give_no_guarantee() -> None:
    promise = promise_sensitivity([0.9] * 148, asked=0.98, confidence=0.95)

    assert not promise.is_kept
    assert promise.limit == 0.9


def test_no_positives_give_no_limit_so_that_everything_is_doubted() -> None:
    assert promise_sensitivity([], asked=0.98, confidence=0.95).limit is None


def test_the_limit_may_miss_as_many_as_the_bound_allows() -> None:
    scores = [0.1, *([0.5] * 299)]  # 300 positives with one miss still surely reach 0.98

    promise = promise_sensitivity(scores, asked=0.98, confidence=0.95)

    assert (promise.limit, promise.misses, promise.is_kept) == (0.5, 1, True)


def test_a_promised_sensitivity_is_missed_no_more_often_than_its_confidence_says() -> None:
    random = np.random.default_rng(0)
    limits = [promise_sensitivity(random.random(200), asked=0.95, confidence=0.95).limit for _ in range(400)]
    missed = sum(1 - float(limit or 0) < 0.95 for limit in limits)  # the scores are uniform

    assert missed / 400 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)


def test_precision_is_promised_from_the_lowest_share_that_bears_it() -> None:
    scored = [(0.9, True)] * 120 + [(0.5, True), (0.5, False)] * 10

    promise = promise_precision(scored, asked=0.97, confidence=0.95)

    assert (promise.limit, promise.is_kept) == (0.9, True)


def test_no_share_that_is_precise_enough_gives_no_limit() -> None:
    assert promise_precision([(0.9, False), (0.8, True)], asked=0.97, confidence=0.95).limit is None


def test_temperature_undoes_exaggeration() -> None:
    random = np.random.default_rng(1)
    honest = random.normal(size=(4000, 6))
    targets = np.array([random.choice(6, p=row) for row in softmax(honest)])

    assert temperature(3 * honest, targets) == pytest.approx(3, rel=0.1)
