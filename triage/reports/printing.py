"""The report as HTML, PDF, XLSX, CSV and JSON: the same numbers in each, and the same bytes every time."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, cast

import typst
import xlsxwriter
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from triage.domain.calendar import long_date
from triage.reports.council import Report
from triage.reports.disclosure import Reason
from triage.reports.plot import decimal
from triage.reports.sections import WHY_NOT, Grid, Section, Value

TEMPLATES = Path(__file__).parent / "templates"
SOURCE = "mottatte henvisninger og avgjørelser i programmet"


def shown(value: Value, column: str = "") -> str:
    """As it is printed: a hidden number by its reason, what cannot be computed as a dash."""
    if isinstance(value, Reason):
        return f"skjult: {WHY_NOT[value]}"
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return decimal(value, 0 if isinstance(value, int) else 1 if column.startswith("%") or value >= 100 else 2)


_PAGES = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
_PAGES.filters |= {"shown": shown, "day": long_date}
_PAGES.tests["hidden"] = lambda value: isinstance(value, Reason)


def body(report: Report) -> str:
    """The report as a part of a page: no style and no script of its own."""
    return _PAGES.get_template("body.html").render(report=report, source=SOURCE)


def html(report: Report) -> bytes:
    return _PAGES.get_template("page.html").render(report=report, source=SOURCE).encode()


def pdf(report: Report) -> bytes:
    """Tagged for screen readers (PDF/UA-1) and fit for archives (PDF/A-2a). Its date is the end of the period."""
    draw = vars(_PAGES.get_template("plot.svg").module)["draw"]
    printed = asdict(report) | {
        "start": long_date(report.start),
        "end": long_date(report.end),
        "source": SOURCE,
        "sections": [_on_paper(section, draw) for section in report.sections],
    }
    compiler = typst.Compiler(font_paths=typst.Fonts(include_system_fonts=False), ignore_system_fonts=True)
    made = compiler.compile(
        (TEMPLATES / "report.typ").read_bytes(),
        format="pdf",
        sys_inputs={"report": json.dumps(printed, ensure_ascii=False)},
        pdf_standards=["ua-1", "a-2a"],
        timestamp=int(datetime.combine(report.end, time(12), UTC).timestamp()),
    )
    return cast(bytes, made)


def _on_paper(section: Section, draw: Callable[..., str]) -> dict[str, Any]:
    """With its figures drawn and its numbers as text."""
    plots = [asdict(p) | {"svg": str(draw(p, f"p{k}", 17))} for k, p in enumerate(section.plots)]
    grids = [
        {"title": g.title, "columns": g.columns, "rows": [[*map(shown, row, g.columns)] for row in g.rows]}
        for g in section.grids
    ]
    return asdict(section) | {"plots": plots, "grids": grids}


def xlsx(report: Report) -> bytes:
    """One sheet a table, numbers as numbers, no formulas; the first sheet says what it all is."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": report.title, "created": datetime.combine(report.end, time(12))})
    about, head = book.add_worksheet("Om rapporten"), book.add_format({"bold": True})
    lines = [report.title, f"{long_date(report.start)} til {long_date(report.end)}", f"Kilde: {SOURCE}", *report.intro]
    lines += [f"{name}: {value}" for name, value in report.made_with]
    lines += [f"{s.title}: {text}" for s in report.sections for text in (*s.findings, *s.missing, *s.notes)]
    about.write_column(0, 0, lines)
    for number, (section, grid) in enumerate(_grids(report), start=1):
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", "-", f"{number} {grid.title}")[:31])
        sheet.write(0, 0, f"{section.title}: {grid.title}. Teller: {section.numerator}. Nevner: {section.denominator}.")
        sheet.write_row(2, 0, grid.columns, head)
        for place, row in enumerate(grid.rows, start=3):
            sheet.write_row(place, 0, [shown(v) if v is None or isinstance(v, Reason) else v for v in row])
        sheet.freeze_panes(3, 1)
        sheet.autofit()
    book.close()
    return file.getvalue()


def csv_table(report: Report) -> bytes:
    """One line for each number: section, table, row, column, value, why it is hidden. Semicolons, decimal points."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(["del", "tabell", "rad", "kolonne", "verdi", "skjult"])
    for section, grid in _grids(report):
        for name, *values in grid.rows:
            for column, value in zip(grid.columns[1:], values, strict=True):
                number, reason = (None, value.value) if isinstance(value, Reason) else (value, "")
                writer.writerow([section.title, grid.title, _safe(str(name)), column, number, reason])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _safe(text: str) -> str:
    """A name that a spreadsheet would take for a formula is only text."""
    return f"'{text}" if text[:1] in "=+-@\t" else text


def json_report(report: Report) -> bytes:
    """Everything, a hidden number as `{"hidden": reason}`; figures by their points."""

    def plain(value: Any) -> Any:
        if isinstance(value, Reason):
            return {"hidden": value.value}
        if isinstance(value, Mapping):
            return {key: plain(one) for key, one in value.items()}
        return [plain(one) for one in value] if isinstance(value, list | tuple) else value

    return json.dumps(plain(asdict(report)), ensure_ascii=False, indent=1, default=str).encode()


def _grids(report: Report) -> Iterator[tuple[Section, Grid]]:
    return ((section, grid) for section in report.sections for grid in section.grids)


FORMATS: Mapping[str, Callable[[Report], bytes]] = {
    "html": html,
    "pdf": pdf,
    "xlsx": xlsx,
    "csv": csv_table,
    "json": json_report,
}
