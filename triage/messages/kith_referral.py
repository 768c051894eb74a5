"""The body of one national referral becomes an `IncomingReferral`: the same reading for all three versions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from triage.domain.errors import NeedsPerson
from triage.domain.message import MessageHead
from triage.domain.referral import (
    Area,
    IncomingReferral,
    MessageKind,
    Patient,
    Referral,
    Referrer,
    StatedUrgency,
)
from triage.messages import codes, kith_head, kith_text
from triage.messages.attachments import Unpacked
from triage.messages.codes import LISTS
from triage.messages.content import notes_for_person, text_of, whole_text
from triage.messages.dates import parse_day
from triage.messages.patients import Identity, identify
from triage.messages.xml_tree import Element, child, children, display, inside, plain_text, value

_NO_PATIENT = "Meldingen sier ikke hvilken pasient den gjelder. Les den, og kontakt avsender."
_UNKNOWN_PATIENT = "Pasienten er oppgitt uten både fødselsnummer og fødselsdato. Avklar med avsender hvem det er."
_INTERPRETER = "Pasienten trenger tolk eller annen hjelp til å kommunisere."
_NO_NAME = "Pasientens navn mangler. Avklar med avsender hvem henvisningen gjelder."


@dataclass(frozen=True, slots=True)
class Request:
    """One referral in a message: its body, its patient, and the RefDoc that carries it in MsgHead."""

    body: Element
    patient: Element | None
    carrier: Element | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What all referrals of one message share."""

    head: MessageHead
    files: tuple[Unpacked, ...]
    received: date
    test: bool
    production: bool


def read_referral(request: Request, number: int, delivery: Delivery) -> IncomingReferral:
    """The `number`th referral of its message. NeedsPerson (E30, E31, E32) when the patient cannot be told."""
    body, head = request.body, delivery.head
    identity = _identity(request.patient, head)
    sent = _sent_date(request, head)
    attachments = tuple(file.attachment for file in delivery.files if file.attachment)
    blocks = kith_text.blocks(body) or text_of(attachments)
    requested = _requested(body)
    kind = _kind(body)
    return IncomingReferral(
        referral=Referral(
            id=f"{head.id}#{number}" if number > 1 else head.id or "",
            text=whole_text(blocks),
            area=_area(body, head, requested),
            requested=requested,
            age=identity.age_on(sent or delivery.received),
            sex=identity.sex,
            referrer=_referrer(request, head),
            stated_urgency=_urgency(body),
            codes=tuple(dict.fromkeys(_diagnoses(body))),
            sent_date=sent,
        ),
        patient=_patient(request, identity),
        sender=kith_head.sender(head, _sender_element(request)),
        seniority_date=_seniority_date(body),
        test_message=delivery.test or identity.is_test(production=delivery.production),
        kind=kind,
        attachments=attachments,
        blocks=blocks,
        notes_for_person=(
            *notes_for_person(kind, identity, blocks, delivery.files),
            *(() if _assistance(body) is None else (_INTERPRETER,)),
        ),
    )


def priority_is_unknown(body: Element) -> bool:
    return any(value(p) and not codes.urgency(value(p), display(p)) for p in inside(body, "Priority"))


def _identity(patient: Element | None, head: MessageHead) -> Identity:
    if patient is None:
        raise NeedsPerson(_NO_PATIENT, code="E30", head=head)
    if not _patient_name(patient):
        raise NeedsPerson(_NO_NAME, code="E32", head=head)
    sex = child(patient, "Sex")
    born = parse_day(value(child(patient, "DateOfBirth")))
    stated = codes.sex(value(sex), display(sex))
    identity = identify(kith_head.patient_numbers(patient), born=born, sex=stated, head=head)
    if identity.number is None and identity.birth_date is None:
        raise NeedsPerson(_UNKNOWN_PATIENT, code="E30", head=head)
    return identity


def _patient(request: Request, identity: Identity) -> Patient:
    patient = request.patient
    address = child(patient, "Address")
    assistance = _assistance(request.body)
    spoken = display(next(inside(assistance, "BehovTolkSprak", "Language", "Sprak"), None))
    town = f"{plain_text(child(address, 'PostalCode'))} {plain_text(child(address, 'City'))}".strip()
    lines = (plain_text(child(address, "StreetAdr")), plain_text(child(address, "Postbox")), town)
    counties = (value(child(a, "County")) for a in children(patient, "Address"))
    return Patient(
        name=_patient_name(patient),
        national_id=identity.national_id,
        birth_date=identity.birth_date,
        sex=identity.sex,
        address=tuple(line for line in lines if line),
        phone=kith_head.phone(patient),
        municipality=next((c for c in counties if re.fullmatch(r"\d{4}", c)), None),
        interpreter_language=spoken or None,
    )


def _patient_name(patient: Element | None) -> str | None:
    """In parts (MsgHead) or as one string (v1.x)."""
    return kith_head.person_name(patient) or plain_text(child(patient, "Name")) or None


def _assistance(body: Element) -> Element | None:
    return next(inside(body, "AssistertKommunikasjon", "NeedTranslator"), None)


def _sent_date(request: Request, head: MessageHead) -> date | None:
    """The day the referral was issued, else the day the message was made."""
    issued = (
        value(child(request.body, "IssueDate")),
        value(child(request.carrier, "IssueDate")),
        value(next(inside(request.body, "ReqDate"), None)),
        head.generated,
    )
    return next((day for text in issued if (day := parse_day(text))), None)


def _kind(body: Element) -> MessageKind:
    """It may be stated twice (v1.x); a cancellation or change in either place is what counts."""
    stated = (LISTS["message_kind"].get(value(e).upper(), MessageKind.NEW) for e in inside(body, "ServType"))
    return next((MessageKind(kind) for kind in stated if kind != MessageKind.NEW), MessageKind.NEW)


def _urgency(body: Element) -> StatedUrgency | None:
    """The more urgent of priority and cancer pathway; an emergency stands above both."""
    ticked = [codes.urgency(value(p), display(p)) for p in inside(body, "Priority")]
    on_pathway = any(codes.is_cancer_pathway(value(c), display(c)) for c in inside(body, "Pakkeforlopskode"))
    return codes.most_urgent([*ticked, StatedUrgency.CANCER_PATHWAY if on_pathway else None])


def _requested(body: Element) -> str | None:
    wanted = [e for service in inside(body, "Service") for e in children(service, "ServId")]
    booked = (LISTS["booking"].get(value(b)) for b in inside(body, "Booking"))
    words = " ".join(f"{e.get('DN', '')} {e.get('OT', '')} {plain_text(e)}" for e in wanted)
    return codes.requested_from([value(e) for e in wanted], words) or next(filter(None, booked), None)


def _area(body: Element, head: MessageHead, requested: str | None) -> Area | None:
    """From the specialty asked for, else what is asked for, else the name of the receiving unit."""
    services = list(inside(body, "Service"))
    places = (*services, *inside(body, "ReqServ", "ServProvider"))
    specialties = [specialty for place in places for specialty in inside(place, "MedSpeciality")]
    coded = (codes.specialty_area(s.get("S", ""), value(s), display(s)) for s in specialties)
    pathways = (codes.cancer_pathway_area(value(c), display(c)) for c in inside(body, "Pakkeforlopskode"))
    named = (display(e) for service in services for e in children(service, "ServId"))
    receiver = f"{head.receiver.unit_name} {head.receiver.name}"
    certain = next(filter(None, (*coded, codes.requested_area(requested), *pathways)), None)
    return certain or codes.area_in(" ".join(named)) or codes.area_in(receiver)


def _diagnoses(body: Element) -> Iterator[str]:
    """Coded diagnoses: `Diagnosis`, and the diagnosis headings of text blocks. A relative's stand elsewhere."""
    headed = [r for r in inside(body, "ReasonAsText") if value(child(r, "Heading")) == "DIAG"]
    items = [i for i in inside(body, "InfItem") if value(child(i, "Type")) in ("H", "B")]
    for diagnosis in (*inside(body, "Diagnosis"), *headed, *items):
        concepts = [e for e in inside(diagnosis, "Concept", "TextCode", "CodedDescr") if value(e)]
        yield from filter(None, (codes.diagnosis(e.get("S", ""), value(e)) for e in concepts))


def _seniority_date(body: Element) -> date | None:
    """The date that another hospital's right counts from (list 9147, type 1)."""
    stated = (
        parse_day(value(child(dated, "Dato")))
        for dated in inside(body, "DatoMottakOgVurdering")
        if value(child(dated, "TypeDato")) == "1"
    )
    return next(filter(None, stated), None)


def _sender_element(request: Request) -> Element | None:
    """Where the sender's own telephone stands."""
    root = request.body.getroottree().getroot()
    return next(inside(root, "Sender", "Requester"), None)


def _referrer(request: Request, head: MessageHead) -> Referrer | None:
    end = _sender_element(request)
    profession = next((value(e) for e in (*inside(end, "TypeHealthcareProfessional"), *inside(end, "Type"))), "")
    role = next(inside(end, "RoleToPatient"), None)
    names = f"{head.sender.unit_name} {head.sender.name} {display(role)}"
    return codes.referrer(profession, value(role), names)
