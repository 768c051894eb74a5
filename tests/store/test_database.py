"""Transactions, roles, row-level security."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

from tests.builders import COUNCIL, EYE_DOCTOR, KARI, a_referral, an_incoming, read_again, stored
from tests.conftest import sql
from triage.domain.errors import NotFound
from triage.domain.referral import Area, ReferralId
from triage.store import queue, referrals
from triage.store.database import SYSTEM, Actor, Database, DatabaseAway
from triage.store.embedded import EmbeddedServer

GUARDED = (
    *("message", "referral", "attachment", "search_term", "recommendation", "decision", "decision_undone"),
    *("information_request", "letter", "dispatch", "letter_receipt", "letter_underway", "consent"),
    *("contact", "reading", "emergency_access", "draft", "shadow_recommendation"),
)


def move_and_fail(db: Database, referral_id: ReferralId) -> None:
    with db.writing(as_=SYSTEM) as tx:
        queue.move(tx, referral_id, Area.EYE)
        raise RuntimeError


def test_an_exception_undoes_the_whole_transaction(db: Database) -> None:
    referral = stored(db)

    with pytest.raises(RuntimeError):
        move_and_fail(db, referral.id)

    assert read_again(db, referral.id).area is Area.ENDOSCOPY


def test_a_reading_transaction_cannot_write(db: Database) -> None:
    referral = stored(db)

    with pytest.raises(InternalError), db.reading(as_=SYSTEM) as tx:
        queue.move(tx, referral.id, Area.EYE)


def test_the_program_does_not_own_what_it_uses_and_is_no_superuser(db: Database) -> None:
    with db.reading() as tx:
        who = tx.session.execute(
            text(
                "SELECT current_user, rolsuper, rolbypassrls,"
                " EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid)"
                " FROM pg_roles WHERE rolname = current_user"
            )
        ).one()

    assert tuple(who) == ("triage_app", False, False, False)


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE mine (a int)", "DROP TABLE referral", "ALTER ROLE triage_app SUPERUSER"]
)
def test_the_program_cannot_change_the_schema_or_its_rights(db: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text(statement))


@pytest.mark.parametrize("table", ["recommendation", "decision", "letter"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_was_said_is_never_changed(db: Database, table: str, change: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text(change.format(table)))


@pytest.mark.parametrize("table", GUARDED)
def test_row_security_is_forced_on_every_table_about_a_patient(db: Database, table: str) -> None:
    with db.reading() as tx:
        found = "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = :table"
        assert tuple(tx.session.execute(text(found), {"table": table}).one()) == (True, True)


@pytest.mark.parametrize(
    ("actor", "seen"),
    [(SYSTEM, 2), (KARI, 2), (EYE_DOCTOR, 1), (COUNCIL, 0), (None, 0)],
    ids=["the program", "all areas", "one area", "a role without patients", "nobody"],
)
def test_each_sees_the_referrals_of_their_areas(db: Database, actor: Actor | None, seen: int) -> None:
    stored(db, an_incoming(referral=a_referral(area=Area.EYE)))
    stored(db, an_incoming(referral=a_referral(area=Area.ENT)))

    with db.reading(as_=actor) as tx:
        assert queue.length(tx) == seen
        assert tx.session.scalar(text("SELECT count(*) FROM message")) == seen
        assert tx.session.scalar(text("SELECT count(DISTINCT referral_id) FROM search_term")) == seen


def test_another_areas_referral_looks_like_none_at_all(db: Database) -> None:
    referral = stored(db, an_incoming(referral=a_referral(area=Area.ENT)))

    with pytest.raises(NotFound), db.reading(as_=EYE_DOCTOR) as tx:
        referrals.get(tx, referral.id)


def test_a_referral_of_unknown_area_is_seen_by_whoever_sees_any(db: Database) -> None:
    stored(db, an_incoming(referral=a_referral(area=None)))

    with db.reading(as_=EYE_DOCTOR) as tx:
        assert queue.length(tx) == 1


def test_areas_do_not_stay_behind_on_the_connection(db: Database) -> None:
    stored(db)
    with db.reading(as_=SYSTEM):
        pass

    with db.reading() as tx:
        assert queue.length(tx) == 0


def lock_impatiently(db: Database, referral_id: ReferralId) -> None:
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        referrals.get(tx, referral_id, lock=True)


def test_a_lock_that_somebody_holds_is_an_error_that_passes(db: Database) -> None:
    referral = stored(db)
    with db.writing(as_=SYSTEM) as tx:
        referrals.get(tx, referral.id, lock=True)
        with pytest.raises(DatabaseAway):
            lock_impatiently(db, referral.id)


def test_a_connection_that_was_cut_is_replaced_before_anybody_uses_it(db: Database, server: EmbeddedServer) -> None:
    stored(db)
    sql(server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{db.url.database}'")

    with db.reading(as_=SYSTEM) as tx:
        assert queue.length(tx) == 1


def hang(db: Database) -> None:
    with db.reading() as tx:
        tx.session.execute(text("SET LOCAL statement_timeout = '50ms'"))
        tx.session.execute(text("SELECT pg_sleep(30)"))


def test_a_query_that_hangs_is_cut_off_and_passes(db: Database) -> None:
    with pytest.raises(DatabaseAway):
        hang(db)


def test_a_statement_that_can_never_succeed_is_no_error_that_passes(db: Database) -> None:
    with pytest.raises(OperationalError, match="too large"), db.reading() as tx:
        tx.session.execute(text("SELECT repeat('x', 2000000000)"))


def test_a_database_that_does_not_answer_is_an_error_that_passes(db: Database) -> None:
    elsewhere = Database(db.url.set(database="no_such_database"), db.vault)

    with pytest.raises(DatabaseAway), elsewhere.reading():
        pass
    elsewhere.close()


def test_libraries_get_the_same_role_and_limits(db: Database) -> None:
    with psycopg.connect(db.conninfo) as connection:
        role = connection.execute("SELECT current_user, current_setting('statement_timeout')").fetchone()

    assert role == ("triage_app", "30s")
