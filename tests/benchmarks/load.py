"""How much the program carries: workers side by side on one database, and two web processes under load.

    python -m tests.benchmarks.load [--messages 400] [--workers 4] [--clients 8] [--requests 400]

Real processes, a real database that writes to disk, invented messages. Everything shares this machine's cores, the load
too, so the figures say what one machine carries, and with one worker's processor time what a larger one would.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from shutil import rmtree
from statistics import quantiles
from time import perf_counter, process_time, sleep
from urllib.request import Request, urlopen

from sqlalchemy import text

from tests.builders import KARI
from tests.chaos.storm import Site, a_message, counted
from tests.conftest import own_folder, wait_until_stopped
from triage import workflow
from triage.domain.calendar import utc_now
from triage.engines import load_engines
from triage.jobs import Inbox
from triage.opening import database
from triage.paths import POLICIES
from triage.settings import Settings
from triage.store import audit, users
from triage.store.database import SYSTEM, Database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"messages": 400, "workers": 4, "clients": 8, "requests": 400}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    say(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the start")
    for workers in (1, given.workers):
        with filled(given.messages) as (home, db):
            recommend_all(home, db, workers, given.messages)
            weigh(db, given.messages)
            if workers > 1:
                under_load(home, db, given.clients, given.requests)


@contextmanager
def filled(count: int) -> Iterator[tuple[Path, Database]]:
    """An installation that has received this many messages, and recommended for the first page of its queue alone."""
    home = own_folder()
    (home / "policy.yaml").write_bytes((POLICIES / "demo.yaml").read_bytes())
    settings = Settings(home=home)
    with database(settings) as db:
        engines = load_engines(settings)
        inbox = Inbox(db, engines.policy, "benchmark", production=False)
        began = process_time()
        for number in range(count):
            [*inbox.take(a_message(number), name=str(number), received_at=utc_now())]
        received = process_time()
        first = [row.id for row in workflow.show_queue(db, by=KARI)]
        for referral_id in first:
            workflow.recommend(db, referral_id, engines)
        times = ((received - began) / count, (process_time() - received) / len(first))
        say("ms of one core: {:.0f} to receive and register, {:.0f} to recommend".format(*(1000 * t for t in times)))
        yield home, db
    wait_until_stopped(home)
    rmtree(home)


def recommend_all(home: Path, db: Database, workers: int, count: int) -> None:
    """From the first recommendation on, so that starting does not count."""
    before = counted(db, "recommendation")
    with Site(home, workers, webs=0).up():
        first, began = wait_for(lambda: counted(db, "recommendation"), before + 1), perf_counter()
        done = wait_for(lambda: counted(db, "recommendation"), count)
    rate = (done - first) / (perf_counter() - began)
    twice = counted(db, "audit_event WHERE action = 'recommended'") - count
    say(f"{workers} workers: {rate:.0f} recommendations a second, {twice} done twice")


def weigh(db: Database, count: int) -> None:
    with db.reading(as_=SYSTEM) as tx:
        size = tx.session.scalar(text("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'")) or 0
        began = perf_counter()
        rows = audit.verify(tx).checked
        rate = rows / (perf_counter() - began)
    say(f"{size / count / 1000:.0f} kB of database a referral, {rate:.0f} rows of the log verified a second")


def wait_for(number: Callable[[], int], least: int) -> int:
    while (reached := number()) < least:
        sleep(0.05)
    return reached


def under_load(home: Path, db: Database, clients: int, requests: int) -> None:
    """The queue, a referral and a new message in turn, to two web processes in turn."""
    with db.writing(as_=SYSTEM) as tx:
        users.save(tx, KARI)
        token = users.start_session(tx, KARI, now=utc_now())
    ids = [row.id for row in workflow.show_queue(db, by=KARI)]
    site = Site(home, workers=1, webs=2)

    def ask(number: int) -> float:
        port, paths = site.ports[number % 2], ("/ko", f"/henvisning/{ids[number % len(ids)]}", "/api/meldinger")
        path = paths[number % 3]
        body = a_message(1_000_000 + number) if path.startswith("/api") else None
        request = Request(f"http://127.0.0.1:{port}{path}", body, {"Cookie": f"triage={token}"})
        began = perf_counter()
        with urlopen(request, timeout=60) as answer:
            answer.read()
        return perf_counter() - began

    with site.up(), ThreadPoolExecutor(clients) as pool:
        for port in site.ports:
            wait_for(partial(is_up, port), 1)
        began = perf_counter()
        seconds = sorted(pool.map(ask, range(requests)))
        rate = requests / (perf_counter() - began)
    parts = quantiles(seconds, n=20)
    times = f"half in {parts[9]:.2f} s, 95 % in {parts[18]:.2f} s"
    say(f"2 web processes, {clients} clients: {rate:.0f} requests a second, {times}")


def is_up(port: int) -> int:
    try:
        with urlopen(f"http://127.0.0.1:{port}/helse/live", timeout=5):
            return 1
    except OSError:
        return 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
