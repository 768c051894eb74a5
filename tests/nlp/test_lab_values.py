"""Laboratory values as they are written: which number is the value, and which of several is today's."""

from itertools import product

import pytest

from triage.domain.finding import Temporality
from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader

_LABELS = {"hb": ("Hb", "13,4", "9,1"), "calprotectin": ("F-kalpro", "1 200", "38"), "platelets": ("TPK", "512", "240")}
_ONE = [
    "{} 14.11: {}", "{} (14.11): {}", "{} 14.11.2025 {}", "{} ({r}): {}", "{} [{r}] {}", "{} g/L {}",
    "{} ↓{}", "{}: *{}",
    "{} viste {}", "{} har vært {}", "{} {} (14.11)",
]  # fmt: skip
_TWO = [
    "{} {a} i mars, {b} i dag", "{} {b} nå, {a} i fjor", "{} {b} ({a} i 2023)", "{} i dag {b}, {a} i fjor",
    "{} {a} for 3 mnd siden, {b} nå", "{} fra {a} i mars til {b}", "{} redusert fra {a} til {b}",
    "{} {a}, kontroll {b}",
    "{} 12.03: {a}, 14.09: {b}", "{} 14.09.25: {b}, 12.03.25: {a}", "{} {a} (12.03), {b} (14.09)", "{} {a} → {b}",
    "{0} {a} i fjor, {0} i dag {b}", "{} {b}, ned fra {a}",
]  # fmt: skip
_OVER = [
    "{} {} i mai, nå normal.", "{} {} i vår, etter jern normal.", "{} {} i mai. Nå normal.", "{} {} for ti år siden.",
    "Tidligere {} {}.", "{} 12.03.2019: {}", "{} {} i mars, kontroll normal.",
]  # fmt: skip
_STANDS = [
    "{} {}, tidligere normal.",
    "{} {} i går, EKG nå normalt.",
    "{} {} i mai, ikke normalisert.",
    "{} {}, nå 82 kg.",
]


def today(reader: Reader, text: str) -> list[tuple[str, float]]:
    found = reader.read(Referral("x", text, Area.ENDOSCOPY, age=66)).measurements
    return [(m.measure, m.value) for m in found if m.temporality is Temporality.CURRENT and m.measure in _LABELS]


def number(told: str) -> float:
    return float(told.replace(" ", "").replace(",", "."))


@pytest.mark.parametrize(("template", "measure"), [*product(_ONE + _STANDS, _LABELS)])
def test_one_value(reader: Reader, template: str, measure: str) -> None:
    label, value, _ = _LABELS[measure]
    assert today(reader, template.format(label, value, r="11,7-15,3")) == [(measure, number(value))]


@pytest.mark.parametrize(("template", "measure"), [*product(_TWO, _LABELS)])
def test_todays_of_two_values(reader: Reader, template: str, measure: str) -> None:
    label, before, now = _LABELS[measure]
    assert today(reader, template.format(label, a=before, b=now)) == [(measure, number(now))]


@pytest.mark.parametrize(("template", "measure"), [*product(_OVER, _LABELS)])
def test_no_value_of_today(reader: Reader, template: str, measure: str) -> None:
    assert today(reader, template.format(*_LABELS[measure][:2])) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hb, SR og TPK hhv. 9,1, 12 og 240", [("hb", 9.1), ("platelets", 240)]),
        ("Hb/TPK/CRP 9,1/240/3", [("hb", 9.1), ("platelets", 240)]),
        ("F-Hb-verdi 148", []),
        ("Hb 15,6, leuk 12,1 -> 8,4, CRP <1", [("hb", 15.6)]),
        ("Hb 13,1, første dag 10,4, i går 9,6, i dag 7,9", [("hb", 7.9)]),
        ("Hb 11,9 stabilt fra tidligere", [("hb", 11.9)]),
    ],
)
def test_beside_others(reader: Reader, text: str, expected: list[tuple[str, float]]) -> None:
    assert sorted(today(reader, text)) == expected
