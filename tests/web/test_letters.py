"""Letters on the screen and as the PDF that is sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.types import ASGIApp

from tests.builders import COUNCIL, EYE_DOCTOR, KARI, SIV
from tests.delivery.recipients import as_owner, written_days_ago, written_letters
from tests.web.builders import decided, logged, low_value_referral
from tests.web.conftest import SignedIn
from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.letter import Recipient
from triage.engines import Engines
from triage.settings import Settings
from triage.store import letters
from triage.store.database import SYSTEM, Database
from triage.store.letters import StoredLetter
from triage.web.app import create_app


@pytest.fixture
def letter(db: Database, engines: Engines) -> StoredLetter:
    """To the patient, after the hold-back."""
    referral = low_value_referral(db)
    decision = decided(db, referral, engines.policy, by=KARI)
    workflow.write_letters(db, decision.id, engines)
    with db.reading(as_=SYSTEM) as tx:
        return next(one for one in letters.all_of(tx, referral.id) if one.letter.recipient is Recipient.PATIENT)


def test_the_screen_shows_the_words_that_were_stored(signed_in: SignedIn, letter: StoredLetter) -> None:
    page = signed_in(SIV).get(f"/brev/{letter.id}").text

    assert "Du har rett til nødvendig helsehjelp" in page
    assert letter.letter.pdf_sha256 in page


def test_the_pdf_is_the_one_that_is_sent(signed_in: SignedIn, letter: StoredLetter) -> None:
    answer = signed_in(SIV).get(f"/brev/{letter.id}/pdf")

    assert (answer.headers["Content-Type"], answer.content) == ("application/pdf", letter.letter.pdf)


def test_the_stored_page_is_shown_in_a_sandbox(signed_in: SignedIn, letter: StoredLetter) -> None:
    answer = signed_in(SIV).get(f"/brev/{letter.id}/html")

    assert answer.text == letter.letter.html
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("form", ["", "/pdf", "/html"])
@pytest.mark.parametrize(("person", "status"), [(EYE_DOCTOR, 404), (COUNCIL, 403)], ids=["another area", "the council"])
def test_who_may_not_see_the_patient_gets_no_letter(
    signed_in: SignedIn, letter: StoredLetter, form: str, person: Any, status: int
) -> None:
    assert signed_in(person).get(f"/brev/{letter.id}{form}").status_code == status


def test_whoever_reads_a_letter_is_written_down(signed_in: SignedIn, db: Database, letter: StoredLetter) -> None:
    signed_in(SIV).get(f"/brev/{letter.id}/pdf")

    entry = logged(db, letter.referral_id)[-1]
    assert (entry.actor, entry.action, entry.details["letter"]) == ("siv", "opened", str(letter.id))


def test_a_letter_that_does_not_exist_is_not_found(signed_in: SignedIn) -> None:
    assert signed_in(SIV).get(f"/brev/{UUID(int=1)}").status_code == 404


# On their way out


def test_a_letter_without_a_receipt_after_a_day_is_on_the_secretarys_front_page(
    signed_in: SignedIn, db: Database
) -> None:
    written_letters(db)
    secretary = signed_in(SIV)
    assert "Brev uten kvittering" not in secretary.get("/forsortering").text

    written_days_ago(db, 2)
    assert "Brev uten kvittering: 2" in secretary.get("/forsortering").text
    assert "Til henviseren, Fjordgløtt legesenter" in secretary.get("/brev").text


def test_a_letter_that_was_refused_is_listed_at_once_with_the_reason(signed_in: SignedIn, db: Database) -> None:
    letter_id, _ = written_letters(db)
    with db.writing(as_=SYSTEM) as tx:
        letters.note_receipt(tx, letter_id, accepted=False, reason="E21", at=utc_now())

    assert "Avvist: Mottaker finnes ikke" in signed_in(SIV).get("/brev").text
    assert "avvist brevet (E21)" in signed_in(SIV).get(f"/brev/{letter_id}").text


def test_a_secretary_confirms_those_that_she_posted(signed_in: SignedIn, db: Database) -> None:
    posted, other = written_letters(db)
    written_days_ago(db, 2)
    secretary = signed_in(SIV)

    answer = secretary.submit("/brev/bekreft", letter=[str(posted)], how="post")

    page = secretary.get("/brev").text
    assert answer.status_code == 303
    assert (f'value="{posted}"' in page, f'value="{other}"' in page) == (False, True)
    assert "(sendt i posten)" in secretary.get(f"/brev/{posted}").text


@pytest.mark.parametrize("form", [{"how": "post"}, {"letter": "x", "how": "post"}, {"how": "fax"}])
def test_a_confirmation_of_nothing_is_refused(signed_in: SignedIn, form: dict[str, str]) -> None:
    assert signed_in(SIV).submit("/brev/bekreft", **form).status_code == 422


def test_another_departments_letters_are_not_listed(signed_in: SignedIn, db: Database) -> None:
    letter_id, _ = written_letters(db)
    written_days_ago(db, 2)
    stranger = signed_in(EYE_DOCTOR)

    assert str(letter_id) not in stranger.get("/brev").text
    assert stranger.submit("/brev/bekreft", letter=str(letter_id), how="post").status_code == 404


def test_a_decision_whose_letter_could_not_be_written_is_listed(
    signed_in: SignedIn, db: Database, engines: Engines
) -> None:
    decision = decided(db, low_value_referral(db), engines.policy, by=KARI)
    as_owner(db, "UPDATE decision SET decided_at = decided_at - interval '2 days'")

    assert f"/henvisning/{decision.referral_id}" in signed_in(SIV).get("/brev").text


def test_where_nobody_carries_letters_all_of_them_are_listed_at_once(
    db: Database, engines: Engines, signed_in_to: Callable[[ASGIApp], SignedIn]
) -> None:
    nobody = Settings(environment="production", database_url="postgresql://x", master_key_file=Path("k"))
    letter_id, _ = written_letters(db)

    page = signed_in_to(create_app(db, engines, nobody))(SIV).get("/brev").text
    assert str(letter_id) in page
