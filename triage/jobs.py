"""What the worker does: procrastinate tasks, each a step of the workflow that is safe to repeat.

A job says only whom it is about. A worker that dies leaves its jobs to the next: see `rescue_stalled`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job as WaitingJob

from triage import workflow
from triage.domain.message import Intake
from triage.domain.policy import Policy
from triage.engines import Engines
from triage.store import job_queue
from triage.store.database import SYSTEM, Database
from triage.store.job_queue import Job
from triage.store.messages import MessageId

log = structlog.get_logger(__name__)
app = App(connector=PsycopgConnector())  # told which database when the worker starts

_HEARTBEAT_SECONDS = 3.0
_DEAD_AFTER_SECONDS = 15.0
_TRIES = 8
_AT_ONCE = 4  # while one job waits for the database, another computes


@dataclass(frozen=True, slots=True)
class Means:
    """What the tasks work with, handed over when the worker starts."""

    db: Database
    engines: Engines
    production: bool


class BackOff(BaseRetryStrategy):
    """Errors that say `retry` are tried again after 5, 10, 20 ... seconds; the rest are bugs, for a person to see."""

    def get_retry_decision(self, *, exception: BaseException, job: WaitingJob) -> RetryDecision | None:
        if not getattr(exception, "retry", False) or job.attempts >= _TRIES:
            return None
        return RetryDecision(retry_in={"seconds": 5 * 2**job.attempts})


_STEPS: dict[Job, Callable[[Means, UUID], object]] = {
    Job.REGISTER: lambda by, subject: register_or_leave(by.db, subject, by.engines.policy, production=by.production),
    Job.RECOMMEND: lambda by, subject: workflow.recommend(by.db, subject, by.engines),
    Job.WRITE_LETTERS: lambda by, subject: workflow.write_letters(by.db, subject, by.engines),
}


def do(context: JobContext, *, subject: str) -> None:
    """The step that the job is named after."""
    _STEPS[Job(context.task.name)](_means(context), UUID(subject))


for _job in Job:
    app.task(name=_job.value, pass_context=True, retry=BackOff())(do)


@app.periodic(cron="* * * * * */15")
@app.task(name="rescue_stalled", pass_context=True, queueing_lock="rescue_stalled")
def rescue_stalled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 (procrastinate passes it)
    rescue(_means(context).db)


def rescue(db: Database) -> None:
    """Put back the jobs of workers that died."""
    with db.writing(as_=SYSTEM) as tx:
        count = job_queue.rescue(tx, silent_seconds=_DEAD_AFTER_SECONDS)
    if count:
        log.warning("rescued", count=count)


def register_or_leave(db: Database, message_id: MessageId, policy: Policy, *, production: bool) -> Intake:
    """Register a message; whatever the program itself does wrong, it ends where a person sees it.

    The edge of the job, and the one place that catches everything.
    """
    try:
        return workflow.register(db, message_id, policy, production=production)
    except Exception as error:
        log.error("register_failed", message=str(message_id), exc_info=error)
        if getattr(error, "retry", False):
            raise
        return workflow.leave_to_person(db, message_id)


def work(means: Means) -> None:
    """Do jobs until a signal says stop."""
    rescue(means.db)
    _run_worker(means, wait=True)


def work_until_done(means: Means) -> None:
    """Do every job that is ready, and those that they make ready."""
    rescue(means.db)
    while _any_ready(means.db):
        _run_worker(means, wait=False)


def _any_ready(db: Database) -> bool:
    with db.reading(as_=SYSTEM) as tx:
        return job_queue.any_ready(tx)


def _run_worker(means: Means, *, wait: bool) -> None:
    with app.replace_connector(PsycopgConnector(conninfo=means.db.conninfo, min_size=1, max_size=_AT_ONCE + 4)):
        app.run_worker(
            wait=wait,
            listen_notify=wait,
            install_signal_handlers=wait,
            concurrency=_AT_ONCE,
            delete_jobs="successful",
            update_heartbeat_interval=_HEARTBEAT_SECONDS,
            stalled_worker_timeout=_DEAD_AFTER_SECONDS,
            shutdown_graceful_timeout=30,
            additional_context={"means": means},
        )


def _means(context: JobContext) -> Means:
    means: Means = context.additional_context["means"]
    return means
