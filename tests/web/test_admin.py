"""Administration and the stop button."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from tests.builders import KARI, OLA
from tests.web.conftest import ADMIN, Browser, SignedIn
from triage.domain.calendar import utc_now
from triage.domain.decision import Role
from triage.domain.errors import NotFound
from triage.domain.referral import Area
from triage.engines import Engines
from triage.settings import Settings
from triage.store import audit, users
from triage.store.database import SYSTEM, Database
from triage.web.app import create_app


@pytest.fixture
def admin(signed_in: SignedIn) -> Browser:
    return signed_in(ADMIN)


def saved(admin: Browser, **changes: Any) -> int:
    form = {"username": "nina", "name": "Nina Ny", "title": "overlege", "roles": ["lege:eye"], **changes}
    return admin.submit("/admin/bruker", **form).status_code


def test_the_page_shows_users_policy_and_versions(admin: Browser, engines: Engines) -> None:
    page = admin.get("/admin").text

    assert "Siv Sekretær" in page
    assert "Aldersgrense for gastroskopi" in page
    assert engines.versions.rules in page


def test_a_user_is_added_with_roles_and_areas_and_it_is_logged(admin: Browser, db: Database) -> None:
    assert saved(admin) == 303

    with db.reading(as_=SYSTEM) as tx:
        nina, entry = users.get(tx, "nina"), audit.latest(tx)[0]
    assert (nina.roles, nina.areas) == (frozenset({Role.REVIEWER}), frozenset({Area.EYE}))
    assert (entry.actor, entry.action, entry.details["user"]) == ("ada", "user_added", "nina")


def test_the_list_says_which_role_somebody_has_where(admin: Browser) -> None:
    saved(admin, roles=["lege:eye", "sekretaer:ent", "sekretaer:endoscopy", "fagrad"])

    assert "fagråd<br>lege: Øye<br>sekretær: Endoskopi, ØNH</td>" in admin.get("/admin").text


@pytest.mark.parametrize(
    "change",
    [
        {"username": "Æ"},
        {"username": ""},
        {"roles": []},
        {"roles": ["sjef"]},
        {"roles": ["lege:hud"]},
        {"hpr": "1"},
        {"password": "kort"},
    ],
    ids=str,
)
def test_a_user_that_cannot_be_is_refused(admin: Browser, db: Database, change: dict[str, Any]) -> None:
    assert saved(admin, **change) == 422


def test_a_password_can_be_given_and_is_not_in_the_log(admin: Browser, db: Database) -> None:
    saved(admin, password="riktig hest batteri")

    with db.writing(as_=SYSTEM) as tx:
        assert users.check_password(tx, "nina", "riktig hest batteri", now=utc_now())
        assert "hest" not in str(audit.latest(tx))


def test_a_blocked_user_is_out_at_once(admin: Browser, signed_in: SignedIn, db: Database) -> None:
    kari = signed_in(KARI)

    admin.submit("/admin/sperr", username="kari")

    assert kari.get("/om").status_code == 200
    assert kari.get("/forsortering").headers["Location"].startswith("/logg-inn")
    with db.reading(as_=SYSTEM) as tx, pytest.raises(NotFound):
        users.get(tx, "kari")


def test_nobody_blocks_themselves_or_somebody_unknown(admin: Browser) -> None:
    assert admin.submit("/admin/sperr", username="ada").status_code == 422
    assert admin.submit("/admin/sperr", username="finnes-ikke").status_code == 404


# What the program is for, and the button


def test_anybody_may_read_what_the_program_is_for(anonymous: Browser, engines: Engines) -> None:
    page = anonymous.get("/om").text

    assert "Et menneske avgjør hver henvisning" in page
    assert engines.versions.lexicon in page
    assert "Stans alle forslag" not in page


def test_the_model_in_use_shows_its_card_with_intervals(
    db: Database, engines: Engines, settings: Settings, tmp_path: Path
) -> None:
    figures = {"together": {"red_sensitivity": {"value": 0.9871, "interval": [0.95, 1.0]}, "f1_by_pathway": {}}}
    card = {"purpose": "En annen mening.", "not_for": "Ikke til å avslå.", "limits": ["Oppdiktet."], "figures": figures}
    (tmp_path / "card.yaml").write_text(yaml.safe_dump(card))
    with_model = replace(engines, model=SimpleNamespace(folder=tmp_path, version="m@1"))  # type: ignore[arg-type]

    with TestClient(create_app(db, with_model, settings)) as client:
        page = client.get("/om").text

    assert "Ikke til å avslå." in page
    assert "0,987" in page
    assert "0,950–1,000" in page


def test_the_accessibility_statement_is_open(anonymous: Browser) -> None:
    assert "WCAG 2.1" in anonymous.get("/tilgjengelighet").text


def test_a_lead_stops_suggestions_with_a_reason_and_everybody_sees_it(signed_in: SignedIn, anonymous: Browser) -> None:
    lead = signed_in(OLA)
    lead.submit("/om/stans", reason="Feil grense i en regel.")

    page = anonymous.get("/om").text
    assert "forslagene er stanset" in page
    assert "Feil grense i en regel." in page
    assert "ingen forslag" in page


def test_suggestions_come_back(signed_in: SignedIn, anonymous: Browser) -> None:
    lead = signed_in(OLA)
    lead.submit("/om/stans", reason="Feil grense i en regel.")
    lead.submit("/om/gjenoppta")

    assert "stanset" not in anonymous.get("/om").text


def test_whoever_may_not_stop_sees_no_button(signed_in: SignedIn) -> None:
    kari = signed_in(KARI)

    assert "Stans alle forslag" not in kari.get("/om").text
    assert kari.submit("/om/stans", reason="Nei.").status_code == 403
