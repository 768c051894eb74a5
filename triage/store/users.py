"""Users and signed-in sessions. Passwords are for the demo and local users; the rest sign in elsewhere."""

import secrets
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from triage.domain.decision import Person, Role
from triage.domain.errors import BadInput, Forbidden, NotFound
from triage.domain.referral import Area
from triage.store.database import Tx
from triage.store.rows import value_of
from triage.store.tables import AppUserRow, SessionRow

if TYPE_CHECKING:
    from pwdlib import PasswordHash

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=10)
_NOTED_EVERY = timedelta(seconds=10)  # each writing to the disk holds up the page
_FREE_TRIES = 3
_LONGEST_WAIT = timedelta(minutes=15)


def save(tx: Tx, person: Person, *, password: str | None = None) -> None:
    """Add a user, or change one's name, roles, areas and, when given, password."""
    facts = asdict(person) | {name: sorted(getattr(person, name)) for name in ("roles", "areas", "grants")}
    if password is not None:
        facts["password_hash"] = _hasher().hash(password)
    row = insert(AppUserRow).values(facts)
    tx.session.execute(row.on_conflict_do_update(index_elements=["username"], set_=facts))


def get(tx: Tx, username: str) -> Person:
    row = tx.session.get(AppUserRow, username)
    if row is None or not row.active:
        raise NotFound("Brukeren finnes ikke.")
    return value_of(tx, Person, row)


def everyone(tx: Tx) -> list[Person]:
    found = select(AppUserRow).where(AppUserRow.active).order_by(AppUserRow.username)
    return [value_of(tx, Person, row) for row in tx.session.scalars(found)]


def colleagues(tx: Tx, area: Area | None, person: Person) -> list[Person]:
    """Other doctors of this area; of any, where the area is not known."""
    others = [each for each in everyone(tx) if each.username != person.username]
    return [each for each in others if each.areas_as(Role.REVIEWER) & ({area} if area else {*Area})]


def deactivate(tx: Tx, username: str, *, at: datetime) -> None:
    """The user cannot sign in any more, and is signed out; what the user did stays."""
    tx.session.execute(update(AppUserRow).where(AppUserRow.username == username).values(active=False))
    mine = update(SessionRow).where(SessionRow.username == username, SessionRow.revoked_at.is_(None))
    tx.session.execute(mine.values(revoked_at=at))


def check_password(tx: Tx, username: str, password: str, *, now: datetime) -> Person | None:
    """The person when the password is right. None when not: the caller commits, so that the failure is counted.

    After three wrong tries the account waits, twice as long for each, at most a quarter of an hour.
    """
    row = tx.session.get(AppUserRow, username, with_for_update=True)
    # An unknown user costs as much time as a known one, so that nobody learns which names exist.
    right = _hasher().verify(password, row.password_hash if row and row.password_hash else _nobodys_hash())
    if row is None or not row.active or (row.locked_until and row.locked_until > now):
        return None
    row.failures = 0 if right else row.failures + 1
    wait = timedelta(seconds=2 ** min(row.failures, 20)) if row.failures >= _FREE_TRIES else timedelta()
    row.locked_until = now + min(wait, _LONGEST_WAIT)
    return value_of(tx, Person, row) if right else None


def admit(tx: Tx, person: Person) -> None:
    """Whoever signed in elsewhere, with the roles and areas that they have there now. Raises Forbidden."""
    row = tx.session.get(AppUserRow, person.username)
    if row and (row.password_hash or not row.active):
        raise Forbidden("Brukeren er sperret her, eller navnet tilhører en lokal bruker. Snakk med en administrator.")
    save(tx, person)


def start_session(tx: Tx, person: Person, *, now: datetime) -> str:
    """The token is returned once and kept nowhere. This person's sessions that are long over are forgotten."""
    if not person.roles:
        raise Forbidden("Brukeren har ingen rolle ennå.")
    mine = SessionRow.username == person.username
    tx.session.execute(delete(SessionRow).where(mine, SessionRow.created_at < now - LONGEST))
    token = secrets.token_urlsafe(32)
    times = {"created_at": now, "last_action_at": now}
    tx.session.add(SessionRow(token_sha256=_digest(token), username=person.username, **times))
    return token


def of_session(tx: Tx, token: str, *, now: datetime, acts: bool = True, idle: bool = False) -> Person | None:
    """Whose session it is, or None when it has ended; with `idle` also when only being away for long has ended it.

    A page that refreshes itself does not count as acting.
    """
    row = tx.session.get(SessionRow, _digest(token))
    if (
        row is None
        or row.revoked_at
        or now - row.created_at > LONGEST
        or (now - row.last_action_at > IDLE and not idle)
    ):
        return None
    user = tx.session.get(AppUserRow, row.username)
    if user is None or not user.active or not user.roles:
        return None
    if acts and now - row.last_action_at > _NOTED_EVERY:
        row.last_action_at = now
    return value_of(tx, Person, user)


def end_session(tx: Tx, token: str, *, now: datetime) -> None:
    tx.session.execute(update(SessionRow).where(SessionRow.token_sha256 == _digest(token)).values(revoked_at=now))


def person(
    username: str, name: str, title: str, *, roles: list[str], areas: list[str], hpr: str | None = None
) -> Person:
    """From words that an administrator chose: `lege` in all of the areas, `lege:eye` there alone. Raises BadInput."""
    held = [(role, [area] if area else areas) for role, _, area in (word.partition(":") for word in roles)]
    unknown = sorted({role for role, _ in held} - {*Role}) + sorted({*areas, *chain(*(at for _, at in held))} - {*Area})
    if unknown:
        raise BadInput(f"Ukjent rolle eller område: {', '.join(unknown)}.")
    grants = frozenset((Role(role), Area(area)) for role, at in held for area in at)
    own = frozenset(Role(role) for role, _ in held), frozenset(area for _, area in grants)
    return Person(username, name, title, *own, hpr, grants)


@cache
def _hasher() -> "PasswordHash":
    from pwdlib import PasswordHash  # noqa: PLC0415 (slow, and only passwords need it)

    return PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_hex())


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
