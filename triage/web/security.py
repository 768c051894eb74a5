"""Who may do what (`access.yaml`), sessions, protection against forged requests, and what every answer carries.

A route declares its action by the type of its `visit` (`Reader`, `Decider`, ... below) or by a dependency on `Guard`,
`Open` or `Machine`; a test walks every route and fails for one that declares none. Which referrals a person sees is
decided where rows are fetched.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any
from urllib.parse import urlsplit

import structlog
from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.decision import Person, Role
from triage.domain.errors import Forbidden, TriageError
from triage.domain.policy import Policy, drawn
from triage.domain.referral import Area, ReferralId
from triage.messages.reading import MAX_BYTES
from triage.store import users
from triage.store.database import Database
from triage.strict_yaml import read_yaml
from triage.web.rendering import Web, web_of

log = structlog.get_logger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_HERE = Path(__file__).parent
HEADERS: Mapping[str, str] = read_yaml(_HERE / "headers.yaml")
_FOR_EVER = "public, max-age=31536000, immutable"  # a static file's address names its version
_LARGEST_BYTES = 1_000_000  # of what anybody sends, but for messages:
_LARGEST_MESSAGE_BYTES = {"/api/meldinger": MAX_BYTES, "/fhir": MAX_BYTES}


class Action(StrEnum):
    """What a route lets somebody do."""

    ANYBODY = "anybody"  # also without signing in
    MACHINE = "machine"  # a client program with a token of its own
    BE_SIGNED_IN = "be_signed_in"
    READ_REFERRALS = "read_referrals"  # the queue, and their letters
    PREPARE = "prepare"  # also by asking the referrer
    DECIDE = "decide"
    UNDO = "undo"
    BREAK_GLASS = "break_glass"  # read another department's referral, against a reason
    OVERSEE = "oversee"  # how fast the department works
    READ_REPORT = "read_report"
    READ_LOG = "read_log"
    ADMINISTER = "administer"
    STOP_SUGGESTIONS = "stop_suggestions"


_ROLES = read_yaml(_HERE / "access.yaml")
POLICY: Mapping[Action, frozenset[Role]] = {action: frozenset(map(Role, _ROLES[action])) for action in Action}


class SignInNeeded(TriageError):
    """Nobody is signed in, or the session has ended."""

    http_status = 401


class PostedForm(BaseModel):
    """What a page of ours sends: its known fields and the hidden token, which `Guard` has compared already."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    csrf: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request by one signed-in person, with the areas in which one of their roles allows what the route lets do.

    `csrf` goes into every form that the page shows; `proposals` says whether anything of a proposal may be shown.
    """

    web: Web
    person: Person
    csrf: str
    proposals: bool

    @property
    def db(self) -> Database:
        return self.web.db

    @property
    def policy(self) -> Policy:
        return self.web.engines.policy

    def may(self, action: Action, area: Area | None = None) -> bool:
        """The one place that compares a person's roles, in an area if one is given, with an action."""
        roles = POLICY[action]
        return bool(roles & self.person.roles) and (area is None or area in self.person.areas_as(*roles))

    def is_drawn_first(self, area: Area | None, referral_id: ReferralId) -> bool:
        """By lot a doctor answers before seeing the proposal, so that the department learns how much it steers."""
        return self.may(Action.DECIDE, area) and drawn(self.policy.blind_first_share, "blind first", referral_id)

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        return self.web.page(template, self, status=status, **values)


async def _token_sent(request: Request) -> str:
    """As a hidden field of the form or, from htmx, as a header."""
    if request.method in SAFE_METHODS:
        return ""
    request.state.sent = await request.form()
    return request.headers.get("X-CSRF") or str(request.state.sent.get("csrf", ""))


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets in a signed-in person who may do `action`."""

    action: Action

    def __call__(self, request: Request, token_sent: Annotated[str, Depends(_token_sent)]) -> Visit:
        visit = _visit(request, acts=True)
        if visit is None:
            raise SignInNeeded("Du er ikke logget inn, eller du har vært borte for lenge. Logg inn igjen.")
        request.state.visit = visit  # for the error pages and the log
        if request.method not in SAFE_METHODS:
            require_own_origin(request)
            if not hmac.compare_digest(token_sent.encode(), visit.csrf.encode()):
                raise Forbidden("Skjemaet er for gammelt. Åpne siden på nytt og prøv igjen.")
        if not visit.may(self.action):
            raise Forbidden("Rollen din har ikke tilgang til dette.")
        return replace(visit, person=replace(visit.person, areas=visit.person.areas_as(*POLICY[self.action])))


class Open:
    """Lets anybody in. A page that shows itself differently to those who are signed in gets the visit."""

    action = Action.ANYBODY

    def __call__(self, request: Request) -> Visit | None:
        return _visit(request, acts=False)


# Who comes in, as the type of a route's `visit`.
Anybody = Annotated[Visit | None, Depends(Open())]
SignedIn = Annotated[Visit, Depends(Guard(Action.BE_SIGNED_IN))]
Reader = Annotated[Visit, Depends(Guard(Action.READ_REFERRALS))]
Preparer = Annotated[Visit, Depends(Guard(Action.PREPARE))]
Decider = Annotated[Visit, Depends(Guard(Action.DECIDE))]


def _visit(request: Request, *, acts: bool) -> Visit | None:
    """With `acts` the request keeps the session alive."""
    web = web_of(request)
    token = request.cookies.get(cookie_name(request))
    if not token:
        return None
    with web.db.writing() as tx:
        found = users.of_session(tx, token, now=utc_now(), acts=acts)
        proposals = workflow.proposes(tx, web.engines.policy)
    return Visit(web, found, csrf_token(token), proposals) if found else None


def require_own_origin(request: Request) -> None:
    """Raises Forbidden unless the browser says that one of our own pages sent this."""
    if not _is_own(request.headers):
        raise Forbidden("Forespørselen kom ikke fra denne siden.")


def _is_own(headers: Headers) -> bool | None:
    """Whether one of our own pages sent this, as the browser says; None when no browser did."""
    if "Sec-Fetch-Site" in headers:
        return headers["Sec-Fetch-Site"] == "same-origin"
    if "Origin" in headers:
        return urlsplit(headers["Origin"]).netloc == headers.get("Host")
    return None


def cookie_name(request: Request) -> str:
    """Over TLS the browser itself sees to it that the cookie is ours alone; plain http is for the demo."""
    return "__Host-triage" if request.url.scheme == "https" else "triage"


def csrf_token(token: str) -> str:
    """What forms of this session carry. Who only sees a page cannot make the session's own token of it."""
    return sha256(b"csrf " + token.encode()).hexdigest()


class Shield:
    """Around everything: headers on every answer, no foreign page, nothing endless, and one line in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = perf_counter(), 500

        async def send_shielded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                if status == 200 and scope["path"].startswith("/static/"):
                    headers["Cache-Control"] = _FOR_EVER
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        scope.setdefault("state", {})
        if scope["method"] not in SAFE_METHODS and _is_own(Headers(scope=scope)) is False:
            await Response("Forespørselen kom fra en annen side.", 403)(scope, receive, send_shielded)
        else:
            largest = _LARGEST_MESSAGE_BYTES.get(scope["path"], _LARGEST_BYTES)
            await self.app(scope, _at_most(largest, receive), send_shielded)
        _log_request(scope, status, perf_counter() - began)


def _at_most(bytes_left: int, receive: Receive) -> Receive:
    """The framework has a limit of its own, but answers in English and in plain text."""

    async def receive_some() -> Message:
        nonlocal bytes_left
        message = await receive()
        bytes_left -= len(message.get("body", b""))
        if bytes_left < 0:
            raise HTTPException(413)
        return message

    return receive_some


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    """The route's template, never the address: an address may hold what somebody typed."""
    route = getattr(scope.get("route"), "path", None)
    visit = scope["state"].get("visit")
    user = visit.person.username if isinstance(visit, Visit) else None
    log.info("request", route=route, method=scope["method"], status=status, seconds=round(seconds, 4), user=user)
