"""An error as its reader needs it: a page, a part of a page for htmx, JSON for a client program, FHIR under /fhir."""

import re
from contextlib import suppress
from urllib.parse import quote
from uuid import UUID

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from triage.domain.errors import Forbidden, NotFound, NotReady, TriageError
from triage.store import audit
from triage.store.audit import Event
from triage.web.machines import FHIR_JSON, json_answer, outcome
from triage.web.pages.referral import keep_what_was_sent
from triage.web.rendering import load_words, web_of
from triage.web.security import SignInNeeded

log = structlog.get_logger(__name__)

_IS_IDENTIFIER = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MACHINE_PATHS = ("/api/", "/fhir", "/cds-services", "/helse", "/metrics")


def say_what_went_wrong(request: Request, error: Exception) -> Response:
    if isinstance(error, Forbidden | NotFound):
        _note_denial(request)
    if request.url.path.startswith(_MACHINE_PATHS):
        return _for_a_machine(request, error)
    if isinstance(error, SignInNeeded):
        return _to_sign_in(request)
    return _page(request, error)


def _note_denial(request: Request) -> None:
    """Whom somebody signed in asked for in vain, or what they tried and may not do."""
    visit = getattr(request.state, "visit", None)
    if visit is None:
        return
    asked = [UUID(one) for one in request.path_params.values() if _IS_IDENTIFIER.fullmatch(one)]
    with suppress(NotReady), visit.db.writing(as_=visit.person) as tx:
        audit.record(tx, Event.DENIED, asked[0] if asked else None, route=request.scope["route"].path)


def apologise(request: Request, error: Exception) -> Response:
    log.error("page_failed", route=getattr(request.scope.get("route"), "path", None), exc_info=error)
    return say_what_went_wrong(request, error)


def _page(request: Request, error: Exception) -> Response:
    """Asks the database for nothing: it may be what went wrong."""
    status = _status(error)
    if isinstance(error, RequestValidationError) and all(fault["loc"][0] == "path" for fault in error.errors()):
        status = 404  # an address that is no identifier leads nowhere
    visit = getattr(request.state, "visit", None)
    template = "fragments/error.html" if "HX-Request" in request.headers else "error.html"
    return web_of(request).page(template, visit, status=status, proposals=False, says=_words(error, status))


def _status(error: Exception) -> int:
    if isinstance(error, TriageError):
        return error.http_status
    if isinstance(error, HTTPException):
        return error.status_code
    return 422 if isinstance(error, RequestValidationError) else 500


def _words(error: Exception, status: int) -> str:
    return str(error) if isinstance(error, TriageError) else load_words()["answer"].get(str(status), "Noe gikk galt.")


def _to_sign_in(request: Request) -> Response:
    """After signing in, back to what was asked for, or to the referral that somebody was about to decide on."""
    keep_what_was_sent(request)
    referral = re.match(r"/henvisning/[^/]+", request.url.path)
    back = request.url.path if request.method == "GET" else referral[0] if referral else "/"
    address = f"/logg-inn?neste={quote(back)}"
    if "HX-Request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


def _for_a_machine(request: Request, error: Exception) -> Response:
    status = _status(error)
    says = _faults(error) if isinstance(error, RequestValidationError) else [_words(error, status)]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if request.url.path.startswith("/fhir"):
        code = "login" if status == 401 else "invalid"
        issues = outcome(*(("error", code, words) for words in says))
        return json_answer(issues, status=status, headers=headers, kind=FHIR_JSON)
    return json_answer({"error": " ".join(says)}, status=status, headers=headers)


def _faults(error: RequestValidationError) -> list[str]:
    """A sentence a fault: our own names of fields, never what was sent."""
    words = load_words()["fault"]
    found = [(".".join(map(str, fault["loc"][1:])), fault["type"]) for fault in error.errors()[:20]]
    return [f"{field or 'Innholdet'} {words.get(kind, 'kan ikke brukes')}." for field, kind in found]
