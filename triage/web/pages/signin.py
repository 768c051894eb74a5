"""Signing in and out, the start page of each role, and keeping the session alive."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import ValidationError

from triage.commands.users import DEMO_USERS
from triage.domain.calendar import utc_now
from triage.domain.errors import Forbidden, NotFound
from triage.store import audit, users
from triage.store.audit import Event
from triage.store.database import SYSTEM
from triage.strict_yaml import read_yaml
from triage.web.oidc import Pending, Provider
from triage.web.rendering import NAVIGATION, AWeb, Web, see_other, web_of
from triage.web.security import Anybody, Open, PostedForm, SignedIn, cookie_name, require_own_origin

router = APIRouter(include_in_schema=False)
PURPOSE: dict[str, Any] = read_yaml(Path(__file__).parents[1] / "purpose.yaml")
_AWAY = timedelta(minutes=10)  # at the identity provider, at most


@router.get("/")
def start(visit: SignedIn) -> Response:
    return see_other(next(path for role, path in NAVIGATION["start"].items() if role in visit.person.roles))


@router.get("/logg-inn")
def show_sign_in(web: AWeb, visit: Anybody, neste: str = "/") -> Response:
    return see_other(_own_path(neste)) if visit else _sign_in_page(web, neste)


class SignInForm(PostedForm):
    username: str
    password: str
    next: str = "/"


@router.post("/logg-inn", dependencies=[Depends(Open())])
def sign_in(request: Request, web: AWeb, form: Annotated[SignInForm, Form()]) -> Response:
    require_own_origin(request)
    now = utc_now()
    with web.db.writing(as_=SYSTEM) as tx:
        person = users.check_password(tx, form.username, form.password, now=now)
        audit.record(tx, Event.SIGNED_IN if person else Event.SIGN_IN_FAILED, user=person.username if person else None)
        token = users.start_session(tx, person, now=now) if person else None
    if token is None:
        return _sign_in_page(web, form.next, failed=True)
    return _come_in(request, form.username, token, form.next)


def _come_in(request: Request, username: str, token: str, next_path: str) -> Response:
    """What the program is for comes first, until the person has said that it was read."""
    with web_of(request).db.reading(as_=SYSTEM) as tx:
        read = audit.done_by(tx, username, Event.PURPOSE_READ)
    known, path = PURPOSE["version"] in [one.details["version"] for one in read], _own_path(next_path)
    response = see_other(path if known else f"/formal?neste={quote(path)}")
    _keep(response, request, cookie_name(request), token, users.LONGEST)
    return response


def _keep(response: Response, request: Request, name: str, value: str, for_: timedelta) -> None:
    """In a cookie that no script reads, and that no other page sends but by leading here."""
    tls = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=int(for_.total_seconds()), secure=tls, httponly=True, samesite="lax")


@router.get("/formal")
def show_purpose(visit: SignedIn, neste: str = "/") -> Response:
    return visit.page("purpose.html", purpose=PURPOSE, next=_own_path(neste))


@router.post("/formal")
def read_purpose(visit: SignedIn, next: Annotated[str, Form()] = "/") -> Response:  # noqa: A002 (the field's name)
    with visit.db.writing(as_=visit.person) as tx:
        audit.record(tx, Event.PURPOSE_READ, version=PURPOSE["version"])
    return see_other(_own_path(next))


# Through the hospital's identity provider -------------------------------------------------------------------------


def _provider(web: AWeb) -> Provider:
    if web.provider is None:
        raise NotFound("Innlogging gjennom sykehuset er ikke satt opp.")
    return web.provider


AProvider = Annotated[Provider, Depends(_provider)]


@router.get("/logg-inn/start", dependencies=[Depends(Open())])
def go_to_provider(request: Request, provider: AProvider, neste: str = "/") -> Response:
    pending = Pending(next=_own_path(neste))
    response = see_other(provider.address(pending))
    _keep(response, request, _pending_cookie(request), pending.model_dump_json(), _AWAY)
    return response


@router.get("/logg-inn/svar", dependencies=[Depends(Open())])
def come_from_provider(request: Request, web: AWeb, provider: AProvider) -> Response:
    """The person gets the roles and areas that the provider vouches for today."""
    try:
        pending = Pending.model_validate_json(request.cookies.get(_pending_cookie(request), ""))
    except ValidationError:
        raise Forbidden("Innloggingen tok for lang tid. Begynn på nytt.") from None
    try:
        person = provider.person(pending, request.query_params)
    except Forbidden:
        with web.db.writing(as_=SYSTEM) as tx:
            audit.record(tx, Event.SIGN_IN_FAILED, user=None, through=provider.known.issuer)
        raise
    with web.db.writing(as_=SYSTEM) as tx:
        users.admit(tx, person)
        audit.record(tx, Event.SIGNED_IN, user=person.username, through=provider.known.issuer)
        token = users.start_session(tx, person, now=utc_now())
    response = _come_in(request, person.username, token, pending.next)
    response.delete_cookie(_pending_cookie(request), secure=request.url.scheme == "https", httponly=True)
    return response


def _pending_cookie(request: Request) -> str:
    return f"{cookie_name(request)}-pending"


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


def _sign_in_page(web: Web, next_path: str, *, failed: bool = False) -> Response:
    demo = [] if web.settings.production else DEMO_USERS
    provider = web.provider.known.name if web.provider else None
    shown: dict[str, Any] = {"failed": failed, "demo_users": demo, "provider": provider}
    return web.page("sign_in.html", None, status=401 if failed else 200, next=_own_path(next_path), **shown)


def _own_path(path: str) -> str:
    """Never to another site: `//elsewhere` and `/\\elsewhere` are addresses too."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
