"""What need not be kept is destroyed for good, and nothing else is."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.builders import (
    KARI,
    OLA,
    SIV,
    a_danger,
    a_policy,
    a_recommendation,
    a_refusal,
    an_incoming,
    decided,
    read_again,
    recommended,
    stored,
)
from tests.delivery.recipients import answered, journey, written_letters
from tests.pathways.test_intake import a_message, referrals_of, taken_in
from triage import workflow
from triage.delivery.transport import FolderTransport
from triage.domain.calendar import utc_now
from triage.domain.decision import Outcome
from triage.domain.errors import Conflict, NotFound
from triage.domain.message import Intake
from triage.store import messages, queue, retention
from triage.store.database import SYSTEM, Database
from triage.store.messages import StoredMessage
from triage.store.referrals import StoredReferral

POLICY = a_policy()
LATER = timedelta(days=400)


def refused(db: Database, body: bytes) -> tuple[StoredMessage, StoredReferral]:
    message = taken_in(db, body)
    (referral,) = referrals_of(db, message)
    decided(db, a_refusal(referral))
    return message, read_again(db, referral.id)


def run(db: Database, *, at: datetime) -> int:
    """How many referrals and messages were destroyed."""
    with db.reading(as_=SYSTEM) as tx:
        old = retention.due(tx, "referral", at), retention.due(tx, "message", at)
    for referral_id in old[0]:
        workflow.destroy_referral(db, referral_id)
    for message_id in old[1]:
        workflow.destroy_message(db, message_id)
    return len(old[0]) + len(old[1])


def test_a_destroyed_referral_cannot_be_read_found_or_recognised(db: Database) -> None:
    message, referral = refused(db, a_message())

    assert run(db, at=utc_now() + LATER) == 1

    with pytest.raises(NotFound, match="slettet"):
        workflow.look_at(db, referral.id, by=KARI)
    with db.reading(as_=SYSTEM) as tx:
        assert queue.search(tx, referral.incoming.patient.national_id or "") == []
        assert tx.session.scalar(text("SELECT count(*) FROM data_key")) == 0
    with pytest.raises(NotFound), db.reading(as_=SYSTEM) as tx:
        messages.body(tx, message.id)


def test_what_is_open_or_recent_is_kept(db: Database) -> None:
    taken_in(db, a_message("Dysfagi.", msg_id="M-2"))
    refused(db, a_message())

    assert run(db, at=utc_now() - timedelta(days=1)) == 0
    assert run(db, at=utc_now() + LATER) == 1
    with db.reading(as_=SYSTEM) as tx:
        assert queue.length(tx) == 1


def test_an_open_referral_is_never_destroyed(db: Database) -> None:
    (referral,) = referrals_of(db, taken_in(db, a_message()))

    with pytest.raises(Conflict):
        workflow.destroy_referral(db, referral.id)


def test_nothing_is_destroyed_twice(db: Database) -> None:
    refused(db, a_message())
    run(db, at=utc_now() + LATER)

    assert run(db, at=utc_now() + LATER) == 0


def test_the_same_bytes_again_are_received_as_if_for_the_first_time(db: Database) -> None:
    refused(db, a_message())
    taken_in(db, a_message())  # an exact repeat, which goes with the first
    run(db, at=utc_now() + LATER)

    again = taken_in(db, a_message())

    assert again.outcome is Intake.REGISTERED
    (referral,) = referrals_of(db, again)
    assert (referral.duplicate_of, referral.bounce_of) == (None, None)


def test_a_referral_that_repeats_a_destroyed_one_can_still_be_opened(db: Database) -> None:
    refused(db, a_message())
    (repeat,) = referrals_of(db, taken_in(db, a_message(msg_id="M-2")))
    assert repeat.bounce_of
    run(db, at=utc_now() + LATER)

    case = workflow.look_at(db, repeat.id, by=KARI)

    assert case.earlier_decisions == ()
    assert "Reflukssymptomer" in case.referral.incoming.referral.text


def test_a_message_that_a_person_sorted_out_is_destroyed_in_its_time(db: Database) -> None:
    message = taken_in(db, b"%PDF-1.7 \xff")
    assert message.outcome in (Intake.TRAY, Intake.REFUSED)
    assert run(db, at=utc_now() + LATER) == 0

    workflow.handle_message(db, message.id, by=SIV)

    assert run(db, at=utc_now() + LATER) == 1


def test_what_somebody_holds_is_kept_until_it_is_taken_back(db: Database) -> None:
    _, referral = refused(db, a_message())
    workflow.hold(db, referral.id, "Klagesak 12", by="Per Personvern")

    assert run(db, at=utc_now() + LATER) == 0
    with pytest.raises(Conflict, match="beholdes"):
        workflow.destroy_referral(db, referral.id)

    workflow.end_hold(db, referral.id, by="Per Personvern")
    assert run(db, at=utc_now() + LATER) == 1


def test_holding_the_message_holds_its_referral(db: Database) -> None:
    message, _ = refused(db, a_message())
    workflow.hold(db, message.id, "Tilsynssak 3", by="Per Personvern")

    assert run(db, at=utc_now() + LATER) == 0


def test_nothing_can_be_held_that_is_gone_or_let_go_that_is_not_held(db: Database) -> None:
    _, referral = refused(db, a_message())

    with pytest.raises(Conflict):
        workflow.end_hold(db, referral.id, by="Per Personvern")
    run(db, at=utc_now() + LATER)
    with pytest.raises(NotFound):
        workflow.hold(db, referral.id, "For sent", by="Per Personvern")


def test_a_refusal_whose_letters_wait_for_a_second_reader_is_not_destroyed(db: Database) -> None:
    referral = recommended(db, stored(db), a_recommendation(reasons=(a_danger(),)))
    decided(db, a_refusal(referral, disagreement="already_investigated"))

    assert run(db, at=utc_now() + LATER) == 0
    reading = workflow.take_reading(db, POLICY, by=OLA)
    assert reading
    workflow.answer_reading(db, reading, Outcome.RIGHT_REFUSED, "", POLICY, by=OLA)
    assert run(db, at=utc_now() + LATER) == 1


def test_a_receipt_need_not_be_kept_as_long_as_what_it_said(db: Database, tmp_path: Path) -> None:
    _, to_referrer = written_letters(db)
    workflow.send(db, to_referrer, FolderTransport(tmp_path), POLICY, production=False)
    _, receipt = answered(next(tmp_path.iterdir()).read_bytes())
    message_id = workflow.receive(db, receipt, label="kvittering", channel="test", received_at=utc_now())
    workflow.register(db, message_id, POLICY)

    with db.reading(as_=SYSTEM) as tx:
        assert retention.due(tx, "receipt", utc_now() - timedelta(days=1)) == []
        assert retention.due(tx, "receipt", utc_now() + LATER) == [message_id]
    workflow.destroy_message(db, message_id)

    assert journey(db, to_referrer).received_at is not None
    with pytest.raises(NotFound), db.reading(as_=SYSTEM) as tx:
        messages.body(tx, message_id)


def test_a_message_that_still_waits_in_the_tray_outlives_a_referral_that_was_registered_from_it(db: Database) -> None:
    message = taken_in(db, b"%PDF-1.7 \xff")
    workflow.register_by_hand(db, message.id, an_incoming(), POLICY, by=SIV)
    (referral,) = referrals_of(db, message)
    decided(db, a_refusal(referral))

    assert run(db, at=utc_now() + LATER) == 1

    assert workflow.read_message(db, message.id, by=SIV)[1] == b"%PDF-1.7 \xff"
