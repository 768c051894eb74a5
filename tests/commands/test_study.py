"""`triage model tables`: every item of both guidelines, with what the program knows and nothing that it does not."""

from pathlib import Path

import pytest

from tests.builders import a_decision, a_policy, a_recommendation, recommended, stored
from tests.commands.conftest import Run
from triage import workflow
from triage.opening import database
from triage.settings import Settings


@pytest.fixture
def tables(run: Run, home: Path, tmp_path: Path) -> dict[str, str]:
    with database(Settings(home=home)) as db:
        referral = recommended(db, stored(db), a_recommendation(confident=False))
        decision = a_decision(referral, disagreement="misread")
        workflow.decide(db, decision, a_policy(), expected_version=referral.version)
    assert run("model", "tables", "--out", tmp_path) == 0
    return {file.stem: file.read_text(encoding="utf-8") for file in tmp_path.glob("*.md")}


def answers(table: str) -> dict[str, str]:
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[4:]]
    return {item: answer for item, _, answer in rows}


def test_no_item_of_either_guideline_is_left_out(tables: dict[str, str]) -> None:
    decide, tripod = answers(tables["decide-ai"]), answers(tables["tripod+ai"])

    assert {item.rstrip("abc") for item in decide if item[0].isdigit()} == {str(n) for n in range(1, 18)}
    assert len([item for item in decide if not item[0].isdigit()]) == 10
    assert {item.rstrip("abcdefg") for item in tripod} == {str(n) for n in range(1, 28)}


def test_what_the_program_counted_is_filled_in_and_the_rest_is_left_open(tables: dict[str, str]) -> None:
    decide = answers(tables["decide-ai"])

    assert decide["12"] == "Avgjort mot forslaget med grunn: 1 av 1. «Les selv»: 1 av 1."
    assert decide["11"] == "Versjoner i bruk i perioden: m1 r1 p1 l1."
    assert decide["7"] == "_Fylles ut av den som gjør studien._"
