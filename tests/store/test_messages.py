"""Messages: bytes are kept, repeats are recognised, the tray empties only by a person."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.builders import RECEIVED, SIV, a_head
from triage.domain.calendar import utc_now
from triage.domain.errors import Conflict, NotFound
from triage.domain.message import Intake, MessageHead
from triage.store import keys, messages
from triage.store.database import SYSTEM, Database
from triage.store.messages import Fate, MessageId


def received(db: Database, body: bytes = b"<a/>", label: str = "a.xml") -> tuple[MessageId, MessageId | None]:
    with db.writing(as_=SYSTEM) as tx:
        return messages.add(tx, body=body, label=label, channel="test", received_at=RECEIVED)


def finished(
    db: Database, outcome: Intake, *, head: MessageHead | None = None, receipt: bytes | None = None
) -> MessageId:
    message_id, _ = received(db)
    with db.writing(as_=SYSTEM) as tx:
        messages.finish(tx, message_id, Fate(outcome, "en grunn", head=head), receipt=receipt)
    return message_id


def test_the_bytes_come_back_as_they_were(db: Database) -> None:
    message_id, _ = received(db, b"\x00\xff <Kari/>")

    with db.reading(as_=SYSTEM) as tx:
        assert messages.body(tx, message_id) == b"\x00\xff <Kari/>"


def test_nothing_of_the_bytes_or_the_file_name_lies_open_in_the_database(db: Database) -> None:
    received(db, b"<Navn>Oddny Oppdiktet</Navn>", "oddny-oppdiktet.xml")

    with db.reading(as_=SYSTEM) as tx:
        row = str(tx.session.execute(text("SELECT message::text FROM message")).scalar())
    assert b"Oddny".hex() not in row
    assert b"oddny".hex() not in row


def test_the_same_bytes_again_are_a_repeat_of_the_first_and_share_its_bytes(db: Database) -> None:
    first, _ = received(db, b"<a/>")
    second, original = received(db, b"<a/>")

    with db.reading(as_=SYSTEM) as tx:
        assert original == first
        assert messages.get(tx, second).outcome is Intake.DUPLICATE
        assert messages.body(tx, second) == b"<a/>"


def test_a_message_is_known_by_its_bytes(db: Database) -> None:
    received(db)

    with db.reading(as_=SYSTEM) as tx:
        assert messages.known(tx, [b"<a/>", b"<b/>"]) == [True, False]


def test_an_outcome_is_written_once(db: Database) -> None:
    message_id = finished(db, Intake.TRAY)
    with db.writing(as_=SYSTEM) as tx:
        messages.finish(tx, message_id, Fate(Intake.REGISTERED))

    with db.reading(as_=SYSTEM) as tx:
        assert messages.get(tx, message_id).outcome is Intake.TRAY


def test_the_receipt_comes_back(db: Database) -> None:
    message_id = finished(db, Intake.REFUSED, receipt=b"<AppRec/>")

    with db.reading(as_=SYSTEM) as tx:
        assert messages.receipt(tx, message_id) == b"<AppRec/>"


def test_the_senders_own_number_is_recognised(db: Database) -> None:
    message_id = finished(db, Intake.REGISTERED, head=a_head())

    with db.reading(as_=SYSTEM) as tx:
        assert messages.registered_before(tx, a_head()) == message_id
        assert messages.registered_before(tx, a_head(id="m-2")) is None
        assert messages.registered_before(tx, a_head(id=None)) is None


def test_a_number_too_long_for_an_index_is_recognised_too(db: Database) -> None:
    long = a_head(id="x" * 300_000)
    message_id = finished(db, Intake.REGISTERED, head=long)

    with db.reading(as_=SYSTEM) as tx:
        assert messages.registered_before(tx, long) == message_id
        assert messages.registered_before(tx, a_head(id="x" * 300_001)) is None


@pytest.mark.parametrize("outcome", [Intake.TRAY, Intake.REFUSED])
def test_the_tray_holds_what_a_person_must_see(db: Database, outcome: Intake) -> None:
    message_id = finished(db, outcome)

    with db.reading(as_=SIV) as tx:
        assert [(item.id, item.reason, item.label) for item in messages.tray(tx)] == [(message_id, "en grunn", "a.xml")]


def test_what_is_handled_leaves_the_tray_once(db: Database) -> None:
    message_id = finished(db, Intake.TRAY)
    with db.writing(as_=SIV) as tx:
        messages.handle(tx, message_id, at=utc_now())

    with db.reading(as_=SIV) as tx:
        assert messages.tray(tx) == []
        assert messages.get(tx, message_id).handled_by == "siv"
    with pytest.raises(Conflict), db.writing(as_=SIV) as tx:
        messages.handle(tx, message_id, at=utc_now())


def test_without_its_key_a_message_cannot_be_read_any_more(db: Database) -> None:
    message_id, _ = received(db)
    with db.writing(as_=SYSTEM) as tx:
        keys.shred(tx, message_id)

    with pytest.raises(NotFound, match="slettet"), db.reading(as_=SYSTEM) as tx:
        messages.body(tx, message_id)


def test_messages_are_counted_by_outcome(db: Database) -> None:
    finished(db, Intake.TRAY)
    received(db, b"<b/>")

    with db.reading(as_=SYSTEM) as tx:
        assert messages.counts(tx) == {"tray": 1, "unread": 1}


def test_bytes_whose_first_becomes_a_repeat_of_another_at_that_moment_are_received_all_the_same(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, first = received(db, b"<b/>")[0], received(db, b"<a/>")[0]
    add_row = messages.add_row

    def meanwhile(*given: Any, **values: Any) -> Any:
        """Another process finds out what the first is between our try and our look."""
        added = add_row(*given, **values)
        with db.writing(as_=SYSTEM) as tx:
            messages.finish(tx, first, Fate(Intake.DUPLICATE, duplicate_of=other))
        return added

    monkeypatch.setattr(messages, "add_row", meanwhile)

    message_id, original = received(db, b"<a/>")

    assert original is None
    with db.reading(as_=SYSTEM) as tx:
        assert messages.body(tx, message_id) == b"<a/>"
