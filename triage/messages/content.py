"""What every format ends in: one referral with its text, its files, and the notes that a person must see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from triage.domain.calendar import age_on
from triage.domain.message import MessageHead, Party
from triage.domain.referral import Attachment, IncomingReferral, Referral
from triage.messages import asked, people
from triage.messages.attachments import ELSEWHERE, readable_text
from triage.messages.blocks import Blocks, in_blocks
from triage.messages.codes import LISTS
from triage.messages.identity import parse_day, parse_national_id
from triage.messages.tree import NOTHING, Element, first, inside, text, texts, words

_LITTLE = 100  # characters
_NO_LETTER = ("Ønsket tjeneste", "Diagnoser", "Pakkeforløp")  # headings of what is coded and not told
OLDEST = 120  # years
MAX_REFERRALS = 50  # in one message; no sender has reason to send more at once


@dataclass(frozen=True, slots=True)
class Request:
    """One referral as it lies in its message."""

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
    patient, doubt = people.patient(request.patient, head=head, received=received, spoken=spoken)
    number = parse_national_id(patient.national_id or "")
    said = asked.stated(body, request.performers)
    requested = asked.requested(said)
    sent = _sent(request, head)
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
            area=asked.area(said, requested=requested, receivers=" ".join(map(people.name, request.performers))),
            requested=requested,
            # A sender's clock may be ahead of ours; nobody is older than on the day we received the message.
            age=_age(patient.birth_date, min(sent or received, received)),
            sex=patient.sex,
            referrer=asked.referrer(request.ends, f"{request.party.unit_name} {request.party.name}"),
            stated_urgency=asked.most_urgent(said),
            codes=asked.diagnoses(body, request.around),
            sent_date=sent,
        ),
        patient=patient,
        sender=people.sender(request.party, *request.ends),
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


def _age(born: date | None, day: date) -> int | None:
    age = age_on(born, day) if born else None
    return age if age is None or age <= OLDEST else None


def _sent(request: Request, head: MessageHead) -> date | None:
    """When it was issued, else when the message was made."""
    carriers = [text(carrier, "IssueDate") for carrier in request.around]
    stated = (*texts(request.body, "IssueDate", "authoredOn"), *carriers, *texts(request.body, ".//ReqDate"))
    return next(filter(None, map(parse_day, (*stated, head.generated))), None)


def _seniority_date(body: Element) -> date | None:
    """The date that another hospital's right counts from (list 9147, type 1)."""
    dated = [(asked.coding(first(e, "TypeDato")), text(e, "Dato")) for e in body.iterfind(".//DatoMottakOgVurdering")]
    stated = (day for kind, day in dated if kind.code == "1" or "ansiennitet" in kind.words.lower())
    return next(filter(None, map(parse_day, stated)), None)
