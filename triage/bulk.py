"""Screening and extraction in bulk, without a database: JSON lines or Parquet in and out.

The input is cut into pieces of a fixed number of records; every piece is answered by a pure function, in this process
or in others, and the answers are written in the order of the input. So the output has the same bytes whatever the
number of processes, memory does not grow with the input, and a killed run goes on where it stopped: what is complete
in `OUT.part` is kept.
"""

import os
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, BinaryIO, Literal

import orjson
from rich import progress
from rich.console import Console

from triage import answers
from triage.domain.errors import BadInput, NotReady
from triage.domain.recommendation import Versions
from triage.domain.referral import Referral
from triage.engines import Engines, load_engines
from triage.messages.records import record_to_referral
from triage.settings import Settings

Work = Literal["screen", "extract"]
Piece = list[bytes]  # one JSON record each

_PIECE = 64  # records: so few that processes that began together end together
_FEW = 4  # pieces that are done before another process has loaded what it needs
_AHEAD = 4  # pieces in flight for each process


@dataclass(frozen=True, slots=True)
class Run:
    """What is to be done: the same for every piece. With `versions`, by those alone."""

    work: Work
    settings: Settings
    today: date
    versions: Versions | None = None


@cache
def _engines(settings: Settings) -> Engines:
    """Once in each process."""
    return load_engines(settings, with_letters=False)


def answer(run: Run, piece: Piece) -> bytes:
    """The answers to one piece, a JSON line each. A record that cannot be read gives its id and the error."""
    read = [_read(line) for line in piece]
    answered = iter(_answers(run, [(record, told) for record, told in read if isinstance(told, Referral)]))
    lines = [next(answered) if isinstance(told, Referral) else _refused(record, told) for record, told in read]
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)


def _answers(run: Run, readable: list[tuple[answers.Record, Referral]]) -> list[answers.Record]:
    engines = _engines(run.settings)
    if run.versions not in (None, engines.versions):
        raise NotReady("En av arbeiderne har andre regler, ord eller en annen modell. Gi alle de samme filene.")
    if run.work == "extract":
        return [_extracted(engines, referral, record) for record, referral in readable]
    recommended = engines.recommend_many([referral for _, referral in readable], today=run.today, explained=False)
    return [answers.recommendation_record(r.id, rec) for (_, r), rec in zip(readable, recommended, strict=True)]


def _extracted(engines: Engines, referral: Referral, record: answers.Record) -> answers.Record:
    found, spans = answers.reading_record(referral.id, engines.reader.read(referral)), answers.spans_of(record)
    if spans is not None:
        statuses = zip(spans, engines.reader.statuses(referral.text, spans), strict=True)
        found["spans"] = [{"start": start, "end": end, "status": status} for (start, end), status in statuses]
    return found


def _read(line: bytes) -> tuple[answers.Record, Referral | BadInput]:
    """A record with what it tells, or why nobody can say."""
    try:
        record = orjson.loads(line.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError:
        record = None
    if not isinstance(record, dict):
        return {}, BadInput("Linjen er ikke et JSON-objekt.")
    try:
        return record, record_to_referral(record)
    except BadInput as error:
        return record, error


def _refused(record: answers.Record, error: BadInput) -> answers.Record:
    name = record.get("id")
    return {"id": None if name is None else str(name), "error": str(error)}


# Reading pieces and writing answers


def run_bulk(
    run: Run,
    source: Path,
    target: Path,
    *,
    processes: int | None = None,
    resume: bool = False,
    cluster: str | None = None,
) -> int:
    """Answer every record of `source` into `target`; returns the number of records. Raises BadInput, NotReady."""
    part = target.with_name(target.name + ".part")  # JSON lines, whatever the target is
    if not source.is_file():
        raise BadInput(f"Finner ikke filen {source.name}.")
    if source.resolve() in (target.resolve(), part.resolve()) or (target.exists() and not target.is_file()):
        raise BadInput(f"Svarene kan ikke skrives over {target.name}. Velg et annet navn.")
    count, last = _complete_pieces(part) if resume and part.exists() else (0, b"")
    shown = progress.open(source, "rb", description=run.work, console=Console(stderr=True))
    with shown as file, part.open("ab" if count else "wb") as out:
        every = _parquet_lines(file) if source.suffix.lower() == ".parquet" else filter(bytes.strip, file)
        lines = islice(every, max(count - _PIECE, 0), None)
        pieces = iter(lambda: list(islice(lines, _PIECE)), [])
        if count and answer(run, next(pieces, [])) != last:
            raise BadInput(f"{part.name} er svar på noe annet, eller av andre regler. Kjør kommandoen uten --resume.")
        for answered in _answered(run, pieces, max(processes or os.cpu_count() or 1, 1), cluster):
            out.write(answered)
            count += answered.count(b"\n")
    if target.suffix == ".parquet":
        _turn_into_parquet(part, target)
    else:
        part.replace(target)
    return count


def _answered(run: Run, pieces: Iterator[Piece], processes: int, cluster: str | None) -> Iterator[bytes]:
    """The answers to each piece, in order."""
    if cluster:
        yield from _on_cluster(run, pieces, cluster)
        return
    first = list(islice(pieces, _FEW + 1))
    pieces = chain(first, pieces)
    if processes == 1 or len(first) <= _FEW:
        yield from (answer(run, piece) for piece in pieces)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            yield from _in_order(lambda piece: pool.submit(answer, run, piece), pieces, processes * _AHEAD)
        except BrokenProcessPool:
            raise BadInput("En av prosessene ble stoppet. Kjør kommandoen igjen med --resume.") from None


def _in_order(submit: Callable[[Piece], Any], pieces: Iterable[Piece], most: int) -> Iterator[bytes]:
    """Answers in the order of the pieces, with at most `most` pieces under way."""
    waiting = deque[Any]()  # futures of the pool or of the cluster
    for piece in pieces:
        waiting.append(submit(piece))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    yield from (future.result() for future in waiting)


def _on_cluster(run: Run, pieces: Iterator[Piece], address: str) -> Iterator[bytes]:
    try:
        from distributed import Client  # noqa: PLC0415 (an optional extra)

        client: Any = Client(address)  # type: ignore[no-untyped-call]
    except ImportError:
        raise BadInput("Tillegget «cluster» er ikke installert (pip install triage[cluster]).") from None
    except (OSError, ValueError):
        raise BadInput(f"Ingen Dask-planlegger svarer på {address}. Skriv den som tcp://HOST:PORT.") from None
    run = replace(run, versions=_engines(run.settings).versions)
    with client:
        most = max(1, sum(client.nthreads().values())) * _AHEAD
        yield from _in_order(lambda piece: client.submit(answer, run, piece, retries=3, pure=False), pieces, most)


def _parquet_lines(file: BinaryIO) -> Iterator[bytes]:
    import pyarrow.parquet as pq  # noqa: PLC0415 (slow, and only Parquet needs it)

    try:
        batches = pq.ParquetFile(file).iter_batches(_PIECE)
    except (OSError, ValueError):
        raise BadInput("Parquet-filen er skadet eller avkortet.") from None
    for batch in batches:
        yield from (orjson.dumps(record, default=_in_words) for record in batch.to_pylist())


def _in_words(value: object) -> str:
    """A text column may hold bytes."""
    return str(value, "utf-8", "replace") if isinstance(value, bytes) else str(value)


def _complete_pieces(part: Path) -> tuple[int, bytes]:
    """Count the answers in whole pieces, cut what comes after them, and give the last piece."""
    done, length, last = 0, 0, b""
    with part.open("rb+") as file:
        while len(piece := list(islice(file, _PIECE))) == _PIECE and piece[-1].endswith(b"\n"):
            last = b"".join(piece)
            done, length = done + _PIECE, length + len(last)
        file.truncate(length)
    return done, last


_COLUMNS = (
    *("id", "area", "requested", "pathway", "probabilities", "confident", "abstained_because", "deadline_weeks"),
    *("features", "findings", "measurements", "missing", "summary", "reasons", "spans", "versions", "error"),
)


def _turn_into_parquet(lines: Path, target: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    plain = {"confident": pa.bool_(), "deadline_weeks": pa.int32()}
    schema = pa.schema([(name, plain.get(name, pa.string())) for name in _COLUMNS])
    table = target.with_name(target.name + ".new")
    with lines.open("rb") as file, pq.ParquetWriter(table, schema, compression="zstd") as writer:
        while rows := [_flat(orjson.loads(line)) for line in islice(file, _PIECE * 64)]:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
    table.replace(target)
    lines.unlink()


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """Lists and objects as JSON text: the same columns whatever the records hold."""
    return {k: orjson.dumps(v).decode() if isinstance(v, list | dict) else v for k, v in record.items()}
