"""Sentences that the linter has no rules for and never learnt from: most of the wrong and few of the right stop."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.letters.builders import POLICY, TEMPLATES, a_draft, some_facts
from tests.letters.learn_topics import LEARNT, finding_names
from triage.domain.decision import Outcome
from triage.domain.letter import LetterKind, Recipient
from triage.letters.topics import strays
from triage.letters.writing import draft_letters
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


def oblique(verdict: str, *fields: str) -> list[tuple[str, str, str]]:
    found = (entry for entry in OBLIQUE if entry["field"] in fields)
    return [(entry["field"], entry["outcome"], sentence) for entry in found for sentence in entry.get(verdict, [])]


def is_stopped_in(field: str, kind: str, sentence: str) -> bool:
    """When it is added to that field of a right decision, or is all that stands there."""
    facts = some_facts(LetterKind(kind), reason="") if kind == "emergency" else some_facts(LetterKind(kind))
    consent = replace(facts.consent, scope=sentence) if facts.consent else None
    said: dict[str, Any] = {
        "reason": {"reason": f"{facts.reason} {sentence}"},
        "advice": {"advice": (*facts.advice, sentence)},
        "warning_signs": {"warning_signs": (*facts.warning_signs, sentence)},
        "scope": {"consent": consent},
    }
    drafts = draft_letters(replace(facts, **said.get(field, {field: sentence})), policy=POLICY, templates=TEMPLATES)
    return any(draft.faults for draft in drafts)


HEALTH = ("reason", "advice", "warning_signs")
OTHERS = ("corrects", "scope", "emergency_contact")


def test_four_in_five_contradictions_said_sideways_are_stopped_in_every_field() -> None:
    wrong = oblique("stop", *HEALTH)

    assert len(wrong) == 100
    assert sum(is_stopped_in(*one) for one in wrong) >= 80


def test_right_words_in_every_field_are_seldom_stopped() -> None:
    right = oblique("pass", *HEALTH)

    assert len(right) == 80
    assert sum(is_stopped_in(*one) for one in right) <= 4


@pytest.mark.parametrize("field", OTHERS)
def test_what_does_not_belong_in_a_correction_a_consent_or_a_note_of_a_call_is_stopped(field: str) -> None:
    wrong, right = oblique("stop", field), oblique("pass", field)

    assert (len(wrong), len(right)) == (10, 10)
    assert sum(is_stopped_in(*one) for one in wrong) >= 7
    assert sum(is_stopped_in(*one) for one in right) <= 1


@pytest.mark.parametrize("outcome", LEARNT)
def test_what_the_program_itself_fills_in_is_left_alone(outcome: Outcome) -> None:
    filled_in = [say.format(name) for says in _SAYS.values() for say in says for name in finding_names()]

    assert [words for words in filled_in if strays(words, outcome)] == []
