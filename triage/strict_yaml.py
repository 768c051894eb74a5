"""YAML from people: nothing is guessed, no key may stand twice, and a fault is told in Norwegian with its place."""

import json
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from triage.domain.errors import NotReady

Model = TypeVar("Model", bound=BaseModel)


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


def validated(model: type[Model], raw: object, place: str) -> Model:
    """`raw` as `model`; NotReady names the place and every fault.

    It goes by way of JSON, where strict still accepts a list as a tuple and text as a date or an enumeration.
    """
    try:
        return model.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as fault:
        raise NotReady(f"{place} kan ikke brukes: {'; '.join(_told(error) for error in fault.errors())}") from fault


_FAULTS = {
    "missing": "mangler",
    "extra_forbidden": "er et ukjent felt",
    "unexpected_keyword_argument": "er et ukjent felt",
    "int_type": "må være et helt tall",
    "string_type": "må være tekst",
    "tuple_type": "må være en liste",
    "dataclass_type": "må være felter med verdier",
    "enum": "er ikke en av de tillatte verdiene ({expected})",
    "literal_error": "er ikke en av de tillatte verdiene ({expected})",
    "date_from_datetime_parsing": "må være en dato (ÅÅÅÅ-MM-DD)",
}


def _told(error: Any) -> str:
    """One fault of pydantic's with its place. What was written is not repeated."""
    place = ".".join(str(part) for part in error["loc"]) or "innholdet"
    if error["type"] == "value_error":
        return f"{place}: {error['ctx']['error']}"
    known = _FAULTS.get(error["type"])
    return f"{place} {known.format(**error.get('ctx', {}))}" if known else f"{place}: {error['msg']}"
