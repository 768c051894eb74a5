"""The queue: what waits, the most dangerous and the most urgent first, and the next one for whoever asks."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from triage import workflow
from triage.domain.calendar import oslo_date, utc_now
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area
from triage.store import queue
from triage.store.queue import Counts, Wanted
from triage.web.pages.deadline import days_left
from triage.web.pages.forms import PostedForm
from triage.web.pages.undoing import just_decided
from triage.web.rendering import see_other
from triage.web.security import Action, Guard, Visit

router = APIRouter(include_in_schema=False)

Reader = Annotated[Visit, Depends(Guard(Action.READ_QUEUE))]

_PAGE = 50
_SOON_DAYS = 3  # calendar days: what must be read today or tomorrow, also before a weekend

Only = Literal["mine", "over", "snart", "usikker", "ulest", "igjen", "spurt"]


class QueueQuery(BaseModel):
    """The address of one view of the queue; nothing in it says who a patient is."""

    model_config = ConfigDict(extra="forbid")

    omrade: Area | None = None
    lop: Pathway | None = None
    bare: Only | None = None
    avsender: str | None = Field(default=None, max_length=100)
    kommune: str | None = Field(default=None, max_length=4)
    side: int = Field(default=1, ge=1, le=10_000)
    avgjort: UUID | None = None  # the decision just made, which can still be undone

    def wanted(self, visit: Visit, today: date, *, proposals: bool) -> Wanted:
        due_by = {"over": today - timedelta(days=1), "snart": today + timedelta(days=_SOON_DAYS)}
        return Wanted(
            area=self.omrade,
            pathway=self.lop if proposals else None,
            claimed_by=visit.person.username if self.bare == "mine" else None,
            due_by=due_by.get(self.bare or ""),
            unsure=proposals and self.bare == "usikker",
            unread=self.bare == "ulest",
            bounced=self.bare == "igjen",
            asked=self.bare == "spurt",
            sender=self.avsender,
            municipality=self.kommune,
        )

    def address(self, **changes: object) -> str:
        """The same view with something changed, from its first page."""
        kept = {**self.model_dump(mode="json", exclude={"side", "avgjort"}), **changes}
        given = {name: value for name, value in kept.items() if value}
        return f"/ko?{urlencode(given)}" if given else "/ko"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow the queue, with how many it leaves."""

    name: str
    count: int | None  # None: too costly to count
    address: str
    chosen: bool


@router.get("/ko")
def show_queue(visit: Reader, query: Annotated[QueueQuery, Query()]) -> Response:
    today, proposals = oslo_date(utc_now()), visit.web.shows_proposals()
    wanted = query.wanted(visit, today, proposals=proposals)
    rows = workflow.show_queue(visit.web.db, wanted, by=visit.person, limit=_PAGE, offset=_PAGE * (query.side - 1))
    with visit.web.db.reading(as_=visit.person) as tx:
        counts = queue.counts(tx, query.omrade, today=today, soon=today + timedelta(days=_SOON_DAYS))
        length = counts.total if wanted == Wanted(area=query.omrade) else queue.length(tx, wanted)
    return visit.web.page(
        "queue.html",
        visit,
        rows=[(row, days_left(row.assessment_due, today)) for row in rows],
        query=query,
        length=length,
        pages=-(-length // _PAGE),
        by_pathway=[(pathway, counts.by_pathway[pathway]) for pathway in Pathway if pathway in counts.by_pathway],
        just_decided=just_decided(visit, query.avgjort),
        proposals=proposals,
        choices=_choices(query, counts, proposals=proposals),
        areas=sorted(visit.person.areas),
        now=utc_now(),
    )


def _choices(query: QueueQuery, counts: Counts, *, proposals: bool) -> list[Choice]:
    narrowings: list[tuple[str, int | None, Only]] = [
        ("Over fristen", counts.overdue, "over"),
        ("Frist nå", counts.due_soon, "snart"),
        ("Usikre", None, "usikker"),
        ("Ikke lest av programmet", counts.by_pathway.get(None, 0), "ulest"),
        ("Sendt igjen", counts.bounced, "igjen"),
        ("Venter på svar", counts.asked, "spurt"),
    ]
    everything = Choice("Alle", counts.total, query.address(lop=None, bare=None), not (query.lop or query.bare))
    return [everything] + [
        Choice(name, count, query.address(lop=None, bare=only), query.bare == only)
        for name, count, only in narrowings
        if (proposals if count is None else count or query.bare == only)
    ]


class NextForm(PostedForm):
    omrade: Area | None = None


@router.post("/ko/neste")
def take_next(visit: Annotated[Visit, Depends(Guard(Action.DECIDE))], form: Annotated[NextForm, Form()]) -> Response:
    """Served by danger and deadline, so that nobody picks the easy ones."""
    return see_other(next_address(visit, form.omrade))


def next_address(visit: Visit, area: Area | None = None, **shown: object) -> str:
    """Where the next referral is, now claimed for this person; the queue when nothing waits."""
    taken = workflow.claim_next(visit.web.db, visit.web.engines.policy, by=visit.person, area=area)
    path = f"/henvisning/{taken}" if taken else "/ko"
    return f"{path}?{urlencode(shown)}" if shown else path


class SearchForm(PostedForm):
    query: str = Field(max_length=200)


@router.post("/ko/sok")
def search(visit: Reader, form: Annotated[SearchForm, Form()]) -> Response:
    """By POST, so that no name or number is ever part of an address."""
    rows = workflow.search(visit.web.db, form.query, by=visit.person)
    today = oslo_date(utc_now())
    found = [(row, days_left(row.assessment_due, today)) for row in rows]
    return visit.web.page("search.html", visit, rows=found, typed=form.query, now=utc_now())
