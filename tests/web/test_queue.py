"""The queue page: its order, its filters, search, and the next one for whoever asks."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy import event

from tests.builders import (
    COUNCIL,
    EYE_DOCTOR,
    KARI,
    OLA,
    SIV,
    a_danger,
    a_patient,
    a_recommendation,
    an_incoming,
    recommended,
    stored,
)
from tests.builders import a_referral as referral_content
from tests.web.builders import a_refusal_form, claimed, logged, low_value_referral
from tests.web.conftest import SignedIn
from triage import workflow
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area
from triage.engines import Engines
from triage.store.database import Database

EARLIER = date(2026, 1, 5)


def named(db: Database, name: str, **changes: object) -> None:
    recommended(db, stored(db, an_incoming(patient=a_patient(name=name))), a_recommendation(**changes))  # type: ignore[arg-type]


def test_danger_stands_first(signed_in: SignedIn, db: Database) -> None:
    named(db, "Rolig Rolfsen")
    named(db, "Farlig Frida", reasons=(a_danger(),))

    page = signed_in(KARI).get("/ko").text

    assert 0 < page.index("Farlig Frida") < page.index("Rolig Rolfsen")


def test_in_administrative_mode_the_deadline_alone_orders_the_queue(administrative: SignedIn, db: Database) -> None:
    dangerous, calm = an_incoming(patient=a_patient(name="Farlig Frida")), an_incoming(patient=a_patient(name="Rolf"))
    frida = recommended(db, stored(db, dangerous), a_recommendation(reasons=(a_danger(),)))
    rolf = recommended(db, stored(db, calm, clock_start=EARLIER, assessment_due=EARLIER), a_recommendation())
    kari = administrative(KARI)

    page = kari.get("/ko").text

    assert 0 < page.index("Rolf") < page.index("Farlig Frida")
    assert f'rel="next" href="/henvisning/{frida.id}"' in kari.get(f"/henvisning/{rolf.id}").text
    assert kari.submit("/ko/neste").headers["Location"] == f"/henvisning/{rolf.id}"


def test_what_the_program_is_unsure_of_is_counted(signed_in: SignedIn, db: Database) -> None:
    named(db, "Usikre Ulf", confident=False)
    named(db, "Sikre Siv")

    assert 'Usikre <span class="count">1</span>' in signed_in(KARI).get("/ko").text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/ko", True),
        ("/ko?omrade=endoscopy", True),
        ("/ko?omrade=eye", False),
        ("/ko?lop=primary_care", True),
        ("/ko?lop=emergency", False),
        ("/ko?bare=usikker", False),
        ("/ko?bare=mine", False),
        ("/ko?bare=over", False),
        ("/ko?avsender=fjordgl%C3%B8tt", True),
        ("/ko?regel=endoscopy/test", True),
        ("/ko?regel=endoscopy/annen", False),
        ("/ko?kommune=5001", True),
        ("/ko?kommune=9999", False),
        ("/ko?side=2", False),
        ("/ko?avsender=fjordgl%C3%B8tt&kommune=&dager=", True),  # as a browser sends what was left empty
        ("/ko?avsender=&kommune=9999&dager=", False),
    ],
)
def test_the_queue_is_narrowed_by_its_address(signed_in: SignedIn, db: Database, address: str, shown: bool) -> None:
    low_value_referral(db)

    assert ("Oddny Oppdiktet" in signed_in(KARI).get(address).text) is shown


def test_the_ways_to_narrow_are_counted_and_lead_to_the_queue(signed_in: SignedIn, db: Database) -> None:
    low_value_referral(db)

    page = signed_in(KARI).get("/ko/avgrens?omrade=endoscopy").text

    link = '<a href="/ko?omrade=endoscopy&amp;{}">{} <span class="count">1</span></a>'
    assert link.format("regel=endoscopy%2Ftest", "endoscopy/test") in page
    assert link.format("kommune=5001", "5001") in page


def test_what_was_found_stands_in_norwegian_order(signed_in: SignedIn, db: Database) -> None:
    names = ["Édith Ås", "Fia Ås", "Zita Ås", "Ærlig Ås", "Østen Ås", "Åge Ås", "Aase Ås"]
    [named(db, name) for name in reversed(names)]

    page = signed_in(KARI).submit("/ko/sok", query="Ås").text

    assert sorted(names, key=page.index) == names


@pytest.mark.parametrize("address", ["/ko?omrade=hjerte", "/ko?side=0", "/ko?hemmelig=1", "/ko?bare=alt"])
def test_an_address_that_nobody_made_is_refused(signed_in: SignedIn, address: str) -> None:
    assert signed_in(KARI).get(address).status_code == 422


def test_a_doctor_sees_the_own_area_alone(signed_in: SignedIn, db: Database) -> None:
    low_value_referral(db)

    assert "Oddny" not in signed_in(EYE_DOCTOR).get("/ko").text


def test_the_council_sees_no_patient(signed_in: SignedIn, db: Database) -> None:
    low_value_referral(db)

    assert signed_in(COUNCIL).get("/ko").status_code == 403


def test_a_search_finds_by_name_and_never_puts_it_in_an_address(signed_in: SignedIn, db: Database) -> None:
    low_value_referral(db)

    answer = signed_in(SIV).submit("/ko/sok", query="oddny OPPDIKTET")

    assert "1 henvisning funnet" in answer.text
    assert "Location" not in answer.headers


def test_whom_the_queue_showed_is_in_the_log(signed_in: SignedIn, db: Database) -> None:
    referral = low_value_referral(db)
    signed_in(KARI).get("/ko")

    entry = logged(db)[-1]
    assert (entry.action, entry.actor, entry.details["referrals"]) == ("queue_shown", "kari", [str(referral.id)])


def test_the_next_is_the_most_dangerous_and_is_claimed(signed_in: SignedIn, db: Database) -> None:
    low_value_referral(db)
    urgent = recommended(db, stored(db), a_recommendation(Pathway.EMERGENCY))
    browser = signed_in(KARI)

    answer = browser.submit("/ko/neste")

    assert answer.headers["Location"] == f"/henvisning/{urgent.id}"
    assert "Du holder på til kl." in browser.get(answer.headers["Location"]).text


def test_two_reviewers_who_ask_for_the_next_get_one_each_and_then_none(signed_in: SignedIn, db: Database) -> None:
    low_value_referral(db), low_value_referral(db)
    kari, ola = signed_in(KARI), signed_in(OLA)

    addresses = {browser.submit("/ko/neste").headers["Location"] for browser in (kari, ola)}

    assert len(addresses) == 2
    assert kari.submit("/ko/neste").headers["Location"] == "/ko"


def test_the_next_stays_in_the_chosen_area(signed_in: SignedIn, db: Database) -> None:
    low_value_referral(db)
    eye = stored(db, an_incoming(referral=referral_content(area=Area.EYE)))

    assert signed_in(KARI).submit("/ko/neste", omrade="eye").headers["Location"] == f"/henvisning/{eye.id}"


def test_a_secretary_cannot_take_the_next(signed_in: SignedIn) -> None:
    assert signed_in(SIV).submit("/ko/neste").status_code == 403


def test_who_holds_a_referral_is_seen_by_others(signed_in: SignedIn, db: Database, engines: Engines) -> None:
    claimed(db, low_value_referral(db), engines.policy, by=OLA)

    page = signed_in(KARI).get("/ko").text

    assert "ola holder på" in page
    assert "Vurder Oddny" not in page


def test_a_question_that_is_out_shows_its_day(signed_in: SignedIn, db: Database, engines: Engines) -> None:
    referral = low_value_referral(db)
    workflow.ask_for_information(db, referral.id, ["Har pasienten vekttap?"], engines.policy, by=SIV)

    assert "svar innen" in signed_in(KARI).get("/ko?bare=spurt").text


# What a page costs ------------------------------------------------------------------------------------------------


@pytest.fixture
def statements(db: Database) -> Iterator[list[str]]:
    """Everything that the database is asked, as it is asked."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def asked_by(statements: list[str], act: Callable[[], object]) -> int:
    statements.clear()
    act()
    return len(statements)


def test_a_longer_page_asks_the_database_no_more_than_a_short_one(
    signed_in: SignedIn, db: Database, statements: list[str]
) -> None:
    kari = signed_in(KARI)
    low_value_referral(db)
    short = asked_by(statements, lambda: kari.get("/ko"))
    low_value_referral(db), low_value_referral(db), low_value_referral(db)

    assert asked_by(statements, lambda: kari.get("/ko")) == short <= 18


def test_opening_and_deciding_ask_the_database_no_more_than_they_must(
    signed_in: SignedIn, db: Database, engines: Engines, statements: list[str]
) -> None:
    """Each question is a way to the database and back; a page that asks sixty feels slow."""
    referral, kari = claimed(db, low_value_referral(db), engines.policy, by=KARI), signed_in(KARI)
    path, form = f"/henvisning/{referral.id}", a_refusal_form(referral)

    assert asked_by(statements, lambda: kari.get(path)) <= 30
    assert asked_by(statements, lambda: kari.submit(f"{path}/avgjorelse", **form)) <= 42
