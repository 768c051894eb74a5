"""The data keys of referrals and messages, as they lie wrapped in the database."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, insert, select

from triage.domain.errors import NotFound
from triage.store.database import Tx
from triage.store.tables import DataKeyRow
from triage.store.vault import DataKey


def create(tx: Tx, owner: UUID) -> None:
    tx.keys[owner], wrapped = tx.vault.new_key(owner)
    tx.session.execute(insert(DataKeyRow).values(owner=owner, wrapped=wrapped))


def of(tx: Tx, owner: UUID) -> DataKey:
    """Raises NotFound when the key was deleted, and the content with it."""
    if owner not in tx.keys:
        fetch(tx, [owner])
    if owner not in tx.keys:
        raise NotFound("Innholdet er slettet og kan ikke leses.")
    return tx.keys[owner]


def fetch(tx: Tx, owners: Iterable[UUID]) -> None:
    """One query for a page of rows; those whose key was deleted are passed over."""
    rows = tx.session.execute(select(DataKeyRow.owner, DataKeyRow.wrapped).where(DataKeyRow.owner.in_(set(owners))))
    tx.keys.update({owner: tx.vault.unwrap(owner, wrapped) for owner, wrapped in rows})


def shred(tx: Tx, owner: UUID) -> None:
    """Make what the owner's key sealed unreadable for ever."""
    tx.session.execute(delete(DataKeyRow).where(DataKeyRow.owner == owner))
    tx.keys.pop(owner, None)
