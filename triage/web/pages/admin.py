"""Administration: who may come in as what, and under which policy and versions the program works."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Response
from pydantic import Field

from triage.domain.calendar import utc_now
from triage.domain.decision import Role
from triage.domain.errors import BadInput
from triage.domain.referral import Area
from triage.store import audit, users
from triage.store.audit import Event
from triage.web.rendering import see_other
from triage.web.security import Action, Guard, PostedForm, Visit

router = APIRouter(prefix="/admin", include_in_schema=False)
Administrator = Annotated[Visit, Depends(Guard(Action.ADMINISTER))]

_SHORTEST_PASSWORD = 12
_NOT_SHOWN = ("units", "statutes", "retention_days")  # by themselves, as tables of their own


@router.get("")
def show(visit: Administrator) -> Response:
    with visit.db.reading(as_=visit.person) as tx:
        everyone = users.everyone(tx)
    rules = {name: value for name, value in asdict(visit.policy).items() if name not in _NOT_SHOWN}
    return visit.page("admin.html", users=everyone, rules=rules)


class UserForm(PostedForm):
    username: str = Field(pattern=r"^[a-z0-9._-]{2,40}$")
    name: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=200)
    hpr: str = Field("", pattern=r"^(\d{7,9})?$")
    roles: list[Role] = Field(min_length=1)
    areas: list[Area] = Field(default_factory=list)
    password: str = Field("", max_length=200, repr=False)


@router.post("/bruker")
def save_user(visit: Administrator, form: Annotated[UserForm, Form()]) -> Response:
    """Without a password the user signs in elsewhere, or keeps the one there is."""
    if form.password and len(form.password) < _SHORTEST_PASSWORD:
        raise BadInput(f"Passordet må ha minst {_SHORTEST_PASSWORD} tegn.")
    person = users.person(
        form.username, form.name, form.title, roles=list(form.roles), areas=list(form.areas), hpr=form.hpr or None
    )
    with visit.db.writing(as_=visit.person) as tx:
        users.save(tx, person, password=form.password or None)
        audit.record(tx, Event.USER_ADDED, user=form.username, roles=list(form.roles), areas=list(form.areas))
    return see_other("/admin")


class BlockForm(PostedForm):
    username: str


@router.post("/sperr")
def block_user(visit: Administrator, form: Annotated[BlockForm, Form()]) -> Response:
    if form.username == visit.person.username:
        raise BadInput("Du kan ikke sperre deg selv. Be en annen administrator gjøre det.")
    with visit.db.writing(as_=visit.person) as tx:
        users.get(tx, form.username)  # raises NotFound
        users.deactivate(tx, form.username, at=utc_now())
        audit.record(tx, Event.USER_BLOCKED, user=form.username)
    return see_other("/admin")
