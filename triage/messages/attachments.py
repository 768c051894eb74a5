"""Files that come with a referral: unpacked within limits, typed by their bytes, never opened or fetched."""

import base64
import codecs
import re
import zlib
from typing import NamedTuple

from triage.domain.referral import Attachment
from triage.messages.codes import LISTS
from triage.messages.decoding import decode
from triage.messages.plain import from_markup, from_rtf
from triage.messages.tree import Element, as_bytes, inside, plain_text, xml_in

MAX_UNPACKED = 40_000_000  # bytes; what unpacks to more stays packed
_STARTS = [(start.encode("latin-1"), kind) for start, kind in LISTS["media_types"].items()]
_WINDOW_BITS = {"GZ": (31,), "DF": (15, -15)}  # code list 1204: gzip, deflate with and without its header
_NOT_BASE64 = re.compile(r"[^\sA-Za-z0-9+/=_-]")


class Unpacked(NamedTuple):
    attachment: Attachment | None
    note: str | None = None  # a name in the list of notes


def from_xml(name: str, element: Element) -> Unpacked:
    return Unpacked(Attachment(name, "application/xml", as_bytes(element)))


def from_base64(name: str, content: str, *, compression: str = "") -> Unpacked:
    """A file in base64, or a text as it stands.

    An unreadable file is kept as it came, with a note: nothing that was sent disappears.
    """
    kept = content.encode("utf-8", "replace")
    if content.startswith("<") or (" " in content and _NOT_BASE64.search(content)):
        return Unpacked(Attachment(name, media_type(kept), kept))
    try:
        packed = base64.b64decode(content)
    except ValueError:
        return Unpacked(Attachment(name, "application/octet-stream", kept), "not_readable")
    body = _unpack(packed, compression.strip().upper())
    readable = packed if body is None else body
    return Unpacked(Attachment(name, media_type(readable), readable), None if body else "not_readable")


def reference(name: str, address: str) -> Unpacked:
    """A file that lies elsewhere, or nowhere. The address is shown, never fetched: it may lead anywhere."""
    return Unpacked(
        Attachment(name, "text/uri-list", address.encode("utf-8", "replace")) if address else None, "not_sent"
    )


def media_type(body: bytes) -> str:
    """What the first bytes say; a claimed type is not believed."""
    shown = body[:200].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    known = next((kind for start, kind in _STARTS if body.startswith(start) or shown.startswith(start)), None)
    if known == "application/zip" and b"word/" in body[:4000]:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    if known or b"\0" in body[:4000]:
        return known or ("application/dicom" if body[128:132] == b"DICM" else "application/octet-stream")
    return "text/plain"


def readable_text(file: Attachment) -> str:
    """What can be read of a letter that came as a file; nothing of a PDF or a picture."""
    if file.media_type not in ("text/plain", "text/html", "application/rtf", "application/xml"):
        return ""
    text = decode(file.body).text
    if file.media_type == "application/xml":  # the sections of a clinical document (CDA); its head is about persons
        parts = (part for section in inside(xml_in(text), "section") for part in section)
        return "\n".join(plain_text(part) for part in parts if part.tag in ("title", "text"))
    return from_rtf(text) if file.media_type == "application/rtf" else from_markup(text)


def safe_name(described: str, number: int) -> str:
    """A name to show: the sender's description without path and control characters."""
    shown = re.sub(r"[\x00-\x1f\x7f]+", " ", re.split(r"[\\/]", described)[-1]).strip(" .")
    return shown[:120] or f"Vedlegg {number}"


def _unpack(packed: bytes, compression: str) -> bytes | None:
    for bits in _WINDOW_BITS.get(compression, ()):
        unpacker = zlib.decompressobj(bits)
        try:
            body = unpacker.decompress(packed, MAX_UNPACKED)
        except zlib.error:
            continue
        return body if unpacker.eof else None
    return packed if compression not in _WINDOW_BITS else None
