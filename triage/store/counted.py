"""Referrals as the reports count them: plain columns only, nothing is unsealed."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, Text, func, select
from sqlalchemy.dialects.postgresql import array, distinct_on

from triage.domain.calendar import OSLO
from triage.domain.counted import CountedReferral
from triage.domain.referral import MessageKind, ReferralId
from triage.store.database import Tx
from triage.store.readings import Kind
from triage.store.rows import adapter
from triage.store.tables import DecisionRow, ReadingRow, ReferralRow, UndoneRow


def received(tx: Tx, start: date, end: date) -> Iterator[CountedReferral]:
    """Those whose clock started from `start` to `end`, both included; tests, duplicates and cancellations left out.

    The outcome is that of the first decision that stands: a correction mends a letter, not the day of the answer.
    """
    r, d = ReferralRow, DecisionRow
    first = (
        select(d.referral_id, d.outcome, func.timezone(str(OSLO), d.decided_at).cast(Date).label("day"))
        .where(d.id.not_in(select(UndoneRow.decision_id)))
        .ext(distinct_on(d.referral_id))
        .order_by(d.referral_id, d.decided_at)
        .subquery()
    )
    # Drawn by lot only: refused danger is always read twice, and would make the answers look more alike.
    twice = (
        select(ReadingRow.referral_id, array([d.outcome, ReadingRow.outcome]).label("readings"))
        .join(d, d.id == ReadingRow.decision_id)
        .where(ReadingRow.kind == Kind.DRAWN, ReadingRow.answered_at.is_not(None))
        .where(d.id.not_in(select(UndoneRow.decision_id)))
        .subquery()
    )
    found = (
        select(r.clock_start.label("received"), r.area, r.requested, r.age, r.sex, r.municipality, r.referrer)
        .add_columns(r.sender_organisation.label("sender"), r.language, r.pathway, first.c.outcome)
        .add_columns((first.c.day <= r.assessment_due).label("in_time"))
        .add_columns(
            r.bounce_of.is_not(None).label("refused_before"),
            func.coalesce(twice.c.readings, array([], type_=Text)).label("readings"),
        )
        .outerjoin(twice, twice.c.referral_id == r.id)
        .outerjoin(first, first.c.referral_id == r.id)
        .where(r.clock_start >= start, r.clock_start < end + timedelta(days=1), *_counts())
        .order_by(r.clock_start, r.id)
    )
    for row in tx.session.execute(found).mappings():
        yield adapter(CountedReferral).validate_python(dict(row))


def ids(tx: Tx) -> list[ReferralId]:
    """Every referral that reports count, in the order of arrival."""
    found = select(ReferralRow.id).where(*_counts()).order_by(ReferralRow.first_received_at, ReferralRow.id)
    return list(tx.session.scalars(found))


def _counts() -> tuple[ColumnElement[bool], ...]:
    r = ReferralRow
    return r.test_message.is_(False), r.duplicate_of.is_(None), r.kind != MessageKind.CANCEL
