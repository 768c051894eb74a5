"""Words and facts as rows of the model's table. Words are kept as digests: the file holds no words of the letters that
were trained on."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from triage.classifier.features import Said, told
from triage.classifier.words import Digests, Places

Rows = npt.NDArray[np.int32]

_FILE = "vocabulary.tsv"


class Vocabulary:
    """Row 0 is nothing; then the words' digests, rising, and the facts, in the order given. Facts have a reviewer's
    labels."""

    def __init__(self, words: Digests, facts: Sequence[str], labels: Sequence[str]) -> None:
        self.words = words
        self.facts = {fact: row for row, fact in enumerate(facts, 1 + len(words))}
        self.labels = dict(zip(self.facts.values(), labels, strict=True))  # by row
        self.of_said = cache(lambda area, band: _RowsOfSaid(self, area, band))

    def of_words(self, digests: Digests) -> Rows:
        """0 for what is unknown."""
        if not len(self.words):
            return np.zeros(len(digests), np.int32)
        found = np.minimum(np.searchsorted(self.words, digests), len(self.words) - 1)
        return np.where(self.words.take(found) == digests, found + 1, 0).astype(np.int32)

    def write(self, folder: Path) -> None:
        lines = [f"{word:015x}" for word in self.words.tolist()]
        lines += [f"{fact}\t{self.labels[row]}" for fact, row in self.facts.items()]
        (folder / _FILE).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


class _RowsOfSaid(dict[Said, tuple[int, ...]]):
    """The rows of each thing that was found, in one area and at one age."""

    def __init__(self, vocabulary: Vocabulary, area: str, band: str) -> None:
        super().__init__()
        self._vocabulary, self._around = vocabulary, (area, band)

    def __missing__(self, said: Said) -> tuple[int, ...]:
        facts = self._vocabulary.facts
        rows = self[said] = tuple(facts[fact] for fact in told(said, *self._around) if fact in facts)
        return rows


def read_vocabulary(folder: Path) -> Vocabulary:
    lines = [line.split("\t") for line in (folder / _FILE).read_text(encoding="utf-8").splitlines()]
    words = np.array([int(line[0], 16) for line in lines if len(line) == 1], np.uint64)
    facts = [line for line in lines if len(line) == 2]
    return Vocabulary(words, *([fact[i] for fact in facts] for i in (0, 1)))


def padded(lists: Places, rows: Rows, count: int) -> Rows:
    """[count, longest], filled up with 0: the rows that belong to each list, whose numbers rise."""
    sizes = np.bincount(lists, minlength=count)
    table = np.zeros((count, max(1, sizes.max(initial=0))), np.int32)
    table[lists, np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)] = rows
    return table
