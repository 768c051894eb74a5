"""The words of a letter, read once from its template, of which plain text and PDF are made.

The PDF is tagged for screen readers (PDF/UA-1), fit for archives (PDF/A-2a), and the same bytes every time.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from threading import Lock
from typing import Any, cast

import orjson
import typst
from lxml import etree

from triage.domain.errors import NotReady

REPLACEMENT = "□"
_ROLES = frozenset(
    {"h1", "h2", "p", "message", "quoted", "ul", "sender", "recipient", "reference", "signature", "contact"}
)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph (one line), a list (one line a bullet) or a part of the letterhead (several lines)."""

    role: str
    lines: tuple[str, ...]


Document = tuple[Block, ...]


def read_document(markup: str) -> Document:
    """NotReady when a template uses anything but section, h1, h2, p, ul and li."""
    try:
        root = etree.fromstring(f"<letter>{markup}</letter>", etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError as error:
        raise NotReady(f"Brevmalen er ikke velformet: {error.msg}") from error
    blocks = (_block(element) for element in root)
    return tuple(block for block in blocks if block.lines)


def as_text(document: Document, *, quoted: bool = True) -> str:
    """Plain text: one blank line between blocks, a dash before a bullet; with or without what others have said."""
    blocks = [block for block in document if quoted or block.role != "quoted"]
    return "\n\n".join("\n".join("– " * (block.role == "ul") + line for line in block.lines) for block in blocks) + "\n"


def _block(element: etree._Element) -> Block:
    role = element.get("class") or str(element.tag)
    if role not in _ROLES:
        raise NotReady(f"Brevmalen bruker «{role}», som ikke kan brukes i et brev")
    lines = [_line(part) for part in element] if element.tag in {"section", "ul"} else [_line(element)]
    return Block(role, tuple(line for line in lines if line))


def _line(element: etree._Element) -> str:
    """The words of a paragraph or a bullet, with single blanks between them."""
    if len(element):
        raise NotReady(f"Brevmalen bruker «{element[0].tag}» inne i et avsnitt, der bare ord kan stå")
    return " ".join((element.text or "").split())


def write_pdf(document: Document, *, title: str, author: str, language: str, day: date, source: bytes) -> bytes:
    """`source` is the typst template; `day` becomes the document's date, so that nothing depends on the clock."""
    blocks = [{"role": block.role, "lines": list(map(_unbroken, block.lines))} for block in document]
    data = {"title": title, "author": author, "language": language, "blocks": blocks}
    noon = datetime.combine(day, time(12), UTC)
    try:
        return _compile(source, data, int(noon.timestamp()))
    except typst.TypstError:
        # The compiler quotes the text it stumbled over, and an error never quotes a letter.
        raise NotReady("Brevet kan ikke skrives som PDF. Se etter feil i letter.typ.") from None


# A date, a paragraph of the law, a telephone number.
_WHOLE = re.compile(r"\d{1,2}\. [^\W\d_]{3,9} \d{4}|§ \d+-\d+(?: [a-e]\b)?|\d\d(?: \d\d){3}")


def _unbroken(line: str) -> str:
    """A line with blanks that do not break where words must stand together."""
    return _WHOLE.sub(lambda whole: whole[0].replace(" ", "\u00a0"), line)


# Libertinus Serif has these (all of Latin-1 and Latin Extended-A), so only words with other characters are tried.
_ORDINARY = frozenset(map(chr, (*range(0x20, 0x7F), *range(0xA1, 0x180)))) - {"\u00ad"} | frozenset(
    "\n’”“–—…•≥≤" + REPLACEMENT
)


def printable(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with characters that no font here can show replaced, and which they were (like `U+1F642`)."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    if _ORDINARY.issuperset(text):
        return text, ()
    text = "".join(_visible(char) for char in text)
    unknown = {char for word in text.split() if not _ORDINARY.issuperset(word) for char in _unprintable(word)}
    shown = text.translate({ord(char): REPLACEMENT for char in unknown})
    return shown, tuple(sorted(f"U+{ord(char):04X}" for char in unknown))


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Zl", "Zp"} or char in "\n\r":
        return "\n"
    if category == "Zs" or char == "\t":
        return " "
    # Control, format, half a surrogate pair, not a character.
    return "" if category in {"Cc", "Cf", "Cs", "Cn"} else char


def _unprintable(word: str) -> set[str]:
    """The characters that stop a word from being set; all unusual ones when only their company does."""
    unusual = set(word) - _ORDINARY
    return set() if _can_set(word) else {char for char in unusual if not _can_set(char)} or unusual


def _can_set(word: str) -> bool:
    source = b'#set document(title: "x")\n#set text(font: "Libertinus Serif")\n#json("letter.json")'
    try:
        _compile(source, word, 0)
    except typst.TypstError:
        return False
    return True


def _compile(source: bytes, letter: object, seconds: int) -> bytes:
    """The words come as a file of their own: then the compiler remembers what letters have in common."""
    files: Any = {"main.typ": source, "letter.json": orjson.dumps(letter)}  # an input that the stub does not know
    with _ONE_AT_A_TIME:
        written = _compiler().compile(files, format="pdf", pdf_standards=["ua-1", "a-2a"], timestamp=seconds)
    return cast(bytes, written)


_ONE_AT_A_TIME = Lock()


@cache
def _compiler() -> typst.Compiler:
    """With the fonts inside the wheel, the same on every machine; making it anew takes a tenth of a letter's time."""
    return typst.Compiler(font_paths=typst.Fonts(include_system_fonts=False), ignore_system_fonts=True)
