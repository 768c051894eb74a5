"""`triage backup` and `triage restore`: what was there is there again, and nothing is written over."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from shutil import copy, copytree

import pytest

from tests.builders import stored
from tests.commands.conftest import Run
from tests.conftest import own_folder, wait_until_stopped
from triage.cli import main
from triage.opening import database
from triage.settings import Settings
from triage.store import users
from triage.store.database import SYSTEM
from triage.store.vault import make_master_key

BACKUP = Path(__file__).parents[2] / "docker" / "backup.sh"


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


def test_a_copy_is_tried_without_touching_anything(run: Run, home: Path, copied: Path) -> None:
    before = sorted(home.iterdir())

    assert run("restore", copied, "--try") == 0
    assert sorted(home.iterdir()) == before


@pytest.mark.usefixtures("run")
def test_the_nightly_copy_is_tried_and_older_ones_lose_their_keys(home: Path, copied: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", BACKUP, copied.parent], env=environment, capture_output=True, check=False)

    assert done.returncode == 0
    assert sorted(file.name for file in copied.iterdir()) == ["audit.head", "content.dump"]
    assert len([*copied.parent.glob("*/keys.dump")]) == 1


def test_a_copy_does_not_pass_the_trial_with_another_master_key(
    run: Run, copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_MASTER_KEY_FILE", str(make_master_key(tmp_path / "other.key")))

    assert run("restore", copied, "--try") == 1
    assert "rad 1 er endret" in capsys.readouterr().out


def test_a_copy_whose_keys_are_too_old_does_not_pass_the_trial(
    run: Run, home: Path, copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database(Settings(home=home)) as db:
        stored(db)
    run("backup", "--out", tmp_path / "next")
    copy(copied / "keys.dump", tmp_path / "next")

    assert run("restore", tmp_path / "next", "--try") == 1
    assert "1 henvisninger kan ikke åpnes" in capsys.readouterr().out


def test_a_log_that_ends_before_the_head_that_was_kept_is_broken(
    run: Run, copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "head").write_text(f"7 {'a' * 64}\n")

    assert run("audit", "verify", "--head", copied / "audit.head") == 0
    assert run("audit", "verify", "--head", tmp_path / "head") == 1
    assert "rad 7 ble skrevet ned" in capsys.readouterr().out


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
