"""The status of marked places, `Ingen [svelgvansker|negated]`, one sentence a line."""

from pathlib import Path

import pytest

from triage.nlp.marked import Marked, read_marked
from triage.nlp.reader import Reader

PLACES = list(read_marked(Path(__file__).parent / "lines" / "places.txt"))


@pytest.mark.parametrize("marked", PLACES, ids=[marked.text[:60] for marked in PLACES])
def test_status_of_marked_places(marked: Marked, reader: Reader) -> None:
    assert marked.places
    assert reader.statuses(marked.text, marked.places) == [*marked.statuses]
