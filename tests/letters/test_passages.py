"""How a letter's text is cut: sentences, clauses, who it speaks to."""

import pytest

from triage.domain.letter import Recipient
from triage.letters.passages import Scope, read_passages


def cut(text: str, scope: Scope) -> list[str]:
    passages = read_passages(text)
    return [passages.text[start:end].strip() for start, end in passages.spans[scope]]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Fristen er 12. mai 2026. Ring oss.", ["Fristen er 12. mai 2026.", "Ring oss."]),
        ("Møt kl. 9.30. Ta med brevet.", ["Møt kl. 9.30.", "Ta med brevet."]),
        ("Etter § 2-1 b. Fristen er satt.", ["Etter § 2-1 b.", "Fristen er satt."]),
        ("Skriv til A. Hansen hos oss.", ["Skriv til A. Hansen hos oss."]),
        ("Timen din\nDu får brev.", ["Timen din", "Du får brev."]),
        ("Du har\nikke rett.", ["Du har ikke rett."]),
        ("– ett\n– to", ["– ett", "– to"]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [part.replace("\n", " ") for part in cut(text, Scope.SENTENCE)] == sentences


def test_clauses_end_at_commas_and_but() -> None:
    text = "Du har rett til hjelp, men vi kan ikke si når og ikke hvor."

    assert cut(text, Scope.CLAUSE) == ["Du har rett til hjelp", "men vi kan ikke si når", "og ikke hvor."]


@pytest.mark.parametrize(
    ("text", "recipient"),
    [
        ("Du kan klage. Vi sender deg brev.", Recipient.PATIENT),
        ("Pasienten har rett til hjelp. Du får kopi.\n– du kan\n– du bør\n– du må", Recipient.REFERRER),
        ("", Recipient.REFERRER),
    ],
)
def test_who_the_words_speak_to(text: str, recipient: Recipient) -> None:
    assert read_passages(text).recipient() is recipient


def test_a_place_belongs_to_the_passage_around_it() -> None:
    passages = read_passages("Ring oss. Skriv til oss.")

    assert passages.around(12, Scope.SENTENCE) == (9, 24)
