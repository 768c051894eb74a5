"""`triage demo` and the small commands around it."""

from io import StringIO
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.conftest import own_folder, wait_until_stopped
from triage.commands.users import DEMO_USERS, is_loopback, refuse_demo_users
from triage.domain.errors import NotReady
from triage.opening import database
from triage.settings import Settings
from triage.store import messages, queue, users
from triage.store.database import SYSTEM


@pytest.mark.slow
def test_the_demo_fills_the_queue_once(run: Run, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("demo", "--no-serve") == 0
    first = capsys.readouterr().out
    assert run("demo", "--no-serve") == 0
    second = capsys.readouterr().out

    assert "Alle pasienter er oppdiktet" in first
    assert first.splitlines()[-4:] == second.splitlines()[-4:]
    with database(Settings(home=home)) as db, db.reading(as_=SYSTEM) as tx:
        assert messages.counts(tx)["registered"] >= 150
        assert {area for area, _ in queue.open_by_area_and_pathway(tx)} == {"endoscopy", "eye", "ent"}
        assert None not in {pathway for _, pathway in queue.open_by_area_and_pathway(tx)}
        assert len(users.everyone(tx)) == len(DEMO_USERS)
        with pytest.raises(NotReady):
            refuse_demo_users(db)


def test_the_demo_is_refused_where_data_are_real(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIAGE_DATABASE_URL", "postgresql://db/triage")
    monkeypatch.setenv("TRIAGE_MASTER_KEY_FILE", str(tmp_path / "key"))

    assert run("demo", "--no-serve") == 12
    assert "egen database" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("sykehus.no", False)],
)
def test_only_this_machine_is_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_a_user_is_added_with_a_password_from_standard_input(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("riktig hest batteri\n"))

    assert run("user", "add", "kari", "--name", "Kari K", "--title", "overlege", "--role", "lege", "--area", "eye") == 0
    with database(Settings(home=home)) as db, db.reading(as_=SYSTEM) as tx:
        assert users.get(tx, "kari").name == "Kari K"


def test_a_short_password_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("kort\n"))

    assert run("user", "add", "kari", "--name", "Kari K", "--title", "overlege", "--role", "lege") == 2
    assert "minst 12 tegn" in capsys.readouterr().err


def test_the_audit_log_of_a_new_installation_is_whole(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("audit", "verify") == 0
    assert "0 rader kontrollert, 0 brudd." in capsys.readouterr().out


def test_who_looked_at_a_patient_is_printed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("audit", "patient", "03925012345") == 0
    assert "Hvem" in capsys.readouterr().out


def test_a_lost_key_is_said_and_not_replaced(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new = own_folder()
    monkeypatch.setenv("TRIAGE_HOME", str(new))
    run("migrate")
    (new / "keys" / "master.key").unlink()

    assert run("migrate") == 12
    assert "Hovednøkkelen" in capsys.readouterr().err
    assert not (new / "keys" / "master.key").exists()
    assert wait_until_stopped(new)
