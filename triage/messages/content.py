"""What every format ends in: one referral with its people, its text, its files, and what a person must know."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from triage.domain.calendar import age_on
from triage.domain.message import MessageHead, Party
from triage.domain.referral import Attachment, IncomingReferral, Patient, Referral, Sender, Sex
from triage.messages import asked
from triage.messages.attachments import ELSEWHERE, readable_text
from triage.messages.blocks import Blocks, in_blocks
from triage.messages.codes import LISTS, problem
from triage.messages.decoding import tidy
from triage.messages.identity import parse_birth, parse_day, parse_national_id
from triage.messages.tree import NOTHING, Element, first, inside, text, texts, value, words

_LITTLE = 100  # characters
_NO_LETTER = ("Ønsket tjeneste", "Diagnoser", "Pakkeforløp")  # headings of what is coded and not told
OLDEST = 120  # years
MAX_REFERRALS = 50  # in one message; no sender has reason to send more at once
_CHECKED = ("FNR", "DNR", "")  # v1.x may leave the type out
_PLACEHOLDER = re.compile(r"\d{6}0{5}|(\d)\1{10}|.*[xX*?].*|")  # "no number" as some systems write it


@dataclass(frozen=True, slots=True)
class Request:
    id: str
    body: Element
    patient: Element
    party: Party  # who sends it
    ends: list[Element]  # where the sender's profession and telephone stand
    performers: list[Element]  # who is to give the service
    around: list[Element]  # the document that carries it, or the resources that belong to it
    blocks: Iterable[tuple[str, str]]  # heading, text
    files: Iterable[Attachment]
    test: bool  # marked as a test message


def incoming(request: Request, head: MessageHead, *, received: date, production: bool) -> IncomingReferral:
    """NeedsPerson (E31) when the patient cannot be told. The notes stand in the order of what matters most."""
    body, files, blocks = request.body, tuple(request.files), in_blocks(request.blocks)
    assistance = first(body, ".//AssistertKommunikasjon", ".//NeedTranslator")
    spoken = next(map(words, inside(assistance, "BehovTolkSprak", "Language", "Sprak")), "")
    patient, doubt = _patient(request.patient, head=head, received=received, spoken=spoken)
    number = parse_national_id(patient.national_id or "")
    said = asked.stated(body, request.performers)
    requested = asked.requested(said)
    sent = _sent(request, head)
    # A sender's clock may be ahead of ours; nobody is older than on the day we received the message.
    age = age_on(patient.birth_date, min(sent or received, received)) if patient.birth_date else None
    letters = _letters(blocks, files)
    blocks = (*blocks, *letters)
    notes = (
        kind := asked.kind(body, said),
        doubt,
        "" if any(heading not in _NO_LETTER for heading, _ in blocks) else "no_text",
        *(LISTS["file_notes"].get(file.media_type, "") for file in files),
        "unread" if any(file.media_type != ELSEWHERE and file.name not in dict(letters) for file in files) else "",
        "" if assistance is NOTHING else "interpreter",
    )
    return IncomingReferral(
        referral=Referral(
            id=request.id,
            text="\n\n".join(f"{heading}:\n{told}" if heading else told for heading, told in blocks),
            area=asked.area(said, requested=requested, receivers=" ".join(map(name, request.performers))),
            requested=requested,
            age=age if age is None or age <= OLDEST else None,
            sex=patient.sex,
            referrer=asked.referrer(request.ends, f"{request.party.unit_name} {request.party.name}"),
            stated_urgency=asked.most_urgent(said),
            codes=asked.diagnoses(body, request.around),
            sent_date=sent,
        ),
        patient=patient,
        sender=_sender(request.party, *request.ends),
        seniority_date=_seniority_date(body),
        test_message=request.test or bool(production and number and number.synthetic),
        kind=kind,
        attachments=tuple(file for file in files if file.body or file.media_type != ELSEWHERE),
        blocks=blocks,
        notes_for_person=tuple(dict.fromkeys(LISTS["notes"][note] for note in notes if note in LISTS["notes"])),
    )


def _letters(blocks: Blocks, files: Iterable[Attachment]) -> Blocks:
    """What can be read of the files, where the referral itself says little, as in "se vedlegg"."""
    if sum(len(said) for _, said in blocks) >= _LITTLE:
        return ()
    return in_blocks((file.name, readable_text(file)) for file in files)


def _sent(request: Request, head: MessageHead) -> date | None:
    """When it was issued, else when the message was made."""
    carriers = [text(carrier, "IssueDate") for carrier in request.around]
    stated = (*texts(request.body, "IssueDate", "authoredOn"), *carriers, *texts(request.body, ".//ReqDate"))
    return next(filter(None, map(parse_day, (*stated, head.generated))), None)


def _seniority_date(body: Element) -> date | None:
    """The date that another hospital's right counts from (list 9147, type 1)."""
    dated = [(asked.coding(first(e, "TypeDato")), text(e, "Dato")) for e in body.iterfind(".//DatoMottakOgVurdering")]
    stated = [day for kind, day in dated if kind.code == "1" or "ansiennitet" in kind.words.lower()]
    stated += [
        *texts(body, ".//Ansiennitetsdato"),
        *(text(e, "valueDate", "valueDateTime") for e in _extensions(body, "ansiennitet")),
    ]
    return next(filter(None, map(parse_day, stated)), None)


def _patient(person: Element, *, head: MessageHead, received: date, spoken: str) -> tuple[Patient, str]:
    """The patient, and the name of a note where it is uncertain who that is.

    NeedsPerson (E31) when a national number is wrong: it could be another living patient's. `spoken` is the language
    of the interpreter that the patient needs, if any.
    """
    given = [
        (kind, number) for kind, number in ids(person) if not _PLACEHOLDER.fullmatch(re.sub(r"[\s.-]", "", number))
    ]
    number = next(filter(None, (parse_national_id(number) for _, number in given)), None)
    if number is None and any(kind in _CHECKED for kind, _ in given):
        raise problem("wrong_number", head=head)
    born = parse_birth(text(person, "DateOfBirth", "birthDate"), received=received)
    known = number.birth_date if number else None
    sex = first(person, "Sex", "gender")
    stated_sex = LISTS["sex"].get(value(sex).lower()) or LISTS["sex"].get(words(sex).lower())
    address = first(person, "Address", "address")
    town = f"{text(address, 'PostalCode', 'postalCode')} {text(address, 'City', 'city')}".strip()
    who = Patient(
        name=name(person) or None,
        national_id=number.value if number else None,
        birth_date=known or born,
        sex=Sex(stated_sex) if stated_sex else number.sex if number else None,
        address=(*texts(address, "StreetAdr", "Postbox", "line"), *filter(None, [town])),
        phone=_phone(person),
        municipality=_municipality(person),
        interpreter_language=spoken or None,
    )
    doubt = "" if number else "other_number" if given else "no_number"
    return who, "contradiction" if born and known and born != known else doubt


def name(owner: Element) -> str:
    """In one piece, or in parts."""
    whole = text(owner, "OrganisationName", "Name", "name", "display")
    parts = [text(owner, part) for part in ("GivenName", "MiddleName", "FamilyName")]
    human = first(owner, "name")
    parts = parts if any(parts) else [*texts(human, "given"), text(human, "family")]
    return " ".join(tidy(whole or " ".join(filter(None, parts)) or text(human, "text")).split())


def ids(owner: Element) -> tuple[tuple[str, str], ...]:
    """(type in list 8116 or 9051, number): its own, then each `Ident`, `AdditionalId` or FHIR `identifier`."""
    pairs = [(text(owner, f"Type{own}"), text(owner, own)) for own in ("OffId", "Id") if owner.find(own) is not None]
    pairs += [(text(e, "TypeId", "Type"), text(e, "Id")) for e in owner if e.tag in ("Ident", "AdditionalId")]
    pairs += [(kind, text(e, "value")) for e in owner.iterfind("identifier") if (kind := _type(e))]
    return tuple((kind.upper(), number) for kind, number in pairs if number)


def _sender(party: Party, *ends: Element) -> Sender:
    """The sending party in the referral's own words; its telephone stands at one of the ends."""
    organisation, unit, person = (dict(reversed(pairs)) for pairs in (party.ids, party.unit_ids, party.person_ids))
    return Sender(
        organisation=party.name or party.unit_name or None,
        person=party.person_name or None,
        her_id=unit.get("HER") or organisation.get("HER"),
        person_her_id=person.get("HER"),
        organisation_number=organisation.get("ENH") or unit.get("ENH"),
        hpr=person.get("HPR"),
        phone=next(filter(None, map(_phone, ends)), None),
    )


def _phone(owner: Element) -> str | None:
    """The first telephone number: `tel:`, `callto:` or bare digits."""
    addresses = [value(e) for e in owner.iterfind(".//TeleAddress")]
    addresses += [text(e, "value") for e in owner.iterfind("telecom") if text(e, "system") in ("phone", "sms", "")]
    numbers = (a.split(":", 1)[-1].strip() for a in addresses if not a.lower().startswith(("mailto:", "fax:", "http")))
    return next((n for n in numbers if any(c.isdigit() for c in n)), None)


def _type(identifier: Element) -> str:
    """Of a FHIR identifier, in code list 8116 or 9051; empty for a number of another kind."""
    system = text(identifier, "system").lower().rstrip("/").removeprefix("urn:oid:")
    names = (text(identifier, "type/coding/code").upper(), system.rpartition("/")[2].upper())
    named = next((name for name in names if name in LISTS["identifiers"].values()), "")
    is_national = not system and parse_national_id(text(identifier, "value"))
    return str(LISTS["identifiers"].get(system) or named or ("FNR" if is_national else ""))


def _municipality(person: Element) -> str | None:
    """The number in County, or in either place of FHIR: on Address.district, or inside propertyinformation."""
    coded = [text(e, "valueCoding/code") for a in person.iterfind("address") for e in _extensions(a, "municipality")]
    return next((n for n in (*texts(person, "Address/County"), *coded) if re.fullmatch(r"\d{4}", n)), None)


def _extensions(owner: Element, named: str) -> list[Element]:
    """Extensions of FHIR whose address says the name."""
    return [e for e in owner.iterfind(".//extension") if named in (e.get("url") or text(e, "url")).lower()]
