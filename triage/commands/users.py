"""`triage user add`."""

import getpass
import sys

from triage.domain.errors import BadInput
from triage.opening import database
from triage.settings import Settings
from triage.store import audit, users
from triage.store.audit import Event
from triage.store.database import SYSTEM

_SHORTEST = 12


def add(
    settings: Settings, *, username: str, name: str, title: str, roles: list[str], areas: list[str], hpr: str | None
) -> int:
    """The password is asked for, or read from standard input; empty for those who sign in elsewhere."""
    person = users.person(username, name, title, roles=roles, areas=areas, hpr=hpr)
    password = getpass.getpass("Passord: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if password and len(password) < _SHORTEST:
        raise BadInput(f"Passordet må ha minst {_SHORTEST} tegn.")
    with database(settings) as db, db.writing(as_=SYSTEM) as tx:
        users.save(tx, person, password=password or None)
        audit.record(tx, Event.USER_ADDED, user=username, roles=roles, areas=areas)
    return 0
