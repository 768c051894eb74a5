"""The audit log for the privacy officer: what happened last, whether the chain is whole, who looked at a patient."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Response
from pydantic import Field

from triage.store import audit, queue, referrals
from triage.store.audit import Event
from triage.store.database import SYSTEM
from triage.web.security import Action, Guard, PostedForm, Visit

router = APIRouter(prefix="/logg", include_in_schema=False)
PrivacyOfficer = Annotated[Visit, Depends(Guard(Action.READ_LOG))]

_NEWEST = 200  # rows
_MOST_REFERRALS = 1000  # of one patient


@router.get("")
def show(visit: PrivacyOfficer, bruker: Annotated[str | None, Query(max_length=100)] = None) -> Response:
    with visit.db.writing(as_=visit.person) as tx:
        entries = audit.latest(tx, limit=_NEWEST, actor=bruker or None)
        audit.record(tx, Event.LOG_SHOWN, user=bruker or None)
    return visit.page("log.html", entries=entries, user=bruker or "")


@router.post("/kontroll")
def verify(visit: PrivacyOfficer) -> Response:
    """By POST, because walking the whole chain is work that nobody's reload should repeat."""
    with visit.db.reading(as_=visit.person) as tx:
        verdict = audit.verify(tx)
    return visit.page("log_verdict.html", verdict=verdict)


class PatientForm(PostedForm):
    who: str = Field(min_length=2, max_length=200)


@router.post("/pasient")
def show_patient(visit: PrivacyOfficer, form: Annotated[PatientForm, Form()]) -> Response:
    """Everything done with a patient's referrals, also their being shown in a list; that it was asked is logged too."""
    with visit.db.writing(as_=SYSTEM) as tx:  # the privacy officer sees the log of every area, and no referral
        found = [row.id for row in queue.search(tx, form.who, limit=_MOST_REFERRALS)]
        entries = audit.about(tx, *found, *{referrals.get(tx, one).message_id for one in found})
        audit.record(tx, Event.LOG_SHOWN, by=visit.person.username, referrals=[str(one) for one in found])
    return visit.page("log_patient.html", found=found, entries=entries, who=form.who)
