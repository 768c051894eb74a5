"""Files of rows for the reports: referrals (JSON lines or CSV), and inhabitants (CSV by municipality, sex and age)."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from triage.domain.counted import CountedReferral
from triage.domain.errors import BadInput
from triage.reports.texts import TEXTS

_NAMES: Mapping[str, str] = TEXTS["column_names"]
_WORDS: Mapping[str, Mapping[str, str]] = TEXTS["words"]
_REFERRAL = TypeAdapter(CountedReferral)


def read_referrals(path: Path) -> tuple[list[CountedReferral], int]:
    """Every row that can be read, and how many cannot: the report says so. BadInput when none can."""
    rows, unreadable = [], 0
    for row in _rows(path):
        try:
            rows.append(_REFERRAL.validate_python(row))
        except ValidationError:
            unreadable += 1
    if unreadable and not rows:
        raise BadInput(f"Ingen linje i {path.name} kan leses. Hver må ha minst en dato (feltet «received»).")
    return rows, unreadable


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows with our names for columns and words; what is empty is left out."""
    if not path.is_file():
        raise BadInput(f"Finner ikke filen {path.name}.")
    if path.suffix.lower() == ".csv":
        yield from map(_in_our_words, _csv_rows(path))
        return
    for line in path.read_bytes().splitlines():
        try:
            row = orjson.loads(line) if line.strip() else None
        except orjson.JSONDecodeError:
            row = {}  # counted as unreadable, since it has no date
        if row is not None:
            yield _in_our_words(row if isinstance(row, dict) else {})


def _csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_text(encoding="latin-1")
    lines = text.splitlines()
    separator = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    return csv.DictReader(lines, delimiter=separator)


def _in_our_words(row: Mapping[Any, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for key, value in row.items():
        if key and value not in (None, "", []):
            name = str(key).strip().casefold()
            ours = _NAMES.get(name, name)
            word = str(value).strip().casefold()
            # A column by our own name goes before one that only means the same.
            if ours == name or ours not in named:
                named[ours] = _WORDS.get(ours, {}).get(word, value)
            else:
                named.setdefault("name", value)  # a second column for the same thing holds its name
    return named


@cache
def band_of(age: int | None, starts: tuple[int, ...]) -> str:
    if age is None:
        return "ukjent"
    start = max((s for s in starts if s <= age), default=0)
    end = min((s for s in starts if s > age), default=None)
    return f"{start}+" if end is None else f"{start}–{end - 1}"


@dataclass(frozen=True, slots=True)
class Population:
    """Inhabitants on 1 January of `year` by municipality, sex and age group; `names` of the municipalities."""

    year: int
    source: str
    names: Mapping[str, str]
    people: Mapping[tuple[str, str, str], int]

    def of(self, municipality: str) -> int:
        return sum(n for (code, _, _), n in self.people.items() if code == municipality)


def read_population(path: Path, year: int, starts: tuple[int, ...]) -> Population:
    """The year wanted, or the nearest that the file has. BadInput when ages do not fit the bands."""
    rows = list(_rows(path))
    if not rows or any(name not in rows[0] for name in ("municipality", "year", "sex", "age", "people")):
        raise BadInput(f"{path.name} må ha kolonner for kommune, år, kjønn, alder (eller aldersgruppe) og antall.")
    nearest = min({int(row["year"]) for row in rows}, key=lambda y: (abs(y - year), y))
    people: Counter[tuple[str, str, str]] = Counter()
    names: dict[str, str] = {}
    for row in rows:
        if int(row["year"]) == nearest and str(row["sex"]) in ("female", "male"):
            code, _, name = str(row["municipality"]).strip().partition(" ")
            names[code] = str(row.get("name") or name or code)
            people[code, str(row["sex"]), _band(str(row["age"]), starts, path.name)] += int(row["people"])
    # Norway has two places of the same name more than once.
    shared = {name for name, times in Counter(names.values()).items() if times > 1}
    unique = {code: f"{name} ({code})" if name in shared else name for code, name in sorted(names.items())}
    return Population(nearest, path.name, unique, people)


def _band(text: str, starts: tuple[int, ...], file: str) -> str:
    """The band of `34`, `34 år`, `30-34` or `90+`."""
    ages = [int(number) for number in re.findall(r"\d+", text)]
    bands = {band_of(age, starts) for age in ages}
    if len(bands) != 1:
        raise BadInput(f"Aldersgruppene i {file} passer ikke med aldersgrensene. Bruk folketall etter ettårig alder.")
    return bands.pop()
