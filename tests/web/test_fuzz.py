"""Whatever a program sends, it is answered as the description says, and never by a fault of ours."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance
from starlette.testclient import TestClient

from tests.messages.fhir_builders import bundle, person, service_request
from triage.engines import Engines
from triage.settings import Settings
from triage.store.database import Database
from triage.web.app import create_app

TOKEN = "t" * 32
QUICKLY = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
PATHS = [
    ("/api/meldinger", "POST"),
    ("/api/screen", "POST"),
    ("/fhir", "POST"),
    ("/fhir/metadata", "GET"),
    ("/cds-services", "GET"),
    ("/cds-services/henvisning-forhandssjekk", "POST"),
]


@pytest.fixture
def described(db: Database, engines: Engines, settings: Settings) -> Any:
    known = Settings.model_validate({**settings.model_dump(), "api_tokens": f"fuzz={TOKEN}"})
    return schemathesis.openapi.from_asgi("/api/openapi.json", create_app(db, engines, known))


@pytest.mark.parametrize(("path", "method"), PATHS)
def test_no_request_breaks_the_program(described: Any, path: str, method: str) -> None:
    @QUICKLY
    @given(case=described[path][method].as_strategy())
    def answered(case: schemathesis.Case) -> None:
        answer = case.call(headers={"Authorization": f"Bearer {TOKEN}"})
        case.validate_response(answer, checks=[not_a_server_error, status_code_conformance])

    answered()


PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["Patient/p1", "#p1", "2026-13-40", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*service_request(), *person(), "code", "contained", "reasonCode", "supportingInfo"])


@QUICKLY
@given(spoilt=st.dictionaries(NAMES, PARTS, min_size=1, max_size=4), of_patient=st.booleans())
def test_a_spoilt_order_breaks_no_check(machine: TestClient, spoilt: dict[str, Any], of_patient: bool) -> None:
    order, patient = service_request(code={"text": "Gastroskopi"}), person(birthDate="1950-05-05")
    orders = bundle(order if of_patient else {**order, **spoilt})
    call = {
        "hook": "order-sign",
        "hookInstance": "0c5e1d2e-6b37-4f0a-9f0c-0d5a7f3f9a10",
        "context": {"userId": "Practitioner/d1", "patientId": "p1", "draftOrders": orders},
        "prefetch": {"patient": {**patient, **spoilt} if of_patient else patient},
    }

    assert machine.post("/cds-services/henvisning-forhandssjekk", json=call).status_code in (200, 412, 422)
