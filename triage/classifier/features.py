"""What the model weighs in a letter: words and facts by name, with the places that say them. The same code in training
and in service.

A word in the reach of a cue is another word: «dysfagi» and «ingen dysfagi» have nothing in common. How a word begins
counts beside it, so that another form of a known word is not unknown. A fact is `kind name value` of what the reader
found; alarm features and values also stand together with the area and the age band (`| eye`, `| 45`), because the same
symptom means different things at 30 and 70. Which rules hold, and what they say together, are facts among the others:
the model learns how far to trust each. Who the referrer is, what was ticked and coded, the sex, and how the
letter is written are left out on purpose: they did not make mistakes cheaper.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from triage.domain.finding import Evidence, Experiencer, Reading, Status, Temporality
from triage.domain.recommendation import Pathway, RuleMatch, most_urgent
from triage.domain.referral import Referral


@dataclass(frozen=True, slots=True)
class Seen:
    """A letter as the model is shown it, with the rules that hold for it."""

    referral: Referral
    reading: Reading
    matches: tuple[RuleMatch, ...] = ()

    @property
    def by_rule(self) -> Pathway | None:
        """The most urgent pathway that a rule gives."""
        return most_urgent(self.matches)


BY_RULE = "rules"  # the kind of the fact that tells what the rules say
LONGEST = 100_000  # characters of a letter that are read; a longer letter is said to be unlike those trained on

_DATA: Any = yaml.load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
_BANDS = ["0", *map(str, _DATA["ages"])]
_CUES: dict[str, tuple[int, str, int]] = {
    cue: (rank, f" ({mark['label']})", mark["reach"])
    for rank, mark in enumerate(_DATA["marks"])
    for cue in mark["cues"]
}
_TURNS = frozenset((*".;:?!\n", *_DATA["turns"]))
_BEGINNINGS = (4, 6)  # letters
_TOKEN = re.compile(r"[^\W\d_]{2,}|[.;:?!\n]")


@dataclass(frozen=True, slots=True)
class Features:
    """One letter, to the model: words and beginnings with their first place (None: not known), facts with all."""

    words: Mapping[str, tuple[int, int] | None]
    facts: Mapping[str, tuple[Evidence, ...]]


def features_of(seen: Seen) -> Features:
    return Features(_words(seen.referral.text), _facts(seen))


def _words(text: str) -> Mapping[str, tuple[int, int] | None]:
    """Each word and beginning once, as a reviewer reads it: `«dysfagi»`, or `«dysf…» (benektet)` in a cue's reach."""
    source = unicodedata.normalize("NFC", text[:LONGEST]).lower()
    moved = len(source) != len(text[:LONGEST])  # composing accents moves places, so none are told
    words: dict[str, tuple[int, int] | None] = {}
    strength, mark, last = 0, "", -1  # the mark in force, and the last token that it reaches
    for n, token in enumerate(_TOKEN.finditer(source)):
        word = token.group()
        last = -1 if word in _TURNS else last
        if word[0].isalpha():
            place = None if moved else token.span()
            for form in _forms(word, mark if n <= last else ""):
                words.setdefault(form, place)
        if (cue := _CUES.get(word)) and (n > last or cue[0] >= strength):
            strength, mark, last = cue[0], cue[1], n + cue[2]
    return words


@lru_cache(100_000)
def _forms(word: str, mark: str) -> tuple[str, ...]:
    beginnings = (f"«{word[:length]}…»{mark}" for length in _BEGINNINGS if len(word) > length)
    return (f"«{word}»{mark}", *beginnings)


def _facts(seen: Seen) -> Mapping[str, tuple[Evidence, ...]]:
    """Every fact of the letter with its places; none for what no words of the letter say."""
    places: defaultdict[str, tuple[Evidence, ...]] = defaultdict(tuple)
    reading, area, band = seen.reading, seen.reading.area, age_band(seen.referral.age)
    for fact, evidence in _said(reading):
        places[fact] += evidence
    for fact in [fact for fact in places if not fact.startswith("finding")]:
        places[f"{fact} | {area}"] = places[f"{fact} | {band}"] = places[fact]
    rules = (f"rule {match.rule}" for match in seen.matches)
    for fact in (*_around(reading, area, band), *rules, f"{BY_RULE} {seen.by_rule}"):
        places[fact] = ()
    return places


def age_band(age: int | None) -> str:
    """The first year of the band; `None` when the age is not known."""
    return str(None) if age is None else _BANDS[bisect_right(_DATA["ages"], age)]


def _said(reading: Reading) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
    for feature in reading.features:
        near_kin = feature.experiencer is Experiencer.FIRST_DEGREE
        yield f"alarm {feature.id} {'first_degree' if near_kin else feature.status}", feature.evidence
    for finding in reading.findings:
        yield f"finding {finding.concept} {finding.status}", (finding.evidence,)
    for value in reading.measurements:
        if value.experiencer is Experiencer.PATIENT and value.temporality is Temporality.CURRENT:
            for limit in _DATA["limits"].get(value.measure, ()):
                side = "≥" if value.value >= limit else "<"
                yield f"value {value.measure} {side}{limit:g}", (value.evidence,)


def _around(reading: Reading, area: str, band: str) -> Iterator[str]:
    """Facts of the letter as a whole: no place says them."""
    present = min(sum(f.status is Status.PRESENT for f in reading.features), 3)
    yield from (f"age {band}", f"area {area}", f"age {band} | {area}")
    yield from (f"requested {reading.requested}", f"requested {reading.requested} | {band}")
    yield from (f"alarms {present} | {area}", f"alarms {present} | {area} | {band}")
    yield from (f"missing {fact.id}" for fact in reading.missing if fact.decisive)


def fact_label(fact: str, names: Mapping[str, str]) -> str:
    """What a reviewer reads; `names` has the Norwegian names of what the reader finds.

    A fact keeps its label when it stands together with an area or an age, so that its parts are shown as one.
    """
    words: Mapping[str, str] = _DATA["words"]
    kind, name, *said = fact.partition(" | ")[0].split(" ")
    shown = words.get(name) or names.get(name) or name.replace("_", " ")
    last = said[0] if said else ""
    label: str = _DATA["labels"][kind]
    return label.format(name=shown, said=words.get(last, last.replace(".", ",")))
