"""FHIR R4 as one tree, from JSON or XML, walked without caring whether a field came once or as a list."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from triage.messages.codes import code_list
from triage.messages.xml_tree import Element, as_bytes, local

Resource: TypeAlias = Mapping[str, Any]
MAX_DEPTH = 60


class Coding(NamedTuple):
    system: str  # number of a Norwegian list, snomed, or empty
    code: str
    words: str


def from_xml(element: Element) -> dict[str, Any]:
    """The same tree as the JSON form, but a field that came once is not a list, and every value is text."""
    tree: dict[str, Any] = {"resourceType": local(element)} if local(element)[0].isupper() else {}
    for name in ("url", "id"):
        tree.update({name: element.get(name)} if element.get(name) else {})
    for part in element.iterchildren("*"):
        known = tree.get(local(part))
        found = _xml_value(part)
        tree[local(part)] = found if known is None else [*known, found] if isinstance(known, list) else [known, found]
    return tree


def _xml_value(part: Element) -> Any:
    if local(part) == "div":
        return as_bytes(part).decode("utf-8")
    if local(part) in ("resource", "contained"):
        return from_xml(next(part.iterchildren("*"), part))
    return part.get("value") if part.get("value") is not None and len(part) == 0 else from_xml(part)


def too_deep(tree: object) -> bool:
    """Whether it nests deeper than any real resource does."""
    level = [tree]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inner(outer)]
    return bool(level)


def _inner(node: object) -> list[Any]:
    return list(node.values()) if isinstance(node, Mapping) else node if isinstance(node, list) else []


def each(node: object, *path: str) -> Iterator[Any]:
    """Every value at the path; lists on the way are entered, other shapes than expected give nothing."""
    if isinstance(node, list):
        for item in node:
            yield from each(item, *path)
    elif not path:
        yield from () if node is None else (node,)
    elif isinstance(node, Mapping):
        yield from each(node.get(path[0]), *path[1:])


def texts(node: object, *path: str) -> list[str]:
    """Every non-empty text or number at the path."""
    found = (str(v).strip() for v in each(node, *path) if isinstance(v, str | int | float))
    return [text for text in found if text]


def text(node: object, *path: str) -> str:
    return next(iter(texts(node, *path)), "")


def resources(node: object, *path: str) -> Iterator[Resource]:
    yield from (r for r in each(node, *path) if isinstance(r, Mapping))


def codings(node: object) -> Iterator[Coding]:
    """Every coding anywhere below, extensions included."""
    if isinstance(node, list):
        for item in node:
            yield from codings(item)
    elif isinstance(node, Mapping):
        if isinstance(node.get("code"), str) and "system" in node:
            yield Coding(code_list(text(node, "system")), text(node, "code"), text(node, "display"))
        for inner in node.values():
            yield from codings(inner)


def concept(node: object, *path: str) -> str:
    """What a person reads of a CodeableConcept: its text, else a display name. A bare code is not for reading."""
    found = list(resources(node, *path))
    return text(found, "text") or text(found, "coding", "display")
