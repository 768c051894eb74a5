"""Between rows and domain values: what has the same name on both sides is copied by that name.

A column marked as sealed is sealed on its way in and opened on its way out, with the key of the referral or the message
that the row belongs to.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql import insert

from triage.domain.errors import NotFound
from triage.store import keys
from triage.store.database import Tx
from triage.store.tables import Table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
D = TypeVar("D", bound="DataclassInstance")
Row = TypeVar("Row", bound=Table)


def add_row(tx: Tx, table: type[Table], *values: object, **given: Any) -> Any:
    """The new row's key; None, and nothing is added, when another row has the same where values must be unique.

    Columns are filled from what is given, else from the values' attributes; of two values the first one counts.
    """
    names = table.__table__.columns.keys()
    known = {name: getattr(value, name) for value in reversed(values) for name in names if hasattr(value, name)}
    row = ({"id": uuid4()} if "id" in names else {}) | known | given
    unless_there = insert(table).values(sealed(tx, table, row)).on_conflict_do_nothing()
    return tx.session.scalars(unless_there.returning(*table.__table__.primary_key)).one_or_none()


def sealed(tx: Tx, table: type[Table], row: dict[str, Any]) -> dict[str, Any]:
    """The row as it may be written. It needs its `id`, and `referral_id` when it belongs to a referral."""
    words = [name for name in sealed_columns(table) if row.get(name) is not None]
    if not words:
        return row
    key, place = keys.of(tx, row.get("referral_id", row["id"])), {"table": table.__tablename__, "row": row["id"]}
    return row | {name: key.seal(row[name], column=name, **place) for name in words}


def opened(tx: Tx, row: Any, column: str) -> bytes:
    """What a sealed column of a row holds. Raises NotReady when it was changed, or is another key's."""
    key = keys.of(tx, getattr(row, "referral_id", row.id))
    return key.open(getattr(row, column), table=row.__tablename__, row=row.id, column=column)


@cache
def sealed_columns(table: type[Table]) -> frozenset[str]:
    return frozenset(column.name for column in table.__table__.columns if column.info.get("sealed"))


def value_of(tx: Tx, kind: type[D], row: Table, **given: Any) -> D:
    """A domain value made of the row's columns, and of what is given; words become the enumerations they name."""
    hidden, names = sealed_columns(type(row)), {field.name for field in fields(kind)} - given.keys()
    known = {name: opened(tx, row, name) if name in hidden else getattr(row, name) for name in names}
    return adapter(kind).validate_python(known | given)


def found_by(tx: Tx, query: TextClause, kind: type[D], **given: Any) -> Iterator[D]:
    """What a written query finds, as domain values made of its columns by name."""
    for row in tx.session.execute(query, given).mappings():
        yield adapter(kind).validate_python(dict(row))


def find(tx: Tx, table: type[Row], key: object, otherwise: str, *, lock: bool = False) -> Row:
    """Raises NotFound when there is no such row, or none that this person may see.

    With `lock` it is the row as it is now, and nobody else can change it until this transaction ends.
    """
    row = tx.session.get(table, key, with_for_update=lock, populate_existing=lock)
    if row is None:
        raise NotFound(otherwise)
    return row


def to_json(value: object) -> bytes:
    return adapter(type(value)).dump_json(value)


def adapter(kind: type[T]) -> TypeAdapter[T]:
    """Costly to make, and only ever a handful."""
    return _adapter(kind)


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)
