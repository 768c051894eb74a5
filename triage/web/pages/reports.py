"""The council's report: the last edition, its files, and making a new one. Everybody sees the same edition."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Response
from markupsafe import Markup

from triage.domain.errors import NotFound
from triage.web.pages.forms import PostedForm
from triage.web.rendering import see_other
from triage.web.security import Action, Guard, Visit

router = APIRouter(include_in_schema=False)

Reader = Annotated[Visit, Depends(Guard(Action.READ_REPORT))]

_MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


class Period(PostedForm):
    """Both days included."""

    start: date
    end: date


@router.get("/rapport")
def show(visit: Reader) -> Response:
    from triage.commands.reporting import published  # noqa: PLC0415 (statistics are slow to load)

    file = published(visit.web.settings.home) / "body.html"
    # The program's own file, made from templates that escape.
    report = Markup(file.read_text(encoding="utf-8")) if file.is_file() else None  # noqa: S704
    return visit.web.page("report.html", visit, here="/rapport", report=report, formats=tuple(_MEDIA_TYPES))


@router.post("/rapport")
def make(form: Annotated[Period, Form()], visit: Reader) -> Response:
    from triage.commands.reporting import publish  # noqa: PLC0415

    web = visit.web
    publish(web.db, web.settings.home, web.engines.policy, start=form.start, end=form.end)
    return see_other("/rapport")


@router.get("/rapport/variation.{suffix}")
def download(suffix: Literal["pdf", "xlsx", "csv", "json"], visit: Reader) -> Response:
    from triage.commands.reporting import published  # noqa: PLC0415

    file = published(visit.web.settings.home) / f"variation.{suffix}"
    if not file.is_file():
        raise NotFound("Ingen rapport er laget ennå.")
    headers = {"Content-Disposition": f'attachment; filename="variasjon.{suffix}"'}
    return Response(file.read_bytes(), media_type=_MEDIA_TYPES[suffix], headers=headers)
