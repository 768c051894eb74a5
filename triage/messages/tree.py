"""Every message as one tree of elements: XML from strangers, and FHIR's JSON in the shape that it has in XML.

Names lose their prefixes, so that the standard library's own paths (`MsgInfo/Patient`, `.//ServId`) find them whatever
the vendor's manner. A path that leads nowhere gives an empty element, and paths go on from that.
"""

import re
from base64 import b64decode
from contextlib import suppress
from html.entities import html5
from typing import Any
from xml.etree import ElementTree  # a DTD does not get past `parse_xml`; without one expat fetches nothing
from xml.sax.saxutils import escape

import orjson

from triage.domain.errors import MessageRejected, NeedsPerson
from triage.messages.codes import problem
from triage.messages.decoding import decode, from_markup

Element = ElementTree.Element

FHIR = "http://hl7.org/fhir"
NOTHING = Element("nothing")
MAX_MARKS = 500_000  # of < and quotes: bounds the tree's memory, and the time that its reading takes
MAX_DEPTH = 100
ROOTS = {"MsgHead", "Message", "AppRec", "Henvisning", "ServReq"}  # told apart by namespace, so they always say theirs

_DOCTYPE = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_BASE64_OF_XML = ("PD", "PE", "PF", "PG", "PH", "77u/P")  # "<" with "?" or a letter, and a byte order mark before it
_HTML_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z]{2,31}\d{0,2};)")


def parse_xml(text: str, *, whole: bool = True) -> Element:
    """The root element. No DTD, no network; MessageRejected (T01) or NeedsPerson (T99) when unreadable.

    Without `whole` it is what can be read of a broken message, only good for addressing its negative receipt.
    """
    if _DOCTYPE.match(text):
        raise problem("doctype")
    if text.count("<") + text.count('"') + text.count("'") > MAX_MARKS:
        raise problem("too_large")
    builder = ElementTree.TreeBuilder()
    parser = ElementTree.XMLParser(target=builder, encoding="utf-8")  # noqa: S314  see the import
    # XML knows five names of characters; some senders write those of HTML (`&aring;`) without declaring them.
    named = _HTML_ENTITY.sub(lambda name: escape(html5.get(name[1], "")) or name[0], text) if "&" in text else text
    try:
        parser.feed(named.encode("utf-8", "replace"))
        parser.close()
    except ElementTree.ParseError as error:
        if whole:
            is_cut_off = "no element found" in str(error) or not text.endswith(">")
            raise problem("cut_off" if is_cut_off else "not_xml") from None
    found: Element | None = builder.close()
    root = NOTHING if found is None else found
    try:
        _drop_prefixes(root)
    except MessageRejected:
        if whole:
            raise
    return root


def from_json(resource: dict[str, Any]) -> Element:
    """FHIR's JSON as its XML: a list is a repeated element, a value is the attribute `value`. NeedsPerson (T01)."""
    holder = Element("holder")
    _add(holder, "resource", resource, 0)
    root = first(holder, "resource/*")
    root.set("xmlns", FHIR)
    return root


def first(element: Element, *paths: str) -> Element:
    """The first element at the first of the paths that leads to one."""
    return next((found for path in paths for found in element.iterfind(path)), NOTHING)


def inside(element: Element, *names: str) -> list[Element]:
    """Elements with these names anywhere below, in document order."""
    return [e for e in element.iter() if e.tag in names and e is not element]


def value(element: Element) -> str:
    """The code, date or text: @V (national), @value (FHIR), else the element's own text."""
    return (element.get("V") or element.get("value") or element.text or "").strip()


def texts(element: Element, *paths: str) -> list[str]:
    """Every value at the paths that is not empty."""
    return [said for path in paths for found in element.iterfind(path) if (said := value(found))]


def text(element: Element, *paths: str) -> str:
    """The first value at the paths that is not empty."""
    return next((said for path in paths for found in element.iterfind(path) if (said := value(found))), "")


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


def embedded(packed: str) -> Element:
    """The XML that a sender wrapped as text, CDATA or base64; NOTHING when there is none that can be read."""
    if packed.startswith(_BASE64_OF_XML):
        with suppress(ValueError):
            packed = decode(b64decode(packed)).text
    with suppress(MessageRejected, NeedsPerson):
        return parse_xml(packed) if packed.startswith("<") else NOTHING
    return NOTHING


def _drop_prefixes(element: Element, around: str = "", depth: int = 1) -> None:
    """A namespace stays as the attribute `xmlns` of the elements where it begins."""
    if depth > MAX_DEPTH:
        raise problem("too_deep")
    own, _, element.tag = element.tag.rpartition("}")
    attributes = element.attrib
    for name in [name for name in attributes if name[0] == "{"]:
        attributes.setdefault(name.rpartition("}")[2], attributes[name])
    if own != around or element.tag in ROOTS:
        attributes["xmlns"] = own[1:].strip().rstrip("/")
    for part in element:
        _drop_prefixes(part, own, depth + 1)


def _add(parent: Element, name: str, found: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise problem("too_deep_json")
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
