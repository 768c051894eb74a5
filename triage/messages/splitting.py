"""A received file becomes parts, each of which can wait in the tray on its own."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import PurePath
from typing import TypeAlias
from zlib import error as ZlibError  # noqa: N812  the module calls its error `error`

import orjson
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from triage.messages.codes import LISTS
from triage.messages.decoding import decode, first_character

MAX_UNZIPPED = 500_000_000  # bytes of a workbook's parts together
_MAX_CELL = 10_000_000
# What openpyxl and the XML under it raise on a damaged workbook; ParseError is a SyntaxError.
_DAMAGED = (
    *(zipfile.BadZipFile, InvalidFileException, ZlibError, OSError, EOFError, SyntaxError),
    *(LookupError, ValueError, TypeError, AttributeError, NotImplementedError, ArithmeticError),
)
Rows: TypeAlias = Iterator[Iterable[object] | None]  # of cells; None where the rest cannot be read


@dataclass(frozen=True, slots=True)
class Part:
    """One message to be. `label` is the file's name, and the line or row when the file holds several."""

    label: str
    body: bytes = field(repr=False)
    format_hint: str  # json, csv, xlsx or empty; a guess for people, the reader looks for itself


def split(body: bytes, *, name: str) -> Iterator[Part]:
    """One part per JSON line, list element or table row, else one for all. Row 1 of a table is its header.

    Never raises: a file that does not hold what its form promises is one part, and its reading says why.
    """
    start = first_character(body)
    if body.startswith(b"PK\3\4"):
        yield from _table(_workbook_rows(body), Part(name, body, "xlsx"))
    elif start in ("{", "["):
        yield from _json_parts(body, name)
    elif start and start != "<":
        yield from _table(_text_rows(body), Part(name, body, "csv"))
    else:
        yield Part(name, body, "")


def _json_parts(body: bytes, name: str) -> Iterator[Part]:
    text, document = decode(body).text, None
    with suppress(orjson.JSONDecodeError):
        document = orjson.loads(text)
    items: Iterable[tuple[int, bytes]] = ()
    if isinstance(document, list):
        items = ((n, orjson.dumps(item)) for n, item in enumerate(document, start=1))
    elif document is None and _is_lines(body, name):
        narrow = text.encode("utf-8", "replace") if b"\0" in body[:4] else body
        items = ((n, line.strip()) for n, line in enumerate(io.BytesIO(narrow), start=1) if line.strip())
    else:
        yield Part(name, body, "json")
    yield from (Part(f"{name}:{n}", item, "json") for n, item in items)


def _is_lines(body: bytes, name: str) -> bool:
    """Whether broken JSON is lines of which some are broken, and not one broken document."""
    whole = (line for line in io.BytesIO(body) if line.startswith(b"{") and line.rstrip().endswith(b"}"))
    return PurePath(name).suffix.lower() in (".jsonl", ".ndjson") or len([*islice(whole, 2)]) == 2


def _table(rows: Rows, whole: Part) -> Iterator[Part]:
    """A part for each row; the whole file when there are none, and when the rest of the rows cannot be read."""
    header = (re.sub(r"[\s_-]+", " ", str(cell or "")).strip().lower() for cell in next(rows, None) or ())
    fields = [LISTS["columns"].get(column) for column in header]
    read = 0
    for number, row in enumerate(rows if "text" in fields else (), start=2):
        if row is None:
            read = 0
        elif filled := [(name, cell) for name, cell in zip_longest(fields, row) if str(cell or "").strip()]:
            read += 1
            record = {name: _value(name, cell) for name, cell in filled if name}
            yield Part(f"{whole.label}:{number}", orjson.dumps(record), whole.format_hint)
    if read == 0:
        yield whole


def _text_rows(body: bytes) -> Rows:
    text = decode(body).text
    first, _, rest = text.partition("\n")
    text = rest if first.lower().startswith("sep=") else text  # Excel's own first line
    header = text.partition("\n")[0]
    csv.field_size_limit(_MAX_CELL)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=header.count))
    except csv.Error:
        yield None


def _workbook_rows(body: bytes) -> Rows:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            fits = sum(part.file_size for part in packed.infolist()) <= MAX_UNZIPPED
        if fits:
            sheet = load_workbook(io.BytesIO(body), read_only=True, data_only=True).worksheets[0]
            yield from sheet.iter_rows(values_only=True)
    except _DAMAGED:
        yield None


def _value(name: str, cell: object) -> object:
    shown = str(cell).strip()
    whole = re.fullmatch(r"(\d+)(?:[.,]0+)?(?:\s*år)?", shown)
    if name == "age":
        return int(whole[1]) if whole else shown
    return re.split(r"[\s,;|]+", shown) if name == "codes" else shown
