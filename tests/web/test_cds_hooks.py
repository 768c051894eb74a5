"""The pre-check by CDS Hooks: valid cards, in Norwegian, about our referrals only, and nothing is kept."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import text

from tests.builders import OLA
from tests.messages.fhir_builders import bundle, person, service_request
from triage import workflow
from triage.store.database import SYSTEM, Database

PATH = "/cds-services/henvisning-forhandssjekk"
YOUNG = person(birthDate="1996-05-05", identifier=[])
OLD = person(birthDate="1950-05-05", identifier=[])
LOW_VALUE = "Sure oppstøt i tre uker. Ingen dysfagi, ikke vekttap, ingen blødning. Normal Hb. Ønsker gastroskopi."
DANGER = "Dysfagi for fast føde i 6 uker. Vekttap 8 kg. Hb 9,8."


def a_request(words: str, **more: Any) -> dict[str, Any]:
    return service_request(status="draft", code={"text": "Gastroskopi"}, note=[{"text": words}], **more)


def a_call(*orders: dict[str, Any], patient: object = OLD, **changes: Any) -> dict[str, Any]:
    made = {
        "hook": "order-sign",
        "hookInstance": str(uuid4()),
        "context": {"userId": "Practitioner/d1", "patientId": "p1", "draftOrders": bundle(*orders)},
        "prefetch": {"patient": patient},
    }
    return {**made, **changes}


def checked(client: TestClient, call: dict[str, Any]) -> Response:
    return client.post(PATH, json=call)


def cards(client: TestClient, words: str, *, patient: object = OLD) -> list[dict[str, Any]]:
    answer = checked(client, a_call(a_request(words), patient=patient))
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["cards"]
    return found


def test_the_service_is_announced_with_its_hook_and_prefetch(machine: TestClient) -> None:
    (service,) = machine.get("/cds-services").json()["services"]

    assert (service["hook"], service["id"]) == ("order-sign", "henvisning-forhandssjekk")
    assert service["prefetch"] == {"patient": "Patient/{{context.patientId}}"}
    assert service["description"]


@pytest.mark.parametrize("text", [LOW_VALUE, DANGER, "Refluks.", "Ønsker gastroskopi. Jernmangelanemi."])
def test_every_card_has_what_the_specification_asks_for(machine: TestClient, text: str) -> None:
    found = cards(machine, text)

    assert found
    assert all(0 < len(card["summary"]) < 140 for card in found)
    assert {card["indicator"] for card in found} <= {"info", "warning", "critical"}
    assert all(card["source"]["label"] for card in found)


def test_a_danger_comes_first_and_is_never_said_to_be_of_little_value(machine: TestClient) -> None:
    found = cards(machine, DANGER)

    assert found[0]["indicator"] in ("warning", "critical")
    assert "kilde" in found[0]["detail"]
    assert not [card for card in found if "fastlegen" in card["summary"]]


def test_missing_facts_come_as_questions(machine: TestClient) -> None:
    (card,) = [card for card in cards(machine, "Sure oppstøt. Ønsker gastroskopi.") if "spørsmål" in card["summary"]]

    assert card["detail"].count("\n- ") >= 1
    assert "?" in card["detail"]


def test_what_may_be_tried_first_is_said_for_the_young_without_danger(machine: TestClient) -> None:
    found = cards(machine, LOW_VALUE, patient=YOUNG)

    assert "fastlege" in found[0]["summary"]
    assert "prøves før" in found[1]["summary"]


def test_no_word_of_the_letter_or_the_patient_is_in_a_card(machine: TestClient) -> None:
    found = str(cards(machine, f"{DANGER} Kjenner xylofonaktig trykk."))

    assert "xylofon" not in found
    assert "Testesen" not in found


SECRET = "xylofonaktig"


def everything(db: Database) -> dict[str, str]:
    """Every row of every table, sealed or not."""
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text("SET LOCAL ROLE NONE"))
        names = tx.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        rows = "SELECT coalesce(string_agg(one::text, '' ORDER BY one::text), '') FROM {} one"
        return {name: str(tx.session.scalar(text(rows.format(name)))) for name in names}


@pytest.mark.parametrize(
    ("path", "draft"),
    [
        (PATH, a_call(a_request(f"{DANGER} Kjenner {SECRET} trykk."))),
        ("/api/screen", {"id": "r1", "age": 70, "sex": "female", "text": f"{DANGER} Kjenner {SECRET} trykk."}),
    ],
)
def test_a_draft_leaves_no_trace_in_any_table_or_line_of_the_log(
    machine: TestClient, db: Database, capfd: pytest.CaptureFixture[str], path: str, draft: dict[str, Any]
) -> None:
    before = everything(db)

    answer = machine.post(path, json=draft)

    assert answer.status_code == 200
    assert everything(db) == before
    assert SECRET not in "".join((*capfd.readouterr(), answer.text))


def test_while_suggestions_are_stopped_only_questions_are_left(machine: TestClient, db: Database) -> None:
    workflow.stop_suggestions(db, "En regel er feil.", by=OLA)

    (card,) = cards(machine, "Sure oppstøt. Ønsker gastroskopi.")

    assert "spørsmål" in card["summary"]


def test_a_prescription_gives_no_card(machine: TestClient) -> None:
    prescription = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order"}

    assert checked(machine, a_call(prescription)).json() == {"cards": []}


def test_an_order_for_somebody_else_gives_no_card(machine: TestClient) -> None:
    order = service_request(code={"text": "Fysioterapi"}, note=[{"text": "Vondt i skulderen etter fall."}])

    assert checked(machine, a_call(order)).json() == {"cards": []}


@pytest.mark.parametrize(
    "patient",
    [None, {}, {"resourceType": "OperationOutcome"}, person(identifier=[])],
    ids=["none", "", "error", "ageless"],
)
def test_without_the_patients_age_the_client_is_told_to_send_it(machine: TestClient, patient: object) -> None:
    answer = checked(machine, a_call(a_request(DANGER), patient=patient))

    assert answer.status_code == 412
    assert "prefetch" in answer.json()["error"]


@pytest.mark.parametrize(
    "change",
    [
        {"hookInstance": "ikke en uuid"},
        {"hook": 1},
        {"context": {}},
        {"context": {"userId": "Practitioner/d1", "patientId": "p1", "draftOrders": []}},
        {"context": {"userId": "Practitioner/d1", "patientId": "p1"}},
        {"prefetch": []},
    ],
    ids=str,
)
def test_a_call_that_is_not_by_the_specification_is_refused(machine: TestClient, change: dict[str, Any]) -> None:
    answer = checked(machine, a_call(a_request(DANGER), **change))

    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_service_that_is_not_ours_does_not_exist(machine: TestClient) -> None:
    assert machine.post("/cds-services/noe-annet", json=a_call(a_request(DANGER))).status_code == 404
