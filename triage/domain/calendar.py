"""The statutory clock: working days, Norwegian holidays, Oslo time."""

from collections.abc import Container
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


@cache
def norwegian_holidays() -> Container[date]:
    """Public holidays; 24 and 31 December are ordinary days in law. Saturdays and Sundays never count as working."""
    from holidays import country_holidays  # noqa: PLC0415 (slow)

    return country_holidays("NO")


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in norwegian_holidays()


def add_working_days(start: date, days: int) -> date:
    """The working day that lies `days` working days after `start`; `start` itself is day 0."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def working_days_left(today: date, due: date) -> int:
    """Working days after `today` up to and including `due`; negative when `due` is past."""
    if due < today:
        return -working_days_left(due, today)
    return sum(is_working_day(today + timedelta(days=n)) for n in range(1, (due - today).days + 1))


def previous_working_day(day: date) -> date:
    """`day` itself when it is a working day, else the last one before it."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def weeks_after(start: date, weeks: int) -> date:
    """Latest date to start care: never later than `weeks` after `start`, and on a working day."""
    return previous_working_day(start + timedelta(weeks=weeks))


def oslo_date(moment: datetime) -> date:
    """The calendar day in Norway of an aware moment; the clock counts these."""
    return moment.astimezone(OSLO).date()


def utc_now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    """In Norway."""
    return oslo_date(utc_now())


def age_on(birth: date, day: date) -> int | None:
    """Whole years on `day`, or None when the birth lies after it."""
    if birth > day:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


MONTHS = (
    *("januar", "februar", "mars", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "desember"),
)


def long_date(day: date) -> str:
    """`12. mars 2026`, the same in bokmål and nynorsk."""
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"
