"""The council's report and the simulator: everybody sees the same edition; a worker makes it."""

from datetime import date
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Form, Response
from markupsafe import Markup

from triage.commands.ordering import EXAMPLE, LATEST, SIMULATION, Asked, Change, latest, place
from triage.domain.errors import NotFound
from triage.store import report_files
from triage.store.job_queue import Job
from triage.web.rendering import as_file, see_other
from triage.web.security import Action, Guard, Visit

router = APIRouter(include_in_schema=False)
Council = Annotated[Visit, Depends(Guard(Action.READ_REPORT))]


@router.get("/rapport")
def show_report(visit: Council) -> Response:
    with visit.db.reading(as_=visit.person) as tx:
        body, order = report_files.load(tx, f"{LATEST}/body.html"), latest(tx, Job.PUBLISH_REPORT)
    report = Markup(body.decode()) if body else None  # noqa: S704 (the program's own file, of templates that escape)
    return visit.page("report.html", report=report, order=order, demo=not visit.web.settings.production)


@router.post("/rapport")
def order_report(
    visit: Council,
    start: Annotated[date, Form()],
    end: Annotated[date, Form()],
    *,
    own: Annotated[str, Form(max_length=200)] = "",
    events: Annotated[str, Form(max_length=2000)] = "",
    example: Annotated[bool, Form()] = False,
) -> Response:
    """Of a period, both days included; the invented region has its own."""
    start, end = EXAMPLE if example else (start, end)
    asked = Asked.of(start, end, events=events.splitlines(), own=own, example=example)
    return _order(visit, Job.PUBLISH_REPORT, asked, "/rapport")


@router.get("/rapport/variation.{suffix}")
def download_report(suffix: Literal["pdf", "xlsx", "csv", "json"], visit: Council) -> Response:
    with visit.db.reading(as_=visit.person) as tx:
        content = report_files.load(tx, f"{LATEST}/variation.{suffix}")
    if content is None:
        raise NotFound("Ingen rapport er laget ennå.")
    return as_file(content, f"variasjon.{suffix}")


@router.get("/rapport/simuler")
def show_simulation(visit: Council) -> Response:
    with visit.db.reading(as_=visit.person) as tx:
        found, order = report_files.load(tx, SIMULATION), latest(tx, Job.SIMULATE)
    grids = orjson.loads(found) if found and order and order.state == "done" else []
    last = order.what if order else Change(rules_only=True)
    return visit.page("simulation.html", grids=grids, order=order, last=last, rules=visit.web.engines.rules.rules)


@router.post("/rapport/simuler")
def order_simulation(
    visit: Council,
    minutes: Annotated[float, Form(ge=0, le=600)],
    *,
    age_limit: Annotated[int | None, Form(ge=0, le=120)] = None,
    sensitivity: Annotated[float | None, Form(ge=50, lt=100)] = None,  # percent
    without: Annotated[list[str] | None, Form()] = None,
    rules_only: Annotated[bool, Form()] = False,
) -> Response:
    share = sensitivity / 100 if sensitivity else None
    change = Change(
        age_limit=age_limit, sensitivity=share, without=tuple(without or ()), rules_only=rules_only, minutes=minutes
    )
    return _order(visit, Job.SIMULATE, change, "/rapport/simuler")


def _order(visit: Visit, job: Job, what: Asked | Change, back: str) -> Response:
    with visit.db.writing(as_=visit.person) as tx:
        place(tx, job, what)
    return see_other(back)
