"""The log: who looked at whom, shown to the privacy officer alone, without a patient's name in any address."""

import pytest
from sqlalchemy import text

from tests.builders import EYE_DOCTOR, KARI, SIV, a_patient, an_incoming, stored
from tests.web.builders import logged
from tests.web.conftest import PRIVACY, Browser, SignedIn
from triage import workflow
from triage.store import audit
from triage.store.audit import Event
from triage.store.database import SYSTEM, Database


@pytest.fixture
def officer(signed_in: SignedIn) -> Browser:
    return signed_in(PRIVACY)


def test_the_newest_events_are_shown_and_that_they_were_shown_is_logged(officer: Browser, db: Database) -> None:
    workflow.look_at(db, stored(db).id, by=KARI)

    page = officer.get("/logg").text

    assert "åpnet" in page
    assert [(one.action, one.actor) for one in logged(db)][-1] == ("log_shown", "per")


def test_one_users_events_can_be_shown_alone(officer: Browser, db: Database) -> None:
    workflow.look_at(db, stored(db).id, by=KARI)
    workflow.look_at(db, stored(db).id, by=SIV)

    page = officer.get("/logg", params={"bruker": "kari"}).text

    assert ">kari<" in page
    assert ">siv<" not in page


def test_who_looked_at_a_patient_includes_lists_and_leaves_out_others(officer: Browser, db: Database) -> None:
    line, other = stored(db), stored(db, an_incoming(patient=a_patient(name="Odd Annen", national_id="01925012345")))
    workflow.look_at(db, line.id, by=KARI)
    workflow.show_queue(db, by=SIV)
    with db.writing(as_=KARI) as tx:
        audit.record(tx, Event.OPENED, other.id)

    page = officer.submit("/logg/pasient", who="03925012345").text

    assert page.count(">kari<") == 1
    assert page.count(">siv<") == 1
    assert str(line.id) in page
    assert str(other.id) not in page


def test_a_patient_whom_nobody_knows_gives_an_empty_answer(officer: Browser) -> None:
    assert "Ingen henvisninger passer" in officer.submit("/logg/pasient", who="Ukjent Person").text


def test_what_the_officer_typed_is_not_in_the_log(officer: Browser, db: Database) -> None:
    officer.submit("/logg/pasient", who="Oddny Oppdiktet")

    assert "Oddny" not in str(logged(db))
    assert logged(db)[-1].details["by"] == "per"


def test_a_whole_chain_is_said_to_be_whole(officer: Browser, db: Database) -> None:
    workflow.look_at(db, stored(db).id, by=KARI)

    assert "Loggen er hel" in officer.submit("/logg/kontroll").text


def test_a_cut_chain_is_said_to_be_broken(officer: Browser, db: Database) -> None:
    workflow.look_at(db, stored(db).id, by=KARI)
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text("UPDATE audit_head SET sequence = sequence + 1"))

    assert "Loggen er ikke hel" in officer.submit("/logg/kontroll").text


def test_whoever_asks_in_vain_for_another_departments_referral_is_in_its_log(signed_in: SignedIn, db: Database) -> None:
    referral = stored(db)

    assert signed_in(EYE_DOCTOR).get(f"/henvisning/{referral.id}").status_code == 404

    assert [(one.actor, one.action) for one in logged(db, referral.id)] == [("oyvind", "denied")]


def test_whoever_tries_what_the_role_may_not_is_in_the_log(signed_in: SignedIn, db: Database) -> None:
    assert signed_in(KARI).get("/logg").status_code == 403

    newest = logged(db)[-1]
    assert (newest.actor, newest.action, newest.details) == ("kari", "denied", {"route": "/logg"})
