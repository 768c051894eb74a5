"""Jobs, deferred on the caller's own transaction: a job exists if and only if its cause was committed.

What the jobs do is in `triage.jobs`; here are only their names. The queue is procrastinate's.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import text

from triage.store.database import Tx


class Job(StrEnum):
    """Names of tasks. Their arguments are identifiers alone: arguments are logged."""

    REGISTER = "register_message"
    RECOMMEND = "recommend_referral"
    WRITE_LETTERS = "write_letters"
    ASK = "write_information_request"


app = App(connector=PsycopgConnector())

_RESCUE = text("""
    WITH stalled AS (
        SELECT job.id FROM procrastinate_jobs job
        LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
        WHERE job.status = 'doing'
          AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => :seconds))
        FOR UPDATE OF job SKIP LOCKED
    )
    SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM stalled
""")
_WITHDRAW = text("DELETE FROM procrastinate_jobs WHERE queueing_lock = :key AND status = 'todo'")
_COUNTS = text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status")


def defer(tx: Tx, job: Job, subject: UUID, *, at: datetime | None = None) -> None:
    """Have `job` done about `subject`, not before `at`. The same job that already waits is not added again."""
    connection = tx.session.connection().connection.driver_connection
    key = _key(job, subject)
    options = app.configure_task(job.value, connection=connection, lock=key, queueing_lock=key, schedule_at=at)
    try:
        with tx.session.begin_nested():  # the refused insert must not spoil the caller's transaction
            options.defer(subject=str(subject))
    except AlreadyEnqueued:
        return


def withdraw(tx: Tx, job: Job, subject: UUID) -> None:
    """Take back a job that waits, because what it was to do has been done or undone."""
    tx.session.execute(_WITHDRAW, {"key": _key(job, subject)})


def rescue(tx: Tx, *, silent_seconds: float) -> int:
    """Put jobs back whose worker has been silent so long that it must be dead. How many."""
    return len(tx.session.execute(_RESCUE, {"seconds": silent_seconds}).all())


def counts(tx: Tx) -> dict[str, int]:
    """Jobs by procrastinate's status: todo, doing, failed, ..."""
    return dict(tx.session.execute(_COUNTS).all())


def _key(job: Job, subject: UUID) -> str:
    return f"{job.value}:{subject}"
