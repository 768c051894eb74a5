"""The web application, put together.

A page is a router in `pages/`, a template that extends `base.html`, and a test in `tests/web/`. A route is a plain
`def` that says who may come in by the type of `visit` (`security.py`, `access.yaml`), takes a strict `PostedForm` or
single fields, calls `triage.workflow` or reads through `triage.store` with `as_=visit.person`, and returns
`visit.page(...)`, or `see_other(...)` after a change. Every `<form method="post">` has `{{ csrf_field() }}`; words for
codes come from `words.yaml` by `{{ code | word("kind") }}`. Inline script and style are refused. Errors become answers
in `errors.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment
from starlette.exceptions import HTTPException

from triage import __version__, workflow
from triage.domain.errors import TriageError
from triage.domain.referral import Area, Language
from triage.engines import Engines
from triage.letters.linting import lint
from triage.settings import Settings
from triage.store.database import Database
from triage.store.queue import Counts
from triage.web import api, cds_hooks, health
from triage.web.errors import apologise, say_what_went_wrong
from triage.web.oidc import Provider, load_provider
from triage.web.pages import letters, oversight, presorting, queue, readings, referral, reports, signin
from triage.web.rendering import STATIC, csrf_field, load_pages
from triage.web.security import Shield, Visit

_PAGES = (signin, queue, referral, readings, letters, presorting, reports, oversight)
ROUTERS = tuple(module.router for module in (*_PAGES, health, api, cds_hooks))


@dataclass(frozen=True, slots=True)
class Web:
    """What every route works with: `request.app.state.web`, or `visit.web`."""

    db: Database
    engines: Engines
    settings: Settings
    provider: Provider | None = None
    rule_titles: Mapping[str, str] = field(default_factory=dict)
    pages: Environment = field(default_factory=load_pages)
    counted: dict[tuple[frozenset[Area], Area | None], tuple[float, Counts]] = field(default_factory=dict)

    def shows_proposals(self) -> bool:
        """In administrative mode, and while suggestions are stopped, nothing of a proposal may reach a page."""
        with self.db.reading() as tx:
            return workflow.proposes(tx, self.engines.policy)

    def page(
        self, template: str, visit: Visit | None, /, *, status: int = 200, proposals: bool | None = None, **values: Any
    ) -> HTMLResponse:
        """A template as an answer. Each also gets the visit, the mode and the versions.

        A page about an error says whether there are `proposals`: the database may be what is away.
        """
        token = csrf_field(visit)
        given = {
            "visit": visit,
            "csrf_field": lambda: token,
            "policy": self.engines.policy,
            "rule_titles": self.rule_titles,
            "versions": self.engines.versions,
            "program_version": __version__,
            "proposals": (visit.proposals if visit else self.shows_proposals()) if proposals is None else proposals,
            "red_clock": timedelta(hours=self.engines.policy.red_clock_hours),
            "invented": not self.settings.production,
            **values,
        }
        return HTMLResponse(self.pages.get_template(template).render(given), status_code=status)


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
