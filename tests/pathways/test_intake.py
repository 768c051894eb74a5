"""From bytes to the queue, the tray or a refusal: nothing is lost, and a repeat is recognised."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.builders import RECEIVED, SIV, a_policy, a_refusal, actions, decided
from tests.messages.builders import body_20, encoded, msghead, patient, reason, service, synthetic_number
from triage import workflow
from triage.domain.errors import DeliveryFailed
from triage.domain.message import Intake
from triage.engines import Engines
from triage.jobs import register_or_leave
from triage.store import audit, job_queue, messages, queue, referrals
from triage.store.database import SYSTEM, Database
from triage.store.messages import MessageId, StoredMessage
from triage.store.referrals import StoredReferral

POLICY = a_policy()
NUMBER = synthetic_number()


def a_message(words: str = "Reflukssymptomer i 6 uker.", *, msg_id: str = "M-1", number: str = NUMBER) -> bytes:
    body = body_20(service("", "Gastroskopi"), reason(words))
    return encoded(msghead(body, person=patient(number), msg_id=f"<MsgId>{msg_id}</MsgId>"))


def taken_in(db: Database, body: bytes, *, at: datetime = RECEIVED) -> StoredMessage:
    message_id = workflow.receive(db, body, label="a.xml", channel="test", received_at=at)
    workflow.register(db, message_id, POLICY)
    with db.reading(as_=SYSTEM) as tx:
        return messages.get(tx, message_id)


def referrals_of(db: Database, message: StoredMessage) -> list[StoredReferral]:
    with db.reading(as_=SYSTEM) as tx:
        return referrals.of_message(tx, message.id)


def receipt_of(db: Database, message_id: MessageId) -> str:
    with db.reading(as_=SYSTEM) as tx:
        return (messages.receipt(tx, message_id) or b"").decode()


def waiting_jobs(db: Database) -> list[str]:
    with db.reading(as_=SYSTEM) as tx:
        return list(
            tx.session.scalars(text("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"))
        )


def test_a_message_becomes_a_referral_in_the_queue_with_a_positive_receipt(db: Database) -> None:
    message = taken_in(db, a_message())

    (referral,) = referrals_of(db, message)
    assert message.outcome is Intake.REGISTERED
    assert "Reflukssymptomer" in referral.incoming.referral.text
    assert '<Status V="1"' in receipt_of(db, message.id)
    assert actions(db, message.id) == ["received", "registered"]
    assert waiting_jobs(db) == ["recommend_referral"]


def test_the_clock_starts_on_the_oslo_day_of_receipt_and_counts_working_days(db: Database) -> None:
    late_on_friday = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # Saturday already in Oslo

    (referral,) = referrals_of(db, taken_in(db, a_message(), at=late_on_friday))

    assert (referral.clock_start, referral.assessment_due) == (date(2026, 11, 21), date(2026, 12, 4))


def test_bytes_are_there_before_anybody_reads_them(db: Database) -> None:
    message_id = workflow.receive(db, b"\xff\xfe not xml", label="a", channel="test", received_at=RECEIVED)

    with db.reading(as_=SYSTEM) as tx:
        assert messages.body(tx, message_id) == b"\xff\xfe not xml"
    assert waiting_jobs(db) == ["register_message"]


def test_registering_twice_gives_one_referral(db: Database) -> None:
    message = taken_in(db, a_message())

    assert workflow.register(db, message.id, POLICY) is Intake.REGISTERED
    assert len(referrals_of(db, message)) == 1
    assert actions(db, message.id) == ["received", "registered"]


def test_a_cut_message_is_refused_with_a_reason_and_kept_in_the_tray(db: Database) -> None:
    message = taken_in(db, a_message()[:-300])

    assert message.outcome is Intake.REFUSED
    assert message.reason
    with db.reading(as_=SIV) as tx:
        assert [item.id for item in messages.tray(tx)] == [message.id]


def test_the_same_bytes_again_are_a_duplicate(db: Database) -> None:
    first = taken_in(db, a_message())
    again = taken_in(db, a_message())

    assert (again.outcome, again.duplicate_of) == (Intake.DUPLICATE, first.id)
    assert receipt_of(db, again.id) == receipt_of(db, first.id)
    assert actions(db, again.id) == ["duplicate"]


def test_the_same_number_with_the_same_content_is_a_duplicate(db: Database) -> None:
    first = taken_in(db, a_message())
    again = taken_in(db, a_message() + b"\n")

    assert (again.outcome, again.duplicate_of) == (Intake.DUPLICATE, first.id)
    assert '<Status V="1"' in receipt_of(db, again.id)


def test_the_same_number_with_other_content_waits_for_a_person(db: Database) -> None:
    taken_in(db, a_message())
    other = taken_in(db, a_message("Noe helt annet."))

    assert (other.outcome, other.reason) == (Intake.TRAY, workflow.SAME_NUMBER)
    assert 'V="E10"' in receipt_of(db, other.id)


def test_another_number_with_the_same_patient_and_text_is_registered_and_marked(db: Database) -> None:
    (first,) = referrals_of(db, taken_in(db, a_message()))
    (repeat,) = referrals_of(db, taken_in(db, a_message(msg_id="M-2")))

    assert repeat.duplicate_of == first.id
    assert workflow.REPEAT in repeat.incoming.notes_for_person


def test_a_referral_that_was_refused_before_is_tied_to_it(db: Database) -> None:
    (first,) = referrals_of(db, taken_in(db, a_message()))
    decided(db, a_refusal(first))

    (again,) = referrals_of(db, taken_in(db, a_message("Fortsatt plager.", msg_id="M-2")))

    assert (again.bounce_of, again.duplicate_of) == (first.id, None)
    assert workflow.BOUNCE in again.incoming.notes_for_person


def test_two_patients_with_the_same_text_are_two_referrals(db: Database) -> None:
    taken_in(db, a_message())
    (other,) = referrals_of(db, taken_in(db, a_message(msg_id="M-2", number=synthetic_number(serial=20))))

    assert other.duplicate_of is None


@pytest.mark.parametrize("step", [workflow.register, register_or_leave])
def test_an_unread_message_that_nobody_can_read_ends_in_the_tray(db: Database, step: object) -> None:
    message_id = workflow.receive(db, b"%PDF-1.7 ...", label="a", channel="test", received_at=RECEIVED)

    assert step(db, message_id, POLICY, production=False) is Intake.TRAY  # type: ignore[operator]


@pytest.mark.parametrize("mistake", [KeyError, RecursionError, AttributeError])
def test_a_mistake_of_the_program_leaves_the_message_to_a_person(
    db: Database, monkeypatch: pytest.MonkeyPatch, mistake: type[Exception]
) -> None:
    message_id = workflow.receive(db, a_message(), label="a", channel="test", received_at=RECEIVED)
    monkeypatch.setattr(workflow, "read", _raising(mistake))

    assert register_or_leave(db, message_id, POLICY, production=False) is Intake.TRAY
    with db.reading(as_=SYSTEM) as tx:
        assert messages.get(tx, message_id).reason == workflow.UNREADABLE


def test_an_error_that_passes_is_tried_again_and_not_left_to_a_person(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = workflow.receive(db, a_message(), label="a", channel="test", received_at=RECEIVED)
    monkeypatch.setattr(workflow, "read", _raising(DeliveryFailed))

    with pytest.raises(DeliveryFailed):
        register_or_leave(db, message_id, POLICY, production=False)
    with db.reading(as_=SYSTEM) as tx:
        assert messages.get(tx, message_id).outcome is None


def _raising(mistake: type[Exception]) -> object:
    def fail(*_: object, **__: object) -> None:
        raise mistake

    return fail


def test_the_tray_is_emptied_by_a_person_and_who_looked_is_logged(db: Database) -> None:
    message = taken_in(db, b"hei")

    _, body = workflow.read_message(db, message.id, by=SIV)
    workflow.handle_message(db, message.id, by=SIV)

    assert body == b"hei"
    assert actions(db, message.id) == ["received", "refused", "opened", "tray_handled"]
    with db.reading(as_=SIV) as tx:
        assert messages.tray(tx) == []


def test_a_recommendation_puts_the_referral_in_its_place(db: Database, engines: Engines) -> None:
    (danger,) = referrals_of(db, taken_in(db, a_message("Dysfagi for fast føde i 6 uker. Vekttap 8 kg.")))
    (other,) = referrals_of(db, taken_in(db, a_message(msg_id="M-2"), at=RECEIVED - timedelta(days=1)))

    for referral in (other, danger):
        workflow.recommend(db, referral.id, engines)
    rows = workflow.show_queue(db, by=SIV)

    assert [row.id for row in rows] == [danger.id, other.id]
    assert rows[0].summary
    assert rows[0].summary.endswith("; 65 år.")


def test_recommending_twice_with_the_same_versions_changes_nothing(db: Database, engines: Engines) -> None:
    (referral,) = referrals_of(db, taken_in(db, a_message()))
    workflow.recommend(db, referral.id, engines)
    once = workflow.look_at(db, referral.id, by=SIV)
    workflow.recommend(db, referral.id, engines)

    again = workflow.look_at(db, referral.id, by=SIV)
    assert again.referral == once.referral
    assert again.recommendations == once.recommendations


def test_what_lies_in_a_recommendation_are_places_and_no_words_of_the_letter(db: Database, engines: Engines) -> None:
    words = "Dysfagi for fast føde. Kjenner xylofonaktig trykk."
    (referral,) = referrals_of(db, taken_in(db, a_message(words)))
    workflow.recommend(db, referral.id, engines)

    with db.reading(as_=SYSTEM) as tx:
        payload = str(tx.session.scalar(text("SELECT payload::text FROM recommendation")))
    assert "xylofon" not in payload
    assert '"start"' in payload


def test_the_queue_and_the_search_write_down_whom_they_showed(db: Database) -> None:
    (referral,) = referrals_of(db, taken_in(db, a_message()))
    workflow.show_queue(db, by=SIV)
    workflow.search(db, "Testesen", by=SIV)

    with db.reading(as_=SYSTEM) as tx:
        shown = [entry.details for entry in audit.latest(tx, actor="siv")]
    assert [each["referrals"] for each in shown] == [[str(referral.id)]] * 2


def test_a_job_that_is_no_longer_needed_is_taken_back(db: Database) -> None:
    taken_in(db, a_message())

    with db.reading(as_=SYSTEM) as tx:
        assert job_queue.counts(tx) == {"todo": 1}
        assert queue.length(tx) == 1
