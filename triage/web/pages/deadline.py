"""How long there is until a deadline, in words."""

from dataclasses import dataclass
from datetime import date

from triage.domain.calendar import is_working_day, working_days_left


@dataclass(frozen=True, slots=True)
class Days:
    """Working days until the assessment is due; `urgency` is what colours it: `late`, `now`, `soon` or `calm`."""

    number: int
    words: str
    urgency: str


def days_left(due: date, today: date) -> Days:
    number = working_days_left(today, due)
    if due < today:
        late = -number
        return Days(number, f"{late} {_days(late)} over fristen" if late else "over fristen", "late")
    if due == today or (number == 0 and not is_working_day(today)):
        return Days(0, "i dag", "now")
    return Days(number, f"{number} {_days(number)} igjen", "now" if number <= 1 else "soon" if number <= 3 else "calm")


def _days(number: int) -> str:
    return "virkedag" if number == 1 else "virkedager"
