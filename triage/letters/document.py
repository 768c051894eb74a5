"""The words of a letter, read once from its template, from which HTML, plain text and PDF are made."""

import re
from dataclasses import dataclass

from lxml import etree

from triage.domain.errors import NotReady

_ROLES = frozenset({"h1", "h2", "p", "ul", "sender", "recipient", "reference", "signature", "contact"})
_BLANKS = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one weight."""

    text: str
    strong: bool = False


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph (one line), a list (one line a bullet) or a part of the letterhead (several lines)."""

    role: str
    lines: tuple[Line, ...]


Document = tuple[Block, ...]


def read_document(markup: str) -> Document:
    """NotReady when a template uses anything but section, h1, h2, p, ul, li and strong."""
    try:
        root = etree.fromstring(f"<letter>{markup}</letter>", etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        raise NotReady(f"Brevmalen er ikke velformet: {error.msg}") from error
    blocks = (_block(element) for element in root)
    return tuple(block for block in blocks if block.lines)


def as_text(document: Document) -> str:
    """Plain text: one blank line between blocks, a dash before a bullet."""
    return "\n\n".join(_block_text(block) for block in document) + "\n"


def _block_text(block: Block) -> str:
    bullet = "– " if block.role == "ul" else ""
    return "\n".join(bullet + "".join(run.text for run in line) for line in block.lines)


def _block(element: etree._Element) -> Block:
    role = element.get("class") or str(element.tag)
    if role not in _ROLES:
        raise NotReady(f"Brevmalen bruker «{role}», som ikke kan brukes i et brev")
    lines = [_line(part) for part in element] if element.tag in {"section", "ul"} else [_line(element)]
    return Block(role, tuple(line for line in lines if line))


def _line(element: etree._Element) -> Line:
    """The runs of a paragraph or a bullet; blanks at both ends and blank runs fall away."""
    pieces = [(element.text or "", False)]
    for part in element:
        if part.tag != "strong" or len(part):
            raise NotReady(f"Brevmalen bruker «{part.tag}» inne i et avsnitt; bare strong kan stå der")
        pieces += [(part.text or "", True), (part.tail or "", False)]
    pieces = [(_BLANKS.sub(" ", text), strong) for text, strong in pieces]
    first, last = pieces[0], pieces[-1]
    pieces[0] = (first[0].lstrip(" "), first[1])
    pieces[-1] = (pieces[-1][0].rstrip(" "), last[1])
    return tuple(Run(text, strong) for text, strong in pieces if text)
