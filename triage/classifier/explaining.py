"""Why the model thinks so: the exact parts of a logit, gathered by word and by finding, in a reviewer's language."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from triage.classifier.features import Batch
from triage.classifier.hashing import Mark, composed
from triage.domain.finding import Evidence
from triage.domain.recommendation import Contribution

SHOWN = 8
THE_REST = "alt annet"
_PLACES = 3  # of a word that stands in many

_MARKS = {Mark.NONE: "", Mark.HISTORICAL: " (tidligere)", Mark.NEGATED: " (benektet)", Mark.FAMILY: " (i familien)"}

Parts = npt.NDArray[np.float32]


def contributions(
    batch: Batch, letter: int, text: str, labels: Mapping[int, str], parts: tuple[Parts, Parts, float]
) -> tuple[Contribution, ...]:
    """What moved one logit most, and the rest; together exactly the logit.

    `parts` are those of `batch.words[letter]` and of `batch.facts[letter]`, and the logit itself.
    """
    of_words, of_facts, logit = parts
    weighed = [*_of_words(batch, letter, text, of_words), *_of_facts(batch, letter, labels, of_facts)]
    shown = sorted(weighed, key=lambda one: -abs(one.weight))[:SHOWN]
    return (*shown, Contribution(THE_REST, logit - sum(one.weight for one in shown)))


def _of_words(batch: Batch, letter: int, text: str, parts: Parts) -> list[Contribution]:
    """A word's own part and those of its beginning and end as one."""
    parsed, used = batch.parsed, np.flatnonzero(batch.words[letter])
    first, end = np.searchsorted(parsed.letters, (letter, letter + 1))
    identities, owner = np.unique(parsed.hashes.take(batch.word_of[letter, used]), return_inverse=True)
    weights = np.bincount(owner, weights=parts[used], minlength=len(identities))
    most = np.argsort(-np.abs(weights), kind="stable")[:SHOWN]
    # Places count in the composed letter: where composing moved them, the word is named without its place.
    source, moved = composed(text), composed(text) != text[: len(composed(text))]
    found = []
    for identity, weight in zip(identities[most], weights[most].tolist(), strict=True):
        where = first + np.flatnonzero(parsed.hashes[first:end] == identity)[:_PLACES]
        places = [Evidence(int(parsed.starts[w]), int(parsed.ends[w])) for w in where]
        word = source[places[0].start : places[0].end].lower()
        label = f"«{word}»{_MARKS[Mark(parsed.marks[where[0]])]}"
        found.append(Contribution(label, weight, () if moved else tuple(places)))
    return found


def _of_facts(batch: Batch, letter: int, labels: Mapping[int, str], parts: Parts) -> list[Contribution]:
    """The parts of facts with the same label as one."""
    sums: defaultdict[str, float] = defaultdict(float)
    places: dict[str, tuple[Evidence, ...]] = {}
    known = zip(batch.facts[letter].tolist(), batch.places[letter], parts.tolist(), strict=False)  # then filled up
    for row, evidence, part in known:
        sums[labels[row]] += part
        places[labels[row]] = evidence
    return [Contribution(label, weight, places[label]) for label, weight in sums.items()]
