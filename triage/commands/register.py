"""`triage specialists import`: the register of contract specialists, from the file that the region gives out."""

import csv
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triage.domain.calendar import oslo_date, utc_now
from triage.domain.errors import BadInput
from triage.domain.letter import ContractSpecialist
from triage.domain.referral import Area
from triage.opening import database
from triage.settings import Settings
from triage.store import audit, specialists
from triage.store.audit import Event
from triage.store.database import SYSTEM

_Words = Annotated[str, Field(min_length=1, max_length=200)]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: _Words = Field(alias="navn")
    area: Area = Field(alias="fagområde")
    place: _Words = Field(alias="sted")
    municipality: str = Field(alias="kommune", pattern=r"^\d{4}$")
    waiting_weeks: int = Field(alias="ventetid_uker", ge=0, le=520)
    as_of: date = Field(alias="dato")
    source: _Words = Field(alias="kilde")


def import_specialists(settings: Settings, *, file: Path) -> int:
    """All of the register anew. BadInput names a line that cannot be read, and then the old register stands."""
    text = file.read_text("utf-8-sig")
    rows = csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    register = [_specialist(number, row) for number, row in enumerate(rows, start=2)]
    if not register:
        raise BadInput(f"{file.name} har ingen avtalespesialister. Registeret er ikke endret.")
    with database(settings) as db, db.writing(as_=SYSTEM) as tx:
        specialists.replace(tx, register)
        audit.record(tx, Event.REGISTER_IMPORTED, specialists=len(register))
    sys.stderr.write(f"{len(register)} avtalespesialister er hentet inn.\n")
    return 0


def _specialist(number: int, row: dict[str, str]) -> ContractSpecialist:
    try:
        line = _Line.model_validate(row)
    except ValidationError as error:
        columns = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors()}))
        raise BadInput(f"Linje {number} kan ikke leses. Se på {columns}.") from None
    if line.as_of > oslo_date(utc_now()):
        raise BadInput(f"Linje {number}: datoen for ventetiden er ikke kommet ennå.")
    return ContractSpecialist(**line.model_dump())
