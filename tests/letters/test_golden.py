"""Every kind of letter as it reads, compared word for word. `UPDATE_GOLDEN=1` rewrites the files."""

import os
from pathlib import Path

import pytest
import yaml

from tests.letters.builders import LETTERS, OUTCOMES, a_draft
from triage.domain.letter import LetterKind, Recipient
from triage.domain.referral import Language
from triage.letters.document import as_text
from triage.letters.linting import lint
from triage.letters.measures import HARDEST, lix
from triage.letters.passages import read_passages

GOLDEN = Path(__file__).parent / "golden"
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"


def approved(kind: LetterKind, recipient: Recipient, language: Language) -> str:
    """The golden letter; with UPDATE_GOLDEN=1 what is written now becomes it."""
    file = GOLDEN / f"{kind}.{recipient}.{language}.txt"
    if UPDATE:
        file.parent.mkdir(exist_ok=True)
        file.write_text(a_draft(kind, recipient, language).text, "utf-8")
    return file.read_text("utf-8")


@pytest.mark.parametrize(("kind", "recipient", "language"), LETTERS)
def test_letter_reads_as_approved(kind: LetterKind, recipient: Recipient, language: Language) -> None:
    expected = approved(kind, recipient, language)

    assert a_draft(kind, recipient, language).text == expected


@pytest.mark.parametrize(("kind", "recipient", "language"), LETTERS)
def test_letter_has_no_fault(kind: LetterKind, recipient: Recipient, language: Language) -> None:
    assert a_draft(kind, recipient, language).faults == ()


@pytest.mark.parametrize(("kind", "recipient", "language"), LETTERS)
def test_words_alone_have_no_fault_either(kind: LetterKind, recipient: Recipient, language: Language) -> None:
    text = as_text(a_draft(kind, recipient, language).document, quoted=False)

    assert lint(text, outcome=OUTCOMES[kind], language=language) == []


def test_every_letter_has_its_readability_figure() -> None:
    file = GOLDEN / "readability.yaml"
    measured = {
        f"{kind}.{recipient}.{language}": figure(kind, recipient, language) for kind, recipient, language in LETTERS
    }
    if UPDATE:
        file.write_text(f"# LIX of every letter.\n{yaml.safe_dump(measured)}", "utf-8")

    assert measured == yaml.safe_load(file.read_text("utf-8"))
    assert max(lix for name, lix in measured.items() if ".patient." in name) <= HARDEST


def figure(kind: LetterKind, recipient: Recipient, language: Language) -> int:
    measured = lix(read_passages(approved(kind, recipient, language)))
    assert measured is not None
    return round(measured)
