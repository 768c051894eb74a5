"""`triage backup` and `triage restore`: what was there is there again, and nothing is written over."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from shutil import copytree

import pytest

from tests.commands.conftest import Run
from tests.conftest import own_folder, wait_until_stopped
from triage.cli import main
from triage.opening import database
from triage.settings import Settings
from triage.store import users
from triage.store.database import SYSTEM

Restore = Callable[[], int]


@pytest.fixture
def copied(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of an installation with one user."""
    monkeypatch.setattr("sys.stdin", StringIO("riktig hest batteri\n"))
    run("user", "add", "kari", "--name", "Kari K", "--title", "overlege", "--role", "lege", "--area", "eye")
    run("backup", "--out", tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def elsewhere(home: Path, copied: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another machine, to which the master key was brought."""
    new = own_folder()
    copytree(home / "keys", new / "keys")
    monkeypatch.setenv("TRIAGE_HOME", str(new))
    return new


def test_what_was_copied_is_there_again_elsewhere(
    elsewhere: Path, copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", str(copied)]) == 0

    assert "1 rader kontrollert, 0 brudd." in capsys.readouterr().out
    with database(Settings(home=elsewhere)) as db, db.reading(as_=SYSTEM) as tx:
        assert users.get(tx, "kari").name == "Kari K"
    assert wait_until_stopped(elsewhere)


def test_nothing_is_restored_over_what_is_there(run: Run, copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("restore", copied) == 2
    assert "ikke tom" in capsys.readouterr().err


def test_no_copy_is_written_over_another(run: Run, copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("backup", "--out", copied) == 2
    assert "fra før" in capsys.readouterr().err


def test_without_the_master_key_nothing_is_restored(
    elsewhere: Path, copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere / "keys" / "master.key").unlink()

    assert main(["restore", str(copied)]) == 12
    assert "Hovednøkkelen mangler" in capsys.readouterr().err


def test_a_folder_that_holds_no_copy_is_said(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", str(tmp_path / "ingen")]) == 2
    assert "mangler content.dump og keys.dump" in capsys.readouterr().err
    assert wait_until_stopped(elsewhere)
