"""Files for the reports: rows of referrals, and what they are held against (inhabitants, changed municipality numbers,
lists of practices, catchments, a map), in the words of the reports or of whoever publishes them."""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from math import cos, radians
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from triage.domain.counted import CountedReferral
from triage.domain.errors import BadInput
from triage.reports import TEXTS

_NAMES: Mapping[str, str] = TEXTS["column_names"]
_WORDS: Mapping[str, Mapping[str, str]] = TEXTS["words"]
_KINDS: Mapping[str, list[str]] = TEXTS["imports"]
_DAY = re.compile(r"\b(\d\d?)\.(\d\d?)\.(\d{4})\b")
_REFERRAL = TypeAdapter(CountedReferral)
Outline = tuple[tuple[tuple[float, float], ...], ...]  # closed rings of points, x to the right and y downwards


def read_referrals(path: Path) -> tuple[list[CountedReferral], int]:
    """Every row that can be read, and how many cannot: the report says so. BadInput when none can."""
    rows, unreadable, wrong = [], 0, set[str]()
    for row in _rows(path.name, content_of(path)):
        try:
            rows.append(_REFERRAL.validate_python(row))
        except ValidationError as error:
            wrong |= {str(fault["loc"][0]) for fault in error.errors()}
            unreadable += 1
    if unreadable and not rows:
        fields = ", ".join(sorted(wrong))
        raise BadInput(f"Ingen linje i {path.name} kan leses. Hver må ha minst en dato («received»). Feil i: {fields}.")
    return rows, unreadable


def content_of(path: Path) -> bytes:
    if not path.is_file():
        raise BadInput(f"Finner ikke filen {path.name}.")
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _rows(name: str, content: bytes) -> Iterator[dict[str, Any]]:
    """Rows with our names for columns and words; what is empty is left out."""
    if name.lower().endswith(".csv"):
        yield from map(_in_our_words, _csv_rows(content))
        return
    for line in content.splitlines():
        try:
            row = orjson.loads(line) if line.strip() else None
        except orjson.JSONDecodeError:
            row = {}  # counted as unreadable, since it has no date
        if row is not None:
            yield _in_our_words(row if isinstance(row, dict) else {})


def decoded(content: bytes) -> str:
    """Of a table: UTF-8, or as older Excel saves it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _csv_rows(content: bytes) -> Iterator[dict[str, Any]]:
    """As Statistics Norway prints it: a title above the columns' names is left out, a column for each year is rows."""
    text = _DAY.sub(lambda day: f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}", decoded(content))
    separator = max(";\t,", key=text[:4000].count)
    lines = text[next((found.start() for found in re.finditer(r"^.*$", text, re.M) if separator in found[0]), 0) :]
    for row in csv.DictReader(StringIO(lines), delimiter=separator):
        years = {key: found[1] for key in row if key and (found := re.fullmatch(r"\D*(\d{4})", key.strip()))}
        rest = {key: value for key, value in row.items() if key not in years}
        yield from ({**rest, "year": year, "people": row[key]} for key, year in years.items())
        yield from [] if years else [row]


def _in_our_words(row: Mapping[Any, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for key, value in row.items():
        word = str(value or "").strip().casefold()
        if key and value not in (None, "", []) and word != "ukjent":
            name = str(key).strip().casefold()
            ours = _NAMES.get(name, name)
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


@dataclass(frozen=True, slots=True)
class Practice:
    """How many doctors a practice has, and how many people on their lists. None: not known."""

    doctors: int | None = None
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What referrals are held against; each part may be missing. `units`: the unit that a municipality is counted in,
    where that is not itself."""

    population: Population | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    practices: Mapping[str, Practice] = field(default_factory=dict)
    catchments: Mapping[str, str] = field(default_factory=dict)
    outlines: Mapping[str, Outline] = field(default_factory=dict)

    @property
    def names(self) -> Mapping[str, str]:
        return self.population.names if self.population else {}


NO_REFERENCE = Reference()


def kind_of(name: str, content: bytes) -> str:
    """What a file for `read_reference` holds, by its columns. BadInput when it is none of what reports can use."""
    if name.endswith("json"):
        return "map"
    columns = set().union(*(row for _, row in zip(range(50), _rows(name, content), strict=False)))
    for kind, needed in _KINDS.items():
        if columns >= set(needed):
            return kind
    raise BadInput(f"{name} må ha kolonner for ett av: {'; '.join(', '.join(needed) for needed in _KINDS.values())}.")


def read_reference(
    files: Mapping[str, tuple[str, bytes]], *, start: int, end: int, starts: tuple[int, ...]
) -> Reference:
    """From name and content of the file of each kind. `start` and `end` are years, `starts` groups' first years of age.

    Inhabitants are those of `end`, or of the nearest year there is.
    """
    rows = {kind: list(_rows(*file)) for kind, file in files.items() if not file[0].endswith("json")}
    people = rows.get("population", [])
    year = min({int(row["year"]) for row in people}, key=lambda y: (abs(y - end), y), default=end)
    units = united(rows.get("changes", ()), since=min(start, year))
    return Reference(
        _population(people, year, files["population"][0], starts, units) if people else None,
        units,
        {
            str(row["sender"]): Practice(_whole(row.get("doctors")), _whole(row["people"]))
            for row in rows.get("practices", ())
        },
        {_split(row)[0]: str(row["catchment"]) for row in rows.get("catchments", ())},
        _outlines(files, rows),
    )


def united(changes: Iterable[Mapping[str, Any]], *, since: int) -> dict[str, str]:
    """From each changed municipality number to the unit that it is counted in, of years from `since`.

    Merged municipalities are counted as the new one. One that was split cannot be told apart in the years before, so
    its parts are counted as one, `1508+1580`; where it was split before `since` the old number means nothing any more.
    """
    became: dict[str, set[str]] = {}
    last: dict[str, int] = {}
    for row in changes:
        if (old := str(row["old"])) != str(row["new"]):
            became.setdefault(old, set()).add(str(row["new"]))
            last[old] = max(last.get(old, 0), int(row["last_year"]))
    groups = [{old, *new} for old, new in became.items() if len(new) == 1 or last[old] >= since]
    for group in [*groups]:
        touching = [other for other in groups if other & group]
        groups = [other for other in groups if not other & group] + [set().union(*touching)]
    named = {frozenset(group): "+".join(sorted(group - became.keys())) for group in groups}
    return {code: unit for group, unit in named.items() for code in group if code != unit}


def _population(
    rows: list[dict[str, Any]], year: int, source: str, starts: tuple[int, ...], units: Mapping[str, str]
) -> Population:
    people: Counter[tuple[str, str, str]] = Counter()
    names: dict[str, dict[str, None]] = {}
    for row in rows:
        if int(row["year"]) == year and str(row["sex"]) in ("female", "male"):
            code, name = _split(row)
            unit = units.get(code, code)
            names.setdefault(unit, {})[name] = None
            people[unit, str(row["sex"]), _band(str(row["age"]), starts, source)] += int(row["people"])
    joined = {unit: " og ".join(said) for unit, said in sorted(names.items())}
    # Norway has two places of the same name more than once.
    times = Counter(joined.values())
    unique = {unit: f"{name} ({unit})" if times[name] > 1 else name for unit, name in joined.items()}
    return Population(year, source, unique, people)


def _split(row: Mapping[str, Any]) -> tuple[str, str]:
    """Number and name of a municipality, which may be in one column."""
    code, _, name = str(row["municipality"]).strip().partition(" ")
    return code, str(row.get("name") or name or code)


def _whole(number: Any) -> int | None:
    return None if number is None else int(number)


def _outlines(files: Mapping[str, tuple[str, bytes]], rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Outline]:
    """From tiles in rows and columns, or from GeoJSON in degrees, drawn as far east as north at its middle."""
    if "map" in rows:
        corners = ((0, 0), (1, 0), (1, 1), (0, 1))
        places = {_split(row)[0]: (float(row["column"]), float(row["row"])) for row in rows["map"]}
        return {code: (tuple((x + dx, y + dy) for dx, dy in corners),) for code, (x, y) in places.items()}
    drawn: dict[str, Outline] = {}
    narrow = 0.0
    for feature in orjson.loads(files["map"][1])["features"] if "map" in files else ():
        shape, about = feature["geometry"], _in_our_words(feature["properties"])
        parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        narrow = narrow or cos(radians(parts[0][0][0][1]))
        drawn[_split(about)[0]] = tuple(tuple((x * narrow, -y) for x, y, *_ in ring) for part in parts for ring in part)
    return drawn


def _band(text: str, starts: tuple[int, ...], file: str) -> str:
    """The band of `34`, `34 år`, `30-34` or `90+`."""
    ages = [int(number) for number in re.findall(r"\d+", text)]
    bands = {band_of(age, starts) for age in ages}
    if len(bands) != 1:
        raise BadInput(f"Aldersgruppene i {file} passer ikke med aldersgrensene. Bruk folketall etter ettårig alder.")
    return bands.pop()
