"""A letter's text cut into paragraphs, sentences and clauses, with places in the text that was given."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from triage.domain.letter import Recipient

_LINE_GOES_ON = 50  # characters: a shorter line that another capital letter follows is a heading or an address
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_BULLET = re.compile(r"[-–—•*·] |\d{1,2}[.)] ")
_BULLET_LINE = re.compile(r"(?m)^ *[-–—•*·] .*$")
_SENTENCE_END = re.compile(r"[.!?](?=[»\")]? +[A-ZÆØÅ«\"])|[.!?](?=[»\")]?$)")
_ABBREVIATION = re.compile(r"\b(?:(?i:nr|kl|jf|jfr|ca|tlf|dr|evt|bl\.a|f\.eks|t\.d|pga|st)|[A-ZÆØÅ])$")
_CLAUSE_END = re.compile(r"[,;:()–—]| - | (?=(?:men|og|samt|mens|medan) )")
_ADDRESSED = re.compile(r"\b(?:du|deg|din|di|ditt|dine)\b")
_PATIENT = re.compile(r"\bpasient(?!-|reise|journal|ombud)\w*")


Span = tuple[int, int]


class Scope(StrEnum):
    """How near each other the words of a rule must stand."""

    CLAUSE = "clause"
    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Passages:
    """`text` composed (NFC) and without invisible characters, `low` the same in lower case, and where the parts are."""

    text: str
    low: str
    spans: dict[Scope, list[Span]]

    @property
    def whole(self) -> Span:
        return 0, len(self.low)

    def around(self, place: int, scope: Scope) -> Span:
        """The passage that holds the character at `place`; a separator belongs to the one before it."""
        return self.spans[scope][max(bisect_right(self.spans[scope], (place, len(self.text))) - 1, 0)]

    def in_bullet(self, place: int) -> bool:
        """Whether the character stands in a line of a list."""
        line = self.low.rfind("\n", 0, place) + 1
        return _BULLET.match(self.low[line:].partition("\n")[0].lstrip()) is not None

    def recipient(self) -> Recipient:
        """Who the words speak to, when nobody has said it. Bullets are advice: they speak to the patient anyway."""
        prose = _BULLET_LINE.sub("", self.low)
        speaks_to, speaks_of = len(_ADDRESSED.findall(prose)), len(_PATIENT.findall(prose))
        return Recipient.PATIENT if speaks_to > speaks_of else Recipient.REFERRER


def composed(text: str) -> str:
    """As the linter reads it: composed, without invisible characters, and as long in lower case as it is now."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n")).replace("İ", "I"))


@lru_cache(8)  # what a person typed is read again for every letter of the decision
def read_passages(text: str) -> Passages:
    text = composed(text)
    flat = _join_wrapped_lines(re.sub(r"[^\S\n]", " ", text))
    lines = _spans_between(flat, re.compile(r"\n"), 0, len(flat))
    cuts = [(start, *_cut(flat[start:end])) for start, end in lines]
    return Passages(
        text=text,
        low=flat.lower(),
        spans={
            Scope.CLAUSE: [(at + start, at + end) for at, _, clauses in cuts for start, end in clauses],
            Scope.SENTENCE: [(at + start, at + end) for at, sentences, _ in cuts for start, end in sentences],
            Scope.PARAGRAPH: _spans_between(flat, re.compile(r"\n\s*\n"), 0, len(flat)),
            Scope.TEXT: [(0, len(flat))],
        },
    )


def _join_wrapped_lines(text: str) -> str:
    """Line breaks inside a sentence become blanks; headings, bullets and address lines stay apart."""
    lines = text.split("\n")
    joined = lines[0]
    for before, line in pairwise(lines):
        joined += (" " if _goes_on(before.rstrip(), line.lstrip()) else "\n") + line
    return joined


def _goes_on(before: str, line: str) -> bool:
    if not before or not line or before.endswith((".", "!", "?", ":")) or _BULLET.match(line):
        return False
    return line[0].islower() or len(before) >= _LINE_GOES_ON


def _spans_between(text: str, separator: re.Pattern[str], start: int, end: int) -> list[Span]:
    cuts = [match.span() for match in separator.finditer(text, start, end)]
    starts, ends = [start, *(cut[1] for cut in cuts)], [*(cut[0] for cut in cuts), end]
    return [(a, b) for a, b in zip(starts, ends, strict=True) if text[a:b].strip()]


@lru_cache(4096)  # most of a letter is the template's
def _cut(line: str) -> tuple[list[Span], list[Span]]:
    """Its sentences, and their clauses."""
    sentences, start = [], 0
    for match in _SENTENCE_END.finditer(line):
        if not _ABBREVIATION.search(line, max(start, match.start() - 8), match.start()):
            sentences.append((start, match.end()))
            start = match.end()
    if line[start:].strip():
        sentences.append((start, len(line)))
    return sentences, [span for start, end in sentences for span in _spans_between(line, _CLAUSE_END, start, end)]
