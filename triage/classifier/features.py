"""What the model weighs in a letter: words and facts by name, with the places that say them. The same code in training
and in service.

A word in the reach of a cue is another word: «dysfagi» and «ingen dysfagi» have nothing in common. A fact is `kind name
value` of what the reader found; alarm features and values also stand together with the area and the age band
(`| eye`, `| 45`), because the same symptom means different things at 30 and 70. Who the referrer is, what was ticked and
coded, the sex, and how the letter is written are left out on purpose: they did not make mistakes cheaper, or must not.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from triage.domain.finding import Evidence, Experiencer, Reading, Status, Temporality
from triage.domain.referral import Referral

Pair = tuple[Referral, Reading]
Named = Mapping[str, tuple[Evidence, ...]]

LONGEST = 100_000  # characters of a letter that are read; a longer letter is said to be unlike those trained on

_DATA: Any = yaml.load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
_BANDS = ["0", *map(str, _DATA["ages"])]
_MARKS: list[str] = list(_DATA["marks"])
_CUES = {cue: (rank, mark["reach"]) for rank, mark in enumerate(_DATA["marks"].values()) for cue in mark["cues"]}
_CLAUSE = re.compile(r"(?:(?! men | derimot | bortsett | unntatt )[^.;:?!\n])+")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Features:
    """One letter, as the model sees it."""

    words: Named
    facts: Named


def features_of(referral: Referral, reading: Reading) -> Features:
    return Features(_words(referral.text), _facts(referral, reading))


def _words(text: str) -> Named:
    """Each word once, with its first place: `dysfagi`, or `dysfagi negated` in the reach of a cue."""
    source = unicodedata.normalize("NFC", text[:LONGEST]).lower()
    moved = len(source) != len(text[:LONGEST])  # composing accents moves places, so none are told
    words: dict[str, tuple[Evidence, ...]] = {}
    for clause in _CLAUSE.finditer(source):
        marked = [0] * len(_MARKS)  # words left in the reach of each mark
        for found in _WORD.finditer(source, clause.start(), clause.end()):
            mark = next((name for name, left in zip(_MARKS[::-1], marked[::-1], strict=True) if left), "")
            marked = [max(0, left - 1) for left in marked]
            words.setdefault(f"{found.group()} {mark}".rstrip(), () if moved else (Evidence(*found.span()),))
            if cue := _CUES.get(found.group()):
                marked[cue[0]] = cue[1]
    return words


def _facts(referral: Referral, reading: Reading) -> Named:
    """Every fact of the letter with its places; none for what no words of the letter say."""
    places: defaultdict[str, tuple[Evidence, ...]] = defaultdict(tuple)
    area, band = reading.area, age_band(referral.age)
    for fact, evidence in _said(reading):
        places[fact] += evidence
    for fact in [fact for fact in places if not fact.startswith("finding")]:
        places[f"{fact} | {area}"] = places[f"{fact} | {band}"] = places[fact]
    for fact in _around(reading, area, band):
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


def word_label(word: str) -> str:
    """`dysfagi negated` is «dysfagi» (benektet)."""
    bare, _, mark = word.partition(" ")
    return f"«{bare}» ({_DATA['marks'][mark]['label']})" if mark else f"«{bare}»"


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
