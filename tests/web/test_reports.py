"""The council's pages: a worker makes what they show, it is the same for everybody, and few may see it."""

import pytest

from tests.builders import COUNCIL, KARI, SIV, stored
from tests.web.conftest import SignedIn
from triage.domain.decision import Person
from triage.engines import Engines
from triage.jobs import Means, work_until_done
from triage.store.database import Database

YEAR = {"start": "2026-01-01", "end": "2026-12-31"}


def by_the_worker(db: Database, engines: Engines) -> None:
    work_until_done(Means(db, engines, production=False))


def test_before_the_first_edition_the_page_asks_for_a_period(signed_in: SignedIn) -> None:
    assert "Ingen rapport er laget ennå" in signed_in(COUNCIL).get("/rapport").text


def test_a_worker_makes_the_edition_that_is_shown_and_downloaded(
    db: Database, engines: Engines, signed_in: SignedIn
) -> None:
    stored(db)
    council = signed_in(COUNCIL)

    asked = council.submit("/rapport", **YEAR, events="2026-03-01 Ny rutine")
    assert asked.status_code == 303
    waiting = council.get("/rapport").text
    assert "er ikke ferdig" in waiting
    assert "2026-03-01 Ny rutine" in waiting
    by_the_worker(db, engines)

    page = council.get("/rapport").text
    assert "Variasjon i henvisninger" in page
    assert "skjult: få" in page
    assert "er ikke ferdig" not in page
    assert council.get("/rapport/variation.pdf").content.startswith(b"%PDF")


def test_the_last_that_was_asked_for_is_made(db: Database, engines: Engines, signed_in: SignedIn) -> None:
    council = signed_in(COUNCIL)
    council.submit("/rapport", start="2025-01-01", end="2025-12-31")
    council.submit("/rapport", **YEAR)

    by_the_worker(db, engines)

    assert "1. januar 2026" in council.get("/rapport").text


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"start": "2026-12-31", "end": "2026-01-01"}, "Bytt om datoene"),
        ({**YEAR, "events": "i mars"}, "2025-03-01 Ny rutine"),
    ],
    ids=["a period that ends before it begins", "an event without a date"],
)
def test_what_cannot_be_made_is_refused_at_once(asked: dict[str, str], answer: str, signed_in: SignedIn) -> None:
    refused = signed_in(COUNCIL).submit("/rapport", **asked)

    assert refused.status_code == 422
    assert answer in refused.text


def test_before_anything_is_tried_the_simulator_asks_what_to_change(signed_in: SignedIn) -> None:
    page = signed_in(COUNCIL).get("/rapport/simuler")

    assert page.status_code == 200
    assert "Aldersgrense" in page.text


def test_the_simulator_shows_what_a_change_would_mean_and_changes_nothing(
    db: Database, engines: Engines, signed_in: SignedIn
) -> None:
    stored(db)
    council = signed_in(COUNCIL)

    council.submit("/rapport/simuler", minutes="30", age_limit="20", sensitivity="")
    by_the_worker(db, engines)

    page = council.get("/rapport/simuler").text
    assert "Hva endringen ville betydd" in page
    assert 'value="20"' in page


@pytest.mark.parametrize("field", [{"age_limit": "130"}, {"sensitivity": "100"}, {"minutes": "-1"}])
def test_a_change_that_makes_no_sense_is_refused(field: dict[str, str], signed_in: SignedIn) -> None:
    assert signed_in(COUNCIL).submit("/rapport/simuler", **{"minutes": "30", **field}).status_code == 422


@pytest.mark.parametrize("person", [KARI, SIV], ids=lambda person: person.username)
@pytest.mark.parametrize("page", ["/rapport", "/rapport/simuler", "/rapport/variation.pdf"])
def test_reviewers_and_secretaries_have_no_report(page: str, person: Person, signed_in: SignedIn) -> None:
    assert signed_in(person).get(page).status_code == 403


def test_there_is_no_other_file(signed_in: SignedIn) -> None:
    council = signed_in(COUNCIL)

    assert council.get("/rapport/variation.html").status_code == 404
    assert council.get("/rapport/variation.pdf").status_code == 404
