"""Deciding on a referral: the letters before they are written, and the decision."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from triage import workflow
from triage.domain.errors import BadInput, Conflict
from triage.domain.referral import ReferralId
from triage.web.pages.case import case_page, read_case
from triage.web.pages.decision_form import DecisionForm, preview_of
from triage.web.pages.queue import next_address
from triage.web.rendering import see_other
from triage.web.security import Action, Guard, Visit

router = APIRouter(include_in_schema=False)

Decider = Annotated[Visit, Depends(Guard(Action.DECIDE))]


@router.post("/henvisning/{referral_id}/brevutkast")
def preview(
    request: Request, referral_id: ReferralId, form: Annotated[DecisionForm, Form()], visit: Decider
) -> Response:
    """For htmx the letters alone; for a plain button the whole page with what was typed."""
    case = read_case(visit, referral_id, again=True)
    now = form.in_chosen_language(case, visit)
    shown = preview_of(now, case, visit)
    if "HX-Request" in request.headers:
        return visit.web.page("fragments/preview.html", visit, form=now, preview=shown, texts_changed=now is not form)
    return case_page(visit, case, form=now, preview=shown)


@router.post("/henvisning/{referral_id}/avgjorelse")
def decide(referral_id: ReferralId, form: Annotated[DecisionForm, Form()], visit: Decider) -> Response:
    """Store the decision and go on to the next referral; else the same page, with what was typed and what to change."""
    case = read_case(visit, referral_id, again=True)
    shown = preview_of(form, case, visit)
    if shown.faults:
        return case_page(visit, case, form=form, preview=shown, status=422)
    decision = form.decision(case, visit)
    try:
        workflow.decide(visit.web.db, decision, visit.web.engines.policy, expected_version=form.version)
    except (BadInput, Conflict) as error:
        case = read_case(visit, referral_id)
        # The page shows what it is now, so that the same form may be sent once more after reading it.
        now = {"version": case.referral.version, "recommendation": case.referral.recommendation_id}
        form = form.model_copy(update=now)
        return case_page(visit, case, form=form, preview=shown, refused=str(error), status=error.http_status)
    return see_other(next_address(visit, avgjort=decision.id))
