"""National referral messages in XML: v1.0 and v1.1 (root `Message`) and v2.0 (in MsgHead 1.2).

Elements are found by local name wherever a vendor nests them; the namespace alone says which standard it is.
"""

from collections.abc import Iterator
from datetime import date

from triage.domain.errors import MessageRejected, NeedsPerson
from triage.domain.message import MessageHead, ReceivedMessage
from triage.messages import kith_head
from triage.messages.attachments import Unpacked, as_xml, from_base64, nothing_sent, reference, safe_name
from triage.messages.codes import LISTS
from triage.messages.content import MAX_REFERRALS, TOO_MANY
from triage.messages.kith_referral import Delivery, Request, priority_is_unknown, read_referral
from triage.messages.xml_tree import Element, as_bytes, child, children, inside, local, namespace, plain_text, value

MSGHEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"
_FAMILIES = ("http://www.kith.no/xmlstds/", "http://ehelse.no/xmlstds/")
_SHORT, _LONG = 256, 4000  # characters in a code and in a name

_UNSUPPORTED = "Meldingens type eller versjon støttes ikke. Be avsender sende henvisning versjon 1.0, 1.1 eller 2.0."
_NOT_A_REFERRAL = (
    "Meldingen er en annen helsemelding enn henvisning, eller bare vedlegg. Les den, og send den til rett sted."
)
_A_RECEIPT = "Meldingen er en kvittering på noe som er sendt herfra, ikke en henvisning. Den skal ikke besvares."
_SEVERAL = "Filen inneholder flere meldinger i én. Be avsender sende dem hver for seg."
_NO_ID = "Meldingen mangler meldings-id. Les den, og be avsender sende den på nytt."
_EMPTY = "Meldingen er tom: selve henvisningen mangler. Be avsender sende den på nytt."
_TOO_LONG = "Meldingen har et felt som er unormalt langt. Les den før den brukes."


def read_kith(root: Element, *, received: date, production: bool) -> ReceivedMessage:
    """All referrals of one message. MessageRejected (T02, T10) or NeedsPerson (E10, E30, E31, E32, T10, T99)."""
    message = _message(root)
    head, requests = _in_msghead(message) if local(message) == "MsgHead" else _in_message(message)
    _check(message, head, requests)
    delivery = Delivery(
        head=head,
        files=tuple(_files(message, requests)),
        received=received,
        test=_is_test(message),
        production=production,
    )
    return ReceivedMessage(
        head=head,
        referrals=tuple(read_referral(request, n, delivery) for n, request in enumerate(requests, start=1)),
        deviations=tuple(_deviations(root, message, requests)),
    )


def head_of_broken(root: Element | None) -> MessageHead | None:
    """The head of a message whose rest cannot be read, when it is whole enough to address a receipt."""
    message = None if root is None else next(root.iter("{*}MsgHead", "{*}Message"), None)
    if message is None:
        return None
    if local(message) == "MsgHead":
        head = kith_head.from_msghead(message, "msghead-1.2")
    else:
        head = kith_head.from_message(message, "kith-other")
    return head if head.id and head.sender.ids and head.receiver.ids else None


def _message(root: Element) -> Element:
    """The message itself, out of any wrapper around it."""
    found = next(root.iter("{*}MsgHead", "{*}Message", "{*}AppRec"), None)
    if found is None:
        raise MessageRejected(_UNSUPPORTED, code="T10")
    if found.xpath("boolean(following::*[local-name()='MsgHead' or local-name()='Message'])"):
        raise NeedsPerson(_SEVERAL, code="T99")
    if local(found) == "AppRec":
        raise NeedsPerson(_A_RECEIPT)
    return found


def _in_msghead(message: Element) -> tuple[MessageHead, list[Request]]:
    carriers = [ref for document in inside(message, "Document") for ref in children(document, "RefDoc")]
    contents = [(part, ref) for ref in carriers for part in children(child(ref, "Content"), "*")]
    shared = child(message, "MsgInfo", "Patient")
    # A v1.x referral inside MsgHead is one, but not beside a v2.0 referral that it is attached to.
    requests = _bodies(contents, shared, "Henvisning") or _bodies(contents, shared, "ServReq")
    head = kith_head.from_msghead(message, "kith-2.0" if requests else "msghead-1.2")
    if namespace(message) != MSGHEAD:
        raise MessageRejected(_UNSUPPORTED, code="T10", head=head)
    if not requests:
        raise _no_referral([part for part, _ in contents], head)
    return head, requests


def _bodies(contents: list[tuple[Element, Element]], patient: Element | None, name: str) -> list[Request]:
    return [
        Request(body, next(inside(body, "Patient"), patient), carrier)
        for part, carrier in contents
        for body in part.iter(f"{{*}}{name}")
        if namespace(body) in LISTS["namespaces"]
    ]


def _in_message(message: Element) -> tuple[MessageHead, list[Request]]:
    format_name = LISTS["namespaces"].get(namespace(message))
    head = kith_head.from_message(message, format_name or "kith-other")
    if format_name is None:
        raise _no_referral([message], head)
    bodies = list(inside(message, "ServReq"))
    if not bodies:
        raise MessageRejected(_EMPTY, code="T02", head=head)
    return head, [Request(body, next(inside(body, "Patient"), None)) for body in bodies]


def _no_referral(contents: list[Element], head: MessageHead) -> MessageRejected | NeedsPerson:
    """A version that we do not know goes back to the sender; any other health message is for a person to see."""
    names = [namespace(part).lower() for part in contents]
    if any("/henvisning/" in name or not name.startswith(_FAMILIES) for name in names):
        return MessageRejected(_UNSUPPORTED, code="T10", head=head)
    return NeedsPerson(_NOT_A_REFERRAL, code="T10", head=head)


def _check(message: Element, head: MessageHead, requests: list[Request]) -> None:
    if not head.id:
        raise NeedsPerson(_NO_ID, code="E10", head=head)
    if len(requests) > MAX_REFERRALS:
        raise NeedsPerson(TOO_MANY, code="T99", head=head)
    lengths = ((name, len(text)) for element in message.iter("*") for name, text in element.attrib.items())
    if any(length > (_SHORT if name in ("V", "S", "U") else _LONG) for name, length in lengths):
        raise NeedsPerson(_TOO_LONG, code="T99", head=head)


def _is_test(message: Element) -> bool:
    status = value(child(message, "MsgInfo", "ProcessingStatus")) or value(child(message, "Status"))
    return status.upper() in ("D", "T", "TEST")


def _deviations(root: Element, message: Element, requests: list[Request]) -> Iterator[str]:
    if message is not root:
        yield "message in a wrapper"
    if any(inside(message, "Signature")):
        yield "signature not verified"
    if any("2014-04-30" in namespace(request.body) for request in requests):
        yield "draft namespace of version 2.0"
    if any(priority_is_unknown(request.body) for request in requests):
        yield "priority not in 8304 or 8306"


def _files(message: Element, requests: list[Request]) -> Iterator[Unpacked]:
    """What every RefDoc holds or points to, but for the referrals themselves."""
    bodies = {request.body for request in requests}
    for number, document in enumerate(inside(message, "RefDoc"), start=1):
        name = safe_name(plain_text(child(document, "Description")), number)
        parts = list(children(child(document, "Content"), "*"))
        files = [part for part in parts if bodies.isdisjoint(part.iter())]
        yield from (_unpacked(part, name, value(child(document, "Compression"))) for part in files)
        if not parts:
            yield _without_parts(document, name)


def _unpacked(part: Element, name: str, compression: str) -> Unpacked:
    if local(part) == "Base64Container":
        return from_base64(name, part.text or "", compression=compression)
    return as_xml(name, as_bytes(part))


def _without_parts(document: Element, name: str) -> Unpacked:
    content, address = child(document, "Content"), value(child(document, "FileReference"))
    if address:
        return reference(name, address)
    bare = "" if content is None else (content.text or "").strip()
    return from_base64(name, bare) if bare else nothing_sent()
