"""Taking a decision back before its letters are written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.decision import Outcome
from triage.domain.errors import NotFound
from triage.store import decisions
from triage.store.decisions import StoredDecision
from triage.web.rendering import see_other
from triage.web.security import Action, Guard, Visit

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Undoable:
    """A decision that can still be taken back, and until when."""

    id: UUID
    outcome: Outcome
    until: datetime


def undoable(visit: Visit, stored: StoredDecision) -> Undoable | None:
    """None when it is too late, or when it was undone already."""
    until = stored.decision.decided_at + timedelta(minutes=visit.web.engines.policy.hold_back_minutes)
    if stored.undone_at or until <= utc_now():
        return None
    return Undoable(stored.decision.id, stored.decision.outcome, until)


def just_decided(visit: Visit, decision_id: UUID | None) -> Undoable | None:
    """What the page after a decision offers to take back; None for another department's."""
    if decision_id is None:
        return None
    with visit.web.db.reading(as_=visit.person) as tx:
        try:
            stored = decisions.get(tx, decision_id)
        except NotFound:
            return None
    return undoable(visit, stored)


@router.post("/avgjorelse/{decision_id}/angre")
def undo(decision_id: UUID, visit: Annotated[Visit, Depends(Guard(Action.UNDO))]) -> Response:
    """Back in the queue, and back on the screen of whoever undid it."""
    policy = visit.web.engines.policy
    with visit.web.db.reading(as_=visit.person) as tx:
        referral_id = decisions.get(tx, decision_id).decision.referral_id
    workflow.undo(visit.web.db, decision_id, policy, by=visit.person)
    workflow.claim(visit.web.db, referral_id, policy, by=visit.person)
    return see_other(f"/henvisning/{referral_id}")
