"""The rule language, one condition at a time."""

from typing import Any

import pytest

from tests.rules.builders import a_feature, a_policy, a_reading, a_referral
from triage.domain.finding import (
    Assertion,
    Evidence,
    Experiencer,
    Finding,
    Measurement,
    Polarity,
    Reading,
    Status,
    Temporality,
)
from triage.domain.referral import Referral
from triage.rules.conditions import Group
from triage.rules.facts import facts_of
from triage.strict_yaml import validated

DENIED = Assertion(polarity=Polarity.NEGATED)


def holds(condition: dict[str, Any], reading: Reading, referral: Referral | None = None) -> bool:
    group = validated(Group, condition if condition.keys() & {"all", "any"} else {"all": [condition]}, "test")
    return group.held(facts_of(referral or a_referral(), reading, a_policy())) is not None


@pytest.mark.parametrize(("status", "expected"), [(status, status is Status.PRESENT) for status in Status])
def test_feature_counts_only_when_it_is_present_now(status: Status, expected: bool) -> None:
    assert holds({"feature": "gi.melena"}, a_reading(a_feature("gi.melena", status))) is expected


@pytest.mark.parametrize(("status", "expected"), [("present", True), ("possible", True), ("negated", False)])
def test_rule_may_ask_for_several_statuses(status: str, expected: bool) -> None:
    condition = {"feature": "gi.melena", "status": ["present", "possible"]}

    assert holds(condition, a_reading(a_feature("gi.melena", Status(status)))) is expected


@pytest.mark.parametrize(
    ("whose", "expected"), [("first_degree", True), ("second_degree", False), ("other", False), ("patient", False)]
)
def test_only_the_relative_who_is_asked_for_counts(whose: str, expected: bool) -> None:
    condition = {"feature": "gi.familiar_crc", "experiencer": "first_degree"}

    assert holds(condition, a_reading(a_feature("gi.familiar_crc", Status.FAMILY, whose=whose))) is expected


def test_feature_stated_twice_counts_when_one_statement_does() -> None:
    reading = a_reading(a_feature("gi.melena", Status.NEGATED), a_feature("gi.melena"))

    assert holds({"feature": "gi.melena"}, reading)


def test_silence_is_not_a_negation() -> None:
    assert not holds({"feature": "gi.melena", "status": "negated"}, a_reading())
    assert holds({"all": [{"requested": ""}], "none": [{"feature": "gi.melena"}]}, a_reading())


def test_evidence_is_every_place_that_makes_the_condition_hold() -> None:
    group = validated(
        Group, {"all": [{"feature": ["gi.melena", "gi.vekttap"]}], "any": [{"measure": "hb", "below": 8}]}, ""
    )
    reading = a_reading(
        a_feature("gi.melena", at=10), a_feature("gi.vekttap", at=30), values=(Measurement("hb", 7, Evidence(50, 55)),)
    )

    held = group.held(facts_of(a_referral(), reading, a_policy()))

    assert held == (Evidence(10, 15), Evidence(30, 35), Evidence(50, 55))


@pytest.mark.parametrize(
    ("bounds", "value", "comparator", "expected"),
    [
        ({"below": 8}, 7.9, "=", True),
        ({"below": 8}, 8.0, "=", False),
        ({"at_most": 8}, 8.0, "=", True),
        ({"at_most": 8}, 8.1, "=", False),
        ({"above": 8}, 8.0, "=", False),
        ({"above": 8}, 8.1, "=", True),
        ({"at_least": 8}, 8.0, "=", True),
        ({"at_least": 8}, 7.9, "=", False),
        ({"at_least": 5, "below": 8}, 5.0, "=", True),
        ({"at_least": 5, "below": 8}, 8.0, "=", False),
        ({"below": 50}, 50, "<", True),
        ({"below": 50}, 51, "<", False),
        ({"at_least": 5}, 5, "<", False),
        ({"at_least": 1800}, 1800, ">", True),
        ({"above": 1800}, 1800, ">", True),
        ({"above": 1801}, 1800, ">", False),
        ({"below": 3000}, 1800, ">", False),
    ],
)
def test_value_is_compared_with_what_is_known_of_it(
    bounds: dict[str, float], value: float, comparator: str, expected: bool
) -> None:
    measured = Measurement("hb", value, Evidence(0, 1), comparator=comparator)

    assert holds({"measure": "hb", **bounds}, a_reading(values=(measured,))) is expected


@pytest.mark.parametrize(
    "measured",
    [
        Measurement("hb", 7, Evidence(0, 1), temporality=Temporality.HISTORICAL),
        Measurement("hb", 7, Evidence(0, 1), experiencer=Experiencer.FIRST_DEGREE),
        Measurement("mcv", 7, Evidence(0, 1)),
    ],
)
def test_value_of_another_time_person_or_measure_decides_nothing(measured: Measurement) -> None:
    assert not holds({"measure": "hb", "below": 8}, a_reading(values=(measured,)))


@pytest.mark.parametrize(
    ("age", "or_unknown", "expected"), [(54, False, True), (55, False, False), (None, False, False)]
)
def test_unknown_age_is_under_no_limit(age: int | None, or_unknown: bool, expected: bool) -> None:
    condition = {"age": {"below": "low_value_age_limit"}, "or_unknown": or_unknown}

    assert holds(condition, a_reading(), a_referral(age=age)) is expected


def test_unknown_age_counts_where_the_rule_says_so() -> None:
    assert holds({"age": {"above": 40}, "or_unknown": True}, a_reading(), a_referral(age=None))


def test_age_limit_follows_the_department_s_policy() -> None:
    group = validated(Group, {"all": [{"age": {"below": "low_value_age_limit"}}]}, "")

    facts = facts_of(a_referral(age=47), a_reading(), a_policy(low_value_age_limit=45))

    assert group.held(facts) is None


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"requested": "gastroscopy"}, True),
        ({"requested": ["colonoscopy", "sigmoidoscopy"]}, False),
        ({"code": "ICPC-2:D0"}, True),
        ({"code": "D07"}, False),
        ({"missing": "hp"}, True),
        ({"missing": ["hp", "vekt", "hb"], "at_least": 2}, True),
        ({"missing": ["hp", "vekt", "hb"], "at_least": 3}, False),
        ({"finding": "dyspepsi"}, True),
        ({"finding": "refluks"}, False),
        ({"any": [{"finding": "refluks"}, {"missing": "vekt"}]}, True),
        ({"all": [{"finding": "dyspepsi"}, {"any": [{"missing": "hb"}, {"finding": "refluks"}]}]}, False),
    ],
)
def test_what_is_said_beside_the_text(condition: dict[str, Any], expected: bool) -> None:
    findings = (Finding("dyspepsi", Evidence(0, 5)), Finding("refluks", Evidence(6, 9), DENIED))
    reading = a_reading(requested="gastroscopy", findings=findings, missing=("hp", "vekt"))

    assert holds(condition, reading, a_referral(codes=("ICPC-2:D07",))) is expected
