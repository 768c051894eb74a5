"""What a reviewer types into a decision: contradictions are stopped in every wording, and harmless words pass."""

from pathlib import Path

import pytest
import yaml

from tests.letters.builders import a_draft, some_facts
from triage.domain.letter import LetterKind, Recipient
from triage.domain.referral import Language

ENTRIES = yaml.safe_load((Path(__file__).parent / "free_text.yaml").read_text("utf-8"))


def sentences(verdict: str) -> list[tuple[str, str, str, str]]:
    return [
        (entry["kind"], entry["language"], entry.get("field", "reason"), text)
        for entry in ENTRIES
        for text in entry[verdict]
    ]


def rules_broken(kind: str, language: str, field: str, text: str) -> set[str]:
    """By the letter to the patient when the sentence is added to what its decision says."""
    facts = some_facts(LetterKind(kind), Language(language))
    said = {"reason": f"{facts.reason} {text}", "advice": (*facts.advice, text)}
    draft = a_draft(facts.kind, RECIPIENT_OF.get(facts.kind, Recipient.PATIENT), facts.language, **{field: said[field]})
    return {fault.rule for fault in draft.faults}


# The patient is told what the questions are, and the referrer why.
RECIPIENT_OF = {LetterKind.INFORMATION_REQUEST: Recipient.REFERRER}


@pytest.mark.parametrize(("kind", "language", "field", "text"), sentences("stop"))
def test_contradiction_is_stopped(kind: str, language: str, field: str, text: str) -> None:
    assert rules_broken(kind, language, field, text)


@pytest.mark.parametrize(("kind", "language", "field", "text"), sentences("pass"))
def test_harmless_words_pass(kind: str, language: str, field: str, text: str) -> None:
    assert rules_broken(kind, language, field, text) == set()
