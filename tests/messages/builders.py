"""Referral messages as several vendors write them. A builder states only what a test is about."""

from datetime import date
from xml.sax.saxutils import escape, quoteattr

MSGHEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"
REFERRAL_10 = "http://www.kith.no/xmlstds/henvisning/2005-07-08"
REFERRAL_11 = "http://www.kith.no/xmlstds/henvisning/2012-02-15"
REFERRAL_20 = "http://ehelse.no/xmlstds/henvisning/2017-11-30"
BASE64 = "http://www.kith.no/xmlstds/base64container"
OID = "2.16.578.1.12.4.1.1."

RECEIVED = date(2026, 11, 20)
BORN = date(1961, 3, 14)
TEXT = "Svelgvansker for fast føde i 6 uker. Vekttap 4 kg."


def synthetic_number(
    born: date = BORN, *, female: bool = True, serial: int = 0, offset: int = 80, rest: int = 0
) -> str:
    """A Tenor number (month + 80) with right check digits; never a living person's. `rest` is 0 until 2032."""
    first = 500 if born.year >= 2000 else 100
    for individual in range(first + serial, first + 400):
        digits = f"{born.day:02}{born.month + offset:02}{born.year % 100:02}{individual:03}"
        one = (rest - sum(w * int(d) for w, d in zip((3, 7, 6, 1, 8, 9, 4, 5, 2), digits, strict=True))) % 11
        two = -sum(w * int(d) for w, d in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), f"{digits}{one}"[:10], strict=True)) % 11
        if one < 10 and two < 10 and (individual % 2 == 0) is female:
            return f"{digits}{one}{two}"
    raise AssertionError("no number is free on this day")


def cv(name: str, v: str = "", dn: str = "", s: str = "", ot: str = "") -> str:
    """An element of type CV; what is empty is left out."""
    given = {"V": v, "DN": dn, "S": f"{OID}{s}" if s.isdigit() else s, "OT": ot}
    return f"<{name}{''.join(f' {k}={quoteattr(text)}' for k, text in given.items() if text)}/>"


def reason(text: str = TEXT, heading: str = "PROB", *, raw: bool = False) -> str:
    head = cv("Heading", heading, s="8231") if heading else ""
    return f"<ReasonAsText>{head}<TextResultValue>{text if raw else escape(text)}</TextResultValue></ReasonAsText>"


def service(
    code: str = "", dn: str = "", specialty: tuple[str, str] | None = ("140", "8451"), priority: str = "N"
) -> str:
    medical = cv("MedSpeciality", specialty[0], s=specialty[1]) if specialty else ""
    wanted = cv("ServId", code, dn) if code or dn else ""
    return f"<ReqServ>{cv('ServType', 'N')}{cv('Priority', priority)}<Service>{wanted}{medical}</Service></ReqServ>"


def diagnosis(code: str = "D07", s: str = "7170", dn: str = "Dyspepsi") -> str:
    return f"<Diagnosis>{cv('Concept', code, dn, s)}</Diagnosis>"


def patient(
    number: str | None = None,
    *,
    kind: str = "FNR",
    born: str = "",
    sex: str = "",
    county: str = "5001",
    family: str = "Testesen",
    given: str = "Line",
) -> str:
    """MsgHead's Patient; without `number` she gets a synthetic one, with an empty one none at all."""
    shown = synthetic_number() if number is None else number
    ident = f"<Ident><Id>{shown}</Id>{cv('TypeId', kind, s='8116')}</Ident>" if shown else ""
    names = (f"<FamilyName>{family}</FamilyName>" if family else "") + (
        f"<GivenName>{given}</GivenName>" if given else ""
    )
    birth = f"<DateOfBirth>{born}</DateOfBirth>" if born else ""
    address = f"<Address>{cv('Type', 'H')}<City>Trondheim</City>{cv('County', county)}</Address>"
    return f"<Patient>{names}{birth}{cv('Sex', sex) if sex else ''}{ident}{address}</Patient>"


def organisation(name: str, her: str, inner: str = "") -> str:
    ident = f"<Ident><Id>{her}</Id>{cv('TypeId', 'HER', 'HER-id', '9051')}</Ident>"
    return f"<Organisation><OrganisationName>{escape(name)}</OrganisationName>{ident}{inner}</Organisation>"


def professional(
    family: str = "Lege", given: str = "Kari", *, profession: str = "LE", role: str = "", role_dn: str = ""
) -> str:
    hpr = f"<Ident><Id>1234567</Id>{cv('TypeId', 'HPR', s='8116')}</Ident>"
    her = f"<Ident><Id>777</Id>{cv('TypeId', 'HER')}</Ident>"
    roles = cv("RoleToPatient", role, role_dn, "9034") if role or role_dn else ""
    kind = cv("TypeHealthcareProfessional", profession)
    names = f"<FamilyName>{family}</FamilyName><GivenName>{given}</GivenName>"
    return f"<HealthcareProfessional>{kind}{roles}{names}{hpr}{her}</HealthcareProfessional>"


SENDER = organisation("Fjordgløtt legesenter", "8001", professional())
RECEIVER = organisation("Midtby sykehus", "9001", organisation("Mottak for henvisninger", "9002"))


def body_20(*parts: str, issued: str = "2026-11-10", namespace: str = REFERRAL_20) -> str:
    date_part = cv("IssueDate", issued) if issued else ""
    content = "".join(parts or (service(), reason(), diagnosis()))
    return f'<Henvisning xmlns="{namespace}">{date_part}{content}</Henvisning>'


def document(content: str, *, kind: str = "XML", mime: str = "", name: str = "", compression: str = "") -> str:
    extra = (f"<MimeType>{mime}</MimeType>" if mime else "") + (f"<Description>{name}</Description>" if name else "")
    packed = cv("Compression", compression) if compression else ""
    return f"<Document><RefDoc>{cv('MsgType', kind)}{extra}{packed}{content}</RefDoc></Document>"


def attached(data: str, *, name: str = "Vedlegg.pdf", compression: str = "") -> str:
    container = f'<Content><Base64Container xmlns="{BASE64}">{data}</Base64Container></Content>'
    return document(container, kind="A", mime="application/pdf", name=name, compression=compression)


def msghead(
    *bodies: str,
    person: str | None = None,
    sender: str = SENDER,
    attachments: str = "",
    status: str = "",
    msg_id: str = "<MsgId>3B2F-Æa1</MsgId>",
    generated: str = "2026-11-11T09:30:00",
    kind: str = "HENVISNING",
) -> str:
    """A v2.0 message in MsgHead 1.2, as text."""
    documents = "".join(document(f"<Content>{body}</Content>") for body in bodies or (body_20(),))
    info = (
        f"{cv('Type', kind, 'Henvisning')}<MIGversion>v1.2 2006-05-24</MIGversion>"
        f"<GenDate>{generated}</GenDate>{msg_id}"
        f"{cv('ProcessingStatus', status) if status else ''}<Sender>{sender}</Sender><Receiver>{RECEIVER}</Receiver>"
        f"{patient() if person is None else person}"
    )
    return f'<MsgHead xmlns="{MSGHEAD}"><MsgInfo>{info}</MsgInfo>{documents}{attachments}</MsgHead>'


def institution(name: str, her: str, inner: str = "", person: str = "") -> str:
    return f"<HCP><Inst><Name>{name}</Name><Id>{her}</Id>{cv('TypeId', 'HER')}{inner}{person}</Inst></HCP>"


def message(
    *parts: str,
    version: str = REFERRAL_11,
    number: str | None = None,
    inside_patient: str = "",
    status: str = "",
    issued: str = "2026-11-10",
    generated: str = "2026-11-11",
    requester: str = "",
    speciality: str = "",
) -> str:
    """A v1.0 or v1.1 message, as text."""
    shown = synthetic_number() if number is None else number
    off_id = f"<OffId>{shown}</OffId>{cv('TypeOffId', 'FNR')}" if shown else ""
    person = f"<HCPerson><Name>Kari Lege</Name><Id>1234567</Id>{cv('TypeId', 'HPR')}</HCPerson>"
    sender = requester or institution("Fjordgløtt legesenter", "8001", person=person)
    department = f"<Dept><Name>Mottak</Name><Id>9002</Id>{cv('TypeId', 'HER')}</Dept>{speciality}"
    address = f"<Address>{cv('County', '5001')}</Address>"
    who = f"<Patient><Name>Line Testesen</Name>{off_id}{address}{inside_patient}</Patient>"
    return (
        f'<Message xmlns="{version}">{cv("Status", status) if status else ""}{cv("Type", "HENVISNING", "Henvisning")}'
        f"<MIGversion>v1.1</MIGversion>{cv('GenDate', generated)}<MsgId>V1-0001</MsgId><ServReq>"
        f"{cv('IssueDate', issued) if issued else ''}<Requester>{sender}</Requester>"
        f"<ServProvider>{institution('Midtby sykehus', '9001', department)}</ServProvider>{who}"
        f"{''.join(parts or (service(), reason(), diagnosis()))}</ServReq></Message>"
    )


def encoded(text: str, encoding: str = "utf-8", *, label: str | None = None) -> bytes:
    """Bytes with an XML declaration; `label` is what they claim to be."""
    return f'<?xml version="1.0" encoding="{label or encoding}"?>\n{text}'.encode(encoding)
