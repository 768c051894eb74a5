"""Calendar dates as letters write them: `12. mars 2026` and `12.03.2026`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from triage.domain.calendar import MONTHS

_DATE = re.compile(
    rf"(?<![\d.])(\d{{1,2}})\. ?(?:({'|'.join(MONTHS)}) (\d{{4}})|(\d{{1,2}})\. ?(\d{{4}}))(?!\d)"
    r"|(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)"
)


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """`day` is None for a date that no calendar has, like `31. april 2026`."""

    day: date | None
    start: int
    end: int


def find_dates(low: str, start: int = 0, end: int | None = None) -> Iterator[WrittenDate]:
    """The dates in a lower-case text, in order."""
    for match in _DATE.finditer(low, start, len(low) if end is None else end):
        day, name, year, month, numeric_year, iso_year, iso_month, iso_day = match.groups()
        if name:
            parts = (int(year), MONTHS.index(name) + 1, int(day))
        elif month:
            parts = (int(numeric_year), int(month), int(day))
        else:
            parts = (int(iso_year), int(iso_month), int(iso_day))
        yield WrittenDate(_calendar_day(*parts), *match.span())


def _calendar_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
