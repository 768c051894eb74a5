"""One sentence at a time: what the linter stops, and what it leaves alone (`sentences.yaml`)."""

from pathlib import Path

import pytest
import yaml

from triage.domain.decision import Outcome
from triage.domain.letter import LetterFault
from triage.letters.linting import lint
from triage.letters.measures import likely_language

GROUPS = yaml.safe_load((Path(__file__).parent / "sentences.yaml").read_text("utf-8"))
OUTCOMES = {"undecided": None, **{str(outcome): outcome for outcome in Outcome}}
STOP = [(group["outcome"], sentence) for group in GROUPS for sentence in group["stop"]]
PASS = [(group["outcome"], sentence) for group in GROUPS for sentence in group["pass"]]


def faults_at_a_place(sentence: str, outcome: str) -> list[LetterFault]:
    """Without the faults of omission: one sentence is not a whole letter."""
    faults = lint(sentence, outcome=OUTCOMES[outcome], language=likely_language(sentence))
    return [fault for fault in faults if fault.start is not None]


@pytest.mark.parametrize(("outcome", "sentence"), STOP)
def test_wrong_sentence_is_stopped(outcome: str, sentence: str) -> None:
    assert faults_at_a_place(sentence, outcome)


@pytest.mark.parametrize(("outcome", "sentence"), PASS)
def test_right_sentence_is_left_alone(outcome: str, sentence: str) -> None:
    assert faults_at_a_place(sentence, outcome) == []
