"""`triage letter`: a decision from a file becomes letters, or is stopped with the faults named."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Run

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
