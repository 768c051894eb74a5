"""The status of marked places, `Ingen [svelgvansker|negated]`, one sentence a line."""

import re
from pathlib import Path

import pytest

from triage.domain.finding import Status
from triage.nlp.reader import Reader

LINES = (Path(__file__).parent / "lines" / "places.txt").read_text("utf-8").splitlines()
MARK = re.compile(r"\[([^|\[\]]+)\|(\w+)\]")


@pytest.mark.parametrize("line", [line for line in LINES if not line.startswith("#")])
def test_status_of_marked_places(line: str, reader: Reader) -> None:
    marks = list(MARK.finditer(line))
    before = [sum(len(m[0]) - len(m[1]) for m in marks[:n]) for n in range(len(marks))]
    places = [(m.start() - taken, m.start() - taken + len(m[1])) for m, taken in zip(marks, before, strict=True)]

    found = reader.statuses(MARK.sub(r"\1", line).replace("¶", "\n"), places)

    assert marks
    assert found == [Status(m[2]) for m in marks]
