"""Words and facts as rows of the model's table.

Words are kept as 64-bit digests, so that the file holds no words of the letters that were trained on.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]

_FILE = "vocabulary.tsv"
_REMEMBERED = 100_000  # words


def digest(word: str) -> str:
    return blake2b(word.encode(), digest_size=8).hexdigest()


class Vocabulary:
    """Row 0 is nothing; then the words' digests and the facts, in the order given. Facts have a reviewer's labels."""

    def __init__(self, words: Sequence[str], facts: Sequence[str], labels: Sequence[str]) -> None:
        self.words = {word: row for row, word in enumerate(words, 1)}
        self.facts = {fact: row for row, fact in enumerate(facts, 1 + len(words))}
        # 0 for what is unknown. Words are remembered, for a digest takes longer than all else that is done with one.
        self.of_word = lru_cache(_REMEMBERED)(lambda word: self.words.get(digest(word), 0))
        self.labels = dict(zip(facts, labels, strict=True))

    def write(self, folder: Path) -> None:
        lines = [*self.words, *(f"{fact}\t{label}" for fact, label in self.labels.items())]
        (folder / _FILE).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_vocabulary(folder: Path) -> Vocabulary:
    lines = [line.split("\t") for line in (folder / _FILE).read_text(encoding="utf-8").splitlines()]
    facts = [line for line in lines if len(line) == 2]
    return Vocabulary([line[0] for line in lines if len(line) == 1], *([fact[i] for fact in facts] for i in (0, 1)))


def padded(lists: Iterable[Sequence[int]]) -> Rows:
    """[lists, longest], filled up with 0."""
    rows = list(lists)
    table = np.zeros((len(rows), max(1, max(map(len, rows), default=0))), np.int32)
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = values
    return table
