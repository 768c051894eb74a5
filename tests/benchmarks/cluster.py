"""How near linear screening on a Dask cluster is, and whether its answers are those of one process byte for byte.

    python -m tests.benchmarks.cluster [--records 1024] [--workers 2] [--rounds 5]

One worker and several take turns, so that both see what else the machine does; several get more records, so that a
round lasts as long, and medians are compared. By the clock where the machine has a core for each worker and one for
whoever hands out the work; by processor time anywhere: what workers and coordinator together spend on a record.
Every worker has loaded all before the first round.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from distributed import Client, LocalCluster

from triage.bulk import Run, answer, run_bulk
from triage.domain.calendar import oslo_date, utc_now
from triage.settings import read_settings

WARM = [b'{"id": "warm", "text": "Dysfagi."}']


@dataclass(frozen=True, slots=True)
class Round:
    """Records a second, and milliseconds of processor a record: the workers', and the coordinator's."""

    rate: float
    workers_ms: float
    coordinator_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"records": 1024, "workers": 2, "rounds": 5}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    run = Run("screen", read_settings({}), oslo_date(utc_now()))
    say(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the start")
    with TemporaryDirectory() as folder, cluster(run, 1) as one, cluster(run, given.workers) as several:
        measured = in_turn(run, {1: one, given.workers: several}, Path(folder), given.records, given.rounds)
    for workers, rounds in measured.items():
        rate, spent, handed_out = (median(getattr(each, name) for each in rounds) for name in Round.__slots__)
        say(f"{workers} workers: {rate:.0f} records a second, {spent:.2f} + {handed_out:.2f} ms of processor a record")
    single, many = measured[1], measured[given.workers]
    clock = median(each.rate for each in many) / median(each.rate for each in single) / given.workers
    processor = median(map(total_ms, single)) / median(map(total_ms, many))
    say(f"{clock:.0%} of linear by the clock, {processor:.0%} by processor time; every answer the same bytes")


def in_turn(run: Run, clusters: dict[int, Client], folder: Path, count: int, rounds: int) -> dict[int, list[Round]]:
    measured: dict[int, list[Round]] = {workers: [] for workers in clusters}
    sources = {workers: some_records(folder / f"{workers}.jsonl", workers * count) for workers in clusters}
    alone = {workers: folder / f"{workers}-alone.jsonl" for workers in clusters}
    for workers, source in sources.items():
        run_bulk(run, source, alone[workers], processes=1)
    for _ in range(rounds):
        for workers, client in clusters.items():
            done, out = one_round(run, client, sources[workers], workers * count)
            assert out.read_bytes() == alone[workers].read_bytes(), (
                f"{workers} workers gave OTHER BYTES than one process"
            )
            measured[workers].append(done)
    return measured


def one_round(run: Run, client: Client, source: Path, count: int) -> tuple[Round, Path]:
    out = source.with_suffix(".out")
    before, began, own = workers_time(client), perf_counter(), process_time()
    run_bulk(run, source, out, cluster=client.scheduler_info()["address"])
    seconds, own = perf_counter() - began, process_time() - own
    return Round(count / seconds, 1000 * (workers_time(client) - before) / count, 1000 * own / count), out


def total_ms(one: Round) -> float:
    return one.workers_ms + one.coordinator_ms


def workers_time(client: Client) -> float:
    return float(sum(client.run(process_time).values()))


def some_records(source: Path, count: int) -> Path:
    letters = (Path(__file__).parents[2] / "nlp_models" / "corpus" / "dev01.jsonl").read_text("utf-8").splitlines()
    lines = [json.dumps({**json.loads(letters[n % len(letters)]), "id": str(n)}) for n in range(count)]
    source.write_text("\n".join(lines) + "\n", "utf-8")
    return source


@contextmanager
def cluster(run: Run, workers: int) -> Iterator[Client]:
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as several,
        Client(several.scheduler_address) as client,  # type: ignore[no-untyped-call]
    ):
        client.run(answer, run, WARM)
        yield client


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
