"""`triage letter`: a decision from a file becomes letters, or is stopped with the faults named."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_decision, an_incoming, stored
from tests.commands.conftest import Run
from triage.commands.letters import practice_figures
from triage.domain.counted import CountedReferral
from triage.domain.decision import Outcome
from triage.domain.referral import Area, Sender
from triage.opening import database
from triage.paths import LETTER_TEMPLATES
from triage.settings import Settings
from triage.store import decisions
from triage.store.database import SYSTEM

REFUSAL: dict[str, Any] = {
    "outcome": "right_refused",
    "area": "endoscopy",
    "language": "nn",
    "received": "2026-03-03",
    "decided": "2026-03-12",
    "criteria": ["benefit"],
    "reason": "Du er ung og frisk, og prøvene er normale. Undersøkinga gir då lita nytte.",
    "advice": ["Prøv syredempande medisin."],
    "warning_signs": ["svart avføring"],
    "patient": {"name": "Kari Prøve", "birth_date": "1991-06-04"},
    "referrer": {"name": "Ola Fastlege", "practice": "Solbakken legesenter"},
    "decided_by": {"name": "Mette Overlege", "title": "overlege"},
}


def rendered(run: Run, folder: Path, **changes: Any) -> int:
    (folder / "decision.json").write_text(json.dumps({**REFUSAL, **changes}))
    return run("letter", "render", folder / "decision.json", "--out", folder / "out")


def test_a_decision_becomes_two_letters_in_three_forms(run: Run, tmp_path: Path) -> None:
    assert rendered(run, tmp_path) == 0

    names = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert names == [f"{to}.{kind}" for to in ("patient", "referrer") for kind in ("html", "pdf", "txt")]
    assert "lita nytte" in (tmp_path / "out" / "patient.txt").read_text()
    assert (tmp_path / "out" / "patient.pdf").read_bytes().startswith(b"%PDF-")


def test_what_is_written_passes_the_linter(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rendered(run, tmp_path)

    letter = tmp_path / "out" / "patient.txt"
    assert run("letter", "lint", letter, "--outcome", "right_refused", "--language", "nn") == 0
    assert capsys.readouterr().out == ""


def test_a_letter_for_another_outcome_has_its_faults_named_one_a_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rendered(run, tmp_path)

    letter = tmp_path / "out" / "patient.txt"
    assert run("letter", "lint", letter, "--outcome", "right_granted", "--language", "nn") == 13
    faults = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(fault["rule"] and fault["explanation"] for fault in faults)


def test_a_letter_that_contradicts_its_decision_is_not_written(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rendered(run, tmp_path, reason="Du har rett til helsehjelp, men vi har ikkje kapasitet.") == 13
    assert "Brevene er ikke skrevet" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", b'{"outcome": "right_refused"}'])
def test_a_record_that_cannot_be_read_is_said_in_one_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], body: bytes
) -> None:
    (tmp_path / "decision.json").write_bytes(body)

    assert run("letter", "render", tmp_path / "decision.json", "--out", tmp_path / "out") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_file_that_is_not_there_is_named(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("letter", "lint", tmp_path / "brev.txt", "--outcome", "forwarded") == 2
    assert "brev.txt kan ikke brukes" in capsys.readouterr().err


# Templates


def with_own_words(monkeypatch: pytest.MonkeyPatch, folder: Path, words: str) -> Path:
    monkeypatch.setenv("TRIAGE_LETTER_OVERRIDES", str(folder))
    own = folder / "blocks" / "nn.html"
    own.parent.mkdir(parents=True, exist_ok=True)
    shipped = (LETTER_TEMPLATES / "blocks" / "nn.html").read_text("utf-8")
    own.write_text(shipped.replace("Dette kan du gjere no", words), "utf-8")
    return own


def test_a_hospitals_own_block_is_printed_once_it_is_approved_by_name(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_own_words(monkeypatch, tmp_path / "own", "Dette kan du gjere sjølv")

    assert run("letter", "approve", "right_refused", "--by", "Mette Overlege, fagsjef") == 0
    assert rendered(run, tmp_path) == 0
    assert "Dette kan du gjere sjølv" in (tmp_path / "out" / "patient.txt").read_text()
    assert "Mette Overlege, fagsjef" in (tmp_path / "own" / "right_refused" / "letter.yaml").read_text()


def test_a_template_that_was_changed_after_it_was_approved_stops_the_letter(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_own_words(monkeypatch, tmp_path / "own", "Dette kan du gjere sjølv")
    run("letter", "approve", "right_refused", "--by", "Mette Overlege")
    with_own_words(monkeypatch, tmp_path / "own", "Dette kan du gjere heime")

    assert rendered(run, tmp_path) == 13
    assert "endret etter at den ble godkjent" in capsys.readouterr().err


def test_without_a_folder_of_its_own_a_hospital_cannot_approve(run: Run) -> None:
    assert run("letter", "approve", "right_refused", "--by", "Mette Overlege") == 2


# Letters to practices


def a_year(practice: str, refused: int, granted: int) -> list[CountedReferral]:
    outcomes = [Outcome.RIGHT_REFUSED] * refused + [Outcome.RIGHT_GRANTED] * granted
    return [CountedReferral(date(2026, 1, 5), area=Area.EYE, sender=practice, outcome=one) for one in outcomes]


def test_a_practice_gets_its_own_figures_beside_the_areas() -> None:
    found = practice_figures([*a_year("Solbakken", 8, 12), *a_year("Nordlia", 30, 50), *a_year("Lite", 2, 1)], 5)

    assert [(practice, area) for practice, area, _ in found] == [("Nordlia", Area.EYE), ("Solbakken", Area.EYE)]
    refused = next(one for one in found[1][2] if one.name == "right_refused")
    assert (refused.own, refused.own_of, refused.area, refused.area_of) == (8, 20, 40, 103)


@pytest.mark.parametrize(("refused", "shown"), [(0, True), (1, False), (4, False), (5, True), (16, False)])
def test_a_count_that_is_small_or_leaves_few_is_not_shown(refused: int, *, shown: bool) -> None:
    rows = [*a_year("Solbakken", refused, 20 - refused), *a_year("Nordlia", 30, 50)]

    figures = next(figures for practice, _, figures in practice_figures(rows, 5) if practice == "Solbakken")
    assert (next(one.own for one in figures if one.name == "right_refused") is not None) == shown


def test_a_practice_that_is_nearly_the_whole_area_gets_no_letter() -> None:
    assert practice_figures([*a_year("Solbakken", 8, 12), *a_year("Lite", 2, 2)], 5) == []


def test_a_year_that_ends_before_it_begins_is_told(run: Run, tmp_path: Path) -> None:
    period = ("--from", "2026-12-31", "--to", "2026-01-01")

    assert run("letter", "practices", *period, "--out", tmp_path, "--signed-by", "Mette Ås,overlege") == 2


def test_the_letters_of_a_year_are_written_for_each_practice(run: Run, home: Path, tmp_path: Path) -> None:
    with database(Settings(home=home)) as db:
        for number in range(12):
            sender = Sender(organisation=("Solbakken legesenter", "Nordlia legesenter")[number % 2])
            referral = stored(db, an_incoming(sender=sender))
            with db.writing(as_=SYSTEM) as tx:
                decisions.add(tx, a_decision(referral))
    (tmp_path / "theme.txt").write_text("Skriv hvor lenge plagene har vart.", "utf-8")
    period = ("--from", "2026-01-01", "--to", "2026-12-31")

    theme = ("--theme", tmp_path / "theme.txt")
    assert run("letter", "practices", *period, "--out", tmp_path, "--signed-by", "Mette Ås, overlege", *theme) == 0

    letters = [file.read_text() for file in sorted(tmp_path.glob("*-endoscopy.txt"))]
    assert [letter.count("legesenter") for letter in letters] == [1, 1]
    assert all("6 henvisninger fra dere" in letter and "hele området vurderte vi 12" in letter for letter in letters)
    assert all("Skriv hvor lenge plagene har vart." in letter and "Oddny" not in letter for letter in letters)
    assert all(file.read_bytes().startswith(b"%PDF") for file in tmp_path.glob("*.pdf"))
