"""The command line: its table, its help, its errors."""

from importlib import import_module
from inspect import signature

import pytest

from triage.cli import COMMANDS, Command, main


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_is_a_function_that_takes_its_arguments(command: Command) -> None:
    module, name = command.function.split(":")
    function = getattr(import_module(module), name)

    given = {str(one.options.get("dest", one.name.removeprefix("--").replace("-", "_"))) for one in command.arguments}
    assert given == set(list(signature(function).parameters)[1:])


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])

    assert end.value.code == 0
    assert {command.name.split()[0] for command in COMMANDS} <= set(capsys.readouterr().out.split())


def test_an_unknown_setting_is_one_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_DATABSE_URL", "hemmelig")

    assert main(["audit", "verify"]) == 12
    said = capsys.readouterr()
    assert "TRIAGE_DATABSE_URL" in said.err
    assert "hemmelig" not in said.err + said.out
    assert "Traceback" not in said.err
