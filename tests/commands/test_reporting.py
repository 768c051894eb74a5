"""`triage report variation`: files in every format, a memory of what was shown, and clear errors."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run

ROW = {
    "received": "2025-03-01",
    "area": "eye",
    "age": 70,
    "sex": "female",
    "municipality": "9901",
    "pathway": "hospital",
}
PERIOD = ("--from", "2025-01-01", "--to", "2025-12-31")
FILES = [f"variation.{suffix}" for suffix in ("csv", "html", "json", "pdf", "xlsx")]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(json.dumps(ROW) for _ in range(60)))
    return file


def test_a_file_of_rows_becomes_a_report_in_every_format(run: Run, rows: Path, tmp_path: Path) -> None:
    assert run("report", "variation", *PERIOD, "--input", rows, "--out", tmp_path / "out") == 0

    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == FILES


def test_a_report_of_a_file_is_remembered_only_where_asked(run: Run, rows: Path, home: Path, tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"

    run("report", "variation", *PERIOD, "--input", rows, "--out", tmp_path / "out", "--memory", memory)

    assert not (home / "reports").exists()
    assert memory.stat().st_mode & 0o077 == 0


def test_a_memory_that_is_another_file_is_left_alone(run: Run, rows: Path, tmp_path: Path) -> None:
    before = rows.read_bytes()

    assert run("report", "variation", *PERIOD, "--input", rows, "--out", tmp_path / "out", "--memory", rows) == 2
    assert rows.read_bytes() == before


def test_the_same_file_gives_the_same_bytes_again(run: Run, rows: Path, tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    run("report", "variation", *PERIOD, "--input", rows, "--out", tmp_path / "first", "--memory", memory)
    run("report", "variation", *PERIOD, "--input", rows, "--out", tmp_path / "second", "--memory", memory)

    first, second = ({f.name: f.read_bytes() for f in (tmp_path / n).iterdir()} for n in ("first", "second"))
    assert first == second


def test_a_period_that_ends_before_it_begins_is_refused(
    run: Run, rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    period = ("--from", "2025-12-31", "--to", "2025-01-01")

    assert run("report", "variation", *period, "--input", rows, "--out", tmp_path / "out") == 2
    assert "Bytt om datoene" in capsys.readouterr().err


def test_a_missing_file_is_named(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("report", "variation", *PERIOD, "--input", tmp_path / "none.csv", "--out", tmp_path / "out") == 2
    assert "none.csv" in capsys.readouterr().err


POPULATION = "kommunenr,kommune,aar,kjonn,alder,antall\n9901,Oppdiktet,2025,K,70,9000\n9901,Oppdiktet,2025,M,70,9000\n"


def test_what_is_imported_is_what_the_next_reports_are_held_against(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "folk.csv").write_text(POPULATION)
    assert run("report", "import", tmp_path / "folk.csv") == 0

    run("report", "variation", *PERIOD, "--out", tmp_path / "out")

    assert "folk.csv, 1. januar 2025" in (tmp_path / "out" / "variation.html").read_text()


def test_a_file_that_cannot_be_used_is_refused_when_it_is_imported(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folk.csv").write_text(POPULATION.replace("9000", "mange"))

    assert run("report", "import", tmp_path / "folk.csv") == 2
    assert "et tall er ikke et tall" in capsys.readouterr().err


def test_the_invented_region_says_that_it_is_invented(run: Run, tmp_path: Path) -> None:
    quarter = ("--from", "2025-01-01", "--to", "2025-03-31")

    assert run("report", "variation", *quarter, "--example", "--out", tmp_path / "out") == 0
    assert "i denne rapporten er oppdiktet" in (tmp_path / "out" / "variation.html").read_text()
