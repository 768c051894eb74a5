"""One referral: opening, reserving, deciding, undoing; its attachments, questions, and closing what is no request."""

import hmac
import re
from contextlib import suppress
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from triage import workflow
from triage.domain.calendar import today, utc_now
from triage.domain.decision import Asked, InformationRequest
from triage.domain.errors import BadInput, Conflict, NotFound
from triage.domain.referral import ReferralId
from triage.store import audit, desk, readings, referrals, users
from triage.store.audit import Event
from triage.store.tables import Status
from triage.web.pages.case import case_page, just_decided
from triage.web.pages.decision_form import DecisionForm, preview_of, require_letters, taken_back
from triage.web.pages.queue import next_address
from triage.web.rendering import as_file, see_other, web_of
from triage.web.security import Action, Decider, Guard, Preparer, Reader, Visit, cookie_name, csrf_token

router = APIRouter(include_in_schema=False)
Undoer = Annotated[Visit, Depends(Guard(Action.UNDO))]
_ABOUT_A_DECISION = re.compile(r"/henvisning/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(?:avgjorelse|brevutkast)")


@router.get("/henvisning/{referral_id}")
def show(referral_id: ReferralId, visit: Reader, avgjort: Annotated[UUID | None, Query()] = None) -> Response:
    """Whoever is to read it blind gets to see no answer before their own is given."""
    with visit.db.reading(as_=visit.person) as tx:
        blind = readings.own_unanswered(tx, referral_id)
    if blind:
        return see_other(f"/lesning/{blind}")
    case = workflow.look_at(visit.db, referral_id, by=visit.person)
    return case_page(visit, case, decided_before=just_decided(visit, avgjort))


@router.post("/henvisning/{referral_id}/reserver")
def reserve(referral_id: ReferralId, visit: Decider) -> Response:
    workflow.claim(visit.db, referral_id, visit.policy, by=visit.person)
    return see_other(f"/henvisning/{referral_id}")


@router.post("/henvisning/{referral_id}/slipp")
def let_go(referral_id: ReferralId, visit: Decider) -> Response:
    workflow.release(visit.db, referral_id, by=visit.person)
    return see_other("/ko")


@router.get("/henvisning/{referral_id}/vedlegg/{attachment_id}")
def download_attachment(referral_id: ReferralId, attachment_id: UUID, visit: Reader) -> Response:
    with visit.db.writing(as_=visit.person) as tx:
        found = referrals.attachment(tx, attachment_id)
        audit.record(tx, Event.OPENED, referral_id, attachment=str(attachment_id))
    return as_file(found.body, found.name, found.media_type)


# Deciding ---------------------------------------------------------------------------------------------------------


@router.post("/henvisning/{referral_id}/brevutkast")
def preview(
    request: Request, referral_id: ReferralId, form: Annotated[DecisionForm, Form()], visit: Decider
) -> Response:
    """For htmx the letters alone; for a plain button the whole page with what was typed."""
    case = workflow.look_at(visit.db, referral_id, by=visit.person, again=True)
    now = form.in_chosen_language(case, visit)
    _keep(visit, referral_id, now)
    shown = preview_of(now, case, visit)
    if "HX-Request" in request.headers:
        return visit.page("fragments/preview.html", form=now, preview=shown, texts_changed=now is not form)
    return case_page(visit, case, form=now, preview=shown)


@router.post("/henvisning/{referral_id}/avgjorelse")
def decide(referral_id: ReferralId, form: Annotated[DecisionForm, Form()], visit: Decider) -> Response:
    """Store the decision and go on to the next referral; else the same page, with what was typed and what to change."""
    case = workflow.look_at(visit.db, referral_id, by=visit.person, again=True)
    shown = preview_of(form, case, visit)
    if shown.faults or not shown.decision:
        _keep(visit, referral_id, form)
        return case_page(visit, case, form=form, preview=shown, status=422)
    try:
        workflow.decide(visit.db, shown.decision, visit.policy, expected_version=form.version)
    except (BadInput, Conflict) as error:
        case = workflow.look_at(visit.db, referral_id, by=visit.person)
        # The page shows what it is now, so that the same form may be sent once more after reading it.
        form, status = form.as_of(case), error.http_status
        return case_page(visit, case, form=form, preview=shown, refused=str(error), status=status)
    return see_other(next_address(visit, avgjort=shown.decision.id))


def _keep(visit: Visit, referral_id: ReferralId, form: DecisionForm) -> None:
    workflow.keep_draft(visit.db, referral_id, form.model_dump_json(exclude={"csrf"}), by=visit.person)


def keep_what_was_sent(request: Request) -> None:
    """A decision that was on its way when the session had ended waits for whoever had typed it."""
    path = _ABOUT_A_DECISION.fullmatch(request.url.path)
    token, sent = request.cookies.get(cookie_name(request), ""), getattr(request.state, "sent", FormData())
    if not path or not hmac.compare_digest(str(sent.get("csrf", "")).encode(), csrf_token(token).encode()):
        return
    db = web_of(request).db
    with db.reading() as tx:
        person = users.of_session(tx, token, now=utc_now(), acts=False, idle=True)
    given = {name: sent.getlist(name) if name == "criteria" else sent[name] for name in sent if sent[name]}
    with suppress(ValidationError, NotFound):
        typed = DecisionForm.model_validate(given).model_dump_json(exclude={"csrf"})
        if person:
            workflow.keep_draft(db, UUID(path[1]), typed, by=person)


@router.post("/henvisning/{referral_id}/utkast/forkast")
def drop_draft(referral_id: ReferralId, visit: Decider) -> Response:
    with visit.db.writing(as_=visit.person) as tx:
        desk.drop_draft(tx, referral_id)
    return see_other(f"/henvisning/{referral_id}")


@router.post("/avgjorelse/{decision_id}/angre")
def undo(decision_id: UUID, visit: Undoer) -> Response:
    """Back in the queue, and back on the screen of whoever undid it."""
    referral_id = workflow.undo(visit.db, decision_id, visit.policy, by=visit.person)
    case = workflow.look_at(visit.db, referral_id, by=visit.person)
    if case.referral.status is Status.OPEN and visit.may(Action.DECIDE, case.referral.area):
        workflow.claim(visit.db, referral_id, visit.policy, by=visit.person)
    undone = next(stored.decision for stored in case.decisions if stored.decision.id == decision_id)
    if undone.decided_by.username == visit.person.username:
        _keep(visit, referral_id, taken_back(undone, case, visit))
    return see_other(f"/henvisning/{referral_id}")


@router.post("/avgjorelse/{decision_id}/sta-ved")
def stand_by(decision_id: UUID, visit: Undoer, because: Annotated[str, Form(max_length=500)] = "") -> Response:
    referral_id = workflow.stand_by(visit.db, decision_id, visit.policy, by=visit.person, because=because)
    return see_other(f"/henvisning/{referral_id}")


# Beside the decision ----------------------------------------------------------------------------------------------


@router.post("/henvisning/{referral_id}/sporsmal")
def ask(
    referral_id: ReferralId,
    visit: Preparer,
    questions: Annotated[str, Form(max_length=4000)] = "",
    kind: Annotated[Asked, Form()] = Asked.INFORMATION,
) -> Response:
    """One question a line; or why the patient is asked for consent, or why a deadline was broken."""
    asked = [line.strip() for line in questions.splitlines() if line.strip()]
    trial = InformationRequest(uuid4(), referral_id, visit.person, utc_now(), today(), None, (*asked,), kind)
    require_letters(visit, trial)
    workflow.ask_for_information(visit.db, referral_id, asked, visit.policy, by=visit.person, kind=kind)
    return _where_one_was(visit, referral_id)


@router.post("/henvisning/{referral_id}/navn")
def name_patient(referral_id: ReferralId, visit: Preparer, name: Annotated[str, Form(max_length=200)]) -> Response:
    workflow.name_patient(visit.db, referral_id, name, by=visit.person)
    return _where_one_was(visit, referral_id)


@router.post("/sporsmal/{request_id}/besvart")
def note_answer(request_id: UUID, visit: Preparer) -> Response:
    return _where_one_was(visit, workflow.note_answer(visit.db, request_id, by=visit.person))


def _where_one_was(visit: Visit, referral_id: ReferralId) -> Response:
    return see_other(f"/{'henvisning' if visit.may(Action.DECIDE) else 'forsortering'}/{referral_id}")


@router.post("/henvisning/{referral_id}/lukk")
def close(referral_id: ReferralId, version: Annotated[int, Form()], visit: Preparer) -> Response:
    """A repeat, a cancellation, an addition or a test message."""
    workflow.close(visit.db, referral_id, expected_version=version, by=visit.person)
    return see_other("/")
