"""The audit chain shows every change to it."""

from uuid import UUID

import pytest
from psycopg.errors import RaiseException
from sqlalchemy import text

from tests.builders import KARI
from tests.conftest import sql
from triage.store import audit
from triage.store.audit import Event, Verdict
from triage.store.database import SYSTEM, Database
from triage.store.embedded import EmbeddedServer

SUBJECT = UUID(int=7)


@pytest.fixture
def chain(db: Database) -> Database:
    """Five events."""
    for event in (Event.RECEIVED, Event.REGISTERED, Event.RECOMMENDED, Event.OPENED, Event.DECIDED):
        with db.writing(as_=KARI) as tx:
            audit.record(tx, event, SUBJECT, outcome="right_granted", count=3)
    return db


def verified(db: Database) -> Verdict:
    with db.reading(as_=SYSTEM) as tx:
        return audit.verify(tx)


def tamper(server: EmbeddedServer, db: Database, statement: str) -> None:
    """As somebody with all rights to the database, who has no key."""
    sql(server, f"SET session_replication_role = replica; {statement}", database=str(db.url.database))


def test_an_untouched_chain_is_whole(chain: Database) -> None:
    verdict = verified(chain)

    assert (verdict.checked, verdict.breaks) == (5, ())
    assert verdict.head.sequence == 5


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("UPDATE audit_event SET actor = 'ola' WHERE sequence = 3", [3]),
        ("UPDATE audit_event SET at = at + interval '1 second' WHERE sequence = 2", [2]),
        ("""UPDATE audit_event SET details = '{"count": 4}' WHERE sequence = 1""", [1]),
        ("UPDATE audit_event SET subject = NULL WHERE sequence = 5", [5]),
        ("UPDATE audit_event SET mac = '\\x00' WHERE sequence = 4", [4, 5]),
        ("DELETE FROM audit_event WHERE sequence = 3", [3]),
        ("DELETE FROM audit_event WHERE sequence = 1", [1]),
        ("DELETE FROM audit_event WHERE sequence = 5", [5]),
        ("DELETE FROM audit_event", [1]),
    ],
)
def test_a_changed_or_removed_row_is_pointed_out(
    server: EmbeddedServer, chain: Database, statement: str, rows: list[int]
) -> None:
    tamper(server, chain, statement)

    assert [row for row, _ in verified(chain).breaks] == rows


def test_two_rows_that_changed_places_are_pointed_out(server: EmbeddedServer, chain: Database) -> None:
    swap = "UPDATE audit_event SET sequence = {} WHERE sequence = {};"
    tamper(server, chain, swap.format(9, 2) + swap.format(2, 3) + swap.format(3, 9))

    assert {2, 3} <= {row for row, _ in verified(chain).breaks}


def test_a_cut_tail_shows_in_the_head(server: EmbeddedServer, chain: Database) -> None:
    tamper(server, chain, "DELETE FROM audit_event WHERE sequence > 3")

    assert "skulle sluttet på rad 5" in verified(chain).breaks[0][1]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_event SET actor = 'ola'", "DELETE FROM audit_event", "TRUNCATE audit_event"],
)
def test_even_the_owner_is_stopped_by_the_trigger(server: EmbeddedServer, chain: Database, statement: str) -> None:
    with pytest.raises(RaiseException):
        sql(server, statement, database=str(chain.url.database))


def test_the_log_of_a_subject_is_found_without_reading_all_of_it(chain: Database) -> None:
    with chain.reading(as_=SYSTEM) as tx:
        tx.session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"))
        found = audit.rows_about(SUBJECT).compile(tx.session.connection(), compile_kwargs={"literal_binds": True})
        plan = str(tx.session.scalars(text(f"EXPLAIN {found}")).all())

    assert "ix_audit_event_subject" in plan
    assert "ix_audit_event_referrals" in plan


def test_what_is_rolled_back_leaves_no_event(chain: Database) -> None:
    with chain.writing(as_=KARI) as tx:
        audit.record(tx, Event.OPENED, SUBJECT)
        tx.session.rollback()

    assert verified(chain).checked == 5


def test_the_log_of_a_subject_says_who_did_what(chain: Database) -> None:
    with chain.reading(as_=SYSTEM) as tx:
        entries = audit.about(tx, SUBJECT)

    assert [(entry.actor, entry.action) for entry in entries][-1] == ("kari", "decided")
