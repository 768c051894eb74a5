"""What secretaries do before a doctor reads: what each referral still lacks, who prepared it, and who was phoned."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select, update

from triage.domain.errors import Conflict
from triage.domain.finding import MissingFact
from triage.domain.recommendation import Recommendation
from triage.domain.referral import Area, IncomingReferral, ReferralId
from triage.store import keys
from triage.store.database import Tx
from triage.store.queue import ASKED, Wanted, conditions
from triage.store.referrals import readable
from triage.store.rows import adapter, add_row, value_of
from triage.store.tables import AttachmentRow, ContactRow, RecommendationRow, ReferralRow, Status


@dataclass(frozen=True, slots=True)
class Unprepared:
    """An open referral that nobody has prepared. `recommendation` is None until the program has read it."""

    id: ReferralId
    area: Area | None
    incoming: IncomingReferral
    assessment_due: date
    first_received_at: datetime
    duplicate_of: ReferralId | None
    attachments: int
    asked: bool
    rules: tuple[str, ...]  # that hold for it
    recommendation: Recommendation | None

    @property
    def missing(self) -> tuple[MissingFact, ...]:
        return self.recommendation.missing if self.recommendation else ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A telephone call about a referral: who noted it, when, and what was said."""

    noted_by: str
    noted_at: datetime
    words: str = field(repr=False)


def unprepared(tx: Tx, *, limit: int, by_danger: bool = True) -> list[Unprepared]:
    """In the order of the queue. One whose content does not open is left to the doctors' queue, which says so."""
    attachments = select(func.count()).where(AttachmentRow.referral_id == ReferralRow.id).scalar_subquery()
    wanted = Wanted(unprepared=True, by_danger=by_danger)
    found = (
        select(ReferralRow, RecommendationRow.payload, attachments, ReferralRow.id.in_(ASKED))
        .outerjoin(RecommendationRow, RecommendationRow.id == ReferralRow.recommendation_id)
        .where(*conditions(tx, wanted))
        .order_by(*wanted.order)
    )
    lines = tx.session.execute(found.limit(limit)).all()
    keys.fetch(tx, [row.id for row, *_ in lines])
    listed: list[Unprepared] = []
    for row, payload, attached, waits in lines:
        read = adapter(Recommendation).validate_python(payload) if payload else None
        if incoming := readable(tx, row):
            known = {"incoming": incoming, "attachments": attached, "asked": waits, "recommendation": read}
            listed.append(value_of(tx, Unprepared, row, **known))
    return listed


def mark(tx: Tx, referral_ids: Sequence[ReferralId], *, at: datetime) -> None:
    """All or none. Raises Conflict when somebody else prepared one, or when it is decided."""
    free = update(ReferralRow).where(ReferralRow.status == Status.OPEN, ReferralRow.prepared_at.is_(None))
    chosen = free.where(ReferralRow.id.in_(referral_ids)).values(prepared_by=tx.actor_name, prepared_at=at)
    if len(tx.session.scalars(chosen.returning(ReferralRow.id)).all()) < len(set(referral_ids)):
        raise Conflict("En av henvisningene er allerede klargjort eller avgjort.")


def are_alike(tx: Tx, referral_ids: Sequence[ReferralId]) -> bool:
    """Whether the very same rules hold for all of them, in the same area; without any rule nothing is alike."""
    row = ReferralRow
    found = tx.session.execute(select(row.area, row.rules).where(row.id.in_(referral_ids)).distinct()).all()
    return len(found) == 1 and bool(found[0].rules)


def unmark(tx: Tx, referral_ids: Sequence[ReferralId]) -> list[ReferralId]:
    """Those of them that this person prepared and that are still open are to be prepared again."""
    own = update(ReferralRow).where(ReferralRow.prepared_by == tx.actor_name, ReferralRow.status == Status.OPEN)
    back = own.where(ReferralRow.id.in_(referral_ids)).values(prepared_by=None, prepared_at=None)
    return list(tx.session.scalars(back.returning(ReferralRow.id)))


def just_prepared(tx: Tx, *, since: datetime) -> list[ReferralId]:
    """By this person, and still open; the latest first."""
    row = ReferralRow
    mine = select(row.id).where(row.prepared_by == tx.actor_name, row.prepared_at >= since, row.status == Status.OPEN)
    return list(tx.session.scalars(mine.order_by(row.prepared_at.desc())))


def note_contact(tx: Tx, referral_id: ReferralId, words: str, *, at: datetime) -> None:
    add_row(tx, ContactRow, referral_id=referral_id, noted_by=tx.actor_name, noted_at=at, words=words)


def contacts(tx: Tx, referral_id: ReferralId) -> list[Contact]:
    """Oldest first."""
    found = select(ContactRow).where(ContactRow.referral_id == referral_id).order_by(ContactRow.noted_at)
    return [value_of(tx, Contact, row) for row in tx.session.scalars(found)]
