"""Norwegian national identity numbers: eleven digits, two of them check digits."""

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from triage.domain.referral import Sex

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
    if not re.fullmatch(r"[0-9]{11}", digits) or not _check_digits_hold(digits, relaxed=relaxed_check_digit):
        return None
    if digits[0] in "89":
        return NationalId(digits, NumberKind.COMMON_HELP_NUMBER)
    return _dated(digits)


def _check_digits_hold(digits: str, *, relaxed: bool) -> bool:
    numbers = [int(d) for d in digits]
    first = sum(w * n for w, n in zip(_WEIGHTS_1, numbers, strict=False)) % 11
    second = sum(w * n for w, n in zip(_WEIGHTS_2, numbers, strict=True)) % 11
    return second == 0 and first in ((0, 1, 2, 3) if relaxed else (0,))


def _dated(digits: str) -> NationalId | None:
    day, month, year, individual = int(digits[:2]), int(digits[2:4]), int(digits[4:6]), int(digits[6:9])
    offset = next((o for o in _MONTH_OFFSETS if 1 <= month - o <= 12), None)
    if offset is None:
        return None
    is_d_number = day > 40
    century = _century(individual, year)
    born = _day((century or 1900) + year, month - offset, day - 40 if is_d_number else day)
    if born is None:
        return None
    return NationalId(
        value=digits,
        kind=NumberKind.D_NUMBER if is_d_number else NumberKind.H_NUMBER if offset == 40 else NumberKind.BIRTH_NUMBER,
        birth_date=born if century else None,
        sex=Sex.MALE if individual % 2 else Sex.FEMALE,
        synthetic=_MONTH_OFFSETS[offset],
    )


def _century(individual: int, year: int) -> int | None:
    """The century that the three individual digits and the two-digit year tell; None for a pair never issued."""
    if individual < 500 or (individual >= 900 and year >= 40):
        return 1900
    if year < 40:
        return 2000
    return 1800 if individual < 750 and year >= 54 else None


def _day(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None
