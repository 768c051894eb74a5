"""The queue: what waits, the most dangerous and urgent first, the next one for whoever asks, and how fast it moves."""

from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Annotated
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from triage import workflow
from triage.domain.calendar import add_working_days, today, utc_now
from triage.domain.errors import BadInput
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area
from triage.store import desk, pace, queue, readings
from triage.store.database import Tx
from triage.store.queue import Counts, Only, Wanted
from triage.web.pages.case import just_decided
from triage.web.rendering import in_norwegian_order, see_other
from triage.web.security import Action, Decider, Guard, PostedForm, Reader, Visit

router = APIRouter(include_in_schema=False)
BreaksGlass = Annotated[Visit, Depends(Guard(Action.BREAK_GLASS))]
Overseer = Annotated[Visit, Depends(Guard(Action.OVERSEE))]

_PAGE = 50
_LONG, _FRESH_SECONDS = 5_000, 5.0  # so many take longer to count than 50 to show
_NOTHING = dict.fromkeys(("lop", "bare", "regel", "avsender", "kommune", "dager"))  # beyond the area


class QueueQuery(BaseModel):
    """The address of one view of the queue; nothing in it says who a patient is."""

    model_config = ConfigDict(extra="forbid")

    omrade: Area | None = None
    lop: Pathway | None = None
    bare: Only | None = None
    regel: str | None = Field(default=None, max_length=100)
    avsender: str | None = Field(default=None, max_length=100)
    kommune: str | None = Field(default=None, max_length=4)
    # At most so many working days left; a browser sends the field also when it was left empty.
    dager: Annotated[int | None, Field(ge=0, le=99), BeforeValidator(lambda typed: typed or None)] = None
    side: int = Field(default=1, ge=1, le=10_000)
    avgjort: UUID | None = None  # the decision just made, which can still be undone

    def wanted(self, visit: Visit) -> Wanted:
        """Without proposals nothing is narrowed or ordered by one."""
        proposals, only = visit.proposals, self.bare
        return Wanted(
            area=self.omrade,
            pathway=self.lop if proposals else None,
            only=only if only is None or proposals or not only.tells_proposals else None,
            due_by=None if self.dager is None else add_working_days(today(), self.dager),
            rule=self.regel if proposals else None,
            sender=self.avsender,
            municipality=self.kommune,
            by_danger=proposals,
            red_clock=timedelta(hours=visit.policy.red_clock_hours),
        )

    def address(self, **changes: object) -> str:
        """The same view with something changed, from its first page."""
        kept = {**self.model_dump(mode="json", exclude={"side", "avgjort"}), **changes}
        given = {name: value for name, value in kept.items() if value not in (None, "")}
        return f"/ko?{urlencode(given)}" if given else "/ko"


Narrowed = Annotated[QueueQuery, Query()]


@router.get("/ko")
def show(visit: Reader, query: Narrowed) -> Response:
    wanted = query.wanted(visit)
    rows = workflow.show_queue(visit.db, wanted, by=visit.person, limit=_PAGE, offset=_PAGE * (query.side - 1))
    with visit.db.reading(as_=visit.person) as tx:
        counts = _counts(visit, tx, wanted)
        views = desk.views(tx)
        waiting = readings.waiting(tx, now=utc_now()) if visit.may(Action.DECIDE) else 0
        length = counts.total if query.address() == query.address(**_NOTHING) else queue.length(tx, wanted)
    return visit.page(
        "queue.html",
        rows=rows,
        query=query,
        counts=counts,
        length=length,
        pages=-(-length // _PAGE),
        just_decided=just_decided(visit, query.avgjort),
        waiting_readings=waiting,
        views=sorted(views, key=lambda view: in_norwegian_order(view.name)),
    )


def _counts(visit: Visit, tx: Tx, wanted: Wanted) -> Counts:
    """Those that all with these areas share, of a long queue as they were a moment ago, and this person's own."""
    shared, which = visit.web.counted, (visit.person.areas, wanted.area)
    at, counts = shared.get(which, (0.0, None))
    if counts is None or counts.total < _LONG or monotonic() - at > _FRESH_SECONDS:
        counts = queue.counts(tx, wanted)
        shared[which] = monotonic(), counts
    own = {only: queue.length(tx, Wanted(area=wanted.area, only=only)) for only in queue.OWN}
    return replace(counts, by_view={**counts.by_view, **own})


@router.get("/ko/avgrens")
def show_ways_to_narrow(visit: Reader, query: Narrowed) -> Response:
    """Every rule, sender and municipality of the area that somebody waits for, with how many, in Norwegian order."""
    wanted, titles = query.wanted(visit), visit.web.rule_titles
    with visit.db.reading(as_=visit.person) as tx:
        found = queue.counts_by(tx, wanted)
    listed = {kind: [(titles.get(of, of), of, number) for of, number in each.items()] for kind, each in found.items()}
    kinds = {kind: sorted(each, key=lambda line: in_norwegian_order(line[0])) for kind, each in listed.items()}
    return visit.page("narrowing.html", query=query, kinds=kinds)


class ViewForm(PostedForm):
    name: str = Field(min_length=1, max_length=40)
    query: str = Field(default="", max_length=500)


@router.post("/ko/visning")
def save_view(visit: Reader, form: Annotated[ViewForm, Form()]) -> Response:
    """The queue as it is narrowed now, under a name of one's own."""
    try:
        query = QueueQuery.model_validate(dict(parse_qsl(form.query)))
    except ValidationError:
        raise BadInput("Visningen kan ikke lagres. Avgrens køen på nytt.") from None
    with visit.db.writing(as_=visit.person) as tx:
        desk.save_view(tx, form.name, query.address())
    return see_other(query.address())


@router.post("/ko/visning/{view_id}/fjern")
def drop_view(view_id: UUID, visit: Reader) -> Response:
    with visit.db.writing(as_=visit.person) as tx:
        desk.drop_view(tx, view_id)
    return see_other("/ko")


@router.post("/ko/neste")
def take_next(visit: Decider, omrade: Annotated[Area | None, Form()] = None) -> Response:
    """Served in the order of the queue, so that nobody picks the easy ones."""
    return see_other(next_address(visit, omrade))


def next_address(visit: Visit, area: Area | None = None, **shown: object) -> str:
    """Where what this person should read next is, now reserved; the queue when nothing waits."""
    blind, taken = workflow.claim_next(visit.db, visit.policy, by=visit.person, area=area)
    path = f"/lesning/{blind}" if blind else f"/henvisning/{taken}" if taken else "/ko"
    return f"{path}?{urlencode(shown)}" if shown else path


@router.post("/ko/sok")
def search(visit: Reader, query: Annotated[str, Form(max_length=200)]) -> Response:
    """By POST, so that no name or number is ever part of an address."""
    return _found_page(visit, query)


def _found_page(visit: Visit, typed: str, *, broken: int | None = None) -> Response:
    rows = workflow.search(visit.db, typed, by=visit.person)
    rows.sort(key=lambda row: in_norwegian_order(row.patient_name or ""))
    return visit.page("search.html", rows=rows, typed=typed, broken=broken)


class GlassForm(PostedForm):
    query: str = Field(max_length=200)
    reason: str = Field(max_length=500)


@router.post("/nodtilgang")
def break_glass(visit: BreaksGlass, form: Annotated[GlassForm, Form()]) -> Response:
    """Other departments' referrals of the patient are among what a search finds, for an hour."""
    broken = workflow.break_glass(visit.db, form.query, form.reason, by=visit.person)
    return _found_page(visit, form.query, broken=broken)


@router.get("/oversikt")
def show_pace(
    visit: Overseer,
    flere: Annotated[int, Query(ge=1, le=10_000)] = 200,
    minutter: Annotated[float, Query(ge=0, le=120)] = 0,
) -> Response:
    """Also what so many more a week would cost, with 0 minutes each as long as was measured."""
    with visit.db.reading(as_=visit.person) as tx:
        found = pace.lately(tx, today=today())
    return visit.page("overview.html", pace=found, more=flere, typed=minutter, minutes=minutter or found.minutes_each)
