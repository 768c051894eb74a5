"""Who is a doctor of one area and a secretary of another is, in each, what he or she is there."""

from dataclasses import replace

import pytest

from tests.builders import KARI, a_referral, an_incoming, stored
from tests.web.builders import a_grant_form, claimed, decided, low_value_referral
from tests.web.conftest import Browser, SignedIn
from triage.domain.decision import Person, Role
from triage.domain.errors import Forbidden
from triage.domain.referral import Area
from triage.engines import Engines
from triage.store import queue, users
from triage.store.database import SYSTEM, Database
from triage.store.referrals import StoredReferral

DORTE = users.person(
    "dorte", "Dorte Dobbel", "overlege", roles=["lege:endoscopy", "sekretaer:eye", "leder:ent"], areas=[]
)


@pytest.fixture
def dorte(db: Database, people: None, signed_in: SignedIn) -> Browser:
    with db.writing(as_=SYSTEM) as tx:
        users.save(tx, DORTE)
    return signed_in(DORTE)


@pytest.fixture
def eye(db: Database) -> StoredReferral:
    return stored(db, an_incoming(referral=a_referral(area=Area.EYE)))


def test_what_was_granted_is_what_comes_back(dorte: Browser, db: Database) -> None:
    with db.reading(as_=SYSTEM) as tx:
        assert users.get(tx, "dorte") == DORTE
    assert (DORTE.areas_as(Role.REVIEWER), DORTE.areas_as(Role.SECRETARY)) == ({Area.ENDOSCOPY}, {Area.EYE})


def test_both_areas_are_in_the_queue_but_only_the_doctors_own_can_be_taken(
    dorte: Browser, db: Database, eye: StoredReferral
) -> None:
    own = low_value_referral(db)
    page = dorte.get("/ko").text

    assert [f"/henvisning/{each.id}/reserver" in page for each in (own, eye)] == [True, False]
    assert f'href="/henvisning/{eye.id}"' in page
    assert dorte.submit("/ko/neste", omrade="eye").headers["Location"] == "/ko"
    assert dorte.submit("/ko/neste").headers["Location"] == f"/henvisning/{own.id}"


@pytest.mark.parametrize("act", ["avgjorelse", "brevutkast"])
def test_a_decision_finds_nothing_where_one_is_a_secretary(dorte: Browser, eye: StoredReferral, act: str) -> None:
    assert dorte.submit(f"/henvisning/{eye.id}/{act}", **a_grant_form(eye)).status_code == 404


@pytest.mark.parametrize(("act", "status"), [("kollega", 404), ("reserver", 409)])
def test_neither_does_what_leads_to_one(dorte: Browser, eye: StoredReferral, act: str, status: int) -> None:
    assert dorte.submit(f"/henvisning/{eye.id}/{act}").status_code == status


def test_the_page_offers_what_a_secretary_may_do(dorte: Browser, eye: StoredReferral) -> None:
    page = dorte.get(f"/henvisning/{eye.id}").text

    assert f"/henvisning/{eye.id}/sporsmal" in page
    assert f"/henvisning/{eye.id}/reserver" not in page
    assert dorte.submit(f"/forsortering/{eye.id}/samtale", words="Ringt legekontoret.").status_code == 303


def test_the_path_itself_refuses_a_secretarys_decision(
    db: Database, people: None, eye: StoredReferral, engines: Engines
) -> None:
    with pytest.raises(Forbidden):
        decided(db, eye, engines.policy, by=DORTE)


def test_the_leader_of_one_area_does_not_undo_in_another(dorte: Browser, db: Database, engines: Engines) -> None:
    referral = claimed(db, low_value_referral(db), engines.policy, by=KARI)
    decision = decided(db, referral, engines.policy, by=KARI)

    assert dorte.submit(f"/avgjorelse/{decision.id}/angre").status_code == 403


def test_a_secretary_of_the_area_is_no_colleague_to_ask(db: Database, dorte: Browser) -> None:
    with db.reading(as_=KARI) as tx:
        asked = {area: DORTE in users.colleagues(tx, area, KARI) for area in Area}

    assert asked == {Area.ENDOSCOPY: True, Area.EYE: False, Area.ENT: False}


@pytest.mark.parametrize(
    ("person", "seen"),
    [(DORTE, True), (replace(DORTE, roles=frozenset({Role.REVIEWER})), False)],
    ids=["with both roles", "without the secretary's"],
)
def test_the_database_shows_the_rows_of_the_areas_of_the_roles_that_see_patients(
    db: Database, eye: StoredReferral, person: Person, seen: bool
) -> None:
    with db.reading(as_=person) as tx:
        assert bool(queue.page(tx)) is seen
