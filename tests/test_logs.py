"""Logs let known keys through and nothing else."""

import ast
import json
import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog

from triage import logs
from triage.domain.errors import Conflict

PACKAGE = Path(logs.__file__).parent
NAME = "Oddny Oppdiktet"


@pytest.fixture
def written() -> Iterator[StringIO]:
    stream = StringIO()
    logs.configure(to=stream)
    yield stream
    logging.basicConfig(force=True, handlers=[])
    structlog.reset_defaults()


def only_line(stream: StringIO) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(stream.getvalue())
    return line


def fail(error: Exception) -> None:
    raise error


def test_identifiers_and_counts_are_written(written: StringIO) -> None:
    structlog.get_logger("triage").info("registered", referral="r-1", count=3)

    line = only_line(written)
    assert (line["event"], line["referral"], line["count"], line["level"]) == ("registered", "r-1", 3, "info")


def test_an_unknown_key_is_left_out(written: StringIO) -> None:
    structlog.get_logger("triage").info("registered", patient=NAME, referral="r-1")

    assert "patient" not in only_line(written)
    assert NAME not in written.getvalue()


def test_a_librarys_line_keeps_its_constant_part(written: StringIO) -> None:
    logging.getLogger("library").warning("could not read %s", NAME, extra={"patient": NAME})

    assert only_line(written)["event"] == "could not read %s"
    assert NAME not in written.getvalue()


def test_an_exception_is_its_type_and_place_and_never_its_words(written: StringIO) -> None:
    try:
        fail(ValueError(NAME))
    except ValueError as error:
        structlog.get_logger("triage").error("failed", exc_info=error)
        logging.getLogger("library").exception("failed too")

    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert first["error"] == second["error"] == "ValueError"
    assert first["where"][-1].startswith("test_logs.py:")
    assert NAME not in written.getvalue()


def test_our_own_errors_may_speak(written: StringIO) -> None:
    try:
        fail(Conflict("En annen var først."))
    except Conflict:
        structlog.get_logger("triage").exception("failed")

    assert only_line(written)["says"] == "En annen var først."


def test_whatever_the_program_logs_is_let_through() -> None:
    calls = [
        call
        for file in PACKAGE.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if isinstance(call.func.value, ast.Name) and call.func.value.id == "log"
    ]

    assert {keyword.arg for call in calls for keyword in call.keywords} - logs.ALLOWED == {"exc_info"}
