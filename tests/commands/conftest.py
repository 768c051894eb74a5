"""The command line as a person runs it, in an installation of its own."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from tests.conftest import wait_until_stopped
from triage.cli import main

Run = Callable[..., int]


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """`run("ingest", path)` gives the exit code."""
    monkeypatch.setenv("TRIAGE_HOME", str(home))
    yield lambda *words: main([str(word) for word in words])
    logging.basicConfig(force=True, handlers=[])
    structlog.reset_defaults()
    assert wait_until_stopped(home)
