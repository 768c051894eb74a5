"""`triage specialists import`: the whole register or nothing of it."""

from pathlib import Path

import pytest

from tests.commands.conftest import Run
from triage.domain.letter import ContractSpecialist
from triage.domain.referral import Area
from triage.opening import database
from triage.settings import Settings
from triage.store import specialists
from triage.store.database import SYSTEM

HEADER = "navn;fagområde;sted;kommune;ventetid_uker;dato;kilde"
LINES = (
    "Øyelege Fjern;eye;Sørvik;4201;2;2026-10-01;regionens liste",
    "Øyelege Nær;eye;Fjordbyen;5001;20;2026-10-01;regionens liste",
    "Øyelege Nabo;eye;Fjellvik;5014;9;2026-10-01;regionens liste",
    "Ørelege Nær;ent;Fjordbyen;5001;1;2026-10-01;regionens liste",
)


def imported(run: Run, folder: Path, *lines: str) -> int:
    (folder / "register.csv").write_text("\n".join((HEADER, *lines)), "utf-8-sig")
    return run("specialists", "import", folder / "register.csv")


def nearest(home: Path, municipality: str | None) -> tuple[ContractSpecialist, ...]:
    with database(Settings(home=home)) as db, db.reading(as_=SYSTEM) as tx:
        return specialists.nearest(tx, Area.EYE, municipality)


def test_those_of_the_municipality_come_first_then_of_the_county_then_the_shortest_wait(
    run: Run, home: Path, tmp_path: Path
) -> None:
    assert imported(run, tmp_path, *LINES) == 0

    assert [one.name for one in nearest(home, "5001")] == ["Øyelege Nær", "Øyelege Nabo", "Øyelege Fjern"]
    assert [one.waiting_weeks for one in nearest(home, None)] == [2, 9, 20]


def test_a_file_that_older_excel_saved_is_read(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "register.csv").write_text("\n".join((HEADER, LINES[0])), "cp1252")

    assert run("specialists", "import", tmp_path / "register.csv") == 0
    assert [one.name for one in nearest(home, None)] == ["Øyelege Fjern"]


def test_a_new_register_takes_the_place_of_the_old_one(run: Run, home: Path, tmp_path: Path) -> None:
    imported(run, tmp_path, *LINES)
    imported(run, tmp_path, LINES[2])

    assert [one.name for one in nearest(home, "5001")] == ["Øyelege Nabo"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("Øyelege;øye;Sted;5001;2;2026-10-01;liste", "Linje 2 kan ikke leses. Se på fagområde"),
        ("Øyelege;eye;Sted;501;2;2026-10-01;liste", "Linje 2 kan ikke leses"),
        ("Øyelege;eye;Sted;5001;-1;2026-10-01;liste", "Linje 2 kan ikke leses"),
        ("Øyelege;eye;Sted;5001;2;i går;liste", "dato"),
        ("Øyelege;eye;Sted;5001;2;2126-10-01;liste", "en dato som ikke er kommet"),
        ("Øyelege;eye;Sted;5001;2;2026-10-01;", "Linje 2 kan ikke leses"),
        ("", "har ingen linjer"),
    ],
)
def test_one_wrong_line_changes_nothing_and_is_named(
    run: Run, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: tuple[str, str]
) -> None:
    imported(run, tmp_path, *LINES)

    assert imported(run, tmp_path, wrong[0]) == 2
    assert wrong[1] in capsys.readouterr().err
    assert len(nearest(home, "5001")) == 3
