"""`triage user add`, and the demo's users, whose password everybody knows: only where nobody else can reach them."""

import getpass
import sys
from ipaddress import ip_address

from triage.domain.decision import Person, Role
from triage.domain.errors import BadInput, NotReady
from triage.domain.referral import Area
from triage.opening import database
from triage.settings import Settings
from triage.store import audit, users
from triage.store.audit import Event
from triage.store.database import SYSTEM, Database

PASSWORD = "demo"  # noqa: S105 (known to all, and refused outside this machine)
SHORTEST_PASSWORD = 12  # characters
_ALL = frozenset(Area)

DEMO_USERS = (
    Person("lege", "Live Lege", "overlege", frozenset({Role.REVIEWER, Role.LEAD}), _ALL),
    Person("kollega", "Kari Kollega", "overlege", frozenset({Role.REVIEWER}), _ALL),
    Person("sekretaer", "Sigurd Sekretær", "helsesekretær", frozenset({Role.SECRETARY}), _ALL),
    Person("fagrad", "Frida Fagråd", "medlem av fagrådet", frozenset({Role.COUNCIL})),
    Person("personvern", "Per Personvern", "personvernombud", frozenset({Role.PRIVACY})),
    Person("admin", "Ada Admin", "systemansvarlig", frozenset({Role.ADMIN})),
)


def add(
    settings: Settings, *, username: str, name: str, title: str, roles: list[str], areas: list[str], hpr: str | None
) -> int:
    """The password is asked for, or read from standard input."""
    person = users.person(username, name, title, roles=roles, areas=areas, hpr=hpr)
    typed = getpass.getpass("Passord: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    password = accepted(typed)
    with database(settings) as db, db.writing(as_=SYSTEM) as tx:
        users.save(tx, person, password=password)
        audit.record(tx, Event.USER_ADDED, user=username, roles=roles, areas=areas)
    return 0


def accepted(password: str) -> str | None:
    """None when it is empty: for those who sign in elsewhere, and to keep the one there is. Raises BadInput."""
    if password and len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"Passordet må ha minst {SHORTEST_PASSWORD} tegn.")
    return password or None


def add_demo_users(db: Database) -> None:
    """Those that are not there yet."""
    with db.writing(as_=SYSTEM) as tx:
        there = {person.username for person in users.everyone(tx)}
        for person in DEMO_USERS:
            if person.username not in there:
                users.save(tx, person, password=PASSWORD)


def refuse_demo_users(db: Database) -> None:
    """Raises NotReady when a demo user could sign in here."""
    with db.reading(as_=SYSTEM) as tx:
        there = {person.username for person in users.everyone(tx)}
    if there & {person.username for person in DEMO_USERS}:
        raise NotReady("Databasen har demobrukere med kjent passord. Bruk en annen TRIAGE_HOME, eller slå dem av.")


def is_loopback(host: str) -> bool:
    return host == "localhost" or ((host[:1].isdigit() or ":" in host) and ip_address(host).is_loopback)
