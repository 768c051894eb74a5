"""Files that come with a referral: unpacked within limits, typed by their bytes, never opened or fetched."""

import base64
import codecs
import re
import zlib

from triage.domain.referral import Attachment
from triage.messages.codes import LISTS
from triage.messages.decoding import decode, from_markup, from_rtf
from triage.messages.tree import embedded, inside, plain_text

ELSEWHERE = "text/uri-list"  # the file lies elsewhere; its address is shown, never fetched: it may lead anywhere
UNREADABLE = "application/octet-stream"
MAX_UNPACKED = 40_000_000  # bytes; what unpacks to more stays packed
_STARTS = [(start.encode("latin-1"), kind) for start, kind in LISTS["media_types"].items()]
_WINDOW_BITS = {"GZ": (31,), "DF": (15, -15)}  # code list 1204: gzip, deflate with and without its header
_NOT_BASE64 = re.compile(r"[^\sA-Za-z0-9+/=_-]")
_NOT_TEXT = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")


def attached(name: str, content: str | None, *, address: str = "", compression: str = "") -> Attachment:
    """A file in base64, a text as it stands, or the address of what was not sent along.

    What cannot be unpacked is kept as it came: nothing disappears.
    """
    kept = (address if content is None else content).encode("utf-8", "replace")
    if content is None:
        return Attachment(name, ELSEWHERE, kept)
    if content.startswith("<") or (" " in content and _NOT_BASE64.search(content)):
        return Attachment(name, media_type(kept), kept)
    try:
        body = _unpacked(base64.b64decode(content), compression.strip().upper())
    except ValueError:
        return Attachment(name, UNREADABLE, kept)
    return Attachment(name, media_type(body), body)


def media_type(body: bytes) -> str:
    """What the first bytes say; a claimed type is not believed."""
    shown = body[:200].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    known = next((kind for start, kind in _STARTS if body.startswith(start) or shown.startswith(start)), None)
    if known == "application/zip" and b"word/" in body[:4000]:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    if body[128:132] == b"DICM":
        return "application/dicom"
    return known or (UNREADABLE if not body or _NOT_TEXT.search(body[:4000]) else "text/plain")


def readable_text(file: Attachment) -> str:
    """What can be read of a letter that came as a file; nothing of a PDF or a picture."""
    if file.media_type not in ("text/plain", "text/html", "application/rtf", "application/xml"):
        return ""
    text = decode(file.body).text
    if file.media_type == "application/xml":  # the sections of a clinical document (CDA); its head is about persons
        parts = (part for section in inside(embedded(text), "section") for part in section)
        return "\n".join(plain_text(part) for part in parts if part.tag in ("title", "text"))
    return from_rtf(text) if file.media_type == "application/rtf" else from_markup(text)


def safe_name(described: str, number: int) -> str:
    """A name to show: the sender's description without path and control characters."""
    shown = re.sub(r"[\x00-\x1f\x7f]+", " ", re.split(r"[\\/]", described)[-1]).strip(" .")
    return shown[:120] or f"Vedlegg {number}"


def _unpacked(packed: bytes, compression: str) -> bytes:
    """As it came where it is not packed in the way that it says, is cut off or is larger than the limit."""
    for bits in _WINDOW_BITS.get(compression, ()):
        unpacker = zlib.decompressobj(bits)
        try:
            body = unpacker.decompress(packed, MAX_UNPACKED)
        except zlib.error:
            continue
        return body if unpacker.eof else packed
    return packed
