"""Domain values as JSON and back: one codec for what is sealed and for what lies in JSONB."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")
_adapters: dict[Any, TypeAdapter[Any]] = {}  # costly to make, and only ever a handful


def to_json(value: Any) -> bytes:
    return _adapter(type(value)).dump_json(value)


def from_json(kind: type[T], data: bytes) -> T:
    value: T = _adapter(kind).validate_json(data)
    return value


def to_data(value: Any) -> dict[str, Any]:
    """Plain dictionaries, lists, texts and numbers, for a JSONB column."""
    data: dict[str, Any] = _adapter(type(value)).dump_python(value, mode="json")
    return data


def from_data(kind: type[T], data: dict[str, Any]) -> T:
    value: T = _adapter(kind).validate_python(data)
    return value


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
