"""`triage audit`: the chain's state, and who looked at a patient."""

import re
from uuid import UUID

from rich.console import Console
from rich.table import Column, Table

from triage.domain.calendar import OSLO
from triage.domain.errors import BadInput
from triage.opening import database
from triage.settings import Settings
from triage.store import audit, queue
from triage.store.audit import Event
from triage.store.database import SYSTEM
from triage.web.rendering import word


def verify(settings: Settings) -> int:
    """Exit 0 when the chain is whole. The head is printed to be kept outside the database."""
    with database(settings) as db, db.reading(as_=SYSTEM) as tx:
        verdict = audit.verify(tx)
    console = Console()
    for _, explanation in verdict.breaks:
        console.print(f"BRUDD: {explanation}")
    console.print(f"{verdict.checked} rader kontrollert, {len(verdict.breaks)} brudd.")
    console.print(f"Hode: {verdict.head.sequence} {verdict.head.mac}", soft_wrap=True)
    return 1 if verdict.breaks else 0


def patient(settings: Settings, *, identity: str) -> int:
    """Everything done with one patient's referrals, oldest first. That this list was shown is logged too."""
    with database(settings) as db, db.writing(as_=SYSTEM) as tx:
        subjects = _referrals(identity) or [row.id for row in queue.search(tx, identity, limit=1000)]
        entries = audit.about(tx, *subjects)
        audit.record(tx, Event.LOG_SHOWN, referrals=[str(subject) for subject in subjects])
    table = Table("Tid", "Hvem", "Hva", Column("Henvisning", overflow="fold"))
    for entry in entries:
        when, what = f"{entry.at.astimezone(OSLO):%d.%m.%Y %H.%M.%S}", word(entry.action, "event")
        table.add_row(when, entry.actor, what, str(entry.subject or ""))
    Console().print(table)
    return 0


def _referrals(identity: str) -> list[UUID]:
    if re.fullmatch(r"[0-9a-fA-F-]{32,36}", identity):
        return [UUID(identity)]
    if not re.fullmatch(r"\d{11}", identity):
        raise BadInput("Skriv et fødselsnummer (11 sifre) eller nummeret på en henvisning.")
    return []
