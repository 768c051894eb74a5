"""Files of the reports by name: what was imported, what every edition has printed, what is asked for, what was made."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from triage.store.database import Tx
from triage.store.tables import ReportFileRow


def save(tx: Tx, files: Mapping[str, bytes]) -> None:
    """Instead of those of the same names."""
    for name, content in files.items():
        new = insert(ReportFileRow).values(name=name, content=content)
        tx.session.execute(new.on_conflict_do_update(index_elements=["name"], set_={"content": content}))


def load(tx: Tx, name: str) -> bytes | None:
    return tx.session.scalar(select(ReportFileRow.content).where(ReportFileRow.name == name))


def under(tx: Tx, folder: str) -> dict[str, bytes]:
    """By name within the folder."""
    found = select(ReportFileRow).where(ReportFileRow.name.startswith(f"{folder}/", autoescape=True))
    return {row.name.removeprefix(f"{folder}/"): row.content for row in tx.session.scalars(found)}


def remove(tx: Tx, folder: str) -> None:
    tx.session.execute(delete(ReportFileRow).where(ReportFileRow.name.startswith(f"{folder}/", autoescape=True)))
