"""FHIR R4 referrals: a bundle of any type, or a bare ServiceRequest with what it contains.

Read tolerantly from the tree. `fhir.resources` has an opinion on it, which is recorded and loses no referral.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from triage.domain.errors import NeedsPerson
from triage.domain.message import MessageHead, Party, ReceivedMessage
from triage.domain.referral import Area, IncomingReferral, MessageKind, Referral, Sender, StatedUrgency
from triage.messages import codes, fhir_text
from triage.messages.attachments import Unpacked, from_base64, reference, safe_name
from triage.messages.codes import LISTS
from triage.messages.content import MAX_REFERRALS, TOO_MANY, notes_for_person, text_of, whole_text
from triage.messages.dates import parse_day
from triage.messages.fhir_people import identity_of, patient, referrer_of, sender_of, subject_of
from triage.messages.fhir_tree import (
    Bundle,
    Coding,
    Resource,
    bundle_of,
    codings,
    concept,
    resources,
    text,
    texts,
    too_deep,
)

_NO_REFERRAL = "FHIR-meldingen inneholder ingen henvisning (ServiceRequest). Les den, og send den til rett sted."
_TOO_DEEP = "FHIR-meldingen er bygd opp på en måte som ikke kan leses. Be avsender sende den på nytt."
_FILES = {  # where a resource holds its files
    "DocumentReference": ("content", "attachment"),
    "DiagnosticReport": ("presentedForm",),
    "Media": ("content",),
}


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What all referrals of one message share."""

    head: MessageHead
    received: date
    test: bool
    production: bool


def read_fhir(tree: Resource, *, received: date, production: bool) -> ReceivedMessage:
    """All ServiceRequests of one message. NeedsPerson (E30, E31, T01, T10, T99)."""
    if too_deep(tree):
        raise NeedsPerson(_TOO_DEEP, code="T01")
    bundle = bundle_of(tree)
    requests = bundle.of_type("ServiceRequest")
    head = _head(tree, bundle, requests)
    if not requests:
        raise NeedsPerson(_NO_REFERRAL, code="T10", head=head)
    if len(requests) > MAX_REFERRALS:
        raise NeedsPerson(TOO_MANY, code="T99", head=head)
    test = any(tag in ("HTEST", "TRAIN") for tag in texts([tree, *requests], "meta", "tag", "code"))
    delivery = _Delivery(head, received, test, production)
    return ReceivedMessage(head, tuple(_referral(bundle.around(r), r, delivery) for r in requests))


def faults(tree: Resource) -> tuple[str, ...]:
    """Where `fhir.resources` finds the tree to depart from R4: paths and kinds of fault, never values."""
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415  it takes a third of a second to import
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        get_fhir_model_class(str(tree.get("resourceType"))).model_validate(tree)
    except ValidationError as error:
        return tuple(dict.fromkeys(f"{_path(e['loc'])}: {e['type']}" for e in error.errors(include_input=False)))[:20]
    except (LookupError, TypeError, ValueError, AttributeError, AssertionError):
        return ("not FHIR R4 at all",)
    return ()


def _path(place: tuple[int | str, ...]) -> str:
    # An unknown field's name is the sender's own words, and could be anything.
    return ".".join(str(p) if re.fullmatch(r"\w{1,30}", str(p)) else "?" for p in place)


def _head(tree: Resource, bundle: Bundle, requests: list[Resource]) -> MessageHead:
    header = bundle.of_type("MessageHeader")
    sender = sender_of(bundle.around(requests[0]), requests[0]) if requests else Sender()
    ids = (("HER", sender.her_id), ("ENH", sender.organisation_number))
    person = (("HER", sender.person_her_id), ("HPR", sender.hpr))
    numbers = (text(tree, "identifier", "value"), text(header, "id"), text(tree, "id") if "entry" in tree else "")
    return MessageHead(
        format="fhir-r4",
        id=next(filter(None, numbers), None),
        kind=text(tree, "type") or text(tree, "resourceType"),
        generated=text(tree, "timestamp"),
        sender=Party(
            name=sender.organisation or text(header, "source", "name"),
            ids=tuple((kind, number) for kind, number in ids if number),
            person_name=sender.person or "",
            person_ids=tuple((kind, number) for kind, number in person if number),
        ),
    )


def _referral(bundle: Bundle, request: Resource, delivery: _Delivery) -> IncomingReferral:
    head = delivery.head
    person = subject_of(bundle, request, head)
    identity = identity_of(person, head)
    sender = sender_of(bundle, request)
    related = _related(bundle, request)
    files = tuple(_files(bundle, related))
    attachments = tuple(file.attachment for file in files if file.attachment)
    blocks = fhir_text.blocks(request, related) or text_of(attachments)
    sent = parse_day(text(request, "authoredOn")) or parse_day(head.generated)
    own = list(codings({name: value for name, value in request.items() if name != "contained"}))
    requested = codes.requested_from([c.code for c in codings(request.get("code"))], _wanted(request))
    kind = _kind(request, own)
    return IncomingReferral(
        referral=Referral(
            id=text(request, "identifier", "value") or text(request, "id") or head.id or "",
            text=whole_text(blocks),
            area=_area(bundle, request, own, requested),
            requested=requested,
            age=identity.age_on(sent or delivery.received),
            sex=identity.sex,
            referrer=referrer_of(bundle, request, sender),
            stated_urgency=_urgency(request, own),
            codes=_diagnoses(request, related),
            sent_date=sent,
        ),
        patient=patient(person, identity),
        sender=sender,
        test_message=delivery.test or identity.is_test(production=delivery.production),
        kind=kind,
        attachments=attachments,
        blocks=blocks,
        notes_for_person=notes_for_person(kind, identity, blocks, files),
    )


def _related(bundle: Bundle, request: Resource) -> list[Resource]:
    """What belongs to this request: not another patient's, and not what only another request points to."""
    mine = {id(r) for r in _pointed_at(bundle, request)}
    theirs = {id(r) for other in bundle.of_type("ServiceRequest") for r in _pointed_at(bundle, other)} - mine
    subject = bundle.find(request, "subject")
    candidates = [r for r in bundle.entries if id(r) not in theirs]
    return [r for r in candidates if id(r) in mine or not subject or bundle.find(r, "subject") in ([], subject)]


def _pointed_at(bundle: Bundle, request: Resource) -> list[Resource]:
    return [*bundle.find(request, "supportingInfo"), *bundle.find(request, "reasonReference")]


def _files(bundle: Bundle, related: list[Resource]) -> Iterator[Unpacked]:
    """What documents hold or point to, then the Binaries that no document points to."""
    documents = [(r, file) for r in related for file in resources(r, *_FILES.get(text(r, "resourceType"), ("-",)))]
    used = set()
    for number, (document, file) in enumerate(documents, start=1):
        name = safe_name(text(file, "title") or text(document, "description"), number)
        inside = {f"#{text(c, 'id')}": c for c in resources(document, "contained")}
        binaries = bundle.find({"reference": text(file, "url")}) or [*filter(None, [inside.get(text(file, "url"))])]
        used |= {id(binary) for binary in binaries}
        data = text(file, "data") or text(binaries, "data")
        yield from_base64(name, data) if data else reference(name, text(file, "url"))
    loose = [r for r in related if r.get("resourceType") == "Binary" and id(r) not in used]
    for number, binary in enumerate(loose, start=len(documents) + 1):
        yield from_base64(safe_name("", number), text(binary, "data"))


def _kind(request: Resource, own: list[Coding]) -> MessageKind:
    coded = [LISTS["message_kind"][c.code] for c in own if c.system == "7309" and c.code in LISTS["message_kind"]]
    if coded:
        return MessageKind(coded[0])
    if text(request, "status") in ("revoked", "entered-in-error"):
        return MessageKind.CANCEL
    return MessageKind.CHANGE if "replaces" in request else MessageKind.NEW


def _urgency(request: Resource, own: list[Coding]) -> StatedUrgency | None:
    """The more urgent of the priority and any coded priority or cancer pathway."""
    ticked = [codes.urgency(c.code, c.words) for c in own if c.system in ("8304", "8306")]
    coded = any(c.system == "8480" and codes.is_cancer_pathway(c.code) for c in own)
    on_pathway = coded or any("pakkeforløp" in c.words.lower() for c in own)
    stated = codes.urgency(text(request, "priority"))
    return codes.most_urgent([stated, *ticked, StatedUrgency.CANCER_PATHWAY if on_pathway else None])


def _wanted(request: Resource) -> str:
    asked = [request.get("code"), request.get("orderDetail")]
    return " ".join([*texts(asked, "text"), *(c.words for c in codings(asked))])


def _area(bundle: Bundle, request: Resource, own: list[Coding], requested: str | None) -> Area | None:
    """From a coded specialty, else what is asked for, else the words for who is to do it."""
    performers = bundle.find(request, "performer")
    specialties = [c for c in (*own, *codings(performers)) if c.system in ("8451", "7426")]
    coded = [codes.specialty_area(c.system, c.code, c.words) for c in specialties]
    pathways = [codes.cancer_pathway_area(c.code, c.words) for c in own if c.system == "8480"]
    types = [concept(request, "performerType"), *(c.words for c in codings(request.get("performerType")))]
    receivers = [*texts(request, "performer", "display"), *texts(performers, "name")]
    certain = next(filter(None, (*coded, codes.requested_area(requested), *pathways)), None)
    return certain or codes.area_in(" ".join([*types, _wanted(request)])) or codes.area_in(" ".join(receivers))


def _diagnoses(request: Resource, related: list[Resource]) -> tuple[str, ...]:
    conditions = [r for r in related if r.get("resourceType") == "Condition" and not fhir_text.is_refuted(r)]
    stated = codings([request.get("reasonCode"), *(c.get("code") for c in conditions)])
    read = (codes.diagnosis(c.system, c.code) for c in stated if c.system in ("7170", "7110"))
    return tuple(dict.fromkeys(code for code in read if code))
