"""National referral messages in XML: v1.0 and v1.1 (root `Message`) and v2.0 (in MsgHead 1.2), read in the same way.

Elements are found by local name wherever a vendor nests them; the namespace alone says which standard it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from triage.domain.errors import MessageRejected, NeedsPerson
from triage.domain.message import MessageHead, Party, ReceivedMessage
from triage.domain.referral import IncomingReferral, MessageKind, Referrer
from triage.messages import asked, people
from triage.messages.asked import Asked, Coding, coding
from triage.messages.attachments import Unpacked, from_base64, from_xml, reference, safe_name
from triage.messages.codes import LISTS, needs_person, rejected
from triage.messages.content import MAX_REFERRALS, Delivery, Sent, incoming
from triage.messages.dates import parse_day
from triage.messages.kith_text import blocks
from triage.messages.people import Who, ids, name
from triage.messages.tree import NOTHING, Element, embedded, every, first, inside, text, value, words

MSGHEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"
MESSAGES = ("MsgHead", "Message", "AppRec")
_FAMILIES = ("http://www.kith.no/xmlstds/", "http://ehelse.no/xmlstds/")
_ASKED_FROM = ("Service", "ReqServ", "ServProvider")  # a specialty elsewhere is another clinician's
_SHORT, _LONG = 256, 4000  # characters in a code and in a name


@dataclass(frozen=True, slots=True)
class _Request:
    """One referral in a message: its body, the patient, the document that carries it, and what lies beside it."""

    body: Element
    patient: Element
    carrier: Element
    sender: Element
    files: tuple[Unpacked, ...]


def read_kith(root: Element, *, received: date, production: bool) -> ReceivedMessage:
    """All referrals of one message. MessageRejected (T02, T10) or NeedsPerson (E10, E30, E31, E32, T10, T99)."""
    message = _message(root)
    requests = _requests(message)
    head = _head(message, requests)
    _check(message, head, requests)
    status = text(message, "MsgInfo/ProcessingStatus", "Status").upper()
    delivery = Delivery(head, received, test=status in ("D", "T", "TEST"), production=production)
    return ReceivedMessage(
        head=head,
        referrals=tuple(_referral(request, n, delivery) for n, request in enumerate(requests, start=1)),
        deviations=tuple(_deviations(root, message, requests)),
    )


def head_of_broken(root: Element) -> MessageHead | None:
    """The head of a message whose rest cannot be read, when it is whole enough to address a receipt."""
    message = next((e for e in root.iter() if e.tag in ("MsgHead", "Message")), NOTHING)
    head = _head(message, [])
    return head if head.id and head.sender.ids and head.receiver.ids else None


# ---- the message and its parts


def _message(root: Element) -> Element:
    """The message itself, out of any wrapper around it."""
    found = [e for e in root.iter() if e.tag in MESSAGES]
    ours = [e for e in found if e.get("xmlns", "").startswith(_FAMILIES)] or found
    if not ours:
        raise rejected("unsupported")
    message = ours[0]
    if not set(ours) <= set(message.iter()):
        raise needs_person("several")
    if message.tag == "AppRec":
        raise needs_person("receipt")
    return message


def _requests(message: Element) -> list[_Request]:
    """Each referral with its document; what else the documents hold are files of them all."""
    carriers = [e for e in inside(message, "Document", "RefDoc") if e.tag == "RefDoc" or e.find("RefDoc") is None]
    holders = {body: body for body in _bodies(message)}
    if not holders and message.tag == "MsgHead":
        parts = [part for carrier in carriers for part in _parts(carrier)]
        holders = {body: part for part in parts for body in _bodies(embedded(part))}
    files = tuple(_files(carriers, set(holders.values())))
    sender = first(message, "MsgInfo/Sender", "//Requester", "//Sender")
    return [
        _Request(
            body=body,
            patient=_patient_of(body, message),
            carrier=next((c for c in carriers if holder in set(c.iter())), NOTHING),
            sender=sender,
            files=files,
        )
        for body, holder in holders.items()
    ]


def _bodies(element: Element) -> list[Element]:
    """A v1.x referral inside MsgHead is one, but not beside a v2.0 referral that it is attached to."""
    names = ("ServReq",) if element.tag == "Message" else ("Henvisning", "ServReq")
    found = ([e for e in element.iter(name) if e.get("xmlns") in LISTS["namespaces"]] for name in names)
    return next(filter(None, found), [])


def _patient_of(body: Element, message: Element) -> Element:
    """The body's own, else the message's; one that says who it is goes before one that does not."""
    everywhere = (*inside(body, "Patient"), *every(message, "MsgInfo/Patient"), *inside(message, "Patient"))
    found = list(dict.fromkeys(everywhere))
    return next((e for e in found if len(found) == 1 or ids(e) or name(e)), next(iter(found), NOTHING))


def _parts(carrier: Element) -> list[Element]:
    """What a document holds: elements, or Content itself where there is only text in it."""
    content = first(carrier, "Content")
    return list(content) or ([content] if value(content) else [])


def _files(carriers: list[Element], taken: set[Element]) -> Iterator[Unpacked]:
    """What every document holds or points to, but for the referrals themselves."""
    for number, carrier in enumerate(carriers, start=1):
        name = safe_name(text(carrier, "Description"), number)
        parts = _parts(carrier)
        for part in parts:
            if len(part) == 0 and part not in taken:
                yield from_base64(name, value(part), compression=text(carrier, "Compression"))
            elif taken.isdisjoint(part.iter()):
                yield from_xml(name, part)
        if not parts:
            yield reference(name, text(carrier, "FileReference"))


def _check(message: Element, head: MessageHead, requests: list[_Request]) -> None:
    if message.tag == "MsgHead" and message.get("xmlns") != MSGHEAD:
        raise rejected("unsupported", head=head)
    if not requests:
        raise _no_referral(message, head)
    if not head.id:
        raise needs_person("no_id", head=head)
    if len({ids(patient) for patient in every(message, "MsgInfo/Patient")}) > 1:
        raise needs_person("several_patients", head=head)
    if len(requests) > MAX_REFERRALS:
        raise needs_person("too_many", head=head)
    for element in message.iter():
        for attribute, said in element.attrib.items():
            if len(said) > _SHORT and (attribute in ("V", "S", "U") or len(said) > _LONG):
                raise needs_person("too_long", head=head)


def _no_referral(message: Element, head: MessageHead) -> MessageRejected | NeedsPerson:
    """A version that we do not know goes back to the sender; any other health message is for a person to see."""
    if message.get("xmlns") in LISTS["namespaces"]:
        return rejected("empty_message", head=head)
    contents = every(message, "Document//Content/*")
    spaces = [message.get("xmlns", ""), *(e.get("xmlns", MSGHEAD) for e in contents)]
    if any("/henvisning/" in space.lower() or not space.lower().startswith(_FAMILIES) for space in spaces):
        return rejected("unsupported", head=head)
    return needs_person("not_a_referral", head=head)


def _deviations(root: Element, message: Element, requests: list[_Request]) -> Iterator[str]:
    if message is not root:
        yield "message in a wrapper"
    if first(message, "//Signature") is not NOTHING:
        yield "signature not verified"
    if any("2014-04-30" in request.body.get("xmlns", "") for request in requests):
        yield "draft namespace of version 2.0"
    priorities = [coding(e) for request in requests for e in inside(request.body, "Priority")]
    if any(priority.code and not asked.urgency(priority) for priority in priorities):
        yield "priority not in 8304 or 8306"


# ---- its head


def _head(message: Element, requests: list[_Request]) -> MessageHead:
    """From MsgHead 1.2, or from `Message` of v1.x, where the parties lie in the body; id byte for byte."""
    info = first(message, "MsgInfo")
    info = message if info is NOTHING else info
    other = "msghead-1.2" if message.tag == "MsgHead" else "kith-other"
    known = LISTS["namespaces"].get(message.get("xmlns")) or ("kith-2.0" if requests else other)
    conversation = text(info, "ConversationRef/RefToConversation", "ConversationRef/RefToParent")
    return MessageHead(
        format=known,
        id=(first(info, "MsgId").text or "") if text(info, "MsgId") else None,
        kind=text(info, "Type"),
        kind_name=first(info, "Type").get("DN", ""),
        generated=text(info, "GenDate"),
        sender=_party(first(info, "Sender", "//Requester")),
        receiver=_party(first(info, "Receiver", "//ServProvider")),
        conversation=conversation or None,
    )


def _party(end: Element) -> Party:
    outer = first(end, "Organisation", "//Inst")
    inner = first(outer, "Organisation", "Dept")
    person = first(end, "//HealthcareProfessional", "//HCPerson", "//HCProf")
    return Party(name(outer), ids(outer), name(inner), ids(inner), name(person), ids(person))


# ---- one referral


def _referral(request: _Request, number: int, delivery: Delivery) -> IncomingReferral:
    """The `number`th referral of its message. NeedsPerson (E30, E31, E32) when the patient cannot be told."""
    body, head = request.body, delivery.head
    assistance = first(body, "//AssistertKommunikasjon", "//NeedTranslator")
    spoken = [words(e) for e in inside(assistance, "BehovTolkSprak", "Language", "Sprak")]
    who = _who(request.patient, delivery)
    dates = (text(body, "IssueDate"), text(request.carrier, "IssueDate"), text(body, "//ReqDate"), head.generated)
    sent = Sent(
        id=f"{head.id}#{number}" if number > 1 else head.id or "",
        who=replace(who, patient=replace(who.patient, interpreter_language=next(filter(None, spoken), None))),
        sender=people.sender(head.sender, request.sender),
        referrer=_referrer(request.sender, head),
        asked=_asked(body, head),
        diagnoses=_diagnoses(body),
        blocks=blocks(body),
        files=request.files,
        sent=next(filter(None, map(parse_day, dates)), None),
        kind=_kind(body),
        seniority_date=_seniority_date(body),
        notes=() if assistance is NOTHING else ("interpreter",),
    )
    return incoming(sent, delivery)


def _who(patient: Element, delivery: Delivery) -> Who:
    head = delivery.head
    if patient is NOTHING:
        raise needs_person("nobody", head=head)
    who = people.patient(patient, head=head, received=delivery.received)
    if not who.patient.name:
        raise needs_person("no_name", head=head)
    if not (who.patient.national_id or who.patient.birth_date):
        raise needs_person("somebody", head=head)
    return who


def _kind(body: Element) -> MessageKind:
    """It may be stated twice (v1.x); a cancellation or change in either place is what counts."""
    stated = (LISTS["message_kind"].get(value(e).upper(), MessageKind.NEW) for e in inside(body, "ServType"))
    return next((MessageKind(kind) for kind in stated if kind != MessageKind.NEW), MessageKind.NEW)


def _asked(body: Element, head: MessageHead) -> Asked:
    services = [coding(e) for e in every(body, "//Service/ServId")]
    booked = [coding(e, system="8264") for e in inside(body, "Booking")]
    return Asked(
        priorities=tuple(coding(e) for e in inside(body, "Priority")),
        pathways=tuple(coding(e, system="8480") for e in inside(body, "Pakkeforlopskode")),
        specialties=tuple(coding(e) for path in _ASKED_FROM for e in every(body, f"//{path}//MedSpeciality")),
        services=(*services, *booked),
        wanted=" ".join(service.words for service in services),
        receivers=f"{head.receiver.unit_name} {head.receiver.name}",
    )


def _diagnoses(body: Element) -> Iterator[Coding]:
    """Coded diagnoses: `Diagnosis`, and the diagnosis headings of text blocks. A relative's stand elsewhere."""
    headed = [e for e in inside(body, "ReasonAsText") if text(e, "Heading") == "DIAG"]
    items = [e for e in inside(body, "InfItem") if text(e, "Type") in ("H", "B")]
    for diagnosis in (*inside(body, "Diagnosis"), *headed, *items):
        yield from (coding(e) for e in inside(diagnosis, "Concept", "TextCode", "CodedDescr"))


def _seniority_date(body: Element) -> date | None:
    """The date that another hospital's right counts from (list 9147, type 1)."""
    dated = [(coding(first(e, "TypeDato")), text(e, "Dato")) for e in inside(body, "DatoMottakOgVurdering")]
    stated = [day for kind, day in dated if kind.code == "1" or "ansiennitet" in kind.words.lower()]
    return next(filter(None, map(parse_day, stated)), None)


def _referrer(end: Element, head: MessageHead) -> Referrer | None:
    role = coding(first(end, "//RoleToPatient"))
    profession = text(end, "//TypeHealthcareProfessional", "//Type")
    return asked.referrer(profession, role.code, f"{role.words} {head.sender.unit_name} {head.sender.name}")
