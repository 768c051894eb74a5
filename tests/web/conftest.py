"""A browser without a screen, signed in as whoever a test needs; the real engines over the real database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.types import ASGIApp

from tests.builders import COUNCIL, EYE_DOCTOR, KARI, OLA, SIV
from triage.domain.calendar import utc_now
from triage.domain.decision import Person, Role
from triage.domain.policy import Mode
from triage.engines import Engines, load_engines
from triage.settings import Settings, read_settings
from triage.store import users
from triage.store.database import SYSTEM, Database
from triage.web.app import create_app
from triage.web.security import csrf_token

ADMIN = Person("ada", "Ada Admin", "systemansvarlig", frozenset({Role.ADMIN}))
PRIVACY = Person("per", "Per Personvern", "personvernombud", frozenset({Role.PRIVACY}))
BERIT = replace(KARI, username="berit", name="Berit Bakvakt", hpr="9999993")
EVERYONE = (KARI, OLA, BERIT, SIV, EYE_DOCTOR, COUNCIL, ADMIN, PRIVACY)
ORIGIN = "https://testserver"

SignedIn = Callable[[Person], "Browser"]


class Browser(TestClient):
    """Sends what a browser sends: same-origin headers, and the token of the page with every form."""

    csrf = ""

    def submit(self, path: str, **fields: Any) -> Response:
        return self.post(path, data={"csrf": self.csrf, **fields})


@pytest.fixture(autouse=True, scope="session")
def errors_in_plain_lines() -> None:
    """The default draws every local variable of every frame, which takes minutes for an application."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[plain])


@pytest.fixture(scope="session")
def settings() -> Settings:
    return read_settings({})


@pytest.fixture(scope="session")
def engines(settings: Settings) -> Engines:
    """As in the demo, but nothing is drawn by lot."""
    loaded = load_engines(settings)
    return replace(loaded, policy=replace(loaded.policy, blind_double_read_share=0, blind_first_share=0))


@pytest.fixture
def people(db: Database) -> None:
    with db.writing(as_=SYSTEM) as tx:
        for person in EVERYONE:
            users.save(tx, person)


@pytest.fixture(scope="session")
def application(shared_database: Database, engines: Engines, settings: Settings) -> ASGIApp:
    """Putting it together takes tenths of a second."""
    return create_app(shared_database, engines, settings)


@pytest.fixture
def app(application: ASGIApp, people: None) -> ASGIApp:
    return application


@pytest.fixture
def anonymous(app: ASGIApp) -> Iterator[Browser]:
    with a_browser(app) as browser:
        yield browser


@pytest.fixture
def signed_in_to(db: Database, people: None) -> Iterator[Callable[[ASGIApp], SignedIn]]:
    """Signs people in to another application over the same database."""
    with ExitStack() as open_browsers:

        def to(app: ASGIApp) -> SignedIn:
            def sign_in(person: Person) -> Browser:
                browser = open_browsers.enter_context(a_browser(app))
                with db.writing(as_=SYSTEM) as tx:
                    token = users.start_session(tx, person, now=utc_now())
                browser.cookies.set("__Host-triage", token)
                browser.csrf = csrf_token(token)
                return browser

            return sign_in

        yield to


@pytest.fixture
def signed_in(app: ASGIApp, signed_in_to: Callable[[ASGIApp], SignedIn]) -> SignedIn:
    return signed_in_to(app)


@pytest.fixture
def under(
    db: Database, engines: Engines, settings: Settings, signed_in_to: Callable[[ASGIApp], SignedIn]
) -> Callable[..., SignedIn]:
    """Signs people in to a department whose policy says otherwise."""

    def changed(**changes: object) -> SignedIn:
        policy = replace(engines.policy, **changes)  # type: ignore[arg-type]
        return signed_in_to(create_app(db, replace(engines, policy=policy), settings))

    return changed


@pytest.fixture
def administrative(under: Callable[..., SignedIn]) -> SignedIn:
    return under(mode=Mode.ADMINISTRATIVE)


def a_browser(app: ASGIApp) -> Browser:
    browser = Browser(app, base_url=ORIGIN, follow_redirects=False)
    browser.headers["Origin"] = ORIGIN
    browser.headers["Sec-Fetch-Site"] = "same-origin"
    return browser


@pytest.fixture
def machine(app: ASGIApp) -> Iterator[TestClient]:
    """A client program on this machine, as in the demo."""
    with TestClient(app, base_url=ORIGIN, client=("127.0.0.1", 50000)) as client:
        yield client
