"""Client programs: who gets in, what they are answered, and that nothing they send breaks anything."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from fastapi.testclient import TestClient
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome
from lxml import etree

from tests.builders import OLA
from tests.messages.builders import body_20, encoded, msghead, patient, reason, service
from tests.messages.fhir_builders import as_json, bundle, coding, person, service_request
from triage import workflow
from triage.domain.policy import Mode
from triage.engines import Engines
from triage.settings import Settings
from triage.store import messages, queue, referrals
from triage.store.database import SYSTEM, Database
from triage.web.app import create_app

TOKEN = "t" * 32
XML = encoded(msghead(body_20(service("", "Gastroskopi"), reason("Reflukssymptomer i 6 uker.")), person=patient()))
RECORD = {"id": "r1", "age": 67, "sex": "male", "text": "Dysfagi for fast føde i 6 uker. Vekttap 8 kg.", "area": None}
GASTROSCOPY = {"code": {"text": "Gastroskopi"}, "subject": {"reference": "Patient/p1"}}


@pytest.fixture
def far_away(db: Database, engines: Engines, settings: Settings) -> Iterator[TestClient]:
    """A program on another machine, which knows the token."""
    known = Settings.model_validate({**settings.model_dump(), "api_tokens": f"epj={TOKEN}"})
    with TestClient(create_app(db, engines, known), base_url="https://testserver", client=("10.0.0.9", 5)) as client:
        yield client


def waiting(db: Database) -> int:
    with db.reading(as_=SYSTEM) as tx:
        return queue.length(tx)


# Who gets in


@pytest.mark.parametrize("path", ["/api/meldinger", "/api/screen", "/fhir", "/cds-services/henvisning-forhandssjekk"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer feil"}, {"Authorization": "Basic abc"}])
def test_an_unknown_program_from_elsewhere_gets_nothing(
    far_away: TestClient, db: Database, path: str, headers: dict[str, str]
) -> None:
    answer = far_away.post(path, json=RECORD, headers=headers)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert waiting(db) == 0


def test_a_known_program_gets_in_and_its_messages_carry_its_name(far_away: TestClient, db: Database) -> None:
    answer = far_away.post(
        "/api/meldinger", content=XML, headers={"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
    )

    with db.reading(as_=SYSTEM) as tx:
        assert messages.get(tx, answer.json()["messages"][0]["message"]).channel == "api:epj"


def test_a_wrong_token_is_refused_even_on_this_machine(machine: TestClient) -> None:
    assert machine.post("/api/screen", json=RECORD, headers={"Authorization": "Bearer feil"}).status_code == 401


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://testserver"}, {"X-Forwarded-For": "10.1.1.1"}], ids=["browser", "proxy"]
)
def test_without_a_token_neither_a_page_nor_somebody_behind_a_proxy_gets_in(
    machine: TestClient, headers: dict[str, str]
) -> None:
    assert machine.post("/api/screen", json=RECORD, headers=headers).status_code == 401


# Messages


def test_a_national_message_is_answered_with_its_receipt_and_stands_in_the_queue(
    machine: TestClient, db: Database
) -> None:
    answer = machine.post("/api/meldinger", content=XML, headers={"Content-Type": "application/xml"})

    receipt = etree.fromstring(answer.content)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/xml")
    assert receipt.findtext("{*}OriginalMsgId/{*}Id") == "3B2F-Æa1"
    assert waiting(db) == 1


def test_a_program_that_asks_for_json_learns_which_referral_it_became(machine: TestClient, db: Database) -> None:
    answer = machine.post("/api/meldinger", content=XML, headers={"Accept": "application/json"})

    (message,) = answer.json()["messages"]
    with db.reading(as_=SYSTEM) as tx:
        (stored,) = referrals.of_message(tx, message["message"])
    assert (message["outcome"], message["referrals"]) == ("registered", [str(stored.id)])


def test_the_same_message_again_is_a_duplicate_with_the_same_referral(machine: TestClient, db: Database) -> None:
    first, again = (machine.post("/api/meldinger", content=XML, headers={"Accept": "application/json"}) for _ in "12")

    assert again.status_code == 200
    assert again.json()["messages"][0]["outcome"] == "duplicate"
    assert again.json()["messages"][0]["referrals"] == first.json()["messages"][0]["referrals"]
    assert waiting(db) == 1


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        (XML[:-300], 422, "refused"),
        (b"", 422, "refused"),
        (b"%PDF-1.7 ...", 202, "tray"),
        (b'{"text": ""}', 202, "tray"),
    ],
    ids=["cut", "empty", "a document", "no text"],
)
def test_what_cannot_be_read_is_kept_and_the_answer_says_why_also_the_second_time(
    machine: TestClient, db: Database, body: bytes, status: int, outcome: str
) -> None:
    first, again = (machine.post("/api/meldinger", content=body, headers={"Accept": "application/json"}) for _ in "12")

    (message,) = first.json()["messages"]
    assert (first.status_code, message["outcome"]) == (status, outcome)
    assert message["reason"]
    assert (again.status_code, again.json()["messages"][0]["outcome"]) == (status, "duplicate")
    with db.reading(as_=SYSTEM) as tx:
        assert messages.body(tx, message["message"]) == body


def test_lines_are_messages_of_their_own_with_an_outcome_each(machine: TestClient, db: Database) -> None:
    lines = b"\n".join(orjson.dumps(record) for record in (RECORD, {"text": 1}, {"text": "Grå stær."}))

    answer = machine.post("/api/meldinger", content=lines)

    assert answer.status_code == 207
    assert [message["outcome"] for message in answer.json()["messages"]] == ["registered", "tray", "registered"]
    assert waiting(db) == 2


# Screening


def test_a_danger_is_seen_and_nothing_is_stored(machine: TestClient, db: Database) -> None:
    answer = machine.post("/api/screen", json=RECORD)

    assert answer.status_code == 200
    assert answer.json()["pathway"] in ("emergency", "cancer_pathway")
    assert answer.json()["id"] == "r1"
    with db.reading(as_=SYSTEM) as tx:
        assert not messages.counts(tx)


def test_fields_that_are_not_known_are_ignored(machine: TestClient) -> None:
    assert machine.post("/api/screen", json={**RECORD, "gold": {"pathway": "hospital"}}).status_code == 200


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"text": ""}, "text kan ikke være tom"),
        ({"text": 1}, "text må være tekst"),
        ({"text": None}, "text må være tekst"),
        ({"text": "x" * 50_001}, "text er for lang"),
        ({"age": "67"}, "age må være et helt tall"),
        ({"age": True}, "age må være et helt tall"),
        ({"age": 121}, "age er for stort"),
        ({"age": -1}, "age er for lite"),
        ({"codes": "D07"}, "codes må være en liste"),
    ],
)
def test_a_wrong_value_is_named_in_norwegian_and_not_repeated(
    machine: TestClient, change: dict[str, Any], says: str
) -> None:
    answer = machine.post("/api/screen", json={**RECORD, **change})

    assert answer.status_code == 422
    assert says in answer.json()["error"]
    assert "Vekttap" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"\xff\xfe{",
        b'{"text": "\\ud800"}',
        b'{"text": "x", "id": "\\udfff"}',
        b'{"text": "x", "age": 1' + b"0" * 5000 + b"}",
        b'{"text": "x", "age": NaN}',
        b'{"text": "x", "more": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
    ids=["empty", "null", "list", "text", "cut", "utf-16", "half", "half id", "huge", "nan", "deep"],
)
@pytest.mark.parametrize("path", ["/api/screen", "/cds-services/henvisning-forhandssjekk"])
def test_what_is_not_plain_json_is_refused_with_words(machine: TestClient, path: str, body: bytes) -> None:
    answer = machine.post(path, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422)
    assert answer.json()["error"].endswith(".")


def test_a_body_that_is_too_large_is_refused_with_words(machine: TestClient) -> None:
    answer = machine.post("/api/screen", json={"text": "x" * 1_000_001})

    assert (answer.status_code, answer.json()["error"][:11]) == (413, "Det som ble")


def test_while_suggestions_are_stopped_nobody_is_given_any(machine: TestClient, db: Database) -> None:
    workflow.stop_suggestions(db, "En regel er feil.", by=OLA)

    answer = machine.post("/api/screen", json=RECORD)

    assert answer.status_code == 403
    assert "pathway" not in answer.text


def test_a_department_in_administrative_mode_gives_no_proposals(
    db: Database, engines: Engines, settings: Settings
) -> None:
    administrative = replace(engines, policy=replace(engines.policy, mode=Mode.ADMINISTRATIVE))
    app = create_app(db, administrative, settings)

    with TestClient(app, client=("127.0.0.1", 5)) as client:
        assert client.post("/api/screen", json=RECORD).status_code == 403


# FHIR


def sent(client: TestClient, body: bytes) -> tuple[int, dict[str, Any]]:
    answer = client.post("/fhir", content=body, headers={"Content-Type": "application/fhir+json"})
    assert answer.headers["Content-Type"] == "application/fhir+json"
    return answer.status_code, answer.json()


@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_a_transaction_is_answered_entry_by_entry_and_names_the_referral(
    machine: TestClient, db: Database, kind: str
) -> None:
    asked = bundle(person(), service_request(**GASTROSCOPY), kind=kind)

    status, answer = sent(machine, as_json(asked))

    Bundle.model_validate(answer)
    places = [entry["response"].get("location", "") for entry in answer["entry"]]
    assert (status, answer["type"], len(places)) == (200, f"{kind}-response", len(asked["entry"]))
    with db.reading(as_=SYSTEM) as tx:
        referrals.get(tx, UUID(places[1].removeprefix("ServiceRequest/")))


def test_a_message_is_answered_with_a_message(machine: TestClient) -> None:
    header = {
        "resourceType": "MessageHeader",
        "id": "h-1",
        "eventCoding": coding("henvisning", "urn:test"),
        "source": {"endpoint": "urn:test:epj"},
    }

    status, answer = sent(machine, as_json(bundle(header, service_request(**GASTROSCOPY), person(), kind="message")))

    Bundle.model_validate(answer)
    response = answer["entry"][0]["resource"]["response"]
    assert (status, response) == (200, {"identifier": "h-1", "code": "ok"})


@pytest.mark.parametrize(
    ("body", "status", "severity"),
    [
        (as_json(service_request(**GASTROSCOPY, contained=[person()])), 200, "information"),
        (as_json(bundle(person())), 202, "warning"),
        (b"{", 202, "warning"),
        (b"", 422, "error"),
        (XML, 200, "information"),
    ],
    ids=["alone", "no referral", "cut", "empty", "not FHIR"],
)
def test_anything_else_is_answered_with_an_outcome(
    machine: TestClient, body: bytes, status: int, severity: str
) -> None:
    got, answer = sent(machine, body)

    OperationOutcome.model_validate(answer)
    assert (got, answer["issue"][0]["severity"]) == (status, severity)
    assert answer["issue"][0]["details"]["text"]


def test_an_unknown_program_is_answered_with_an_outcome_too(far_away: TestClient) -> None:
    status, answer = sent(far_away, b"{}")

    OperationOutcome.model_validate(answer)
    assert (status, answer["issue"][0]["code"]) == (401, "login")


def test_the_capabilities_are_valid_and_open_to_all(far_away: TestClient) -> None:
    answer = far_away.get("/fhir/metadata")

    statement = CapabilityStatement.model_validate(answer.json())
    assert (answer.status_code, statement.fhirVersion, statement.kind) == (200, "4.0.1", "instance")


# OpenAPI


def test_openapi_describes_what_programs_use_and_no_page(far_away: TestClient) -> None:
    described = far_away.get("/api/openapi.json").json()

    assert set(described["paths"]) >= {"/api/meldinger", "/api/screen", "/fhir", "/fhir/metadata", "/cds-services"}
    assert "/logg-inn" not in described["paths"]
    assert described["paths"]["/api/screen"]["post"]["security"]
