"""Who gets in, and what every answer carries."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from tests.builders import SIV
from tests.web.conftest import ADMIN, EVERYONE, Browser, SignedIn
from triage.domain.decision import Role
from triage.web.app import ROUTERS
from triage.web.security import HEADERS, POLICY, Action

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
GUARDED = [(route, method) for route in ROUTES for method in sorted(route.methods)]


def actions(route: APIRoute) -> set[Action]:
    return {call.action for call in calls(route.dependant) if hasattr(call, "action")}


def calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from calls(inner)


def closed(*, machines: bool = False) -> list[tuple[APIRoute, str]]:
    open_to = {Action.ANYBODY} if machines else {Action.ANYBODY, Action.MACHINE}
    return [(route, method) for route, method in GUARDED if not actions(route) & open_to]


def name(value: object) -> str | None:
    return f"{value.path}" if isinstance(value, APIRoute) else None


def a_path(route: APIRoute) -> str:
    """The route's address with an identifier that nothing has."""
    return re.sub(r"\{[^}]*\}", "00000000-0000-4000-8000-000000000000", route.path)


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_every_route_declares_one_action(route: APIRoute) -> None:
    assert len(actions(route)) == 1


def test_every_action_has_its_roles() -> None:
    assert set(POLICY) == set(Action)


@pytest.mark.parametrize(("route", "method"), closed(), ids=name)
def test_nobody_gets_in_without_signing_in(anonymous: Browser, route: APIRoute, method: str) -> None:
    answer = anonymous.request(method, a_path(route))

    assert answer.status_code in (303, 401)
    assert answer.headers.get("Location", "").startswith("/logg-inn")


@pytest.mark.parametrize(
    ("route", "method"), [(r, m) for r, m in closed() if actions(r) != {Action.BE_SIGNED_IN}], ids=name
)
def test_a_person_without_the_role_gets_nothing(signed_in: SignedIn, route: APIRoute, method: str) -> None:
    (action,) = actions(route)
    person = SIV if Role.ADMIN in POLICY[action] else ADMIN
    browser = signed_in(person)

    answer = browser.request(method, a_path(route), headers={"X-CSRF": browser.csrf})

    assert answer.status_code == 403


FORGED = (
    {},  # no token
    {"X-CSRF": "0" * 64},  # a wrong one
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "", "Origin": "https://evil.test"},
)


@pytest.mark.parametrize(("route", "method"), [(r, m) for r, m in closed() if m != "GET"], ids=name)
def test_a_forged_request_changes_nothing(signed_in: SignedIn, route: APIRoute, method: str) -> None:
    (action,) = actions(route)
    browser = signed_in(next(person for person in EVERYONE if POLICY[action] & person.roles))

    answers = [browser.request(method, a_path(route), headers=headers).status_code for headers in FORGED]

    assert answers == [403] * len(FORGED)


@pytest.mark.parametrize("path", ["/logg-inn", "/ingen-slik-side", "/static/app.css"])
def test_every_answer_carries_the_headers(anonymous: Browser, path: str) -> None:
    headers = anonymous.get(path).headers

    assert headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_pages_are_never_kept_and_static_files_are(anonymous: Browser) -> None:
    assert anonymous.get("/logg-inn").headers["Cache-Control"] == "no-store"
    assert "immutable" in anonymous.get("/static/app.css").headers["Cache-Control"]


def test_a_page_that_does_not_exist_says_so_in_norwegian(anonymous: Browser) -> None:
    answer = anonymous.get("/ingen-slik-side")

    assert answer.status_code == 404
    assert "Siden finnes ikke" in answer.text


def test_api_pages_that_load_from_elsewhere_are_off(app: FastAPI) -> None:
    assert app.docs_url is None
    assert app.redoc_url is None
