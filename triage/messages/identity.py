"""Norwegian national identity numbers: eleven digits, two of them check digits."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from triage.domain.referral import Sex
from triage.messages.dates import day_of

_WEIGHTS_1 = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_WEIGHTS_2 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
# Added to the month: an H-number, or a synthetic number from Norsk helsenett (65) or Skatteetaten's Tenor (80).
_MONTH_OFFSETS = {0: False, 40: False, 65: True, 80: True}


class NumberKind(StrEnum):
    """Code list 8116."""

    BIRTH_NUMBER = "FNR"
    D_NUMBER = "DNR"
    H_NUMBER = "HNR"
    COMMON_HELP_NUMBER = "FHN"


@dataclass(frozen=True, slots=True)
class NationalId:
    """A number whose check digits and date are right. `synthetic` numbers belong to no living person."""

    value: str = field(repr=False)
    kind: NumberKind
    birth_date: date | None = field(default=None, repr=False)
    sex: Sex | None = None
    synthetic: bool = False


def parse_national_id(value: str, *, relaxed_check_digit: bool = False) -> NationalId | None:
    """The number read, or None when it is not one. Blanks, points and hyphens between digits are skipped.

    `relaxed_check_digit` also takes the numbers that the population register plans to issue from 2032, where the
    first check digit may leave a remainder of 0 to 3; nobody has such a number before that.
    """
    digits = re.sub(r"[\s.-]", "", value)
    if not re.fullmatch(r"[0-9]{11}", digits):
        return None
    first, second = (sum(w * int(d) for w, d in zip(ws, digits, strict=False)) % 11 for ws in (_WEIGHTS_1, _WEIGHTS_2))
    if second or first > (3 if relaxed_check_digit else 0):
        return None
    return NationalId(digits, NumberKind.COMMON_HELP_NUMBER) if digits[0] in "89" else _dated(digits)


def _dated(digits: str) -> NationalId | None:
    """A year that the individual digits were never issued for leaves the birth date unknown."""
    day, month, year, individual = int(digits[:2]), int(digits[2:4]), int(digits[4:6]), int(digits[6:9])
    offset = next((o for o in _MONTH_OFFSETS if 1 <= month - o <= 12), 0)
    century = _century(individual, year)
    born = day_of((century or 1900) + year, month - offset, day - 40 if day > 40 else day)
    kind = NumberKind.D_NUMBER if day > 40 else NumberKind.H_NUMBER if offset == 40 else NumberKind.BIRTH_NUMBER
    sex = Sex.MALE if individual % 2 else Sex.FEMALE
    return NationalId(digits, kind, born if century else None, sex, _MONTH_OFFSETS[offset]) if born else None


def _century(individual: int, year: int) -> int | None:
    """The century that the three individual digits and the two-digit year tell; None for a pair never issued."""
    if individual < 500 or (individual >= 900 and year >= 40):
        return 1900
    if year < 40:
        return 2000
    return 1800 if individual < 750 and year >= 54 else None
