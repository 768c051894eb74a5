"""Any received bytes become a message, by what they hold and never by what the file is called."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from itertools import chain

import orjson

from triage.domain.errors import BadInput, MessageRejected, NeedsPerson
from triage.domain.message import ReceivedMessage
from triage.messages.attachments import UNREADABLE, media_type
from triage.messages.codes import problem
from triage.messages.decoding import decode, first_character
from triage.messages.fhir import faults, read_fhir
from triage.messages.kith import MESSAGES, head_of_broken, read_kith
from triage.messages.records import read_record
from triage.messages.tree import FHIR, Element, embedded, from_json, parse_xml, value

MAX_BYTES = 64 * 1024 * 1024
_SHORTEST = 100  # characters; no whole message is shorter


def read(body: bytes, *, received: date, production: bool = False, signers: Collection[str] = ()) -> ReceivedMessage:
    """The referrals in one message. In production a synthetic national number marks a test message.

    With `signers` (fingerprints of certificates) a signature must hold, and only what was signed is read.
    MessageRejected when the sender must send it again, NeedsPerson when somebody must look at it; nothing else.
    """
    if len(body) > MAX_BYTES:
        raise problem("too_big")
    start = first_character(body)
    if start not in ("<", "{", "["):
        raise _not_a_message(body) if start else problem("empty_file")
    text, deviations = decode(body)
    if start == "<":
        message = _read_xml(text, received=received, production=production, signers=signers)
    else:
        message = _read_json(text, received=received, production=production)
    return replace(message, deviations=(*deviations, *message.deviations))


def _read_xml(text: str, *, received: date, production: bool, signers: Collection[str]) -> ReceivedMessage:
    try:
        root = parse_xml(text)
        if signers and any(element.tag == "Signature" for element in root.iter()):
            from triage.messages.signature import verified  # noqa: PLC0415 (few messages need it)

            root = parse_xml(verified(text, signers))
    except MessageRejected as error:
        # The beginning may tell whom to answer, so that the sender learns that it must be sent again.
        error.head = head_of_broken(parse_xml(text, whole=False))
        raise
    return _read_tree(root, received=received, production=production)


def _read_json(text: str, *, received: date, production: bool) -> ReceivedMessage:
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise problem("broken_json") from None
    if not isinstance(tree, dict):
        raise problem("list")
    if "resourceType" in tree:
        message = _read_tree(from_json(tree), received=received, production=production)
        return replace(message, deviations=(*message.deviations, *faults(tree)))
    try:
        return read_record(tree)
    except BadInput as error:
        raise NeedsPerson(str(error), code="T02") from None


def _read_tree(root: Element, *, received: date, production: bool) -> ReceivedMessage:
    """By what it holds, directly or wrapped as text in something else."""
    packed = (embedded(value(element)) for element in root.iter() if len(value(element)) >= _SHORTEST)
    held = {*MESSAGES, "ServiceRequest"}
    tree = next((tree for tree in chain((root,), packed) if any(e.tag in held for e in tree.iter())), root)
    top = next((e for e in tree.iter() if e.tag in MESSAGES or e.get("xmlns") == FHIR), tree)
    if top.get("xmlns") == FHIR:
        return read_fhir(top, received=received, production=production)
    return read_kith(tree, received=received, production=production)


def _not_a_message(body: bytes) -> MessageRejected | NeedsPerson:
    kind = media_type(body)
    if kind == "application/zip" and b"xl/" in body:
        return problem("no_text_column")
    is_unknown = kind in ("application/zip", "application/gzip", UNREADABLE, "text/plain")
    return problem("unknown_file" if is_unknown else "document")
