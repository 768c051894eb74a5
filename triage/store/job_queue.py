"""Jobs, deferred on the caller's own transaction: a job exists if and only if its cause was committed.

What the jobs do is in `triage.jobs`; here are only their names. The queue is procrastinate's.
"""

from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from triage.store.database import AWAY, DatabaseAway, Tx, passes, queries


class Job(StrEnum):
    """Names of tasks. Their arguments are identifiers alone: arguments are logged."""

    REGISTER = "register_message"
    RECOMMEND = "recommend_referral"
    TRY_MODEL = "try_model"
    WRITE_LETTERS = "write_letters"
    SEND = "send_letter"
    PUBLISH_REPORT = "publish_report"
    SIMULATE = "simulate_policy"


_SQL = queries(__file__)


def defer(tx: Tx, job: Job, subject: UUID, *, at: datetime | None = None) -> None:
    """Have `job` done about `subject`, not before `at`. The same job that already waits is not added again."""
    from procrastinate import SyncPsycopgConnector  # noqa: PLC0415 (slow; whoever only reads needs none of it)
    from procrastinate.exceptions import AlreadyEnqueued, ConnectorException  # noqa: PLC0415
    from procrastinate.manager import JobManager  # noqa: PLC0415
    from procrastinate.tasks import configure_task  # noqa: PLC0415

    connection, key = tx.session.connection(), _key(job, subject)
    deferrer = configure_task(
        name=job.value,
        # It opens no connection of its own. The worker's connector would not do: it is asynchronous once it is open.
        job_manager=JobManager(SyncPsycopgConnector()),
        connection=connection.connection.driver_connection,
        lock=key,
        queueing_lock=key,
        schedule_at=at,
    )
    try:
        # A job that waits already is no error, and must not spoil the caller's transaction.
        with suppress(AlreadyEnqueued), connection.begin_nested():
            deferrer.defer(subject=str(subject))
    except ConnectorException as error:
        if not passes(error.__cause__):
            raise
        raise DatabaseAway(AWAY) from error


def withdraw(tx: Tx, job: Job, subject: UUID) -> None:
    """Take back a job that waits, because what it was to do has been done or undone."""
    tx.session.execute(_SQL["withdraw"], {"key": _key(job, subject)})


def rescue(tx: Tx, *, silent_seconds: float) -> int:
    """Put jobs back whose worker has been silent so long that it must be dead. How many.

    And those begun long ago: a worker that lost the database for a moment may live on, and have failed to say that one
    was done. To do a job twice is harmless. One that waits already for the same work is put back for both.
    """
    return len(tx.session.execute(_SQL["rescue"], {"seconds": silent_seconds}).all())


def counts(tx: Tx) -> dict[str, int]:
    """Jobs by procrastinate's status: todo, doing, failed, ..."""
    return dict(tx.session.execute(_SQL["counts"]).all())


def lag_seconds(tx: Tx) -> float | None:
    """For how long the job that has waited longest could have been done; None when none waits that may be done now."""
    lag: float | None = tx.session.scalar(_SQL["lag"])
    return lag


def last_sign_of_life(tx: Tx) -> datetime | None:
    """When a worker last said that it lives; None when none does."""
    moment: datetime | None = tx.session.scalar(_SQL["last_heartbeat"])
    return moment


def _key(job: Job, subject: UUID) -> str:
    return f"{job.value}:{subject}"
