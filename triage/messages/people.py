"""The people of a message in every format: who it is about, who sends it, and by which numbers they are known."""

import re
from datetime import date

from triage.domain.message import MessageHead, Party
from triage.domain.referral import Patient, Sender, Sex
from triage.messages.codes import LISTS, problem
from triage.messages.decoding import tidy
from triage.messages.identity import parse_birth, parse_national_id
from triage.messages.tree import Element, first, text, texts, value, words

Ids = tuple[tuple[str, str], ...]

_CHECKED = ("FNR", "DNR", "")  # v1.x may leave the type out
_PLACEHOLDER = re.compile(r"\d{6}0{5}|(\d)\1{10}|.*[xX*?].*|")  # "no number" as some systems write it
_MUNICIPALITY = re.compile(r"municipality(?:code)?$")


def patient(person: Element, *, head: MessageHead, received: date, spoken: str) -> tuple[Patient, str]:
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
        phone=phone(person),
        municipality=_municipality(person),
        interpreter_language=spoken or None,
    )
    doubt = "" if number else "other_number" if given else "no_number"
    return who, "contradiction" if born and known and born != known else doubt


def name(owner: Element) -> str:
    """In one piece, or in parts."""
    whole = text(owner, "OrganisationName", "Name", "name", "display", "name/text")
    parts = texts(owner, "GivenName", "MiddleName", "FamilyName") or texts(first(owner, "name"), "given", "family")
    return " ".join(tidy(" ".join(parts) or whole).split())


def ids(owner: Element) -> Ids:
    """(type in list 8116 or 9051, number): its own, then each `Ident`, `AdditionalId` or FHIR `identifier`."""
    pairs = [(text(owner, f"Type{own}"), text(owner, own)) for own in ("OffId", "Id") if owner.find(own) is not None]
    pairs += [(text(e, "TypeId", "Type"), text(e, "Id")) for e in owner if e.tag in ("Ident", "AdditionalId")]
    pairs += [(kind, text(e, "value")) for e in owner.iterfind("identifier") if (kind := _type(e))]
    return tuple((kind.upper(), number) for kind, number in pairs if number)


def sender(party: Party, *ends: Element) -> Sender:
    """The sending party in the referral's own words; its telephone stands at one of the ends."""
    organisation, unit, person = (dict(reversed(pairs)) for pairs in (party.ids, party.unit_ids, party.person_ids))
    return Sender(
        organisation=party.name or party.unit_name or None,
        person=party.person_name or None,
        her_id=unit.get("HER") or organisation.get("HER"),
        person_her_id=person.get("HER"),
        organisation_number=organisation.get("ENH") or unit.get("ENH"),
        hpr=person.get("HPR"),
        phone=next(filter(None, map(phone, ends)), None),
    )


def phone(owner: Element) -> str | None:
    """The first telephone number: `tel:`, `callto:` or bare digits."""
    addresses = [value(e) for e in owner.iterfind(".//TeleAddress")]
    addresses += [text(e, "value") for e in owner.iterfind("telecom") if text(e, "system") in ("phone", "sms", "")]
    numbers = (a.split(":", 1)[-1].strip() for a in addresses if not a.lower().startswith(("mailto:", "fax:", "http")))
    return next((n for n in numbers if any(c.isdigit() for c in n)), None)


def _type(identifier: Element) -> str:
    """Of a FHIR identifier, in code list 8116 or 9051; empty for a number of another kind."""
    system = text(identifier, "system").lower().rstrip("/").removeprefix("urn:oid:")
    named = text(identifier, "type/coding/code").upper()
    return str(LISTS["identifiers"].get(system) or (named if named in LISTS["identifiers"].values() else ""))


def _municipality(person: Element) -> str | None:
    """The number in County, or in either place of FHIR: on Address.district, or inside propertyinformation."""
    extensions = person.iterfind("address//extension")
    coded = [text(e, "valueCoding/code") for e in extensions if _MUNICIPALITY.search(e.get("url") or text(e, "url"))]
    return next((n for n in (*texts(person, "Address/County"), *coded) if re.fullmatch(r"\d{4}", n)), None)
