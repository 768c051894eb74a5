"""A second opinion on the status of a finding: a linear model on the words and cues around it.

The rules of `cues.py` know constructions, and every new writer has one more. The model was taught by sentences in which
a person marked the status of each place. It is shown what the rules say and which cues they saw, so that it learns
where they are to be trusted. It overrules them where it is sure, about a concept of the lexicon: whether it is present,
possible, past or another person's. It neither denies nor takes back a denial.

A place is a bag of pieces, each a row of one hashed table. `triage lexicon teach-status` writes the table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from triage.domain.finding import Assertion, Certainty, Experiencer, Polarity, Status, Temporality
from triage.nlp.cues import SentenceCues
from triage.nlp.grammar import SEPARATORS
from triage.nlp.learned import Floats, row_of
from triage.nlp.reach import IN_CLAUSE
from triage.nlp.text import Section

OPINION = "opinion.npz"
STATUSES = tuple(Status)
_FURTHEST = 24  # words from the place
_MEMORY = 50_000  # pieces
_LATELY = frozenset(("dag", "idag", "går", "igår", "natt", "morges", "forgårs", "helgen", "igen", "nytt"))
_NEAR = (0, 1, 1, 2, 2, 2, 2)  # by the words in between; 3 beyond
_OF_FINDING = "·"  # stands for a run of what the lexicon knows
_JOINS = frozenset(("men", "og", "som"))
OVERRULES_FROM = 1.0  # log odds over what the rules say


class Place(NamedTuple):
    """Tokens `first` up to `end` of a sentence, a finding of this category, and what the rules say of it."""

    cues: SentenceCues
    first: int
    end: int
    category: str
    assertion: Assertion


_row = lru_cache(_MEMORY)(row_of)


@lru_cache(_MEMORY)
def _rows_of_word(side: str, word: str, near: int, *, same_part: bool) -> tuple[int, ...]:
    pieces = [f"{side} {word}", f"{side}{near} {word}"]
    return tuple(map(_row, [*pieces, f"{side}= {word}"] if same_part else pieces))


def rows_around(place: Place) -> list[int]:
    """Every piece of what stands around the place and of what the rules say, once each."""
    cues, first, end, category, assertion = place
    governing = cues.governing(first, end, category)
    kinds = sorted({scope.kind for scope in governing})
    pieces = [
        f"said {assertion.status}",
        f"category {category}",
        f"under {cues.heading or cues.section}",
        "all " + " ".join(kinds),
    ]
    pieces += [f"in {kind}" for kind in kinds]
    pieces += [f"by {scope.kind} {' '.join(cues.words[slice(*scope.cue)])}" for scope in governing]
    pieces += [f"word {cues.words[first]}", f"end {cues.lower[end - 1][-4:]}", f"begins {first == cues.first}"]
    pieces += _cues_around(cues, first, end)
    known = _known(cues, first, end)
    before, after = range(first - 1, cues.first - 1, -1), range(end, cues.end)
    return list({*map(_row, pieces), *_words("L", cues, before, known), *_words("R", cues, after, known)})


def _known(cues: SentenceCues, first: int, end: int) -> set[int]:
    """Tokens of other findings, which stand for nothing themselves: «ingen blod, slim eller vekttap»."""
    named = (m for m in cues.matches if m.term.concepts and not m.parts)
    return {i for m in named for i in range(m.first, m.end)} - set(range(first, end))


def _words(side: str, cues: SentenceCues, tokens: Sequence[int], known: set[int]) -> Iterator[int]:
    """The rows of the words on one side, from the place outwards."""
    between, last, same_part = 0, "", True
    for i in tokens:
        word = _OF_FINDING if i in known else "0" if cues.lower[i][0].isdigit() else cues.words[i]
        if word == last == _OF_FINDING:
            continue
        same_part = same_part and word not in SEPARATORS
        yield from _rows_of_word(side, word, _near(between), same_part=same_part)
        if last:
            yield _row(f"{side} {last}_{word}")
        last = word
        between += word != _OF_FINDING and word not in SEPARATORS
        if between > _FURTHEST:
            break


def _near(between: int) -> int:
    return _NEAR[between] if between < len(_NEAR) else 3


def _cues_around(cues: SentenceCues, first: int, end: int) -> Iterator[str]:
    """Every cue of the sentence by its side, how far, and what parts it from the place."""
    for cue, kinds in cues.cues:
        side = "L" if cue.end <= first else "R" if cue.first >= end else "I"
        between = cues.words[cue.end : first] if side == "L" else cues.words[end : cue.first]
        parted, joined = not SEPARATORS.isdisjoint(between), not _JOINS.isdisjoint(between)
        for kind in kinds:
            yield from (f"{side} {kind}", f"{side}{_near(len(between))} {kind}", f"{side} {kind} {parted} {joined}")


class Opinion:
    """What the words around a place say of its status: weights [ROWS, STATUSES] of `scale` [STATUSES], and bias."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._arrays = arrays
        self._weights, self._scale, self._bias = arrays["weights"], arrays["scale"], arrays["bias"]

    def write(self, folder: Path) -> None:
        np.savez_compressed(folder / OPINION, allow_pickle=False, **self._arrays)

    def of(self, place: Place) -> Assertion:
        """What the rules say, or another status where the model is sure of it. It neither denies nor takes back a
        denial: it errs in both, and a danger that is denied is lost."""
        cues, assertion, said = place.cues, place.assertion, place.assertion.status
        settled = assertion.polarity is Polarity.NEGATED or said is Status.FAMILY or _is_dated(cues, assertion)
        if settled or not cues.cues or cues.section is Section.QUOTED:
            return assertion
        scores = self.scores(rows_around(place))
        other = STATUSES[int(scores.argmax())]
        sure = scores.max() - scores[STATUSES.index(said)] > OVERRULES_FROM
        allowed = other is not Status.NEGATED and (other is not Status.REQUESTED or place.category == "procedure")
        lost = other is Status.HISTORICAL and _is_of_today(place)
        lost |= other is Status.FAMILY and not cues.steering.telling.isdisjoint(cues.words[cues.first : place.first])
        return _with_status(assertion, other) if sure and allowed and not lost else assertion

    def scores(self, rows: list[int]) -> Floats:
        """Log odds [STATUSES], up to a constant."""
        scores: Floats = self._weights[rows].sum(axis=0, dtype=np.float32) * self._scale + self._bias
        return scores


def _is_dated(cues: SentenceCues, assertion: Assertion) -> bool:
    """«Hes vår 2019»: a year says when."""
    return any(cues.document.text[cue.start : cue.end].isdecimal() for cue in assertion.cues)


def read_opinion(folder: Path) -> Opinion | None:
    """From the lexicon's folder; None where nothing was taught."""
    if not (folder / OPINION).is_file():
        return None
    with np.load(folder / OPINION) as file:
        return Opinion({name: file[name] for name in file.files})


def _is_of_today(place: Place) -> bool:
    """«Tidligere røyker, hes i 6 uker», «ikke tidligere henvist, stridor»: how long tells that it is there, and what is
    past in one part makes no danger past in another."""
    cues, first, end, category, _ = place
    lasts = category != "drug" and cues.tells_how_long(end, within=IN_CLAUSE)
    told = cues.governing(*place[1:4])
    # «hadde svart avføring i går», «hadde lammelse i fjor, gikk over, men kom tilbake»
    lately = any(s.kind == "current" and cues.words[s.cue[1] - 1] in _LATELY for s in told)
    lately |= any(s.kind in ("again", "again_after_none") for s in told)
    return lasts or (category in ("alarm", "symptom") and (lately or cues.past_elsewhere(first, end)))


def _with_status(said: Assertion, status: Status) -> Assertion:
    """The assertion moved on the axes that decide, so that it has this status. Of another person nothing is known."""
    if status is Status.FAMILY:
        return replace(said, experiencer=Experiencer.OTHER)
    if status is Status.POSSIBLE:
        return replace(said, certainty=Certainty.POSSIBLE, requested=False)
    temporality = Temporality.HISTORICAL if status is Status.HISTORICAL else Temporality.CURRENT
    asked = status is Status.REQUESTED
    return replace(said, certainty=Certainty.CERTAIN, temporality=temporality, requested=asked)
