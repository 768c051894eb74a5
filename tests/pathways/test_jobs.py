"""The real worker, in this process."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Timer
from uuid import UUID

import pytest
from procrastinate.jobs import Job as WaitingJob
from sqlalchemy import text

from tests.builders import KARI, RECEIVED, a_decision, decided, no_job_waits_for_its_time, stored
from tests.conftest import sql
from tests.messages.builders import encoded, msghead
from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.errors import DeliveryFailed
from triage.domain.policy import Policy
from triage.engines import Engines
from triage.jobs import BackOff, Means, register_or_leave, rescue, work, work_until_done
from triage.store import audit, job_queue, messages, watching
from triage.store.database import SYSTEM, Database, DatabaseAway
from triage.store.embedded import EmbeddedServer
from triage.store.job_queue import Job


def job_counts(db: Database) -> dict[str, int]:
    with db.reading(as_=SYSTEM) as tx:
        return job_queue.counts(tx)


def until_done(db: Database, engines: Engines) -> None:
    work_until_done(Means(db, engines, production=False))


def test_the_worker_reads_what_was_received_and_recommends(db: Database, engines: Engines) -> None:
    message_id = workflow.receive(db, encoded(msghead()), label="a", channel="test", received_at=RECEIVED)
    no_job_waits_for_its_time(db)

    until_done(db, engines)

    with db.reading(as_=SYSTEM) as tx:
        assert (messages.get(tx, message_id).outcome, messages.get(tx, message_id).reason) == ("registered", None)
    assert workflow.show_queue(db, by=KARI)[0].pathway is not None
    assert job_counts(db) == {}


def test_the_worker_writes_letters_when_the_hold_back_is_over(db: Database, engines: Engines) -> None:
    referral = stored(db)
    decided(db, a_decision(referral), engines.policy)

    until_done(db, engines)
    assert workflow.look_at(db, referral.id, by=KARI).letters == ()

    no_job_waits_for_its_time(db)
    until_done(db, engines)
    assert len(workflow.look_at(db, referral.id, by=KARI).letters) == 2


def test_the_log_names_the_policy_of_a_decision_and_the_templates_of_its_letters(
    db: Database, engines: Engines
) -> None:
    referral = stored(db)
    decided(db, a_decision(referral), engines.policy)
    no_job_waits_for_its_time(db)
    until_done(db, engines)

    letters = workflow.look_at(db, referral.id, by=KARI).letters
    with db.reading(as_=SYSTEM) as tx:
        details = {entry.action: entry.details for entry in audit.about(tx, referral.id)}
    assert details["decided"]["policy"] == engines.policy.label
    assert details["letter_written"]["templates"] == [one.letter.template for one in letters]


def test_a_job_that_can_never_succeed_is_kept_for_a_person_to_see(db: Database, engines: Engines) -> None:
    with db.writing(as_=SYSTEM) as tx:
        job_queue.defer(tx, Job.RECOMMEND, UUID(int=1))

    until_done(db, engines)

    assert job_counts(db) == {"failed": 1}


@pytest.fixture
def full_disk(server: EmbeddedServer, db: Database) -> Iterator[None]:
    """No job can be kept."""
    at = str(db.url.database)
    fail = "LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '53100'; END $$"
    sql(server, f"CREATE FUNCTION full_disk() RETURNS trigger {fail}", database=at)
    put = "CREATE TRIGGER full_disk BEFORE INSERT ON procrastinate_jobs EXECUTE FUNCTION full_disk()"
    sql(server, put, database=at)
    yield
    sql(server, "DROP FUNCTION IF EXISTS full_disk CASCADE", database=at)


def test_a_message_that_comes_while_the_disk_is_full_is_not_given_up(
    db: Database, policy: Policy, request: pytest.FixtureRequest
) -> None:
    message_id = workflow.receive(db, encoded(msghead()), label="a", channel="test", received_at=RECEIVED)
    request.getfixturevalue("full_disk")

    with pytest.raises(DatabaseAway):
        register_or_leave(db, message_id, policy, production=False)

    with db.reading(as_=SYSTEM) as tx:
        assert messages.get(tx, message_id).outcome is None


def test_a_job_exists_only_if_its_cause_was_committed(db: Database) -> None:
    with db.writing(as_=SYSTEM) as tx:
        job_queue.defer(tx, Job.RECOMMEND, UUID(int=1))
        tx.session.rollback()

    assert job_counts(db) == {}


def test_the_same_job_waits_once_and_the_transaction_goes_on(db: Database) -> None:
    referral = stored(db)
    with db.writing(as_=SYSTEM) as tx:
        job_queue.defer(tx, Job.RECOMMEND, referral.id)
        job_queue.defer(tx, Job.RECOMMEND, referral.id)
        job_queue.defer(tx, Job.WRITE_LETTERS, referral.id)

    assert job_counts(db) == {"todo": 2}


@pytest.mark.parametrize(
    ("silent", "begun", "left"),
    [("20 seconds", "0", {"todo": 1}), ("0", "0", {"doing": 1}), ("0", "11 minutes", {"todo": 1})],
    ids=["silent for long", "alive", "alive, and silent about this job"],
)
def test_jobs_of_a_worker_that_is_dead_or_forgot_them_are_put_back(
    db: Database, silent: str, begun: str, left: dict[str, int]
) -> None:
    with db.writing(as_=SYSTEM) as tx:
        job_queue.defer(tx, Job.RECOMMEND, UUID(int=1))
        tx.session.execute(
            text(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '{silent}')")
        )
        tx.session.execute(text("SELECT procrastinate_fetch_job_v2(NULL, (SELECT id FROM procrastinate_workers))"))
        tx.session.execute(text(f"UPDATE procrastinate_events SET at = at - interval '{begun}'"))

    rescue(db)

    assert job_counts(db) == left


def test_one_that_waits_for_the_same_work_keeps_no_stalled_job_from_being_put_back(db: Database) -> None:
    """A worker died while it collected; the clock has had the next collection wait behind it ever since."""
    fetch = text("SELECT procrastinate_fetch_job_v2(NULL, (SELECT id FROM procrastinate_workers))")
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(
            text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
        )
        job_queue.defer(tx, Job.RECOMMEND, UUID(int=1))
        job_queue.defer(tx, Job.SEND, UUID(int=2))
        tx.session.execute(fetch)
        tx.session.execute(fetch)
        job_queue.defer(tx, Job.RECOMMEND, UUID(int=1))

    rescue(db)

    assert job_counts(db) == {"todo": 2, "aborted": 1}


def test_of_two_stalled_jobs_for_the_same_work_one_is_put_back(db: Database) -> None:
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, status)"
                " SELECT 'default', 'rescue_stalled', 'rescue_stalled', 'doing' FROM generate_series(1, 2)"
            )
        )

    rescue(db)

    assert job_counts(db) == {"todo": 1, "aborted": 1}


@pytest.fixture
def own_handler() -> Iterator[None]:
    """The worker takes the signal over for good; this process has other tests to run."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("own_handler")
@pytest.mark.parametrize("inherited", [signal.default_int_handler, signal.SIG_IGN], ids=["terminal", "background"])
def test_a_signal_stops_the_worker_when_its_job_is_done(db: Database, engines: Engines, inherited: object) -> None:
    signal.signal(signal.SIGINT, inherited)  # type: ignore[arg-type] # what a shell gives those it starts
    stored(db)
    at_work = Timer(1, os.kill, [os.getpid(), signal.SIGTERM])
    at_work.start()

    work(Means(db, engines, production=False))

    assert not at_work.is_alive()


@pytest.mark.parametrize(
    ("error", "attempts", "seconds"),
    [(DeliveryFailed("x"), 0, 5), (DeliveryFailed("x"), 3, 40), (DatabaseAway("x"), 0, 5)],
)
def test_an_error_that_passes_is_tried_again_after_longer_and_longer(
    error: Exception, attempts: int, seconds: int
) -> None:
    decision = BackOff().get_retry_decision(exception=error, job=a_job(attempts))

    assert decision is not None
    assert decision.retry_at is not None
    assert abs(decision.retry_at - utc_now() - timedelta(seconds=seconds)) < timedelta(seconds=2)


@pytest.mark.parametrize(("error", "attempts"), [(KeyError("x"), 0), (DeliveryFailed("x"), 8)])
def test_mistakes_and_what_failed_too_often_are_not(error: Exception, attempts: int) -> None:
    assert BackOff().get_retry_decision(exception=error, job=a_job(attempts)) is None


def a_job(attempts: int) -> WaitingJob:
    return WaitingJob(queue="default", lock=None, queueing_lock=None, task_name="x", attempts=attempts)


def test_a_model_in_shadow_proposes_apart_and_nothing_of_it_reaches_whoever_decides(
    db: Database, engines: Engines
) -> None:
    referral = stored(db)
    with db.writing(as_=SYSTEM) as tx:
        job_queue.defer(tx, Job.RECOMMEND, referral.id)

    until_done(db, replace(engines, tried=engines.model))

    with db.reading(as_=SYSTEM) as tx:
        assert [row.referrals for rows in watching.side_by_side(tx).values() for row in rows] == [1]
    assert len(workflow.look_at(db, referral.id, by=KARI).recommendations) == 1
    assert job_counts(db) == {}
