"""The PDF: marked for screen readers and archives, the same bytes every time, the same words as the text."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from tests.letters.builders import LETTERS, letters, some_facts
from tests.letters.pdf_words import words_of
from triage.domain.letter import LetterKind, LetterPatient, Recipient
from triage.domain.referral import Language
from triage.letters.document import printable

REFUSED = LetterKind.RIGHT_REFUSED


def opened(language: Language = Language.BOKMAL, **changes: Any) -> pikepdf.Pdf:
    patient, _ = letters(REFUSED, language, **changes)
    return pikepdf.open(BytesIO(patient.pdf))


def tags(element: pikepdf.Object) -> Iterator[str]:
    """The structure types below an element, depth first."""
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield str(kid.S)
            yield from tags(kid)


def squashed(text: str) -> str:
    """Without blanks, which paper has where a line ends, and without page numbers."""
    return re.sub(r"Side\d+av\d+", "", "".join(text.split()))


@pytest.mark.parametrize(("kind", "recipient", "language"), LETTERS)
def test_pdf_says_the_same_words_as_the_text(kind: LetterKind, recipient: Recipient, language: Language) -> None:
    (letter,) = (each for each in letters(kind, language) if each.recipient is recipient)
    printed = squashed(words_of(letter.pdf))

    assert [line for line in letter.text.splitlines() if squashed(line.removeprefix("– ")) not in printed] == []


@pytest.mark.parametrize("language", list(Language))
def test_pdf_holds_what_the_patient_must_know(language: Language) -> None:
    facts = some_facts(REFUSED, language)
    patient, _ = letters(REFUSED, language)
    weeks = {Language.BOKMAL: "4 uker", Language.NYNORSK: "4 veker"}
    wanted = ["12. mars 2026", facts.reason, "Statsforvalt", weeks[language], *facts.advice, *facts.warning_signs]

    printed = squashed(words_of(patient.pdf))

    assert [words for words in wanted if squashed(words) not in printed] == []


def test_pdf_declares_accessibility_and_archive_standard() -> None:
    with opened() as pdf, pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert "/OutputIntents" in pdf.Root


def test_pdf_has_title_language_and_tags() -> None:
    with opened() as pdf:
        assert str(pdf.docinfo["/Title"]) == "Du har ikke rett til helsehjelp hos spesialist nå"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.Root.Lang).startswith("nb")
        assert pdf.Root.MarkInfo.Marked
        assert {"/H1", "/H2", "/P", "/L", "/LI"} <= set(tags(pdf.Root.StructTreeRoot))


def test_nynorsk_pdf_says_so() -> None:
    with opened(Language.NYNORSK) as pdf:
        assert str(pdf.Root.Lang).startswith("nn")


def test_pdf_is_the_same_every_time() -> None:
    assert letters(REFUSED) == letters(REFUSED)


@pytest.mark.parametrize(
    "name", ["Máret Čoahkkin", "Łucja Żółć", "Þóra Æsir", "Nguyễn Thị Ánh", "Олена", "Ελένη", "عمر"]
)
def test_names_from_many_languages_are_printed(name: str) -> None:
    patient, _ = letters(REFUSED, patient=LetterPatient(name))

    assert [note for note in patient.notes if note.startswith("Tegnet")] == []


@pytest.mark.parametrize(
    ("text", "shown", "codes"),
    [
        ("helt vanlig æøå", "helt vanlig æøå", ()),
        ("a\u030a", "å", ()),
        ("smil 🙂", "smil □", ("U+1F642",)),
        ("familie 👨\u200d👩", "familie □□", ("U+1F468", "U+1F469")),
        ("漢字", "□□", ("U+5B57", "U+6F22")),
        ("en\u00a0to\u2009tre\ttabulator", "en to tre tabulator", ()),
        ("linje\u2028ny", "linje\nny", ()),
        ("stille\x07\x00\u202e\u00ad\ufeff!", "stille!", ()),
        ("privat \ue000", "privat □", ("U+E000",)),
        ("halv \ud83d", "halv ", ()),
    ],
)
def test_characters_that_cannot_be_printed(text: str, shown: str, codes: tuple[str, ...]) -> None:
    assert printable(text) == (shown, codes)
