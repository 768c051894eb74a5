"""Referrals as the reports count them: plain columns only, nothing is unsealed."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from triage.domain.calendar import oslo_date
from triage.domain.counted import CountedReferral
from triage.domain.decision import Outcome
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, MessageKind, ReferralId, Referrer, Sex
from triage.store.database import Tx
from triage.store.tables import DecisionRow, ReferralRow, UndoneRow


def received(tx: Tx, start: date, end: date) -> Iterator[CountedReferral]:
    """Those whose clock started from `start` to `end`, both included; tests, duplicates and cancellations left out.

    The outcome is that of the first decision that stands: a correction mends a letter, not the day of the answer.
    """
    r, d = ReferralRow, DecisionRow
    first = (
        select(d.referral_id, d.outcome, d.decided_at)
        .where(d.id.not_in(select(UndoneRow.decision_id)))
        .ext(distinct_on(d.referral_id))
        .order_by(d.referral_id, d.decided_at)
        .subquery()
    )
    found = (
        select(r.clock_start, r.area, r.requested, r.age, r.sex, r.municipality, r.referrer, r.sender_organisation)
        .add_columns(r.pathway, first.c.outcome, first.c.decided_at, r.assessment_due, r.bounce_of.is_not(None))
        .outerjoin(first, first.c.referral_id == r.id)
        .where(r.clock_start >= start, r.clock_start < end + timedelta(days=1))
        .where(r.test_message.is_(False), r.duplicate_of.is_(None), r.kind != MessageKind.CANCEL)
        .order_by(r.clock_start, r.id)
    )
    for day, area, requested, age, sex, place, kind, sender, path, outcome, at, due, again in tx.session.execute(found):
        yield CountedReferral(
            received=day,
            area=Area(area) if area else None,
            requested=requested,
            age=age,
            sex=Sex(sex) if sex else None,
            municipality=place,
            referrer=Referrer(kind) if kind else None,
            sender=sender,
            pathway=Pathway(path) if path else None,
            outcome=Outcome(outcome) if outcome else None,
            in_time=None if at is None else oslo_date(at) <= due,
            refused_before=again,
        )


def ids(tx: Tx) -> list[ReferralId]:
    """Every referral that reports count, in the order of arrival."""
    r = ReferralRow
    found = select(r.id).where(r.test_message.is_(False), r.duplicate_of.is_(None), r.kind != MessageKind.CANCEL)
    return list(tx.session.scalars(found.order_by(r.first_received_at, r.id)))
