"""From templates and values to pages: words for codes, dates as Norwegians write them, the menu."""

from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from fastapi.responses import RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from triage.domain.calendar import OSLO, long_date
from triage.web.security import Action, Visit

_HERE = Path(__file__).parent
STATIC = _HERE / "static"

_MENU = (
    ("/ko", "Køen", Action.READ_QUEUE),
    ("/forsortering", "Forsortering", Action.PRESORT),
    ("/rapport", "Rapport", Action.READ_REPORT),
    ("/logg", "Logg", Action.READ_LOG),
    ("/admin", "Administrasjon", Action.ADMINISTER),
)


def menu(visit: Visit | None) -> list[tuple[str, str]]:
    """Path and name of each page that the person may open and that this installation has."""
    if visit is None:
        return []
    return [(path, name) for path, name, action in _MENU if visit.may(action) and path in visit.web.paths]


def csrf_field(visit: Visit | None) -> Markup:
    """What proves that a form came from one of our own pages, for every `<form method="post">`."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(visit.csrf if visit else "")


def see_other(path: str) -> RedirectResponse:
    """After a change: the browser asks for this page anew, so that reloading it repeats nothing."""
    return RedirectResponse(path, status_code=303)


def load_pages() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    pages.filters |= {"word": word, "long_date": long_date, "short_date": short_date, "clock": clock, "moment": moment}
    pages.filters |= {"decimal": decimal, "file_size": file_size}
    pages.globals["asset"] = asset
    return pages


@cache
def load_words() -> dict[str, dict[str, str]]:
    """`words.yaml`: kind of code, then code, then what the screen says."""
    words: dict[str, dict[str, str]] = yaml.safe_load((_HERE / "words.yaml").read_text("utf-8"))
    return words


def word(code: Any, kind: str) -> str:
    """What the screen says for a code; the code itself when nobody has given it a word."""
    return load_words()[kind].get(str(code), str(code).replace("_", " "))


def short_date(day: date) -> str:
    return f"{day.day:02}.{day.month:02}.{day.year}"


def clock(moment: datetime) -> str:
    return moment.astimezone(OSLO).strftime("%H.%M")


def moment(at: datetime) -> str:
    local = at.astimezone(OSLO)
    return f"{short_date(local.date())} kl. {local:%H.%M}"


def decimal(value: float) -> str:
    """Three decimals with a comma: `0,875`."""
    return f"{value:.3f}".replace(".", ",")


def file_size(size_bytes: int) -> str:
    """In whole kilobytes, never less than one."""
    return f"{-(-size_bytes // 1000)} kB"


@cache
def asset(name: str) -> str:
    """The address of one of our own static files, which changes when the file does."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
