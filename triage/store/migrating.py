"""Brings a database to the newest schema, as its owner, one process at a time.

Each migration's file is named after its revision, by date and sentence, so the names in order are the migrations in
order, and a program that has nothing to migrate need not load any.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from triage.domain.errors import NotReady
from triage.paths import MIGRATIONS

if TYPE_CHECKING:
    from alembic.config import Config

LOCK_TIMEOUT = "5s"
_ONE_AT_A_TIME = 0x7121A6E  # the key of our advisory lock; any number that nobody else uses


def migrate(url: str | URL) -> None:
    """Upgrade to the newest revision. Nothing happens when the database is already there."""
    with as_owner(url) as connection:
        if not is_current(connection):
            from alembic import command  # noqa: PLC0415 (slow, and seldom needed)

            command.upgrade(config_of(connection), "head")


def revisions() -> list[str]:
    """Those that this program knows, oldest first."""
    return sorted(file.stem for file in (MIGRATIONS / "versions").glob("*.py"))


def is_current(connection: Connection) -> bool:
    """Whether the database has the schema that this program expects, or a newer one, which only ever widens it."""
    if connection.scalar(text("SELECT to_regclass('alembic_version') IS NULL")):
        return False
    found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    known = revisions()
    return bool(found) and all(revision == known[-1] or revision not in known for revision in found)


@contextmanager
def as_owner(url: str | URL) -> Iterator[Connection]:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool, hide_parameters=True)
    try:
        with engine.begin() as connection:
            # A migration that waits for a busy table makes everybody behind it wait too, so it soon gives up.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            yield connection
    except OperationalError as error:
        raise NotReady("Databasen kan ikke endres nå: den svarer ikke, eller en tabell er opptatt.") from error


def config_of(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
