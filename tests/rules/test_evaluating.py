"""Which rules hold: order, validity, area, and what must always be so."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.builders import TODAY, a_feature, a_policy, a_reading, a_referral, a_rule
from triage.domain.finding import Evidence, Feature, Finding, Reading, Status
from triage.domain.recommendation import Pathway, RuleMatch
from triage.domain.referral import Referral
from triage.paths import RULE_CATALOG
from triage.rules.book import RuleBook, evaluate, load_rules
from triage.rules.facts import facts_of

Catalogue = Callable[..., Path]
BOOK = load_rules(RULE_CATALOG)
FEATURES = sorted({name.removeprefix("feature ") for name in BOOK.by_need if name.startswith("feature ")})


def found(
    reading: Reading, referral: Referral | None = None, book: RuleBook = BOOK, day: date = TODAY
) -> tuple[RuleMatch, ...]:
    return evaluate(book, referral or a_referral(age=62), reading, a_policy(), today=day)


def red(matches: tuple[RuleMatch, ...]) -> set[str]:
    return {match.rule for match in matches if match.pathway and match.pathway.is_red}


def test_most_urgent_rule_comes_first_and_information_last() -> None:
    reading = a_reading(a_feature("gi.antikoagulasjon"), a_feature("gi.dysfagi"), a_feature("gi.melena"))

    pathways = [match.pathway for match in found(reading)]

    assert pathways == [Pathway.EMERGENCY, Pathway.CANCER_PATHWAY, None]


def test_match_says_why_where_and_by_which_source() -> None:
    match = found(a_reading(a_feature("gi.melena", at=12)))[0]

    assert match.rule == "endoscopy/melaena"
    assert match.because == "svart, tjæreaktig avføring nå"
    assert match.evidence == (Evidence(12, 17),)
    assert match.source.startswith("https://www.finnmarkssykehuset.no")
    assert match.danger


def test_reason_names_the_department_s_own_limit() -> None:
    reading = a_reading(requested="gastroscopy", findings=(Finding("refluks", Evidence(0, 7)),))

    matches = evaluate(BOOK, a_referral(age=30), reading, a_policy(low_value_age_limit=50), today=TODAY)

    assert "grense på 50 år" in matches[0].because


@pytest.mark.parametrize(
    ("day", "expected"), [("2024-06-18", 0), ("2024-06-19", 1), ("2025-01-31", 1), ("2025-02-01", 0)]
)
def test_rule_holds_from_its_first_day_to_its_last(catalogue: Catalogue, day: str, expected: int) -> None:
    book = load_rules(catalogue(a_rule(valid_to="2025-01-31")))

    matches = found(a_reading(a_feature("oye.gardin"), area="eye"), book=book, day=date.fromisoformat(day))

    assert len(matches) == expected


def test_danger_counts_in_a_letter_to_another_department() -> None:
    assert red(found(a_reading(a_feature("gi.melena"), area="eye"))) == {"endoscopy/melaena"}


def test_ordinary_rule_speaks_only_in_its_own_area() -> None:
    finding = Finding("katarakt", Evidence(0, 8))

    assert found(a_reading(area="ent", findings=(finding,))) == ()


@pytest.mark.parametrize("area", ["endoscopy", "eye", "ent"])
def test_letter_that_states_nothing_tries_next_to_no_rule(area: str) -> None:
    facts = facts_of(a_referral(), a_reading(area=area), a_policy())

    assert len(BOOK.worth_trying(facts)) <= 2


@pytest.mark.parametrize(
    ("age", "national_line", "low_value"),
    [(44, 0, True), (45, 3, True), (46, 3, True), (54, 3, True), (55, 0, False), (56, 0, False)],
)
def test_between_the_lines_all_three_are_shown_and_the_policy_chooses(
    age: int, national_line: int, low_value: bool
) -> None:
    matches = found(a_reading(a_feature("gi.dyspepsi_ny_over_45"), requested="gastroscopy"), a_referral(age=age))

    assert len([match for match in matches if match.rule.startswith("endoscopy/between_lines")]) == national_line
    assert ("endoscopy/uncomplicated_dyspepsia" in {match.rule for match in matches}) is low_value


def test_department_at_the_national_line_has_nothing_between() -> None:
    reading = a_reading(a_feature("gi.dyspepsi_ny_over_45"), requested="gastroscopy")

    matches = evaluate(BOOK, a_referral(age=50), reading, a_policy(low_value_age_limit=45), today=TODAY)

    assert [(match.rule, match.pathway) for match in matches] == [
        ("endoscopy/new_dyspepsia_over_limit", Pathway.HOSPITAL)
    ]


stated = st.builds(a_feature, st.sampled_from(FEATURES), st.sampled_from(Status))
readings = st.builds(
    lambda features, area: a_reading(*features, area=area),
    st.lists(stated),
    st.sampled_from(["endoscopy", "eye", "ent"]),
)
patients = st.builds(lambda age: a_referral(age=age), st.none() | st.integers(0, 105))


@settings(max_examples=60, deadline=None)
@given(readings, patients)
def test_the_same_letter_gives_the_same_matches(reading: Reading, referral: Referral) -> None:
    assert found(reading, referral) == found(reading, referral)


@settings(max_examples=60, deadline=None)
@given(readings, patients, st.sampled_from(FEATURES))
def test_denied_feature_never_adds_danger(reading: Reading, referral: Referral, name: str) -> None:
    denied = replace(reading, features=(*reading.features, a_feature(name, Status.NEGATED)))

    assert red(found(denied, referral)) == red(found(reading, referral))


@settings(max_examples=60, deadline=None)
@given(readings, patients, stated)
def test_further_feature_never_silences_danger(reading: Reading, referral: Referral, further: Feature) -> None:
    more = replace(reading, features=(*reading.features, further))

    assert red(found(more, referral)) >= red(found(reading, referral))


@settings(max_examples=60, deadline=None)
@given(readings, st.integers(0, 105))
def test_unknown_age_never_silences_danger(reading: Reading, age: int) -> None:
    assert red(found(reading, a_referral(age=None))) >= red(found(reading, a_referral(age=age)))


@settings(max_examples=60, deadline=None)
@given(readings, patients, st.sampled_from(FEATURES))
def test_suspected_alarm_never_makes_a_referral_low_value(reading: Reading, referral: Referral, name: str) -> None:
    suspected = replace(reading, features=(*reading.features, a_feature(name, Status.POSSIBLE)))

    assert low_value(found(suspected, referral)) <= low_value(found(reading, referral))


def low_value(matches: tuple[RuleMatch, ...]) -> set[str]:
    return {match.rule for match in matches if match.pathway is Pathway.PRIMARY_CARE}
