"""Norwegian national identity numbers: eleven digits, two of them check digits."""

import re
from dataclasses import dataclass, field
from datetime import date

from triage.domain.referral import Sex
from triage.messages.dates import day_of

_WEIGHTS = ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
# Added to the month: an H-number, or a synthetic number from Norsk helsenett (65) or Skatteetaten's Tenor (80).
_MONTH_OFFSETS = {0: False, 40: False, 65: True, 80: True}


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
    century = _century(individual, year)
    born = day_of((century or 1900) + year, month - offset, day - 40 if day > 40 else day)
    sex = Sex.MALE if individual % 2 else Sex.FEMALE
    return NationalId(digits, born if century else None, sex, _MONTH_OFFSETS[offset]) if born else None


def _century(individual: int, year: int) -> int | None:
    """The century that the three individual digits and the two-digit year tell; None for a pair never issued."""
    if individual < 500 or (individual >= 900 and year >= 40):
        return 1900
    if year < 40:
        return 2000
    return 1800 if individual < 750 and year >= 54 else None
