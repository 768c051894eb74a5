"""One form for each word, whatever its ending, written form or spelling."""

import pytest

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
        ("gastroskpi", "gastroskopi"),
        ("plutseleg", "plutselig"),
    ],
)
def test_words_that_are_one(one: str, other: str, reader: Reader) -> None:
    words = reader.lexicon.text_rules.words
    assert words.of([one]) == words.of([other])


@pytest.mark.parametrize(
    "word", ["vanlig", "opplysning", "opplysninger", "bakterier", "lag", "far", "faren", "vårt", "lesing", "stillinger"]
)
def test_ordinary_words_are_not_corrected(word: str, reader: Reader) -> None:
    words = reader.lexicon.text_rules.words
    assert words.of([word]) == [stem(word)]
