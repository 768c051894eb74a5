"""Trying out changed rules: who would move, by age, with danger or known need among them, and the hours saved."""

from dataclasses import replace
from datetime import date

import pytest

from tests.builders import a_policy, a_referral, an_incoming, read_again, stored
from triage.commands.ordering import Change
from triage.commands.simulating import Move, changed_by, compared, simulate, tables
from triage.domain.errors import BadInput
from triage.domain.recommendation import Pathway, most_urgent
from triage.domain.referral import Area
from triage.engines import Engines, load_engines
from triage.reports.sections import Grid
from triage.settings import Settings
from triage.store.database import Database


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    return load_engines(Settings(home=tmp_path_factory.mktemp("home")))


STAYS = Move(50, Pathway.HOSPITAL, Pathway.HOSPITAL, alarm=True)
MOVES = Move(50, Pathway.HOSPITAL, Pathway.PRIMARY_CARE, alarm=False)


def tabled(*moves: Move) -> list[Grid]:
    return list(tables(moves, a_policy(), minutes=20))


def summed(*moves: Move) -> list[object]:
    return [value for _, value in tabled(*moves)[0].rows]


def test_only_those_that_move_are_counted() -> None:
    _, ways, ages = tabled(STAYS, MOVES, MOVES)

    assert ways.rows == (("Sykehus → Fastlege følger opp", 2, 0, 0),)
    assert ages.rows == (("50–54 år", 2, 0, 0),)


def test_those_with_a_sign_of_danger_and_those_that_proved_needed_are_counted_apart() -> None:
    _, ways, ages = tabled(MOVES, replace(MOVES, age=None, alarm=True), replace(MOVES, needed=True))

    assert ways.rows == (("Sykehus → Fastlege følger opp", 3, 1, 1),)
    assert ages.rows == (("50–54 år", 2, 0, 1), ("ukjent år", 1, 1, 0))


def test_hours_are_those_that_leave_the_hospital_less_those_that_come() -> None:
    comes = Move(60, Pathway.PRIMARY_CARE, Pathway.HOSPITAL, alarm=False)

    assert summed(MOVES, MOVES, MOVES, MOVES, comes)[3] == "1,0"
    assert summed(comes)[3] == "−0,3"


def test_a_needed_referral_that_would_be_refused_is_in_the_summary() -> None:
    assert summed(replace(MOVES, needed=True), MOVES)[4] == 1


def test_nothing_moves_under_the_same_rules() -> None:
    summary, *rest = tabled(STAYS)

    assert [value for _, value in summary.rows][:2] == [1, 0]
    assert [grid.rows for grid in rest] == [(), ()]


def test_a_rule_that_is_left_out_decides_nothing(engines: Engines) -> None:
    referral, day = a_referral("Melena siste to døgn, svimmel. Hb 7,1."), date(2026, 3, 2)
    reading = engines.reader.read(referral)
    deciding = tuple(rule.id for rule in engines.rules.rules)

    assert most_urgent(engines.matches(referral, reading, today=day)) is Pathway.EMERGENCY
    assert not changed_by(Change(without=deciding), engines).matches(referral, reading, today=day)


def test_every_past_referral_is_proposed_for_twice_and_none_is_changed(db: Database, engines: Engines) -> None:
    before = stored(db)

    (move,) = compared(db, engines, changed_by(Change(), engines))

    assert move.before is move.after
    assert move.doubted_before is move.doubted_after
    assert read_again(db, before.id) == before


def test_a_higher_sensitivity_never_makes_fewer_letters_read_by_a_person(db: Database, engines: Engines) -> None:
    for text in (
        "Melena siste to døgn, svimmel. Hb 7,1.",
        "Melena i fjor, nå frisk.",
        "Svie bak brystbeinet i tre uker.",
    ):
        stored(db, an_incoming(referral=a_referral(text)))

    low, high = (sum(m.doubted_after for m in compared(db, engines, engines, level)) for level in (0.5, 0.99))

    assert 1 <= low <= high


def test_without_a_known_needed_referral_no_sensitivity_can_be_tried(db: Database, engines: Engines) -> None:
    with pytest.raises(BadInput, match="følsomhet"):
        compared(db, engines, engines, 0.99)


def test_the_age_limit_is_that_of_the_changed_policy(engines: Engines) -> None:
    assert changed_by(Change(age_limit=45), engines).policy.low_value_age_limit == 45
    assert changed_by(Change(), engines).policy == engines.policy


def test_a_sensitivity_without_the_model_is_refused(db: Database, engines: Engines) -> None:
    rules = replace(engines, model=None)

    with pytest.raises(BadInput, match="med modellen"):
        compared(db, rules, rules, 0.99)


@pytest.mark.parametrize("minutes", [0, -5, float("nan"), float("inf")])
def test_hours_of_no_time_at_all_are_refused(minutes: float) -> None:
    with pytest.raises(BadInput, match="minuttene"):
        simulate(Settings(), policy=None, rules=None, sensitivity=None, rules_only=True, minutes=minutes)


def test_by_the_rules_alone_another_age_limit_moves_those_between_the_two(db: Database, engines: Engines) -> None:
    text = "Svie bak brystbeinet i tre måneder. Ingen dysfagi, ikke vekttap, ingen melena. Ber om gastroskopi."
    for age in (34, 50, 70):
        stored(db, an_incoming(referral=a_referral(text, age=age, area=Area.ENDOSCOPY)))
    rules = replace(engines, model=None)

    moves = compared(db, rules, changed_by(Change(age_limit=45), rules))

    assert [move.age for move in moves if move.before is not move.after] == [50]
