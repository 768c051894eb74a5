"""Days as senders write them."""

import re
from contextlib import suppress
from datetime import date, datetime

from triage.domain.calendar import oslo_date

_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)|(\d{4})(\d\d)(\d\d)(?:\d{4}|\d{6})?(?!\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d\d)(?!\d)")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d)?(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)")
YEARS = range(1850, 2200)  # systems write 0001-01-01 and 9999-12-31 for a date that they do not have


def parse_day(value: str) -> date | None:
    """The calendar day in Norway; a moment without a zone is Norwegian time. None when no whole day is given.

    Takes xs:date and xs:dateTime with any number of decimals, one-digit months and days, 20261120, 20.11.2026 and
    20.11.26.
    """
    text = value.strip()
    if moment := _MOMENT.match(text):
        # 24:00 or a zone of 99 hours: the day still stands. Outside the years of the calendar there is none.
        with suppress(ValueError, OverflowError):
            day = oslo_date(datetime.strptime(f"{moment[1]}T{moment[2]}{moment[3]}", "%Y-%m-%dT%H:%M%z"))
            return day if day.year in YEARS else None
    if found := _YEAR_FIRST.match(text):
        return day_of(*(int(part) for part in found.groups() if part))
    if found := _DAY_FIRST.match(text):
        year = int(found[3]) if len(found[3]) == 4 else 2000 + int(found[3])
        return day_of(year, int(found[2]), int(found[1]))
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
