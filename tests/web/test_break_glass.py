"""Another department's referral against a reason: to read for an hour, logged, and shown to the privacy officer."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.builders import EYE_DOCTOR, SIV, stored
from tests.conftest import SHARED, sql
from tests.web.builders import logged, path
from tests.web.conftest import PRIVACY, SignedIn
from triage import workflow
from triage.domain.errors import BadInput, TriageError
from triage.domain.referral import Area
from triage.store.database import Database
from triage.store.embedded import EmbeddedServer
from triage.store.referrals import StoredReferral

NUMBER, REASON = "03925012345", "Pasienten ligger på akuttmottaket nå."


@pytest.fixture
def referral(db: Database) -> StoredReferral:
    """To endoscopy, where the eye doctor does not belong."""
    return stored(db)


def test_a_reason_opens_the_referral_and_says_who_will_see_it(signed_in: SignedIn, referral: StoredReferral) -> None:
    doctor = signed_in(EYE_DOCTOR)
    before = doctor.get(path(referral)).status_code

    found = doctor.submit("/nodtilgang", query=NUMBER, reason=REASON).text
    page = doctor.get(path(referral)).text

    assert before == 404
    assert str(referral.id) in found
    assert "Reflukssymptomer i tre måneder" in page
    assert "Nødtilgang" in page


def test_nothing_can_be_done_with_it(signed_in: SignedIn, db: Database, referral: StoredReferral) -> None:
    doctor = signed_in(EYE_DOCTOR)
    doctor.submit("/nodtilgang", query=NUMBER, reason=REASON)

    page = doctor.get(path(referral)).text
    steps = {"/reserver": {}, "/sporsmal": {"questions": "Hva er Hb?"}, "/kollega": {}, "/slipp": {}}
    answers = [doctor.submit(path(referral, step), **fields).status_code for step, fields in steps.items()]

    assert 'action="/henvisning/' not in page
    assert answers[:3] == [409, 404, 404]
    with pytest.raises(TriageError):
        workflow.move(db, referral.id, Area.EYE, by=EYE_DOCTOR)
    with pytest.raises(TriageError):
        workflow.note_contact(db, referral.id, "Ringte", by=EYE_DOCTOR)


def test_it_is_no_part_of_the_work(signed_in: SignedIn, referral: StoredReferral) -> None:
    doctor = signed_in(EYE_DOCTOR)
    doctor.submit("/nodtilgang", query=NUMBER, reason=REASON)

    assert str(referral.id) not in doctor.get("/ko").text
    assert doctor.submit("/ko/neste").headers["Location"] == "/ko"


def test_the_database_itself_refuses_to_write_on_it(db: Database, referral: StoredReferral) -> None:
    workflow.break_glass(db, NUMBER, REASON, by=EYE_DOCTOR)
    insert = text(
        "INSERT INTO consent (id, referral_id, scope, given_on, recorded_by)"
        " VALUES (gen_random_uuid(), :referral, 'x', now(), 'x')"
    )

    with pytest.raises(ProgrammingError, match="row-level security"), db.writing(as_=EYE_DOCTOR) as tx:
        tx.session.execute(insert, {"referral": referral.id})


def test_it_closes_after_an_hour(
    signed_in: SignedIn, db: Database, server: EmbeddedServer, referral: StoredReferral
) -> None:
    workflow.break_glass(db, NUMBER, REASON, by=EYE_DOCTOR)
    lasted = sql(server, "SELECT until - given_at = '1 hour' FROM emergency_access", database=SHARED)
    sql(server, "UPDATE emergency_access SET until = now()", database=SHARED)

    assert lasted == [(True,)]
    assert signed_in(EYE_DOCTOR).get(path(referral)).status_code == 404


def test_the_privacy_officer_sees_who_and_why_and_the_log_keeps_no_words(
    signed_in: SignedIn, db: Database, referral: StoredReferral
) -> None:
    workflow.break_glass(db, NUMBER, REASON, by=EYE_DOCTOR)

    page = signed_in(PRIVACY).get("/logg").text

    assert REASON in page
    assert "oyvind" in page
    (entry,) = logged(db, referral.id)
    assert (entry.action, entry.actor) == ("glass_broken", "oyvind")
    assert REASON not in str(entry.details)


def test_a_search_that_finds_nothing_is_logged_too(db: Database) -> None:
    assert workflow.break_glass(db, "13895012345", REASON, by=EYE_DOCTOR) == 0

    assert logged(db)[-1].action == "glass_broken"


@pytest.mark.parametrize(("query", "reason"), [(NUMBER, "haster"), ("Oddny Oppdiktet", REASON), ("", REASON)])
def test_a_reason_and_a_certain_patient_are_needed(db: Database, query: str, reason: str) -> None:
    with pytest.raises(BadInput):
        workflow.break_glass(db, query, reason, by=EYE_DOCTOR)


def test_a_secretary_cannot_break_the_glass(signed_in: SignedIn) -> None:
    assert signed_in(SIV).submit("/nodtilgang", query=NUMBER, reason=REASON).status_code == 403
