"""What secretaries do: read what the program could not, and prepare referrals. Nothing here decides anything."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response
from pydantic import Field

from triage import workflow
from triage.domain.calendar import age_on, oslo_date, today, utc_now
from triage.domain.decision import Consent
from triage.domain.errors import BadInput
from triage.domain.referral import (
    LONGEST_TEXT,
    Area,
    Attachment,
    IncomingReferral,
    MessageKind,
    Patient,
    Referral,
    ReferralId,
    Sender,
    Sex,
)
from triage.messages.attachments import media_type
from triage.messages.decoding import decode
from triage.messages.identity import parse_national_id
from triage.store import messages, preparing, queue, referrals
from triage.store.messages import MessageId
from triage.store.preparing import Unprepared
from triage.store.queue import Wanted
from triage.web.pages.letters import to_see_to
from triage.web.rendering import as_file, see_other
from triage.web.security import PostedForm, Preparer, Visit

router = APIRouter(prefix="/forsortering", include_in_schema=False)

_MOST = 200  # referrals on the page; the rest come up as these are prepared
_CAN_BE_TAKEN_BACK = timedelta(hours=1)
_LONGEST_SHOWN = 200_000  # characters of a raw message
BY_HAND = "Registrert for hånd fra kurven. Den opprinnelige meldingen ligger som vedlegg."
_IS_TEXT = ("text/plain", "text/html", "application/xml", "application/octet-stream")


@router.get("")
def show(visit: Preparer, bare: Annotated[str | None, Query(max_length=20)] = None) -> Response:
    """With `bare` only the referrals with that kind of work."""
    rows = workflow.show_unprepared(visit.db, by=visit.person, limit=_MOST, by_danger=visit.proposals)
    with visit.db.reading(as_=visit.person) as tx:
        tray = messages.tray(tx)
        just_prepared = preparing.just_prepared(tx, since=utc_now() - _CAN_BE_TAKEN_BACK)
    listed = [(row, work) for row in rows if (work := to_do(row))]
    return visit.page(
        "presorting.html",
        tray=tray,
        letters=to_see_to(visit),
        rows=[(row, work) for row, work in listed if bare is None or bare in work],
        counts=Counter(kind for _, work in listed for kind in work),
        only=bare,
        nothing_to_do=len(rows) - len(listed),
        cut=len(rows) == _MOST,
        alike=_alike(listed) if visit.proposals else [],
        just_prepared=just_prepared,
    )


def _alike(listed: Sequence[tuple[Unprepared, Mapping[str, int]]]) -> list[tuple[list[Unprepared], tuple[str, ...]]]:
    """Groups that can be prepared together, and what is to be done: the same in each, under the same rules."""
    groups: dict[tuple[Area | None, tuple[str, ...], tuple[str, ...]], list[Unprepared]] = {}
    for row, work in listed:
        if row.rules:
            groups.setdefault((row.area, row.rules, (*work,)), []).append(row)
    several = [(rows[: workflow.MOST_TOGETHER], key[2]) for key, rows in groups.items() if len(rows) > 1]
    return sorted(several, key=lambda group: len(group[0]), reverse=True)


def to_do(row: Unprepared) -> Mapping[str, int]:
    """What is worth a secretary's time with this referral: kind of work (`task` in words.yaml), and how much of it."""
    incoming, patient = row.incoming, row.incoming.patient
    nothing_known = row.recommendation is not None and not (row.recommendation.features or row.recommendation.reasons)
    unknown = [patient.name, patient.national_id or patient.birth_date, patient.municipality]
    kinds = {
        "repeat": bool(row.duplicate_of),
        "not_new": incoming.kind is not MessageKind.NEW,
        "test": incoming.test_message,
        "area": row.area is None or nothing_known,
        "missing": 0 if row.asked else len(row.missing),
        "asked": row.asked,
        "attachments": row.attachments,
        "interpreter": bool(patient.interpreter_language),
        "identity": unknown.count(None),
        "note": len(incoming.notes_for_person),
    }
    return {kind: int(much) for kind, much in kinds.items() if much}


# The tray ---------------------------------------------------------------------------------------------------------


@router.get("/melding/{message_id}")
def show_message(message_id: MessageId, visit: Preparer) -> Response:
    return _message_page(visit, message_id)


def _message_page(
    visit: Visit, message_id: MessageId, form: "HandForm | None" = None, *, refused: str = ""
) -> Response:
    """The raw message as text, and what was typed so far. What is no text is only offered as a file."""
    stored, body = workflow.read_message(visit.db, message_id, by=visit.person)
    kind = media_type(body)
    with visit.db.reading(as_=visit.person) as tx:
        registered = referrals.of_message(tx, message_id)
    return visit.page(
        "message.html",
        status=422 if refused else 200,
        message=stored,
        kind=kind,
        text=decode(body).text[:_LONGEST_SHOWN] if kind in _IS_TEXT else None,
        waits=stored.waits,
        registered=registered,
        typed=form.model_dump() if form else dict.fromkeys(HandForm.model_fields),
        longest=LONGEST_TEXT,
        refused=refused,
    )


@router.get("/melding/{message_id}/fil")
def download_message(message_id: MessageId, visit: Preparer) -> Response:
    stored, body = workflow.read_message(visit.db, message_id, by=visit.person)
    return as_file(body, stored.label)


class HandForm(PostedForm):
    """A referral as a person reads it out of a message. Empty is not known."""

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    area: Area
    name: str = Field("", max_length=200)
    national_id: str = Field("", max_length=20)
    birth_date: date | None = None
    sex: Sex | None = None
    sender: str = Field("", max_length=200)
    phone: str = Field("", max_length=40)

    def incoming(self, original: Attachment, *, received: date, production: bool) -> IncomingReferral:
        """Raises BadInput when the national number is wrong. In production, a synthetic one marks a test."""
        number = parse_national_id(self.national_id)
        if self.national_id and number is None:
            raise BadInput("Fødselsnummeret er ikke gyldig. Rett det, eller la feltet stå tomt.")
        born = (number.birth_date if number else None) or self.birth_date
        sex = (number.sex if number else None) or self.sex
        age = age_on(born, received) if born else None
        return IncomingReferral(
            referral=Referral(id="", text=self.text, area=self.area, age=age, sex=sex),
            patient=Patient(self.name or None, number.value if number else None, born, sex),
            sender=Sender(organisation=self.sender or None, phone=self.phone or None),
            test_message=bool(production and number and number.synthetic),
            attachments=(original,),
            blocks=(("", self.text),),
            notes_for_person=(BY_HAND,),
        )


@router.post("/melding/{message_id}/registrer")
def register_by_hand(message_id: MessageId, visit: Preparer, form: Annotated[HandForm, Form()]) -> Response:
    stored, body = workflow.read_message(visit.db, message_id, by=visit.person)
    original, received = Attachment(stored.label, media_type(body), body), oslo_date(stored.received_at)
    try:
        incoming = form.incoming(original, received=received, production=visit.web.settings.production)
    except BadInput as error:
        return _message_page(visit, message_id, form, refused=str(error))
    workflow.register_by_hand(visit.db, message_id, incoming, visit.policy, by=visit.person)
    return see_other(f"/forsortering/melding/{message_id}")


@router.post("/melding/{message_id}/ferdig")
def finish_message(message_id: MessageId, visit: Preparer) -> Response:
    workflow.handle_message(visit.db, message_id, by=visit.person)
    return see_other("/forsortering")


# One referral -----------------------------------------------------------------------------------------------------


@router.get("/{referral_id}")
def show_referral(
    referral_id: ReferralId, visit: Preparer, klargjort: Annotated[ReferralId | None, Query()] = None
) -> Response:
    """After another one was prepared, which can be put back."""
    case = workflow.look_at(visit.db, referral_id, by=visit.person)
    with visit.db.reading(as_=visit.person) as tx:
        unprepared = Wanted(unprepared=True, by_danger=visit.proposals)
        before, after = queue.neighbours(tx, referral_id, unprepared)
    language = case.referral.incoming.referral.language or visit.policy.letter_language
    return visit.page(
        "preparing.html",
        before=before,
        after=after,
        case=case,
        missing=[fact.in_language(language) for fact in case.newest.missing] if case.newest else (),
        elsewhere=_elsewhere(visit, case.referral.incoming.referral),
        just_prepared=klargjort,
    )


def _elsewhere(visit: Visit, referral: Referral) -> Area | None:
    """The area that the text seems to be about, when it is another than it was sent to."""
    if referral.area is None or not visit.proposals:
        return None
    read = Area(visit.web.engines.reader.read(replace(referral, area=None)).area)
    return read if read is not referral.area else None


@router.post("/{referral_id}/samtale")
def note_call(referral_id: ReferralId, visit: Preparer, words: Annotated[str, Form(max_length=4000)]) -> Response:
    workflow.note_contact(visit.db, referral_id, words, by=visit.person)
    return see_other(f"/forsortering/{referral_id}")


@router.post("/{referral_id}/flytt")
def move(referral_id: ReferralId, visit: Preparer, area: Annotated[Area, Form()]) -> Response:
    workflow.move(visit.db, referral_id, area, by=visit.person)
    return see_other("/forsortering")


@router.post("/{referral_id}/samtykke")
def record_consent(
    referral_id: ReferralId,
    visit: Preparer,
    scope: Annotated[str, Form(min_length=1, max_length=500)],
    given_on: Annotated[date, Form()],
) -> Response:
    if given_on > today():
        raise BadInput("Et samtykke kan ikke være gitt i framtiden.")
    consent = Consent(scope, given_on, recorded_by=visit.person.name)
    workflow.record_consent(visit.db, referral_id, consent, by=visit.person)
    return see_other(f"/forsortering/{referral_id}")


@router.post("/{referral_id}/samtykke/{consent_id}/trekk")
def withdraw_consent(referral_id: ReferralId, consent_id: UUID, visit: Preparer) -> Response:
    workflow.withdraw_consent(visit.db, consent_id, by=visit.person)
    return see_other(f"/forsortering/{referral_id}")


class ChosenForm(PostedForm):
    referral: list[ReferralId] = Field(min_length=1, max_length=500)
    next: ReferralId | None = None  # to prepare


Chosen = Annotated[ChosenForm, Form()]


@router.post("/klargjort")
def mark_prepared(form: Chosen, visit: Preparer) -> Response:
    workflow.mark_prepared(visit.db, form.referral, by=visit.person)
    return see_other(f"/forsortering/{form.next}?klargjort={form.referral[0]}" if form.next else "/forsortering")


@router.post("/tilbake")
def prepare_again(form: Chosen, visit: Preparer) -> Response:
    workflow.prepare_again(visit.db, form.referral, by=visit.person)
    return see_other(f"/forsortering/{form.next}" if form.next else "/forsortering")
