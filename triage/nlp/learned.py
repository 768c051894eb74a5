"""What the lexicon has no words for: a linear model that hears alarm features in a sentence.

The lexicon names what its writers thought of; new writers say a quarter of it otherwise. The model was taught by
sentences that tell a feature, however they say it, and adds what it hears and the lexicon did not: a place, whose
status is judged as for any other word (`assertion.py`). What the lexicon found, but nothing in the sentence sounds
like, it doubts: a danger is then `possible`, so that a person reads; anything else is left out.

A sentence is a bag of pieces, each a row of one hashed table: normal forms, pairs of them, parts of the words as
written, and what the lexicon found. `teaching.py` writes the table.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from triage.domain.errors import NotReady
from triage.domain.finding import Evidence, Feature, Finding, Measurement
from triage.domain.referral import Area
from triage.nlp.text import Document, Sentence

LEARNED = "learned.npz"
ROWS = 1 << 15
WORDS = 1 << 17
_PARTS = (3, 4, 5, 6)  # letters
_LONGEST = 30  # letters of a word that are looked at
_OPENING = crc32(b"^")  # stands before the first word
_BESIDE = 0.25  # share of the weightiest word's weight from which its neighbour belongs to the same place
_MEMORY, _AT_FIRST = 50_000, 1024  # words
_SHORTEST = 1e-9  # squared length of a sentence, so that one of which nothing is known divides
_FEWEST = 3  # words of a sentence in which something is heard: «Kastet opp.» has only a lexicon's meaning
_SIGN = -1  # in place of a word's number
HEARS_FROM = 0.0  # score
# Score below which the lexicon is doubted. In 180 letters by writers that nobody had read it took four of eighteen
# false dangers, and one true one.
DOUBTS_BELOW = -0.8

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]


class Told(NamedTuple):
    """What a sentence can tell: that a feature is there (whenever, in whomever, surely or not), or that it is not."""

    feature: str
    denied: bool = False


class Heard(NamedTuple):
    """What sentence `number` tells; tokens `first` up to `end` tell it."""

    told: Told
    number: int
    first: int
    end: int


def form_of(document: Document, i: int) -> str | None:
    """The form of token `i` that counts; None for signs. All numbers are one."""
    lower = document.lower[i]
    return document.words[i] if lower[0].isalpha() else "0" if lower[0].isdigit() else None


def rows_of_word(lower: str, form: str) -> list[int]:
    """The rows of one word by itself: its normal form and the parts of what was written."""
    written = f"<{lower[:_LONGEST]}>" if lower[0].isalpha() else ""
    parts = {written[at : at + size] for size in _PARTS for at in range(len(written) - size + 1)}
    return [row_of(f"word {form}"), *(row_of(f"part {part}") for part in sorted(parts))]


def rows_of_pairs(codes: Codes, begins: Places) -> Places:
    """The rows of each word with the one before, both as `crc32` of their forms; none stands before what begins."""
    before = np.concatenate((codes[:1], codes[:-1]))
    before[begins] = _OPENING
    return (before * np.uint64(31) + codes).astype(np.intp) % ROWS


@cache
def row_of_fact(fact: str) -> int:
    """`concept dysfagi`, `feature gi.dysfagi`, `measure hb`"""
    return row_of(f"fact {fact}")


def row_of(piece: str) -> int:
    return crc32(piece.encode()) % ROWS


def facts_of(
    document: Document, findings: Iterable[Finding], measurements: Iterable[Measurement], features: Iterable[Feature]
) -> dict[int, list[str]]:
    """What the lexicon found, by sentence."""
    told: defaultdict[int, set[str]] = defaultdict(set)

    def tell(fact: str, place: Evidence) -> None:
        told[document.sentence_at(place.start)].add(fact)

    for finding in findings:
        tell(f"concept {finding.concept}", finding.evidence)
    for value in measurements:
        tell(f"measure {value.measure}", value.evidence)
    for feature in features:
        for place in feature.evidence:
            tell(f"feature {feature.id}", place)
    return {number: sorted(facts) for number, facts in told.items()}


def rows_of_sentence(document: Document, sentence: Sentence, facts: Iterable[str]) -> list[int]:
    """Every piece of one sentence, as often as it is there: what is taught."""
    words = [(document.lower[i], form) for i in range(sentence.first, sentence.end) if (form := form_of(document, i))]
    codes = np.array([crc32(form.encode()) for _, form in words], np.uint64)
    parts = [row for lower, form in words for row in rows_of_word(lower, form)]
    return [*map(row_of_fact, facts), *parts, *(rows_of_pairs(codes, np.array([0][: len(words)], np.intp)).tolist())]


@dataclass(frozen=True, slots=True)
class Table:
    """What one field's sentences can tell: weights [ROWS, told], what each row adds to the square of a sentence's
    length [ROWS], bias [told], and which words were heard [WORDS], by `crc32` of their forms."""

    told: Sequence[Told]
    weights: Floats
    squares: Floats
    bias: Floats
    words: npt.NDArray[np.bool_]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "features": np.array([told.feature for told in self.told]),
            "denied": np.array([told.denied for told in self.told]),
            **eight_bits(self.weights),
            "squares": self.squares.astype(np.float16),
            "bias": self.bias,
            "words": np.packbits(self.words),
        }


def eight_bits(weights: Floats) -> dict[str, npt.NDArray[Any]]:
    """With eight bits a weight, and the scale of each column: no score moves by more than a few hundredths."""
    scale = np.maximum(np.abs(weights).max(axis=0), _SHORTEST) / 127
    return {"weights": (weights / scale).round().astype(np.int8), "scale": scale.astype(np.float32)}


def write_learned(tables: Mapping[Area, Table], folder: Path) -> None:
    of_all = {f"{area} {name}": array for area, table in tables.items() for name, array in table.arrays().items()}
    np.savez(folder / LEARNED, allow_pickle=False, **of_all)


def read_learned(folder: Path) -> "dict[Area, Learned]":
    """By field, from the lexicon's folder; empty where nothing was taught. Raises NotReady for an older table."""
    if not (folder / LEARNED).is_file():
        return {}
    of_area: defaultdict[Area, dict[str, npt.NDArray[Any]]] = defaultdict(dict)
    with np.load(folder / LEARNED) as file:
        for key in file.files:
            area, name = key.split(" ")
            of_area[Area(area)][name] = file[key]
    if any("words" not in arrays for arrays in of_area.values()):
        raise NotReady(f"{LEARNED} er laget av en eldre utgave: kjør «triage lexicon teach» på nytt.")
    return {area: Learned(arrays) for area, arrays in of_area.items()}


class Listening(NamedTuple):
    """What the model hears in one letter; `plain` [sentences, told] are the scores of the words alone, and `new` the
    tokens that it was never taught."""

    heard: Sequence[Heard]
    plain: Floats
    columns: Mapping[Told, int]
    new: Container[int]

    def doubts(self, feature: str, numbers: Iterable[int], tokens: Iterable[int]) -> bool:
        """Whether none of these sentences sounds as if it told or denied that, whatever the lexicon found there. What a
        new word tells is not doubted."""
        columns = [self.columns[told] for told in (Told(feature), Told(feature, denied=True)) if told in self.columns]
        if not columns or any(token in self.new for token in tokens):
            return False
        return all(self.plain[number, columns].max() < DOUBTS_BELOW for number in numbers)


class _Words:
    """The sums of words that were seen, by their number. A number is told when its sums stand, so that threads may
    share them."""

    def __init__(self, weights: npt.NDArray[np.int8], squares: Floats) -> None:
        self._weights, self._squares, self._lock = weights, squares, Lock()
        self.numbers: dict[str, int] = {}  # _SIGN for what is no word
        self._count = 0
        self.codes = np.zeros(_AT_FIRST, np.uint64)
        self.sums = np.zeros((_AT_FIRST, weights.shape[1]), np.float32)
        self.lengths = np.zeros(_AT_FIRST, np.float32)  # squared

    def number(self, lower: str, form: str | None) -> int:
        with self._lock:
            if lower not in self.numbers:
                self.numbers[lower] = _SIGN if form is None else self._added(lower, form)
            return self.numbers[lower]

    def _added(self, lower: str, form: str) -> int:
        number = self._count
        if number == len(self.codes):
            self.codes = np.append(self.codes, np.zeros_like(self.codes))
            self.sums = np.append(self.sums, np.zeros_like(self.sums), axis=0)
            self.lengths = np.append(self.lengths, np.zeros_like(self.lengths))
        rows = rows_of_word(lower, form)
        self.codes[number] = crc32(form.encode())
        self.sums[number] = self._weights[rows].sum(axis=0, dtype=np.float32)
        self.lengths[number] = self._squares[rows].sum()
        self._count += 1
        return number


class Learned:
    """Hears what the sentences of one field tell. It keeps the sums of words that it has seen, and nothing else."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._told = list(map(Told, arrays["features"].tolist(), arrays["denied"].tolist()))
        self._columns = {told: column for column, told in enumerate(self._told)}
        self._weights = np.ascontiguousarray(arrays["weights"])  # six times as quick to take rows of
        self._scale, self._bias = arrays["scale"], arrays["bias"]
        self._squares = arrays["squares"].astype(np.float32)
        self._words = _Words(self._weights, self._squares)
        self._taught = np.unpackbits(arrays["words"]).astype(bool)

    def listen(self, document: Document, facts: Mapping[int, Sequence[str]]) -> "Listening":
        """What the sentences tell. `facts` are what the lexicon found, by sentence."""
        tokens, codes, sums, squares = self._weighed(document)
        begins = np.searchsorted(tokens, [sentence.first for sentence in document.sentences])
        ends = np.append(begins[1:], len(tokens))
        whole, lengths = np.zeros((len(begins), len(self._told)), np.float32), np.zeros(len(begins), np.float32)
        spoken = np.flatnonzero(begins < ends)
        if len(spoken):
            whole[spoken] = np.add.reduceat(sums, begins[spoken], axis=0)
            lengths[spoken] = np.add.reduceat(squares, begins[spoken])
        plain = self._scores(whole, lengths)
        found = [(number, row_of_fact(fact)) for number in spoken.tolist() for fact in facts.get(number, ())]
        if found:
            numbers, rows = np.array(found).T
            cuts = np.flatnonzero(np.diff(numbers, prepend=-1))
            whole[numbers[cuts]] += np.add.reduceat(self._weights[rows], cuts, axis=0, dtype=np.float32)
            lengths[numbers[cuts]] += np.add.reduceat(self._squares[rows], cuts)
        heard = []
        for number, column in np.argwhere(self._scores(whole, lengths) > HEARS_FROM).tolist():
            words = tokens[begins[number] : ends[number]].tolist()
            if len(words) < _FEWEST:
                continue
            first, end = _weightiest(sums[begins[number] : ends[number], column])
            heard.append(Heard(self._told[column], number, words[first], words[end - 1] + 1))
        return Listening(heard, plain, self._columns, set(tokens[~self._taught.take(codes % WORDS)].tolist()))

    def _scores(self, whole: Floats, lengths: Floats) -> Floats:
        scores: Floats = whole * self._scale / np.sqrt(np.maximum(lengths, _SHORTEST))[:, None] + self._bias
        return scores

    def _weighed(self, document: Document) -> tuple[Places, Codes, Floats, Floats]:
        """The tokens that count, their words' codes, and what each and its pair with the one before add: to what is
        told [tokens, told], to the square of the length [tokens]."""
        if len(self._words.numbers) > _MEMORY:
            self._words = _Words(self._weights, self._squares)
        seen = self._words
        of_all = list(map(seen.numbers.get, document.lower))
        if None in of_all:
            of_all = [seen.number(word, form_of(document, i)) for i, word in enumerate(document.lower)]
        numbers = np.array(of_all, np.intp)
        tokens = np.flatnonzero(numbers != _SIGN)
        numbers = numbers[tokens]
        begins = np.searchsorted(tokens, [sentence.first for sentence in document.sentences])
        codes = seen.codes.take(numbers)
        pairs = rows_of_pairs(codes, begins[begins < len(tokens)])
        sums = seen.sums.take(numbers, axis=0)
        sums += self._weights.take(pairs, axis=0)
        return tokens, codes, sums, seen.lengths.take(numbers) + self._squares.take(pairs)


def _weightiest(weights: Floats) -> tuple[int, int]:
    """The word that tells most, with the neighbours that tell a part as much."""
    top = int(weights.argmax())
    enough, first, end = float(weights[top]) * _BESIDE, top, top + 1
    while first > 0 and weights[first - 1] >= enough:
        first -= 1
    while end < len(weights) and weights[end] >= enough:
        end += 1
    return first, end
