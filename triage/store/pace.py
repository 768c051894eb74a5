"""How fast the department works: what came and was decided by day, and what that says about the weeks to come."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from triage.store.database import Tx, queries
from triage.store.rows import adapter

_SQL = queries(__file__)
_SHOWN_DAYS, _MEASURED_DAYS = 56, 28


@dataclass(frozen=True, slots=True)
class Day:
    """What came, what was decided or closed, and what waited when it was over."""

    day: date
    received: int
    ended: int
    backlog: int


@dataclass(frozen=True, slots=True)
class Pace:
    """The last eight weeks by day; the rest is of the last four. None where there is nothing to measure."""

    days: tuple[Day, ...]
    minutes_each: float | None  # median from taking a referral to deciding on it
    timed: int
    days_to_decision: tuple[int, int] | None  # median and 90th percentile, from the start of the clock
    compared: int
    agreed: int  # with what was recommended
    read: int
    unsure: int
    held: int  # refused dangers whose letters wait for another doctor
    overdue: int

    @property
    def weekly(self) -> tuple[float, float]:
        """Received and ended a week."""
        measured = self.days[-_MEASURED_DAYS:]
        weeks = len(measured) / 7
        return sum(day.received for day in measured) / weeks, sum(day.ended for day in measured) / weeks

    def empty_on(self) -> date | None:
        """When nothing waits any more if it goes on like this; None when more comes than is decided."""
        received, ended = self.weekly
        last, gain = self.days[-1], (ended - received) / 7
        if last.backlog == 0:
            return last.day
        return last.day + timedelta(days=ceil(last.backlog / gain)) if gain > 0 else None


def lately(tx: Tx, *, today: date) -> Pace:
    """Of the referrals that this person sees."""
    since, measured = (today - timedelta(days=days - 1) for days in (_SHOWN_DAYS, _MEASURED_DAYS))
    found = tx.session.scalar(_SQL["pace"], {"today": today, "since": since, "lately": measured})
    return adapter(Pace).validate_python(found)
