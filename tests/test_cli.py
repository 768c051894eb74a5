"""The command line: its table, its help, its errors."""

import json
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from triage.cli import Command, commands, main


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_a_command_is_a_function_that_takes_its_arguments(command: Command) -> None:
    module, name = command.run.split(":")
    function = getattr(import_module(module), name)

    given = {str(a.get("dest", name.removeprefix("--").replace("-", "_"))) for name, a in command.arguments.items()}
    assert given == set(list(signature(function).parameters)[1:])


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])

    assert end.value.code == 0
    assert {command.name.split()[0] for command in commands()} <= set(capsys.readouterr().out.split())


def test_an_unknown_setting_is_one_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_DATABSE_URL", "hemmelig")

    assert main(["audit", "verify"]) == 12
    said = capsys.readouterr()
    assert "TRIAGE_DATABSE_URL" in said.err
    assert "hemmelig" not in said.err + said.out
    assert "Traceback" not in said.err


def test_a_file_that_cannot_be_written_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text('{"id": "1", "age": 40, "text": "Refluks."}\n')

    assert main(["extract", str(cases), "--out", str(tmp_path / "ingen" / "out.jsonl")]) == 2
    assert "ingen/out.jsonl.part kan ikke brukes: finnes ikke." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["finnesikke"], "'finnesikke' finnes ikke"),
        (["screen", "inn.jsonl"], "mangler: --out"),
        (["screen", "inn.jsonl", "--out", "ut.jsonl", "--processes", "to"], "ugyldig verdi: 'to'"),
    ],
)
def test_what_is_typed_wrong_is_told_in_norwegian(
    given: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(given)

    assert end.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["model", "use", "mappe", "--approved-by", " "], "tomt: approved_by"),
        (["retention", "hold", "7", "--by", "Kari", "--because", ""], "tomt: because"),
        (["policy", "simulate", "--sensitivity", "-1"], "mellom 0 og 1"),
    ],
)
def test_what_means_nothing_is_refused(given: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(given) == 2
    assert told in capsys.readouterr().err


def test_a_file_that_is_not_text_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_bytes(b"\xff\xfe\x00")

    assert main(["policy", "simulate", str(policy)]) == 2
    assert "UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["screen", "extract"])
def test_records_from_a_file_are_answered_line_by_line(command: str, tmp_path: Path) -> None:
    cases, answers = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    cases.write_text('{"id": "1", "age": 63, "text": "Svelgvansker i 6 uker."}\n{"id"\n{"id": "3"}\n')

    assert main([command, str(cases), "--out", str(answers), "--processes", "1"]) == 0
    first, second, third = (json.loads(line) for line in answers.read_text().splitlines())
    assert first["features"]["present"] == ["gi.dysfagi"]
    assert [second["id"], third["id"]] == [None, "3"]
    assert all(line["error"] for line in (second, third))
