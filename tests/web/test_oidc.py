"""Signing in through an identity provider that checks what HelseID checks."""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.web.builders import logged
from tests.web.conftest import Browser, a_browser
from tests.web.identity_provider import CLIENT, DOCTOR, ISSUER, MockProvider, a_key
from triage.domain.decision import Person, Role
from triage.domain.errors import Forbidden, NotReady
from triage.domain.referral import Area
from triage.engines import Engines
from triage.settings import Settings
from triage.store import users
from triage.store.database import SYSTEM, Database
from triage.strict_yaml import validated
from triage.web.app import create_app
from triage.web.oidc import Provider, ProviderFile, load_provider

EXAMPLES = sorted((Path(__file__).parents[2] / "docker" / "oidc").glob("*.yaml"))
GRANTS = [
    {"claim": "groups", "value": "leger-endoskopi", "roles": ["lege"], "areas": ["endoscopy"], "title": "overlege"},
    {"claim": "groups", "value": "ledere", "roles": ["leder"], "areas": ["eye"]},
]
CLIENT_KEY = a_key("ours")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> ProviderFile:
    folder = tmp_path_factory.mktemp("oidc")
    (folder / "key.jwk").write_text(json.dumps(CLIENT_KEY.as_dict(private=True)))
    (folder / "secret").write_text("hysj\n")
    return validated(
        ProviderFile,
        {
            "name": "Sykehuset",
            "issuer": ISSUER,
            "client_id": CLIENT,
            "redirect_uri": "https://testserver/logg-inn/svar",
            "client_key": str(folder / "key.jwk"),
            "client_secret": str(folder / "secret"),
            "hpr": "hpr_number",
            "must_hold": {"level": "4"},
            "grants": GRANTS,
        },
        "testen",
    )


@pytest.fixture
def provider() -> MockProvider:
    return MockProvider(CLIENT_KEY)


@pytest.fixture(scope="module")
def application_with_provider(shared_database: Database, engines: Engines, settings: Settings) -> FastAPI:
    return create_app(shared_database, engines, settings)


@pytest.fixture
def browser(
    application_with_provider: FastAPI, db: Database, provider: MockProvider, known: ProviderFile
) -> Iterator[Browser]:
    with TestClient(provider.app(), base_url=ISSUER) as http, a_browser(application_with_provider) as browser:
        state = application_with_provider.state
        state.web = replace(state.web, provider=Provider(known, http))
        yield browser


def signed_in(browser: Browser, provider: MockProvider, path: str = "/ko", **changes: str) -> Any:
    """The answer to a browser that went to the provider and came back with what it was given there."""
    sent_out = browser.get("/logg-inn/start", params={"neste": path})
    answer = provider.answer(sent_out.headers["Location"])
    return browser.get("/logg-inn/svar", params={**answer, **changes})


def test_whoever_signs_in_comes_to_what_was_asked_for(browser: Browser, provider: MockProvider, db: Database) -> None:
    answer = signed_in(browser, provider, "/ko?omrade=endoscopy")

    assert answer.headers["Location"] == "/formal?neste=/ko%3Fomrade%3Dendoscopy"
    assert "Kari Kirurg" in browser.get("/ko").text
    with db.reading(as_=SYSTEM) as tx:
        areas, roles = frozenset({Area.ENDOSCOPY}), frozenset({Role.REVIEWER})
        grants = frozenset({(Role.REVIEWER, Area.ENDOSCOPY)})
        assert users.get(tx, "kari") == Person("kari", "Kari Kirurg", "overlege", roles, areas, "9999991", grants)
    assert logged(db)[0].action == "signed_in"


def test_only_the_number_of_the_request_passes_through_the_browser(browser: Browser) -> None:
    address = browser.get("/logg-inn/start").headers["Location"]

    assert address == f"{ISSUER}/authorize?client_id={CLIENT}&request_uri=urn%3Arequest%3A0"


def test_a_provider_without_par_and_keys_gets_the_request_and_the_secret(
    browser: Browser, provider: MockProvider
) -> None:
    methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    provider.offers = {"pushed_authorization_request_endpoint": None, **methods}

    address = browser.get("/logg-inn/start").headers["Location"]

    assert "code_challenge_method=S256" in address
    assert signed_in(browser, provider).headers["Location"] == "/formal?neste=/ko"


def test_keys_that_the_provider_has_changed_are_fetched_anew(browser: Browser, provider: MockProvider) -> None:
    signed_in(browser, provider)
    provider.keys = KeySet([a_key("second")])

    assert signed_in(browser, provider).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [{"state": "noe annet"}, {"iss": "https://andre.test"}, {"code": ""}, {"code": "en annen"}],
    ids=["state", "issuer", "no code", "code"],
)
def test_an_answer_to_something_else_signs_nobody_in(
    browser: Browser, provider: MockProvider, changes: dict[str, str]
) -> None:
    answer = signed_in(browser, provider, **changes)

    assert answer.status_code in (403, 503)
    assert "__Host-triage" not in browser.cookies


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "en annens"},
        {"iss": "https://andre.test"},
        {"aud": "et annet program"},
        {"aud": [CLIENT, "et annet program"], "azp": "et annet program"},
        {"exp": 1},
        {"exp": None},
    ],
    ids=["nonce", "issuer", "audience", "azp", "expired", "never expires"],
)
def test_a_token_that_says_something_else_signs_nobody_in(
    browser: Browser, provider: MockProvider, changes: dict[str, Any]
) -> None:
    provider.changes = changes

    assert signed_in(browser, provider).status_code == 403
    assert "__Host-triage" not in browser.cookies


def test_a_token_that_somebody_else_signed_signs_nobody_in(
    browser: Browser, provider: MockProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = a_key("first")
    monkeypatch.setattr(jwt, "encode", forging(jwt.encode, provider.keys.keys[0], theirs))

    assert signed_in(browser, provider).status_code == 403


def forging(encode: Any, real: Any, theirs: Any) -> Any:
    return lambda header, claims, key, *rest: encode(header, claims, theirs if key is real else key, *rest)


def test_an_unsigned_token_signs_nobody_in(
    browser: Browser, provider: MockProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsigned = ".".join(b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, DOCTOR))
    monkeypatch.setattr(provider, "token", lambda sent: {"id_token": unsigned + "."})

    assert signed_in(browser, provider).status_code == 403


@pytest.mark.parametrize("claims", [{"groups": ["kantinen"]}, {"groups": []}, {"level": "3"}])
def test_whoever_has_no_role_here_is_told_whom_to_ask(
    browser: Browser, provider: MockProvider, db: Database, claims: dict[str, Any]
) -> None:
    provider.claims |= claims

    answer = signed_in(browser, provider)

    assert answer.status_code == 403
    assert "Sykehuset kjenner deg, men du har ingen tilgang her." in answer.text
    assert "__Host-triage" not in browser.cookies
    assert [entry.action for entry in logged(db)] == ["sign_in_failed"]


def test_a_role_that_was_taken_away_is_gone_at_the_next_sign_in(browser: Browser, provider: MockProvider) -> None:
    signed_in(browser, provider)
    provider.claims |= {"groups": ["ledere"]}
    signed_in(browser, provider)

    assert browser.post("/ko/neste").status_code == 403


def test_an_answer_to_a_browser_that_was_not_sent_out_is_refused(browser: Browser) -> None:
    assert browser.get("/logg-inn/svar", params={"code": "x", "state": "y"}).status_code == 403


def test_nobody_is_sent_on_to_another_site(browser: Browser, provider: MockProvider) -> None:
    assert signed_in(browser, provider, "//evil.test").headers["Location"] == "/formal?neste=/"


def test_a_provider_that_says_it_is_another_is_not_used(browser: Browser, provider: MockProvider) -> None:
    provider.offers = {"issuer": "https://andre.test"}

    assert browser.get("/logg-inn/start").status_code == 503


def test_where_no_provider_is_set_up_there_is_nothing_to_go_to(anonymous: Browser) -> None:
    assert anonymous.get("/logg-inn/start").status_code == 404


def test_of_several_grants_each_holds_in_its_own_areas(known: ProviderFile) -> None:
    person = known.person({**DOCTOR, "groups": ["ledere", "leger-endoskopi"]})

    assert (person.roles, person.areas) == ({Role.REVIEWER, Role.LEAD}, {Area.ENDOSCOPY, Area.EYE})
    assert (person.areas_as(Role.REVIEWER), person.areas_as(Role.LEAD)) == ({Area.ENDOSCOPY}, {Area.EYE})


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_examples_can_be_used(file: Path) -> None:
    assert load_provider(file).known.grants


@pytest.mark.parametrize("wrong", ["issuer: http://usikker.test", "roles: [sjef]", "ukjent: 1", "{"])
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "oidc.yaml"
    file.write_text(f"{EXAMPLES[0].read_text('utf-8')}\n{wrong}\n", "utf-8")

    with pytest.raises(NotReady, match=r"oidc\.yaml"):
        load_provider(file)


def test_a_doctor_of_nothing_is_refused(known: ProviderFile) -> None:
    with pytest.raises(Forbidden):
        known.person({"sub": "kari"})
