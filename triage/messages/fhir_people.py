"""Who a FHIR referral is about, and who asks."""

import re
from collections.abc import Iterator

from triage.domain.errors import NeedsPerson
from triage.domain.message import MessageHead
from triage.domain.referral import Patient, Referrer, Sender
from triage.messages import codes
from triage.messages.codes import LISTS
from triage.messages.dates import parse_day
from triage.messages.fhir_tree import Bundle, Resource, codings, concept, of_type, resources, text, texts
from triage.messages.patients import Identity, identify

_NO_PATIENT = "FHIR-meldingen sier ikke hvilken pasient den gjelder. Les den, og kontakt avsender."
_NATIONAL = ("FNR", "DNR", "FHN", "HNR", "DUF")
_MUNICIPALITY = re.compile(r"municipality(?:code)?$")


def subject_of(bundle: Bundle, request: Resource, head: MessageHead) -> Resource:
    """The Patient; when the reference leads nowhere, the only one there is, else what the reference itself says.

    NeedsPerson (E30) when there is none of these.
    """
    patients = bundle.of_type("Patient")
    found = [*bundle.find(request, "subject"), *(patients if len(patients) == 1 else [])]
    if found:
        return found[0]
    if not text(request, "subject", "identifier", "value"):
        raise NeedsPerson(_NO_PATIENT, code="E30", head=head)
    shown = text(request, "subject", "display")
    return {"identifier": list(resources(request, "subject", "identifier")), "name": {"text": shown}}


def identity_of(person: Resource, head: MessageHead) -> Identity:
    numbers = [(_type(i), text(i, "value")) for i in resources(person, "identifier") if _type(i) in _NATIONAL]
    born = parse_day(text(person, "birthDate"))
    return identify(numbers, born=born, sex=codes.sex(text(person, "gender")), head=head)


def patient(person: Resource, identity: Identity) -> Patient:
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


def sender_of(bundle: Bundle, request: Resource) -> Sender:
    """Whoever asks: a role with its person and organisation, or one of them, or a name alone."""
    asking = bundle.find(request, "requester")
    bundle = bundle.around(asking[0]) if asking else bundle
    roles = of_type(asking, "PractitionerRole")
    people = [*of_type(asking, "Practitioner"), *bundle.find(roles, "practitioner")]
    units = [*of_type(asking, "Organization"), *bundle.find(roles, "organization")]
    shown, link = text(request, "requester", "display"), text(request, "requester", "reference")
    is_unit = "Organization/" in link
    return Sender(
        organisation=text(units, "name")
        or text(roles, "organization", "display")
        or (shown if is_unit else "")
        or None,
        person=_name(people) or text(roles, "practitioner", "display") or ("" if units or is_unit else shown) or None,
        her_id=_number(units, "HER"),
        person_her_id=_number([*people, *roles], "HER"),
        organisation_number=_number(units, "ENH"),
        hpr=_number([*people, *roles], "HPR"),
        phone=text([*roles, *units], "telecom", "value") or None,
    )


def referrer_of(bundle: Bundle, request: Resource, sender: Sender) -> Referrer | None:
    asking = bundle.find(request, "requester")
    coded = list(codings([*asking, *bundle.find(asking, "practitioner")]))
    profession = next((c.code for c in coded if c.system == "9060"), "")
    role = next((c.code for c in coded if c.system == "9034"), "")
    return codes.referrer(profession, role, f"{sender.organisation or ''} {concept(asking, 'code')}")


def _type(identifier: Resource) -> str:
    """In code list 8116 or 9051; empty for a number of another kind."""
    system = text(identifier, "system").lower().rstrip("/")
    return str(LISTS["identifiers"].get(system) or LISTS["identifiers"].get(f"urn:oid:{system}", ""))


def _number(owner: object, kind: str) -> str | None:
    numbers = ((_type(i), text(i, "value")) for i in resources(owner, "identifier"))
    return next((number for found, number in numbers if found == kind and number), None)


def _municipalities(person: Resource) -> Iterator[str]:
    """Both places of the number: an extension on Address.district, and one inside propertyinformation."""
    own = list(resources(person, "address", "extension"))
    for extension in (*resources(person, "address", "_district", "extension"), *own, *resources(own, "extension")):
        number = text(extension, "valueCoding", "code")
        if _MUNICIPALITY.search(text(extension, "url")) and re.fullmatch(r"\d{4}", number):
            yield number


def _name(person: object) -> str:
    named = next(resources(person, "name"), {})
    return " ".join([*texts(named, "given"), text(named, "family")]).strip() or text(named, "text")
