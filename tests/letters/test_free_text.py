"""What a reviewer types into a decision: contradictions are stopped in every wording, and harmless words pass."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.letters.builders import a_draft, some_facts
from triage.domain.letter import LetterKind, Recipient
from triage.domain.referral import Language

ENTRIES = yaml.safe_load((Path(__file__).parent / "free_text.yaml").read_text("utf-8"))


def rules_broken(entry: dict[str, Any], text: str) -> set[str]:
    """By the letter to the patient when the sentence is added to what its decision says."""
    facts = some_facts(LetterKind(entry["kind"]), Language(entry["language"]))
    said = {"reason": f"{facts.reason} {text}", "advice": (*facts.advice, text)}
    field = entry.get("field", "reason")
    draft = a_draft(facts.kind, RECIPIENT_OF.get(facts.kind, Recipient.PATIENT), facts.language, **{field: said[field]})
    return {fault.rule for fault in draft.faults}


# The patient is told what the questions are, and the referrer why.
RECIPIENT_OF = {LetterKind.INFORMATION_REQUEST: Recipient.REFERRER}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry['kind']}-{entry['language']}")
def test_contradictions_are_stopped(entry: dict[str, Any]) -> None:
    assert [text for text in entry["stop"] if not rules_broken(entry, text)] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry['kind']}-{entry['language']}")
def test_harmless_words_pass(entry: dict[str, Any]) -> None:
    assert [(text, broken) for text in entry["pass"] if (broken := rules_broken(entry, text))] == []
