"""Brings a database to the newest schema, as its owner, one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from triage.domain.errors import NotReady
from triage.paths import MIGRATIONS

_ONE_AT_A_TIME = 0x7121A6E  # the key of our advisory lock; any number that nobody else uses


def migrate(url: str | URL, *, revision: str = "head") -> None:
    """Upgrade to `revision`. Nothing happens when the database is already there."""
    with _as_owner(url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(url: str | URL, revision: str) -> None:
    """Only for tests and rehearsals: a downgrade drops what the upgrade added."""
    with _as_owner(url) as connection:
        command.downgrade(_config(connection), revision)


def check(url: str | URL) -> None:
    """Raises alembic's CommandError when the mapped classes and the migrations do not agree."""
    with _as_owner(url) as connection:
        command.check(_config(connection))


def is_current(connection: Connection) -> bool:
    """Whether the database has the schema that this program expects, or a newer one, which only ever widens it."""
    ours = ScriptDirectory(str(MIGRATIONS))
    found = MigrationContext.configure(connection).get_current_heads()
    known = {script.revision for script in ours.walk_revisions()}
    return bool(found) and all(revision in ours.get_heads() or revision not in known for revision in found)


@contextmanager
def _as_owner(url: str | URL) -> Iterator[Connection]:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool, hide_parameters=True)
    try:
        with engine.begin() as connection:
            # A migration that waits for a busy table makes everybody behind it wait too, so it soon gives up.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            yield connection
    except OperationalError as error:
        raise NotReady("Databasen kan ikke oppgraderes nå: den svarer ikke, eller en tabell er opptatt.") from error


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
