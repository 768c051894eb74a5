"""Denial, doubt, time and owner of known dangers, one sentence a line."""

from pathlib import Path

import pytest

from triage.domain.referral import Area, Referral
from triage.nlp.reader import Reader

AREAS = {"gi": Area.ENDOSCOPY, "oye": Area.EYE, "onh": Area.ENT}
LINES = (Path(__file__).parent / "lines" / "statuses.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("line", [line for line in LINES if not line.startswith("#")])
def test_status_of_a_danger(line: str, reader: Reader) -> None:
    age, told, text = (part.strip() for part in line.split("|", 2))
    wanted = dict(mark.split(": ") for mark in told.split(", "))
    area = AREAS[told.partition(".")[0]]

    read = reader.read(Referral(id="line", text=text.replace("¶", "\n"), area=area, age=int(age)))

    found = {(feature.id, str(feature.status)) for feature in read.features if feature.id in wanted}
    expected = {(name, status) for name, status in wanted.items() if status != "none"}
    assert expected <= found
    assert {name for name, status in found if status == "present"} <= {n for n, s in expected if s == "present"}
