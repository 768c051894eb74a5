"""The council's page: one edition for everybody, and no numbers for those who may not see them."""

import pytest
from starlette.types import ASGIApp

from tests.builders import COUNCIL, KARI, SIV, stored
from tests.web.conftest import SignedIn
from triage.domain.decision import Person
from triage.settings import Settings
from triage.store.database import Database
from triage.web.app import create_app


@pytest.fixture
def council(app: ASGIApp, db: Database, settings: Settings, tmp_path, signed_in_to):  # type: ignore[no-untyped-def]
    web = app.state.web
    own = create_app(db, web.engines, settings.model_copy(update={"home": tmp_path}))
    return signed_in_to(own)(COUNCIL)


def test_before_the_first_edition_the_page_asks_for_a_period(council) -> None:  # type: ignore[no-untyped-def]
    assert "Ingen rapport er laget ennå" in council.get("/rapport").text


def test_an_edition_is_made_shown_and_downloaded(db: Database, council) -> None:  # type: ignore[no-untyped-def]
    stored(db)

    made = council.submit("/rapport", start="2026-01-01", end="2026-12-31")

    assert made.status_code == 303
    page = council.get("/rapport").text
    assert "Variasjon i henvisninger" in page
    assert "skjult: få" in page
    assert council.get("/rapport/variation.pdf").content.startswith(b"%PDF")


def test_a_period_that_ends_before_it_begins_is_refused(council) -> None:  # type: ignore[no-untyped-def]
    answer = council.submit("/rapport", start="2026-12-31", end="2026-01-01")

    assert answer.status_code == 422
    assert "Bytt om datoene" in answer.text


@pytest.mark.parametrize("person", [KARI, SIV], ids=lambda person: person.username)
def test_reviewers_and_secretaries_have_no_report(person: Person, signed_in: SignedIn) -> None:
    assert signed_in(person).get("/rapport").status_code == 403


def test_there_is_no_other_file(council) -> None:  # type: ignore[no-untyped-def]
    assert council.get("/rapport/variation.html").status_code == 404
    assert council.get("/rapport/variation.pdf").status_code == 404
