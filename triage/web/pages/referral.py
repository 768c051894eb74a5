"""One referral: opening and reserving it, its attachments, questions to the referrer, closing what is no request."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response
from pydantic import Field

from triage import workflow
from triage.domain.referral import ReferralId
from triage.store import audit, referrals
from triage.store.audit import Event
from triage.web.pages.case import case_page, read_case
from triage.web.pages.forms import PostedForm
from triage.web.pages.undoing import just_decided
from triage.web.rendering import see_other
from triage.web.security import Action, Guard, Visit

router = APIRouter(include_in_schema=False)

Reader = Annotated[Visit, Depends(Guard(Action.READ_REFERRAL))]
Decider = Annotated[Visit, Depends(Guard(Action.DECIDE))]
Asker = Annotated[Visit, Depends(Guard(Action.ASK_REFERRER))]


@router.get("/henvisning/{referral_id}")
def show(referral_id: ReferralId, visit: Reader, avgjort: Annotated[UUID | None, Query()] = None) -> Response:
    return case_page(visit, read_case(visit, referral_id), decided_before=just_decided(visit, avgjort))


@router.post("/henvisning/{referral_id}/reserver")
def reserve(referral_id: ReferralId, visit: Decider) -> Response:
    workflow.claim(visit.web.db, referral_id, visit.web.engines.policy, by=visit.person)
    return see_other(f"/henvisning/{referral_id}")


@router.post("/henvisning/{referral_id}/slipp")
def let_go(referral_id: ReferralId, visit: Decider) -> Response:
    workflow.release(visit.web.db, referral_id, by=visit.person)
    return see_other("/ko")


@router.get("/henvisning/{referral_id}/vedlegg/{attachment_id}")
def download_attachment(referral_id: ReferralId, attachment_id: UUID, visit: Reader) -> Response:
    """Always as a file to keep, never shown by us: what it holds is somebody else's."""
    with visit.web.db.writing(as_=visit.person) as tx:
        found = referrals.attachment(tx, attachment_id)
        audit.record(tx, Event.OPENED, referral_id, attachment=str(attachment_id))
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(found.body, media_type=found.media_type, headers=headers)


class QuestionForm(PostedForm):
    questions: str = Field(max_length=4000)  # one a line


@router.post("/henvisning/{referral_id}/sporsmal")
def ask(referral_id: ReferralId, form: Annotated[QuestionForm, Form()], visit: Asker) -> Response:
    questions = [line.strip() for line in form.questions.splitlines() if line.strip()]
    workflow.ask_for_information(visit.web.db, referral_id, questions, visit.web.engines.policy, by=visit.person)
    return see_other(f"/henvisning/{referral_id}")


@router.post("/sporsmal/{request_id}/besvart")
def note_answer(request_id: UUID, visit: Asker, form: Annotated[PostedForm, Form()]) -> Response:  # noqa: ARG001
    workflow.note_answer(visit.web.db, request_id, by=visit.person)
    return see_other("/ko")


class CloseForm(PostedForm):
    version: int


@router.post("/henvisning/{referral_id}/lukk")
def close(referral_id: ReferralId, form: Annotated[CloseForm, Form()], visit: Asker) -> Response:
    """A repeat, a cancellation, an addition or a test message."""
    workflow.close(visit.web.db, referral_id, expected_version=form.version, by=visit.person)
    return see_other("/ko")
