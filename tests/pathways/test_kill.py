"""A worker that is killed in the middle loses nothing and does nothing twice. Real processes, a real installation."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
from sqlalchemy import text

from tests.conftest import wait_until_stopped
from tests.messages.builders import body_20, encoded, msghead, patient, reason, service, synthetic_number
from triage import workflow
from triage.domain.calendar import utc_now
from triage.opening import database
from triage.settings import Settings
from triage.store import audit
from triage.store.database import SYSTEM, Database

MESSAGES = 200

pytestmark = pytest.mark.slow


@contextmanager
def a_worker(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "triage.cli", "worker"]
    environment = {**os.environ, "TRIAGE_HOME": str(home)}
    with (home / "worker.log").open("ab") as log, subprocess.Popen(command, env=environment, stderr=log) as process:
        yield process
        process.kill()


def receive(db: Database, number: int) -> None:
    body = body_20(service("", "Gastroskopi"), reason(f"Dysfagi for fast føde i {number + 3} uker."))
    person = patient(synthetic_number(serial=number))
    message = encoded(msghead(body, person=person, msg_id=f"<MsgId>M-{number}</MsgId>"))
    workflow.receive(db, message, label=f"{number}.xml", channel="test", received_at=utc_now())


def count(db: Database, what: str) -> int:
    with db.reading(as_=SYSTEM) as tx:
        return tx.session.scalar(text(f"SELECT count(*) FROM {what}")) or 0


def wait_for(condition: Callable[[], bool], *, seconds: float) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "it took too long"
        sleep(0.2)


def test_a_worker_killed_in_the_middle_of_200_messages_leaves_each_recommended_once(home: Path) -> None:
    with database(Settings(home=home)) as db:
        for number in range(MESSAGES):
            receive(db, number)
        with db.writing(as_=SYSTEM) as tx:
            tx.session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))

        with a_worker(home) as first:
            wait_for(lambda: count(db, "recommendation") >= 40, seconds=90)
            first.kill()
        middle = count(db, "recommendation")
        with a_worker(home):
            wait_for(lambda: count(db, "procrastinate_jobs WHERE task_name <> 'rescue_stalled'") == 0, seconds=180)

        assert middle < MESSAGES
        assert count(db, "message WHERE outcome = 'registered'") == MESSAGES
        assert count(db, "referral WHERE recommendation_id IS NOT NULL") == MESSAGES
        assert count(db, "recommendation") == MESSAGES
        assert count(db, "audit_event WHERE action = 'recommended'") == MESSAGES
        with db.reading(as_=SYSTEM) as tx:
            assert audit.verify(tx).breaks == ()
    assert wait_until_stopped(home)
