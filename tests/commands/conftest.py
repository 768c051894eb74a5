"""The command line as a person runs it, in an installation that stays up from test to test."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree

import pytest
import structlog

from tests.conftest import empty, own_folder, wait_until_stopped
from triage.cli import main
from triage.opening import database
from triage.settings import Settings
from triage.store import embedded
from triage.store.embedded import EmbeddedServer
from triage.store.vault import make_master_key

Run = Callable[..., int]


@pytest.fixture(scope="session")
def installation() -> Iterator[tuple[Path, EmbeddedServer]]:
    """Its folder and its server, which no command has to start. With a blank in its path, as on many a desktop."""
    folder = own_folder() / "my triage"
    folder.mkdir()
    make_master_key(Settings(home=folder).key_file)
    server = embedded.start(folder, durable=False)
    with database(Settings(home=folder)):
        pass  # makes the schema
    yield folder, server
    server.leave()
    assert wait_until_stopped(folder)
    rmtree(folder.parent)


@pytest.fixture
def home(installation: tuple[Path, EmbeddedServer]) -> Iterator[Path]:
    """The installation's folder. What a test left in it is gone before the next."""
    folder, server = installation
    yield folder
    empty(server, embedded.DATABASE)
    rmtree(folder / "reports", ignore_errors=True)


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """`run("ingest", path)` gives the exit code."""
    monkeypatch.setenv("TRIAGE_HOME", str(home))
    yield lambda *words: main([str(word) for word in words])
    logging.basicConfig(force=True, handlers=[])
    structlog.reset_defaults()
