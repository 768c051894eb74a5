"""The council's report: the last edition, its files, and making a new one. Everybody sees the same edition."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Response
from markupsafe import Markup

from triage.domain.errors import NotFound
from triage.web.rendering import as_file, see_other
from triage.web.security import Action, Guard, PostedForm, Visit

router = APIRouter(prefix="/rapport", include_in_schema=False)

Council = Annotated[Visit, Depends(Guard(Action.READ_REPORT))]
Format = Literal["pdf", "xlsx", "csv", "json"]


@router.get("")
def show(visit: Council) -> Response:
    file = _published(visit) / "body.html"
    # The program's own file, made from templates that escape.
    report = Markup(file.read_text(encoding="utf-8")) if file.is_file() else None  # noqa: S704
    return visit.page("report.html", report=report)


class Period(PostedForm):
    """Both days included."""

    start: date
    end: date


@router.post("")
def make(form: Annotated[Period, Form()], visit: Council) -> Response:
    from triage.commands.reporting import publish  # noqa: PLC0415 (statistics are slow to load)

    publish(visit.db, visit.web.settings.home, visit.policy, start=form.start, end=form.end)
    return see_other("/rapport")


@router.get("/variation.{suffix}")
def download(suffix: Format, visit: Council) -> Response:
    file = _published(visit) / f"variation.{suffix}"
    if not file.is_file():
        raise NotFound("Ingen rapport er laget ennå.")
    return as_file(file.read_bytes(), f"variasjon.{suffix}")


def _published(visit: Visit) -> Path:
    from triage.commands.reporting import published  # noqa: PLC0415

    return published(visit.web.settings.home)
