"""Letters on the screen and as the PDF that is sent."""

from typing import Any
from uuid import UUID

import pytest

from tests.builders import COUNCIL, EYE_DOCTOR, KARI, SIV
from tests.web.builders import decided, low_value_referral
from tests.web.conftest import SignedIn
from triage import workflow
from triage.domain.letter import Recipient
from triage.engines import Engines
from triage.store import audit, letters
from triage.store.database import SYSTEM, Database
from triage.store.letters import StoredLetter


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

    with db.reading(as_=SYSTEM) as tx:
        entry = audit.about(tx, letter.referral_id)[-1]
    assert (entry.actor, entry.action, entry.details["letter"]) == ("siv", "opened", str(letter.id))


def test_a_letter_that_does_not_exist_is_not_found(signed_in: SignedIn) -> None:
    assert signed_in(SIV).get(f"/brev/{UUID(int=1)}").status_code == 404
