"""Transactions: `reading` and `writing`, each on behalf of somebody whose areas decide which rows exist."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, TextClause, create_engine, make_url, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from triage.domain.decision import Person, Role
from triage.domain.errors import Conflict, NotReady
from triage.store.vault import DataKey, Vault

APP_ROLE = "triage_app"
T = TypeVar("T")

# The role's rights, not the login's, are what the program has. A query that hangs must not hold up the queue.
_CONNECTION_OPTIONS = (
    f"-c role={APP_ROLE} -c statement_timeout=30s -c lock_timeout=5s"
    " -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
)

AWAY = "Databasen svarer ikke akkurat nå. Prøv igjen om litt."
NOT_SET_UP = "Databasen er ikke satt opp for denne versjonen av programmet. Kjør: triage migrate"
_BEGIN = text(
    "SELECT set_config('triage.areas', :areas, true), set_config('triage.user', :user, true),"
    " set_config('transaction_read_only', :read_only, true)"
)


class System(Enum):
    """The program itself, in steps that no person asked for; it sees every area."""

    SYSTEM = "system"


SYSTEM: Final = System.SYSTEM
Actor = Person | System

_SEES_PATIENTS = frozenset({Role.REVIEWER, Role.SECRETARY, Role.LEAD})


class DatabaseAway(NotReady):
    """PostgreSQL did not answer, or had us wait too long for a row."""

    retry = True


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction. Functions of the store take it first and never commit it."""

    session: Session
    vault: Vault
    actor: Actor | None
    keys: dict[UUID, DataKey] = field(default_factory=dict, repr=False)  # those that it has unwrapped

    @property
    def actor_name(self) -> str:
        """How the audit log names whoever does this."""
        if isinstance(self.actor, Person):
            return self.actor.username
        return self.actor.value if self.actor else "unknown"


class Database:
    """Connections to one PostgreSQL database, and the keys to what is sealed in it."""

    def __init__(self, url: str | URL, vault: Vault) -> None:
        self.url = make_url(url).set(drivername="postgresql+psycopg")
        self.vault = vault
        self.engine = create_engine(
            self.url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=20,
            max_overflow=20,  # together one for each of the web server's 40 threads
            connect_args={"options": _CONNECTION_OPTIONS, "connect_timeout": 10},
        )

    @property
    def conninfo(self) -> str:
        """The same connection for libraries that speak psycopg without SQLAlchemy."""
        plain: dict[str, Any] = self.url.translate_connect_args(username="user", database="dbname")
        return make_conninfo(**{**plain, **self.url.query, "options": _CONNECTION_OPTIONS})

    def reading(self, *, as_: Actor | None = None) -> AbstractContextManager[Tx]:
        """A transaction that cannot write. Nobody (`as_` left out) sees no referral at all."""
        return self._transaction(as_, read_only=True)

    def writing(self, *, as_: Actor | None = None) -> AbstractContextManager[Tx]:
        """A transaction that commits once at the end, or not at all."""
        return self._transaction(as_, read_only=False)

    @contextmanager
    def _transaction(self, as_: Actor | None, *, read_only: bool) -> Iterator[Tx]:
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                tx, read = Tx(session, self.vault, as_), "on" if read_only else "off"
                session.execute(_BEGIN, {"areas": _areas(as_), "user": tx.actor_name, "read_only": read})
                yield tx
        except (OperationalError, InterfaceError) as error:
            if f'"{APP_ROLE}"' in str(error.orig):
                raise NotReady(NOT_SET_UP) from error
            if not passes(error.orig):
                raise
            raise DatabaseAway(AWAY) from error

    def close(self) -> None:
        self.engine.dispose()


def must_change_one(tx: Tx, change: ReturningUpdate[T], otherwise: str) -> T:
    """The value of the one row that a guarded change returns. Raises Conflict when it changed none."""
    value = tx.session.scalars(change).one_or_none()
    if value is None:
        raise Conflict(otherwise)
    return value


def queries(module: str) -> dict[str, TextClause]:
    """Those in the file beside a module of the store; each begins with `-- name: ` on a line of its own."""
    parts = Path(module).with_suffix(".sql").read_text(encoding="utf-8").split("\n-- name: ")[1:]
    return {name: text(query) for name, query in (part.split("\n", 1) for part in parts)}


def take_turns(tx: Tx, *names: str) -> None:
    """Transactions that name the same thing go one after the other, in an order that cannot lock them together."""
    for name in sorted(set(names)):
        tx.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def passes(error: BaseException | None) -> bool:
    """Whether it may go better in a while: no connection, a lock, no room, a shutdown (SQLSTATE classes)."""
    state = getattr(error, "sqlstate", None)
    return state is None or state.startswith(("08", "40", "53", "55P03", "57"))


def _areas(actor: Actor | None) -> str:
    """The setting that row-level security compares with: `*`, or areas with commas between."""
    if actor is SYSTEM:
        return "*"
    return ",".join(sorted(actor.areas_as(*_SEES_PATIENTS))) if isinstance(actor, Person) else ""
