"""A storm over a real installation: everything is killed in the middle of its work, and at the end nothing is missing.

    python -m tests.chaos.storm [--messages 2000] [--workers 3] [--faults 40] [--seed 1]

Messages go over HTTP to a real web process, shuffled, some of them twice or cut short; real workers read them, and a
doctor decides meanwhile. All the time processes and the database are killed and the disk is full. What ended is started
again, as a container engine would. A sender sends again until it is answered, and the doctor trusts only what was
confirmed. Everything is invented.
"""

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from shutil import rmtree
from time import monotonic, sleep
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from tests.builders import KARI, a_decision, a_policy, read_again
from tests.conftest import own_folder, wait_until_stopped
from tests.messages.builders import body_20, encoded, message, msghead, patient, reason, service, synthetic_number
from tests.messages.fhir_builders import as_json, bundle, person, service_request
from triage import workflow
from triage.domain.errors import Conflict
from triage.engines import load_engines
from triage.opening import database
from triage.paths import POLICIES
from triage.settings import Settings
from triage.store import audit, embedded, messages
from triage.store.database import SYSTEM, Database, DatabaseAway

_SENDERS = 4
_FULL_DISK_SECONDS = 2.0
_REPEATED, _SENT_ANEW, _CUT, _DECIDED = 0.10, 0.05, 0.05, 0.20  # shares of the messages


@dataclass(frozen=True, slots=True)
class Post:
    """What is sent, in this order; `good` of them are different referrals that can be read."""

    bodies: tuple[bytes, ...]
    good: int


def some_post(count: int, rng: random.Random) -> Post:
    """`count` different messages in three formats; then repeats, the same sent anew, and some that were cut short."""
    good = [a_message(number) for number in range(count)]
    repeated = rng.sample(good, int(count * _REPEATED))
    anew = [a_message(number, minute=30) for number in rng.sample(range(0, count, 3), int(count * _SENT_ANEW))]
    cut = [body[: len(body) // 2] for body in (a_message(count + number) for number in range(int(count * _CUT)))]
    bodies = [*good, *repeated, *anew, *cut]
    rng.shuffle(bodies)
    return Post(tuple(bodies), count)


def a_message(number: int, *, minute: int = 10) -> bytes:
    """Every third in each format; another minute makes it another message under the sender's same number."""
    words = f"Dysfagi for fast føde i {number % 40 + 3} uker. Løpenummer {number}."
    who = synthetic_number(serial=number % 300)
    if number % 3 == 1:
        return encoded(message(reason(words), number=who).replace("V1-0001", f"V-{number}"))
    if number % 3 == 2:
        order = service_request(id=f"r{number}", note=[{"text": words}])
        return as_json({**bundle(order, person(who)), "id": f"b-{number}"})
    content = body_20(service("", "Gastroskopi"), reason(words))
    at = f"2026-11-11T09:{minute}:00"
    return encoded(msghead(content, person=patient(who), msg_id=f"<MsgId>M-{number}</MsgId>", generated=at))


# The installation -------------------------------------------------------------------------------------------------


def a_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@dataclass
class Site:
    """Web processes and workers in a folder of their own, each started again when it has ended."""

    home: Path
    workers: int
    webs: int = 1
    ports: list[int] = field(init=False)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    starts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.ports = [a_free_port() for _ in range(self.webs)]

    @contextmanager
    def up(self) -> Iterator[None]:
        over = threading.Event()
        keeper = threading.Thread(target=self._keep_up, args=[over])
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()
            for process in self.processes.values():
                process.kill()
                process.wait()

    def _keep_up(self, over: threading.Event) -> None:
        names = {f"web{n}": ["serve", f"--port={port}"] for n, port in enumerate(self.ports)}
        names |= {f"worker{n}": ["worker"] for n in range(self.workers)}
        while not over.wait(0.2):
            for name, command in names.items():
                if name not in self.processes or self.processes[name].poll() is not None:
                    self.processes[name] = self._started(command)
                    self.starts[name] += 1

    def _started(self, command: list[str]) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "TRIAGE_HOME": str(self.home), "TRIAGE_POLICY": str(self.home / "policy.yaml")}
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", "triage.cli", *command], env=environment, stderr=log)

    def kill(self, name: str) -> None:
        if name in self.processes:
            self.processes[name].kill()

    def stop_database(self, how: signal.Signals) -> None:
        """SIGQUIT is PostgreSQL's immediate stop. Whoever comes next, here or in a process, starts it again."""
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0]), how)
        sleep(0.5)
        embedded.start(self.home).leave()

    def fill_disk(self) -> None:
        """PostgreSQL's own error when no room is left, for everybody who adds to these tables, until there is room."""
        tables = ("message", "recommendation", "audit_event", "letter", "procrastinate_events")
        fail = "LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '53100'; END $$"
        put = "CREATE TRIGGER full_disk BEFORE INSERT ON {} EXECUTE FUNCTION full_disk()"
        self._as_superuser(f"CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger {fail}", *map(put.format, tables))
        sleep(_FULL_DISK_SECONDS)
        self._as_superuser(*map("DROP TRIGGER full_disk ON {}".format, tables))

    def _as_superuser(self, *statements: str) -> None:
        """Each on its own: whoever locked several tables at once could lock the program out, and itself."""
        host = str(embedded.socket_folder(self.home / "postgres"))
        who = make_conninfo(host=host, user=embedded.SUPERUSER, dbname=embedded.DATABASE)
        with psycopg.connect(who, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def faults(self) -> list[tuple[str, Callable[[], None]]]:
        """One round. A database that is killed leaves other traces than one that was told to stop at once."""
        workers = [(f"kill worker{n}", lambda n=n: self.kill(f"worker{n}")) for n in range(self.workers)]
        return [
            *workers,
            ("kill web", lambda: self.kill("web0")),
            ("stop database at once", lambda: self.stop_database(signal.SIGQUIT)),
            ("kill database", lambda: self.stop_database(signal.SIGKILL)),
            ("fill disk", self.fill_disk),
        ]


# Who uses it ------------------------------------------------------------------------------------------------------


def send(site: Site, body: bytes, until: float) -> int:
    """Until it is answered for good, as the standard has a sender do. How many tries it took."""
    tries = 0
    while monotonic() < until:
        tries += 1
        request = Request(f"http://127.0.0.1:{site.ports[0]}/api/meldinger", body, {"Content-Type": "application/xml"})
        try:
            with urlopen(request, timeout=20):
                return tries
        except HTTPError as answer:
            answer.close()
            if answer.code == 422:  # a negative receipt: the sender must correct it, and we keep it
                return tries
        except OSError:
            pass
        sleep(0.3)
    raise AssertionError("the post never came through")


def decide_some(db: Database, most: int, over: threading.Event) -> set[UUID]:
    """The decisions that were confirmed. One that was not may have been kept all the same: then it stands."""
    policy, confirmed = a_policy(hold_back_minutes=0), set[UUID]()
    while not over.wait(0.5) and len(confirmed) < most:
        with suppress(DatabaseAway, Conflict):
            read = [row.id for row in workflow.show_queue(db, by=KARI) if row.pathway]
            for stored in (read_again(db, referral_id) for referral_id in read[:1]):
                decision = a_decision(stored)
                workflow.decide(db, decision, policy, expected_version=stored.version)
                confirmed.add(decision.id)
    return confirmed


# The storm, and the account of it ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """What was done, and for each claim what it should be and what it is."""

    faults: Counter[str]
    starts: Counter[str]
    sent: int
    tries: int
    outcomes: Counter[str]
    seconds: float
    claims: dict[str, tuple[int, int]]

    @property
    def broken(self) -> list[str]:
        return [f"{claim}: {is_} and not {should}" for claim, (should, is_) in self.claims.items() if should != is_]


def storm(home: Path, *, count: int, workers: int, faults: int, seed: int, seconds: float) -> Account:
    rng, began = random.Random(seed), monotonic()
    demo = (POLICIES / "demo.yaml").read_text(encoding="utf-8")
    (home / "policy.yaml").write_text(f"{demo}\nhold_back_minutes: 0\n", encoding="utf-8")
    load_engines(Settings(home=home, policy=home / "policy.yaml"))  # read once, so that a process starts in a moment
    post, site, over, until = some_post(count, rng), Site(home, workers), threading.Event(), began + seconds
    with database(Settings(home=home)) as db, site.up(), ThreadPoolExecutor(_SENDERS + 1) as people:
        doctor = people.submit(decide_some, db, int(count * _DECIDED), over)
        answers = [people.submit(send, site, body, until) for body in post.bodies]
        injected = inject(site, db, faults, count=count, rng=rng, until=until)
        tries = sum(answer.result() for answer in answers)
        wait_until_done(db, until)
        over.set()
        confirmed = doctor.result()
        wait_until_done(db, until)
        claims = claims_about(db, post, confirmed)
        claims["patients in the logs"] = (0, sum(word in logs_of(home) for word in ("Testesen", "Dysfagi", "penummer")))
        claims["processes that broke down"] = (0, logs_of(home).count("Traceback (most recent call last)"))
        with db.reading(as_=SYSTEM) as tx:
            outcomes = messages.counts(tx)
    return Account(injected, site.starts, len(post.bodies), tries, outcomes, monotonic() - began, claims)


def inject(site: Site, db: Database, faults: int, *, count: int, rng: random.Random, until: float) -> Counter[str]:
    """Every fault once a round, in another order each; spread over the work, so that there is work to disturb."""
    injected: Counter[str] = Counter()
    rounds = (rng.sample(site.faults(), len(site.faults())) for _ in range(faults))
    for number, (name, fault) in enumerate(islice(chain.from_iterable(rounds), faults)):
        wait_until(partial(has_recommended, db, count * (number + 0.5) / (faults + 1)), until)
        fault()
        injected[name] += 1
    return injected


def has_recommended(db: Database, many: float) -> bool:
    with suppress(DatabaseAway):
        return counted(db, "recommendation") >= many
    return False


def wait_until_done(db: Database, until: float) -> None:
    left = "procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name <> 'rescue_stalled'"
    wait_until(lambda: counted(db, left) == 0, until)


def wait_until(condition: Callable[[], bool], until: float) -> None:
    while not condition():
        assert monotonic() < until, "it took too long"
        sleep(0.2)


def claims_about(db: Database, post: Post, confirmed: set[UUID]) -> dict[str, tuple[int, int]]:
    with db.reading(as_=SYSTEM) as tx:
        kept = set(tx.session.scalars(text("SELECT sha256 FROM message")))
        decided = set(tx.session.scalars(text("SELECT id FROM decision")))
        chain = audit.verify(tx)
    referrals, decisions = counted(db, "referral"), len(decided)
    return {
        "messages kept": (len(post.bodies), sum(sha256(body).digest() in kept for body in post.bodies)),
        "messages without an outcome": (0, counted(db, "message WHERE outcome IS NULL")),
        "messages registered": (post.good, counted(db, "message WHERE outcome = 'registered'")),
        "referrals": (post.good, referrals),
        "referrals recommended": (referrals, counted(db, "referral WHERE recommendation_id IS NOT NULL")),
        "recommendations": (referrals, counted(db, "recommendation")),
        "recommendations in the log": (referrals, counted(db, "audit_event WHERE action = 'recommended'")),
        "confirmed decisions kept": (len(confirmed), len(confirmed & decided)),
        "referrals decided": (decisions, counted(db, "referral WHERE status = 'decided'")),
        "decisions in the log": (decisions, counted(db, "audit_event WHERE action = 'decided'")),
        "letters": (2 * decisions, counted(db, "letter")),
        "letters to different recipients": (
            2 * decisions,
            counted(db, "(SELECT DISTINCT decision_id, recipient FROM letter)"),
        ),
        "jobs that failed": (0, counted(db, "procrastinate_jobs WHERE status = 'failed'")),
        "breaks in the log": (0, len(chain.breaks)),
    }


def logs_of(home: Path) -> str:
    files = (home / "log", home / "postgres" / "data" / "server.log")
    return "".join(file.read_text(errors="replace") for file in files)


def counted(db: Database, what: str) -> int:
    with db.reading(as_=SYSTEM) as tx:
        return tx.session.scalar(text(f"SELECT count(*) FROM {what}")) or 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"messages": 2000, "workers": 3, "faults": 40, "seed": 1}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    home = own_folder()
    account = storm(
        home, count=given.messages, workers=given.workers, faults=given.faults, seed=given.seed, seconds=3600
    )
    sys.stdout.write(f"{account.faults.total()} faults in {account.seconds:.0f} s: {dict(account.faults)}\n")
    sys.stdout.write(f"starts: {dict(account.starts)}\n")
    sys.stdout.write(f"{account.sent} messages sent in {account.tries} tries: {dict(account.outcomes)}\n")
    for claim, (should, is_) in account.claims.items():
        sys.stdout.write(f"{'ok    ' if should == is_ else 'BROKEN'} {claim}: {is_} of {should}\n")
    wait_until_stopped(home)
    rmtree(home) if not account.broken else sys.stdout.write(f"kept for you to look at: {home}\n")
    return 1 if account.broken else 0


if __name__ == "__main__":
    sys.exit(main())
