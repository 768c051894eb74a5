"""`triage audit patient`: everything done with a patient's referrals, and that somebody asked."""

import os
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.messages.builders import body_20, encoded, msghead, patient, reason, service, synthetic_number
from triage.opening import database
from triage.settings import read_settings
from triage.store import queue
from triage.store.database import SYSTEM

NUMBER = synthetic_number()
BAD_INPUT = 2


@pytest.fixture
def referral(run: Run, tmp_path: Path) -> str:
    """The id of the one referral of the patient."""
    file = tmp_path / "melding.xml"
    file.write_bytes(encoded(msghead(body_20(service("", "Gastroskopi"), reason("Refluks.")), person=patient(NUMBER))))
    assert run("ingest", file) == 0
    with database(read_settings(os.environ)) as db, db.reading(as_=SYSTEM) as tx:
        (row,) = queue.search(tx, NUMBER)
    return str(row.id)


@pytest.mark.parametrize("by_number", [True, False])
def test_the_message_that_it_came_in_is_among_what_was_done(
    by_number: bool, run: Run, referral: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("audit", "patient", NUMBER if by_number else referral) == 0

    said = capsys.readouterr().out
    assert "melding mottatt" in said
    assert "registrert" in said


def test_that_somebody_asked_is_among_what_was_done(
    run: Run, referral: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("audit", "patient", referral)
    capsys.readouterr()

    assert run("audit", "patient", referral) == 0
    assert "logg" in capsys.readouterr().out.lower()


@pytest.mark.parametrize("identity", ["Kari", "-" * 36, "1234-56789012345678901234567890-12345"])
def test_what_names_no_referral_is_refused(identity: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("audit", "patient", f" {identity}") == BAD_INPUT
    assert "fødselsnummer" in capsys.readouterr().err
