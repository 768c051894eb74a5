"""500 right letters and 500 wrong ones, made from a seed: none of the right is stopped, none of the wrong passes."""

from dataclasses import replace

import pytest

from tests.letters.mutations import MUTATIONS, Sample, right_letters, wrong_letters
from triage.domain.letter import LetterKind
from triage.letters.linting import lint

RIGHT = right_letters(500, seed=20260312)
WRONG = wrong_letters(500, seed=20260312)


def is_stopped(sample: Sample) -> bool:
    recipient = sample.recipient if sample.facts else None
    return bool(
        lint(sample.text, outcome=sample.outcome, language=sample.language, recipient=recipient, facts=sample.facts)
    )


@pytest.mark.parametrize("kind", list(LetterKind))
def test_right_letters_are_not_stopped(kind: LetterKind) -> None:
    assert [sample.name for sample in RIGHT if sample.parts.kind is kind and is_stopped(sample)] == []


def test_right_letters_are_not_stopped_by_what_their_decision_says() -> None:
    known = (replace(sample, facts=sample.parts) for sample in RIGHT)

    assert [sample.name for sample in known if is_stopped(sample)] == []


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_letters_made_wrong_do_not_pass(mutation: str) -> None:
    wrong = [sample for sample in WRONG if sample.name.startswith(f"{mutation}:")]

    assert wrong
    assert [sample.name for sample in wrong if not is_stopped(sample)] == []


def test_letters_are_made_wrong_in_many_ways() -> None:
    assert (len(RIGHT), len(WRONG)) == (500, 500)
    assert len(MUTATIONS) >= 20
