"""The server of our own: shared by processes, and gone when the last of them is, however it ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import psycopg
import pytest

from tests.conftest import own_folder, wait_until_stopped
from triage.store import embedded
from triage.store.embedded import EmbeddedServer

USE_IT = """
import signal, sys, time
from pathlib import Path
from triage.store import embedded
signal.signal(signal.SIGINT, signal.default_int_handler)  # also when this runs in the background
server = embedded.start(Path(sys.argv[1]), durable=False)
print("ready", flush=True)
time.sleep(60)
"""


def a_user(home: Path) -> subprocess.Popen[str]:
    """Another process that uses the server, once it is ready."""
    process = subprocess.Popen([sys.executable, "-c", USE_IT, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: subprocess.Popen[str], how: signal.Signals) -> None:
    process.send_signal(how)
    process.communicate(timeout=60)


def answers(server: EmbeddedServer) -> bool:
    with psycopg.connect(host=str(server.url().query["host"]), user="postgres", dbname="triage") as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def start_and_stop(home: Path) -> None:
    server = embedded.start(home, durable=False)
    assert answers(server)
    server.leave()
    assert wait_until_stopped(home)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One folder for all: each test finds the server stopped, and leaves it so."""
    folder = own_folder() / "my triage"
    folder.mkdir()
    yield folder
    rmtree(folder.parent)


@pytest.fixture
def own(home: Path) -> Iterator[EmbeddedServer]:
    """A server in a folder whose name has a blank."""
    server = embedded.start(home, durable=False)
    yield server
    server.leave()
    assert wait_until_stopped(home)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_the_server_stops_when_its_last_user_ends(home: Path, how: signal.Signals) -> None:
    process = a_user(home)

    ended(process, how)

    assert wait_until_stopped(home)


def test_the_server_stays_for_those_who_are_left(home: Path, own: EmbeddedServer) -> None:
    ended(a_user(home), signal.SIGKILL)

    assert not wait_until_stopped(home, seconds=1)
    assert answers(own)


def test_a_server_that_was_killed_is_started_again(home: Path) -> None:
    first = a_user(home)
    os.kill(int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    second = a_user(home)

    ended(first, signal.SIGKILL)
    ended(second, signal.SIGKILL)

    assert wait_until_stopped(home)


def test_what_a_stopped_server_left_is_there_again(home: Path) -> None:
    ended(a_user(home), signal.SIGTERM)
    assert wait_until_stopped(home)

    start_and_stop(home)


def test_a_pid_file_that_a_crash_left_does_not_stop_the_next_start(home: Path) -> None:
    ended(a_user(home), signal.SIGTERM)
    assert wait_until_stopped(home)
    (home / "postgres" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n")

    start_and_stop(home)


def test_a_second_user_comes_and_goes_without_stopping_the_server(home: Path, own: EmbeddedServer) -> None:
    second = embedded.start(home, durable=False)

    assert answers(second)
    second.leave()
    assert answers(own)


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(home: Path) -> None:
    far = home / ("langt" * 25)
    server = embedded.start(far, durable=False)

    folder = embedded.socket_folder(server.folder)
    assert answers(server)
    assert folder.stat().st_mode & 0o777 == 0o700
    server.leave()
    assert wait_until_stopped(far)
    folder.rmdir()


def test_an_interrupted_first_start_is_begun_again(home: Path) -> None:
    new = home / "new"
    (new / "postgres" / "data.new").mkdir(parents=True)
    (new / "postgres" / "data.new" / "PG_VERSION").write_text("18\n")

    start_and_stop(new)

    assert [path.name for path in (new / "postgres").glob("data*")] == ["data"]


def test_nobody_else_can_reach_the_data(own: EmbeddedServer) -> None:
    assert (own.folder / "data").stat().st_mode & 0o077 == 0
