"""What the rules do when every alarm feature is read rightly. The letters and their patients are invented."""

from collections import Counter

import pytest

from tests.rules.gold_reading import cases, figures
from triage.paths import POLICIES
from triage.rules.book import RuleBook
from triage.rules.policy_file import load_policy


@pytest.fixture(scope="module")
def counts(book: RuleBook) -> dict[str, Counter[bool]]:
    batches = [f"dev0{number}" for number in range(1, 8)]
    return figures(cases(*batches), book, load_policy(POLICIES / "default.yaml"))


@pytest.mark.parametrize("area", ["endoscopy", "eye", "ent"])
def test_no_red_letter_is_missed(counts: dict[str, Counter[bool]], area: str) -> None:
    assert counts[f"{area} red sensitivity"][False] == 0
    assert counts[f"{area} red sensitivity"][True] >= 31


@pytest.mark.parametrize(
    ("name", "at_least"),
    [
        ("endoscopy red precision", 0.97),
        ("eye red precision", 0.88),
        ("ent red precision", 0.97),
        ("endoscopy low value precision", 0.97),
        ("eye low value precision", 0.97),
        ("ent low value precision", 0.97),
        ("endoscopy low value recall", 0.85),
        ("endoscopy acceptable", 0.92),
        ("eye acceptable", 0.92),
        ("ent acceptable", 0.90),
    ],
)
def test_figure_has_not_fallen(counts: dict[str, Counter[bool]], name: str, at_least: float) -> None:
    assert counts[name][True] / counts[name].total() >= at_least
