"""Words as numbers: what makes two of them the same, and what does not."""

import unicodedata

import pytest

from triage.classifier.hashing import Mark, composed, words_of


def hashes(text: str) -> set[int]:
    return set(words_of([composed(text)]).hashes.tolist())


def marks(text: str) -> list[str]:
    return [Mark(mark).name.lower() for mark in words_of([text]).marks]


def test_a_denied_word_is_another_word() -> None:
    assert hashes("dysfagi").isdisjoint(hashes("ingen dysfagi") - hashes("ingen"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ingen dysfagi", ["none", "negated"]),
        ("Ikke blod. Vekttap", ["none", "negated", "none"]),
        ("ingen dysfagi, men vekttap", ["none", "negated", "none", "none"]),
        ("uten feber, hoste eller slim", ["none", "negated", "negated", "negated", "negated"]),
        ("mor hadde kreft", ["none", "family", "family"]),
        ("tidligere ulcus", ["none", "historical"]),
        ("ikke to tre fire fem seks syv åtte", ["none", *["negated"] * 6, "none"]),
    ],
)
def test_a_cue_reaches_the_words_after_it_in_its_clause(text: str, expected: list[str]) -> None:
    assert marks(text) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Øyeblikkelig HJELP", "øyeblikkelig hjelp"),
        (unicodedata.normalize("NFD", "pårørende så blåveis på øyet é"), "pårørende så blåveis på øyet é"),
        ("svie, hoste; 12 uker", "svie hoste uker"),
        ("a svie", "svie"),
    ],
)
def test_capitals_signs_digits_and_the_spelling_of_accents_make_no_difference(first: str, second: str) -> None:
    assert hashes(first) == hashes(second)


def test_a_letter_is_read_alike_whatever_stands_before_it_in_the_batch() -> None:
    alone = words_of(["ingen svie i øret"])
    after = words_of(["Mor hadde kreft. Ikke", "", "ingen svie i øret"])

    assert alone.hashes.tolist() == after.hashes[after.letters == 2].tolist()


def test_places_are_those_of_the_letter() -> None:
    text = "Hb 9,8. Øyet verker!"
    words = words_of(["foran", text])
    mine = words.letters == 1

    assert [text[a:b] for a, b in zip(words.starts[mine], words.ends[mine], strict=True)] == ["Hb", "Øyet", "verker"]


@pytest.mark.parametrize("text", ["", "?!", "12 345", "患者", "\0\0"])
def test_a_letter_without_words_has_none(text: str) -> None:
    assert len(words_of([text]).starts) == 0
