"""Passages that differ in one fact, `-a` and `-b`: each must be read for what it says. None means: not there."""

import json
from pathlib import Path
from typing import Any

import pytest

from triage.messages.records import record_to_referral
from triage.nlp.reader import Reader

ROWS = [
    json.loads(line)
    for file in sorted((Path(__file__).parent / "lines").glob("pairs_*.jsonl"))
    for line in file.read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_what_a_passage_says(row: dict[str, Any], reader: Reader) -> None:
    reading = reader.read(record_to_referral(row))

    said = {(f.id, str(f.status)) for f in reading.features if f.id in row["expect"]}
    expected = {(name, status) for name, status in row["expect"].items() if status}
    beside = {(name, "family") for name, status in expected if status != "family"}  # a relative may have it, too
    assert said - beside == expected
