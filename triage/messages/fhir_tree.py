"""FHIR R4 as one tree, from JSON or XML, walked without caring whether a field came once or as a list."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from triage.messages.codes import code_list
from triage.messages.xml_tree import Element, as_bytes, local

Resource: TypeAlias = Mapping[str, Any]
MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Bundle:
    """The resources of one message, and each of them under every name that a reference may use."""

    entries: tuple[Resource, ...]
    named: dict[str, Resource]

    def find(self, node: object, *path: str) -> list[Resource]:
        """The resources that the references at the path lead to."""
        links = texts(node, *path, "reference")
        found = (self.named.get(link) or self.named.get("/".join(link.split("/")[-2:])) for link in links)
        return [resource for resource in found if resource]

    def of_type(self, name: str) -> list[Resource]:
        return of_type(self.entries, name)

    def around(self, resource: Resource) -> "Bundle":
        """This bundle as one resource sees it: `#x` is what it contains itself, and nobody else's."""
        inside = tuple(resources(resource, "contained"))
        return Bundle((*self.entries, *inside), {**self.named, **{f"#{text(c, 'id')}": c for c in inside}})


class Coding(NamedTuple):
    system: str  # number of a Norwegian list, snomed, or empty
    code: str
    words: str


def from_xml(element: Element) -> dict[str, Any]:
    """The same tree as the JSON form, but every field is a list and every value is text."""
    tree: dict[str, Any] = {name: [element.get(name)] for name in ("url", "id") if element.get(name)}
    for part in element.iterchildren("*"):
        tree.setdefault(local(part), []).append(_xml_value(part))
        if part.get("value") is not None and len(part):  # a value with extensions of its own
            tree.setdefault(f"_{local(part)}", []).append(from_xml(part))
    return {**tree, "resourceType": local(element)} if local(element)[0].isupper() else tree


def _xml_value(part: Element) -> Any:
    if local(part) == "div":
        return as_bytes(part).decode("utf-8")
    if local(part) in ("resource", "contained"):
        return from_xml(next(part.iterchildren("*"), part))
    return from_xml(part) if part.get("value") is None else part.get("value")


def bundle_of(tree: Resource) -> Bundle:
    """Of a bundle's entries, or of the one resource that stands alone."""
    alone: list[Resource] = [{"resource": tree}]
    is_bundle = text(tree, "resourceType") == "Bundle"
    entries, named = [], {}
    for entry in resources(tree, "entry") if is_bundle else alone:
        for resource in resources(entry, "resource"):
            entries.append(resource)
            named[f"{text(resource, 'resourceType')}/{text(resource, 'id')}"] = resource
            named[text(entry, "fullUrl")] = resource
    return Bundle(tuple(entries), named)


def of_type(found: Iterable[Resource], name: str) -> list[Resource]:
    return [resource for resource in found if resource.get("resourceType") == name]


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
