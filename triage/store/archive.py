"""The files that recommendations were made with, kept once for each set of versions."""

from datetime import datetime

from sqlalchemy import select

from triage.domain.recommendation import Versions
from triage.store.database import Tx
from triage.store.rows import add_row
from triage.store.tables import EngineArchiveRow


def keep(tx: Tx, versions: Versions, files: bytes, *, at: datetime) -> None:
    """Nothing happens when they were kept before."""
    add_row(tx, EngineArchiveRow, label=_label(versions), kept_at=at, files=files)


def files(tx: Tx, versions: Versions) -> bytes | None:
    """None when nobody kept them."""
    return tx.session.scalar(select(EngineArchiveRow.files).where(EngineArchiveRow.label == _label(versions)))


def _label(versions: Versions) -> str:
    return " ".join((versions.model, versions.rules, versions.policy, versions.lexicon))
