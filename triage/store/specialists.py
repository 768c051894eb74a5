"""The register of contract specialists: whole editions only, as the region gives them out."""

from collections.abc import Iterable

from sqlalchemy import delete, func, select

from triage.domain.letter import ContractSpecialist
from triage.domain.referral import Area
from triage.store.database import Tx
from triage.store.rows import add_row, value_of
from triage.store.tables import ContractSpecialistRow

_SHOWN = 3


def replace(tx: Tx, register: Iterable[ContractSpecialist]) -> None:
    tx.session.execute(delete(ContractSpecialistRow))
    for specialist in register:
        add_row(tx, ContractSpecialistRow, specialist)


def nearest(tx: Tx, area: Area, municipality: str | None) -> tuple[ContractSpecialist, ...]:
    """Those of the patient's own municipality first, then of the same county, and among equals the shortest wait."""
    row, here = ContractSpecialistRow, municipality or ""
    near = (row.municipality == here).desc(), (func.left(row.municipality, 2) == here[:2]).desc()
    found = select(row).where(row.area == area).order_by(*near, row.waiting_weeks, row.name).limit(_SHOWN)
    return tuple(value_of(tx, ContractSpecialist, each) for each in tx.session.scalars(found))
