"""Reading what a colleague has read, or asks about, without seeing any answer; and answering before the proposal."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response
from pydantic import Field

from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.decision import Outcome
from triage.domain.referral import ReferralId
from triage.store import readings
from triage.web.pages.case import just_decided, left_panel
from triage.web.rendering import see_other
from triage.web.security import Decider, PostedForm

router = APIRouter(include_in_schema=False)


class AnswerForm(PostedForm):
    outcome: Outcome
    comment: str = Field(default="", max_length=2000)


@router.get("/lesning")
def show_all(visit: Decider) -> Response:
    """How many wait, what was answered to me, where two read unlike, and how often they do."""
    with visit.db.reading(as_=visit.person) as tx:
        asked, unlike = readings.asked_by_me(tx), readings.unlike(tx)
        figures, waiting = readings.agreement(tx), readings.waiting(tx, now=utc_now())
    return visit.page("readings.html", asked=asked, unlike=unlike, figures=figures, waiting=waiting)


@router.post("/lesning/neste")
def take_next(visit: Decider) -> Response:
    taken = workflow.take_reading(visit.db, visit.policy, by=visit.person)
    return see_other(f"/lesning/{taken}" if taken else "/lesning")


@router.get("/lesning/{reading_id}")
def show(reading_id: UUID, visit: Decider, avgjort: Annotated[UUID | None, Query()] = None) -> Response:
    reading, case = workflow.read_blind(visit.db, reading_id, by=visit.person)
    before = just_decided(visit, avgjort)
    with visit.db.reading(as_=visit.person) as tx:
        panel = left_panel(tx, visit, case)
    return visit.page("reading.html", reading=reading, case=case, just_decided=before, **panel)


@router.post("/lesning/{reading_id}")
def answer(reading_id: UUID, form: Annotated[AnswerForm, Form()], visit: Decider) -> Response:
    """Now the other answers, and ours, may be seen."""
    said = form.outcome, form.comment
    referral_id = workflow.answer_reading(visit.db, reading_id, *said, visit.policy, by=visit.person)
    return see_other(f"/henvisning/{referral_id}#readings")


class OpinionForm(PostedForm):
    colleague: str = Field(default="", max_length=100)
    question: str = Field(default="", max_length=2000)


@router.post("/henvisning/{referral_id}/kollega")
def ask_colleague(referral_id: ReferralId, form: Annotated[OpinionForm, Form()], visit: Decider) -> Response:
    workflow.ask_colleague(visit.db, referral_id, form.question, by=visit.person, colleague=form.colleague or None)
    return see_other(f"/henvisning/{referral_id}#readings")


@router.post("/henvisning/{referral_id}/forst")
def answer_first(referral_id: ReferralId, form: Annotated[AnswerForm, Form()], visit: Decider) -> Response:
    workflow.answer_first(visit.db, referral_id, form.outcome, by=visit.person)
    return see_other(f"/henvisning/{referral_id}")
