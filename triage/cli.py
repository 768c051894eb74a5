"""The command line: from the table of commands to one function call."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from triage import __version__
from triage.domain.decision import Outcome
from triage.domain.errors import BadInput, TriageError
from triage.domain.letter import LetterKind
from triage.domain.referral import Language

_TABLE = Path(__file__).parent / "commands" / "table.yaml"
_WORDS: dict[str, str] = yaml.safe_load(_TABLE.with_name("words.yaml").read_text("utf-8"))
# argparse looks up all that it says by this name, and has no translation of its own.
argparse._ = lambda said: _WORDS.get(said, said)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Command:
    """`run` is `module:name`, imported only when the command runs; `arguments` are argparse's, by name."""

    name: str
    help: str
    run: str
    arguments: dict[str, dict[str, Any]] = field(default_factory=dict)


@cache
def commands() -> tuple[Command, ...]:
    table = yaml.load(_TABLE.read_bytes(), Loader=yaml.CSafeLoader)
    return tuple(Command(name, **said) for name, said in table.items())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. An error of ours, or a file that cannot be used, is one line and an exit code."""
    given = vars(_parser().parse_args(arguments))
    command: Command = given.pop("command")
    if empty := [name for name, value in given.items() if isinstance(value, str) and not value.strip()]:
        sys.stderr.write(f"Dette kan ikke være tomt: {', '.join(empty)}.\n")
        return BadInput.exit_code
    try:
        from triage.settings import read_settings  # noqa: PLC0415 (so that `--help` is quick)

        module, name = command.run.split(":")
        code: int = getattr(import_module(module), name)(read_settings(), **given)
        return code
    except TriageError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except OSError as error:
        if error.filename is None:
            raise
        sys.stderr.write(f"{error.filename} kan ikke brukes: {_WORDS.get(error.strerror or '', error.strerror)}.\n")
        return BadInput.exit_code
    except UnicodeDecodeError:
        sys.stderr.write("En av filene kan ikke brukes: den er ikke tekst i UTF-8.\n")
        return BadInput.exit_code
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="triage", description="Vurdering av henvisninger: programmet foreslår, et menneske avgjør."
    )
    parser.add_argument("--version", action="version", version=f"triage {__version__}")
    words = parser.add_subparsers(metavar="KOMMANDO", required=True)
    groups: dict[str, Any] = {}
    for command in commands():
        first, _, second = command.name.partition(" ")
        if second and first not in groups:
            told = "; ".join(each.help for each in commands() if each.name.startswith(f"{first} "))
            groups[first] = words.add_parser(first, help=told).add_subparsers(required=True)
        place = groups[first] if second else words
        own = place.add_parser(second or first, help=command.help, description=command.help)
        own.set_defaults(command=command)
        for name, options in command.arguments.items():
            own.add_argument(name, **_with_type(options))
    return parser


def _with_type(options: dict[str, Any]) -> dict[str, Any]:
    if "type" not in options:
        return options
    kind = _TYPES[options["type"]]
    choices = {"choices": [*kind]} if isinstance(kind, type) and issubclass(kind, StrEnum) else {}
    return {**options, "type": kind, **choices}


_TYPES: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "path": Path,
    "day": date.fromisoformat,
    "outcome": Outcome,
    "language": Language,
    "letter": LetterKind,
}

if __name__ == "__main__":
    sys.exit(main())
