"""`triage model watch` says in Norwegian what has changed, and by its exit code that something has."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import a_recommendation, recommended, stored
from tests.commands.conftest import Run
from triage.domain.calendar import utc_now
from triage.domain.recommendation import Pathway, Versions
from triage.opening import database
from triage.settings import Settings
from triage.store import watching
from triage.store.database import SYSTEM, Database
from triage.store.referrals import StoredReferral


def some(db: Database, *, days_ago: int, length: int) -> StoredReferral:
    """Eight referrals that came then; the last of them."""
    for number in range(8):
        referral = stored(db, received_at=utc_now() - timedelta(days=days_ago))
        recommended(db, referral, a_recommendation(letter_length=length + number))
    return referral


@pytest.mark.parametrize(("length", "exit_code"), [(100, 0), (900, 1)])
def test_a_change_is_shown_and_told_by_the_exit_code(
    run: Run, home: Path, capsys: pytest.CaptureFixture[str], length: int, exit_code: int
) -> None:
    with database(Settings(home=home)) as db:
        some(db, days_ago=90, length=100)
        newest = some(db, days_ago=1, length=length)
        with db.writing(as_=SYSTEM) as tx:
            shadow = a_recommendation(Pathway.EMERGENCY, versions=Versions("m2", "r1", "p1", "l1"))
            watching.add_shadow(tx, newest.id, shadow, at=utc_now())

    assert run("model", "watch") == exit_code
    said = capsys.readouterr().out
    assert [word for word in ("m2", "Sykehus", "Brevets lengde") if word not in said] == []
