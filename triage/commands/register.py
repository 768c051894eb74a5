"""`triage specialists import`: the register of contract specialists, from the file that the region gives out."""

import csv
import sys
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from triage.domain.calendar import today
from triage.domain.errors import BadInput
from triage.domain.letter import ContractSpecialist
from triage.opening import database
from triage.reports.records import decoded
from triage.settings import Settings
from triage.store import audit, specialists
from triage.store.audit import Event
from triage.store.database import SYSTEM

_COLUMNS = {"navn": "name", "fagområde": "area", "sted": "place", "kommune": "municipality"} | {
    "ventetid_uker": "waiting_weeks",
    "dato": "as_of",
    "kilde": "source",
}


def import_specialists(settings: Settings, *, file: Path) -> int:
    """All of the register anew. BadInput names a line that cannot be read, and then the old register stands."""
    text = decoded(file.read_bytes())
    lines = csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    rows = [{_COLUMNS.get(name, name): (words or "").strip() for name, words in line.items()} for line in lines]
    try:
        register = TypeAdapter(list[ContractSpecialist]).validate_python(rows)
    except ValidationError as error:
        number, *column = error.errors()[0]["loc"]
        said = next((name for name, field in _COLUMNS.items() if field in column), "alle kolonnene")
        raise BadInput(f"Linje {int(number) + 2} kan ikke leses. Se på {said}.") from None
    if not register or any(one.as_of > today() for one in register):
        raise BadInput(f"{file.name} har ingen linjer, eller en dato som ikke er kommet. Registeret er ikke endret.")
    with database(settings) as db, db.writing(as_=SYSTEM) as tx:
        specialists.replace(tx, register)
        audit.record(tx, Event.REGISTER_IMPORTED, specialists=len(register))
    sys.stderr.write(f"{len(register)} avtalespesialister er hentet inn.\n")
    return 0
