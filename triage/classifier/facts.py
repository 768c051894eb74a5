"""What the reader found in a letter, as the facts that the model weighs: short words with the places they come from.

A fact is `kind name value`, and most also stand together with the area and the age band (`| eye`, `| 45`), because the
same symptom means different things at 30 and 70. What the referrer ticked and coded, the sex, and how the letter is
written are left out on purpose.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from triage.domain.finding import Evidence, Experiencer, Reading, Status, Temporality
from triage.domain.referral import Referral

Facts = Mapping[str, tuple[Evidence, ...]]

_DATA: Any = yaml.load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
_BANDS = ["0", *map(str, _DATA["ages"])]


def age_band(age: int | None) -> str:
    """The first year of the band; `None` when the age is not known."""
    return str(None) if age is None else _BANDS[bisect_right(_DATA["ages"], age)]


def facts_of(referral: Referral, reading: Reading) -> Facts:
    """Every fact of the letter with its places; none for what no words of the letter say."""
    places: defaultdict[str, tuple[Evidence, ...]] = defaultdict(tuple)
    area, band = reading.area, age_band(referral.age)
    for fact, evidence in _said(reading):
        places[fact] += evidence
    for fact in list(places):
        places[f"{fact} | {area}"] = places[f"{fact} | {band}"] = places[fact]
    for fact in _around(referral, reading, area, band):
        places[fact] = ()
    return places


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


def _around(referral: Referral, reading: Reading, area: str, band: str) -> Iterator[str]:
    """Facts of the letter as a whole: no place says them."""
    present = min(sum(f.status is Status.PRESENT for f in reading.features), 3)
    yield from (f"age {band}", f"area {area}", f"age {band} | {area}", f"referrer {referral.referrer} | {area}")
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
