"""The words of letters as numbers, many letters at a time: most of what classifying takes is to tell words apart.

A word has two letters or more; capitals and the spelling of accents make no difference. A word in the reach of a cue is
another word: «dysfagi» and «ingen dysfagi» have nothing in common. How a word begins counts beside it, so that another
form of a known word is not unknown. Each such form has a digest of 58 bits, the same in training and in service.

All is array code over the characters of all letters in a row: with a running sum of code × base^place (mod 2^64), any
stretch of a letter has its digest from two of the sums.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from triage.domain.finding import Evidence

Digests = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]

LONGEST = 100_000  # characters of a letter that are read; a longer letter is said to be unlike those trained on
MOST = 64  # letters at a time: larger gains nothing, and a digest leaves six bits for the letter's number

_DATA: Any = yaml.load(Path(__file__).with_name("features.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
_MARKS = _DATA["marks"]
_BEGINNINGS = (4, 6)  # letters
_FORMS = 1 + len(_BEGINNINGS)
_BITS = np.uint64(58)
_ALPHABET = 0x2000  # characters from here on are in no Norwegian, Sámi or neighbouring word
_SIGNS = ".;:?!\n"
_IN_TWO, _MEANT = re.compile("(?<!n)oe|aa|ae"), {"oe": "ø", "aa": "å", "ae": "æ"}  # but «noe» and «noen» are words
_TURN = len(_MARKS) + 1  # what a word that ends a cue's reach is, where cues are 1, 2 … by their mark
_BEFORE_ALL = -1_000_000  # place of no word

_BASE = 0x9E3779B97F4A7C15


def _scrambled(numbers: Digests) -> Digests:
    """Every bit of each depends on all (the finalizer of splitmix64), so that what begins alike does not end alike."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    return numbers ^ (numbers >> np.uint64(31))


def _powers(base: int) -> Digests:
    factors = np.full(LONGEST + 2, base, np.uint64)
    factors[0] = 1
    return np.cumprod(factors)


_POWERS, _INVERSE = _powers(_BASE), _powers(pow(_BASE, -1, 1 << 64))
_is_letter = np.array([chr(code).isalpha() for code in range(_ALPHABET)])
_CODES = np.where(_is_letter, _scrambled(np.arange(1, _ALPHABET + 1, dtype=np.uint64) * np.uint64(_BASE)), np.uint64(0))
_ENDS_CLAUSE = np.isin(np.arange(_ALPHABET), [ord(sign) for sign in _SIGNS])
_SALTS = _scrambled(_POWERS[: _FORMS * (1 + len(_MARKS))]).reshape(_FORMS, -1)  # [form, mark]


@dataclass(frozen=True, slots=True)
class _Words:
    """Every word of some letters, in order: its letter, place in all letters, and mark (0: none). Then all their forms:
    whole words first, then how the longer ones begin."""

    letter: Places
    starts: Places
    ends: Places
    marks: npt.NDArray[np.int8]
    of_form: Places  # the word that has the form
    digests: Digests


@dataclass(frozen=True, slots=True)
class Spoken:
    """One letter in words, to show what the model heard: every form once, with the word where it first stands.
    `digests` are sorted, `first` are words' numbers."""

    digests: Digests
    first: Places
    _source: str
    _words: _Words
    _moved: bool  # composing accents moved places, so none are told

    def shown(self, word: int) -> str:
        """As a reviewer reads it: `«dysfagi»`, or `«dysfagi» (benektet)` in a cue's reach."""
        mark = int(self._words.marks[word])
        written = self._source[self._words.starts[word] : self._words.ends[word]]
        return f"«{written}»" + (f" ({_MARKS[mark - 1]['label']})" if mark else "")

    def places(self, word: int) -> tuple[Evidence, ...]:
        return () if self._moved else (Evidence(int(self._words.starts[word]), int(self._words.ends[word])),)


def digests_of(texts: Sequence[str]) -> tuple[Places, Digests]:
    """Each form that stands in each letter once: the letter's number, and the digest; sorted by both."""
    found = _words(list(map(_spelt, texts)))
    keys = np.sort((found.letter.take(found.of_form).astype(np.uint64) << _BITS) | found.digests)
    keys = keys[np.diff(keys, prepend=~keys[:1]) != 0]
    return (keys >> _BITS).astype(np.intp), keys & ((np.uint64(1) << _BITS) - np.uint64(1))


def spoken(text: str) -> Spoken:
    source = _spelt(text)
    found = _words([source])
    digests, first = np.unique(found.digests, return_index=True)
    return Spoken(digests, found.of_form[first], source, found, len(source) != len(text[:LONGEST]))


def _spelt(text: str) -> str:
    """In small letters; a keyboard without æ, ø and å has two letters for each."""
    spelt = unicodedata.normalize("NFC", text[:LONGEST]).lower()[:LONGEST]
    if any(letter in spelt for letter in _MEANT.values()):
        return spelt
    return _IN_TWO.sub(lambda two: _MEANT[two[0]], spelt)


def _words(sources: Sequence[str]) -> _Words:
    characters = np.frombuffer("".join(f"{s}\n" for s in sources).encode("utf-32-le", "surrogatepass"), np.uint32)
    characters = np.minimum(characters, _ALPHABET - 1)
    lengths = np.fromiter(map(len, sources), np.intp, len(sources)) + 1
    begins = np.cumsum(lengths) - lengths
    places = np.arange(len(characters)) - np.repeat(begins, lengths)
    codes = _CODES.take(characters)
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(codes * _POWERS.take(places))))

    edges = np.flatnonzero(np.diff(codes != 0, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    longer = ends - starts > 1
    starts, ends = starts[longer], ends[longer]

    def digests(words: Places, until: Places) -> Digests:
        first = starts[words]
        return (sums.take(until) - sums.take(first)) * _INVERSE.take(places.take(first))

    every = np.arange(len(starts))
    whole = digests(every, ends)
    marks = _marked(whole, np.searchsorted(starts, np.flatnonzero(_ENDS_CLAUSE.take(characters))))
    forms = [(every, whole)]
    for length in _BEGINNINGS:
        words = np.flatnonzero(ends - starts > length)
        forms.append((words, digests(words, starts[words] + length)))
    of_form = np.concatenate([words for words, _ in forms])
    plain: Digests = np.concatenate([each for _, each in forms])
    salts: Digests = np.concatenate([salts.take(marks[words]) for (words, _), salts in zip(forms, _SALTS, strict=True)])
    mixed = _scrambled(plain ^ salts) >> (np.uint64(64) - _BITS)
    return _Words(np.searchsorted(begins, starts, "right") - 1, starts, ends, marks, of_form, mixed)


def _marked(words: Digests, after_signs: Places) -> npt.NDArray[np.int8]:
    """The mark of each word: that of the last cue before it in its clause which reaches so far and which no stronger
    mark was in force at. `after_signs` are the words that begin after a sign."""
    roles = _roles(words)
    at = np.arange(len(words))
    clause = np.zeros(len(words) + 1, np.intp)
    clause[after_signs] = after_signs
    clause = np.where(roles == _TURN, at, clause[:-1])
    clause = np.maximum.accumulate(clause)
    marks = np.zeros(len(words), np.int8)
    for mark in range(len(_MARKS), 0, -1):
        cues = np.where((roles == mark) & (marks == 0), at, _BEFORE_ALL)
        last = np.concatenate(([_BEFORE_ALL], np.maximum.accumulate(cues)[:-1]))[: len(words)]
        marks[(marks == 0) & (last >= clause) & (at - last <= _MARKS[mark - 1]["reach"])] = mark
    return marks


def _roles(words: Digests) -> npt.NDArray[np.int8]:
    """0 for most words, the number of its mark for a cue, `_TURN` for what ends a cue's reach."""
    roles = np.zeros(len(words), np.int8)
    likely = np.flatnonzero(_LIKELY.take((words >> _LIKELY_FROM).astype(np.intp)))
    found = np.minimum(np.searchsorted(_CUES, words[likely]), len(_CUES) - 1)
    right = _CUES[found] == words[likely]
    roles[likely[right]] = _CUE_ROLES[found[right]]
    return roles


def _plain(word: str) -> int:
    """The digest of a word before its mark is mixed in."""
    return sum(int(_CODES[ord(letter)]) * pow(_BASE, i, 1 << 64) for i, letter in enumerate(word)) % (1 << 64)


def _cues() -> Iterable[tuple[int, int]]:
    yield from ((_plain(turn), _TURN) for turn in _DATA["turns"])
    yield from ((_plain(cue), number) for number, mark in enumerate(_MARKS, 1) for cue in mark["cues"])


_known = sorted(_cues())
_CUES, _CUE_ROLES = np.array([word for word, _ in _known], np.uint64), np.array([role for _, role in _known], np.int8)
_LIKELY_FROM = np.uint64(48)  # bits that tell nearly every word from a cue at once
_LIKELY = np.zeros(1 << 16, bool)
_LIKELY[(_CUES >> _LIKELY_FROM).astype(np.intp)] = True
