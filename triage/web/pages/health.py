"""For whoever runs the program: is it alive, is it ready, how much waits. No patient and no user is in any of it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from shutil import disk_usage
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from triage.domain.calendar import oslo_date, utc_now
from triage.domain.errors import NotReady
from triage.store import job_queue, letters, messages, queue, suggestions
from triage.store.database import SYSTEM, Database
from triage.store.migrating import is_current
from triage.web.machines import Machine, MachineRoute, json_answer
from triage.web.security import Open

router = APIRouter(include_in_schema=False, route_class=MachineRoute)

_LEAST_DISK_BYTES = 500_000_000
_WORKER_SILENT_AFTER = timedelta(minutes=1)
_LETTER_LATE_AFTER = timedelta(hours=1)  # beyond the hold-back


@router.get("/helse/live", dependencies=[Depends(Open())])
def is_alive() -> Response:
    return json_answer({"live": True})


@router.get("/helse/klar", dependencies=[Depends(Open())])
def is_ready(request: Request) -> Response:
    """503 until everything holds. The rules and the model are held against their digests when the program starts."""
    web = request.app.state.web
    home = web.settings.home
    disk = next(folder for folder in (home, *home.parents) if folder.exists())
    holds = {"disk": disk_usage(disk).free >= _LEAST_DISK_BYTES, **_of_database(web.db)}
    return json_answer({"ready": all(holds.values()), **holds}, status=200 if all(holds.values()) else 503)


def _of_database(db: Database) -> dict[str, bool]:
    try:
        with db.reading() as tx:
            beat = job_queue.last_sign_of_life(tx)
            migrated = is_current(tx.session.connection())
    except NotReady:
        return {"database": False}
    return {
        "database": True,
        "migrated": migrated,
        "worker": beat is not None and utc_now() - beat < _WORKER_SILENT_AFTER,
    }


@router.get("/metrics", dependencies=[Depends(Machine())])
def show_metrics(request: Request) -> Response:
    """Read from the database, so that they are the same whichever process is asked."""
    registry = CollectorRegistry()
    registry.register(_Gauges(request.app.state.web.db, request.app.state.web.engines.policy.hold_back_minutes))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Gauges:
    """What prometheus_client asks to be collected."""

    def __init__(self, db: Database, hold_back_minutes: int) -> None:
        self._db = db
        self._hold_back = timedelta(minutes=hold_back_minutes)

    def collect(self) -> Iterator[Metric]:
        now = utc_now()
        with self._db.reading(as_=SYSTEM) as tx:
            waiting, oldest = queue.open_by_area_and_pathway(tx), queue.oldest_deadline(tx)
            received, jobs = messages.counts(tx), job_queue.counts(tx)
            late = letters.missing(tx, decided_before=now - self._hold_back - _LETTER_LATE_AFTER)
            beat, stop = job_queue.last_sign_of_life(tx), suggestions.stopped(tx)
        yield _gauge("referrals_waiting", "Open referrals", waiting, "area", "pathway")
        yield _gauge("messages", "Messages by what became of them", {(k,): n for k, n in received.items()}, "outcome")
        yield _gauge("jobs", "Jobs by status", {(k,): n for k, n in jobs.items()}, "status")
        days = {(): (oldest - oslo_date(now)).days} if oldest else {}
        yield _gauge("days_to_oldest_deadline", "Negative when overdue", days)
        yield _gauge("letters_missing", "Decisions without letters an hour after the hold-back", {(): len(late)})
        silent = {(): (now - beat).total_seconds()} if beat else {}
        yield _gauge("worker_silent_seconds", "Since a worker last showed life", silent)
        yield _gauge("suggestions_stopped", "1 while somebody has stopped them", {(): int(stop is not None)})


def _gauge(name: str, says: str, values: Mapping[Any, float], *labels: str) -> Metric:
    """One value for each tuple of labels."""
    family = GaugeMetricFamily(f"triage_{name}", says, labels=labels)
    for key, value in values.items():
        family.add_metric([label or "none" for label in key], value)
    return family
