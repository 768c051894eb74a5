"""Dates, readability and written form, as the linter measures them."""

from datetime import date

import pytest

from triage.domain.referral import Language
from triage.letters.measures import endless_sentences, find_dates, lix, wrong_language
from triage.letters.passages import read_passages


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("senest 12. mars 2026.", [date(2026, 3, 12)]),
        ("den 1.2.2026 og 03.04.2026", [date(2026, 2, 1), date(2026, 4, 3)]),
        ("2026-03-12", [date(2026, 3, 12)]),
        ("31. april 2026", [None]),
        ("29. februar 2028", [date(2028, 2, 29)]),
        ("12. mars", []),
        ("uke 12 2026", []),
        ("12. mars 20261", []),
    ],
)
def test_dates_in_a_text(text: str, days: list[date | None]) -> None:
    assert [day for day, _ in find_dates(text)] == days


def test_lix_is_words_per_sentence_and_share_of_long_words() -> None:
    # 50 sentences of four words, of which one has seven letters: 4 + 25.
    assert lix(read_passages("Vi ser deg seinare. " * 50)) == 29


@pytest.mark.parametrize(("sentences", "measured"), [(24, False), (25, True)])
def test_lix_needs_a_hundred_words(sentences: int, *, measured: bool) -> None:
    assert (lix(read_passages("Vi ser deg nå. " * sentences)) is not None) is measured


@pytest.mark.parametrize(("words", "found"), [(45, 0), (46, 1)])
def test_endless_sentence(words: int, found: int) -> None:
    assert len(list(endless_sentences(read_passages("ord " * (words - 1) + "ord.")))) == found


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Du har ikkje fått noko brev frå oss enno, og no veit du ikkje kva du skal gjere.", True),
        ("Du har ikke fått noe brev fra oss ennå, og nå vet du ikke hva du skal gjøre.", False),
        ("Du har ikke fått noe brev fra oss, sa hun frå Voss, men no veit du noko.", False),
        ("Se helse.no, syn.no, mage.no, hals.no og hud.no.", False),
    ],
)
def test_written_form(text: str, *, wrong: bool) -> None:
    assert (wrong_language(read_passages(text), Language.BOKMAL) is not None) is wrong
