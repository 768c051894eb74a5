"""What the worker does: procrastinate tasks, each a step of the workflow that is safe to repeat.

A job says only whom it is about. A worker that dies leaves its jobs to the next: see `rescue_stalled`.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from time import sleep
from typing import Any
from uuid import UUID

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as WaitingJob

from triage import workflow
from triage.commands.keeping import keep_files
from triage.delivery.mail import mail_transport
from triage.delivery.transport import FolderTransport, Outgoing, Transport, waiting
from triage.domain.calendar import utc_now
from triage.domain.errors import TriageError
from triage.domain.message import Intake
from triage.domain.policy import Policy
from triage.engines import Engines, load_engines
from triage.messages.splitting import Part, split
from triage.settings import Settings
from triage.store import audit, job_queue, messages
from triage.store.database import SYSTEM, Database, DatabaseAway
from triage.store.job_queue import Job
from triage.store.messages import MessageId

log = structlog.get_logger(__name__)
app = App(connector=PsycopgConnector())  # told which database when the worker starts

_HEARTBEAT_SECONDS = 3.0
_DEAD_AFTER_SECONDS = 15.0
_PATIENCE_SECONDS = 60
_TRIES = 8
_AT_ONCE = 4  # while one job waits for the database, another computes


@dataclass(frozen=True, slots=True)
class Means:
    """What the tasks work with, handed over when the worker starts."""

    db: Database
    engines: Engines
    production: bool
    transport: Transport | None = None  # None: letters wait until somebody carries them
    inbox: Path | None = None  # where whoever carries messages puts those to us


def means_of(db: Database, settings: Settings) -> Means:
    inbox, engines = settings.exchange / "inn" if settings.exchange else None, load_engines(settings)
    keep_files(db, settings, engines.versions)
    return Means(db, engines, settings.production, way_out(settings), inbox)


def way_out(settings: Settings) -> Transport | None:
    if settings.delivery_mail:
        return mail_transport(settings.delivery_mail.get_secret_value())
    return FolderTransport(settings.exchange / "ut") if settings.exchange else None


class BackOff(BaseRetryStrategy):
    """Errors that say `retry` are tried again after 5, 10, 20 ... seconds; the rest are bugs, for a person to see."""

    def get_retry_decision(self, *, exception: BaseException, job: WaitingJob) -> RetryDecision | None:
        if not getattr(exception, "retry", False) or job.attempts >= _TRIES:
            return None
        return RetryDecision(retry_in={"seconds": 5 * 2**job.attempts})


def send(by: Means, letter_id: UUID) -> None:
    if by.transport:
        workflow.send(by.db, letter_id, by.transport, by.engines.policy, production=by.production)


_STEPS: dict[Job, Callable[[Means, UUID], object]] = {
    Job.REGISTER: lambda by, subject: register_or_leave(by.db, subject, by.engines.policy, production=by.production),
    Job.RECOMMEND: lambda by, subject: workflow.recommend(by.db, subject, by.engines),
    Job.TRY_MODEL: lambda by, subject: workflow.recommend_in_shadow(by.db, subject, by.engines),
    Job.WRITE_LETTERS: lambda by, subject: workflow.write_letters(by.db, subject, by.engines),
    Job.SEND: send,
    Job.PUBLISH_REPORT: lambda by, subject: _command("reporting").publish_ordered(by.db, subject, by.engines),
    Job.SIMULATE: lambda by, subject: _command("simulating").simulate_ordered(by.db, subject, by.engines),
}


def _command(name: str) -> Any:
    """Slow to load, and not what a worker does most of the time."""
    return import_module(f"triage.commands.{name}")


def do(context: JobContext, *, subject: str) -> None:
    """The step that the job is named after."""
    _STEPS[Job(context.task.name)](context.additional_context["means"], UUID(subject))


for _job in Job:
    app.task(name=_job.value, pass_context=True, retry=BackOff())(do)


def rescue(db: Database) -> None:
    """Put back the jobs of workers that died."""
    with db.writing(as_=SYSTEM) as tx:
        count = job_queue.rescue(tx, silent_seconds=_DEAD_AFTER_SECONDS)
    if count:
        log.warning("rescued", count=count)


def take_in(by: Means) -> None:
    """What lies in the inbox, receipts among it. One that cannot be taken stays, and stands in no other's way."""
    for file in waiting(by.inbox) if by.inbox else []:
        try:
            _take(by, file)
        except (OSError, TriageError) as error:
            log.warning("not_taken_in", kind=type(error).__name__)  # its name may be a patient's


def _take(by: Means, file: Path) -> None:
    """As old as the file says that it is. It goes when whoever sent it has been told what became of it.

    They are told by the same way that it came; the same message again gets the same receipt.
    """
    came = min(datetime.fromtimestamp(file.stat().st_mtime, UTC), utc_now())
    inbox = Inbox(by.db, by.engines.policy, "inbox", production=by.production)
    message_id = inbox.take_part(Part(file.name, file.read_bytes()), received_at=came)
    with by.db.reading(as_=SYSTEM) as tx:
        receipt = messages.receipt(tx, message_id)
    if receipt and by.transport:
        by.transport.deliver(Outgoing(str(message_id), f"{message_id}.xml", "application/xml", receipt))
    file.unlink()


def reconcile(by: Means) -> None:
    """Set going what should have happened, and tell what did."""
    tallies = workflow.reconcile(by.db, by.engines.policy)
    for step in ("decided", "written", "handed_over", "received"):
        log.info("reconciled", step=step, count=sum(getattr(tally, step) for tally in tallies))
    with by.db.reading(as_=SYSTEM) as tx:
        head = audit.head(tx)
    # Whoever can change everything in the database cannot change what was logged elsewhere.
    log.info("audit_head", count=head.sequence, head=head.mac)


_TICKS: dict[str, tuple[str, Callable[[Means], object]]] = {
    "rescue_stalled": ("* * * * * */15", lambda by: rescue(by.db)),
    "collect": ("* * * * * */15", take_in),
    # More often than once a day, because a tick that no worker saw is gone. What waits for its receipt is left alone.
    "reconcile": ("30 5,11,17,23 * * *", reconcile),
}


def tick(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 (procrastinate passes it)
    """What is done by the clock."""
    _TICKS[context.task.name][1](context.additional_context["means"])


for _name, (_cron, _) in _TICKS.items():
    _alone = _name if _name == "collect" else None
    app.periodic(cron=_cron)(app.task(name=_name, pass_context=True, queueing_lock=_name, lock=_alone)(tick))


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


@dataclass(frozen=True, slots=True)
class Inbox:
    """Takes in what comes by one channel: every item is received, then registered."""

    db: Database
    policy: Policy
    channel: str
    production: bool

    def take(self, body: bytes, *, name: str, received_at: datetime) -> Iterator[MessageId]:
        """Each item of the file, in order, with an outcome. A file without any waits whole, for a person."""
        for part in split(body, name=name):
            yield self.take_part(part, received_at=received_at)

    def take_part(self, part: Part, *, received_at: datetime) -> MessageId:
        body, label = part.body, part.label
        message_id = workflow.receive(self.db, body, label=label, channel=self.channel, received_at=received_at)
        register_or_leave(self.db, message_id, self.policy, production=self.production)
        return message_id


def work(means: Means) -> None:
    """Do jobs until a signal says stop. Raises DatabaseAway when the database stays away."""
    # Whoever starts us in the background has us ignore SIGINT, and then neither signal would stop us.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with suppress(KeyboardInterrupt):
        while True:
            _rescue_when_it_answers(means.db)
            # procrastinate ends its worker when the connection is lost, sometimes without a word.
            with suppress(ConnectorException):
                _run_worker(means, wait=True)
            log.warning("database_away")


def _rescue_when_it_answers(db: Database) -> None:
    for _ in range(_PATIENCE_SECONDS):
        with suppress(DatabaseAway):
            return rescue(db)
        sleep(1)
    return rescue(db)


def work_until_done(means: Means) -> None:
    """Do every job that is ready, and those that they make ready."""
    rescue(means.db)
    while _any_ready(means.db):
        _run_worker(means, wait=False)


def _any_ready(db: Database) -> bool:
    with db.reading(as_=SYSTEM) as tx:
        return job_queue.lag_seconds(tx) is not None


def _run_worker(means: Means, *, wait: bool) -> None:
    with app.replace_connector(PsycopgConnector(conninfo=means.db.conninfo, min_size=1, max_size=_AT_ONCE + 4)):
        app.run_worker(
            wait=wait,
            listen_notify=wait,
            install_signal_handlers=False,  # asyncio's own stops it as gently, and tells us that it was a signal
            concurrency=_AT_ONCE,
            delete_jobs="successful",
            update_heartbeat_interval=_HEARTBEAT_SECONDS,
            stalled_worker_timeout=_DEAD_AFTER_SECONDS,
            shutdown_graceful_timeout=30,
            additional_context={"means": means},
        )
