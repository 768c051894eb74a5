"""FHIR R4 referrals: a bundle of any type, or a bare ServiceRequest with what it contains.

Read tolerantly from the tree. `fhir.resources` has an opinion on it, which is recorded and loses no referral.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from triage.domain.errors import NeedsPerson
from triage.domain.message import MessageHead, Party, ReceivedMessage
from triage.domain.referral import (
    Area,
    IncomingReferral,
    MessageKind,
    Patient,
    Referral,
    Referrer,
    Sender,
    StatedUrgency,
)
from triage.messages import codes, fhir_text
from triage.messages.attachments import Unpacked, from_base64, reference, safe_name
from triage.messages.codes import LISTS
from triage.messages.content import notes_for_person, text_of, whole_text
from triage.messages.dates import parse_day
from triage.messages.fhir_tree import Coding, Resource, codings, concept, resources, text, texts, too_deep
from triage.messages.patients import Identity, identify

_NO_REFERRAL = "FHIR-meldingen inneholder ingen henvisning (ServiceRequest). Les den, og send den til rett sted."
_TOO_DEEP = "FHIR-meldingen er bygd opp på en måte som ikke kan leses. Be avsender sende den på nytt."
_NO_PATIENT = "FHIR-meldingen sier ikke hvilken pasient den gjelder. Les den, og kontakt avsender."
_MUNICIPALITY = re.compile(r"municipality(?:code)?$")


@dataclass(frozen=True, slots=True)
class _Bundle:
    """The resources of one message, and each of them under every name that a reference may use."""

    entries: tuple[Resource, ...]
    named: dict[str, Resource]

    def find(self, node: object, *path: str) -> list[Resource]:
        """The resources that the references at the path lead to."""
        links = texts(node, *path, "reference")
        found = (self.named.get(link) or self.named.get("/".join(link.split("/")[-2:])) for link in links)
        return [resource for resource in found if resource]

    def of_type(self, *names: str) -> list[Resource]:
        return [r for r in self.entries if r.get("resourceType") in names]

    def around(self, request: Resource) -> "_Bundle":
        """This bundle as the request sees it: `#x` is what it contains itself."""
        contained = tuple(resources(request, "contained"))
        return _Bundle((*self.entries, *contained), {**self.named, **{f"#{text(c, 'id')}": c for c in contained}})


def read_fhir(tree: Resource, *, received: date, production: bool) -> ReceivedMessage:
    """All ServiceRequests of one message. NeedsPerson when there is none, or when the patient cannot be told."""
    if too_deep(tree):
        raise NeedsPerson(_TOO_DEEP, code="T01")
    bundle = _bundle(tree)
    requests = bundle.of_type("ServiceRequest")
    head = _head(tree, bundle, requests)
    if not requests:
        raise NeedsPerson(_NO_REFERRAL, code="T10", head=head)
    test = any(code in ("HTEST", "TRAIN") for r in (tree, *requests) for code in texts(r, "meta", "tag", "code"))
    return ReceivedMessage(
        head=head,
        referrals=tuple(
            _referral(bundle.around(request), request, head=head, received=received, production=production, test=test)
            for request in requests
        ),
    )


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


def _bundle(tree: Resource) -> _Bundle:
    listed = list(resources(tree, "entry")) if tree.get("resourceType") == "Bundle" else [{"resource": tree}]
    entries, named = [], {}
    for entry in listed:
        for resource in resources(entry, "resource"):
            entries.append(resource)
            named[f"{text(resource, 'resourceType')}/{text(resource, 'id')}"] = resource
            named[text(entry, "fullUrl")] = resource
            contained = () if resource.get("resourceType") == "ServiceRequest" else resources(resource, "contained")
            named.update({f"#{text(c, 'id')}": c for c in contained})
    return _Bundle(tuple(entries), named)


def _head(tree: Resource, bundle: _Bundle, requests: list[Resource]) -> MessageHead:
    headers = bundle.of_type("MessageHeader")
    sender = _sender(bundle.around(requests[0]), requests[0]) if requests else Sender()
    ids = (("HER", sender.her_id), ("ENH", sender.organisation_number))
    person = (("HER", sender.person_her_id), ("HPR", sender.hpr))
    numbers = [text(tree, "identifier", "value"), text(headers, "id"), text(tree, "id") if "entry" in tree else ""]
    return MessageHead(
        format="fhir-r4",
        id=next(filter(None, numbers), None),
        kind=text(tree, "type") or text(tree, "resourceType"),
        generated=text(tree, "timestamp"),
        sender=Party(
            name=sender.organisation or text(headers, "source", "name"),
            ids=tuple((kind, number) for kind, number in ids if number),
            person_name=sender.person or "",
            person_ids=tuple((kind, number) for kind, number in person if number),
        ),
    )


def _referral(
    bundle: _Bundle, request: Resource, *, head: MessageHead, received: date, production: bool, test: bool
) -> IncomingReferral:
    person = _patient_resource(bundle, request, head)
    identity = _identity(person, head)
    related = _related(bundle, request)
    files = tuple(_files(bundle, related))
    attachments = tuple(file.attachment for file in files if file.attachment)
    blocks = fhir_text.blocks(request, related) or text_of(attachments)
    sent = parse_day(text(request, "authoredOn")) or parse_day(head.generated)
    sender = _sender(bundle, request)
    own = list(codings({name: value for name, value in request.items() if name != "contained"}))
    requested = codes.requested_from([c.code for c in codings(request.get("code"))], _wanted(request))
    kind = _kind(request, own)
    return IncomingReferral(
        referral=Referral(
            id=text(request, "identifier", "value") or text(request, "id") or head.id or "",
            text=whole_text(blocks),
            area=_area(bundle, request, own, requested),
            requested=requested,
            age=identity.age_on(sent or received),
            sex=identity.sex,
            referrer=_referrer(bundle, request, sender),
            stated_urgency=_urgency(request, own),
            codes=_diagnoses(request, related),
            sent_date=sent,
        ),
        patient=_patient(person, identity),
        sender=sender,
        test_message=test or identity.is_test(production=production),
        kind=kind,
        attachments=attachments,
        blocks=blocks,
        notes_for_person=notes_for_person(kind, identity, blocks, files),
    )


def _patient_resource(bundle: _Bundle, request: Resource, head: MessageHead) -> Resource:
    """The subject; when the reference leads nowhere, the only patient there is, else what the reference itself says."""
    patients = bundle.of_type("Patient")
    found = [*bundle.find(request, "subject"), *(patients if len(patients) == 1 else [])]
    if found:
        return found[0]
    if not text(request, "subject", "identifier", "value"):
        raise NeedsPerson(_NO_PATIENT, code="E30", head=head)
    subject = next(resources(request, "subject"))
    return {"identifier": subject["identifier"], "name": {"text": text(subject, "display")}}


def _identity(person: Resource, head: MessageHead) -> Identity:
    numbers = [(_identifier_type(i), text(i, "value")) for i in resources(person, "identifier")]
    national = [(kind, number) for kind, number in numbers if kind in ("FNR", "DNR", "FHN", "HNR", "DUF")]
    born = parse_day(text(person, "birthDate"))
    return identify(national, born=born, sex=codes.sex(text(person, "gender")), head=head)


def _identifier_type(identifier: Resource) -> str:
    system = text(identifier, "system").lower().rstrip("/")
    return str(LISTS["identifiers"].get(system) or LISTS["identifiers"].get(f"urn:oid:{system}", ""))


def _number(resource: object, kind: str) -> str | None:
    numbers = ((_identifier_type(i), text(i, "value")) for i in resources(resource, "identifier"))
    return next((number for found, number in numbers if found == kind and number), None)


def _patient(person: Resource, identity: Identity) -> Patient:
    address = next(resources(person, "address"), {})
    town = f"{text(address, 'postalCode')} {text(address, 'city')}".strip()
    phones = (text(t, "value") for t in resources(person, "telecom") if text(t, "system") in ("phone", "sms", ""))
    return Patient(
        name=_name(person) or None,
        national_id=identity.national_id,
        birth_date=identity.birth_date,
        sex=identity.sex,
        address=tuple(line for line in (*texts(address, "line"), town) if line),
        phone=next(filter(None, phones), None),
        municipality=next(_municipalities(person), None),
    )


def _municipalities(person: Resource) -> Iterator[str]:
    """Both places of the number: an extension on Address.district, and one inside propertyinformation."""
    for address in resources(person, "address"):
        near = [*resources(address, "_district", "extension"), *resources(address, "district", "extension")]
        outer = list(resources(address, "extension"))
        for extension in (*near, *outer, *resources(outer, "extension")):
            number = text(extension, "valueCoding", "code")
            if _MUNICIPALITY.search(text(extension, "url")) and re.fullmatch(r"\d{4}", number):
                yield number


def _name(person: object) -> str:
    named = next(resources(person, "name"), {})
    return " ".join([*texts(named, "given"), text(named, "family")]).strip() or text(named, "text")


def _related(bundle: _Bundle, request: Resource) -> list[Resource]:
    """What belongs to this request: not another patient's, and not what only another request points to."""
    mine = _pointed_at(bundle, request)
    others = [
        r for other in bundle.of_type("ServiceRequest") if other is not request for r in _pointed_at(bundle, other)
    ]
    subject = bundle.find(request, "subject")
    return [
        r
        for r in bundle.entries
        if any(r is m for m in mine)
        or (not any(r is o for o in others) and (not subject or bundle.find(r, "subject") in ([], subject)))
    ]


def _pointed_at(bundle: _Bundle, request: Resource) -> list[Resource]:
    return [*bundle.find(request, "supportingInfo"), *bundle.find(request, "reasonReference")]


def _files(bundle: _Bundle, related: list[Resource]) -> Iterator[Unpacked]:
    used: list[Resource] = []
    documents = [(r, a) for r in related for a in resources(r, *_FILE_PLACES.get(text(r, "resourceType"), ("-",)))]
    for number, (document, file) in enumerate(documents, start=1):
        name = safe_name(text(file, "title") or text(document, "description"), number)
        binaries = bundle.find({"reference": text(file, "url")})
        used += binaries
        data = text(file, "data") or text(binaries, "data")
        yield from_base64(name, data) if data else reference(name, text(file, "url"))
    loose = [r for r in related if r.get("resourceType") == "Binary" and not any(r is u for u in used)]
    for number, binary in enumerate(loose, start=len(documents) + 1):
        yield from_base64(safe_name("", number), text(binary, "data"))


_FILE_PLACES = {
    "DocumentReference": ("content", "attachment"),
    "DiagnosticReport": ("presentedForm",),
    "Media": ("content",),
}


def _sender(bundle: _Bundle, request: Resource) -> Sender:
    """Whoever asks: a role with its person and organisation, or one of them."""
    asking = bundle.find(request, "requester")
    roles = [r for r in asking if r.get("resourceType") == "PractitionerRole"]
    people = [*(r for r in asking if r.get("resourceType") == "Practitioner"), *bundle.find(roles, "practitioner")]
    units = [*(r for r in asking if r.get("resourceType") == "Organization"), *bundle.find(roles, "organization")]
    shown = text(request, "requester", "display")
    return Sender(
        organisation=text(units, "name") or text(roles, "organization", "display") or None,
        person=_name(people) or text(roles, "practitioner", "display") or (shown if not units else "") or None,
        her_id=_number(units, "HER"),
        person_her_id=_number([*people, *roles], "HER"),
        organisation_number=_number(units, "ENH"),
        hpr=_number([*people, *roles], "HPR"),
        phone=text([*roles, *units], "telecom", "value") or None,
    )


def _referrer(bundle: _Bundle, request: Resource, sender: Sender) -> Referrer | None:
    asking = bundle.find(request, "requester")
    coded = list(codings([*asking, *bundle.find(asking, "practitioner")]))
    profession = next((c.code for c in coded if c.system == "9060"), "")
    role = next((c.code for c in coded if c.system == "9034"), "")
    return codes.referrer(profession, role, f"{sender.organisation or ''} {concept(asking, 'code')}")


def _kind(request: Resource, own: list[Coding]) -> MessageKind:
    coded = [LISTS["message_kind"].get(c.code) for c in own if c.system == "7309"]
    if coded and coded[0]:
        return MessageKind(coded[0])
    if text(request, "status") in ("revoked", "entered-in-error"):
        return MessageKind.CANCEL
    return MessageKind.CHANGE if "replaces" in request else MessageKind.NEW


def _urgency(request: Resource, own: list[Coding]) -> StatedUrgency | None:
    """The more urgent of the priority and any coded priority or cancer pathway."""
    ticked = [codes.urgency(c.code, c.words) for c in own if c.system in ("8304", "8306")]
    on_pathway = any(
        "pakkeforløp" in c.words.lower() or (c.system == "8480" and codes.is_cancer_pathway(c.code)) for c in own
    )
    priority = text(request, "priority")
    stated = codes.urgency(priority) if priority else None
    return codes.most_urgent([stated, *ticked, StatedUrgency.CANCER_PATHWAY if on_pathway else None])


def _wanted(request: Resource) -> str:
    return " ".join(
        texts([request.get("code"), request.get("orderDetail")], "text")
        + [c.words for c in codings(request.get("code"))]
    )


def _area(bundle: _Bundle, request: Resource, own: list[Coding], requested: str | None) -> Area | None:
    """From a coded specialty, else what is asked for, else the words for who is to do it."""
    performers = bundle.find(request, "performer")
    specialties = [c for c in (*own, *codings(performers)) if c.system in ("8451", "7426")]
    coded = [codes.specialty_area(c.system, c.code, c.words) for c in specialties]
    pathways = [codes.cancer_pathway_area(c.code, c.words) for c in own if c.system == "8480"]
    types = " ".join(c.words for c in codings(request.get("performerType")))
    named = " ".join([concept(request, "performerType"), types, _wanted(request)])
    receiver = " ".join([*texts(request, "performer", "display"), *texts(performers, "name")])
    certain = next(filter(None, (*coded, codes.requested_area(requested), *pathways)), None)
    return certain or codes.area_in(named) or codes.area_in(receiver)


def _diagnoses(request: Resource, related: list[Resource]) -> tuple[str, ...]:
    conditions = [r for r in related if r.get("resourceType") == "Condition" and not fhir_text.is_refuted(r)]
    stated = codings([request.get("reasonCode"), *(c.get("code") for c in conditions)])
    read = (codes.diagnosis(c.system, c.code) for c in stated if c.system in ("7170", "7110", ""))
    return tuple(dict.fromkeys(code for code in read if code))
