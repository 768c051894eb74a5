"""Between rows and domain values: what has the same name on both sides is copied by that name."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert

from triage.domain.errors import NotFound
from triage.store.database import Tx
from triage.store.tables import Table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
D = TypeVar("D", bound="DataclassInstance")
Row = TypeVar("Row", bound=Table)


def plain(table: type[Table], *values: object) -> dict[str, Any]:
    """The values' attributes that are columns of the table. Where two values have the same, the first one counts."""
    names = table.__table__.columns.keys()
    return {name: getattr(value, name) for value in reversed(values) for name in names if hasattr(value, name)}


def value_of(kind: type[D], row: object, **given: Any) -> D:
    """A domain value made of the row's columns, and of what is given; words become the enumerations they name."""
    known = {field.name: getattr(row, field.name) for field in fields(kind) if field.name not in given}
    return from_data(kind, known | given)


def add_row(tx: Tx, table: type[Table], values: Mapping[str, Any]) -> bool:
    """False, and nothing is added, when another row has the same where values must be unique."""
    unless_there = insert(table).values(values).on_conflict_do_nothing()
    return tx.session.execute(unless_there.returning(*table.__table__.primary_key)).one_or_none() is not None


def find(tx: Tx, table: type[Row], key: object, otherwise: str, *, lock: bool = False) -> Row:
    """Raises NotFound when there is no such row, or none that this person may see.

    With `lock` it is the row as it is now, and nobody else can change it until this transaction ends.
    """
    row = tx.session.get(table, key, with_for_update=lock, populate_existing=lock)
    if row is None:
        raise NotFound(otherwise)
    return row


def to_json(value: Any) -> bytes:
    return _adapter(type(value)).dump_json(value)


def from_json(kind: type[T], data: bytes) -> T:
    value: T = _adapter(kind).validate_json(data)
    return value


def to_data(value: Any) -> dict[str, Any]:
    """Plain dictionaries, lists, texts and numbers, for a JSONB column."""
    data: dict[str, Any] = _adapter(type(value)).dump_python(value, mode="json")
    return data


def from_data(kind: type[T], data: Mapping[str, Any]) -> T:
    value: T = _adapter(kind).validate_python(data)
    return value


def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Costly to make, and only ever a handful."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


_adapters: dict[Any, TypeAdapter[Any]] = {}
