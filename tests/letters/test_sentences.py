"""One sentence at a time: what the linter stops, and what it leaves alone.

`sentences.yaml` is by outcome, `contradictions.yaml` by kind of contradiction. A test names the sentences that fail.
"""

from pathlib import Path

import pytest
import yaml

from triage.domain.decision import Outcome
from triage.domain.referral import Language
from triage.letters.linting import lint

HERE = Path(__file__).parent
GROUPS = yaml.safe_load((HERE / "sentences.yaml").read_text("utf-8"))
KINDS = yaml.safe_load((HERE / "contradictions.yaml").read_text("utf-8"))
OUTCOMES = {"undecided": None, **{str(outcome): outcome for outcome in Outcome}}


def is_stopped(sentence: str, outcome: str) -> bool:
    """By what it says: one sentence is no whole letter, so neither omissions nor its written form count."""
    faults = lint(sentence, outcome=OUTCOMES[outcome], language=Language.BOKMAL)
    return any(fault.start is not None and fault.rule != "wrong-language" for fault in faults)


def of_kind(kind: str, verdict: str) -> list[tuple[str, str]]:
    by_outcome = KINDS[kind].get(verdict, {})
    return [(sentence, outcome) for outcome, sentences in by_outcome.items() for sentence in sentences]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["outcome"])
def test_wrong_sentences_are_stopped(group: dict[str, list[str]]) -> None:
    assert [sentence for sentence in group["stop"] if not is_stopped(sentence, group["outcome"])] == []


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["outcome"])
def test_right_sentences_are_left_alone(group: dict[str, list[str]]) -> None:
    assert [sentence for sentence in group["pass"] if is_stopped(sentence, group["outcome"])] == []


@pytest.mark.parametrize("kind", KINDS)
def test_contradiction_is_stopped_in_every_wording(kind: str) -> None:
    assert [sentence for sentence, outcome in of_kind(kind, "stop") if not is_stopped(sentence, outcome)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_same_words_used_rightly_pass(kind: str) -> None:
    assert [sentence for sentence, outcome in of_kind(kind, "pass") if is_stopped(sentence, outcome)] == []


def test_there_are_twenty_kinds_of_contradiction() -> None:
    assert sum("stop" in verdicts for verdicts in KINDS.values()) >= 20
