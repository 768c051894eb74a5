"""Thousands of small letters in other writers' words: what is marked must be found, and nothing else."""

from pathlib import Path

import pytest

from tests.nlp.marked import Line, line_of, lines_of
from triage.domain.referral import Area
from triage.nlp.reader import Reader

LINES = Path(__file__).parent / "lines"
# Share of lines that must be read exactly. What is missing is listed by `triage lexicon errors`.
FLOORS = {Area.ENDOSCOPY: 0.93, Area.EYE: 0.97, Area.ENT: 0.93}


def is_exact(line: Line, reader: Reader) -> bool:
    return {(f.id, str(f.status)) for f in reader.read(line.referral).features} == line.features


@pytest.mark.parametrize("area", FLOORS)
def test_lines_are_read_as_marked(area: Area, reader: Reader) -> None:
    lines = lines_of(LINES / f"{area}.txt", area)

    exact = [line for line in lines if is_exact(line, reader)]

    assert len(exact) >= FLOORS[area] * len(lines)


def test_a_line_with_a_broken_mark_is_an_error() -> None:
    with pytest.raises(ValueError, match="well-formed"):
        line_of("Ingen [svelgvansker|gi.dysfagi], 40 år.", Area.ENDOSCOPY)
