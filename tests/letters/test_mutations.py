"""500 right letters and 500 wrong ones, made from a seed: none of the right is stopped, none of the wrong passes."""

import pytest

from tests.letters.mutations import MUTATIONS, Sample, right_letters, wrong_letters
from triage.letters.linting import lint

RIGHT = right_letters(500, seed=20260312)
WRONG = wrong_letters(500, seed=20260312)


def rules_broken(sample: Sample) -> list[str]:
    recipient = sample.recipient if sample.facts else None
    faults = lint(
        sample.text, outcome=sample.outcome, language=sample.language, recipient=recipient, facts=sample.facts
    )
    return [fault.rule for fault in faults]


@pytest.mark.parametrize("sample", RIGHT, ids=lambda sample: sample.name)
def test_right_letter_is_not_stopped(sample: Sample) -> None:
    assert rules_broken(sample) == []


@pytest.mark.parametrize("sample", WRONG, ids=lambda sample: sample.name)
def test_wrong_letter_does_not_pass(sample: Sample) -> None:
    assert rules_broken(sample)


def test_letters_are_made_wrong_in_many_ways() -> None:
    assert {sample.name.split(":")[0] for sample in WRONG} == set(MUTATIONS)
    assert len(MUTATIONS) >= 20
