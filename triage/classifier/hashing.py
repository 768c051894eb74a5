"""Words of a batch of letters as 64-bit numbers, in array expressions: no Python loop over words.

A batch is one Latin-1 buffer. A table gives every byte a weight (nothing for signs and digits, so they only separate),
and a running sum of `weight * BASE**place` gives the hash of any part of the buffer in two look-ups. Every word is
kept as itself, as its beginning and as its end, so that endings, compounds and nynorsk meet. A form inside the
reach of a cue is another form: «dysfagi» and «ingen dysfagi» have nothing in common.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

LONGEST = 100_000  # characters of a letter that are read; a longer letter is said to be unlike those trained on
BUFFER = 1 << 19  # bytes of a batch

_BASE = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_BEGINNING, _END = 5, 6  # letters of a word that are a form of their own, in words longer than that


class Mark(IntEnum):
    """What a word stands in the reach of; the highest wins."""

    NONE = 0
    HISTORICAL = 1
    NEGATED = 2
    FAMILY = 3


_REACH = {Mark.HISTORICAL: 6, Mark.NEGATED: 6, Mark.FAMILY: 12}  # words after the cue, in the same clause
_CUES = {
    Mark.HISTORICAL: "tidligere tidlegare tidl hadde gjennomgått",
    Mark.NEGATED: "ingen inga ikke ikkje ei uten utan benekter avkrefter nekter nektar aldri verken korkje neppe",
    Mark.FAMILY: "mor mora moren far faren bror broren søster søsteren syster søsken foreldre familie familien slekt "
    "slekten mormor morfar farmor farfar bestemor bestefar tante onkel fetter kusine søskenbarn",
}


@dataclass(frozen=True, slots=True)
class Words:
    """Forms of the words of a batch. Form i has `hashes[i]` and is of word `of[i]`.

    Word j stands in letter `letters[j]` at `starts[j]:ends[j]` (characters of its composed text) with `marks[j]`.
    """

    hashes: U64
    of: Places
    letters: Places
    starts: Places
    ends: Places
    marks: npt.NDArray[np.int8]


def _powers(base: int) -> U64:
    """1, base, base**2 ... for every place of a buffer, doubling."""
    powers = np.ones(BUFFER + 1, np.uint64)
    done = 1
    while done < len(powers):
        step = min(done, len(powers) - done)
        powers[done : done + step] = powers[:step] * np.uint64(pow(base, done, 1 << 64))
        done += step
    return powers


def _weights() -> U64:
    """Byte to weight: small and capital letters weigh the same, signs and digits nothing."""
    letters = [bytes([code]).decode("latin-1") for code in range(256)]
    lower = [ord(c.lower()) if c.isalpha() else 0 for c in letters]
    return np.array([code * 0xD1342543DE82EF95 & _MASK for code in lower], np.uint64)


_POWERS, _INVERSES = _powers(_BASE), _powers(pow(_BASE, -1, 1 << 64))
_WEIGHTS = _weights()
_IS_LETTER = _WEIGHTS > 0
_ENDS_CLAUSE = np.isin(np.arange(256), list(b".;:?!\n\0"))
_SALTS = np.array([i * 0xA0761D6478BD642F & _MASK for i in range(len(Mark))], np.uint64)
_WHOLE, _FRONT, _BACK = (np.uint64(i * 0xE7037ED1A0B428DB & _MASK) for i in range(3))


def composed(text: str) -> str:
    """Letters and their accents as one character, no longer than LONGEST."""
    start = text[:LONGEST]
    return start if start.isascii() else unicodedata.normalize("NFC", start)


def words_of(texts: Sequence[str]) -> Words:
    """All forms of the words of two or more letters in `texts` (composed; together at most BUFFER characters).

    What Latin-1 has not ends a clause, as «?» does.
    """
    raw = b"\0".join(text.encode("latin-1", "replace") for text in (*texts, "")) + b"\0"
    buffer = np.frombuffer(raw, np.uint8)
    sums = _sums(buffer)
    starts, ends = _spans(_IS_LETTER.take(buffer))
    whole = _hashes(sums, starts, ends)
    clauses = np.cumsum(_ENDS_CLAUSE.take(buffer)).take(starts) + np.isin(whole, _TURNS).cumsum()
    marks = _marks(whole, clauses)
    first = np.cumsum([0, *(len(text) + 1 for text in texts)])  # the place of each letter in the buffer
    letters = np.searchsorted(first, starts, side="right") - 1
    of, hashes = _forms(sums, starts, ends, whole, marks)
    return Words(hashes, of, letters, starts - first.take(letters), ends - first.take(letters), marks)


def _sums(buffer: npt.NDArray[np.uint8]) -> U64:
    """`sums[i]` is the hash of everything before place i."""
    sums = np.zeros(len(buffer) + 1, np.uint64)
    np.cumsum(_WEIGHTS.take(buffer) * _POWERS[: len(buffer)], out=sums[1:])
    return sums


def _spans(is_letter: npt.NDArray[np.bool_]) -> tuple[Places, Places]:
    """Where runs of two or more letters start and end; the buffer ends with a sign."""
    edges = np.flatnonzero(np.diff(is_letter, prepend=False))
    starts, ends = edges[0::2], edges[1::2]
    long = ends - starts > 1
    return starts[long], ends[long]


def _hashes(sums: U64, starts: Places, ends: Places) -> U64:
    return (sums.take(ends) - sums.take(starts)) * _INVERSES.take(starts)


def _mixed(hashes: U64) -> U64:
    """Spread over all 64 bits, so that the first of them can pick a bucket."""
    mixed = (hashes ^ (hashes >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return mixed ^ (mixed >> np.uint64(29))


def _forms(sums: U64, starts: Places, ends: Places, whole: U64, marks: npt.NDArray[np.int8]) -> tuple[Places, U64]:
    """The words, then the beginnings and the ends of the longer ones: which word each is of, and its hash."""
    fronts = np.flatnonzero(ends - starts > _BEGINNING)
    backs = np.flatnonzero(ends - starts > _END)
    front = _hashes(sums, starts[fronts], starts[fronts] + _BEGINNING) ^ _FRONT
    back = _hashes(sums, ends[backs] - _END, ends[backs]) ^ _BACK
    of = np.concatenate((np.arange(len(starts)), fronts, backs))
    return of, _mixed(np.concatenate((whole ^ _WHOLE, front, back)) ^ _SALTS.take(marks.take(of)))


def _marks(hashes: U64, clauses: Places) -> npt.NDArray[np.int8]:
    """For every word the strongest mark whose cue stands before it, near enough and in the same clause."""
    marks = np.zeros(len(hashes), np.int8)
    places = np.arange(len(hashes))
    for mark, cues in _CUE_HASHES.items():
        cue_places = np.flatnonzero(np.isin(hashes, cues))
        before = np.searchsorted(cue_places, places) - 1  # the last cue before each word; -1 when there is none
        has = before >= 0
        cue = cue_places.take(before[has])
        word = places[has]
        reached = (word - cue <= _REACH[mark]) & (clauses.take(word) == clauses.take(cue))
        marks[word[reached]] = mark
    return marks


def _hashes_of(words: str) -> U64:
    buffer = np.frombuffer(f"{words} ".encode("latin-1"), np.uint8)
    return _hashes(_sums(buffer), *_spans(_IS_LETTER.take(buffer)))


_CUE_HASHES = {mark: _hashes_of(cues) for mark, cues in _CUES.items()}
_TURNS = _hashes_of("men derimot bortsett unntatt")  # «ingen dysfagi, men vekttap»
