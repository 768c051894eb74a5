"""What every route works with, and from templates and values to answers: words for codes, dates, the menu, files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from unicodedata import combining, normalize
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from triage import __version__, workflow
from triage.domain.calendar import OSLO, is_working_day, long_date, oslo_date, today, utc_now, working_days_left
from triage.domain.decision import Criterion, Outcome, Place, Role
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Language, Sex
from triage.engines import Engines
from triage.settings import Settings
from triage.store.database import Database
from triage.store.queue import Counts
from triage.strict_yaml import read_yaml

if TYPE_CHECKING:
    from triage.web.oidc import Provider
    from triage.web.security import Visit

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_AFTER_Z = str.maketrans({"æ": "{", "ä": "{", "ø": "|", "ö": "|", "å": "}"})

NAVIGATION: dict[str, Any] = read_yaml(_HERE / "menu.yaml")


def load_pages() -> Environment:
    pages = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    written = (word, long_date, short_date, clock, moment, days_left, decimal, in_words, file_size)
    pages.filters |= {function.__name__: function for function in written}
    choices = (Area, Criterion, Language, Outcome, Pathway, Place, Role, Sex)
    pages.globals |= {kind.__name__: kind for kind in choices}
    pages.globals |= {"asset": asset, "menu": NAVIGATION["menu"], "words": load_words(), "now": utc_now, "today": today}
    return pages


@dataclass(frozen=True, slots=True)
class Web:
    """What every route works with, as `web: AWeb` or `visit.web`."""

    db: Database
    engines: Engines
    settings: Settings
    provider: "Provider | None"
    rule_titles: Mapping[str, str]
    pages: Environment = field(default_factory=load_pages)
    counted: dict[tuple[frozenset[Area], Area | None], tuple[float, Counts]] = field(default_factory=dict)

    def shows_proposals(self) -> bool:
        """In administrative mode, and while suggestions are stopped, nothing of a proposal may reach a page."""
        with self.db.reading() as tx:
            return workflow.proposes(tx, self.engines.policy)

    def page(
        self, template: str, visit: "Visit | None", *, status: int = 200, proposals: bool | None = None, **values: Any
    ) -> HTMLResponse:
        """A template as an answer. Each also gets the visit, the mode and the versions.

        `csrf_field` proves that a form came from one of our own pages, for every `<form method="post">`.
        A page about an error says whether there are `proposals`: the database may be what is away.
        """
        token = Markup('<input type="hidden" name="csrf" value="{}">').format(visit.csrf if visit else "")
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


def web_of(request: Request) -> Web:
    web: Web = request.app.state.web
    return web


AWeb = Annotated[Web, Depends(web_of)]


def see_other(path: str) -> RedirectResponse:
    """After a change: the browser asks for this page anew, so that reloading it repeats nothing."""
    return RedirectResponse(path, status_code=303)


def as_file(body: bytes, name: str, media_type: str = "application/octet-stream") -> Response:
    """To keep, never shown by us: what it holds may be somebody else's."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(body, media_type=media_type, headers=headers)


@cache
def load_words() -> dict[str, dict[str, str]]:
    """`words.yaml`: kind of code, then code, then what the screen says."""
    words: dict[str, dict[str, str]] = read_yaml(_HERE / "words.yaml")
    return words


def word(code: Any, kind: str) -> str:
    """What the screen says for a code; the code itself when nobody has given it a word."""
    return load_words()[kind].get(str(code), str(code).replace("_", " "))


@cache
def asset(name: str) -> str:
    """The address of one of our own static files, which changes when the file does."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def decimal(value: float) -> str:
    """Three decimals with a comma: `0,875`."""
    return f"{value:.3f}".replace(".", ",")


def in_words(probability: float) -> str:
    """A calibrated probability as a person says it."""
    limits = ((0.95, "svært sannsynlig"), (0.75, "sannsynlig"), (0.4, "mulig"), (0.1, "lite sannsynlig"))
    return next((words for limit, words in limits if probability >= limit), "svært lite sannsynlig")


def file_size(size_bytes: int) -> str:
    """In whole kilobytes, never less than one."""
    return f"{-(-size_bytes // 1000)} kB"


def in_norwegian_order(name: str) -> str:
    """What names are sorted by: æ, ø, å after z, aa as å, and other accents as the letter below them."""
    spelled = name.casefold().translate(_AFTER_Z).replace("aa", "}")
    return "".join(letter for letter in normalize("NFKD", spelled) if not combining(letter))


# Time -------------------------------------------------------------------------------------------------------------


def short_date(day: date) -> str:
    return f"{day.day:02}.{day.month:02}.{day.year}"


def clock(moment: datetime) -> str:
    return moment.astimezone(OSLO).strftime("%H.%M")


def moment(at: datetime) -> str:
    return f"{short_date(oslo_date(at))} kl. {clock(at)}"


@dataclass(frozen=True, slots=True)
class Days:
    """How long there is until a deadline; `urgency` is what colours it: `late`, `now`, `soon` or `calm`."""

    words: str
    urgency: str


@lru_cache(1024)
def days_left(due: date, today: date) -> Days:
    """In working days, until the assessment is due."""
    number = working_days_left(today, due)
    said = f"{abs(number)} {'virkedag' if abs(number) == 1 else 'virkedager'}"
    if due < today:
        return Days(f"{said} over fristen" if number else "over fristen", "late")
    if due == today or (number == 0 and not is_working_day(today)):
        return Days("i dag", "now")
    return Days(f"{said} igjen", "now" if number <= 1 else "soon" if number <= 3 else "calm")
