"""What every format ends in: one referral with its text, its files, and the notes that a person must see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from triage.domain.calendar import age_on
from triage.domain.message import MessageHead
from triage.domain.referral import (
    Attachment,
    IncomingReferral,
    MessageKind,
    Referral,
    Referrer,
    Sender,
)
from triage.messages.asked import Asked, Coding, diagnosis
from triage.messages.attachments import Unpacked, readable_text
from triage.messages.codes import LISTS
from triage.messages.people import Who
from triage.messages.plain import tidy

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
class Sent:
    """One referral as its format tells it."""

    id: str
    who: Who
    sender: Sender
    referrer: Referrer | None
    asked: Asked
    diagnoses: Iterable[Coding]
    blocks: Blocks
    files: tuple[Unpacked, ...]
    sent: date | None
    kind: MessageKind
    seniority_date: date | None = None
    notes: tuple[str, ...] = ()  # names in the list of notes


def incoming(sent: Sent, delivery: Delivery) -> IncomingReferral:
    """The notes stand in the order of what matters most."""
    patient = sent.who.patient
    attachments = tuple(file.attachment for file in sent.files if file.attachment)
    blocks = (*sent.blocks, *_letters(sent, attachments))
    tells = any(heading not in _NO_LETTER for heading, _ in blocks)
    said = (sent.kind, "" if tells else "no_text", *(file.note for file in sent.files), *sent.notes)
    kind_note, *notes = (LISTS["notes"].get(note) for note in said)
    # A sender's clock may be ahead of ours; nobody is older than on the day we received the message.
    day = min(sent.sent or delivery.received, delivery.received)
    age = age_on(patient.birth_date, day) if patient.birth_date else None
    requested = sent.asked.requested
    return IncomingReferral(
        referral=Referral(
            id=sent.id,
            text="\n\n".join(f"{heading}:\n{said}" if heading else said for heading, said in blocks),
            area=sent.asked.area(requested),
            requested=requested,
            age=age if age is None or age <= OLDEST else None,
            sex=patient.sex,
            referrer=sent.referrer,
            stated_urgency=sent.asked.urgency,
            codes=tuple(dict.fromkeys(filter(None, map(diagnosis, sent.diagnoses)))),
            sent_date=sent.sent,
        ),
        patient=patient,
        sender=sent.sender,
        seniority_date=sent.seniority_date,
        test_message=delivery.test or (delivery.production and sent.who.synthetic),
        kind=sent.kind,
        attachments=attachments,
        blocks=blocks,
        notes_for_person=tuple(dict.fromkeys(filter(None, (kind_note, *sent.who.notes, *notes)))),
    )


def _letters(sent: Sent, files: Iterable[Attachment]) -> Blocks:
    """What can be read of the files, where the referral itself says little, as in "se vedlegg"."""
    if sum(len(said) for _, said in sent.blocks) >= _LITTLE:
        return ()
    return in_blocks((file.name, readable_text(file)) for file in files)


def in_blocks(found: Iterable[tuple[str, str]]) -> Blocks:
    """(heading, text) in the order found; neighbours under the same heading become one block."""
    said = [(heading, words) for heading, text in found if (words := tidy(text))]
    return tuple((heading, "\n".join(text for _, text in group)) for heading, group in groupby(said, lambda b: b[0]))


def measured(name: str, values: Iterable[str], aside: Iterable[str], comment: str = "") -> str:
    """`Hb: < 10.2 g/dL (2026-11-01, ref. 11.7–15.3)`: values exactly as sent."""
    shown, beside = (", ".join(filter(None, parts)) for parts in (values, aside))
    return " ".join(filter(None, (f"{name}:" if name else "", shown, f"({beside})" if beside else "", comment)))
