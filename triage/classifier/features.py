"""What the model weighs in a letter beside its words (`words.py`): facts by name, and the places that say them. The
same code in training and in service.

A fact is `kind name value` of what the reader found; alarm features and values also stand together with the area and
the age band (`| eye`, `| 45`), because the same symptom means different things at 30 and 70. Which rules hold, and what
they say together, are facts among the others: the model learns how far to trust each. Who the referrer is, what was
ticked and coded, the sex, and how the letter is written are left out on purpose: they did not make mistakes cheaper.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from triage.domain.finding import Evidence, Experiencer, Measurement, Reading, Status, Temporality
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


Said = tuple[str, str, str]
"""Kind, name and value of what was found."""

BY_RULE = "rules"  # the kind of the fact that tells what the rules say

_DATA: Any = yaml.load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
_PRESENT, _NEAR_KIN = Status.PRESENT, Experiencer.FIRST_DEGREE  # Python 3.11 is slow to find a member on its class
_BANDS = ["0", *map(str, _DATA["ages"])]


def facts_of(seen: Seen) -> set[str]:
    """Every fact of the letter."""
    around = seen.reading.area, age_band(seen.referral.age)
    return {fact for said in said_of(seen) for fact in told(said, *around)}


def told(said: Said, area: str, band: str) -> Iterator[str]:
    """The facts that something found makes by itself and together with the area and the age."""
    fact = " ".join(filter(None, said))
    for beside in _DATA["together"][said[0]]:
        yield fact + beside.format(area=area, band=band)


def said_of(seen: Seen) -> list[Said]:
    """What was found in the letter, more than once where several places say it; then what no place says."""
    reading, age = seen.reading, age_band(seen.referral.age)
    present = sum(feature.status is _PRESENT for feature in reading.features)
    return [
        *[
            ("alarm", one.id, "first_degree" if one.experiencer is _NEAR_KIN else one.status)
            for one in reading.features
        ],
        *[("finding", one.concept, one.assertion.status) for one in reading.findings],
        *[("value", value.measure, side) for value, side in _compared(reading)],
        ("age", age, ""),
        ("area", reading.area, ""),
        ("requested", str(reading.requested), ""),
        ("alarms", str(min(present, 3)), ""),
        *[("missing", one.id, "") for one in reading.missing if one.decisive],
        *[("rule", match.rule, "") for match in seen.matches],
        (BY_RULE, str(seen.by_rule), ""),
    ]


def places_of(seen: Seen) -> Iterator[tuple[Said, tuple[Evidence, ...]]]:
    """The same with its places; none for what no words of the letter say."""
    reading, said = seen.reading, said_of(seen)
    places: list[tuple[Evidence, ...]] = [
        *[feature.evidence for feature in reading.features],
        *[(finding.evidence,) for finding in reading.findings],
        *[(value.evidence,) for value, _ in _compared(reading)],
    ]
    return zip(said, places + [()] * (len(said) - len(places)), strict=True)


def _compared(reading: Reading) -> Iterator[tuple[Measurement, str]]:
    """The patient's values now, with the side of each limit that they are on."""
    for value in reading.measurements:
        if value.experiencer is Experiencer.PATIENT and value.temporality is Temporality.CURRENT:
            limits = _DATA["limits"].get(value.measure, ())
            for side in _sides(value.measure, bisect_right(limits, value.value)):
                yield value, side


@cache
def _sides(measure: str, reached: int) -> tuple[str, ...]:
    """On which side of each of its limits a value is that reaches so many of them."""
    return tuple(f"{'≥' if n < reached else '<'}{limit:g}" for n, limit in enumerate(_DATA["limits"].get(measure, ())))


def age_band(age: int | None) -> str:
    """The first year of the band; `None` when the age is not known."""
    return str(None) if age is None else _BANDS[bisect_right(_DATA["ages"], age)]


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
