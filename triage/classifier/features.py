"""Text and findings as rows of the model's table: the same code in training and in service.

The model knows word forms by their 64-bit hashes: an unknown word cannot borrow the weight of a known one, and the
file holds no words of the letters that were trained on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from triage.classifier.facts import facts_of
from triage.classifier.hashing import BUFFER, U64, Places, Words, composed, words_of
from triage.domain.finding import Evidence, Reading
from triage.domain.referral import Referral

Pair = tuple[Referral, Reading]
Rows = npt.NDArray[np.int32]

_BUCKET_BITS = 17
_WORDS, _FACTS = "words.txt", "facts.tsv"


@dataclass(frozen=True, slots=True)
class Batch:
    """Letters as rows of the model's table: `words[i]` and `facts[i]`, filled up with row 0, which weighs nothing.

    `unknown` is the share of each letter's words that the model has never seen. The rest says where the rows come
    from: `words[i, k]` from the word `word_of[i, k]` of `parsed`, and `facts[i, k]` from `places[i][k]`.
    """

    words: Rows
    facts: Rows
    unknown: npt.NDArray[np.float64]
    word_of: Places
    parsed: Words
    places: list[list[tuple[Evidence, ...]]]


class Vocabulary:
    """Row 0 is nothing; then word forms in the order of their hashes, then facts in the order given."""

    def __init__(self, hashes: U64, facts: Sequence[str], labels: Sequence[str]) -> None:
        self.hashes = np.concatenate((np.zeros(1, np.uint64), np.sort(hashes)))
        self.facts = {fact: row for row, fact in enumerate(facts, len(self.hashes))}
        self.labels = dict(zip(self.facts.values(), labels, strict=True))
        self._slots = _slots(self.hashes[1:])

    def word_rows(self, hashes: U64) -> Rows:
        """The row of each hash; 0 for what is unknown."""
        buckets = (hashes >> np.uint64(64 - _BUCKET_BITS)).astype(np.int64)
        rows = np.zeros(len(hashes), np.int32)
        for slot in self._slots:
            candidates = slot.take(buckets)
            np.copyto(rows, candidates, where=self.hashes.take(candidates) == hashes)
        return rows

    def encode(self, pairs: Sequence[Pair]) -> Batch:
        """Letters with less than BUFFER characters together; see `batches`."""
        parsed = words_of([composed(referral.text) for referral, _ in pairs])
        rows = self.word_rows(parsed.hashes)
        whole = rows[: len(parsed.letters)]  # the first forms are the words themselves
        count = np.bincount(parsed.letters, minlength=len(pairs))
        strange = np.bincount(parsed.letters, weights=whole == 0, minlength=len(pairs))
        words, first_form = _padded_unique(parsed.letters.take(parsed.of), rows, len(pairs))
        said = [facts_of(referral, reading) for referral, reading in pairs]
        known = [[fact for fact in facts if fact in self.facts] for facts in said]
        return Batch(
            words=words,
            facts=_padded([[self.facts[fact] for fact in facts] for facts in known]),
            unknown=strange / np.maximum(count, 1),
            word_of=parsed.of.take(first_form) if len(parsed.of) else first_form,
            parsed=parsed,
            places=[[facts[fact] for fact in names] for facts, names in zip(said, known, strict=True)],
        )

    def write(self, folder: Path) -> None:
        """`words.txt`, a hash a line; `facts.tsv`, a fact a line with the name that a reviewer sees."""
        (folder / _WORDS).write_text("".join(f"{h:016x}\n" for h in self.hashes[1:].tolist()), encoding="ascii")
        lines = [f"{fact}\t{self.labels[row]}\n" for fact, row in self.facts.items()]
        (folder / _FACTS).write_text("".join(lines), encoding="utf-8")


def read_vocabulary(folder: Path) -> Vocabulary:
    hashes = [int(line, 16) for line in (folder / _WORDS).read_text(encoding="ascii").splitlines()]
    lines = [line.split("\t") for line in (folder / _FACTS).read_text(encoding="utf-8").splitlines()]
    return Vocabulary(np.array(hashes, np.uint64), [line[0] for line in lines], [line[1] for line in lines])


def batches(pairs: Sequence[Pair], *, size: int = 64) -> list[slice]:
    """Cut letters into runs of at most `size` that fit the buffer together."""
    cuts, used = [0], 0
    for i, (referral, _) in enumerate(pairs):
        length = len(composed(referral.text)) + 1
        if i - cuts[-1] >= size or used + length >= BUFFER:
            cuts.append(i)
            used = 0
        used += length
    return [slice(start, end) for start, end in zip(cuts, [*cuts[1:], len(pairs)], strict=True) if end > start]


def _slots(ordered: U64) -> list[Rows]:
    """For every bucket (the first bits of a hash) its first row, its second row, ..."""
    buckets = (ordered >> np.uint64(64 - _BUCKET_BITS)).astype(np.int64)
    place_in_bucket = np.arange(len(ordered)) - np.searchsorted(buckets, buckets)
    slots = np.zeros((place_in_bucket.max(initial=-1) + 1, 1 << _BUCKET_BITS), np.int32)
    slots[place_in_bucket, buckets] = np.arange(1, len(ordered) + 1)
    return list(slots)


def _padded_unique(letters: Places, rows: Rows, count: int) -> tuple[Rows, Places]:
    """Each letter's known rows, once each, as [count, most], and the first form that gave each."""
    known = np.flatnonzero(rows)
    keys, first_form = np.unique((letters[known] << 32) | rows[known], return_index=True)
    owners = keys >> 32
    per_letter = np.bincount(owners, minlength=count)
    columns = np.arange(len(keys)) - (np.cumsum(per_letter) - per_letter).take(owners)
    padded = np.zeros((count, max(1, per_letter.max(initial=0))), np.int32)
    forms = np.zeros(padded.shape, np.int64)
    padded[owners, columns] = keys & 0xFFFFFFFF
    forms[owners, columns] = known[first_form]
    return padded, forms


def _padded(lists: Sequence[Sequence[int]]) -> Rows:
    padded = np.zeros((len(lists), max(1, max(map(len, lists), default=0))), np.int32)
    for row, values in zip(padded, lists, strict=True):
        row[: len(values)] = values
    return padded
