"""Received bytes become text, also when their label is wrong. What was repaired is said."""

import codecs
import re
from contextlib import suppress
from typing import NamedTuple

_DECLARED = re.compile(rb"""\s{0,1000}<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_STARTS = (  # a byte order mark, or wide characters without one
    *((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    *((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"), (b"{\0", "utf-16-le"), (b"\0{", "utf-16-be")),
)
CONTROLS = {n: bytes([n]).decode("cp1252", errors="replace") for n in range(0x80, 0xA0)}
_STRAY = {0xDC00 + n: n for n in range(0x80, 0x100)}  # what Python reads a byte as that is not UTF-8: the byte
_CONTROL = re.compile("[\x80-\x9f]")
_TWICE = re.compile("Ã[¦¸¥†˜…]")


class Decoded(NamedTuple):
    text: str
    deviations: tuple[str, ...]


def decode(body: bytes) -> Decoded:
    """The text without byte order mark, surrounding blanks and XML declaration.

    Bytes that are valid UTF-8 are UTF-8, whatever the label says; other bytes are read by their label when it fits
    eight-bit text, else as Windows-1252.
    """
    start, encoding = next(((mark, name) for mark, name in _STARTS if body.startswith(mark)), (b"", ""))
    found: list[str] = []
    if encoding.startswith("utf-16"):
        found.append("utf-16")
        text = body.decode(encoding, errors="replace").removeprefix("\ufeff")
    else:
        text = _eight_bit(body.removeprefix(start), found)
    trimmed = text.strip(" \t\r\n\0\x1a\ufeff")
    if text[:1] != trimmed[:1]:
        found.append("blanks before the content")
    content = re.sub(r"^<\?xml\s.*?\?>\s*", "", trimmed, count=1, flags=re.DOTALL)
    return Decoded(content if content.isascii() else _repaired(content, found), tuple(found))


def first_character(body: bytes) -> str:
    """The first that is not blank; empty when there is none."""
    start = body.lstrip(b" \t\r\n")[:1000]
    is_plain = start[:1] in (b"<", b"{", b"[") and start[1:2] != b"\0"
    return chr(start[0]) if is_plain else decode(start).text[:1]


def _eight_bit(body: bytes, found: list[str]) -> str:
    """`label` is Python's name of the declared encoding; utf-8 where none is declared, empty where it is unknown."""
    declared, label = _DECLARED.match(body), "utf-8"
    if declared:
        label = ""
        with suppress(LookupError):
            label = codecs.lookup(declared[1].decode("ascii")).name
    with suppress(UnicodeDecodeError):
        text = body.decode("utf-8")
        if label != "utf-8" and not text.isascii():
            found.append("utf-8 under another label")
        return text
    if label in ("iso8859-1", "ascii"):
        return body.decode("latin-1")  # C1 controls are repaired below, with Windows-1252
    if re.fullmatch(r"iso8859-\d+|cp\d+", label):
        return body.decode(label, errors="replace")
    found.append("not utf-8 as labelled: read as windows-1252")
    # Concatenated texts can mix both, so only the bytes that are not UTF-8 are read as Windows-1252.
    return body.decode("utf-8", errors="surrogateescape").translate(_STRAY)


def _repaired(text: str, found: list[str]) -> str:
    if _CONTROL.search(text):
        found.append("windows-1252 characters under another label")
        text = text.translate(CONTROLS)
    if "Ã" in text and _TWICE.search(text) and not re.search("[æøåÆØÅ]", text):
        with suppress(UnicodeError):
            text = text.encode("cp1252").decode("utf-8")
            found.append("utf-8 encoded twice")
    return text
