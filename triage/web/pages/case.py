"""The page of one referral: what the letter says, what is proposed, and what can be done with it now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import Response

from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.decision import Decision
from triage.domain.errors import NotFound
from triage.domain.referral import ReferralId
from triage.store import decisions, queue
from triage.store.decisions import StoredDecision
from triage.store.tables import Status
from triage.web.pages.decision_form import (
    DecisionForm,
    Preview,
    deadlines,
    newest_recommendation,
    prefilled,
    proposal_for,
)
from triage.web.pages.evidence import facts, marks_of, segments, values
from triage.web.rendering import today
from triage.web.security import Action, Visit
from triage.workflow import Case


def read_case(visit: Visit, referral_id: ReferralId, *, again: bool = False) -> Case:
    """Written down as opened, but not `again` at every keystroke of the person whose claim is written down already."""
    if again:
        with visit.db.reading(as_=visit.person) as tx:
            case = workflow.case_of(tx, referral_id)
        if _holder(case) == visit.person.username:
            return case
    return workflow.look_at(visit.db, referral_id, by=visit.person)


def case_page(
    visit: Visit,
    case: Case,
    *,
    form: DecisionForm | None = None,
    preview: Preview | None = None,
    refused: str | None = None,
    decided_before: "Undoable | None" = None,
    status: int = 200,
) -> Response:
    """With `form` what was typed is kept; `refused` says why the decision in it was not stored."""
    holder, standing = _holder(case), _standing(case)
    can_undo = _undoable(visit, standing) if standing else None
    corrects = standing.decision if standing and not can_undo and visit.may(Action.DECIDE) else None
    mine = case.referral.status is Status.OPEN and visit.may(Action.DECIDE) and holder == visit.person.username
    if form is None and (mine or corrects):
        form = prefilled(case, visit, corrects=corrects)
    return visit.page(
        "referral.html",
        status=status,
        case=case,
        holder=holder,
        standing=standing.decision if standing else None,
        undoable=can_undo,
        corrects=corrects,
        may_decide=mine or corrects is not None,
        form=form,
        preview=preview,
        refused=refused,
        just_decided=decided_before,
        **_letter_and_facts(visit, case),
        **_surroundings(visit, case),
    )


# What can be done now ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Undoable:
    """A decision that can still be taken back, and until when."""

    decision: Decision
    until: datetime


def _holder(case: Case) -> str | None:
    """Username of who holds the referral, while the claim lasts."""
    referral = case.referral
    return referral.claimed_by if referral.claimed_until and referral.claimed_until > utc_now() else None


def _standing(case: Case) -> StoredDecision | None:
    return next((stored for stored in reversed(case.decisions) if stored.undone_at is None), None)


def _undoable(visit: Visit, stored: StoredDecision) -> Undoable | None:
    """None when it is too late, or when it was undone already."""
    until = stored.decision.decided_at + timedelta(minutes=visit.policy.hold_back_minutes)
    return Undoable(stored.decision, until) if stored.undone_at is None and until > utc_now() else None


def just_decided(visit: Visit, decision_id: UUID | None) -> Undoable | None:
    """What the page after a decision offers to take back; None for another department's."""
    if decision_id is None:
        return None
    with visit.db.reading(as_=visit.person) as tx:
        try:
            stored = decisions.get(tx, decision_id)
        except NotFound:
            return None
    return _undoable(visit, stored)


# What the page shows ----------------------------------------------------------------------------------------------


def _letter_and_facts(visit: Visit, case: Case) -> dict[str, Any]:
    newest, proposal = newest_recommendation(case), proposal_for(visit, case)
    names, weeks = visit.web.engines.feature_names, proposal.deadline_weeks if proposal else None
    marks = marks_of(newest, names, with_reasons=proposal is not None) if newest else []
    return {
        "proposal": proposal,
        "segments": segments(case.referral.incoming.referral.text, marks),
        "facts": facts(newest.features, names) if newest else {},
        "values": values(newest.measurements) if newest else {},
        "missing": newest.missing if newest else (),
        "deadlines": deadlines(case.referral.clock.start, weeks, today=today()),
    }


def _surroundings(visit: Visit, case: Case) -> dict[str, Any]:
    referral, by_danger = case.referral, visit.web.shows_proposals()
    with visit.db.reading(as_=visit.person) as tx:
        before, after = queue.neighbours(tx, referral.id, by_danger=by_danger)
        others = queue.same_patient(tx, referral.id)
    may_close = referral.status is Status.OPEN and workflow.asks_for_no_decision(referral)
    return {"before": before, "after": after, "others": others, "may_close": may_close}
