"""XML from strangers: one hardened parser, and elements found by local name, whatever the prefix."""

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias
from xml.sax.saxutils import escape

from lxml import etree

from triage.domain.errors import MessageRejected, NeedsPerson
from triage.messages.decoding import decode
from triage.messages.plain import from_markup

Element: TypeAlias = etree._Element  # noqa: SLF001  lxml's public type has a private name

LIBXML_TEXT_LIMIT = 10_000_000  # characters in one text; a base64 attachment above 7.5 MB passes it
MAX_MARKS = 2_000_000  # of < and ": bounds the tree's memory
MAX_DEPTH = 100

_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_DEEPER = f"boolean(/{'/'.join('*' * (MAX_DEPTH + 1))})"


class Parsed(NamedTuple):
    root: Element
    deviations: tuple[str, ...]


def parse(body: bytes) -> Parsed:
    """The root element. No DTD, no entity, no network; MessageRejected (T01) or NeedsPerson (T99) when unreadable."""
    text, deviations = decode(body)
    if _has_doctype(text):
        raise MessageRejected("Meldingen har en DOCTYPE. Det er ikke tillatt i helsemeldinger.", code="T01")
    if text.count("<") + text.count('"') + text.count("'") > MAX_MARKS:
        raise NeedsPerson("Meldingen er uvanlig stor og må leses av en person.", code="T99")
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), _parser(len(text)))
    except etree.XMLSyntaxError as error:
        raise _unreadable(text, error) from None
    if root.xpath(_DEEPER):
        raise MessageRejected("Meldingen er bygd opp på en måte som ikke kan leses.", code="T01")
    return Parsed(root, deviations)


def _has_doctype(text: str) -> bool:
    prolog = _PROLOG.match(text)
    return prolog is not None and text.startswith("<!DOCTYPE", prolog.end())


def parse_what_is_there(body: bytes) -> Element | None:
    """The readable beginning of a broken message, only good for addressing its negative receipt."""
    text = decode(body).text[:LIBXML_TEXT_LIMIT]
    if _has_doctype(text):
        return None
    return etree.fromstring(text.encode("utf-8", "replace"), _parser(len(text), recover=True))


def _parser(length: int, *, recover: bool = False) -> etree.XMLParser:
    # Only a message that is longer than the limit may hold a text that is; our own limits above and below
    # take the place of those that huge_tree lifts.
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=length > LIBXML_TEXT_LIMIT,
        recover=recover,
    )


def _unreadable(text: str, error: etree.XMLSyntaxError) -> MessageRejected:
    cut_off = "Premature end" in str(error) or not text.endswith(">")
    fault = "avkortet" if cut_off else "ikke gyldig XML"
    return MessageRejected(f"Meldingen er {fault} og kan ikke leses. Be avsender sende den på nytt.", code="T01")


def local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    return str(element.tag).rpartition("}")[0].removeprefix("{").strip().rstrip("/")


def children(parent: Element | None, *names: str) -> Iterator[Element]:
    return iter(()) if parent is None else parent.iterchildren(*(f"{{*}}{name}" for name in names))


def child(parent: Element | None, *path: str) -> Element | None:
    """The first element at the path of local names below `parent`."""
    for name in path:
        parent = next(children(parent, name), None)
    return parent


def inside(parent: Element | None, *names: str) -> Iterator[Element]:
    """Elements with these local names anywhere below, in document order."""
    if parent is not None:
        yield from (e for e in parent.iter(*(f"{{*}}{name}" for name in names)) if e is not parent)


def value(element: Element | None) -> str:
    """The code or date: @V, else the element's own text."""
    return "" if element is None else (element.get("V") or element.text or "").strip()


def display(element: Element | None) -> str:
    """What a person reads: display name, original text, else the value."""
    return "" if element is None else (element.get("DN") or element.get("OT") or value(element)).strip()


def as_bytes(element: Element) -> bytes:
    return etree.tostring(element, encoding="utf-8", with_tail=False)


def plain_text(element: Element | None) -> str:
    """All text below as plain text; elements inside it are XHTML."""
    if element is None:
        return ""
    if len(element) == 0:
        return from_markup(element.text or "")
    inner = (etree.tostring(part, encoding=str) for part in element)
    return from_markup(escape(element.text or "") + "".join(inner), every_tag=True)
