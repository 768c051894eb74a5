"""Every message as one tree of elements: XML from strangers, and FHIR's JSON in the shape that it has in XML.

Names lose their prefixes, so that the standard library's own paths (`MsgInfo/Patient`) find them whatever the vendor's
manner. A path that leads nowhere gives an empty element, and paths go on from that.
"""

import re
from base64 import b64decode
from contextlib import suppress
from functools import cache
from html.entities import html5
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree  # a DTD does not get past `parse_xml`; without one expat fetches nothing
from xml.sax.saxutils import escape

import orjson

from triage.domain.errors import MessageRejected, NeedsPerson
from triage.messages.codes import needs_person, rejected
from triage.messages.decoding import decode
from triage.messages.plain import from_markup

Element = ElementTree.Element

FHIR = "http://hl7.org/fhir"
NOTHING = Element("nothing")
MAX_MARKS = 500_000  # of < and ": bounds the tree's memory, and the time that its reading takes
MAX_DEPTH = 100
ROOTS = {"MsgHead", "Message", "AppRec", "Henvisning", "ServReq"}  # told apart by namespace, so they always say theirs

_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_BASE64_OF_XML = ("PD", "PE", "PF", "PG", "PH", "77u/P")  # "<" with "?" or a letter, and a byte order mark before it
_HTML_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z]{2,31}\d{0,2};)")


def parse_xml(text: str) -> Element:
    """The root element. No DTD, no network; MessageRejected (T01) or NeedsPerson (T99) when unreadable."""
    if _has_doctype(text):
        raise rejected("doctype")
    if text.count("<") + text.count('"') + text.count("'") > MAX_MARKS:
        raise needs_person("too_large")
    try:
        root = ElementTree.fromstring(text.encode("utf-8", "replace"))  # noqa: S314  see the import
    except ElementTree.ParseError as error:
        cut_off = "no element found" in str(error) or not text.endswith(">")
        raise rejected("cut_off" if cut_off else "not_xml") from None
    _drop_prefixes(root)
    return root


def beginning_of(text: str) -> Element:
    """What can be read of a broken message, only good for addressing its negative receipt."""
    parser: ElementTree.XMLPullParser[Element] = ElementTree.XMLPullParser(("start",))
    root = NOTHING
    with suppress(ElementTree.ParseError, MessageRejected):
        parser.feed("" if _has_doctype(text) else text.encode("utf-8", "replace"))
        root = next((event[1] for event in parser.read_events()), NOTHING)  # type: ignore[misc]
        _drop_prefixes(root)
    return root


def without_html_entities(text: str) -> str:
    """XML knows five names of characters; some senders write those of HTML (`&aring;`) without declaring them."""
    return _HTML_ENTITY.sub(lambda name: escape(html5.get(name[1], "")) or name[0], text) if "&" in text else text


def from_json(resource: dict[str, Any]) -> Element:
    """FHIR's JSON as its XML: a list is a repeated element, a value is the attribute `value`. NeedsPerson (T01)."""
    holder = Element("holder")
    _add(holder, "resource", resource, 0)
    root = first(holder, "resource/*")
    root.set("xmlns", FHIR)
    return root


def every(element: Element, path: str) -> list[Element]:
    """The elements at the path of names: `Patient/Ident/Id`, or `//Service/ServId` from any depth."""
    if "/" not in path:
        return element.findall(path)
    found = [element]
    for name, deep in _steps(path):
        search = inside if deep else Element.findall
        found = search(found[0], name) if len(found) == 1 else [e for outer in found for e in search(outer, name)]
    return found


@cache
def _steps(path: str) -> tuple[tuple[str, bool], ...]:
    names = path.split("/")
    return tuple((name, not before) for before, name in pairwise([".", *names] if names[0] else names) if name)


def first(element: Element, *paths: str) -> Element:
    """The first element at the first of the paths that leads to one."""
    for path in paths:
        if found := every(element, path):
            return found[0]
    return NOTHING


def inside(element: Element, *names: str) -> list[Element]:
    """Elements with these names anywhere below, in document order."""
    found = element.iter(*names) if len(names) == 1 else [e for e in element.iter() if e.tag in names]
    return [e for e in found if e is not element] if element.tag in names else list(found)


def value(element: Element) -> str:
    """The code, date or text: @V (national), @value (FHIR), else the element's own text."""
    return (element.get("V") or element.get("value") or element.text or "").strip()


def texts(element: Element, *paths: str) -> list[str]:
    """Every value at the paths that is not empty."""
    return [said for path in paths for found in every(element, path) if (said := value(found))]


def text(element: Element, *paths: str) -> str:
    """The first value at the paths that is not empty."""
    for path in paths:
        for found in every(element, path) if "/" in path else element.findall(path):
            if said := value(found):
                return said
    return ""


def words(element: Element) -> str:
    """What a person reads of a coded element: display name, original text, else the value."""
    shown = (element.get("DN") or element.get("OT") or "").strip() or value(element)
    return shown or text(element, "text", "coding/display")


def plain_text(element: Element) -> str:
    """All text below as plain text; elements inside it are XHTML."""
    if len(element) == 0:
        return from_markup(element.get("value") or element.text or "")
    inner = (ElementTree.tostring(part, encoding="unicode") for part in element)
    return from_markup(escape(element.text or "") + "".join(inner), every_tag=True)


def as_bytes(element: Element) -> bytes:
    return bytes(ElementTree.tostring(element, encoding="utf-8", xml_declaration=False)).rstrip()


def embedded(element: Element) -> Element:
    """The XML that a sender wrapped as text, CDATA or base64 in this element; NOTHING when there is none."""
    packed = value(element)
    if packed.startswith(_BASE64_OF_XML):
        with suppress(ValueError):
            packed = decode(b64decode(packed)).text
    return xml_in(packed)


def xml_in(text: str) -> Element:
    """NOTHING when it is not XML that can be read."""
    with suppress(MessageRejected, NeedsPerson):
        return parse_xml(text) if text.startswith("<") else NOTHING
    return NOTHING


def _has_doctype(text: str) -> bool:
    prolog = _PROLOG.match(text)
    return prolog is not None and text.startswith("<!DOCTYPE", prolog.end())


def _drop_prefixes(element: Element, around: str = "", depth: int = 1) -> None:
    """A namespace stays as the attribute `xmlns` of the elements where it begins."""
    if depth > MAX_DEPTH:
        raise rejected("too_deep")
    own, _, element.tag = element.tag.rpartition("}")
    attributes = element.attrib
    for name in tuple(attributes):
        if name[0] == "{":
            attributes.setdefault(name.rpartition("}")[2], attributes[name])
    if own != around or element.tag in ROOTS:
        attributes["xmlns"] = own[1:].strip().rstrip("/")
    for part in element:
        _drop_prefixes(part, own, depth + 1)


def _add(parent: Element, name: str, found: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise needs_person("too_deep")
    if isinstance(found, list):
        for item in found:
            _add(parent, name, item, depth + 1)
    elif isinstance(found, dict):
        part = ElementTree.SubElement(parent, name.removeprefix("_"))
        is_resource = "resourceType" in found
        owner = ElementTree.SubElement(part, str(found["resourceType"])) if is_resource else part
        for key, inner in found.items():
            _add(owner, key, inner, depth + 1)
    elif found is not None:
        shown = found if isinstance(found, str) else orjson.dumps(found).decode()
        ElementTree.SubElement(parent, name, value=shown)
