"""The queue of open referrals: its order, claims, search, and leaving it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_, update

from triage.domain.calendar import oslo_date, utc_now
from triage.domain.decision import Person
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, ReferralId
from triage.store import keys
from triage.store.database import Tx, must_change_one
from triage.store.referrals import readable
from triage.store.rows import value_of
from triage.store.tables import DraftRow, InformationRequestRow, RecommendationRow, ReferralRow, SearchTermRow, Status

ORDER = (ReferralRow.queue_rank, ReferralRow.assessment_due, ReferralRow.first_received_at, ReferralRow.id)
_CALM = 2  # the rank of what neither is in danger nor waits for the program
_UNANSWERED = InformationRequestRow.answered_at.is_(None)
ASKED = select(InformationRequestRow.referral_id).where(_UNANSWERED)  # referrals about which a question is out


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue. `summary` is ours, not the letter's; `answer_by` is set while a question is out."""

    id: ReferralId
    status: Status
    area: Area | None
    requested: str | None
    age: int | None
    sex: str | None
    pathway: Pathway | None
    confident: bool | None
    danger: bool
    summary: str | None
    assessment_due: date
    first_received_at: datetime
    stated_urgency: str | None
    sender_organisation: str | None
    claimed_by: str | None
    claimed_until: datetime | None
    duplicate_of: ReferralId | None
    bounce_of: ReferralId | None
    answer_by: date | None
    test_message: bool
    patient_name: str | None = field(repr=False)


class Only(StrEnum):
    """The views that the queue can be narrowed to, by their name in its address."""

    OVERDUE = "over"
    BY_FRIDAY = "fredag"
    RED_OVERDUE = "fare"  # danger that nobody has read within its own clock
    DECIDE_NOW = "forfalt"  # the answer to a question did not come in time: decide on what there is
    UNSURE = "usikker"  # the program abstained
    UNREAD = "ulest"  # the program has not read it yet
    BOUNCED = "igjen"  # refused before, and sent again
    ASKED = "spurt"  # a question to the referrer is out
    MINE = "mine"
    BEGUN = "begynt"  # this person has typed a decision and not sent it

    @property
    def tells_proposals(self) -> bool:
        return self in (Only.RED_OVERDUE, Only.UNSURE)


OWN = (Only.MINE, Only.BEGUN)  # one person's


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which open referrals somebody asks for; what is left out is not asked about."""

    area: Area | None = None
    pathway: Pathway | None = None
    only: Only | None = None
    due_by: date | None = None
    rule: str | None = None  # that holds for it
    sender: str | None = None  # a part of the organisation's name
    municipality: str | None = None
    unprepared: bool = False  # by a secretary
    by_danger: bool = True  # else the order is by deadline alone
    red_clock: timedelta = timedelta(hours=24)
    now: datetime = field(default_factory=utc_now)

    @property
    def order(self) -> tuple[Any, ...]:
        """The columns that the queue is ordered by."""
        return ORDER if self.by_danger else ORDER[1:]


ALL = Wanted()


def page(tx: Tx, wanted: Wanted = ALL, *, limit: int = 50, offset: int = 0) -> list[QueueRow]:
    """Open referrals in the order in which they should be read: danger, then deadline, then arrival."""
    # The page first: the database would else join every open referral before it sorts them.
    chosen = select(ReferralRow.id).where(*conditions(tx, wanted)).order_by(*wanted.order).limit(limit).offset(offset)
    return _queue_rows(tx, _lines().where(ReferralRow.id.in_(chosen)).order_by(*wanted.order))


def length(tx: Tx, wanted: Wanted = ALL) -> int:
    return tx.session.scalar(select(func.count()).select_from(ReferralRow).where(*conditions(tx, wanted))) or 0


def neighbours(tx: Tx, referral_id: ReferralId, wanted: Wanted = ALL) -> tuple[ReferralId | None, ReferralId | None]:
    """Those before and after this one in the queue, whether or not this one is still open."""
    order = wanted.order
    place = tx.session.execute(select(*order).where(ReferralRow.id == referral_id)).one_or_none()
    if place is None:
        return None, None
    others = select(ReferralRow.id).where(*conditions(tx, wanted))
    backwards = [column.desc() for column in order]
    before = others.where(tuple_(*order) < tuple_(*place)).order_by(*backwards)
    after = others.where(tuple_(*order) > tuple_(*place)).order_by(*order)
    return tx.session.scalar(before.limit(1)), tx.session.scalar(after.limit(1))


def claim_next(tx: Tx, wanted: Wanted, *, until: datetime) -> ReferralId | None:
    """Claim the most urgent referral that nobody reads and that waits for no answer. Two people never get the same."""
    waits = ASKED.where(InformationRequestRow.answer_by > oslo_date(wanted.now))
    free = or_(ReferralRow.claimed_by.is_(None), ReferralRow.claimed_until <= wanted.now)
    found = select(ReferralRow.id).where(*conditions(tx, wanted), free, ReferralRow.id.not_in(waits))
    first = found.order_by(*wanted.order).limit(1).with_for_update(skip_locked=True).correlate(None).scalar_subquery()
    taken = update(ReferralRow).where(ReferralRow.id == first).values(claimed_by=tx.actor_name, claimed_until=until)
    return tx.session.scalar(taken.returning(ReferralRow.id))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many wait, of each kind that the queue can be narrowed to."""

    total: int
    by_pathway: Mapping[Pathway | None, int]
    by_view: Mapping[Only, int]


def counts(tx: Tx, wanted: Wanted) -> Counts:
    """In the area that is wanted, whatever else it is narrowed by; what is one person's own is not counted.

    Of referrals alone: the database checks each recommendation's area by a look-up of its own, which adds up.
    """
    views = {only: condition for only, condition in _views(tx, wanted).items() if only not in OWN}
    numbers = [func.count(), *(func.count().filter(condition) for condition in views.values())]
    grouped = select(ReferralRow.pathway, *numbers).group_by(ReferralRow.pathway)
    rows: list[Any] = [*tx.session.execute(grouped.where(*conditions(tx, Wanted(area=wanted.area))))]
    total, *sums = (sum(row[column] for row in rows) for column in range(1, len(numbers) + 1))
    by_pathway = {Pathway(row[0]) if row[0] else None: row[1] for row in rows}
    return Counts(total, by_pathway, dict(zip(views, sums, strict=True)))


def counts_by(tx: Tx, wanted: Wanted) -> dict[str, dict[str, int]]:
    """How many wait in the area by rule, sender and municipality, by the name of each in the queue's address."""
    row, counted = ReferralRow, dict[str, dict[str, int]]()
    columns = {"regel": func.unnest(row.rules), "avsender": row.sender_organisation, "kommune": row.municipality}
    for name, column in columns.items():
        each = select(column.label("value")).where(*conditions(tx, Wanted(area=wanted.area))).subquery()
        found = select(each.c.value, func.count()).where(each.c.value.is_not(None)).group_by(each.c.value)
        counted[name] = dict(tx.session.execute(found).all())
    return counted


def _views(tx: Tx, wanted: Wanted) -> dict[Only, ColumnElement[bool]]:
    row, today = ReferralRow, oslo_date(wanted.now)
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    red = and_(row.pathway.is_not(None), row.queue_rank < _CALM)
    return {
        Only.OVERDUE: row.assessment_due < today,
        Only.BY_FRIDAY: row.assessment_due <= friday,
        Only.RED_OVERDUE: and_(red, row.first_received_at < wanted.now - wanted.red_clock),
        Only.DECIDE_NOW: row.id.in_(ASKED.where(InformationRequestRow.answer_by <= today)),
        Only.UNSURE: row.unsure.is_(True),
        Only.UNREAD: row.pathway.is_(None),
        Only.BOUNCED: row.bounce_of.is_not(None),
        Only.ASKED: row.id.in_(ASKED),
        Only.MINE: row.claimed_by == tx.actor_name,
        Only.BEGUN: row.id.in_(select(DraftRow.referral_id).where(DraftRow.username == tx.actor_name)),
    }


def open_by_area_and_pathway(tx: Tx) -> Mapping[tuple[str | None, str | None], int]:
    """How many wait, for the summary and the gauges."""
    found = select(ReferralRow.area, ReferralRow.pathway, func.count()).where(ReferralRow.status == Status.OPEN)
    grouped = found.group_by(ReferralRow.area, ReferralRow.pathway)
    return {(area, pathway): count for area, pathway, count in tx.session.execute(grouped)}


def oldest_deadline(tx: Tx) -> date | None:
    return tx.session.scalar(select(func.min(ReferralRow.assessment_due)).where(ReferralRow.status == Status.OPEN))


def claim(tx: Tx, referral_id: ReferralId, *, now: datetime, until: datetime) -> None:
    """Mark an open referral as being read by this person. Raises Conflict when somebody else reads it."""
    mine = ReferralRow.claimed_by == tx.actor_name
    free = or_(ReferralRow.claimed_by.is_(None), mine, ReferralRow.claimed_until <= now)
    change = {"claimed_by": tx.actor_name, "claimed_until": until}
    _change(tx, referral_id, change, free, otherwise="En annen holder på med henvisningen, eller den er avgjort.")


def release(tx: Tx, referral_id: ReferralId) -> None:
    """Let go of one's own claim; nothing happens when it has run out or somebody else has it."""
    mine = update(ReferralRow).where(ReferralRow.id == referral_id, ReferralRow.claimed_by == tx.actor_name)
    tx.session.execute(mine.values(claimed_by=None, claimed_until=None))


def end(tx: Tx, referral_id: ReferralId, status: Status, *, version: int, at: datetime) -> None:
    """Take an open referral out of the queue. Raises Conflict when it was changed since it was read."""
    unchanged = ReferralRow.version == version
    change = {"status": status, "ended_at": at, "claimed_by": None, "claimed_until": None, "version": version + 1}
    _change(tx, referral_id, change, unchanged, otherwise="Henvisningen er endret eller avgjort siden du åpnet den.")


def reopen(tx: Tx, referral_id: ReferralId) -> None:
    """Put a referral back where it was in the queue, after its decision was undone."""
    change = {"status": Status.OPEN, "ended_at": None, "version": ReferralRow.version + 1}
    tx.session.execute(update(ReferralRow).where(ReferralRow.id == referral_id).values(change))


def move(tx: Tx, referral_id: ReferralId, area: Area) -> None:
    """To another area's queue, still open. Raises Conflict when it is decided."""
    change = {"area": area, "version": ReferralRow.version + 1}
    _change(tx, referral_id, change, otherwise="Henvisningen er allerede avgjort.")


def _change(
    tx: Tx, referral_id: ReferralId, values: dict[str, Any], *guards: ColumnElement[bool], otherwise: str
) -> None:
    """A guarded update of an open referral that must change exactly one row."""
    change = update(ReferralRow).where(ReferralRow.id == referral_id, ReferralRow.status == Status.OPEN, *guards)
    must_change_one(tx, change.values(values).returning(ReferralRow.id), otherwise)


def search(tx: Tx, query: str, *, limit: int = 50) -> list[QueueRow]:
    """By national number, birth date (`12.03.1960`) or words of the name, all of which must fit; newest first."""
    terms = {tx.vault.blind(kind, value) for kind, value in search_terms(query)}
    if not terms:
        return []
    by_referral = select(SearchTermRow.referral_id).group_by(SearchTermRow.referral_id)
    hits = by_referral.where(SearchTermRow.term.in_(terms)).having(func.count() == len(terms))
    found = _lines().where(ReferralRow.id.in_(hits)).order_by(ReferralRow.first_received_at.desc())
    return _queue_rows(tx, found.limit(limit))


def same_patient(tx: Tx, referral_id: ReferralId, *, limit: int = 20) -> list[QueueRow]:
    """The patient's other referrals, decided ones among them, newest first."""
    patient = select(ReferralRow.patient_key).where(ReferralRow.id == referral_id).scalar_subquery()
    found = _lines().where(ReferralRow.patient_key == patient, ReferralRow.id != referral_id)
    return _queue_rows(tx, found.order_by(ReferralRow.first_received_at.desc()).limit(limit))


def search_terms(query: str) -> list[tuple[str, str]]:
    """What a person typed, as kind and value of the blind index."""
    compact = re.sub(r"(?<=\d)[ .-](?=\d)", "", query.strip())
    if re.fullmatch(r"\d{11}", compact):
        return [("national id", compact)]
    terms: list[tuple[str, str]] = []
    for word in query.split():
        day = re.fullmatch(r"(\d{1,2})[./-]?(\d{1,2})[./-]?(\d{4})", word)
        terms.append(("born", f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}") if day else ("word", word.casefold().strip(",")))
    return terms


def conditions(tx: Tx, wanted: Wanted) -> list[ColumnElement[bool]]:
    """On an open referral that belongs to this person's work, for it to be among those that are wanted."""
    row = ReferralRow
    exactly = {"area": wanted.area, "pathway": wanted.pathway, "municipality": wanted.municipality}
    found = [row.status == Status.OPEN, *(getattr(row, name) == value for name, value in exactly.items() if value)]
    if isinstance(tx.actor, Person):  # emergency access shows other departments' referrals beside these
        found.append(or_(row.area.is_(None), row.area.in_(tx.actor.areas)))
    if wanted.only:
        found.append(_views(tx, wanted)[wanted.only])
    if wanted.due_by:
        found.append(row.assessment_due <= wanted.due_by)
    if wanted.unprepared:
        found.append(row.prepared_at.is_(None))
    if wanted.rule:
        found.append(row.rules.contains([wanted.rule]))
    if wanted.sender:
        found.append(row.sender_organisation.icontains(wanted.sender, autoescape=True))
    return found


def _lines() -> Select[Any]:
    """A referral with its newest recommendation and its unanswered question."""
    answer_by = (
        select(func.max(InformationRequestRow.answer_by))
        .where(InformationRequestRow.referral_id == ReferralRow.id, _UNANSWERED)
        .scalar_subquery()
    )
    summary = RecommendationRow.payload["summary"].astext
    return select(
        ReferralRow, RecommendationRow.confident, summary.label("summary"), answer_by.label("answer_by")
    ).outerjoin(RecommendationRow, RecommendationRow.id == ReferralRow.recommendation_id)


def _queue_rows(tx: Tx, found: Select[Any]) -> list[QueueRow]:
    lines = tx.session.execute(found).all()
    keys.fetch(tx, [row.id for row, *_ in lines])
    listed: list[QueueRow] = []
    for row, confident, summary, answer_by in lines:
        known = {"confident": confident, "summary": summary, "answer_by": answer_by, "danger": row.queue_rank < _CALM}
        incoming = readable(tx, row)
        listed.append(value_of(tx, QueueRow, row, **known, patient_name=incoming.patient.name if incoming else None))
    return listed


def rank(pathway: Pathway | None, *, danger: bool) -> int:
    """Place in the queue: 0 emergency, 1 danger or not yet read by the program, 2 the rest."""
    if pathway is Pathway.EMERGENCY:
        return 0
    return 1 if danger or pathway is None else _CALM
