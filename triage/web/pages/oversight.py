"""For those who oversee the work: what the program is for, the council's report, the log, users and versions."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Response
from pydantic import Field

from triage import workflow
from triage.commands.users import SHORTEST_PASSWORD, accepted
from triage.domain.calendar import utc_now
from triage.domain.errors import BadInput
from triage.store import audit, oversight, queue, users, watching
from triage.store.audit import Event
from triage.store.database import SYSTEM
from triage.strict_yaml import read_yaml
from triage.web.health import lately
from triage.web.pages.signin import PURPOSE
from triage.web.rendering import AWeb, see_other
from triage.web.security import Action, Anybody, Guard, PostedForm, Visit

router = APIRouter(include_in_schema=False)
MayStop = Annotated[Visit, Depends(Guard(Action.STOP_SUGGESTIONS))]
PrivacyOfficer = Annotated[Visit, Depends(Guard(Action.READ_LOG))]
Administrator = Annotated[Visit, Depends(Guard(Action.ADMINISTER))]

HAZARDS = Path(__file__).parents[1] / "hazards.yaml"
_NEWEST = 200  # rows of the log
_MOST_REFERRALS = 1000  # of one patient
_NOT_SHOWN = ("units", "statutes", "retention_days")  # by themselves, as tables of their own


# What the program is for ------------------------------------------------------------------------------------------


@router.get("/om")
def show_about(web: AWeb, visit: Anybody) -> Response:
    with web.db.reading() as tx:
        stop = oversight.stopped(tx)
    known = {"hazards": read_yaml(HAZARDS), "purpose": PURPOSE, "card": model_card(web.engines.model)}
    return web.page("about.html", visit, stop=stop, **known)


def model_card(model: Any) -> dict[str, Any] | None:
    return read_yaml(model.folder / "card.yaml") if model else None


@router.get("/tilgjengelighet")
def show_accessibility(web: AWeb, visit: Anybody) -> Response:
    return web.page("accessibility.html", visit)


@router.post("/om/stans")
def stop_suggestions(visit: MayStop, reason: Annotated[str, Form(max_length=500)]) -> Response:
    workflow.stop_suggestions(visit.db, reason, by=visit.person)
    return see_other("/om")


@router.post("/om/gjenoppta")
def resume_suggestions(visit: MayStop) -> Response:
    workflow.resume_suggestions(visit.db, by=visit.person)
    return see_other("/om")


# The log: what happened last, whether the chain is whole, who looked at a patient ---------------------------------


@router.get("/logg")
def show_log(visit: PrivacyOfficer, bruker: Annotated[str | None, Query(max_length=100)] = None) -> Response:
    with visit.db.writing(as_=visit.person) as tx:
        entries = audit.latest(tx, limit=_NEWEST, actor=bruker or None)
        audit.record(tx, Event.LOG_SHOWN, user=bruker or None)
    with visit.db.reading(as_=SYSTEM) as tx:  # of every department
        broken = oversight.emergencies(tx)
    return visit.page("log.html", entries=entries, user=bruker or "", broken=broken)


@router.post("/logg/kontroll")
def verify_log(visit: PrivacyOfficer) -> Response:
    """By POST, because walking the whole chain is work that nobody's reload should repeat."""
    with visit.db.reading(as_=visit.person) as tx:
        verdict = audit.verify(tx)
    return visit.page("log_verdict.html", verdict=verdict)


@router.post("/logg/pasient")
def show_patient(visit: PrivacyOfficer, who: Annotated[str, Form(min_length=2, max_length=200)]) -> Response:
    """Everything done with a patient's referrals, also their being shown in a list; that it was asked is logged too."""
    with visit.db.writing(as_=SYSTEM) as tx:  # the privacy officer sees the log of every area, and no referral
        found = [row.id for row in queue.search(tx, who, limit=_MOST_REFERRALS)]
        entries = audit.of_referrals(tx, found)
        audit.record(tx, Event.LOG_SHOWN, by=visit.person.username, referrals=[str(one) for one in found])
    return visit.page("log_patient.html", found=found, entries=entries, who=who)


# Administration: who may come in as what, and under which policy and versions the program works -------------------


@router.get("/admin")
def show_administration(visit: Administrator) -> Response:
    with visit.db.reading(as_=visit.person) as tx:
        everyone = users.everyone(tx)
    with visit.db.reading(as_=SYSTEM) as tx:  # shares and counts alone, of every department
        shadows = watching.side_by_side(tx)
    rules = {name: value for name, value in asdict(visit.policy).items() if name not in _NOT_SHOWN}
    return visit.page(
        "admin.html",
        users=everyone,
        shortest_password=SHORTEST_PASSWORD,
        rules=rules,
        shadows=shadows,
        drift=lately(visit.db),
    )


class UserForm(PostedForm):
    username: str = Field(pattern=r"^[a-z0-9._-]{2,40}$")
    name: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=200)
    hpr: str = Field("", pattern=r"^(\d{7,9})?$")
    roles: list[str] = Field(min_length=1)  # `lege:eye` in that area, `fagrad` in none
    password: str = Field("", max_length=200, repr=False)


@router.post("/admin/bruker")
def save_user(visit: Administrator, form: Annotated[UserForm, Form()]) -> Response:
    password = accepted(form.password)
    known = form.model_dump(include={"username", "name", "title", "roles"})
    person = users.person(**known, areas=[], hpr=form.hpr or None)
    with visit.db.writing(as_=visit.person) as tx:
        users.save(tx, person, password=password)
        audit.record(tx, Event.USER_ADDED, user=form.username, roles=form.roles)
    return see_other("/admin")


@router.post("/admin/sperr")
def block_user(visit: Administrator, username: Annotated[str, Form()]) -> Response:
    if username == visit.person.username:
        raise BadInput("Du kan ikke sperre deg selv. Be en annen administrator gjøre det.")
    with visit.db.writing(as_=visit.person) as tx:
        users.get(tx, username)  # raises NotFound
        users.deactivate(tx, username, at=utc_now())
        audit.record(tx, Event.USER_BLOCKED, user=username)
    return see_other("/admin")
