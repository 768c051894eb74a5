"""The head of a national message: who sent it, to whom, and how its receipt finds back."""

from itertools import chain

from triage.domain.message import MessageHead, Party
from triage.domain.referral import Sender
from triage.messages.xml_tree import Element, child, children, inside, plain_text, value


def from_msghead(root: Element, format_name: str) -> MessageHead:
    """From MsgHead 1.2; id and date byte for byte."""
    info = child(root, "MsgInfo")
    conversation = child(info, "ConversationRef")
    return MessageHead(
        format=format_name,
        id=_exact(child(info, "MsgId")),
        kind=value(child(info, "Type")),
        kind_name=_dn(child(info, "Type")),
        generated=value(child(info, "GenDate")),
        sender=_msghead_party(child(info, "Sender")),
        receiver=_msghead_party(child(info, "Receiver")),
        conversation=value(child(conversation, "RefToConversation"))
        or value(child(conversation, "RefToParent"))
        or None,
    )


def from_message(root: Element, format_name: str) -> MessageHead:
    """From root `Message` of v1.0 and v1.1, where the parties lie in the body."""
    request = next(inside(root, "ServReq", "ServRprt"), root)
    return MessageHead(
        format=format_name,
        id=_exact(child(root, "MsgId")),
        kind=value(child(root, "Type")),
        kind_name=_dn(child(root, "Type")),
        generated=value(child(root, "GenDate")),
        sender=_message_party(next(inside(request, "Requester"), None)),
        receiver=_message_party(next(inside(request, "ServProvider"), None)),
    )


def sender(head: MessageHead, end: Element | None) -> Sender:
    """The sending party in the referral's own words."""
    party = head.sender
    organisation, person = dict(reversed(party.ids)), dict(reversed(party.person_ids))
    unit = dict(reversed(party.unit_ids))
    return Sender(
        organisation=party.name or party.unit_name or None,
        person=party.person_name or None,
        her_id=unit.get("HER") or organisation.get("HER"),
        person_her_id=person.get("HER"),
        organisation_number=organisation.get("ENH") or unit.get("ENH"),
        hpr=person.get("HPR"),
        phone=phone(end),
    )


def person_name(person: Element | None) -> str:
    names = (plain_text(child(person, part)) for part in ("GivenName", "MiddleName", "FamilyName"))
    return " ".join(name for name in names if name)


def patient_numbers(patient: Element) -> tuple[tuple[str, str], ...]:
    """(type in list 8116, number) in both shapes: `Ident`, and `OffId` with `AdditionalId`."""
    official = (value(child(patient, "TypeOffId")), value(child(patient, "OffId")))
    return tuple(pair for pair in (*_idents(patient), official, *_own_ids(patient)) if pair[1])


def phone(owner: Element | None) -> str | None:
    """The first telephone number: `tel:`, `callto:` or bare digits."""
    addresses = (value(e) for e in inside(owner, "TeleAddress"))
    numbers = (a.split(":", 1)[-1].strip() for a in addresses if not a.lower().startswith(("mailto:", "fax:", "http")))
    return next((n for n in numbers if any(c.isdigit() for c in n)), None)


def _exact(element: Element | None) -> str | None:
    return None if element is None or not (element.text or "").strip() else element.text


def _dn(element: Element | None) -> str:
    return "" if element is None else element.get("DN", "")


def _msghead_party(end: Element | None) -> Party:
    outer = child(end, "Organisation")
    inner, person = child(outer, "Organisation"), next(inside(end, "HealthcareProfessional"), None)
    return Party(
        name=plain_text(child(outer, "OrganisationName")),
        ids=_idents(outer),
        unit_name=plain_text(child(inner, "OrganisationName")),
        unit_ids=_idents(inner),
        person_name=person_name(person),
        person_ids=_idents(person),
    )


def _idents(owner: Element | None) -> tuple[tuple[str, str], ...]:
    pairs = ((value(child(i, "TypeId")).upper(), value(child(i, "Id"))) for i in children(owner, "Ident"))
    return tuple((kind, number) for kind, number in pairs if number)


def _message_party(end: Element | None) -> Party:
    institution = next(inside(end, "Inst"), None)
    department = child(institution, "Dept")
    person = child(institution, "HCPerson")
    if person is None:
        person = next(inside(end, "HCPerson", "HCProf"), None)
    return Party(
        name=plain_text(child(institution, "Name")),
        ids=_own_ids(institution),
        unit_name=plain_text(child(department, "Name")),
        unit_ids=_own_ids(department),
        person_name=plain_text(child(person, "Name")),
        person_ids=_own_ids(person),
    )


def _own_ids(owner: Element | None) -> tuple[tuple[str, str], ...]:
    """`Id` with `TypeId`, then each `AdditionalId`."""
    own = (value(child(owner, "TypeId")).upper(), value(child(owner, "Id")))
    more = ((value(child(a, "Type")).upper(), value(child(a, "Id"))) for a in children(owner, "AdditionalId"))
    return tuple((kind, number) for kind, number in chain((own,), more) if number)
