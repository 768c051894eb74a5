"""Teaches `learned.py`: from letters and single sentences with the features that a person found in them, a table; and
`opinion.py`, from sentences in which a person marked the status of places, and from letters.

A letter's features are told of no place. A sentence tells those that the lexicon finds in it and the person too; what
only one of the two found teaches nothing of that feature in that letter. Each sentence is shown twice, with what the
lexicon found and without, so that words must tell what a lexicon will not know.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from triage.domain.errors import BadInput
from triage.domain.finding import Reading, Status
from triage.domain.referral import Referral
from triage.nlp.learned import ROWS, WORDS, Table, Told, eight_bits, facts_of, form_of, rows_of_sentence
from triage.nlp.marked import Marked
from triage.nlp.opinion import STATUSES, Opinion, rows_around
from triage.nlp.reader import Reader
from triage.nlp.text import Document

_FEWEST = 8  # sentences that tell it
_SEEN = 2  # sentences that a piece must stand in
_STRENGTH = 0.3  # inverse of the L2 penalty
_OPINION_STRENGTH = 0.5
_OF_LETTER = 0.3  # weight of a place in a letter, beside one in a sentence
_WEIGHT = {False: 1, True: 3}  # of a sentence that tells the feature: a missed one costs more


@dataclass(frozen=True, slots=True)
class Lesson:
    """A letter, or a single sentence of one (`is_excerpt`), and what a person read in it."""

    referral: Referral
    told: frozenset[Told]
    is_excerpt: bool = False


@dataclass(frozen=True, slots=True)
class _Example:
    rows: tuple[int, ...]
    told: frozenset[Told]
    unsure: frozenset[Told]


def teach_field(lessons: Iterable[Lesson], read: Callable[[Referral], tuple[Document, Reading]]) -> Table:
    """A table for the field of the lessons; the same lessons give the same one, too few give one that tells nothing.
    `read` is of a reader that has learnt nothing."""
    shown = [(lesson, *read(lesson.referral)) for lesson in lessons]
    examples = list(dict.fromkeys(e for one in shown for e in _examples(*one)))
    words = np.zeros(WORDS, bool)
    words[[crc32(form.encode()) % WORDS for form in _forms(document for _, document, _ in shown)]] = True
    times = Counter(told for e in examples for told in e.told)
    learnt = sorted(told for told, count in times.items() if count >= _FEWEST)
    if not learnt:
        weights, squares, bias = (np.zeros(size, np.float32) for size in ((ROWS, 0), ROWS, 0))
        return Table((), weights, squares, bias, words)
    counts = _counts([e.rows for e in examples])
    stands_in = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = (np.log((1 + len(examples)) / (1 + stands_in)) + 1) * (stands_in >= _SEEN)
    squares = rarity**2
    lengths = np.sqrt(np.maximum(counts @ squares, 1e-9))
    seen = sp.csr_matrix(sp.diags(1 / lengths) @ counts @ sp.diags(rarity))
    fitted = [_fit(seen, examples, told) for told in learnt]
    return Table(
        learnt,
        np.array([weights * rarity for weights, _ in fitted], np.float32).T,
        squares.astype(np.float32),
        np.array([bias for _, bias in fitted], np.float32),
        words,
    )


def _forms(documents: Iterable[Document]) -> Iterator[str]:
    """Those of words that stand in more than one of the texts."""
    stands_in = Counter(form for d in documents for form in {form_of(d, i) for i in range(len(d.words))} if form)
    return (form for form, times in stands_in.items() if times >= _SEEN)


def _examples(lesson: Lesson, document: Document, reading: Reading) -> Iterator[_Example]:
    """What a person and the lexicon read alike is told where the lexicon found it; of the rest no place is known."""
    facts = facts_of(document, reading.findings, reading.measurements, reading.features)
    found = [
        (document.sentence_at(place.start), Told(feature.id, feature.status is Status.NEGATED))
        for feature in reading.features
        for place in feature.evidence
    ]
    for number, sentence in enumerate(document.sentences):
        if lesson.is_excerpt and len(document.sentences) == 1:
            told, unsure = lesson.told, frozenset[Told]()
        else:
            here = frozenset(one for at, one in found if at == number)
            told, unsure = here & lesson.told, (lesson.told - {one for _, one in found}) | (here - lesson.told)
        shown = facts.get(number, [])
        for given in (shown, []) if shown else ([],):
            yield _Example(tuple(rows_of_sentence(document, sentence, given)), told, unsure)


def _counts(of_all: Sequence[Sequence[int]]) -> sp.csr_matrix:
    """[examples, ROWS]"""
    ends = np.cumsum([0, *map(len, of_all)])
    rows = np.fromiter((row for rows in of_all for row in rows), np.int32, count=ends[-1])
    counts = sp.csr_matrix((np.ones(len(rows)), rows, ends), shape=(len(of_all), ROWS))
    counts.sum_duplicates()
    return counts


def _fit(seen: sp.csr_matrix, examples: Sequence[_Example], told: Told) -> tuple[npt.NDArray[np.float64], float]:
    sure = np.array([told not in e.unsure for e in examples])
    tells = np.array([told in e.told for e in examples])
    model = LinearSVC(C=_STRENGTH, class_weight=_WEIGHT, random_state=0).fit(seen[sure], tells[sure])
    return model.coef_[0], float(model.intercept_[0])


@dataclass(frozen=True, slots=True)
class Weighed:
    """The pieces around a place, what a person said of it, and how much it counts."""

    rows: Sequence[int]
    status: Status
    weight: float = 1.0


def weighed_in_sentence(marked: Marked, reader: Reader) -> Iterator[Weighed]:
    for place, status in zip(reader.places(marked.text, marked.places), marked.statuses, strict=True):
        if place:
            yield Weighed(rows_around(place), status)


def weighed_in_letter(referral: Referral, told: Iterable[tuple[str, str]], reader: Reader) -> Iterator[Weighed]:
    """Where the reader found what a person told once. What is right for another reason than the place's status teaches
    nothing, and a letter's place counts less than a sentence's: the rules were made with the letters."""
    statuses: defaultdict[str, set[str]] = defaultdict(set)
    for name, status in told:
        statuses[name].add(status)
    found = [f for f in reader.read(referral).features if f.evidence and len(statuses[f.id]) == 1]
    spans = [(f.evidence[0].start, f.evidence[0].end) for f in found]
    for feature, place in zip(found, reader.places(referral.text, spans), strict=True):
        status = Status(*statuses[feature.id])
        if place and (place.assertion.status is status or feature.status is not status):
            yield Weighed(rows_around(place), status, _OF_LETTER)


def teach_opinion(examples: Sequence[Weighed]) -> Opinion:
    """The same examples give the same one. Raises BadInput when there are too few."""
    if {e.status for e in examples} != {*Status}:
        raise BadInput("Setningene må ha steder med alle seks statuser.")
    seen = (_counts([e.rows for e in examples]) > 0).astype(np.float64)
    model = LogisticRegression(C=_OPINION_STRENGTH, max_iter=400, tol=1e-3)
    model.fit(seen, [STATUSES.index(e.status) for e in examples], sample_weight=[e.weight for e in examples])
    return Opinion({**eight_bits(model.coef_.T.astype(np.float32)), "bias": model.intercept_.astype(np.float32)})
