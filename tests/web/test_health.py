"""Alive, ready, and how much waits."""

from pathlib import Path
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from tests.builders import a_danger, a_recommendation, recommended, stored
from tests.web.conftest import Browser
from triage.domain.calendar import utc_now
from triage.domain.errors import NotReady
from triage.engines import Engines
from triage.settings import Settings
from triage.store import job_queue
from triage.store.database import SYSTEM, Database
from triage.web import health
from triage.web.app import create_app

MEASURES = {"abstention", "letter_length", "override", "sender_mix", "unseen_words"}


def a_worker_lives(db: Database, *, seconds_ago: int = 0) -> None:
    beat = text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => :ago))")
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(beat, {"ago": seconds_ago})


def test_alive_needs_nothing(anonymous: Browser) -> None:
    assert anonymous.get("/helse/live").json() == {"live": True}


def test_ready_with_a_database_and_a_worker(anonymous: Browser, db: Database) -> None:
    a_worker_lives(db)

    answer = anonymous.get("/helse/klar")

    assert (answer.status_code, answer.json()["ready"]) == (200, True)


@pytest.mark.parametrize("seconds_ago", [None, 120])
def test_not_ready_without_a_worker(anonymous: Browser, db: Database, seconds_ago: int | None) -> None:
    [a_worker_lives(db, seconds_ago=ago) for ago in [seconds_ago] if ago]

    answer = anonymous.get("/helse/klar")

    assert (answer.status_code, answer.json()["worker"]) == (503, False)


def test_not_ready_without_a_database(anonymous: Browser, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise NotReady("borte")

    monkeypatch.setattr(db, "reading", away)

    answer = anonymous.get("/helse/klar")

    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert anonymous.get("/helse/live").status_code == 200


def test_what_waits_is_counted_without_saying_who(machine: TestClient, db: Database) -> None:
    recommended(db, stored(db), a_recommendation(reasons=(a_danger(),)))
    stored(db)

    page = machine.get("/metrics").text

    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
    assert found["triage_referrals_waiting", "endoscopy", "hospital"] == 1
    assert found["triage_referrals_waiting", "endoscopy", "none"] == 1
    assert found["triage_messages", "registered"] == 2
    assert found["triage_suggestions_stopped",] == 0
    assert "Oppdiktet" not in page


def test_ready_also_where_the_home_folder_is_not_made(
    db: Database, engines: Engines, settings: Settings, tmp_path: Path
) -> None:
    a_worker_lives(db)
    elsewhere = settings.model_copy(update={"home": tmp_path / "not" / "made"})

    with TestClient(create_app(db, engines, elsewhere)) as client:
        assert client.get("/helse/klar").status_code == 200


def test_metrics_are_for_programs_that_are_known(anonymous: Browser) -> None:
    assert anonymous.get("/metrics").status_code == 401


def test_everything_that_an_alarm_is_set_on_is_measured(machine: TestClient, db: Database) -> None:
    health._drift.cache_clear()
    recommended(db, stored(db, received_at=utc_now()), a_recommendation(confident=False))
    with db.writing(as_=SYSTEM) as tx:
        job_queue.defer(tx, job_queue.Job.RECOMMEND, UUID(int=1))

    families = {family.name: family for family in text_string_to_metric_families(machine.get("/metrics").text)}

    assert families["triage_job_lag_seconds"].samples[0].value > 0
    assert {s.labels["measure"]: s.value for s in families["triage_recent"].samples}["abstention"] == 1
    assert {s.labels["measure"] for s in families["triage_drift"].samples} == MEASURES
    assert families.keys() >= {"triage_days_to_oldest_deadline", "triage_jobs", "triage_letters_unconfirmed"}
