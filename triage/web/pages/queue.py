"""The queue: what waits, the most dangerous and the most urgent first, and the next one for whoever asks."""

from datetime import date, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from triage import workflow
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area
from triage.store import queue
from triage.store.queue import Wanted
from triage.web.pages.case import just_decided
from triage.web.rendering import see_other, today
from triage.web.security import Decider, Reader, Visit

router = APIRouter(include_in_schema=False)

_PAGE = 50
_SOON = timedelta(days=3)  # calendar days: what must be read today or tomorrow, also before a weekend


class QueueQuery(BaseModel):
    """The address of one view of the queue; nothing in it says who a patient is."""

    model_config = ConfigDict(extra="forbid")

    omrade: Area | None = None
    lop: Pathway | None = None
    bare: Literal["mine", "over", "snart", "usikker", "ulest", "igjen", "spurt"] | None = None
    avsender: str | None = Field(default=None, max_length=100)
    kommune: str | None = Field(default=None, max_length=4)
    side: int = Field(default=1, ge=1, le=10_000)
    avgjort: UUID | None = None  # the decision just made, which can still be undone

    def wanted(self, visit: Visit, today: date, *, proposals: bool) -> Wanted:
        """Without proposals nothing is narrowed or ordered by one."""
        return Wanted(
            area=self.omrade,
            pathway=self.lop if proposals else None,
            claimed_by=visit.person.username if self.bare == "mine" else None,
            due_by={"over": today - timedelta(days=1), "snart": today + _SOON}.get(self.bare or ""),
            unsure=proposals and self.bare == "usikker",
            unread=self.bare == "ulest",
            bounced=self.bare == "igjen",
            asked=self.bare == "spurt",
            sender=self.avsender,
            municipality=self.kommune,
            by_danger=proposals,
        )

    def address(self, **changes: object) -> str:
        """The same view with something changed, from its first page."""
        kept = {**self.model_dump(mode="json", exclude={"side", "avgjort"}), **changes}
        given = {name: value for name, value in kept.items() if value}
        return f"/ko?{urlencode(given)}" if given else "/ko"


@router.get("/ko")
def show(visit: Reader, query: Annotated[QueueQuery, Query()]) -> Response:
    proposals, day = visit.web.shows_proposals(), today()
    wanted = query.wanted(visit, day, proposals=proposals)
    rows = workflow.show_queue(visit.db, wanted, by=visit.person, limit=_PAGE, offset=_PAGE * (query.side - 1))
    with visit.db.reading(as_=visit.person) as tx:
        counts = queue.counts(tx, query.omrade, today=day, soon=day + _SOON)
        length = counts.total if wanted == Wanted(query.omrade, by_danger=proposals) else queue.length(tx, wanted)
    return visit.page(
        "queue.html",
        rows=rows,
        query=query,
        counts=counts,
        length=length,
        pages=-(-length // _PAGE),
        just_decided=just_decided(visit, query.avgjort),
        proposals=proposals,
    )


@router.post("/ko/neste")
def take_next(visit: Decider, omrade: Annotated[Area | None, Form()] = None) -> Response:
    """Served in the order of the queue, so that nobody picks the easy ones."""
    return see_other(next_address(visit, omrade))


def next_address(visit: Visit, area: Area | None = None, **shown: object) -> str:
    """Where the next referral is, now claimed for this person; the queue when nothing waits."""
    taken = workflow.claim_next(visit.db, visit.policy, by=visit.person, area=area)
    path = f"/henvisning/{taken}" if taken else "/ko"
    return f"{path}?{urlencode(shown)}" if shown else path


@router.post("/ko/sok")
def search(visit: Reader, query: Annotated[str, Form(max_length=200)]) -> Response:
    """By POST, so that no name or number is ever part of an address."""
    return visit.page("search.html", rows=workflow.search(visit.db, query, by=visit.person), typed=query)
