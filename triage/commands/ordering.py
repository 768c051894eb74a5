"""Slow work that somebody asks for on a page and a worker does: what was asked, how it goes, and what came of it."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import Field

from triage.domain.calendar import utc_now
from triage.domain.errors import BadInput, TriageError
from triage.store import job_queue, report_files
from triage.store.database import SYSTEM, Database, Tx
from triage.store.job_queue import Job
from triage.strict_yaml import Strict

LATEST, SIMULATION = "latest", "simulation.json"  # where the results are, among the files of the reports
EXAMPLE = date(2023, 1, 1), date(2025, 12, 31)  # what the invented referrals cover


class Asked(Strict):
    """A report of a period, both days included. `events` are dates at which a phase begins; `own` is who is marked."""

    start: date
    end: date
    own: str | None = None
    events: dict[date, str] = Field(default_factory=dict)
    example: bool = False  # of the invented region

    @classmethod
    def of(cls, start: date, end: date, *, events: Iterable[str], own: str | None, example: bool) -> "Asked":
        """Events are lines like `2025-03-01 Ny rutine`, also with `=` between. Raises BadInput."""
        if start > end:
            raise BadInput("Perioden slutter før den begynner. Bytt om datoene.")
        said = [line.replace("=", " ", 1).split(maxsplit=1) for line in events if line.strip()]
        try:
            named = {date.fromisoformat(day): words for day, words in said}
        except ValueError:
            raise BadInput("Skriv hver hendelse som dato og ord: 2025-03-01 Ny rutine.") from None
        return cls(start=start, end=end, own=own or None, events=named, example=example)


class Change(Strict):
    """What to change of the rules; None is as today. `minutes` is what one examination takes: the user's assumption."""

    age_limit: int | None = None
    sensitivity: float | None = None
    without: tuple[str, ...] = ()  # rules that are left out
    rules_only: bool = False  # the model has learnt today's age limit, and hides what another would mean
    minutes: float = 30


class Order(Strict):
    """`state` is waiting, done, or why it could not be done."""

    id: UUID = Field(default_factory=uuid4)
    at: datetime = Field(default_factory=utc_now)
    by: str
    what: Asked | Change
    state: str = "waiting"


def place(tx: Tx, job: Job, what: Asked | Change) -> None:
    """Whoever asks again gets the last that was asked for."""
    order = Order(by=tx.actor_name, what=what)
    _save(tx, job, order)
    job_queue.defer(tx, job, order.id)


def latest(tx: Tx, job: Job) -> Order | None:
    found = report_files.load(tx, f"order/{job}")
    return Order.model_validate_json(found) if found else None


def carry_out(db: Database, job: Job, subject: UUID, work: Callable[[Any], object]) -> None:
    """Do what was asked, unless it is done or something else has been asked for since."""
    with db.reading(as_=SYSTEM) as tx:
        order = latest(tx, job)
    if order is None or order.id != subject or order.state != "waiting":
        return
    state = "done"
    try:
        work(order.what)
    except TriageError as error:
        if error.retry:
            raise
        state = str(error)
    with db.writing(as_=SYSTEM) as tx:
        _save(tx, job, order.model_copy(update={"state": state}))


def _save(tx: Tx, job: Job, order: Order) -> None:
    report_files.save(tx, {f"order/{job}": order.model_dump_json().encode()})
