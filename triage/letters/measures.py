"""What can be counted in a letter: how hard it is to read, which written form it is in, which dates it names."""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from triage.domain.calendar import MONTHS
from triage.domain.referral import Language
from triage.letters.passages import Passages, Scope, Span
from triage.letters.rulebook import load_rulebook, wording

LONG_WORD = 7  # letters or more
HARDEST = 45  # LIX, for a letter to a patient
LONGEST_SENTENCE = 45  # words
ENOUGH_WORDS = 100  # LIX says nothing about a shorter text
_LETTERS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def lix(letter: Passages) -> float | None:
    """Words per sentence and the share of long words (Björnsson 1968); None when there is too little to measure.

    About 30 is easy, 45 is a newspaper, 60 is an act of parliament. Lines without a full stop (headings, addresses,
    bullets) count as sentences: they are read as such.
    """
    counts = [_counted(letter.low[slice(*span)]) for span in letter.spans[Scope.SENTENCE] or [letter.whole]]
    words, long, sentences = sum(words for words, _ in counts), sum(long for _, long in counts), sum(map(any, counts))
    return words / sentences + 100 * long / words if words >= ENOUGH_WORDS else None


def endless_sentences(letter: Passages) -> Iterator[Span]:
    """One such sentence drowns in an easy letter, so LIX alone does not find it."""
    for span in letter.spans[Scope.SENTENCE]:
        if _counted(letter.low[slice(*span)])[0] > LONGEST_SENTENCE:
            yield span


@lru_cache(4096)  # most of a letter is the template's
def _counted(sentence: str) -> tuple[int, int]:
    """Its words, and the long ones."""
    words = _LETTERS.findall(sentence)
    return len(words), sum(len(word) >= LONG_WORD for word in words)


_WORD = re.compile(r"(?<![\w.@/])[a-zæøåò]+(?![\w@])")
_TOO_MANY = 4  # words of the other written form
_TOO_LARGE_SHARE = 0.25  # of the words that tell the two apart


def wrong_language(letter: Passages, language: Language) -> Span | None:
    """Where the letter leaves its language: all of it, or one of the paragraphs that every letter has.

    A reason that a doctor wrote in the other form is left alone: it is one paragraph, in the doctor's own words.
    """
    foreign, own = _foreign_and_own(letter, language, letter.whole)
    if foreign >= _TOO_MANY and foreign > _TOO_LARGE_SHARE * (foreign + own):
        return letter.whole
    for span in letter.spans[Scope.PARAGRAPH] if foreign >= 2 else []:
        foreign, own = _foreign_and_own(letter, language, span)
        if foreign >= 2 and foreign > own and wording("standard_paragraph").search(letter.low, *span):
            return span
    return None


def _foreign_and_own(letter: Passages, language: Language, whole: Span) -> tuple[int, int]:
    """Telling words of the other written form, and of this one."""
    sentences = (span for span in letter.spans[Scope.SENTENCE] if whole[0] <= span[0] and span[1] <= whole[1])
    counts = [_telling(letter.low[slice(*span)]) for span in sentences]
    other = Language.NYNORSK if language is Language.BOKMAL else Language.BOKMAL
    return sum(count[other] for count in counts), sum(count[language] for count in counts)


@lru_cache(4096)
def _telling(sentence: str) -> dict[Language, int]:
    words = _WORD.findall(sentence)
    return {language: sum(map(of.__contains__, words)) for language, of in load_rulebook().telling_words.items()}


_DATE = re.compile(
    rf"(?<![\d.])(\d{{1,2}})\. ?(?:({'|'.join(MONTHS)}) (\d{{4}})|(\d{{1,2}})\. ?(\d{{4}}))(?!\d)"
    r"|(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)"
)


def find_dates(low: str) -> Iterator[tuple[date | None, Span]]:
    """`12. mars 2026`, `12.3.2026` and `2026-03-12` in a lower-case text, in order; None for a day no calendar has."""
    for match in _DATE.finditer(low):
        day, name, year, month, numeric_year, *iso = match.groups()
        numbers = iso if iso[0] else (year or numeric_year, month or MONTHS.index(name) + 1, day)
        try:
            found = date(*map(int, numbers))
        except ValueError:
            found = None
        yield found, match.span()
