"""LIX, the readability index of the Nordic languages (Björnsson 1968): words per sentence + share of long words."""

import re
from collections.abc import Iterator

from triage.letters.passages import Passages, Scope

LONG_WORD = 7  # letters or more
HARDEST = 45  # for a letter to a patient
LONGEST_SENTENCE = 45  # words
ENOUGH_WORDS = 100  # LIX says nothing about a shorter text

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def lix(letter: Passages) -> float | None:
    """About 30 is easy, 45 is a newspaper, 60 is an act of parliament; None when there is too little to measure.

    Lines without a full stop (headings, addresses, bullets) count as sentences: they are read as such.
    """
    words = _WORD.findall(letter.low)
    if len(words) < ENOUGH_WORDS:
        return None
    sentences = sum(bool(_WORD.search(letter.low, *span)) for span in letter.spans[Scope.SENTENCE])
    return len(words) / sentences + 100 * sum(len(word) >= LONG_WORD for word in words) / len(words)


def endless_sentences(letter: Passages) -> Iterator[tuple[int, int]]:
    """One such sentence drowns in an easy letter, so LIX alone does not find it."""
    for span in letter.spans[Scope.SENTENCE]:
        if len(_WORD.findall(letter.low, *span)) > LONGEST_SENTENCE:
            yield span
