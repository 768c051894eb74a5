"""Words and facts as rows of the model's table.

Words are kept as 64-bit digests, so that the file holds no words of the letters that were trained on.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]

_FILE = "vocabulary.tsv"
_REMEMBERED = 100_000  # words


def digest(word: str) -> str:
    return blake2b(word.encode(), digest_size=8).hexdigest()


class _RowOfWord(dict[str, int]):
    """Rows by word, 0 for what is unknown. It remembers words, for a digest takes longer than all else that is done
    with a word, and forgets them all when they have become many."""

    def __init__(self, of_digest: Mapping[str, int]) -> None:
        super().__init__()
        self._of_digest = of_digest

    def __missing__(self, word: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = row = self._of_digest.get(digest(word), 0)
        return row


class Vocabulary:
    """Row 0 is nothing; then the words' digests and the facts, in the order given. Facts have a reviewer's labels."""

    def __init__(self, words: Sequence[str], facts: Sequence[str], labels: Sequence[str]) -> None:
        self.words = {word: row for row, word in enumerate(words, 1)}
        self.facts = {fact: row for row, fact in enumerate(facts, 1 + len(words))}
        self.of_word = _RowOfWord(self.words)
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
