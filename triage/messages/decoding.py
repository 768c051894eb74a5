"""Received bytes become text, also when their label is wrong. What was repaired is said."""

import codecs
import re
from typing import NamedTuple

_DECLARED = re.compile(rb"""\s{0,1000}<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"), (b"{\0", "utf-16-le"), (b"\0{", "utf-16-be"))
_LATIN_1 = {"iso8859-1", "ascii"}
CONTROLS = {n: bytes([n]).decode("cp1252", errors="replace") for n in range(0x80, 0xA0)}
_TWICE = re.compile("Ã[¦¸¥†˜…]")


class Decoded(NamedTuple):
    text: str
    deviations: tuple[str, ...]


def decode(body: bytes) -> Decoded:
    """The text without byte order mark, surrounding blanks and XML declaration.

    Bytes that are valid UTF-8 are UTF-8, whatever the label says; other bytes are read by their label when it fits
    eight-bit text, else as Windows-1252.
    """
    mark, wide = _by_mark(body)
    found: list[str] = []
    if wide.startswith("utf-16"):
        text = body[len(mark) :].decode(wide, errors="replace")
        found.append("utf-16")
    else:
        text = _eight_bit(body[len(mark) :], found)
    trimmed = text.strip(" \t\r\n\0\x1a\ufeff")
    if text[:1] != trimmed[:1]:
        found.append("blanks before the content")
    content = re.sub(r"^<\?xml\s.*?\?>\s*", "", trimmed, count=1, flags=re.DOTALL)
    return Decoded(_repaired(content, found), tuple(found))


def first_character(body: bytes) -> str:
    """The first that is not blank; empty when there is none."""
    start = body.lstrip(b" \t\r\n")[:1000]
    is_plain = start[:1] in (b"<", b"{", b"[") and start[1:2] != b"\0"
    return chr(start[0]) if is_plain else decode(start).text[:1]


def _by_mark(body: bytes) -> tuple[bytes, str]:
    marked = next(((mark, name) for mark, name in _MARKS if body.startswith(mark)), None)
    return marked or (b"", next((name for start, name in _WIDE if body.startswith(start)), ""))


def _eight_bit(body: bytes, found: list[str]) -> str:
    label = _label(body)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(body, label, found)
    if label != "utf-8" and not text.isascii():
        found.append("utf-8 under another label")
    return text


def _label(body: bytes) -> str:
    """Python's name of the declared encoding; utf-8 where none is declared, empty where it is unknown."""
    declared = _DECLARED.match(body)
    try:
        return codecs.lookup(declared[1].decode("ascii")).name if declared else "utf-8"
    except LookupError:
        return ""


def _not_utf8(body: bytes, label: str, found: list[str]) -> str:
    if label in _LATIN_1:
        return body.decode("latin-1")  # C1 controls are repaired below, with Windows-1252
    if re.fullmatch(r"iso8859-\d+|cp\d+", label):
        return body.decode(label, errors="replace")
    found.append("not utf-8 as labelled: read as windows-1252")
    # Concatenated texts can mix both, so only the bytes that are not UTF-8 are read as Windows-1252.
    text = body.decode("utf-8", errors="surrogateescape")
    return re.sub("[\udc80-\udcff]+", lambda odd: odd[0].encode("utf-8", "surrogateescape").decode("latin-1"), text)


def _repaired(text: str, found: list[str]) -> str:
    if text.isascii():
        return text
    if re.search("[\x80-\x9f]", text):
        found.append("windows-1252 characters under another label")
        text = text.translate(CONTROLS)
    if "Ã" in text and _TWICE.search(text) and not re.search("[æøåÆØÅ]", text):
        return _decoded_again(text, found)
    return text


def _decoded_again(text: str, found: list[str]) -> str:
    try:
        once = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
    found.append("utf-8 encoded twice")
    return once
