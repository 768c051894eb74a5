"""Bulk work on files: every format holds the same answers, and a killed run goes on where it stopped."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread
from time import sleep

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import LocalCluster

from triage.bulk import Run, answer, run_bulk
from triage.domain.errors import BadInput, NotReady
from triage.domain.recommendation import Versions
from triage.settings import read_settings

RUN = Run("extract", read_settings({}), date(2026, 11, 22))
TEXTS = ("Svelgvansker i 6 uker.", "Refluks.", "Blod i avføringen.")


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bulk") / "cases.jsonl"
    file.write_text("".join(json.dumps({"id": str(n), "age": 60, "text": t}) + "\n" for n, t in enumerate(TEXTS)))
    return file


@pytest.fixture(scope="module")
def answered(cases: Path) -> bytes:
    out = cases.with_name("out.jsonl")
    assert run_bulk(RUN, cases, out, processes=1) == len(TEXTS)
    return out.read_bytes()


def test_parquet_holds_what_the_lines_hold(cases: Path, answered: bytes, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    run_bulk(RUN, cases, out, processes=1)

    rows, lines = pq.read_table(out).to_pylist(), [json.loads(line) for line in answered.splitlines()]
    assert [row["id"] for row in rows] == [line["id"] for line in lines]
    assert [json.loads(row["features"]) for row in rows] == [line["features"] for line in lines]
    assert [file.name for file in tmp_path.iterdir()] == ["out.parquet"]


def test_parquet_is_read_as_the_lines_are(cases: Path, answered: bytes, tmp_path: Path) -> None:
    source, out = tmp_path / "in.parquet", tmp_path / "out.jsonl"
    pq.write_table(pa.Table.from_pylist([json.loads(line) for line in cases.read_text().splitlines()]), source)

    run_bulk(RUN, source, out, processes=1)

    assert out.read_bytes() == answered


def test_a_killed_run_goes_on_where_it_stopped(cases: Path, answered: bytes, tmp_path: Path) -> None:
    source, out, kept = tmp_path / "in.jsonl", tmp_path / "out.jsonl", b'{"id": "kept"}\n' * 64
    source.write_bytes(cases.read_bytes() * 44)  # three pieces
    second = b"".join((answered.splitlines(keepends=True) * 44)[64:128])
    out.with_name("out.jsonl.part").write_bytes(kept + second + answered.splitlines(keepends=True)[2] + b'{"id": "t')

    assert run_bulk(RUN, source, out, processes=1, resume=True) == 44 * len(TEXTS)
    assert out.read_bytes() == kept + b"".join((answered.splitlines(keepends=True) * 44)[64:])


def test_answers_to_something_else_are_not_gone_on_with(cases: Path, tmp_path: Path) -> None:
    part = tmp_path / "out.jsonl.part"
    part.write_bytes(b'{"id": "another"}\n' * 64)

    with pytest.raises(BadInput, match="--resume"):
        run_bulk(RUN, cases, tmp_path / "out.jsonl", processes=1, resume=True)
    assert part.read_bytes() == b'{"id": "another"}\n' * 64


@pytest.mark.parametrize("name", ["cases.jsonl", "cases.jsonl.part"])
def test_what_is_read_is_never_written_over(name: str, cases: Path, tmp_path: Path) -> None:
    source = tmp_path / name
    source.write_bytes(cases.read_bytes())

    with pytest.raises(BadInput, match="over"):
        run_bulk(RUN, source, tmp_path / "cases.jsonl", processes=1)
    assert source.read_bytes() == cases.read_bytes()


def test_what_is_no_file_is_not_replaced_by_one(cases: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out")

    with pytest.raises(BadInput, match="over"):
        run_bulk(RUN, cases, tmp_path / "out", processes=1)


def test_a_byte_order_mark_hides_no_record(cases: Path, answered: bytes, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\xef\xbb\xbf" + cases.read_bytes())

    run_bulk(RUN, source, out, processes=1)

    assert out.read_bytes() == answered


@pytest.mark.parametrize("body", [b"", b'{"id": "1", "text": "Hei"}\n', b"PAR1PAR1"])
def test_parquet_that_cannot_be_read_is_told(body: bytes, tmp_path: Path) -> None:
    source = tmp_path / "in.PARQUET"
    source.write_bytes(body)

    with pytest.raises(BadInput, match="Parquet"):
        run_bulk(RUN, source, tmp_path / "out.jsonl", processes=1)


def test_parquet_as_other_programs_write_it_is_read(cases: Path, answered: bytes, tmp_path: Path) -> None:
    source, out = tmp_path / "in.parquet", tmp_path / "out.jsonl"
    ids, age = pa.array(range(len(TEXTS)), pa.int8()), pa.array([60.0] * len(TEXTS), pa.float64())
    pq.write_table(pa.table({"id": ids, "age": age, "text": [text.encode() for text in TEXTS]}), source)

    run_bulk(RUN, source, out, processes=1)

    assert out.read_bytes() == answered


def test_a_number_names_a_record_that_cannot_be_read_too() -> None:
    assert json.loads(answer(RUN, [b'{"id": 0}']))["id"] == "0"


def test_a_place_outside_the_text_has_no_status() -> None:
    record = {"id": "1", "text": "Refluks.", "spans": [[-5, 3], [3, 3], [0, 7], [0, 99]]}

    assert [span["end"] for span in json.loads(answer(RUN, [json.dumps(record).encode()]))["spans"]] == [7]


def test_fewer_than_one_process_is_one(cases: Path, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(cases.read_bytes() * 100)

    assert run_bulk(RUN, source, tmp_path / "out.jsonl", processes=-1) == 300


def test_a_scheduler_that_is_none_is_named(cases: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="tull"):
        run_bulk(RUN, cases, tmp_path / "out.jsonl", cluster="tull")


def test_whoever_has_other_rules_than_the_one_who_hands_out_the_work_answers_nothing(cases: Path) -> None:
    other = replace(RUN, versions=Versions(model="none", rules="andre", policy="demo@1", lexicon="andre"))

    with pytest.raises(NotReady, match="andre regler"):
        answer(other, cases.read_bytes().splitlines())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"ingen\.jsonl"):
        run_bulk(RUN, tmp_path / "ingen.jsonl", tmp_path / "out.jsonl")


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler and two worker processes, each with a nanny that starts it again when it dies."""
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as two:
        yield two


@pytest.mark.slow
def test_a_cluster_answers_byte_for_byte_like_one_process_also_when_a_worker_is_killed(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    source, alone, together = tmp_path / "in.jsonl", tmp_path / "alone.jsonl", tmp_path / "together.jsonl"
    records = ({"id": str(n), "age": n % 90, "text": f"{TEXTS[n % 3]} Vekttap {n % 9} kg."} for n in range(1280))
    source.write_text("".join(json.dumps(record) + "\n" for record in records))
    run = Run("screen", RUN.settings, RUN.today)
    first = cluster.workers[0].pid
    killed = Thread(target=kill_when_half_done, args=[first, together.with_name("together.jsonl.part")])

    run_bulk(run, source, alone, processes=1)
    killed.start()
    run_bulk(run, source, together, cluster=cluster.scheduler_address)
    killed.join()

    assert together.read_bytes() == alone.read_bytes()
    assert cluster.workers[0].pid != first


def kill_when_half_done(pid: int, part: Path) -> None:
    """After the first answers have been written, while most pieces are still under way."""
    while not part.exists() or part.stat().st_size == 0:
        sleep(0.01)
    os.kill(pid, signal.SIGKILL)
