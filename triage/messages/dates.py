"""Days as senders write them."""

import re
from calendar import monthrange
from datetime import date, datetime

from triage.domain.calendar import oslo_date

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_NORWEGIAN = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d\d)(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\d{4}|\d{6})?(?!\d)")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d)?(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)")
YEARS = range(1850, 2200)  # systems write 0001-01-01 and 9999-12-31 for a date that they do not have


def parse_day(value: str) -> date | None:
    """The calendar day in Norway; a moment without a zone is Norwegian time. None when no whole day is given.

    Takes xs:date and xs:dateTime with any number of decimals, one-digit months and days, 20261120, 20.11.2026 and
    20.11.26.
    """
    text = value.strip()
    if found := _ISO.match(text) or _COMPACT.match(text):
        day = _day(int(found[1]), int(found[2]), int(found[3]))
    else:
        found = _NORWEGIAN.match(text)
        day = _day(_whole_year(found[3]), int(found[2]), int(found[1])) if found else None
    moment = _MOMENT.match(text)
    return _in_norway(moment, day) if moment and day else day


def parse_birth(value: str, *, received: date) -> date | None:
    """A year of two digits is in the last century where it cannot be in this one, and else unknown."""
    day = parse_day(value)
    if day is None or re.search(r"\d{4}", value):
        return day
    return _day(day.year - 100, day.month, day.day) if day > received else None


def _whole_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _in_norway(moment: re.Match[str], day: date) -> date:
    try:
        stamped = datetime.strptime(f"{moment[1]}T{moment[2]}{moment[3]}", "%Y-%m-%dT%H:%M%z")
    except ValueError:  # 24:00 or a zone of 99 hours: the day still stands
        return day
    return oslo_date(stamped)


def _day(year: int, month: int, day: int) -> date | None:
    if year not in YEARS or not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        return None
    return date(year, month, day)
