"""One form for each word, whatever its ending, written form or spelling."""

from datetime import date

import pytest

from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader
from triage.nlp.words import stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("svelgjevanskar", "svelgevansker"),
        ("avføringen", "avføringa"),
        ("ikkje", "ikke"),
        ("sjukehus", "sykehus"),
        ("blødning", "bløding"),
        ("avforing", "avføring"),
        ("avfoering", "avføring"),
        ("netthinnelosning", "netthinneløsning"),
        ("naar", "når"),
        ("maa", "må"),
        ("gastroskpi", "gastroskopi"),
        ("plutseleg", "plutselig"),
    ],
)
def test_words_that_are_one(one: str, other: str, reader: Reader) -> None:
    words = reader.lexicon.text_rules.words
    assert words.of([one]) == words.of([other])


@pytest.mark.parametrize("keyboard", [{"ø": "oe", "å": "aa"}, {"ø": "o", "å": "a"}])
def test_a_letter_from_a_keyboard_that_lacks_letters_tells_the_same(keyboard: dict[str, str], reader: Reader) -> None:
    """Also what is read word by word as it is spelt: days, sides, signs of an eye."""
    text = "Dobbeltsyn siden påske, øyet henger. Trykk høyre øye 38, venstre 15. Får ikke lukket øyet på høyre side."
    plain = text.translate(str.maketrans(keyboard))
    letters = [Referral("", said, Area.EYE, age=60, sent_date=date(2026, 8, 1)) for said in (text, plain)]
    norwegian, other = reader.read_many(letters)

    assert [(f.id, f.status) for f in other.features] == [(f.id, f.status) for f in norwegian.features]
    assert [(m.measure, m.value) for m in other.measurements] == [(m.measure, m.value) for m in norwegian.measurements]


@pytest.mark.parametrize(
    "word", ["vanlig", "opplysning", "opplysninger", "bakterier", "lag", "far", "faren", "vårt", "lesing", "stillinger"]
)
def test_ordinary_words_are_not_corrected(word: str, reader: Reader) -> None:
    words = reader.lexicon.text_rules.words
    assert words.of([word]) == [stem(word)]
