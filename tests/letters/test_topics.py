"""Sentences that the linter has no rules for and never learnt from: most of the wrong and few of the right stop."""

from pathlib import Path

import pytest
import yaml

from tests.letters.builders import a_draft, some_facts
from tests.letters.learn_topics import LEARNT, finding_names
from triage.domain.decision import Outcome
from triage.domain.letter import LetterKind, Recipient
from triage.letters.topics import strays
from triage.web.pages.evidence import _SAYS

KINDS = yaml.safe_load((Path(__file__).parent / "unseen.yaml").read_text("utf-8"))
OBLIQUE = yaml.safe_load((Path(__file__).parent / "oblique.yaml").read_text("utf-8"))


def is_stopped(sentence: str, outcome: str) -> bool:
    """As part of the reason in a letter with that outcome."""
    kind = LetterKind(outcome)
    return bool(a_draft(kind, Recipient.PATIENT, reason=f"{some_facts(kind).reason} {sentence}").faults)


def of(verdict: str) -> list[tuple[str, str]]:
    found = (kind[verdict] for kind in KINDS.values() if verdict in kind)
    return [(sentence, outcome) for by_outcome in found for outcome, said in by_outcome.items() for sentence in said]


def test_nine_in_ten_contradictions_in_new_words_are_stopped() -> None:
    wrong = of("stop")

    assert len(wrong) == 84
    assert sum(is_stopped(*one) for one in wrong) >= 76


def test_right_sentences_in_new_words_are_seldom_stopped() -> None:
    right = of("pass")

    assert len(right) == 56
    assert sum(is_stopped(*one) for one in right) <= 3


def oblique(verdict: str) -> list[tuple[str, str, str]]:
    return [(entry["field"], entry["outcome"], sentence) for entry in OBLIQUE for sentence in entry[verdict]]


def is_stopped_in(field: str, outcome: str, sentence: str) -> bool:
    """When it is added to that field of a right decision."""
    facts = some_facts(LetterKind(outcome))
    said = {"reason": f"{facts.reason} {sentence}", "advice": (*facts.advice, sentence)}
    said["warning_signs"] = (*facts.warning_signs, sentence)
    return bool(a_draft(facts.kind, Recipient.PATIENT, **{field: said[field]}).faults)


def test_four_in_five_contradictions_said_sideways_are_stopped_in_every_field() -> None:
    wrong = oblique("stop")

    assert len(wrong) == 60
    assert sum(is_stopped_in(*one) for one in wrong) >= 48


def test_right_words_in_every_field_are_seldom_stopped() -> None:
    right = oblique("pass")

    assert len(right) == 40
    assert sum(is_stopped_in(*one) for one in right) <= 3


@pytest.mark.parametrize("outcome", LEARNT)
def test_what_the_program_itself_fills_in_is_left_alone(outcome: Outcome) -> None:
    filled_in = [say.format(name) for says in _SAYS.values() for say in says for name in finding_names()]

    assert [words for words in filled_in if strays(words, outcome)] == []
