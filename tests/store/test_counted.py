"""What the reports count: plain columns, the first standing decision, and no tests, copies or cancellations."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.builders import a_decision, a_recommendation, a_referral, an_incoming, recommended, stored
from triage.domain.counted import CountedReferral
from triage.domain.decision import Outcome
from triage.domain.recommendation import Pathway
from triage.domain.referral import IncomingReferral, MessageKind
from triage.store import counted, decisions
from triage.store.database import SYSTEM, Database

DAY = date(2026, 11, 16)  # the clock of the builders' referrals starts here, and ends two weeks later


def received(db: Database, start: date = DAY, end: date = DAY) -> list[CountedReferral]:
    with db.reading(as_=SYSTEM) as tx:
        return list(counted.received(tx, start, end))


def decided(db: Database, *, at: datetime, outcome: Outcome = Outcome.RIGHT_GRANTED) -> None:
    with db.writing(as_=SYSTEM) as tx:
        decisions.add(tx, a_decision(stored(db), decided_at=at, outcome=outcome))


def test_a_referral_is_counted_with_its_plain_facts(db: Database) -> None:
    recommended(db, stored(db), a_recommendation(Pathway.PRIMARY_CARE))

    (row,) = received(db)

    facts = (row.received, row.municipality, row.sender, row.age, row.pathway, row.outcome)
    assert facts == (DAY, "5001", "Fjordgløtt legesenter", 45, Pathway.PRIMARY_CARE, None)


@pytest.mark.parametrize(("days", "number"), [(-1, 0), (0, 1), (1, 0)])
def test_only_those_of_the_period_are_counted(db: Database, days: int, number: int) -> None:
    stored(db)
    day = DAY + timedelta(days=days)

    assert len(received(db, day, day)) == number


@pytest.mark.parametrize(
    "incoming",
    [an_incoming(test_message=True), an_incoming(kind=MessageKind.CANCEL)],
    ids=["test message", "cancellation"],
)
def test_what_is_no_referral_is_not_counted(db: Database, incoming: IncomingReferral) -> None:
    stored(db, incoming)

    assert received(db) == []


def test_a_copy_is_not_counted(db: Database) -> None:
    first = stored(db)
    stored(db, replace(an_incoming(), referral=a_referral("Samme en gang til.")), duplicate_of=first.id)

    assert len(received(db)) == 1


@pytest.mark.parametrize(("day", "in_time"), [(29, True), (30, True), (31, False)])
def test_a_decision_is_in_time_up_to_the_last_day(db: Database, day: int, in_time: bool) -> None:
    decided(db, at=datetime(2026, 11, 1, 11, tzinfo=UTC) + timedelta(days=day - 1))

    (row,) = received(db)

    assert (row.outcome, row.in_time) == (Outcome.RIGHT_GRANTED, in_time)


def test_a_decision_that_was_taken_back_does_not_count(db: Database) -> None:
    decision = a_decision(stored(db))
    with db.writing(as_=SYSTEM) as tx:
        decisions.add(tx, decision)
        decisions.undo(tx, decision.id, at=decision.decided_at)

    assert received(db)[0].outcome is None


def test_past_referrals_are_listed_in_the_order_of_arrival(db: Database) -> None:
    first = stored(db)
    second = stored(db, received_at=first.first_received_at + timedelta(hours=1))

    with db.reading(as_=SYSTEM) as tx:
        assert counted.ids(tx) == [first.id, second.id]
