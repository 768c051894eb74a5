"""What the reports count: plain columns, the first standing decision, and no tests, copies or cancellations."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.builders import a_decision, a_recommendation, a_referral, a_refusal, an_incoming, recommended, stored
from triage.domain.counted import CountedReferral
from triage.domain.decision import Decision, Outcome
from triage.domain.recommendation import Pathway
from triage.domain.referral import IncomingReferral, MessageKind
from triage.store import counted, decisions, letters
from triage.store.database import SYSTEM, Database
from triage.store.readings import Kind
from triage.store.rows import add_row
from triage.store.tables import LetterRow, ReadingRow

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


@pytest.mark.parametrize(("day", "days"), [(16, 0), (17, 1), (30, 14)])
def test_the_days_to_a_decision_are_counted_from_receipt(db: Database, day: int, days: int) -> None:
    decided(db, at=datetime(2026, 11, day, 11, tzinfo=UTC))

    assert received(db)[0].days == days


def a_refused(db: Database) -> Decision:
    decision = a_refusal(stored(db), decided_at=datetime(2026, 11, 17, 11, tzinfo=UTC))
    with db.writing(as_=SYSTEM) as tx:
        decisions.add(tx, decision)
    return decision


@pytest.mark.parametrize(
    ("ended", "found"), [(None, False), (Outcome.RIGHT_GRANTED, True), (Outcome.EMERGENCY_HANDLED, True)]
)
def test_a_refused_one_is_followed_to_what_came_of_the_next_referral(
    db: Database, ended: Outcome | None, found: bool
) -> None:
    refused = a_refused(db)
    later = {"clock_start": DAY + timedelta(days=9), "assessment_due": DAY + timedelta(days=20)}
    again = stored(db, bounce_of=refused.referral_id, **later)
    if ended:
        with db.writing(as_=SYSTEM) as tx:
            decisions.add(tx, a_decision(again, outcome=ended))

    (row,) = received(db)

    assert (row.referred_again, row.found_later) == (True, found)
    with db.reading(as_=SYSTEM) as tx:
        assert counted.ids(tx)[refused.referral_id] is found


@pytest.mark.parametrize(("kind", "drawn"), [(Kind.DRAWN, 1), (Kind.REFUSED_RED, 0)])
def test_what_a_blind_reader_of_a_refusal_answered_is_counted_and_agreement_only_of_those_drawn(
    db: Database, kind: Kind, drawn: int
) -> None:
    refused = a_refused(db)
    answer = {"reader": "nina", "answered_at": refused.decided_at, "outcome": Outcome.RIGHT_GRANTED}
    asked = {"asked_by": "kari", "asked_at": refused.decided_at, "question": "", "comment": "", "holds_letters": False}
    with db.writing(as_=SYSTEM) as tx:
        about = {"referral_id": refused.referral_id, "decision_id": refused.id, "kind": kind}
        add_row(tx, ReadingRow, **about, **asked, **answer)

    (row,) = received(db)

    assert row.reread is Outcome.RIGHT_GRANTED
    assert row.readings == ("right_refused", "right_granted") * drawn


@pytest.mark.parametrize(
    ("answers", "delivered", "returned"),
    [((), False, False), ((True,), False, False), ((True, True), True, False), ((True, False), False, True)],
    ids=["none has answered", "one has", "both have", "one came back"],
)
def test_a_decision_is_delivered_when_every_letter_about_it_is(
    db: Database, answers: tuple[bool, ...], delivered: bool, returned: bool
) -> None:
    decision = a_refused(db)
    about = {"referral_id": decision.referral_id, "decision_id": decision.id, "written_at": decision.decided_at}
    same = {"kind": "right_refused", "language": "nb", "template": "a", "pdf_sha256": "0"}
    words = {"html": "", "text": "", "pdf": b""}
    with db.writing(as_=SYSTEM) as tx:
        both = [add_row(tx, LetterRow, recipient=who, **about, **same, **words) for who in ("patient", "referrer")]
        for letter, accepted in zip(both, answers, strict=False):
            letters.note_receipt(tx, letter, accepted=accepted, reason=None, at=decision.decided_at)

    (row,) = received(db)

    assert (row.delivered, row.returned) == (delivered, returned)


def test_past_referrals_are_listed_in_the_order_of_arrival(db: Database) -> None:
    first = stored(db)
    second = stored(db, received_at=first.first_received_at + timedelta(hours=1))

    with db.reading(as_=SYSTEM) as tx:
        assert list(counted.ids(tx).items()) == [(first.id, False), (second.id, False)]
