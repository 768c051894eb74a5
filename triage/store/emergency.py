"""Break-glass: another department's referral for a while, to read only; the privacy officer sees the reason."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from triage.domain.referral import ReferralId
from triage.store import keys
from triage.store.database import Tx
from triage.store.rows import add_row, value_of
from triage.store.tables import EmergencyAccessRow


@dataclass(frozen=True, slots=True)
class EmergencyAccess:
    """Who saw which referral, from when until when, and why."""

    referral_id: ReferralId
    username: str
    given_at: datetime
    until: datetime
    reason: str = field(repr=False)


def add(tx: Tx, access: EmergencyAccess) -> None:
    add_row(tx, EmergencyAccessRow, access)


def latest(tx: Tx, *, limit: int = 50) -> list[EmergencyAccess]:
    """Newest first; those of a destroyed referral are in the log alone."""
    found = select(EmergencyAccessRow).order_by(EmergencyAccessRow.given_at.desc()).limit(limit)
    rows = list(tx.session.scalars(found))
    keys.fetch(tx, [row.referral_id for row in rows])
    return [value_of(tx, EmergencyAccess, row) for row in rows if row.referral_id in tx.keys]
