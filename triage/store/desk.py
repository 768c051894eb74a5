"""What a user left behind: decisions begun and not sent, and views of the queue that were given a name."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from triage.domain.referral import ReferralId
from triage.store.database import Tx
from triage.store.rows import add_row, value_of
from triage.store.tables import DraftRow, SavedViewRow


@dataclass(frozen=True, slots=True)
class KeptForm:
    """What this user has typed about a referral; `form` is the page's own JSON."""

    saved_at: datetime
    form: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SavedView:
    id: UUID
    name: str
    address: str


def keep_draft(tx: Tx, referral_id: ReferralId, form: str, *, at: datetime) -> None:
    """Instead of the one before."""
    drop_draft(tx, referral_id)
    add_row(tx, DraftRow, referral_id=referral_id, username=tx.actor_name, saved_at=at, form=form)


def drop_draft(tx: Tx, referral_id: ReferralId) -> None:
    tx.session.execute(delete(DraftRow).where(DraftRow.referral_id == referral_id, DraftRow.username == tx.actor_name))


def draft(tx: Tx, referral_id: ReferralId) -> KeptForm | None:
    mine = select(DraftRow).where(DraftRow.referral_id == referral_id, DraftRow.username == tx.actor_name)
    row = tx.session.scalars(mine).one_or_none()
    return value_of(tx, KeptForm, row) if row else None


def save_view(tx: Tx, name: str, address: str) -> None:
    """A name that is used already now means this view."""
    mine = SavedViewRow.username == tx.actor_name
    tx.session.execute(delete(SavedViewRow).where(mine, SavedViewRow.name == name))
    add_row(tx, SavedViewRow, username=tx.actor_name, name=name, address=address)


def drop_view(tx: Tx, view_id: UUID) -> None:
    tx.session.execute(delete(SavedViewRow).where(SavedViewRow.id == view_id, SavedViewRow.username == tx.actor_name))


def views(tx: Tx) -> list[SavedView]:
    found = select(SavedViewRow).where(SavedViewRow.username == tx.actor_name).order_by(SavedViewRow.name)
    return [value_of(tx, SavedView, row) for row in tx.session.scalars(found)]
