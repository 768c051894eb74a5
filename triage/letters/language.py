"""Bokmål or nynorsk, told by small words that only one of them has (`telling_words` in `linter.yaml`)."""

import re

from triage.domain.referral import Language
from triage.letters.passages import Passages, Scope
from triage.letters.rulebook import load_rulebook

_WORD = re.compile(r"(?<![\w.@/])[a-zæøåò]+(?![\w@])")
_STANDARD_WORDS = re.compile(r"klag|statsforvalt|omb[uo]d|\bfrist|\brett til|helfo|legevakt|\b113\b|vurdert på nytt")

_TOO_MANY = 4  # foreign words
_TOO_LARGE_SHARE = 0.25  # of the words that tell the two apart


def likely_language(text: str) -> Language:
    """The written form that most of the telling words belong to; bokmål when there are none."""
    telling = load_rulebook().telling_words
    words = _WORD.findall(text.lower())
    bokmal, nynorsk = (sum(word in telling[language] for word in words) for language in Language)
    return Language.NYNORSK if nynorsk > bokmal else Language.BOKMAL


def wrong_language(letter: Passages, language: Language) -> tuple[int, int] | None:
    """Where the letter leaves its language: all of it, or one of the paragraphs that every letter has.

    A reason that a doctor wrote in the other form is left alone: it is one paragraph, in the doctor's own words.
    """
    whole = letter.spans[Scope.TEXT][0]
    wrong, right = _count(letter, language, whole)
    if wrong >= _TOO_MANY and wrong > _TOO_LARGE_SHARE * (wrong + right):
        return whole
    paragraphs = letter.spans[Scope.PARAGRAPH] if wrong >= 2 else []
    return next((span for span in paragraphs if _is_standard_in_other(letter, language, span)), None)


def _is_standard_in_other(letter: Passages, language: Language, span: tuple[int, int]) -> bool:
    wrong, right = _count(letter, language, span)
    return wrong >= 2 and wrong > right and _STANDARD_WORDS.search(letter.low, *span) is not None


def _count(letter: Passages, language: Language, span: tuple[int, int]) -> tuple[int, int]:
    """Words of the other written form, and of this one."""
    telling = load_rulebook().telling_words
    words = _WORD.findall(letter.low, *span)
    other = Language.NYNORSK if language is Language.BOKMAL else Language.BOKMAL
    wrong, right = telling[other], telling[language]
    return sum(word in wrong for word in words), sum(word in right for word in words)
