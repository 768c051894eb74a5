"""National referral messages in XML: v1.0 and v1.1 (root `Message`) and v2.0 (in MsgHead 1.2), read in the same way.

Elements are found by local name wherever a vendor nests them; the namespace alone says which standard it is.
"""

from collections.abc import Collection, Iterator
from datetime import date

from triage.domain.errors import MessageRejected, NeedsPerson
from triage.domain.message import MessageHead, Party, Receipt, ReceivedMessage
from triage.domain.referral import Attachment
from triage.messages.attachments import attached, safe_name
from triage.messages.blocks import of_kith
from triage.messages.codes import LISTS, problem
from triage.messages.content import MAX_REFERRALS, Request, ids, incoming, name
from triage.messages.tree import NOTHING, Element, as_bytes, embedded, first, inside, text, value

MSGHEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"
MESSAGES = ("MsgHead", "Message", "AppRec")
_FAMILIES = ("http://www.kith.no/xmlstds/", "http://ehelse.no/xmlstds/")
_SHORT, _LONG = 256, 4000  # characters in a code and in a name


def read_kith(root: Element, *, received: date, production: bool) -> ReceivedMessage:
    """All referrals of one message, or the receipt that it is.

    MessageRejected (T02, T10) or NeedsPerson (E10, E30, E31, E32, T10, T99).
    """
    message = _message(root)
    if message.tag == "AppRec":
        return _receipt(message)
    carriers = [e for e in inside(message, "Document", "RefDoc") if e.tag == "RefDoc" or e.find("RefDoc") is None]
    holders = _holders(message, carriers)
    head = _head(message, holders)
    _check(message, head, holders)
    files = tuple(_files(carriers, set(holders.values())))
    requests = [
        Request(
            id=f"{head.id}#{number}" if number > 1 else head.id or "",
            body=body,
            patient=_patient(body, message, head),
            party=head.sender,
            ends=[first(message, "MsgInfo/Sender", ".//Requester", ".//Sender")],
            performers=inside(first(message, "MsgInfo/Receiver", ".//ServProvider"), "Organisation", "Inst", "Dept"),
            around=[carrier for carrier in carriers if holder in carrier.iter()],
            blocks=of_kith(body),
            files=files,
            test=text(message, "MsgInfo/ProcessingStatus", "Status").upper() in ("D", "T", "TEST"),
        )
        for number, (body, holder) in enumerate(holders.items(), start=1)
    ]
    referrals = tuple(incoming(request, head, received=received, production=production) for request in requests)
    if not all(referral.patient.national_id or referral.patient.birth_date for referral in referrals):
        raise problem("somebody", head=head)
    deviations = {
        "message in a wrapper": message is not root,
        "signature not verified": message.find(".//Signature") is not None,
        "referral without a namespace": any(body.get("xmlns") in (MSGHEAD, "") for body in holders),
        "draft namespace of version 2.0": any("2014-04-30" in body.get("xmlns", "") for body in holders),
    }
    return ReceivedMessage(head, referrals, tuple(name for name, is_so in deviations.items() if is_so))


def _receipt(message: Element) -> ReceivedMessage:
    """AppRec of either version: list 8258 says 1 yes, 2 no, 3 yes with faults in a part."""
    accepted = text(message, "Status") in ("1", "3")
    reason = text(message, "Error") or (None if accepted else "X99")
    head = MessageHead("apprec", id=text(message, "Id") or None, answers=text(message, "OriginalMsgId/Id"))
    return ReceivedMessage(head, (), receipt=Receipt(accepted, reason))


def head_of_broken(root: Element) -> MessageHead | None:
    """The head of a message whose rest cannot be read, when it is whole enough to address a receipt."""
    head = _head(next((e for e in root.iter() if e.tag in ("MsgHead", "Message")), NOTHING), [])
    return head if head.can_be_answered else None


def _message(root: Element) -> Element:
    """The message itself, out of any wrapper around it."""
    found = [e for e in root.iter() if e.tag in MESSAGES]
    ours = [e for e in found if e.get("xmlns", "").startswith(_FAMILIES)] or found
    if not ours:
        raise problem("unsupported")
    message = ours[0]
    if len(ours) > 1 and not set(ours) <= set(message.iter()):
        raise problem("several")
    return message


def _holders(message: Element, carriers: list[Element]) -> dict[Element, Element]:
    """Each referral, and what holds it: itself, or the text that it is wrapped in."""
    direct = {body: body for body in _bodies(message)}
    if direct or message.tag != "MsgHead":
        return direct
    return {body: part for carrier in carriers for part in _parts(carrier) for body in _bodies(embedded(value(part)))}


def _bodies(element: Element) -> list[Element]:
    """A v1.x referral inside MsgHead is one, but not beside a v2.0 referral that it is attached to."""
    spaces = {"ServReq": LISTS["namespaces"]}
    if element.tag != "Message":  # a referral that names no standard of its own is of the head's
        spaces = {"Henvisning": (*LISTS["namespaces"], MSGHEAD, ""), **spaces}
    found = ([e for e in element.iter(name) if e.get("xmlns") in known] for name, known in spaces.items())
    return next(filter(None, found), [])


def _patient(body: Element, message: Element, head: MessageHead) -> Element:
    """The body's own, else the message's; one that says who it is goes before one that does not."""
    everywhere = (*body.iterfind(".//Patient"), *message.iterfind("MsgInfo/Patient"), *message.iterfind(".//Patient"))
    patient = next((e for e in everywhere if ids(e) or name(e)), next(iter(everywhere), None))
    if patient is None:
        raise problem("nobody", head=head)
    if not name(patient):
        raise problem("no_name", head=head)
    return patient


def _parts(carrier: Element) -> list[Element]:
    """What a document holds: elements, or Content itself where there is only text in it."""
    content = first(carrier, "Content")
    return list(content) or ([content] if value(content) else [])


def _files(carriers: list[Element], taken: set[Element]) -> Iterator[Attachment]:
    """What every document holds or points to, but for the referrals themselves."""
    for number, carrier in enumerate(carriers, start=1):
        name = safe_name(text(carrier, "Description"), number)
        for part in _parts(carrier) or [NOTHING]:
            if len(part) == 0 and part not in taken:
                content = None if part is NOTHING else value(part)
                told = {"address": text(carrier, "FileReference"), "compression": text(carrier, "Compression")}
                yield attached(name, content, **told)
            elif taken.isdisjoint(part.iter()):
                yield Attachment(name, "application/xml", as_bytes(part))


def _check(message: Element, head: MessageHead, requests: Collection[Element]) -> None:
    if message.tag == "MsgHead" and message.get("xmlns") != MSGHEAD:
        raise problem("unsupported", head=head)
    if not requests:
        raise _no_referral(message, head)
    if not head.id:
        raise problem("no_id", head=head)
    if len({ids(patient) for patient in message.iterfind("MsgInfo/Patient")}) > 1:
        raise problem("several_patients", head=head)
    if len(requests) > MAX_REFERRALS:
        raise problem("too_many", head=head)
    for element in message.iter():
        for attribute, said in element.attrib.items():
            if len(said) > _SHORT and (attribute in ("V", "S", "U") or len(said) > _LONG):
                raise problem("too_long", head=head)


def _no_referral(message: Element, head: MessageHead) -> MessageRejected | NeedsPerson:
    """A version that we do not know goes back to the sender; any other health message is for a person to see."""
    if message.get("xmlns") in LISTS["namespaces"]:
        return problem("empty_message", head=head)
    contents = message.iterfind("Document//Content/*")
    spaces = [message.get("xmlns", ""), *(e.get("xmlns", MSGHEAD) for e in contents)]
    if any("/henvisning/" in space.lower() or not space.lower().startswith(_FAMILIES) for space in spaces):
        return problem("unsupported", head=head)
    return problem("not_a_referral", head=head)


def _head(message: Element, requests: Collection[Element]) -> MessageHead:
    """From MsgHead 1.2, or from `Message` of v1.x, where the parties lie in the body; id byte for byte."""
    info = next(message.iterfind("MsgInfo"), message)
    other = "msghead-1.2" if message.tag == "MsgHead" else "kith-other"
    known = LISTS["namespaces"].get(message.get("xmlns")) or ("kith-2.0" if requests else other)
    return MessageHead(
        format=known,
        id=(first(info, "MsgId").text or "") if text(info, "MsgId") else None,
        kind=text(info, "Type"),
        kind_name=first(info, "Type").get("DN", ""),
        generated=text(info, "GenDate"),
        sender=_party(first(info, "Sender", ".//Requester")),
        receiver=_party(first(info, "Receiver", ".//ServProvider")),
        answers=text(info, "ConversationRef/RefToParent"),
    )


def _party(end: Element) -> Party:
    outer = first(end, "Organisation", ".//Inst")
    inner = first(outer, "Organisation", "Dept")
    person = first(end, ".//HealthcareProfessional", ".//HCPerson", ".//HCProf")
    return Party(name(outer), ids(outer), name(inner), ids(inner), name(person), ids(person))
