"""Whole messages as very different systems write them, beside what each must be read as.

Each is written out by hand and not by the builders, so that nothing is the same by accident.
"""

import base64
import json
from html import escape
from typing import Any

from tests.messages.builders import synthetic_number

WOMAN = synthetic_number()  # born 14 March 1961
MAN = synthetic_number(female=False)
CHILD_BORN = "2019-05-04"
LETTER = "Blod i avføringen i fire uker og vekttap på 5 kg. Hb 9,8."
OID = "2.16.578.1.12.4.1.1"
RTF = (
    r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator Ordbok;}\f0\fs22 Blod i avf\'f8ringen i fire uker "
    r"og vekttap p\u229?  5 kg.\par Hb 9,8.\par}"
).replace("  5", " 5")
CDA = (
    '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><recordTarget><patientRole><patient><name>'
    "<given>Line</given></name></patient></patientRole></recordTarget><component><structuredBody><component><section>"
    "<title>Aktuelt</title><text><paragraph>Blod i avføringen i fire uker og vekttap på 5 kg.</paragraph><list><item>"
    "Hb 9,8.</item></list></text></section></component></structuredBody></component></ClinicalDocument>"
)


def b64(text: str | bytes) -> str:
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def person(number: str = WOMAN, more: str = "<Sex V='2' DN='Kvinne'/>") -> str:
    ident = f"<Ident><Id>{number}</Id><TypeId V='FNR' S='{OID}.8116'/></Ident>" if number else ""
    return f"<Patient><FamilyName>Testesen</FamilyName><GivenName>Line</GivenName>{more}{ident}</Patient>"


def referral(content: str = f"<ReasonAsText><TextResultValue>{LETTER}</TextResultValue></ReasonAsText>") -> str:
    asked = (
        "<ReqServ><Priority V='3' DN='Haster'/><Service><ServId V='UJF32' DN='Koloskopi'/>"
        f"<MedSpeciality V='140' S='{OID}.8451'/></Service></ReqServ>"
    )
    space = "http://ehelse.no/xmlstds/henvisning/2017-11-30"
    return f"<Henvisning xmlns='{space}'><IssueDate V='2026-11-10'/>{content}{asked}</Henvisning>"


def head(
    documents: str,
    *,
    patients: str | None = None,
    name: str = "Solbakken legekontor",
    generated: str = "2026-11-11T09:00:00",
    more: str = "",
) -> str:
    return (
        "<MsgHead xmlns='http://www.kith.no/xmlstds/msghead/2006-05-24'><MsgInfo><Type V='HENVISNING'/>"
        f"<MIGversion>v1.2 2006-05-24</MIGversion><GenDate>{generated}</GenDate><MsgId>m-1</MsgId>{more}<Sender>"
        f"<Organisation><OrganisationName>{name}</OrganisationName><Ident><Id>81</Id><TypeId V='HER'/></Ident>"
        "</Organisation></Sender><Receiver><Organisation><OrganisationName>Midtby sykehus</OrganisationName><Ident>"
        "<Id>91</Id><TypeId V='HER'/></Ident></Organisation></Receiver>"
        f"{person() if patients is None else patients}</MsgInfo>{documents}</MsgHead>"
    )


def refdoc(content: str, *, more: str = "<MsgType V='XML'/>") -> str:
    return f"<Document><RefDoc>{more}<Content>{content}</Content></RefDoc></Document>"


def container(data: str) -> str:
    return f"<Base64Container xmlns='http://www.kith.no/xmlstds/base64container'>{data}</Base64Container>"


def with_file(data: str) -> str:
    empty = referral("<ReasonAsText><Heading V='PROB'/></ReasonAsText>")
    return head(refdoc(empty) + refdoc(container(data), more="<MsgType V='A'/><Description>Brev</Description>"))


def old(
    *parts: str,
    version: str = "2012-02-15",
    issued: str = "<IssueDate V='2026-11-10'/>",
    patient: str = f"<Patient><Name>Line Testesen</Name><OffId>{WOMAN}</OffId><TypeOffId V='FNR'/></Patient>",
    requester: str = "<HCP><Inst><Name>Solbakken legekontor</Name><Id>81</Id><TypeId V='HER'/></Inst></HCP>",
) -> str:
    return (
        f"<Message xmlns='http://www.kith.no/xmlstds/henvisning/{version}'><Type V='HENVISNING'/>"
        f"<MIGversion>v1.1</MIGversion><GenDate V='2026-11-11'/><MsgId>gammel-1</MsgId><ServReq>{issued}"
        f"{''.join(parts)}<Requester>{requester}</Requester>{patient}</ServReq></Message>"
    )


def prose(text: str = LETTER) -> str:
    return f"<ReasonAsText><Heading V='PROB'/><TextResultValue>{text}</TextResultValue></ReasonAsText>"


DIPS = """<?xml version="1.0" encoding="ISO-8859-1"?>\r
<ns1:MsgHead xmlns:ns1="http://www.kith.no/xmlstds/msghead/2006-05-24"\r
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x MsgHead-v1_2.xsd">\r
  <ns1:MsgInfo>\r
    <ns1:Type V="HENVISNING_VIDERE" DN="Viderehenvisning"/>\r
    <ns1:MIGversion>v1.2 2006-05-24</ns1:MIGversion>\r
    <ns1:GenDate>2026-11-09T23:40:00Z</ns1:GenDate>\r
    <ns1:MsgId>{7E5C8B1A-0000-4000-8000-00000000000A}</ns1:MsgId>\r
    <ns1:ProcessingStatus V="P" DN="Produksjon"/>\r
    <ns1:Sender><ns1:Organisation>\r
      <ns1:OrganisationName>Lillevik sykehus HF</ns1:OrganisationName>\r
      <ns1:Ident><ns1:Id>60</ns1:Id><ns1:TypeId V="HER" S="2.16.578.1.12.4.1.1.9051" DN="HER-id"/></ns1:Ident>\r
      <ns1:Organisation><ns1:OrganisationName>Medisinsk poliklinikk</ns1:OrganisationName></ns1:Organisation>\r
    </ns1:Organisation></ns1:Sender>\r
    <ns1:Receiver><ns1:Organisation><ns1:OrganisationName>Midtby sykehus</ns1:OrganisationName>\r
    </ns1:Organisation></ns1:Receiver>\r
    <ns1:Patient>\r
      <ns1:FamilyName>Testesen</ns1:FamilyName>\r
      <ns1:GivenName>Ola</ns1:GivenName>\r
      <ns1:Ident><ns1:Id>NUMMER</ns1:Id><ns1:TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116"/></ns1:Ident>\r
      <ns1:Address><ns1:Type V="HP"/><ns1:City>Steinkjer</ns1:City>
        <ns1:County V="5006" S="2.16.578.1.12.4.1.1.3402" DN="Steinkjer"/></ns1:Address>\r
    </ns1:Patient>\r
  </ns1:MsgInfo>\r
  <ns1:Document><ns1:DocumentConnection V="H"/><ns1:RefDoc><ns1:MsgType V="XML"/><ns1:Content>\r
    <ns5:Henvisning xmlns:ns5="http://ehelse.no/xmlstds/henvisning/2017-11-30" xmlns:po="http://x.invalid/po">\r
      <ns5:VurderingAvHenvisning><po:DatoMottakOgVurdering>
        <po:TypeDato DN="Ansiennitetsdato"/><po:Dato>2026-09-02T00:00:00</po:Dato>
      </po:DatoMottakOgVurdering></ns5:VurderingAvHenvisning>\r
      <ns5:InfItem><ns5:Type V="ANAM"/><ns5:Observation><ns5:Description>Blod i avføringen i fire uker
og vekttap på 5 kg.</ns5:Description></ns5:Observation></ns5:InfItem>\r
      <ns5:Diagnosis><ns5:Concept V="C18.9" S="urn:oid:2.16.578.1.12.4.1.1.7110" DN="Kreft"/></ns5:Diagnosis>\r
      <ns5:Pakkeforlop><ns5:Pakkeforlopskode V="A12A" DN="Pakkeforløp start"/></ns5:Pakkeforlop>\r
    </ns5:Henvisning>\r
  </ns1:Content></ns1:RefDoc></ns1:Document>\r
</ns1:MsgHead>\r
""".replace("NUMMER", MAN)

SOAP = (
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header/><s:Body><Send xmlns='urn:x'><Payload>"
    "{}</Payload></Send></s:Body></s:Envelope>"
)

BASE = {"age_at_referral": 65, "sex": "female", "sent_date": "2026-11-10", "sender_name": "Solbakken legekontor"}
COLONOSCOPY = {**BASE, "area": "endoscopy", "urgency": "urgent", "text": "vekttap på 5 kg", "test_message": False}


def fhir_request(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": "1",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-11-10T10:00:00+01:00",
        "priority": "asap",
        "subject": {"reference": "urn:uuid:pasient"},
        "requester": {"reference": "urn:uuid:rolle"},
        "performerType": {"text": "Fordøyelsessykdommer"},
        **more,
    }


def fhir_person(**more: Any) -> dict[str, Any]:
    number = [{"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": WOMAN}]
    names = [{"use": "official", "family": "Testesen", "given": ["Line", "Prøve"]}]
    return {"resourceType": "Patient", "identifier": number, "name": names, "gender": "female", **more}


def fhir(*resources: dict[str, Any], kind: str = "message") -> dict[str, Any]:
    role = {
        "resourceType": "PractitionerRole",
        "organization": {"display": "Solbakken legekontor"},
        "practitioner": {"display": "Kari Lege"},
    }
    named = [("urn:uuid:pasient", fhir_person()), ("urn:uuid:rolle", role)]
    entries = [{"fullUrl": url, "resource": r} for url, r in named] + [{"resource": r} for r in resources]
    return {"resourceType": "Bundle", "type": kind, "timestamp": "2026-11-11T08:00:00Z", "entry": entries}


def document(kind: str, data: str) -> dict[str, Any]:
    file = {"contentType": kind, "data": data, "title": "Henvisning"}
    return {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": file}]}


def as_bytes(tree: dict[str, Any]) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode()


LETTER_ELEMENT = referral(prose())
READ: dict[str, tuple[bytes, dict[str, Any]]] = {
    "a hospital system: prefixes everywhere, Latin-1, Windows line ends, a right from another hospital": (
        DIPS.encode("latin-1"),
        {
            "age_at_referral": 65,
            "sex": "male",
            "area": "endoscopy",
            "sent_date": "2026-11-10",
            "urgency": "cancer_pathway",
            "codes": ["ICD-10:C18.9"],
            "sender_name": "Lillevik sykehus HF",
            "municipality": "5006",
            "seniority_date": "2026-09-02",
            "text": "Sykehistorie:\nBlod i avføringen i fire uker\nog vekttap",
        },
    ),
    "a practice system: version 1.1 in Windows-1252 that says ISO-8859-1, a moment with seven decimals": (
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?>\r\n"
            + old(
                "<ReqServ><Priority V='PK'/></ReqServ>",
                prose("Vekttap – 5 kg på «fire» uker").replace("><", ">\r\n\t<"),
                issued="<IssueDate V='2026-11-10T14:02:11.1234567+01:00'/>",
            )
        ).encode("cp1252"),
        {**BASE, "urgency": "cancer_pathway", "text": "Vekttap – 5 kg på «fire» uker"},
    ),
    "an optician: version 2.0, eye by the older list of specialties, an unknown sex": (
        head(
            refdoc(
                referral(prose("Grå stær, visus 0,4"))
                .replace("V='140'", "V='46'")
                .replace("8451", "7426")
                .replace("<ServId V='UJF32' DN='Koloskopi'/>", "")
            ),
            patients=person(more="<Sex V='0' DN='Ukjent'/>"),
            name="Solbakken optikk",
        ).encode(),
        {**BASE, "area": "eye", "sender_name": "Solbakken optikk", "text": "visus 0,4"},
    ),
    "a private clinic: version 1.0, number with a blank, person above institution, no issue date": (
        old(
            prose(),
            version="2005-07-08",
            issued="",
            patient=f"<Patient><Sex V='9'/><OffId>{WOMAN[:6]} {WOMAN[6:]}</OffId><Name>Line Testesen</Name></Patient>",
            requester=(
                "<HCP><HCProf><Name>Kari Lege</Name></HCProf>"
                "<Inst><Id>5</Id><Name>Solbakken  privatklinikk</Name></Inst></HCP>"
            ),
        ).encode(),
        {**BASE, "sent_date": "2026-11-11", "sender_name": "Solbakken privatklinikk", "text": LETTER},
    ),
    "a message in base64 inside an envelope": (SOAP.format(b64(head(refdoc(LETTER_ELEMENT)))).encode(), COLONOSCOPY),
    "a message as escaped text inside an envelope": (
        SOAP.format(escape(head(refdoc(LETTER_ELEMENT)))).encode(),
        COLONOSCOPY,
    ),
    "a referral in CDATA": (head(refdoc(f"<![CDATA[{LETTER_ELEMENT}]]>")).encode(), {**COLONOSCOPY, "attachments": 0}),
    "a referral in base64, with its own XML declaration": (
        head(refdoc(container(b64(f"<?xml version='1.0' encoding='utf-8'?>\n{LETTER_ELEMENT}")))).encode(),
        {**COLONOSCOPY, "attachments": 0},
    ),
    "a referral in base64 straight in the content": (head(refdoc(b64(LETTER_ELEMENT))).encode(), COLONOSCOPY),
    "a head inside a head": (
        head(refdoc(head(refdoc(LETTER_ELEMENT), name="Innerst")), patients="").encode(),
        {**COLONOSCOPY, "attachments": 0},
    ),
    "content without a document reference": (
        head(f"<Document><Content>{LETTER_ELEMENT}</Content></Document>").encode(),
        {**COLONOSCOPY, "attachments": 0},
    ),
    "a referral beside the documents": (
        head("").replace("</MsgHead>", f"{LETTER_ELEMENT}</MsgHead>").encode(),
        COLONOSCOPY,
    ),
    "attributes in a namespace": (
        head(refdoc(LETTER_ELEMENT))
        .replace(" V='", " k:V='")
        .replace("<MsgHead ", "<MsgHead xmlns:k='http://www.kith.no/xmlstds' ")
        .encode(),
        COLONOSCOPY,
    ),
    "letters as numbers and as names of HTML": (
        head(refdoc(referral(prose("Vekttap p&#229; 5&nbsp;kg, f&oslash;r frisk, Hb &lt;10")))).encode(),
        {**COLONOSCOPY, "text": "Vekttap på 5 kg, før frisk, Hb <10"},
    ),
    "text that is HTML, escaped once and twice": (
        head(
            refdoc(
                referral(
                    prose("&lt;p&gt;Vekttap på 5 kg.&lt;/p&gt;") + prose("&amp;lt;b&amp;gt;Hb 9,8&amp;lt;/b&amp;gt;")
                )
            )
        ).encode(),
        {**COLONOSCOPY, "text": "Vekttap på 5 kg.\nHb 9,8"},
    ),
    "a letter in RTF": (
        with_file(b64(RTF)).encode(),
        {**COLONOSCOPY, "text": "avføringen i fire uker og vekttap på 5 kg.\nHb 9,8."},
    ),
    "a letter as a clinical document": (
        with_file(b64(CDA)).encode(),
        {**COLONOSCOPY, "text": "vekttap på 5 kg.\n\n- Hb 9,8."},
    ),
    "a letter as a page of HTML": (
        with_file(b64(f"<html><head><title>x</title></head><body><p>{LETTER}</p></body></html>")).encode(),
        {**COLONOSCOPY, "attachments": 1},
    ),
    "a letter in plain text in Latin-1": (with_file(b64(LETTER.encode("latin-1"))).encode(), COLONOSCOPY),
    "a letter as a PDF, which is left to the reader": (
        with_file(b64("%PDF-1.4 x")).encode(),
        {**COLONOSCOPY, "text": "Ønsket tjeneste:\nKoloskopi", "attachments": 1},
    ),
    "Norwegian dates with two digits for the year": (
        head(
            refdoc(LETTER_ELEMENT.replace("2026-11-10", "10.11.26")),
            patients=person("", "<DateOfBirth>14.03.61</DateOfBirth><Sex V='2'/>"),
        ).encode(),
        COLONOSCOPY,
    ),
    "a birth date in figures alone, and in an attribute with a time": (
        head(
            refdoc(LETTER_ELEMENT.replace("2026-11-10", "20261110093000")),
            patients=person("", "<DateOfBirth V='1961-03-14T00:00:00'/><Sex V='K'/>"),
        ).encode(),
        COLONOSCOPY,
    ),
    "a sex that is not given, and no number to tell it": (
        head(
            refdoc(LETTER_ELEMENT), patients=person("", f"<Sex V='9'/><DateOfBirth>{CHILD_BORN}</DateOfBirth>")
        ).encode(),
        {**COLONOSCOPY, "age_at_referral": 7, "sex": None},
    ),
    "a clock that is ahead": (
        head(refdoc(LETTER_ELEMENT.replace("2026-11-10", "2046-11-10"))).encode(),
        {**COLONOSCOPY, "sent_date": "2046-11-10", "age_at_referral": 65},
    ),
    "a training message in words": (
        head(refdoc(LETTER_ELEMENT), more="<ProcessingStatus V='Test' DN='Test'/>").encode(),
        {**COLONOSCOPY, "test_message": True},
    ),
    "wide characters with their mark, and no declaration": (
        b"\xfe\xff" + head(refdoc(LETTER_ELEMENT)).encode("utf-16-be"),
        COLONOSCOPY,
    ),
    "an urgency in words alone, and a municipality in the second address": (
        head(
            refdoc(LETTER_ELEMENT.replace("V='3' DN='Haster'", "DN='Haster, innen 14 dager'")),
            patients=person(
                more="<Address><County V='50'/></Address><Address><Type V='FAD'/><County V='5001'/></Address>"
            ),
        ).encode(),
        {**COLONOSCOPY, "municipality": "5001"},
    ),
    "a national facade: FHIR message, a letter in RTF, people by name only": (
        as_bytes(fhir(fhir_request(), document("application/rtf", b64(RTF)))),
        {**COLONOSCOPY, "text": "vekttap på 5 kg.\nHb 9,8.", "attachments": 1},
    ),
    "a national message that a facade put in a Binary": (
        as_bytes(fhir({"resourceType": "Binary", "data": b64(head(refdoc(LETTER_ELEMENT)))})),
        COLONOSCOPY,
    ),
    "FHIR for a child whose birth date is only a year and a month": (
        as_bytes(
            fhir(
                fhir_request(subject={"reference": "Patient/barn"}, note=[{"text": "Sju år gammel gutt med øreverk."}]),
                {**fhir_person(), "id": "barn", "identifier": [], "gender": "male", "birthDate": "2019-05"},
            )
        ),
        {**COLONOSCOPY, "age_at_referral": None, "sex": "male", "text": "Sju år gammel gutt"},
    ),
    "FHIR with the letter as answers to questions, and references by the end of an address": (
        as_bytes(
            {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [
                    {
                        "resource": {
                            **fhir_request(requester={"reference": "Organization/o"}),
                            "subject": {"reference": "Patient/p"},
                        }
                    },
                    {"fullUrl": "https://a.invalid/fhir/Patient/p", "resource": fhir_person()},
                    {"fullUrl": "https://a.invalid/fhir/Patient/q", "resource": {"resourceType": "Patient"}},
                    {
                        "fullUrl": "https://a.invalid/fhir/Organization/o",
                        "resource": {"resourceType": "Organization", "name": "Solbakken legekontor"},
                    },
                    {
                        "resource": {
                            "resourceType": "QuestionnaireResponse",
                            "item": [
                                {
                                    "text": "Symptomer",
                                    "item": [
                                        {"text": "Hva er galt?", "answer": [{"valueString": "Vekttap på 5 kg"}]},
                                        {"text": "Blod?", "answer": [{"valueCoding": {"code": "J", "display": "Ja"}}]},
                                    ],
                                }
                            ],
                        }
                    },
                ],
            }
        ),
        {**COLONOSCOPY, "text": "Hva er galt?:\nVekttap på 5 kg\n\nBlod?:\nJa"},
    ),
    "a few words in an element of the vendor's own, under deep indentation": (
        head(
            refdoc(
                referral("\n" + " " * 60 + "<Fritekst>\n" + " " * 64 + "vekttap på 5 kg siste uker</Fritekst>")
                .replace("<ReqServ>", "<Extra>\n" + " " * 70 + "<ReqServ>")
                .replace("</ReqServ>", "</ReqServ></Extra>")
            )
        ).encode(),
        {**COLONOSCOPY, "text": "vekttap på 5 kg siste uker\n\nØnsket tjeneste:\nKoloskopi"},
    ),
    "FHIR in a prefix of its own, pretty-printed, with the letter as narrative": (
        (
            "<?xml version='1.0'?>\n<f:Bundle xmlns:f='http://hl7.org/fhir'>\n <f:type value='searchset'/>\n <f:entry>"
            "  <f:resource>\n   <f:ServiceRequest>\n    <f:text>\n     <f:status value='additional'/>\n"
            f"     <div xmlns='http://www.w3.org/1999/xhtml'><p>{LETTER}</p></div>\n    </f:text>\n"
            "    <f:priority value='urgent'/>\n    <f:code><f:text value='Koloskopi'/></f:code>\n    <f:subject>"
            f"<f:identifier><f:system value='urn:oid:2.16.578.1.12.4.1.4.1'/><f:value value='{WOMAN}'/></f:identifier>"
            "<f:display value='Line Testesen'/></f:subject>\n    <f:authoredOn value='2026-11-10'/>\n    <f:requester>"
            "<f:reference value='Organization/9'/><f:display value='Solbakken legekontor'/></f:requester>\n"
            "   </f:ServiceRequest>\n  </f:resource>\n </f:entry>\n</f:Bundle>\n"
        ).encode(),
        COLONOSCOPY,
    ),
}

# What a person must see before anything is registered.
LEFT: dict[str, bytes] = {
    "two different patients in one head": head(refdoc(LETTER_ELEMENT), patients=person() + person(MAN)).encode(),
    "a birth year of two digits that fits a child and a very old person": head(
        refdoc(LETTER_ELEMENT), patients=person("", "<DateOfBirth>14.03.15</DateOfBirth>")
    ).encode(),
    "an age that stands only in the text": head(
        refdoc(referral(prose("65 år gammel kvinne."))), patients=person("", "")
    ).encode(),
    "a facade's bundle without a request": as_bytes(fhir(document("application/pdf", b64("%PDF-1.4")))),
}
