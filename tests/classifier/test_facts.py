"""The facts that the model weighs."""

import pytest

from triage.classifier.facts import age_band, fact_label, facts_of
from triage.domain.finding import Assertion, Evidence, Experiencer, Feature, Finding, Measurement, Polarity, Reading
from triage.domain.finding import Status
from triage.domain.referral import Area, Referral, StatedUrgency

HERE = Evidence(3, 9)


def a_reading(**said: object) -> Reading:
    return Reading(**{"area": "eye", "requested": "red_eye", "language": "nb", **said})  # type: ignore[arg-type]


def facts(reading: Reading, **changes: object) -> set[str]:
    referral = Referral(**{"id": "1", "text": "", "age": 50, **changes})  # type: ignore[arg-type]
    return set(facts_of(referral, reading))


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "0"),
        (5, "0"),
        (6, "6"),
        (44, "40"),
        (45, "45"),
        (46, "45"),
        (54, "45"),
        (55, "55"),
        (101, "80"),
        (None, "None"),
    ],
)
def test_an_age_belongs_to_the_band_that_starts_at_or_below_it(age: int | None, band: str) -> None:
    assert age_band(age) == band


@pytest.mark.parametrize(("hb", "side"), [(9.9, "<10"), (10.0, "≥10"), (10.1, "≥10")])
def test_a_value_is_compared_with_each_limit(hb: float, side: str) -> None:
    assert f"value hb {side}" in facts(a_reading(measurements=(Measurement("hb", hb, HERE),)))


def test_a_relatives_value_says_nothing_of_the_patient() -> None:
    hers = Measurement("hb", 8.0, HERE, experiencer=Experiencer.FIRST_DEGREE)

    assert not {fact for fact in facts(a_reading(measurements=(hers,))) if fact.startswith("value")}


def test_a_denied_finding_and_a_present_one_have_no_fact_in_common() -> None:
    present = facts(a_reading(findings=(Finding("smerte", HERE),)))
    denied = facts(a_reading(findings=(Finding("smerte", HERE, Assertion(polarity=Polarity.NEGATED)),)))

    assert {fact for fact in present & denied if "smerte" in fact} == set()


def test_a_symptom_stands_together_with_the_area_and_the_age() -> None:
    said = facts(a_reading(features=(Feature("oye.gardin", Status.PRESENT, (HERE,)),)))

    assert {"alarm oye.gardin present", "alarm oye.gardin present | eye", "alarm oye.gardin present | 45"} <= said


@pytest.mark.parametrize(
    "change", [{"stated_urgency": StatedUrgency.EMERGENCY}, {"codes": ("ICPC-2:D21",)}, {"area": Area.ENT}]
)
def test_what_the_referrer_ticked_and_coded_is_no_fact(change: dict[str, object]) -> None:
    assert facts(a_reading(), **change) == facts(a_reading())


@pytest.mark.parametrize(
    ("fact", "label"),
    [
        ("alarm gi.vekttap negated | 45", "vekttap: benektet"),
        ("value duration_weeks ≥0.5", "varighet i uker ≥0,5"),
        ("age 55 | eye", "alder fra 55 år"),
        ("area ent", "fagområde: øre-nese-hals"),
        ("referrer optician | eye", "henviser: optiker"),
        ("alarms 0 | eye | 45", "alarmtegn til stede: 0"),
    ],
)
def test_a_reviewer_reads_norwegian(fact: str, label: str) -> None:
    assert fact_label(fact, {"gi.vekttap": "vekttap"}) == label
