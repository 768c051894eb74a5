"""From a written letter to its receipt: nothing is called sent before somebody said yes, and nothing is lost unseen."""

import multiprocessing
import re
import signal
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.builders import KARI, SIV, a_policy
from tests.conftest import wait_until_stopped
from tests.delivery import lossy_worker
from tests.delivery.recipients import Recipients, answered, days_pass, journey, written_letters
from tests.messages.builders import encoded, msghead, patient, synthetic_number
from triage import workflow
from triage.delivery.transport import FolderTransport, Outgoing
from triage.domain.calendar import utc_now
from triage.domain.errors import DeliveryFailed
from triage.domain.letter import Recipient
from triage.domain.message import Intake
from triage.engines import Engines
from triage.jobs import Means, take_in, way_out, work_until_done
from triage.opening import database
from triage.settings import Settings
from triage.store import audit, job_queue, letters, messages
from triage.store.database import SYSTEM, Database

POLICY = a_policy()


@dataclass
class Kept:
    """A way out that keeps what it was given, and can fail."""

    given: list[Outgoing] = field(default_factory=list)
    broken: bool = False
    channel: str = "kept"

    def deliver(self, message: Outgoing) -> None:
        if self.broken:
            raise DeliveryFailed("Ingen svarer.")
        self.given.append(message)


def send(db: Database, letter_id: UUID, transport: Kept) -> None:
    workflow.send(db, letter_id, transport, POLICY, production=False)


def answer(db: Database, body: bytes) -> Intake:
    message_id = workflow.receive(db, body, label="kvittering", channel="test", received_at=utc_now())
    return workflow.register(db, message_id, POLICY)


def a_file(inbox: Path, number: int) -> None:
    person = patient(synthetic_number(serial=number))
    (inbox / f"{number}.xml").write_bytes(encoded(msghead(msg_id=f"<MsgId>M-{number}</MsgId>", person=person)))


def underway(db: Database) -> list[UUID]:
    with db.reading(as_=SYSTEM) as tx:
        return [letter.id for letter in letters.underway(tx)]


def events(db: Database, letter_id: UUID) -> list[str]:
    with db.reading(as_=SYSTEM) as tx:
        entries = audit.about(tx, letters.journey(tx, letter_id).referral_id)
        return [entry.action for entry in entries if entry.details.get("letter") == str(letter_id)]


def test_letters_go_out_and_receipts_come_in_by_the_folder(db: Database, engines: Engines, tmp_path: Path) -> None:
    both = written_letters(db)
    recipients = Recipients(tmp_path / "ut", tmp_path / "inn")
    means = Means(db, engines, False, FolderTransport(recipients.outbox), recipients.inbox)

    work_until_done(means)
    assert [journey(db, letter_id).received_at for letter_id in both] == [None, None]

    recipients.collect()
    take_in(means)
    assert underway(db) == []
    assert set(recipients.had) == {str(letter_id) for letter_id in both}
    assert list(recipients.inbox.iterdir()) == []


def test_what_comes_in_by_the_folder_is_answered_by_the_folder(db: Database, engines: Engines, tmp_path: Path) -> None:
    a_file(tmp_path, 1)
    transport = Kept()

    take_in(Means(db, engines, production=False, transport=transport, inbox=tmp_path))

    assert b"<Id>M-1</Id>" in transport.given[0].body
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_taken_in_stays_and_stands_in_no_others_way(
    db: Database, engines: Engines, tmp_path: Path
) -> None:
    a_file(tmp_path, 1)
    a_file(tmp_path, 2)
    take_in(Means(db, engines, production=False, transport=Kept(broken=True), inbox=tmp_path))
    assert len(list(tmp_path.iterdir())) == 2

    transport = Kept()
    take_in(Means(db, engines, production=False, transport=transport, inbox=tmp_path))
    assert len(transport.given) == 2
    assert list(tmp_path.iterdir()) == []
    assert len(workflow.show_queue(db, by=KARI)) == 2


@pytest.mark.parametrize(
    ("settings", "channel"),
    [
        ({}, "folder"),
        ({"environment": "production", "database_url": "postgresql://x", "master_key_file": "k"}, None),
        ({"delivery_mail": "smtps://host?from=a@b&to=c@d"}, "mail"),
    ],
    ids=["the demo", "a new installation", "by mail"],
)
def test_the_settings_choose_the_way_out(settings: dict[str, Any], channel: str | None) -> None:
    assert getattr(way_out(Settings(**settings)), "channel", None) == channel


def test_a_letter_is_sent_when_its_receipt_is_here_and_not_before(db: Database) -> None:
    _, to_referrer = written_letters(db)
    transport = Kept()

    send(db, to_referrer, transport)
    assert events(db, to_referrer) == ["handed_over"]

    outcome = answer(db, answered(transport.given[0].body)[1])
    assert outcome is Intake.REGISTERED
    assert events(db, to_referrer) == ["handed_over", "sent"]
    assert to_referrer not in underway(db)


def test_the_same_receipt_in_another_message_changes_nothing(db: Database) -> None:
    letter_id, _ = written_letters(db)
    transport = Kept()
    send(db, letter_id, transport)
    answer(db, answered(transport.given[0].body)[1])
    answer(db, answered(transport.given[0].body)[1])

    assert events(db, letter_id) == ["handed_over", "sent"]


def test_a_letter_that_the_recipient_refuses_waits_for_a_person_with_the_reason(db: Database) -> None:
    _, to_referrer = written_letters(db)
    transport = Kept()
    send(db, to_referrer, transport)
    answer(db, answered(transport.given[0].body, "rejected", "E21")[1])
    days_pass(db, 2)
    send(db, to_referrer, transport)

    assert journey(db, to_referrer).refused == "E21"
    assert to_referrer in underway(db)
    assert len(transport.given) == 1


def test_a_receipt_for_what_is_not_ours_is_read_by_a_person(db: Database) -> None:
    receipt = '<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15"><Id>1</Id><Status V="1"/></AppRec>'

    assert answer(db, receipt.encode()) is Intake.TRAY
    with db.reading(as_=SYSTEM) as tx:
        assert [message.reason for message in messages.tray(tx)] == [workflow.UNKNOWN_RECEIPT]


def test_a_second_sending_waits_a_day_for_the_receipt_and_is_then_the_same_message(db: Database) -> None:
    letter_id, _ = written_letters(db)
    transport = Kept()
    send(db, letter_id, transport)
    send(db, letter_id, transport)
    assert len(transport.given) == 1

    days_pass(db)
    send(db, letter_id, transport)
    assert transport.given[1] == transport.given[0]


def test_a_letter_that_nobody_took_is_not_noted_and_is_tried_again(db: Database) -> None:
    letter_id, _ = written_letters(db)

    with pytest.raises(DeliveryFailed):
        send(db, letter_id, Kept(broken=True))
    assert events(db, letter_id) == []
    assert journey(db, letter_id).may_be_handed_over(now=utc_now())


def test_a_person_who_knows_that_it_arrived_says_so_and_the_log_keeps_who(db: Database) -> None:
    letter_id, _ = written_letters(db)
    workflow.confirm_delivery(db, letter_id, "post", by=SIV)

    assert (journey(db, letter_id).receipt, underway(db).count(letter_id)) == ("post", 0)
    with db.reading(as_=SYSTEM) as tx:
        entry = audit.about(tx, letters.journey(tx, letter_id).referral_id)[-1]
    assert (entry.actor, entry.action) == ("siv", "sent")


def test_without_a_way_out_letters_wait_and_are_counted(db: Database, engines: Engines) -> None:
    written_letters(db)
    work_until_done(Means(db, engines, production=False))

    patients, practice = workflow.reconcile(db, POLICY)
    assert (patients.recipient, practice.recipient) == (Recipient.PATIENT, Recipient.REFERRER)
    assert (practice.practice, practice.decided, practice.written) == ("Fjordgløtt legesenter", 1, 1)
    assert (practice.handed_over, practice.received) == (0, 0)


def test_once_a_day_what_has_no_receipt_is_sent_again(db: Database, engines: Engines) -> None:
    both = written_letters(db)
    transport = Kept()
    means = Means(db, engines, production=False, transport=transport)
    work_until_done(means)
    workflow.reconcile(db, POLICY)
    work_until_done(means)
    assert len(transport.given) == len(both)

    days_pass(db)
    workflow.reconcile(db, POLICY)
    work_until_done(means)
    assert len(transport.given) == 2 * len(both)


def test_a_letter_needs_a_person_after_a_day(db: Database) -> None:
    letter = journey(db, written_letters(db)[0])

    assert not letter.needs_person(now=letter.written_at + timedelta(hours=23))
    assert letter.needs_person(now=letter.written_at + timedelta(hours=25))


def test_what_the_referrer_answers_to_our_letter_is_told_at_the_referral_and_gets_a_yes(db: Database) -> None:
    _, to_referrer = written_letters(db)
    transport = Kept()
    send(db, to_referrer, transport)
    ours = transport.given[0].body.decode()
    reference = f"<RefToParent>{to_referrer}</RefToParent>"
    reply = re.sub("<RefToParent>.*?</RefToParent>", reference, ours).replace(f"<MsgId>{to_referrer}", "<MsgId>svar-1")

    assert answer(db, reply.encode()) is Intake.TRAY

    referral_id = journey(db, to_referrer).referral_id
    assert [call.words for call in workflow.look_at(db, referral_id, by=SIV).contacts] == [workflow.REPLY_CAME]
    with db.reading(as_=SYSTEM) as tx:
        (message,) = messages.tray(tx)
        receipt = messages.receipt(tx, message.id) or b""
    assert message.reason == workflow.REPLY
    assert b'<Status V="1"' in receipt


# The bad day ------------------------------------------------------------------------------------------------------


_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([lossy_worker.__name__])  # what it imports takes seconds: once is enough


def exit_code_of_a_worker(home: Path) -> int | None:
    process = _PROCESSES.Process(target=lossy_worker.main, args=(home,))
    process.start()
    process.join()
    return process.exitcode


def deaths_until_done(db: Database, home: Path) -> int:
    """How often the worker was killed before it had done everything."""
    deaths = 0
    while code := exit_code_of_a_worker(home):
        assert code == -signal.SIGKILL
        deaths += 1
        with db.writing(as_=SYSTEM) as tx:
            # Its jobs would else be put back after fifteen silent seconds.
            tx.session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
    return deaths


def a_day(db: Database, home: Path, engines: Engines, recipients: Recipients) -> int:
    """What should be sent is sent; recipients answer what they got; the receipts are taken in."""
    deaths = deaths_until_done(db, home)
    recipients.collect()
    take_in(Means(db, engines, production=False, inbox=recipients.inbox))
    return deaths


def the_next_day(db: Database, home: Path, engines: Engines, recipients: Recipients) -> int:
    days_pass(db)
    workflow.reconcile(db, POLICY)
    return a_day(db, home, engines, recipients)


@pytest.mark.slow
def test_with_every_third_letter_lost_and_the_worker_killed_ten_times_each_is_received_once_or_is_on_the_list(
    home: Path, engines: Engines
) -> None:
    recipients = Recipients(home / "ut", home / "inn")
    with database(Settings(home=home)) as db:
        everything = {str(letter_id) for number in range(6) for letter_id in written_letters(db, number)}

        deaths = a_day(db, home, engines, recipients)
        listed = {str(letter_id) for letter_id in underway(db)}

        assert listed
        assert listed == everything - set(recipients.had)

        deaths += sum(the_next_day(db, home, engines, recipients) for _ in range(3))
        assert deaths == lossy_worker.KILLS
        assert underway(db) == []
        assert set(recipients.had) == everything
        assert {len(copies) for copies in recipients.had.values()} == {1}
        with db.reading(as_=SYSTEM) as tx:
            assert audit.verify(tx).breaks == ()
            assert job_queue.counts(tx).get("failed", 0) == 0
    assert wait_until_stopped(home)
