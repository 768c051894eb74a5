"""Strict outbound: on a referral's whole way no connection leaves this machine, and no name is looked up."""

import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.builders import KARI, RECEIVED, a_decision, decided, no_job_waits_for_its_time, read_again
from tests.messages.builders import encoded, msghead
from triage import workflow
from triage.engines import load_engines
from triage.jobs import Means, register_or_leave, work_until_done
from triage.settings import Settings
from triage.store.database import Database
from triage.web.app import create_app

_PLACES = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0, "socket.gethostbyname": 0}
_seen: list[object] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    """A hook of the interpreter, which no Python library gets round. It can never be taken away, so it only notes."""
    if event not in _PLACES:
        return
    address = arguments[_PLACES[event]]
    host = address[0] if isinstance(address, tuple) else address
    if not str(host).startswith(("/", "127.", "::1", "localhost")):
        _seen.append(host)


@pytest.fixture(scope="module")
def hook() -> None:
    sys.addaudithook(_note)


@pytest.fixture
def outbound(hook: None) -> list[object]:
    _seen.clear()
    return _seen


def test_an_attempt_would_be_seen(outbound: list[object]) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as nothing_is_sent:
        nothing_is_sent.connect(("203.0.113.1", 9))

    assert outbound == ["203.0.113.1"]


def test_on_a_referrals_whole_way_nothing_leaves_this_machine(
    outbound: list[object], db: Database, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path)
    engines = load_engines(settings)
    means = Means(db, engines, production=False)
    message_id = workflow.receive(db, encoded(msghead()), label="a", channel="test", received_at=RECEIVED)
    register_or_leave(db, message_id, engines.policy, production=False)
    work_until_done(means)
    (row,) = workflow.show_queue(db, by=KARI)
    decided(db, a_decision(read_again(db, row.id)), engines.policy)
    no_job_waits_for_its_time(db)
    work_until_done(means)
    page = TestClient(create_app(db, engines, settings)).get("/")

    assert (page.status_code, len(workflow.look_at(db, row.id, by=KARI).letters)) == (200, 2)
    assert outbound == []
