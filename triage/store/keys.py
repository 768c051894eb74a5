"""The data keys of referrals and messages, as they lie wrapped in the database, and what they seal and open."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from triage.domain.errors import NotFound
from triage.store.database import Tx
from triage.store.tables import DataKeyRow, Table
from triage.store.vault import DataKey


def create(tx: Tx, owner: UUID) -> DataKey:
    key, wrapped = tx.vault.new_key(owner)
    tx.session.execute(insert(DataKeyRow).values(owner=owner, wrapped=wrapped))
    tx.keys[owner] = key
    return key


def of(tx: Tx, owner: UUID) -> DataKey:
    """Raises NotFound when the key was deleted, and the content with it."""
    if owner not in tx.keys:
        tx.keys.update(of_many(tx, [owner]))
    if owner not in tx.keys:
        raise NotFound("Innholdet er slettet og kan ikke leses.")
    return tx.keys[owner]


def of_many(tx: Tx, owners: Iterable[UUID]) -> dict[UUID, DataKey]:
    """One query for a page of rows; those whose key was deleted are not among the answers."""
    rows = tx.session.execute(select(DataKeyRow.owner, DataKeyRow.wrapped).where(DataKeyRow.owner.in_(set(owners))))
    return {owner: tx.vault.unwrap(owner, wrapped) for owner, wrapped in rows}


def shred(tx: Tx, owner: UUID) -> None:
    """Make what the owner's key sealed unreadable for ever."""
    tx.session.execute(delete(DataKeyRow).where(DataKeyRow.owner == owner))
    tx.keys.pop(owner, None)


def sealed(key: DataKey, table: type[Table], row: UUID, **words: bytes | str) -> dict[str, bytes]:
    """The sealed columns of a row that is about to be written."""
    name = table.__tablename__
    return {column: key.seal(value, table=name, row=row, column=column) for column, value in words.items()}


def opened(key: DataKey, row: Any, column: str) -> bytes:
    """What a sealed column of a row holds. Raises NotReady when it was changed, or is another key's."""
    return key.open(getattr(row, column), table=row.__tablename__, row=row.id, column=column)
