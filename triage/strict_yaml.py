"""YAML from people: nothing is guessed, no key may stand twice, and a fault is told in Norwegian with its place."""

import json
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from triage.domain.errors import NotReady, TriageError

Kind = TypeVar("Kind")


class Strict(BaseModel):
    """What a file may hold: the fields that are named, of the types that are named, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Loader(yaml.CSafeLoader):
    """Refuses a mapping that says the same key twice, where YAML would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{min(twice)} står to ganger", node.start_mark)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """The file's content. NotReady when it is missing or is not YAML."""
    if not path.is_file():
        raise NotReady(f"Fila {path.name} finnes ikke.")
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a safe loader)
    except yaml.YAMLError as fault:
        raise NotReady(f"Fila {path.name} er ikke gyldig YAML: {fault}") from fault


def validated(kind: type[Kind], raw: object, place: str, *, refusal: type[TriageError] = NotReady) -> Kind:
    """`raw` as a model or a dataclass; the refusal names the place and every fault.

    It goes by way of JSON, where strict still accepts a list as a tuple and text as a date or an enumeration.
    """
    holder = _holder(kind)  # type: ignore[arg-type]  # mypy does not know that a class is hashable
    try:
        held: Kind = vars(holder.model_validate_json(json.dumps({"held": raw}, default=str)))["held"]
    except ValidationError as fault:
        faults = dict.fromkeys(map(_told, fault.errors()))
        raise refusal(f"{place} kan ikke brukes: {'; '.join(faults)}") from None
    return held


@cache
def _holder(kind: type[Any]) -> type[BaseModel]:
    """A dataclass of the domain refuses unknown fields when a model that does so holds it."""
    return create_model("Holder", __base__=Strict, held=(kind, ...))


_FAULTS = {
    "missing": "mangler",
    "extra_forbidden": "er et ukjent felt",
    "unexpected_keyword_argument": "er et ukjent felt",
    "int_type": "må være et helt tall",
    "string_type": "må være tekst",
    "tuple_type": "må være en liste",
    "dataclass_type": "må være felter med verdier",
    "dict_type": "må være felter med verdier",
    "model_attributes_type": "må være felter med verdier",
    "enum": "er ikke en av de tillatte verdiene ({expected})",
    "literal_error": "er ikke en av de tillatte verdiene ({expected})",
    "json_invalid": "er ikke gyldig JSON",
}


def _told(error: Any) -> str:
    """One fault of pydantic's with its place. What was written is not repeated."""
    place = ".".join(map(str, error["loc"][1:])) or "innholdet"
    if error["type"] == "value_error":
        return f"{place}: {error['ctx']['error']}"
    if error["type"].startswith("date_"):
        return f"{place} må være en dato (ÅÅÅÅ-MM-DD)"
    known = _FAULTS.get(error["type"], "").format(**error.get("ctx", {})).replace(" or ", " eller ")
    return f"{place} {known}" if known else f"{place}: {error['msg']}"
