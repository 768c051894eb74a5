"""The days that a letter names: its own, and those on which something was seen.

Without a year a day is the last one before the letter's own; only months and days count for how long something lasted.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from triage.nlp.text import Document

_MONTHS = ("jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "des")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})(?:uar|ruar|s|il|i|ust|t|tember|ober|ember)?\b"
_NAMED = re.compile(rf"\b(?P<day>\d{{1,2}})\. ?{_MONTH}", re.I)
_HEAD = re.compile(r"(?P<day>\d{1,2})[/.](?P<month>\d{1,2})(?:[/.](?:20)?\d\d)?\.?(?: |:)")
# «nå er vi i november», «vi har nå 25. mars», «(vi har februar)», «i dag, 29. oktober», «nå august», «skrevet 2. juni».
_TODAY = re.compile(
    r"\b(?:i dag(?: er(?: det| vi)?)?|skrevet|datert|nå|no"
    r"|(?:nå|no|vi|har|er|skriver|skriv|det|dato)(?: (?:nå|no|vi|har|er|skriver|skriv|det))+),? (?:den |i )?"
    rf"(?:(?:slutten|midten|begynnelsen|starten|byrjinga) av )?(?:(?P<day>\d{{1,2}})\. ?)?{_MONTH}",
    re.I,
)
_TODAY_IN_DIGITS = re.compile(r"\bi dag(?:,| den|, den) (?P<day>\d{1,2})\.(?P<month>\d{1,2})\b", re.I)
_MIDDLE = 15  # day of a month that is named without one


class Today(NamedTuple):
    """The letter's own day, told in the text from `start` to `end`."""

    day: date
    start: int
    end: int


def today_told(text: str, year: int) -> Today | None:
    """The letter's own day, when it tells it; a month without a day is taken in its middle."""
    found = _TODAY.search(text) or _TODAY_IN_DIGITS.search(text)
    day = found and _date(found, year)
    return Today(day, *found.span()) if found and day else None


def days_told(document: Document, year: int) -> Mapping[int, date]:
    """The day that each sentence tells of, by its number: named in it, or at the head of its line or one above."""
    told: dict[int, date] = {}
    headed: date | None = None
    for number, sentence in enumerate(document.sentences):
        named = None
        if "#" in document.words[sentence.first : sentence.end]:  # every day has a number
            text = document.text[document.starts[sentence.first] : document.ends[sentence.end - 1]]
            before = document.text[max(0, document.starts[sentence.first] - 4) : document.starts[sentence.first]]
            begins_line = before.rstrip(" -*•")[-1:] in ("", "\n")
            head = _HEAD.match(text) if begins_line else None
            headed = (_date(head, year) or headed) if head else headed
            named = _NAMED.search(text)
        if day := (named and _date(named, year)) or headed:
            told[number] = day
    return told


def weeks_between(first: date, last: date) -> float:
    """From the first day to the last, over New Year when the last has an earlier date."""
    return ((last - first).days + (366 if last < first else 0)) / 7


def _date(found: re.Match[str], year: int) -> date | None:
    month = found["month"].lower()
    number = int(month) if month.isdecimal() else _MONTHS.index(month) + 1
    day = int(found["day"] or _MIDDLE)
    if not 1 <= number <= len(_MONTHS) or not day:
        return None
    start = date(year, number, 1) + timedelta(days=day - 1)
    return start if start.month == number else None
