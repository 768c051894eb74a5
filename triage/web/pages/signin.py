"""Signing in and out, the start page of each role, and keeping the session alive."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from triage.commands.users import DEMO_USERS
from triage.domain.calendar import utc_now
from triage.domain.decision import Person, Role
from triage.domain.errors import Forbidden
from triage.store import audit, users
from triage.store.audit import Event
from triage.store.database import SYSTEM
from triage.web.rendering import see_other
from triage.web.security import Anybody, Open, PostedForm, SignedIn, cookie_name, require_own_origin

router = APIRouter(include_in_schema=False)

# In the order in which a person with several roles begins the day.
_START = {
    Role.REVIEWER: "/ko",
    Role.LEAD: "/ko",
    Role.SECRETARY: "/forsortering",
    Role.COUNCIL: "/rapport",
    Role.PRIVACY: "/logg",
    Role.ADMIN: "/admin",
}


@router.get("/")
def start(visit: SignedIn) -> Response:
    return see_other(_START[visit.role])


@router.get("/logg-inn")
def show_sign_in(request: Request, visit: Anybody, neste: str = "/") -> Response:
    return see_other(_own_path(neste)) if visit else _sign_in_page(request, neste)


class SignInForm(PostedForm):
    username: str
    password: str
    next: str = "/"


@router.post("/logg-inn", dependencies=[Depends(Open())])
def sign_in(request: Request, form: Annotated[SignInForm, Form()]) -> Response:
    require_own_origin(request)
    web, now = request.app.state.web, utc_now()
    with web.db.writing(as_=SYSTEM) as tx:
        person = users.check_password(tx, form.username, form.password, now=now)
        audit.record(tx, Event.SIGNED_IN if person else Event.SIGN_IN_FAILED, user=person.username if person else None)
        token = users.start_session(tx, person, _first_role(person), now=now) if person else None
    if token is None:
        return _sign_in_page(request, form.next, failed=True)
    response = see_other(_own_path(form.next))
    name, tls = cookie_name(request), request.url.scheme == "https"
    response.set_cookie(name, token, max_age=int(users.LONGEST.total_seconds()), secure=tls, httponly=True)
    return response


@router.post("/logg-ut")
def sign_out(request: Request, visit: SignedIn) -> Response:
    name = cookie_name(request)
    with visit.db.writing(as_=visit.person) as tx:
        users.end_session(tx, request.cookies[name], now=utc_now())
        audit.record(tx, Event.SIGNED_OUT)
    response = see_other("/logg-inn")
    response.delete_cookie(name, secure=request.url.scheme == "https", httponly=True)
    return response


@router.post("/okt")
def stay_signed_in(visit: SignedIn) -> Response:  # noqa: ARG001 (passing its guard is what counts)
    """Pressed in the warning that comes before the session ends."""
    return Response(status_code=204)


def _sign_in_page(request: Request, next_path: str, *, failed: bool = False) -> Response:
    web = request.app.state.web
    demo = [] if web.settings.production else DEMO_USERS
    values = {"next": _own_path(next_path), "failed": failed, "demo_users": demo}
    page: Response = web.page("sign_in.html", None, status=401 if failed else 200, **values)
    return page


def _first_role(person: Person) -> Role:
    role = next((role for role in _START if role in person.roles), None)
    if role is None:
        raise Forbidden("Brukeren har ingen rolle ennå.")
    return role


def _own_path(path: str) -> str:
    """Never to another site: `//elsewhere` and `/\\elsewhere` are addresses too."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
