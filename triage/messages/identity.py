"""Days and Norwegian national identity numbers, as senders write them."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from triage.domain.calendar import oslo_date
from triage.domain.referral import Sex

_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)|(\d{4})(\d\d)(\d\d)(?:\d{4}|\d{6})?(?!\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d\d)(?!\d)")
YEARS = range(1850, 2200)  # systems write 0001-01-01 and 9999-12-31 for a date that they do not have
_WEIGHTS = ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
# The three individual digits and the two-digit year that each century was given.
_CENTURIES = (
    *((1900, range(500), range(100)), (1900, range(900, 1000), range(40, 100))),
    *((2000, range(500, 1000), range(40)), (1800, range(500, 750), range(54, 100))),
)
# Added to the month: an H-number, or a synthetic number from Norsk helsenett (65) or Skatteetaten's Tenor (80).
_MONTH_OFFSETS = {0: False, 40: False, 65: True, 80: True}


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


@dataclass(frozen=True, slots=True)
class NationalId:
    """A number whose check digits and date are right. `synthetic` numbers belong to no living person."""

    value: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    sex: Sex | None = None
    synthetic: bool = False


def parse_national_id(value: str) -> NationalId | None:
    """The number read, or None when it is not one. Blanks, points and hyphens between digits are skipped.

    Birth, D- and H-numbers tell birth date and sex; a common help number (8 or 9 first) tells nothing.
    """
    digits = re.sub(r"[\s.-]", "", value)
    if not re.fullmatch(r"[0-9]{11}", digits):
        return None
    if any(sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 for weights in _WEIGHTS):
        return None
    return NationalId(digits) if digits[0] in "89" else _dated(digits)


def _dated(digits: str) -> NationalId | None:
    """A year that the individual digits were never issued for leaves the birth date unknown."""
    day, month, year, individual = int(digits[:2]), int(digits[2:4]), int(digits[4:6]), int(digits[6:9])
    offset = next((o for o in _MONTH_OFFSETS if 1 <= month - o <= 12), 0)
    century = next((c for c, individuals, years in _CENTURIES if individual in individuals and year in years), None)
    born = day_of((century or 1900) + year, month - offset, day - 40 if day > 40 else day)
    sex = Sex.MALE if individual % 2 else Sex.FEMALE
    return NationalId(digits, born if century else None, sex, _MONTH_OFFSETS[offset]) if born else None
