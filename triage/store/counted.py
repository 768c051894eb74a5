"""Referrals as the reports count them: plain columns only, nothing is unsealed."""

from collections.abc import Iterator
from datetime import date

from triage.domain.calendar import OSLO
from triage.domain.counted import CountedReferral
from triage.domain.referral import ReferralId
from triage.store.database import Tx, queries
from triage.store.rows import found_by

_SQL = queries(__file__)


def received(tx: Tx, start: date, end: date) -> Iterator[CountedReferral]:
    """Those whose clock started from `start` to `end`, both included; tests, duplicates and cancellations left out."""
    return found_by(tx, _SQL["received"], CountedReferral, zone=str(OSLO), start=start, end=end)


def ids(tx: Tx) -> dict[ReferralId, bool]:
    """Each referral that reports count and that can still be read, as it arrived, and whether it is known to be needed.

    It was handled as an emergency, or refused and then referred again to a right or an emergency.
    """
    return {row.id: row.found for row in tx.session.execute(_SQL["ids"])}
