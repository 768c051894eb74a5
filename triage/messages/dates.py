"""Days as senders write them."""

import re
from contextlib import suppress
from datetime import date, datetime

from triage.domain.calendar import oslo_date

_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)|(\d{4})(\d\d)(\d\d)(?:\d{4}|\d{6})?(?!\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d\d)(?!\d)")
YEARS = range(1850, 2200)  # systems write 0001-01-01 and 9999-12-31 for a date that they do not have


def parse_day(value: str) -> date | None:
    """The calendar day in Norway; a moment without a zone is Norwegian time. None when no whole day is given.

    Takes ISO 8601 with any number of decimals, one-digit months and days, 20261120093000, 20.11.2026 and 20.11.26.
    """
    text = value.strip()
    # A moment of 24:00 or in a zone of 99 hours is none, but its day still stands and is read below.
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        day = oslo_date(moment) if moment.tzinfo else moment.date()
        return day_of(day.year, day.month, day.day)
    if found := _YEAR_FIRST.match(text):
        return day_of(*(int(part) for part in found.groups() if part))
    if found := _DAY_FIRST.match(text):
        return day_of(int(found[3]) + (2000 if len(found[3]) == 2 else 0), int(found[2]), int(found[1]))
    return None


def parse_birth(value: str, *, received: date) -> date | None:
    """A year of two digits is in the last century where it cannot be in this one, and else unknown."""
    day = parse_day(value)
    if day is None or re.search(r"\d{4}", value):
        return day
    return day_of(day.year - 100, day.month, day.day) if day > received else None


def day_of(year: int, month: int, day: int) -> date | None:
    with suppress(ValueError):
        return date(year, month, day) if year in YEARS else None
    return None
