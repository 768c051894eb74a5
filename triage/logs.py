"""Logs as lines of JSON in which only known keys are let through: identifiers, counts, versions.

A line from a library keeps the constant part of its text. An exception is logged as its type and where it was raised;
its words only when it is one of ours, which never quote a referral.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog

from triage.domain.errors import TriageError

Line = MutableMapping[str, Any]

ALLOWED = frozenset(
    {
        *("event", "level", "logger", "timestamp", "error", "says", "where", "job", "task", "attempts", "seconds"),
        *("message", "referral", "decision", "letter", "subject", "outcome", "code", "area", "user", "role", "request"),
        *("count", "model", "rules", "policy", "lexicon", "revision", "route", "method", "status", "port"),
        *("step", "kind", "head"),
    }
)


def configure(*, level: int = logging.INFO, to: TextIO | None = None) -> None:
    """For the whole process: our own lines and those of libraries, in one form."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words_of_exceptions,
        _only_allowed_keys,
    ]
    handler = logging.StreamHandler(to or sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_constant_part, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _constant_part(_logger: Any, _method: str, line: Line) -> Line:
    record: logging.LogRecord = line["_record"]
    line["event"] = str(record.msg)
    record.exc_text = None
    if record.exc_info:
        line["exc_info"], record.exc_info = record.exc_info, None
    return line


def _without_words_of_exceptions(_logger: Any, _method: str, line: Line) -> Line:
    given = line.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        line["where"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        if isinstance(error, TriageError):
            line["says"] = str(error)
    return line


def _only_allowed_keys(_logger: Any, _method: str, line: Line) -> Line:
    kept = ALLOWED | {"_record", "_from_structlog", "_logger", "_name"}
    return {key: value for key, value in line.items() if key in kept}
