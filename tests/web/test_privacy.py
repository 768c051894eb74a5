"""A made-up patient is read, searched for and decided on in the browser, and no log line or address knows her."""

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from tests.builders import KARI, a_patient, a_referral
from tests.web.builders import a_refusal_form, claimed, low_value_referral
from tests.web.conftest import SignedIn
from triage import logs
from triage.engines import Engines
from triage.store.database import Database

WORDS = ("Xantippe", "Oppdiktesen", "03925012345", "xylofonklang", "gonggong")


@pytest.fixture
def log() -> Iterator[StringIO]:
    stream = StringIO()
    logs.configure(level=logging.DEBUG, to=stream)
    yield stream
    logging.basicConfig(force=True, handlers=[])
    structlog.reset_defaults()


def test_no_log_line_and_no_address_knows_her(
    signed_in: SignedIn, db: Database, engines: Engines, log: StringIO
) -> None:
    her = a_patient(name="Xantippe Oppdiktesen")
    referral = low_value_referral(db, patient=her, referral=a_referral("Hun hører xylofonklang i halsen."))
    claimed(db, referral, engines.policy, by=KARI)
    browser, path = signed_in(KARI), f"/henvisning/{referral.id}"
    contradicts = "Gonggong: du har rett til nødvendig helsehjelp, men vi mangler kapasitet."

    answers = [
        browser.get("/ko"),
        browser.submit("/ko/sok", query="Xantippe Oppdiktesen"),
        browser.submit("/ko/sok", query="03925012345"),
        browser.get(path),
        browser.submit(f"{path}/brevutkast", **a_refusal_form(referral)),
        browser.submit(f"{path}/avgjorelse", **a_refusal_form(referral, reason=contradicts)),
        browser.submit(f"{path}/avgjorelse", **a_refusal_form(referral, version="xylofonklang")),
        browser.submit(f"{path}/avgjorelse", **a_refusal_form(referral)),
        browser.get("/henvisning/Xantippe"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 200, 422, 422, 303, 404]
    logged = [line for line in log.getvalue().splitlines() if "httpx" not in line]  # the test's own client
    shown = "\n".join([*logged, *(answer.headers.get("Location", "") for answer in answers)])
    assert '"route": "/henvisning/{referral_id}"' in shown
    assert [word for word in WORDS if word.lower() in shown.lower()] == []
