"""The lead's page: how fast the department works, and what more would cost."""

import pytest

from tests.builders import OLA, SIV, stored
from tests.web.builders import decided, low_value_referral
from tests.web.conftest import SignedIn
from triage.engines import Engines
from triage.store.database import Database


def test_the_lead_sees_what_came_what_waits_and_when_it_is_done(
    signed_in: SignedIn, db: Database, engines: Engines
) -> None:
    stored(db)
    decided(db, low_value_referral(db), engines.policy, by=OLA)

    page = signed_in(OLA).get("/oversikt").text

    assert page.count("<svg") == 2
    assert "Tallene bak kurvene" in page
    assert "Køen er tom" in page
    assert "0 % <small>(0 av 1)" in page  # of those decided as proposed


@pytest.mark.parametrize(("asked", "hours"), [("flere=200&minutter=3", "10,0"), ("flere=100&minutter=6", "10,0")])
def test_what_more_referrals_would_cost_is_worked_out(signed_in: SignedIn, asked: str, hours: str) -> None:
    assert f"<dd>{hours} legetimer i uka" in signed_in(OLA).get(f"/oversikt?{asked}").text


def test_without_a_measured_time_no_hours_are_made_up(signed_in: SignedIn) -> None:
    page = signed_in(OLA).get("/oversikt?flere=200&minutter=0").text

    assert "ikke målt ennå" in page
    assert "legetimer" not in page


def test_whoever_leads_nobody_does_not_see_it(signed_in: SignedIn) -> None:
    assert signed_in(SIV).get("/oversikt").status_code == 403
