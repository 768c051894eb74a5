"""The web application, put together.

A page is a router in `pages/`, a template that extends `base.html`, and a test in `tests/web/`. A route is a plain
`def` that says who may come in by the type of `visit` (`security.py`, `access.yaml`), takes a strict `PostedForm` or
single fields, calls `triage.workflow` or reads through `triage.store` with `as_=visit.person`, and returns
`visit.page(...)`, or `see_other(...)` after a change. Every `<form method="post">` has `{{ csrf_field() }}`; words for
codes come from `words.yaml` by `{{ code | word("kind") }}`. Inline script and style are refused. Errors become answers
in `errors.py`.
"""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from triage import __version__
from triage.domain.errors import TriageError
from triage.domain.referral import Language
from triage.engines import Engines
from triage.letters.linting import lint
from triage.settings import Settings
from triage.store.database import Database
from triage.web import api, cds_hooks, health
from triage.web.errors import apologise, say_what_went_wrong
from triage.web.oidc import load_provider
from triage.web.pages import letters, oversight, presorting, queue, readings, referral, reports, signin
from triage.web.rendering import STATIC, Web
from triage.web.security import Shield

_PAGES = (signin, queue, referral, readings, letters, presorting, reports, oversight)
ROUTERS = tuple(module.router for module in (*_PAGES, health, api, cds_hooks))


def create_app(db: Database, engines: Engines, settings: Settings) -> FastAPI:
    """The whole web over one database. Safe to serve from several processes."""
    # The first preview of a letter would else wait for the linter's rules to be read.
    lint("", outcome=None, language=Language.BOKMAL)
    app = FastAPI(
        title="Henvisningsvurdering",
        version=__version__,
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        telemetry={"tracing": False, "metrics": False, "logs": False},  # they would carry addresses
    )
    provider = load_provider(settings.oidc) if settings.oidc else None
    app.state.web = Web(db, engines, settings, provider, {rule.id: rule.title for rule in engines.rules.rules})
    app.add_middleware(Shield)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for expected in (TriageError, RequestValidationError, HTTPException):
        app.add_exception_handler(expected, say_what_went_wrong)
    app.add_exception_handler(500, apologise)
    return app
