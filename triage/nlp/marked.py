"""Sentences with marked places, as a person writes them: `Ingen [svelgvansker|negated] nå.`, a line break as `¶`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from triage.domain.errors import BadInput
from triage.domain.finding import Status

_MARK = re.compile(r"\[([^|\[\]]+)\|(\w+)\]")


@dataclass(frozen=True, slots=True)
class Marked:
    """A text, and the status of places in it: `text[start:end]`."""

    text: str
    places: tuple[tuple[int, int], ...]
    statuses: tuple[Status, ...]


def read_marked(path: Path) -> Iterator[Marked]:
    """One text a line; lines that begin with `#` say nothing. Raises BadInput that names the line."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} er ikke tekst i UTF-8.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            marked = _marked(line)
        except ValueError:
            raise BadInput(f"{path.name}, linje {number}: skriv status som en av {', '.join(Status)}.") from None
        if not marked.places:
            raise BadInput(f"{path.name}, linje {number} har ikke noe merket sted, som [dysfagi|negated].")
        yield marked


def _marked(line: str) -> Marked:
    text, places, statuses, last = "", [], [], 0
    for mark in _MARK.finditer(line):
        text += line[last : mark.start()]
        places.append((len(text), len(text) + len(mark[1])))
        statuses.append(Status(mark[2]))
        text, last = text + mark[1], mark.end()
    return Marked((text + line[last:]).replace("¶", "\n"), tuple(places), tuple(statuses))
