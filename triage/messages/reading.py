"""Any received bytes become a message, by what they hold and never by what the file is called."""

from dataclasses import replace
from datetime import date

import orjson

from triage.domain.errors import BadInput, MessageRejected, NeedsPerson
from triage.domain.message import ReceivedMessage
from triage.messages.attachments import media_type
from triage.messages.decoding import decode, first_character
from triage.messages.fhir import faults, read_fhir
from triage.messages.fhir_tree import from_xml
from triage.messages.kith import head_of_broken, read_kith
from triage.messages.records import read_record
from triage.messages.xml_tree import namespace, parse, parse_what_is_there

MAX_BYTES = 64 * 1024 * 1024
_FHIR = "http://hl7.org/fhir"

_TOO_BIG = "Meldingen er større enn 64 MB og leses ikke automatisk. Les den, og be avsender sende vedleggene for seg."
_EMPTY = "Filen er tom. Be avsender sende meldingen på nytt."
_DOCUMENT = "Filen er et dokument eller bilde, ikke en melding. Åpne den og registrer henvisningen for hånd."
_TABLE = "Tabellen kan ikke leses. Første rad må ha overskrifter, og en av dem må være «tekst»."
_UNKNOWN = "Filen kan ikke leses. Den er verken en helsemelding (XML, FHIR, JSON) eller en tabell med kolonnen «tekst»."
_BROKEN_JSON = "Innholdet er ikke gyldig JSON og kan være avkortet. Les det, og be avsender sende det på nytt."
_LIST = "Filen inneholder flere henvisninger i én liste. Del den opp, eller send én om gangen."


def read(body: bytes, *, received: date, production: bool = False) -> ReceivedMessage:
    """The referrals in one message. In production a synthetic national number marks a test message.

    MessageRejected when the sender must send it again, NeedsPerson when somebody must look at it; nothing else.
    """
    if len(body) > MAX_BYTES:
        raise NeedsPerson(_TOO_BIG, code="T99")
    start = first_character(body)
    if start == "<" and not body.startswith(b"PK"):
        return _read_xml(body, received=received, production=production)
    if start in ("{", "["):
        return _read_json(body, received=received, production=production)
    raise _not_a_message(body, is_empty=not start)


def _read_xml(body: bytes, *, received: date, production: bool) -> ReceivedMessage:
    try:
        root, deviations = parse(body)
    except MessageRejected as error:
        # The beginning may tell whom to answer, so that the sender learns that it must be sent again.
        error.head = head_of_broken(parse_what_is_there(body))
        raise
    if namespace(root) == _FHIR:
        message = read_fhir(from_xml(root), received=received, production=production)
    else:
        message = read_kith(root, received=received, production=production)
    return replace(message, deviations=(*deviations, *message.deviations))


def _read_json(body: bytes, *, received: date, production: bool) -> ReceivedMessage:
    text, deviations = decode(body)
    try:
        tree = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NeedsPerson(_BROKEN_JSON, code="T01") from None
    if not isinstance(tree, dict):
        raise NeedsPerson(_LIST, code="T99")
    if "resourceType" in tree:
        message = read_fhir(tree, received=received, production=production)
        return replace(message, deviations=(*deviations, *message.deviations, *faults(tree)))
    try:
        return read_record(tree)
    except BadInput as error:
        raise NeedsPerson(str(error), code="T02") from None


def _not_a_message(body: bytes, *, is_empty: bool) -> MessageRejected | NeedsPerson:
    kind = media_type(body)
    if is_empty:
        return MessageRejected(_EMPTY, code="T01")
    if kind == "application/zip" and b"xl/" in body:
        return MessageRejected(_TABLE, code="T01")
    if kind not in ("application/zip", "application/gzip", "application/octet-stream", "text/plain"):
        return NeedsPerson(_DOCUMENT, code="T01")
    return MessageRejected(_UNKNOWN, code="T01")
