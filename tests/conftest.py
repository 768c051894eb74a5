"""A real PostgreSQL for every test: one server and one copy of a migrated database for each test worker."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import monotonic, sleep

import psycopg
import pytest

from tests.builders import a_policy
from triage.domain.policy import Policy
from triage.store import embedded
from triage.store.database import Database
from triage.store.embedded import EmbeddedServer
from triage.store.migrating import migrate
from triage.store.tables import Table
from triage.store.vault import Vault

TEMPLATE, SHARED = "migrated", "shared"
JOB_TABLES = ("procrastinate_periodic_defers", "procrastinate_events", "procrastinate_jobs", "procrastinate_workers")
KEY = bytes(range(32))
_numbers = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    home = own_folder()
    started = embedded.start(home, durable=False)
    sql(started, f"CREATE DATABASE {TEMPLATE}")
    migrate(started.url(TEMPLATE))
    yield started
    started.leave()
    wait_until_stopped(home)
    rmtree(home)


def wait_until_stopped(home: Path, *, seconds: float = 60) -> bool:
    """Whether the server under `home` stopped within this time."""
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    end = monotonic() + seconds
    while pid_file.exists() and monotonic() < end:
        sleep(0.05)
    return not pid_file.exists()


@pytest.fixture
def empty_database(server: EmbeddedServer) -> Iterator[str]:
    """The name of a database in which nothing has been made yet."""
    name = f"empty_{next(_numbers)}"
    sql(server, f"CREATE DATABASE {name}")
    yield name
    sql(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def shared_database(server: EmbeddedServer) -> Iterator[Database]:
    """A copy of the migrated database for this worker."""
    sql(server, f"CREATE DATABASE {SHARED} TEMPLATE {TEMPLATE}")
    database = Database(server.url(SHARED), Vault(KEY))
    yield database
    database.close()


@pytest.fixture
def db(server: EmbeddedServer, shared_database: Database) -> Iterator[Database]:
    """Empty at the start of every test."""
    yield shared_database
    empty(server, SHARED)


def empty(server: EmbeddedServer, database: str) -> None:
    """Emptying takes milliseconds where a fresh copy takes tenths of a second."""
    tables = "".join(f"DELETE FROM {name};" for name in (*Table.metadata.tables, *JOB_TABLES))
    head = "INSERT INTO audit_head (id, sequence, mac) VALUES (1, 0, '')"
    # As a replica's, the deletions pass foreign keys and the audit log's trigger by.
    sql(server, f"SET session_replication_role = replica; {tables} {head}", database=database)


@pytest.fixture
def policy() -> Policy:
    return a_policy()


@pytest.fixture
def home() -> Iterator[Path]:
    """Where an installation of its own may lie; with a blank in its path, as on many a desktop."""
    folder = own_folder() / "my triage"
    folder.mkdir()
    yield folder
    rmtree(folder.parent)


def own_folder() -> Path:
    """Not pytest's own, which another session closes for the server's user while we use it."""
    return Path(mkdtemp(prefix="triage-tests-"))


def sql(server: EmbeddedServer, statement: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
    """Straight to the server as its superuser."""
    host = str(server.url().query["host"])
    with psycopg.connect(host=host, user="postgres", dbname=database, autocommit=True) as connection:
        answer = connection.execute(statement.encode())
        return answer.fetchall() if answer.description else []
