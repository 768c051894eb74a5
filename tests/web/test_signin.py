"""Signing in and out."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.builders import KARI, SIV
from tests.web.builders import logged
from tests.web.conftest import Browser, SignedIn
from triage.domain.decision import Person
from triage.store import audit, users
from triage.store.audit import Event
from triage.store.database import SYSTEM, Database
from triage.web.pages.signin import PURPOSE
from triage.web.security import csrf_token

PASSWORD = "et langt passord"


@pytest.fixture
def kari_has_a_password(db: Database) -> None:
    with db.writing(as_=SYSTEM) as tx:
        users.save(tx, KARI, password=PASSWORD)
    with db.writing(as_=KARI) as tx:
        audit.record(tx, Event.PURPOSE_READ, version=PURPOSE["version"])


def attempt(browser: Browser, **fields: str) -> tuple[int, str]:
    answer = browser.post("/logg-inn", data={"username": "kari", "password": PASSWORD, **fields})
    return answer.status_code, answer.headers.get("Location", "")


@pytest.mark.usefixtures("kari_has_a_password")
class TestWithAPassword:
    def test_the_right_one_opens_what_was_asked_for(self, anonymous: Browser) -> None:
        assert attempt(anonymous, next="/logg-inn") == (303, "/logg-inn")
        assert anonymous.cookies.get("__Host-triage")

    def test_a_wrong_one_says_so_and_sets_no_cookie(self, anonymous: Browser) -> None:
        assert attempt(anonymous, password="feil")[0] == 401
        assert not anonymous.cookies

    @pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test", ""])
    def test_nobody_is_sent_to_another_site(self, anonymous: Browser, elsewhere: str) -> None:
        assert attempt(anonymous, next=elsewhere) == (303, "/")

    def test_signing_in_from_another_site_is_refused(self, anonymous: Browser) -> None:
        anonymous.headers["Sec-Fetch-Site"] = "cross-site"

        assert attempt(anonymous)[0] == 403

    def test_both_outcomes_are_in_the_log(self, anonymous: Browser, db: Database) -> None:
        attempt(anonymous, password="feil")
        attempt(anonymous)

        assert [entry.action for entry in logged(db)] == ["purpose_read", "sign_in_failed", "signed_in"]


def test_after_signing_out_the_old_cookie_opens_nothing(signed_in: SignedIn) -> None:
    browser = signed_in(KARI)
    token = browser.cookies["__Host-triage"]
    browser.submit("/logg-ut")
    browser.cookies.set("__Host-triage", token)

    assert browser.get("/").headers["Location"] == "/logg-inn?neste=/"


def test_a_session_that_nobody_used_has_ended(signed_in: SignedIn, db: Database) -> None:
    browser = signed_in(KARI)
    with db.writing(as_=SYSTEM) as tx:
        past = users.IDLE + timedelta(seconds=1)
        tx.session.execute(text("UPDATE session SET last_action_at = last_action_at - :past"), {"past": past})

    assert browser.get("/").headers["Location"] == "/logg-inn?neste=/"


def test_an_expired_session_sends_a_part_of_a_page_to_sign_in_whole(anonymous: Browser) -> None:
    answer = anonymous.post("/logg-ut", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/logg-inn")


@pytest.mark.parametrize("person", [KARI, SIV], ids=lambda person: person.username)
def test_the_start_page_follows_the_role(signed_in: SignedIn, person: Person) -> None:
    answer = signed_in(person).get("/")

    assert answer.status_code in (200, 303)


def test_what_the_program_is_for_is_shown_first_until_it_has_been_read(anonymous: Browser, db: Database) -> None:
    with db.writing(as_=SYSTEM) as tx:
        users.save(tx, KARI, password=PASSWORD)

    assert attempt(anonymous, next="/om") == (303, "/formal?neste=/om")
    page = anonymous.get("/formal?neste=/om")
    assert "ingenting avslås automatisk" in page.text
    token = anonymous.cookies["__Host-triage"]
    anonymous.csrf = csrf_token(token)
    assert anonymous.submit("/formal", next="//evil.test").headers["Location"] == "/"
    assert attempt(anonymous, next="/om") == (303, "/om")
