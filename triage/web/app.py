"""The web application, put together.

How a page is added:

1. `pages/subject.py` with `router = APIRouter()`, and the router in `_ROUTERS` below.
2. A route is a plain `def`, named after what it does, and declares who may come in:
   `def show(visit: Annotated[Visit, Depends(Guard(Action.READ_LOG))]) -> Response`. A new action gets a line in
   `security.POLICY`. Open pages take `Annotated[Visit | None, Depends(Open())]`.
3. What a form sends is a subclass of `pages.forms.PostedForm` (strict; it knows the hidden field `csrf`), taken as
   `Annotated[MyForm, Form()]`. Every `<form method="post">` has `{{ csrf_field() }}`.
4. It calls `triage.workflow` or reads through `triage.store`, with `as_=visit.person`, and returns
   `visit.web.page("subject.html", visit, ...)`, or `see_other("/path")` after a change.
5. `templates/subject.html` extends `base.html`; words for codes come from `words.yaml` by `{{ code | word("kind") }}`.
   No inline script or style: the content policy refuses it. Menu: `_MENU` in `rendering.py`.
6. Errors are raised as `TriageError` and become a page here; a page's test goes in `tests/web/`.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment
from starlette.exceptions import HTTPException

from triage import __version__, workflow
from triage.domain.errors import TriageError
from triage.domain.policy import Mode
from triage.engines import Engines
from triage.settings import Settings
from triage.store.database import Database
from triage.web import api, cds_hooks
from triage.web.pages import (
    about,
    admin,
    deciding,
    health,
    letters,
    presorting,
    queue,
    referral,
    reports,
    signin,
    undoing,
)
from triage.web.pages import log as log_pages
from triage.web.rendering import STATIC, csrf_field, load_pages, menu
from triage.web.security import Shield, SignInNeeded, Visit

log = structlog.get_logger(__name__)

_ROUTERS = (
    signin.router,
    queue.router,
    referral.router,
    deciding.router,
    undoing.router,
    letters.router,
    presorting.router,
    log_pages.router,
    reports.router,
    admin.router,
    about.router,
    health.router,
    api.router,
    cds_hooks.router,
)

_LARGEST_FORM_BYTES = 1_000_000
_MACHINE_PATHS = ("/api/", "/fhir", "/cds-services")


@dataclass(frozen=True, slots=True)
class Web:
    """What every route works with: `request.app.state.web`, or `visit.web`."""

    db: Database
    engines: Engines
    settings: Settings
    paths: frozenset[str]  # of the pages that this installation has
    pages: Environment = field(default_factory=load_pages)

    def shows_proposals(self) -> bool:
        """In administrative mode, and while suggestions are stopped, nothing of a proposal may reach a page."""
        return workflow.mode(self.db, self.engines.policy) is Mode.DECISION_SUPPORT

    def page(
        self,
        template: str,
        visit: Visit | None,
        /,
        *,
        status: int = 200,
        proposals: bool | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """A template as an answer. Each also gets the visit, the menu, the mode and the versions."""
        given = {
            "visit": visit,
            "csrf_field": partial(csrf_field, visit),
            "menu": menu(visit),
            "policy": self.engines.policy,
            "versions": self.engines.versions,
            "program_version": __version__,
            "proposals": self.shows_proposals() if proposals is None else proposals,
            "invented": not self.settings.production,
            **values,
        }
        return HTMLResponse(self.pages.get_template(template).render(given), status_code=status)


def create_app(db: Database, engines: Engines, settings: Settings) -> FastAPI:
    """The whole web over one database. Safe to serve from several processes."""
    app = FastAPI(
        title="Henvisningsvurdering",
        version=__version__,
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        telemetry={"tracing": False, "metrics": False, "logs": False},  # they would carry addresses
        max_body_size=_LARGEST_FORM_BYTES,
    )
    paths = frozenset(route.path for router in _ROUTERS for route in router.routes if isinstance(route, APIRoute))
    app.state.web = Web(db, engines, settings, paths)
    app.add_middleware(Shield)
    for router in _ROUTERS:
        app.include_router(router)
    app.mount("/static", Unchanging(directory=STATIC), name="static")
    app.add_exception_handler(TriageError, _say_what_went_wrong)
    app.add_exception_handler(RequestValidationError, _say_what_went_wrong)
    app.add_exception_handler(HTTPException, _say_what_went_wrong)
    app.add_exception_handler(500, _apologise)
    return app


class Unchanging(StaticFiles):
    """Files whose address names their version, so that a browser may keep them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


# Errors -----------------------------------------------------------------------------------------------------------

_SAYS = {
    400: "Forespørselen kan ikke leses.",
    404: "Siden finnes ikke, eller du har ikke tilgang til den.",
    405: "Dette kan ikke gjøres her.",
    413: "Det som ble sendt, er for stort.",
    422: "Noe i skjemaet mangler eller er skrevet på en måte programmet ikke forstår. Gå tilbake og prøv igjen.",
}


def _say_what_went_wrong(request: Request, error: Exception) -> Response:
    """An error as a page, as a fragment for htmx, or as JSON for a client program."""
    status, says = _status_and_words(error)
    if request.url.path.startswith(_MACHINE_PATHS):
        return JSONResponse({"error": says}, status_code=status)
    if isinstance(error, SignInNeeded):
        return _to_sign_in(request)
    return _error_page(request, status, says)


def _error_page(request: Request, status: int, says: str) -> Response:
    """Asks the database for nothing: it may be what went wrong."""
    visit, web = getattr(request.state, "visit", None), request.app.state.web
    template = "fragments/error.html" if "HX-Request" in request.headers else "error.html"
    page: Response = web.page(template, visit, status=status, proposals=False, says=says)
    return page


def _status_and_words(error: Exception) -> tuple[int, str]:
    if isinstance(error, TriageError):
        return error.http_status, str(error)
    status = error.status_code if isinstance(error, HTTPException) else 422
    if isinstance(error, RequestValidationError) and all(fault["loc"][0] == "path" for fault in error.errors()):
        status = 404  # an address that is no identifier leads nowhere
    return status, _SAYS.get(status, "Noe gikk galt.")


def _to_sign_in(request: Request) -> Response:
    """After signing in, back to what was asked for; what was being sent has to be sent again."""
    back = request.url.path if request.method == "GET" else "/"
    address = f"/logg-inn?neste={quote(back)}"
    if "HX-Request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


def _apologise(request: Request, error: Exception) -> Response:
    log.error("page_failed", route=getattr(request.scope.get("route"), "path", None), exc_info=error)
    says = "Noe gikk galt i programmet. Ingenting er lagret. Feilen er skrevet i loggen."
    if request.url.path.startswith(_MACHINE_PATHS):
        return JSONResponse({"error": says}, status_code=500)
    return _error_page(request, 500, says)
