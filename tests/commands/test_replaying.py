"""`triage audit replay`: what was proposed on a day comes out the same later, whatever has been changed since."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from shutil import copytree
from zipfile import ZipFile

import pytest

from tests.builders import a_referral, an_incoming, stored
from tests.commands.conftest import Run
from tests.conftest import sql
from triage import workflow
from triage.commands.keeping import keep_files
from triage.engines import load_engines
from triage.opening import database
from triage.paths import POLICIES, RULE_CATALOG
from triage.settings import read_settings
from triage.store import audit
from triage.store.database import SYSTEM
from triage.store.embedded import DATABASE, EmbeddedServer

Proposed = Callable[..., str]


@pytest.fixture
def proposed(home: Path, run: Run) -> Proposed:
    """`proposed()` gives the id of a referral that a worker has read under the settings of the environment."""

    def at(*, kept: bool = True) -> str:
        settings = read_settings(os.environ)
        engines = load_engines(settings)
        with database(settings) as db:
            for each in (db,) * kept:
                keep_files(each, settings, engines.versions)
            referral = stored(
                db, an_incoming(referral=a_referral("Kvinne 60 år. Svelgvansker i 6 uker. Vekttap 7 kg."))
            )
            workflow.recommend(db, referral.id, engines)
        return str(referral.id)

    return at


def test_the_files_of_the_day_give_the_same_answer_after_rules_and_policy_were_changed(
    run: Run, proposed: Proposed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copytree(RULE_CATALOG, tmp_path / "rules")
    monkeypatch.setenv("TRIAGE_RULES", str(tmp_path / "rules"))
    referral = proposed()
    for file in (tmp_path / "rules" / "endoscopy").glob("*.yaml"):
        file.unlink()
    policy = (POLICIES / "demo.yaml").read_text(encoding="utf-8").replace("version:", "version: 99 #")
    (tmp_path / "policy.yaml").write_text(policy, encoding="utf-8")
    monkeypatch.setenv("TRIAGE_POLICY", str(tmp_path / "policy.yaml"))

    assert run("audit", "replay", referral) == 0
    assert "samme" in capsys.readouterr().out


def test_files_that_nobody_kept_are_said_to_be_gone(
    run: Run, proposed: Proposed, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("audit", "replay", proposed(kept=False)) == 1
    assert "filene" in capsys.readouterr().out


def test_files_that_the_program_cannot_read_any_more_are_said_so_and_stop_nothing(
    run: Run, proposed: Proposed, installation: tuple[Path, EmbeddedServer], capsys: pytest.CaptureFixture[str]
) -> None:
    referral, older = proposed(), BytesIO()
    with ZipFile(older, "w") as files:
        files.writestr("policy.yaml", "known_then: 1")
    sql(
        installation[1],
        f"UPDATE engine_archive SET files = decode('{older.getvalue().hex()}', 'hex')",
        database=DATABASE,
    )

    assert run("audit", "replay", referral) == 1
    assert "leses ikke av programmet slik det er nå" in capsys.readouterr().out


def test_a_changed_recommendation_is_pointed_out(
    run: Run,
    proposed: Proposed,
    installation: tuple[Path, EmbeddedServer],
    capsys: pytest.CaptureFixture[str],
) -> None:
    referral = proposed()
    change = """UPDATE recommendation SET payload = jsonb_set(payload, '{pathway}', '"primary_care"')"""
    sql(installation[1], change, database=DATABASE)

    assert run("audit", "replay", referral) == 1
    assert "pathway" in capsys.readouterr().out


def test_that_somebody_worked_it_out_again_is_in_the_log(run: Run, proposed: Proposed, home: Path) -> None:
    run("audit", "replay", proposed())

    with database(read_settings(os.environ)) as db, db.reading(as_=SYSTEM) as tx:
        assert audit.latest(tx, limit=1)[0].action == "opened"
