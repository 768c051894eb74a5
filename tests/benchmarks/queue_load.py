"""How quickly the queue and a decision answer with many users and many open referrals, against a nearly empty queue.

    python -m tests.benchmarks.queue_load [--referrals 50000] [--users 20] [--seconds 60] [--think 5]

Two real web processes, a real database that writes to disk, invented referrals. Each user looks at the queue, takes the
next, decides, and reads for a while (exponential, `--think` seconds in the mean). First with a nearly empty queue, then
with a full one, on the same machine: the ratio says what the referrals cost, the load average what else was going on.
"""

import argparse
import os
import random
import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import rmtree
from statistics import quantiles
from time import monotonic, perf_counter, sleep

import httpx2
import psycopg
from sqlalchemy import text

from tests.benchmarks.load import is_up, say, wait_for
from tests.builders import KARI, LETTER, a_patient, a_referral, an_incoming
from tests.chaos.storm import Site
from tests.conftest import own_folder, wait_until_stopped
from triage.domain.calendar import add_working_days, oslo_date, utc_now
from triage.domain.message import Intake
from triage.domain.recommendation import Recommendation
from triage.domain.referral import Area
from triage.engines import load_engines
from triage.opening import database
from triage.paths import POLICIES
from triage.settings import Settings
from triage.store import messages, recommendations, referrals, users
from triage.store.database import SYSTEM, Database
from triage.store.messages import Fate
from triage.web.security import csrf_token

_WHOLE, _TOGETHER = 1000, 250  # referrals; the second of one message and transaction
_COPY = """
CREATE TEMPORARY TABLE copied ON COMMIT DROP AS
    SELECT * FROM referral WHERE id IN (SELECT owner FROM data_key) LIMIT 1000;
CREATE TEMPORARY TABLE advice ON COMMIT DROP AS
    SELECT * FROM recommendation WHERE id IN (SELECT recommendation_id FROM copied);
UPDATE copied SET id = md5(id::text || :copy)::uuid, ordinal = ordinal + :apart, status = 'open', claimed_by = NULL,
    recommendation_id = NULL, assessment_due = assessment_due + 1;
UPDATE advice SET id = md5(id::text || :copy)::uuid, referral_id = md5(referral_id::text || :copy)::uuid;
INSERT INTO referral SELECT * FROM copied;
INSERT INTO recommendation SELECT * FROM advice;
UPDATE referral SET recommendation_id = advice.id FROM advice WHERE referral.id = advice.referral_id
"""
_NO_LOTS = "\nblind_first_share: 0\nblind_double_read_share: 0\n"
_TEXTS = (
    (Area.ENDOSCOPY, LETTER),
    (Area.ENDOSCOPY, "Dysfagi for fast føde i seks uker og vekttap 6 kg. Ønsker gastroskopi."),
    (Area.EYE, "Grå stær på høyre øye, visus 0,4. Ønsker vurdering for operasjon."),
    (Area.ENT, "Gradvis nedsatt hørsel på begge ører. Ønsker vurdering for høreapparat."),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"referrals": 50_000, "users": 20, "seconds": 60}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--think", type=float, default=5.0)
    given = parser.parse_args()
    home = own_folder()
    (home / "policy.yaml").write_text((POLICIES / "demo.yaml").read_text("utf-8") + _NO_LOTS, "utf-8")
    settings = Settings(home=home, policy=home / "policy.yaml")
    with database(settings) as db:
        engines = load_engines(settings)
        texts = [a_referral(words, area=area, requested=None) for area, words in _TEXTS]
        read = [engines.recommend(each, today=oslo_date(utc_now())) for each in texts]
        tokens = [signed_in(db, number) for number in range(given.users)]
        few = given.users * 20
        fill(db, read, few)
        say(f"{os.cpu_count()} cores; {given.users} users, each reading {given.think:g} s in the mean")
        empty = measured(home, tokens, given.seconds, given.think, f"{few} referrals")
        fill(db, read, given.referrals)
        full = measured(home, tokens, given.seconds, given.think, f"{given.referrals} referrals")
        for what in empty:
            say(f"{what}: {full[what] / empty[what]:.2f} times the nearly empty queue's, 95 % of requests")
    wait_until_stopped(home)
    rmtree(home)


def signed_in(db: Database, number: int) -> str:
    person = replace(KARI, username=f"lege{number}")
    with db.writing(as_=SYSTEM) as tx:
        users.save(tx, person)
        return users.start_session(tx, person, now=utc_now())


def fill(db: Database, read: list[Recommendation], count: int) -> None:
    """Straight into the store, as they would be after intake: received over the last two weeks.

    The first thousand, which pages show and users decide on, are whole. The rest are copies of theirs that stand later
    in the queue, without the key that would open them: no page gets so far.
    """
    began, whole = perf_counter(), min(count, _WHOLE)
    for start in range(0, whole, _TOGETHER):
        add_together(db, read, range(start, min(start + _TOGETHER, whole)))
    for copy in range(1, count // _WHOLE):
        with db.writing(as_=SYSTEM) as tx:
            for statement in _COPY.split(";"):
                tx.session.execute(text(statement), {"copy": copy, "apart": _TOGETHER * copy})
    _tidy(db)
    say(f"filled {count} in {perf_counter() - began:.0f} s")


def _tidy(db: Database) -> None:
    """What autovacuum does within minutes of such a load: without it the planner believes the queue to be empty."""
    with psycopg.connect(
        host=str(db.url.query["host"]), user="postgres", dbname=db.url.database, autocommit=True
    ) as server:
        server.execute("VACUUM ANALYZE")


def add_together(db: Database, read: list[Recommendation], numbers: range) -> None:
    now = utc_now()
    with db.writing(as_=SYSTEM) as tx:
        body = os.urandom(16)
        message_id, _ = messages.add(tx, body=body, label="a.xml", channel="benchmark", received_at=now)
        messages.finish(tx, message_id, Fate(Intake.REGISTERED))
        for ordinal, number in enumerate(numbers):
            (area, words), recommendation = _TEXTS[number % 4], read[number % 4]
            came = now - timedelta(minutes=number * 20_000 / 50_000)
            content = a_referral(f"{words} Nr. {number}.", area=area)
            referral_id = referrals.add(
                tx,
                an_incoming(referral=content, patient=a_patient(name=f"Oppdiktet {number}", national_id=None)),
                message_id=message_id,
                ordinal=ordinal,
                received_at=came,
                clock_start=oslo_date(came),
                assessment_due=add_working_days(oslo_date(came), 10),
            )
            recommendations.add(tx, referral_id, recommendation, at=now)


# Users ------------------------------------------------------------------------------------------------------------


@dataclass
class User:
    """One browser: every answer is timed, and one that is not the expected one ends the run."""

    http: httpx2.Client
    csrf: str
    think: float
    rng: random.Random
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def work(self, until: float) -> None:
        case = ""
        self.reads()  # or all of them would open the queue in the same instant
        while monotonic() < until:
            self.ask("queue page", "GET", "/ko")
            self.reads()
            case = case or self.led_to(self.ask("next", "POST", "/ko/neste"))
            page = self.ask("referral page", "GET", case).text
            self.reads()
            case = self.led_to(self.ask("decision", "POST", f"{case.partition('?')[0]}/avgjorelse", **a_form(page)))

    def reads(self) -> None:
        sleep(min(self.rng.expovariate(1 / self.think), 5 * self.think))

    def ask(self, what: str, method: str, path: str, **fields: str) -> httpx2.Response:
        began = perf_counter()
        answer = self.http.request(method, path, data={"csrf": self.csrf, **fields} if method == "POST" else None)
        self.seconds[what].append(perf_counter() - began)
        if answer.status_code not in (200, 303):
            raise RuntimeError(f"{method} {what}: {answer.status_code}")
        return answer

    def led_to(self, answer: httpx2.Response) -> str:
        address: str = answer.headers["Location"]
        if not address.startswith("/henvisning/"):
            raise RuntimeError("Nothing was left to decide on.")
        return address


def a_form(page: str) -> dict[str, str]:
    """A right granted, from the page as a browser got it."""
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version, "the page holds no form"
    granted = {"outcome": "right_granted", "place": "own_department", "deadline": "2099-01-02", "language": "nb"}
    return {"version": version[1], "reason": "Plagene har vart i tre måneder og bør utredes.", **granted}


def measured(home: Path, tokens: list[str], seconds: int, think: float, says: str) -> dict[str, float]:
    """95 % of each kind of request are answered within this many seconds."""
    site = Site(home, workers=1, webs=2)
    people = [a_user(site.ports[n % 2], token, think, n) for n, token in enumerate(tokens)]
    with site.up(), ThreadPoolExecutor(len(people)) as pool:
        for port in site.ports:
            wait_for(partial(is_up, port), 1)
        for person in people[:4]:
            person.http.get("/ko")  # the first answer of a process loads what later ones have
        until = monotonic() + seconds
        [done.result() for done in [pool.submit(person.work, until) for person in people]]
    kinds = {what: [each for person in people for each in person.seconds[what]] for what in people[0].seconds}
    say(f"{says}, load average {os.getloadavg()[0]:.1f}:")
    for what, times in kinds.items():
        half, most = quantiles(times, n=20)[9], quantiles(times, n=20)[18]
        say(f"  {what}: {len(times)} requests, half within {1000 * half:.0f} ms, 95 % within {1000 * most:.0f} ms")
    return {what: quantiles(times, n=20)[18] for what, times in kinds.items() if what in ("queue page", "decision")}


def a_user(port: int, token: str, think: float, number: int) -> User:
    headers = {"Cookie": f"triage={token}", "Sec-Fetch-Site": "same-origin"}
    # The server closes a connection that nobody used for five seconds; a browser would notice.
    short = httpx2.Limits(keepalive_expiry=2)
    http = httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, limits=short)
    return User(http, csrf_token(token), think, random.Random(number))


if __name__ == "__main__":
    main()
