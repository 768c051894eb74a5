"""How fast the department works."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from tests.builders import (
    EYE_DOCTOR,
    KARI,
    a_danger,
    a_decision,
    a_policy,
    a_recommendation,
    a_refusal,
    recommended,
    stored,
)
from triage import workflow
from triage.domain.calendar import oslo_date, utc_now
from triage.domain.decision import Decision
from triage.domain.recommendation import Pathway
from triage.store import pace
from triage.store.database import SYSTEM, Database
from triage.store.pace import Day, Pace

TODAY = oslo_date(utc_now())
POLICY = a_policy()


def measured(db: Database) -> Pace:
    with db.reading(as_=KARI) as tx:
        return pace.lately(tx, today=TODAY)


def received(db: Database, *, days_ago: int) -> None:
    stored(db, received_at=utc_now() - timedelta(days=days_ago))


def decided(db: Database, pathway: Pathway = Pathway.HOSPITAL, *, refuse: bool = False) -> Decision:
    referral = recommended(db, stored(db, received_at=utc_now()), a_recommendation(pathway))
    workflow.claim(db, referral.id, POLICY, by=KARI)
    decision = (a_refusal if refuse else a_decision)(referral)
    workflow.decide(db, decision, POLICY, expected_version=referral.version)
    return decision


def days(*backlog: int) -> tuple[Day, ...]:
    """One referral decided each day, and as many received as the backlog then needs."""
    pairs = zip((backlog[0], *backlog), backlog, strict=False)
    return tuple(Day(TODAY + timedelta(days=n), now - before + 1, 1, now) for n, (before, now) in enumerate(pairs))


def a_pace(*backlog: int) -> Pace:
    return Pace(days(*backlog), None, 0, None, 0, 0, 0, 0, 0, 0)


def test_what_came_and_what_waited_is_counted_by_day(db: Database) -> None:
    received(db, days_ago=2)
    received(db, days_ago=2)
    received(db, days_ago=0)
    decided(db)

    last = measured(db).days[-3:]

    assert [(day.received, day.ended, day.backlog) for day in last] == [(2, 0, 2), (0, 0, 2), (2, 1, 3)]
    assert last[-1].day == TODAY


def test_what_was_undone_waits_again(db: Database) -> None:
    workflow.undo(db, decided(db).id, POLICY, by=KARI)

    assert measured(db).days[-1] == Day(TODAY, 1, 0, 1)


def test_the_time_each_takes_is_measured_from_taking_to_deciding(db: Database) -> None:
    decided(db)

    found = measured(db)

    assert found.timed == 1
    assert found.minutes_each is not None
    assert 0 <= found.minutes_each < 1


@pytest.mark.parametrize(
    ("pathway", "refuse", "agreed"),
    [
        (Pathway.HOSPITAL, False, 1),
        (Pathway.HOSPITAL, True, 0),
        (Pathway.PRIMARY_CARE, True, 1),
        (Pathway.PRIMARY_CARE, False, 0),
    ],
)
def test_agreement_is_deciding_as_was_proposed(db: Database, pathway: Pathway, refuse: bool, agreed: int) -> None:
    decided(db, pathway, refuse=refuse)

    assert (measured(db).agreed, measured(db).compared) == (agreed, 1)


def test_what_the_program_was_unsure_of_and_what_is_late_is_counted(db: Database) -> None:
    recommended(db, stored(db, received_at=utc_now()), a_recommendation(confident=False, reasons=(a_danger(),)))
    recommended(db, stored(db, received_at=utc_now()), a_recommendation())
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text("UPDATE referral SET assessment_due = :day WHERE unsure"), {"day": date(2026, 1, 5)})

    found = measured(db)

    assert (found.read, found.unsure, found.overdue) == (2, 1, 1)


def test_letters_that_wait_for_another_doctor_are_counted_until_the_decision_is_taken_back(db: Database) -> None:
    referral = recommended(db, stored(db), a_recommendation(Pathway.CANCER_PATHWAY))
    refusal = a_refusal(referral, disagreement="misread")
    workflow.decide(db, refusal, POLICY, expected_version=referral.version)
    waiting = measured(db).held
    workflow.undo(db, refusal.id, POLICY, by=KARI)

    assert (waiting, measured(db).held) == (1, 0)


def test_another_departments_work_is_not_counted(db: Database) -> None:
    decided(db)

    with db.reading(as_=EYE_DOCTOR) as tx:
        assert pace.lately(tx, today=TODAY).days[-1] == Day(TODAY, 0, 0, 0)


def test_without_any_work_there_is_nothing_to_measure(db: Database) -> None:
    found = measured(db)

    assert (found.minutes_each, found.days_to_decision, found.weekly) == (None, None, (0, 0))
    assert len(found.days) == 56


def test_at_this_pace_the_queue_is_empty_when_what_is_left_is_done() -> None:
    shrinking = a_pace(10, 9, 8, 7)  # a net of three in four days

    assert shrinking.empty_on() == TODAY + timedelta(days=3 + 10)


def test_a_queue_that_grows_is_never_empty() -> None:
    assert a_pace(7, 8, 9).empty_on() is None


def test_an_empty_queue_is_empty_today() -> None:
    assert a_pace(1, 0).empty_on() == TODAY + timedelta(days=1)
