"""Migrations and mapped classes agree, and every migration can be undone with data in the tables."""

from hashlib import sha256

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from tests.builders import KARI, a_decision, a_recommendation, recommended, stored
from tests.conftest import KEY, sql
from triage.domain.decision import Role
from triage.domain.errors import NotReady
from triage.paths import MIGRATIONS
from triage.store import audit, decisions, migrating, users
from triage.store.audit import Event
from triage.store.database import SYSTEM, Database
from triage.store.embedded import EmbeddedServer
from triage.store.vault import Vault


def is_current(url: URL) -> bool:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return migrating.is_current(connection)


def downgrade(url: URL, to: str = "base") -> None:
    with migrating.as_owner(url) as connection:
        command.downgrade(migrating.config_of(connection), to)


def test_the_migrations_make_what_the_mapped_classes_say(server: EmbeddedServer, empty_database: str) -> None:
    url = server.url(empty_database)
    migrating.migrate(url)

    with migrating.as_owner(url) as connection:
        command.check(migrating.config_of(connection))  # raises when they differ


def test_up_down_and_up_again_with_data(server: EmbeddedServer, empty_database: str) -> None:
    url = server.url(empty_database)
    migrating.migrate(url)
    db = Database(url, Vault(KEY))
    referral = recommended(db, stored(db), a_recommendation())
    with db.writing(as_=KARI) as tx:
        decisions.add(tx, a_decision(referral))
        audit.record(tx, Event.DECIDED, referral.id)
    db.close()

    downgrade(url)
    left = sql(server, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database=empty_database)
    migrating.migrate(url)

    assert left == [(1,)]  # alembic's own
    assert stored(db)
    db.close()


def test_who_had_a_role_before_roles_were_given_by_area_has_it_in_all_of_them(
    server: EmbeddedServer, empty_database: str
) -> None:
    url = server.url(empty_database)
    migrating.migrate(url)
    db = Database(url, Vault(KEY))
    with db.writing(as_=SYSTEM) as tx:
        users.save(tx, KARI)
    downgrade(url, migrating.revisions()[0])
    migrating.migrate(url)

    with db.reading(as_=SYSTEM) as tx:
        [kari] = users.everyone(tx)
    db.close()

    assert kari.areas_as(Role.REVIEWER) == KARI.areas


def test_a_migration_gives_up_rather_than_have_everybody_wait_behind_it(
    server: EmbeddedServer, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url(empty_database)
    migrating.migrate(url)
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT", "100ms")

    with create_engine(url, poolclass=NullPool).begin() as somebody:
        somebody.execute(text("LOCK TABLE referral IN ACCESS SHARE MODE"))
        with pytest.raises(NotReady, match="opptatt"):
            downgrade(url)


def test_the_files_in_order_of_their_names_are_the_migrations_in_order() -> None:
    script = ScriptDirectory(str(MIGRATIONS))

    assert [found.revision for found in reversed([*script.walk_revisions()])] == migrating.revisions()


def test_a_second_migration_changes_nothing(server: EmbeddedServer, empty_database: str) -> None:
    url = server.url(empty_database)
    migrating.migrate(url)
    migrating.migrate(url)

    assert is_current(url)


def test_a_database_that_was_never_migrated_is_not_current(server: EmbeddedServer, empty_database: str) -> None:
    assert not is_current(server.url(empty_database))


def test_a_database_that_does_not_answer_gives_a_clear_error(server: EmbeddedServer) -> None:
    with pytest.raises(NotReady, match="kan ikke endres"):
        migrating.migrate(server.url("no_such_database"))


def test_the_job_queues_schema_is_the_one_that_the_migration_was_written_for() -> None:
    """When this fails, procrastinate was upgraded: add a migration with the library's own, then the new digest."""
    assert sha256(SchemaManager.get_schema().encode()).hexdigest() == PROCRASTINATE_SCHEMA


def test_the_program_can_use_the_schema_it_migrated(db: Database) -> None:
    with db.reading(as_=SYSTEM) as tx:
        assert migrating.is_current(tx.session.connection())


PROCRASTINATE_SCHEMA = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"
