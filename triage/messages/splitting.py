"""A received file becomes parts, each of which can wait in the tray on its own."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice, zip_longest
from pathlib import PurePath
from typing import TypeAlias
from zlib import error as ZlibError  # noqa: N812  the module calls its error `error`

import orjson

from triage.messages.codes import meanings
from triage.messages.decoding import decode, first_character

MAX_UNZIPPED = 500_000_000  # bytes of a workbook's parts together
_MAX_CELL = 10_000_000
_COLUMNS = meanings("columns")
_TITLES = 20  # rows among which the header stands
# What a damaged table, its zip archive and the XML in it raise; ParseError is a SyntaxError.
_DAMAGED = (
    *(csv.Error, zipfile.BadZipFile, ZlibError, OSError, EOFError, SyntaxError),
    *(LookupError, ValueError, TypeError, AttributeError, NotImplementedError, ArithmeticError),
)
Items: TypeAlias = Iterator[tuple[int | str, bytes]]  # the number of a line, element or row, and its bytes


@dataclass(frozen=True, slots=True)
class Part:
    """One message to be. `label` is the file's name, and the line or row when the file holds several."""

    label: str
    body: bytes = field(repr=False)


def split(body: bytes, *, name: str) -> Iterator[Part]:
    """One part per JSON line, list element or table row, else one for all. Row 1 of a table is its header.

    Never raises: a file that does not hold what its form promises is one part, and its reading says why.
    """
    is_read = False
    try:
        for number, item in _items(body, name):
            yield Part(f"{name}:{number}", item)
            is_read = True
    except _DAMAGED:
        is_read = False
    # Nothing could be read, or not the rest: the whole file waits for a person.
    if not is_read:
        yield Part(name, body)


def _items(body: bytes, name: str) -> Items:
    start = first_character(body)
    if start in ("{", "["):
        return _json_items(body, name)
    if start in ("", "<"):
        return iter(())
    return _records(_tables_of_workbook(body) if body.startswith(b"PK\3\4") else _tables_of_text(body))


def _json_items(body: bytes, name: str) -> Items:
    text, document = decode(body).text, None
    with suppress(orjson.JSONDecodeError):
        document = orjson.loads(text)
    if isinstance(document, list):
        yield from ((number, orjson.dumps(item)) for number, item in enumerate(document, start=1))
    elif document is None and _is_lines(body, name):
        narrow = text.encode("utf-8", "replace") if b"\0" in body[:4] else body
        yield from ((n, line.strip()) for n, line in enumerate(io.BytesIO(narrow), start=1) if line.strip())


def _is_lines(body: bytes, name: str) -> bool:
    """Whether broken JSON is lines of which some are broken, and not one broken document."""
    whole = (line for line in io.BytesIO(body) if line.startswith(b"{") and line.rstrip().endswith(b"}"))
    return PurePath(name).suffix.lower() in (".jsonl", ".ndjson") or len([*islice(whole, 2)]) == 2


def _records(tables: Iterable[Iterable[Iterable[object]]]) -> Items:
    """The record of each row that is not empty, of each table that names the text; after the first it names more."""
    for place, table in enumerate(tables, start=1):
        rows = enumerate(table, start=1)
        headers = ([*row] for _, row in islice(rows, _TITLES))
        header = next((cells for cells in headers if "text" in map(_field, cells)), [])
        if not header or (place > 1 and sum(map(bool, map(_field, header))) < 2):
            continue
        for number, row in rows:
            if record := _record(header, row):
                yield number if place == 1 else f"ark{place}:{number}", orjson.dumps(record)


def _record(header: Iterable[object], row: Iterable[object]) -> dict[str, object]:
    """Every filled cell by its field. A column that we do not know, or know twice, keeps its own heading."""
    told: dict[str, list[str]] = {}
    for heading, cell in zip_longest(header, row):
        if shown := "" if cell is None else str(cell).strip():
            field = _field(heading)
            known = field if field in ("text", "codes") or field not in told else None
            told.setdefault(known or str(heading or "").strip(), []).append(shown)
    return {name: _value(name, "\n".join(cells)) for name, cells in told.items()}


def _field(heading: object) -> str | None:
    """What a column holds: `Kjønn (K/M)` is the sex."""
    plain = re.sub(r"\([^)]*\)|[\s_.:*-]+", " ", str(heading or ""))
    return _COLUMNS.get(" ".join(plain.lower().split()))


def _tables_of_text(body: bytes) -> Iterable[Iterable[Iterable[object]]]:
    text = decode(body).text
    first, _, rest = text.partition("\n")
    text = rest if first.lower().startswith("sep=") else text  # Excel's own first line
    header = text.partition("\n")[0]
    csv.field_size_limit(_MAX_CELL)
    # With one column alone nothing is a delimiter.
    return [csv.reader(io.StringIO(text, newline=""), delimiter=max("\x1f;,\t", key=header.count))]


def _tables_of_workbook(body: bytes) -> Iterable[Iterable[Iterable[object]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 (slow, and seldom needed)

    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MAX_UNZIPPED:
            return []
    sheets = load_workbook(io.BytesIO(body), read_only=True, data_only=True).worksheets
    return (sheet.iter_rows(values_only=True) for sheet in sheets)


def _value(name: str, shown: str) -> object:
    whole = re.fullmatch(r"(\d+)(?:[.,]0+)?(?:\s*år)?", shown)
    if name == "age":
        return int(whole[1]) if whole else shown
    if name == "sent_date" and whole and len(whole[1]) == 5:  # a workbook counts the days from this one
        return str(date(1899, 12, 30) + timedelta(days=int(whole[1])))
    if name == "municipality" and whole:
        return whole[1].zfill(4)  # a workbook drops the zero of Oslo's 0301
    return re.split(r"[\s,;|]+", shown) if name == "codes" else shown
