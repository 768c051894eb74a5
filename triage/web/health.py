"""For whoever runs the program: is it alive, is it ready, how much waits. No patient and no user is in any of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from shutil import disk_usage
from typing import Any

from fastapi import APIRouter, Depends, Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from triage.domain.calendar import oslo_date, utc_now
from triage.domain.errors import NotReady
from triage.store import job_queue, letters, messages, oversight, queue, watching
from triage.store.database import SYSTEM, Database
from triage.store.migrating import is_current
from triage.web.machines import AClient, json_answer
from triage.web.rendering import AWeb
from triage.web.security import Open

router = APIRouter(include_in_schema=False)

_LEAST_DISK_BYTES = 500_000_000
_WORKER_SILENT_AFTER = timedelta(minutes=1)
_LETTER_LATE_AFTER = timedelta(hours=1)  # beyond the hold-back

Values = Mapping[Any, float]  # by label, by tuple of labels, or by () where there are none


@router.get("/helse/live", dependencies=[Depends(Open())])
def is_alive() -> Response:
    return json_answer({"live": True})


@router.get("/helse/klar", dependencies=[Depends(Open())])
def is_ready(web: AWeb) -> Response:
    """503 until everything holds. The rules and the model are held against their digests when the program starts."""
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
    alive = beat is not None and utc_now() - beat < _WORKER_SILENT_AFTER
    return {"database": True, "migrated": migrated, "worker": alive}


@router.get("/metrics")
def show_metrics(client: AClient) -> Response:
    """Read from the database, so that they are the same whichever process is asked."""
    registry = CollectorRegistry()
    hold_back = timedelta(minutes=client.web.engines.policy.hold_back_minutes)
    for name, says, labels, values in _gauges(client.web.db, hold_back):
        gauge = Gauge(f"triage_{name}", says, labels, registry=registry)
        for key, value in values.items():
            named = key if isinstance(key, tuple) else (key,)
            (gauge.labels(*(label or "none" for label in named)) if labels else gauge).set(value)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _gauges(db: Database, hold_back: timedelta) -> Iterator[tuple[str, str, tuple[str, ...], Values]]:
    """Name, what it says, the names of its labels, and its values. None where there is nothing to measure."""
    now = utc_now()
    with db.reading(as_=SYSTEM) as tx:
        waiting, oldest = queue.open_by_area_and_pathway(tx), queue.oldest_deadline(tx)
        received, jobs = messages.counts(tx), job_queue.counts(tx)
        late = letters.missing(tx, decided_before=now - hold_back - _LETTER_LATE_AFTER)
        unconfirmed = [letter for letter in letters.underway(tx) if letter.needs_person(now=now)]
        beat, stop, lag = job_queue.last_sign_of_life(tx), oversight.stopped(tx), job_queue.lag_seconds(tx)
    yield "referrals_waiting", "Open referrals", ("area", "pathway"), waiting
    yield "messages", "Messages by what became of them", ("outcome",), received
    yield "jobs", "Jobs by status", ("status",), jobs
    yield "job_lag_seconds", "How long the job that waited longest could have been done", (), {(): lag or 0}
    drift = lately(db)
    recent = {shift.measure: shift.recent for shift in drift if shift.recent is not None}
    yield "recent", "Means and shares in the last four weeks", ("measure",), recent
    yield "drift", "1 where they differ from the half year before", ("measure",), {s.measure: s.changed for s in drift}
    yield "letters_missing", "Decisions without letters an hour after the hold-back", (), {(): len(late)}
    yield "letters_unconfirmed", "Letters refused, or without a receipt after a day", (), {(): len(unconfirmed)}
    yield "suggestions_stopped", "1 while somebody has stopped them", (), {(): int(stop is not None)}
    if oldest:
        yield "days_to_oldest_deadline", "Negative when overdue", (), {(): (oldest - oslo_date(now)).days}
    if beat:
        yield "worker_silent_seconds", "Since a worker last showed life", (), {(): (now - beat).total_seconds()}


def lately(db: Database) -> Sequence[watching.Shift]:
    return _drift(db, utc_now().replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=1)
def _drift(db: Database, hour: datetime) -> Sequence[watching.Shift]:
    """Once an hour is enough for what is counted over half a year."""
    with db.reading(as_=SYSTEM) as tx:
        return watching.drift(tx, now=hour)
