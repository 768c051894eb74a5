"""Received bytes become text, also when their label is wrong; and whatever markup is around the words goes."""

import codecs
import re
import unicodedata
from contextlib import suppress
from html import unescape
from typing import NamedTuple

_DECLARED = re.compile(rb"""\s{0,1000}<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"<\?xml\s.*?\?>\s*", re.DOTALL)
_WIDE = {  # a byte order mark, or wide characters without one
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    b"<\0": "utf-16-le",
    b"{\0": "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"\0<": "utf-16-be",
    b"\0{": "utf-16-be",
}
_CONTROLS = {n: bytes([n]).decode("cp1252", errors="replace") for n in range(0x80, 0xA0)}
_STRAY = {0xDC00 + n: n for n in range(0x80, 0x100)}  # what Python reads a byte as that is not UTF-8: the byte
_CONTROL = re.compile("[\x80-\x9f]")
_TWICE = re.compile("Ã[¦¸¥†˜…]")
_TAG = re.compile(r"<(/?)(?:[\w.-]+:)?([A-Za-z][\w.-]*)(?:\s+[^\s<>=]+\s*=[^<>]*)?\s*(/?)>|<!--[^<>]*-->")
_HIDDEN = {"script", "style", "head", "title", "object", "iframe"}
_BREAK = {"p", "div", "tr", "table", "ul", "ol", "section", "pre", "paragraph", *(f"h{n}" for n in range(1, 7))}
_INLINE = {"a", "b", "i", "u", "em", "strong", "span", "font", "small", "sub", "sup", "td", "th", "li", "br", "hr"}
_HTML = {*_HIDDEN, *_BREAK, *_INLINE, "html", "body", "tbody", "thead", "img", "meta", ""}
_RTF = re.compile(
    r"\\u(-?\d{1,6}) ?(?:\\'[\da-fA-F]{2}|[^\\{}\r\n])?"  # a character by number, and what stands for it in old readers
    r"|\\([a-z]{1,32})(?:-?\d{1,9})? ?|\\'([\da-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
_RTF_HIDDEN = {"fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer"}
_RTF_WORDS = {"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "cell": " ", "tab": " "}
_ENTITY = re.compile(r"&(?:#\d{2,6}|[A-Za-z]{2,8});")
_ODD = re.compile("[\x80-\xa0]")
_SPACES = {**_CONTROLS, 0xA0: " "}


class Decoded(NamedTuple):
    text: str
    deviations: tuple[str, ...]


def decode(body: bytes) -> Decoded:
    """The text without byte order mark, surrounding blanks and XML declaration; and what was repaired.

    Bytes that are valid UTF-8 are UTF-8, whatever the label says; other bytes are read by their label when it fits
    eight-bit text, else as Windows-1252.
    """
    wide = next((encoding for mark, encoding in _WIDE.items() if body.startswith(mark)), None)
    text, deviation = (
        (body.decode(wide, errors="replace"), wide[:6]) if wide else _eight_bit(body.removeprefix(codecs.BOM_UTF8))
    )
    content = text.strip(" \t\r\n\0\x1a\ufeff")
    declaration = _DECLARATION.match(content)
    content = content[declaration.end() :] if declaration else content
    repaired = content if content.isascii() else _repaired(content)
    mended = "" if repaired == content else "characters of another encoding"
    return Decoded(repaired, tuple(filter(None, (deviation, mended))))


def first_character(body: bytes) -> str:
    """The first that is not blank; empty when there is none."""
    return decode(body.lstrip(b" \t\r\n")[:1000]).text[:1]


def _eight_bit(body: bytes) -> tuple[str, str]:
    """The text, and what was odd. Where no encoding is declared it is UTF-8."""
    declared, label = _DECLARED.match(body), "utf-8"
    if declared:
        label = "unknown"
        with suppress(LookupError):
            label = codecs.lookup(declared[1].decode("ascii")).name
    with suppress(UnicodeDecodeError):
        text = body.decode("utf-8")
        return text, "" if label == "utf-8" or text.isascii() else "utf-8 under another label"
    if label in ("iso8859-1", "ascii"):
        return body.decode("latin-1"), ""  # C1 controls are repaired afterwards, with Windows-1252
    if re.fullmatch(r"iso8859-\d+|cp\d+|mac-roman", label):
        return body.decode(label, errors="replace"), ""
    # Concatenated texts can mix both, so only the bytes that are not UTF-8 are read as Windows-1252.
    mixed = body.decode("utf-8", errors="surrogateescape").translate(_STRAY)
    return mixed, "not utf-8 as labelled: read as windows-1252"


def _repaired(text: str) -> str:
    """Windows-1252 under another label, and UTF-8 that was encoded twice."""
    text = text.translate(_CONTROLS) if _CONTROL.search(text) else text
    if "Ã" in text and _TWICE.search(text) and not re.search("[æøåÆØÅ]", text):
        with suppress(UnicodeError):
            return text.encode("cp1252").decode("utf-8")
    return text


def from_markup(markup: str, *, every_tag: bool = False) -> str:
    """The words: paragraphs and breaks become lines, tags go, scripts go with their content.

    In a string only tags of HTML are markup, so that `Hb <10` stays; with `every_tag` all are. A script that never
    ends is shown, because what follows it could be the letter.
    """
    if "<" not in markup and not every_tag:
        markup = _ENTITY.sub(lambda entity: unescape(entity[0]), markup)  # escaped once too often
    parts: list[str] = []
    at, hidden = 0, ("", 0)  # the open hidden element, and how many parts were there before it
    for tag in _TAG.finditer(markup):
        name = (tag[2] or "").lower()
        if not every_tag and name not in _HTML:
            continue
        parts.append(markup[at : tag.start()])
        at = tag.end()
        if name not in _HIDDEN:
            parts.append(_in_place_of(name, is_end=bool(tag[1])))
        elif tag[1] and name == hidden[0]:
            del parts[hidden[1] :]
            hidden = ("", 0)
        elif not hidden[0] and not tag[1] and not tag[0].endswith("/>"):
            hidden = (name, len(parts))
    text = "".join([*parts, markup[at:]])
    return tidy(unescape(text) if parts or every_tag else text)


def from_rtf(rich: str) -> str:
    """The words of a letter in RTF, without fonts, colours, pictures and fields' codes."""
    parts: list[str] = []
    groups: list[bool] = []
    is_hidden = False
    for number, word, byte, symbol, brace, words in _RTF.findall(rich):
        if brace == "{":
            groups.append(is_hidden)
        elif brace:
            is_hidden = groups.pop() if groups else False
        elif symbol == "*" or word in _RTF_HIDDEN:
            is_hidden = True
        elif not is_hidden:
            character = chr(int(number) % 0x10000) if number else bytes.fromhex(byte).decode("cp1252", "replace")
            parts.append(words or _RTF_WORDS.get(word, "") or character or symbol)
    return tidy("".join(parts))


def tidy(text: str) -> str:
    """NFC, no blanks at either end of a line, never more than one empty line."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_SPACES) if _ODD.search(text) else text)
    if "\n" not in text and "\r" not in text:
        return text.strip()
    lines = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _in_place_of(name: str, *, is_end: bool) -> str:
    if name in ("li", "item"):
        return "" if is_end else "\n- "
    if name in ("td", "th"):
        return " " if is_end else ""
    return "\n" if name in _BREAK or name in ("br", "hr") else ""
