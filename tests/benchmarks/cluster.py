"""How near linear screening on a Dask cluster is, and whether its answers are those of one process byte for byte.

    python -m tests.benchmarks.cluster [--records 4096] [--workers 2]

By the clock when the machine has nothing else to do; by processor time also when it has: what a worker spends on a
record more than one process alone does is what sharing costs. Each worker has loaded all before the clock starts.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from distributed import Client, LocalCluster

from triage.bulk import Run, answer, run_bulk
from triage.domain.calendar import oslo_date, utc_now
from triage.settings import read_settings

WARM = [b'{"id": "warm", "text": "Dysfagi."}']


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"records": 4096, "workers": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    run = Run("screen", read_settings({}), oslo_date(utc_now()))
    sys.stdout.write(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the start\n")
    with TemporaryDirectory() as folder:
        source, alone = some_records(Path(folder), given.records), Path(folder) / "alone.jsonl"
        answer(run, WARM)
        began = process_time()
        run_bulk(run, source, alone, processes=1)
        ms_alone = 1000 * (process_time() - began) / given.records
        rates = []
        for workers in (1, given.workers):
            rate, ms, out = on_cluster(run, source, workers, given.records)
            same = "the same bytes as" if out.read_bytes() == alone.read_bytes() else "OTHER BYTES THAN"
            sys.stdout.write(f"{workers} workers: {rate:.0f} records a second, {ms:.2f} ms of processor a record, ")
            sys.stdout.write(f"{ms_alone / ms:.0%} as good as one process alone ({ms_alone:.2f} ms), {same} it\n")
            rates.append(rate)
    sys.stdout.write(f"{rates[1] / rates[0] / given.workers:.0%} of linear by the clock\n")


def some_records(folder: Path, count: int) -> Path:
    source = folder / "in.jsonl"
    letters = (Path(__file__).parents[2] / "nlp_models" / "corpus" / "dev01.jsonl").read_text("utf-8").splitlines()
    lines = [json.dumps({**json.loads(letters[n % len(letters)]), "id": str(n)}) for n in range(count)]
    source.write_text("\n".join(lines) + "\n", "utf-8")
    return source


def on_cluster(run: Run, source: Path, workers: int, count: int) -> tuple[float, float, Path]:
    """Records a second, milliseconds of the workers' processors a record, and the answers."""
    out = source.with_name(f"{workers}.jsonl")
    with cluster(run, workers) as (address, client):
        before, began = sum(client.run(process_time).values()), perf_counter()
        run_bulk(run, source, out, cluster=address)
        seconds, spent = perf_counter() - began, sum(client.run(process_time).values()) - before
    return count / seconds, 1000 * spent / count, out


@contextmanager
def cluster(run: Run, workers: int) -> Iterator[tuple[str, Client]]:
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None) as several,
        Client(several.scheduler_address) as client,
    ):
        client.run(answer, run, WARM)
        yield several.scheduler_address, client


if __name__ == "__main__":
    main()
