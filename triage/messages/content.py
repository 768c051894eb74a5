"""What every format ends in: one referral with its text, its files, and the notes that a person must see."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from triage.domain.calendar import age_on
from triage.domain.message import MessageHead, Party
from triage.domain.referral import Attachment, IncomingReferral, Referral
from triage.messages import asked, people
from triage.messages.asked import coding
from triage.messages.attachments import Unpacked, readable_text
from triage.messages.codes import LISTS
from triage.messages.dates import parse_day
from triage.messages.tree import NOTHING, Element, first, inside, text, texts, words

_LITTLE = 100  # characters
_NO_LETTER = ("Ønsket tjeneste", "Diagnoser", "Pakkeforløp")  # headings of what is coded and not told
OLDEST = 120  # years
MAX_REFERRALS = 50  # in one message; no sender has reason to send more at once

Blocks = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What all referrals of one message share."""

    head: MessageHead
    received: date
    test: bool
    production: bool


@dataclass(frozen=True, slots=True)
class Request:
    """One referral as it lies in its message."""

    id: str
    body: Element
    patient: Element
    party: Party  # who sends it
    ends: list[Element]  # where the sender's profession and telephone stand
    blocks: Blocks
    files: tuple[Unpacked, ...]
    around: list[Element]  # the document that carries it, or the resources that belong to it
    receivers: str  # the names of who is to give the service
    performers: list[Element]


def incoming(request: Request, delivery: Delivery) -> IncomingReferral:
    """NeedsPerson (E31) when the patient cannot be told. The notes stand in the order of what matters most."""
    body = request.body
    assistance = first(body, "//AssistertKommunikasjon", "//NeedTranslator")
    spoken = next(map(words, inside(assistance, "BehovTolkSprak", "Language", "Sprak")), "")
    who = people.patient(request.patient, head=delivery.head, received=delivery.received, spoken=spoken)
    wish = asked.asked_in(body, request.performers, receivers=request.receivers)
    sent = next(filter(None, map(parse_day, _dates(request, delivery))), None)
    # A sender's clock may be ahead of ours; nobody is older than on the day we received the message.
    day = min(sent or delivery.received, delivery.received)
    age = age_on(who.patient.birth_date, day) if who.patient.birth_date else None
    attachments = tuple(file.attachment for file in request.files if file.attachment)
    blocks = (*request.blocks, *_letters(request, attachments))
    found = (
        wish.kind,
        *who.doubts,
        "" if any(heading not in _NO_LETTER for heading, _ in blocks) else "no_text",
        *(file.note for file in request.files),
        "" if assistance is NOTHING else "interpreter",
    )
    return IncomingReferral(
        referral=Referral(
            id=request.id,
            text="\n\n".join(f"{heading}:\n{said}" if heading else said for heading, said in blocks),
            area=wish.area,
            requested=wish.requested,
            age=age if age is None or age <= OLDEST else None,
            sex=who.patient.sex,
            referrer=asked.referrer(request.ends, request.party.unit_name, request.party.name),
            stated_urgency=wish.urgency,
            codes=asked.diagnoses(body, request.around),
            sent_date=sent,
        ),
        patient=who.patient,
        sender=people.sender(request.party, *request.ends),
        seniority_date=_seniority_date(body),
        test_message=delivery.test or (delivery.production and who.synthetic),
        kind=wish.kind,
        attachments=attachments,
        blocks=blocks,
        notes_for_person=tuple(dict.fromkeys(LISTS["notes"][note] for note in found if note in LISTS["notes"])),
    )


def _letters(request: Request, files: Iterable[Attachment]) -> Blocks:
    """What can be read of the files, where the referral itself says little, as in "se vedlegg"."""
    if sum(len(said) for _, said in request.blocks) >= _LITTLE:
        return ()
    return in_blocks((file.name, readable_text(file)) for file in files)


def _dates(request: Request, delivery: Delivery) -> Iterator[str]:
    """When it was issued, else when the message was made."""
    yield from texts(request.body, "IssueDate", "authoredOn")
    yield from (text(carrier, "IssueDate") for carrier in request.around)
    yield from texts(request.body, "//ReqDate")
    yield delivery.head.generated


def _seniority_date(body: Element) -> date | None:
    """The date that another hospital's right counts from (list 9147, type 1)."""
    dated = [(coding(first(e, "TypeDato")), text(e, "Dato")) for e in inside(body, "DatoMottakOgVurdering")]
    stated = [day for kind, day in dated if kind.code == "1" or "ansiennitet" in kind.words.lower()]
    return next(filter(None, map(parse_day, stated)), None)


def in_blocks(found: Iterable[tuple[str, str]]) -> Blocks:
    """(heading, text) in the order found; neighbours under the same heading become one block."""
    said = [(heading, text.strip()) for heading, text in found if text.strip()]
    return tuple((heading, "\n".join(text for _, text in group)) for heading, group in groupby(said, lambda b: b[0]))


def measured(name: str, values: Iterable[str], aside: Iterable[str], comment: str = "") -> str:
    """`Hb: < 10.2 g/dL (2026-11-01, ref. 11.7–15.3)`: values exactly as sent."""
    shown, beside = (", ".join(filter(None, parts)) for parts in (values, aside))
    return " ".join(filter(None, (f"{name}:" if name else "", shown, f"({beside})" if beside else "", comment)))
