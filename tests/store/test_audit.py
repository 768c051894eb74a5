"""The audit chain shows every change to it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import RaiseException
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from tests.builders import KARI
from tests.conftest import KEY, sql
from triage.store import audit
from triage.store.audit import Event, Verdict
from triage.store.database import SYSTEM, Database, Tx
from triage.store.embedded import EmbeddedServer
from triage.store.vault import Vault

SUBJECT = UUID(int=7)


EVENTS = 10


@pytest.fixture
def chain(db: Database) -> Database:
    """The same five events twice."""
    for event in (Event.RECEIVED, Event.REGISTERED, Event.RECOMMENDED, Event.OPENED, Event.DECIDED) * 2:
        with db.writing(as_=KARI) as tx:
            audit.record(tx, event, SUBJECT, outcome="right_granted", count=3)
    return db


def verified(db: Database) -> Verdict:
    with db.reading(as_=SYSTEM) as tx:
        return audit.verify(tx)


@pytest.fixture(scope="module")
def as_superuser(server: EmbeddedServer, shared_database: Database) -> Iterator[Engine]:
    engine = create_engine(shared_database.url)
    yield engine
    engine.dispose()


@contextmanager
def tampered(as_superuser: Engine, statement: str) -> Iterator[Tx]:
    """What somebody with all rights to the database, who has no key, has done to it, until the block ends."""
    with Session(as_superuser) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(statement.replace(":", "\\:")))
        yield Tx(session, Vault(KEY), SYSTEM)
        session.rollback()


def test_an_untouched_chain_is_whole(chain: Database) -> None:
    verdict = verified(chain)

    assert (verdict.checked, verdict.breaks) == (EVENTS, ())
    assert verdict.head.sequence == EVENTS


# Ways to tamper with row i (and a later one, j), and the row that must be pointed out first: i, the first, the end.
TAMPERINGS = [
    ("UPDATE audit_event SET actor = actor || 'x' WHERE sequence = {i}", "i"),
    ("UPDATE audit_event SET actor = '' WHERE sequence BETWEEN {i} AND {j}", "i"),
    ("UPDATE audit_event SET at = at + interval '1 microsecond' WHERE sequence = {i}", "i"),
    ("UPDATE audit_event SET action = 'searched' WHERE sequence = {i}", "i"),
    ("UPDATE audit_event SET subject = NULL WHERE sequence = {i}", "i"),
    ("UPDATE audit_event SET subject = gen_random_uuid() WHERE sequence = {i}", "i"),
    ("""UPDATE audit_event SET details = details || '{{"count": 4}}' WHERE sequence = {i}""", "i"),
    ("UPDATE audit_event SET details = details - 'outcome' WHERE sequence = {i}", "i"),
    ("UPDATE audit_event SET mac = sha256(mac) WHERE sequence = {i}", "i"),
    ("UPDATE audit_event SET previous_mac = sha256(mac) WHERE sequence = {i}", "i"),
    ("UPDATE audit_event SET sequence = sequence + 1000 WHERE sequence = {i}", "i"),
    ("DELETE FROM audit_event WHERE sequence = {i}", "i"),
    ("DELETE FROM audit_event WHERE sequence BETWEEN {i} AND {j}", "i"),
    ("DELETE FROM audit_event WHERE sequence >= {i}", "i"),
    ("DELETE FROM audit_event WHERE sequence <= {i}", "first"),
    (
        (
            "UPDATE audit_event SET sequence = 99 WHERE sequence = {i}; UPDATE audit_event SET sequence = {i}"
            " WHERE sequence = {j}; UPDATE audit_event SET sequence = {j} WHERE sequence = 99"
        ),
        "i",
    ),
    (
        (
            "DELETE FROM audit_event WHERE sequence = {i}; UPDATE audit_event SET sequence = sequence + 98"
            " WHERE sequence > {i}; UPDATE audit_event SET sequence = sequence - 99 WHERE sequence > 90;"
            " UPDATE audit_head SET sequence = sequence - 1"
        ),
        "i",
    ),
    (
        (
            "INSERT INTO audit_event SELECT {n} + 1, at, actor, action, subject, details, previous_mac, mac"
            " FROM audit_event WHERE sequence = {i}; UPDATE audit_head SET sequence = {n} + 1"
        ),
        "end",
    ),
]
TRIES = settings(
    max_examples=int(os.environ.get("TRIAGE_TAMPERINGS", "60")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)


@TRIES
@given(st.sampled_from(TAMPERINGS), st.tuples(st.integers(1, EVENTS - 1), st.integers(1, EVENTS - 1)).map(sorted))
def test_whoever_tampers_with_a_row_is_found_out_and_the_place_is_named(
    as_superuser: Engine, chain: Database, how: tuple[str, str], rows: list[int]
) -> None:
    i, j = rows[0], rows[1] + 1
    named = {"i": i, "first": 1, "end": EVENTS + 1}[how[1]]

    with tampered(as_superuser, how[0].format(i=i, j=j, n=EVENTS)) as tx:
        assert min(row for row, _ in audit.verify(tx).breaks) == named


FORGED_TAIL = """
    DELETE FROM audit_event WHERE sequence > 4;
    UPDATE audit_head SET sequence = 4, mac = (SELECT mac FROM audit_event WHERE sequence = 4)
"""


def test_a_tail_that_was_cut_together_with_the_head_shows_against_the_head_that_was_kept(
    as_superuser: Engine, chain: Database
) -> None:
    kept = verified(chain).head

    with tampered(as_superuser, FORGED_TAIL) as tx:
        assert audit.verify(tx).breaks == ()
        assert [row for row, _ in audit.verify(tx, kept=kept).breaks] == [5]


def test_a_chain_made_anew_with_the_key_shows_against_the_head_that_was_kept(
    as_superuser: Engine, chain: Database
) -> None:
    kept = verified(chain).head

    with tampered(as_superuser, FORGED_TAIL) as tx:
        audit.record(tx, Event.OPENED, SUBJECT)
        kept = replace(kept, sequence=5)
        assert audit.verify(tx).breaks == ()
        assert [row for row, _ in audit.verify(tx, kept=kept).breaks] == [5]


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

    assert verified(chain).checked == EVENTS


def test_the_log_of_a_subject_says_who_did_what(chain: Database) -> None:
    with chain.reading(as_=SYSTEM) as tx:
        entries = audit.about(tx, SUBJECT)

    assert [(entry.actor, entry.action) for entry in entries][-1] == ("kari", "decided")
