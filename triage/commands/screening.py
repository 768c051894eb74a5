"""Commands that work on files of records, without a database: screen, extract, evaluate."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson
from rich.console import Console
from rich.table import Table

from triage.bulk import Run, Work, run_bulk
from triage.classifier.cases import Case, read_case
from triage.domain.calendar import today
from triage.domain.errors import BadInput
from triage.domain.referral import Referral
from triage.engines import load_engines
from triage.messages.records import record_to_referral
from triage.settings import Settings

_Made = TypeVar("_Made")
_PAIRS = "contrast_"  # how a file of pairs that differ in one fact is named, before the name of its writer


def _bulk(
    work: Work,
    settings: Settings,
    *,
    source: Path,
    target: Path,
    processes: int | None,
    resume: bool,
    cluster: str | None,
) -> int:
    started, run = time.perf_counter(), Run(work, settings, today())
    count = run_bulk(run, source, target, processes=processes, resume=resume, cluster=cluster)
    seconds = time.perf_counter() - started
    sys.stderr.write(f"{count} henvisninger på {seconds:.1f} s ({count / seconds:.0f} per sekund): {target}\n")
    return 0


screen, extract = partial(_bulk, "screen"), partial(_bulk, "extract")


def evaluate(settings: Settings, *, cases: list[Path], report: Path | None) -> int:
    from triage.classifier.evaluation import Judged  # noqa: PLC0415 (numpy)
    from triage.classifier.evaluation import evaluate as measure  # noqa: PLC0415

    engines = load_engines(settings)
    read = list(read_cases(cases))
    started = time.perf_counter()
    proposed = engines.recommend_many([case.referral for case in read], today=today())
    seconds = time.perf_counter() - started
    result = measure([Judged(c, r) for c, r in zip(read, proposed, strict=True)], seconds=seconds)
    _print(result)
    if report:
        report.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY))
    return 0


def read_cases(paths: list[Path]) -> Iterator[Case]:
    """The cases of every file; the file's name is the writer's batch. Raises BadInput naming file and line."""

    def case(path: Path, record: Mapping[str, Any], referral: Referral) -> Case:
        writer, made = path.stem.removeprefix(_PAIRS), path.stem.startswith(_PAIRS)
        return read_case(record, referral, batch=writer, made=made)

    return read_records(paths, case)


def read_records(paths: list[Path], make: Callable[[Path, Mapping[str, Any], Referral], _Made]) -> Iterator[_Made]:
    """What is made of each record in the files. Raises BadInput naming file and line."""
    for path in paths:
        if not path.is_file():
            raise BadInput(f"Finner ikke filen {path.name}.")
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            if not line.strip():
                continue
            try:
                record = orjson.loads(line)
                yield make(path, record, record_to_referral(record))
            except (orjson.JSONDecodeError, BadInput) as error:
                raise BadInput(f"{path.name}, linje {number}: {error}") from None


def _print(result: dict[str, Any]) -> None:
    table = Table("mål", "verdi", "95 % intervall", title=f"{result['n']} oppdiktede henvisninger")
    for name, interval in result["intervals"].items():
        value = result[name]
        shown = "-" if interval is None else f"{interval[0]:.3f}-{interval[1]:.3f}"
        table.add_row(name, "-" if value is None else f"{value:.3f}", shown)
    table.add_row("docs_per_second", f"{result['docs_per_second']:.0f}", "")
    pathways = Table("løp", "n", "presisjon", "treff", "F1", title="per løp")
    for name, row in result["pathways"].items():
        cells = ["-" if row[k] is None else f"{row[k]:.3f}" for k in ("precision", "recall", "f1")]
        pathways.add_row(name, str(row["n"]), *cells)
    console = Console()
    console.print(table, pathways)
    if result["red_missed"]:
        console.print("Oversett som rød:", ", ".join(result["red_missed"]))
