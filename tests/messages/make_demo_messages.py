"""Makes the messages of `triage/demo/` from letters of the corpus: the same bytes each time.

    python -m tests.messages.make_demo_messages

Everything is invented: letters, people, practices, hospitals and numbers. National numbers are in the synthetic range
of Skatteetaten's test population (month + 80). The labels of the corpus are not used.
"""

import base64
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import typst
import yaml

from tests.messages.builders import (
    MSGHEAD,
    REFERRAL_10,
    REFERRAL_11,
    REFERRAL_20,
    attached,
    cv,
    encoded,
    organisation,
    reason,
    synthetic_number,
)
from tests.messages.fhir_builders import FNR, HER, as_json, coding, municipality_on_address, municipality_on_district
from triage.paths import DEMO_MESSAGES, LEXICON, MODELS

TODAY = date(2026, 11, 20)
KITH, FHIR, LINES = 44, 22, 120

MUNICIPALITIES = {
    "5001": "Trondheim", "5006": "Steinkjer", "5007": "Namsos", "5021": "Oppdal", "5025": "Røros", "5028": "Melhus",
    "5029": "Skaun", "5031": "Malvik", "5032": "Selbu", "5034": "Meråker", "5035": "Stjørdal", "5036": "Frosta",
    "5037": "Levanger", "5038": "Verdal", "5041": "Snåsa", "5047": "Overhalla", "5053": "Inderøy",
    "5054": "Indre Fosen", "5055": "Heim", "5056": "Hitra", "5057": "Ørland", "5059": "Orkland", "5060": "Nærøysund",
}  # fmt: skip
PRACTICES = {
    "gp": [
        "Fjordgløtt legesenter", "Granskogen legekontor", "Myrull legegruppe", "Havsula legesenter",
        "Tyttebærtunet legekontor",
        "Snøfonna legesenter", "Bekkasinveien legekontor", "Rognebærtreet legesenter", "Torvmyra legekontor",
    ],
    "optician": ["Brilletrollet optikk", "Klarsynt optikk"],
    "contract_specialist": ["Ugleredet spesialistpraksis (avtalespesialist)"],
    "private_clinic": ["Svaberget privatklinikk"],
    "emergency_clinic": ["Elgvika legevakt"],
    "hospital_doctor": ["Skarven sykehus HF"],
}  # fmt: skip
GIVEN = [
    "Blid",
    "Rolig",
    "Kjapp",
    "Mild",
    "Trygg",
    "Lur",
    "Kvikk",
    "Snill",
    "Rask",
    "Glad",
    "Stille",
    "Ivrig",
    "Munter",
]
FAMILY = [
    "Bokhylle",
    "Fjellvott",
    "Kaffekopp",
    "Lyngknopp",
    "Regnbue",
    "Sekkestol",
    "Tranebær",
    "Ullsokk",
    "Vaffel",
    "Åkerløk",
]
UNITS = {"endoscopy": "Gastrologisk avdeling", "eye": "Øyeavdelingen", "ent": "ØNH-avdelingen"}
SPECIALTY = {
    "endoscopy": [("140", "8451"), ("030", "8451"), ("193", "7426")],
    "eye": [("300", "8451"), ("46", "7426")],
    "ent": [("290", "8451"), ("45", "7426")],
}
SERVICE = {
    "gastroscopy": ("UJD02", "Gastroskopi"),
    "colonoscopy": ("UJF32", "Koloskopi"),
    "sigmoidoscopy": ("UJF42", "Sigmoidoskopi"),
}
SEX = {"male": "1", "female": "2"}
PRIORITY = {"routine": "N", "urgent": "3", "emergency": "0", "cancer_pathway": "PK", None: ""}
FHIR_PRIORITY = {"routine": "routine", "urgent": "urgent", "emergency": "stat", "cancer_pathway": "urgent"}
CODE_LISTS = {"ICPC-2": "7170", "ICD-10": "7110"}


class Maker:
    """One letter after the other becomes a message; who sends it and whom it is about is drawn, from one seed."""

    def __init__(self) -> None:
        self.random = random.Random(20261120)
        self.used: set[str] = set()
        lexicon = yaml.safe_load((LEXICON / "codes.yaml").read_text(encoding="utf-8"))
        named = (*lexicon["diagnoses_icd10"], *lexicon["reasons_icpc2"])
        self.letters = self.shuffled_letters()
        self.names = {row["code"]: row["name"].capitalize() for row in named}

    def shuffled_letters(self) -> list[dict[str, Any]]:
        files = [MODELS / "corpus" / f"dev{n:02}.jsonl" for n in range(1, 9)]
        found = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        self.random.shuffle(found)
        return found

    def next_letter(self, like: dict[str, Any] | None = None) -> dict[str, Any]:
        """The next letter that is not used; `like` asks for one about a patient of the same age and sex."""
        fits = (
            n
            for n, one in enumerate(self.letters)
            if like is None or (one["age"], one["sex"]) == (like["age"], like["sex"])
        )
        return self.letters.pop(next(fits))

    def sent(self) -> date:
        day = TODAY - timedelta(days=int(self.random.triangular(0, 42, 4)))
        return day - timedelta(days=max(0, day.weekday() - 4))

    def person(self, letter: dict[str, Any], sent: date) -> dict[str, str]:
        """Name, number and home that fit the letter's age and sex on the day it was sent."""
        newest = date(sent.year - letter["age"], sent.month, min(sent.day, 28))
        born = newest - timedelta(days=self.random.randrange(0, 364))
        numbers = (synthetic_number(born, female=letter["sex"] == "female", serial=n) for n in range(0, 300, 7))
        number = next(n for n in numbers if n not in self.used)
        self.used.add(number)
        municipality = self.random.choice([*MUNICIPALITIES, *["5001"] * 8])
        return {
            "number": number,
            "born": born.isoformat(),
            "given": self.random.choice(GIVEN),
            "family": self.random.choice(FAMILY),
            "municipality": municipality,
            "city": MUNICIPALITIES[municipality],
            "phone": f"000{self.random.randrange(10000, 99999)}",
        }

    def practice(self, letter: dict[str, Any]) -> tuple[str, str]:
        """Name and HER-id of a sender of the letter's kind."""
        names = [name for group in PRACTICES.values() for name in group]
        name = self.random.choice(PRACTICES[letter["referrer"]])
        return name, str(9900100 + names.index(name))

    def diagnoses(self, letter: dict[str, Any]) -> str:
        pairs = [code.split(":") for code in letter["codes"]]
        concepts = (
            cv("Concept", code, self.names.get(code.replace(".", ""), ""), CODE_LISTS[list_]) for list_, code in pairs
        )
        return "".join(f"<Diagnosis>{concept}</Diagnosis>" for concept in concepts)

    def request(self, letter: dict[str, Any]) -> str:
        code, name = SERVICE.get(letter["requested"], ("", ""))
        wanted = cv("ServId", code, name, "7275" if code else "") if code else ""
        number, list_ = self.random.choice(SPECIALTY[letter["area"]])
        ticked = cv("Priority", PRIORITY[letter["stated_urgency"]]) if letter["stated_urgency"] else ""
        specialty = cv("MedSpeciality", number, s=list_)
        return f"<ReqServ>{cv('ServType', 'N')}{ticked}<Service>{wanted}{specialty}</Service></ReqServ>"


def doctor(practice: str, referrer: str) -> str:
    """The one who signs; roles only where the standard has them."""
    number = 9900000 + sum(map(ord, practice)) % 9999
    role = cv("RoleToPatient", "6", "Fastlege", "9034") if referrer == "gp" else ""
    kind = cv("TypeHealthcareProfessional", "OP" if referrer == "optician" else "LE")
    ident = f"<Ident><Id>{number}</Id>{cv('TypeId', 'HPR', 'HPR-nummer', '8116')}</Ident>"
    family, given = FAMILY[number % len(FAMILY)], GIVEN[number % len(GIVEN)]
    names = f"<FamilyName>{family}</FamilyName><GivenName>{given}</GivenName>"
    return f"<HealthcareProfessional>{kind}{role}{names}{ident}</HealthcareProfessional>"


def version_20(maker: Maker, index: int, letters: list[dict[str, Any]], extra: str = "", status: str = "P") -> str:
    letter, sent = letters[0], maker.sent()
    who, (practice, her) = maker.person(letter, sent), maker.practice(letter)
    sender = organisation(practice, her, doctor(practice, letter["referrer"]))
    receiver = organisation("Midtby universitetssykehus", "9900001", organisation(UNITS[letter["area"]], "9900002"))
    ident = f"<Ident><Id>{who['number']}</Id>{cv('TypeId', 'FNR', 'Fødselsnummer', '8116')}</Ident>"
    patient = (
        f"<FamilyName>{who['family']}</FamilyName><GivenName>{who['given']}</GivenName>"
        f"<DateOfBirth>{who['born']}</DateOfBirth>{cv('Sex', SEX[letter['sex']])}{ident}<Address>"
        f"{cv('Type', 'H')}<City>{who['city']}</City>{cv('County', who['municipality'])}</Address>"
        f"<TeleCom>{cv('TeleAddress', 'tel:' + who['phone'])}</TeleCom>"
    )
    info = (
        f"{cv('Type', 'HENVISNING', 'Henvisning')}<MIGversion>v1.2 2006-05-24</MIGversion>"
        f"<GenDate>{sent}T{8 + index % 8:02}:{index % 60:02}:00</GenDate><MsgId>demo-{index:03}-{her}</MsgId>"
        f"{cv('ProcessingStatus', status)}{cv('Ack', 'J')}<Sender>{sender}</Sender>"
        f"<Receiver>{receiver}</Receiver><Patient>{patient}</Patient>"
    )
    documents = "".join(
        f"<Document><RefDoc>{cv('IssueDate', str(sent))}{cv('MsgType', 'XML')}<Content>"
        f'<Henvisning xmlns="{REFERRAL_20}">{body_of(maker, index, one)}{extra}</Henvisning>'
        "</Content></RefDoc></Document>"
        for one in letters
    )
    return f'<MsgHead xmlns="{MSGHEAD}"><MsgInfo>{info}</MsgInfo>{documents}</MsgHead>'


def body_of(maker: Maker, index: int, letter: dict[str, Any]) -> str:
    """The same letter in several vendors' manners."""
    manner = index % 4
    if manner == 1:
        return maker.diagnoses(letter) + reason(letter["text"], "") + maker.request(letter)
    if manner == 2:
        item = (
            f"<InfItem>{cv('Type', 'OPPL', s='8233')}<Observation>{reason(letter['text'], '')}</Observation></InfItem>"
        )
        return maker.request(letter) + item + maker.diagnoses(letter)
    if manner == 3:
        lines = "".join(f"<p>{escape(line)}</p>" for line in letter["text"].split("\n") if line)
        return maker.request(letter) + reason(f'<div xmlns="http://www.w3.org/1999/xhtml">{lines}</div>', raw=True)
    return maker.request(letter) + reason(letter["text"]) + maker.diagnoses(letter)


def version_1(maker: Maker, index: int, letter: dict[str, Any], namespace: str) -> str:
    sent = maker.sent()
    who, (practice, her) = maker.person(letter, sent), maker.practice(letter)
    receiver = (
        f"<HCP><Inst><Name>Midtby universitetssykehus</Name><Id>9900001</Id>{cv('TypeId', 'HER')}"
        f"<Dept><Name>{UNITS[letter['area']]}</Name><Id>9900002</Id>{cv('TypeId', 'HER')}</Dept></Inst></HCP>"
    )
    name = f"<Name>{FAMILY[index % 10]}, {GIVEN[index % 13]}</Name>"
    signed = f"<HCPerson>{name}<Id>{9900000 + index}</Id>{cv('TypeId', 'HPR')}</HCPerson>"
    requester = f"<HCP><Inst><Name>{practice}</Name><Id>{her}</Id>{cv('TypeId', 'HER')}{signed}</Inst></HCP>"
    patient = (
        f"<Name>{who['family']}, {who['given']}</Name><OffId>{who['number']}</OffId>{cv('TypeOffId', 'FNR')}"
        f"{cv('Sex', SEX[letter['sex']])}{cv('DateOfBirth', who['born'])}"
        f"<Address>{cv('Type', 'H')}<City>{who['city']}</City>{cv('County', who['municipality'])}</Address>"
    )
    return (
        f'<Message xmlns="{namespace}">{cv("Type", "HENVISNING", "Henvisning")}<MIGversion>v1.1</MIGversion>'
        f"{cv('GenDate', str(sent))}<MsgId>demo-{index:03}-{her}</MsgId><ServReq>{cv('IssueDate', str(sent))}"
        f"<Requester>{requester}</Requester><ServProvider>{receiver}</ServProvider><Patient>{patient}</Patient>"
        f"{body_of(maker, index, letter)}</ServReq></Message>"
    )


def kith_messages(maker: Maker) -> Iterator[bytes]:
    seniority = (
        f"<DatoMottakOgVurdering>{cv('TypeDato', '1', s='9147')}{cv('Dato', '2026-09-15')}</DatoMottakOgVurdering>"
    )
    for index in range(1, KITH + 1):
        letter = maker.next_letter()
        if index == 7:
            text = version_20(maker, index, [letter], f"<VurderingAvHenvisning>{seniority}</VurderingAvHenvisning>")
        elif index == 13:
            text = version_20(maker, index, [letter], status="D")
        elif index == 19:
            text = version_20(maker, index, [letter, maker.next_letter(like=letter)])
        elif index % 3 == 0:
            text = version_1(maker, index, letter, REFERRAL_11 if index % 2 else REFERRAL_10)
        else:
            text = version_20(maker, index, [letter])
        yield in_manner(index, with_attachments(index, text))


def with_attachments(index: int, text: str) -> str:
    if index not in (4, 10, 16):
        return text
    pdf = typst.compile(
        "#set document(date: none)\nOppdiktet prøvesvar. Hb 10,2 g/dL, ferritin 8 µg/L.".encode(), format="pdf"
    )
    file = attached(base64.b64encode(pdf).decode(), name="Prøvesvar.pdf")
    return text.replace("</MsgHead>", f"{file}</MsgHead>")


def in_manner(index: int, text: str) -> bytes:
    """Rightly and wrongly labelled bytes, prefixes, a wrapper: all as they are met."""
    if index % 11 == 5:
        return encoded(text, "cp1252", label="ISO-8859-1")
    if index % 11 == 6:
        return b"\xef\xbb\xbf" + encoded(text)
    if index % 11 == 7:
        return encoded(text, label="ISO-8859-1")
    if index % 11 == 8:
        return encoded(f'<EI_fellesformat xmlns="http://www.nav.no/xml/eiff/2/">{text}</EI_fellesformat>')
    return encoded(text)


def fhir_bundle(maker: Maker, index: int, letter: dict[str, Any]) -> bytes:
    sent = maker.sent()
    who, (practice, her) = maker.person(letter, sent), maker.practice(letter)
    home = municipality_on_district(who["municipality"]) if index % 2 else municipality_on_address(who["municipality"])
    code, name = SERVICE.get(letter["requested"], ("", ""))
    number, list_ = maker.random.choice(SPECIALTY[letter["area"]])
    pairs = [pair.split(":") for pair in letter["codes"]]
    urgent = letter["stated_urgency"]
    request = {
        "resourceType": "ServiceRequest",
        "id": "henvisning",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:demo:{index:03}-{her}"}],
        "status": "active",
        "intent": "order",
        **(
            {"category": [{"coding": [coding("PK", "8306", "Pakkeforløp kreft")]}]}
            if urgent == "cancer_pathway"
            else {}
        ),
        **({"priority": FHIR_PRIORITY[urgent]} if urgent else {}),
        **({"code": {"coding": [coding(code, "7275", name)]}} if code else {}),
        "subject": {"reference": "Patient/pasient"},
        "authoredOn": str(sent),
        "requester": {"reference": "PractitionerRole/henviser"},
        "performerType": {"coding": [coding(number, list_)]},
        "reasonCode": [
            {"coding": [coding(c, CODE_LISTS[s], maker.names.get(c.replace(".", ""), ""))]} for s, c in pairs
        ],
        "note": [{"text": letter["text"]}],
    }
    resources = [
        {k: v for k, v in request.items() if v},
        {
            "resourceType": "Patient",
            "id": "pasient",
            "identifier": [{"system": FNR, "value": who["number"]}],
            "name": [{"family": who["family"], "given": [who["given"]]}],
            "gender": letter["sex"],
            "birthDate": who["born"],
            "address": [{"city": who["city"], **home}],
        },
        {"resourceType": "PractitionerRole", "id": "henviser", "organization": {"reference": "Organization/avsender"}},
        {
            "resourceType": "Organization",
            "id": "avsender",
            "identifier": [{"system": HER, "value": her}],
            "name": practice,
        },
    ]
    kind = ("transaction", "message", "collection")[index % 3]
    if kind == "message":
        source, focus = {"endpoint": "urn:demo:avsender"}, [{"reference": "ServiceRequest/henvisning"}]
        header = {
            "resourceType": "MessageHeader",
            "id": "hode",
            "eventUri": "urn:demo:henvisning",
            "source": source,
            "focus": focus,
        }
        resources.insert(0, header)
    entries = [{"fullUrl": f"urn:demo:{index}:{r['id']}", "resource": r, **how(kind, r)} for r in resources]
    named = {"system": "urn:ietf:rfc:3986", "value": f"urn:demo:bundle:{index:03}"}
    bundle = {
        "resourceType": "Bundle",
        "identifier": named,
        "type": kind,
        "timestamp": f"{sent}T10:00:00+01:00",
        "entry": entries,
    }
    return as_json(bundle, indent=1)


def how(kind: str, resource: dict[str, Any]) -> dict[str, Any]:
    """What a transaction asks the server to do with each entry."""
    return {"request": {"method": "POST", "url": resource["resourceType"]}} if kind == "transaction" else {}


def record(maker: Maker, letter: dict[str, Any]) -> str:
    known = {name: value for name, value in letter.items() if name not in ("gold", "traps")}
    practice, _ = maker.practice(letter)
    home = maker.random.choice([*MUNICIPALITIES, *["5001"] * 8])
    more = {"sent_date": str(maker.sent()), "sender_name": practice, "municipality": home}
    return json.dumps({**known, **more}, ensure_ascii=False)


def main(folder: Path = DEMO_MESSAGES) -> None:
    maker = Maker()
    for name in ("kith", "fhir", "table"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for index, body in enumerate(kith_messages(maker), start=1):
        (folder / "kith" / f"henvisning-{index:03}.xml").write_bytes(body)
    for index in range(1, FHIR + 1):
        (folder / "fhir" / f"henvisning-{index:03}.json").write_bytes(fhir_bundle(maker, index, maker.next_letter()))
    lines = "".join(f"{record(maker, maker.next_letter())}\n" for _ in range(LINES))
    (folder / "table" / "referrals.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
