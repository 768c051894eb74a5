"""What a user left behind is there again: a decision begun before the session ended, and views of the queue."""

import pytest
from sqlalchemy import text

from tests.builders import KARI, OLA, a_recommendation, recommended
from tests.web.builders import a_refusal_form, claimed, low_value_referral, path
from tests.web.conftest import SignedIn
from triage.domain.calendar import add_working_days
from triage.domain.recommendation import Pathway
from triage.engines import Engines
from triage.store.database import SYSTEM, Database
from triage.store.referrals import StoredReferral
from triage.store.users import IDLE
from triage.web.rendering import today

TYPED = "Oppstøtene er sjeldne, og henvisningen beskriver ingen faretegn."


@pytest.fixture
def referral(db: Database, engines: Engines) -> StoredReferral:
    return claimed(db, low_value_referral(db), engines.policy, by=KARI)


def begin(signed_in: SignedIn, referral: StoredReferral) -> None:
    """Type in one session, and let it end."""
    signed_in(KARI).submit(path(referral, "/brevutkast"), **a_refusal_form(referral, reason=TYPED))


def let_sessions_end(db: Database) -> None:
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text("UPDATE session SET last_action_at = last_action_at - :idle"), {"idle": IDLE * 2})


def test_what_was_typed_is_there_after_signing_in_again(
    signed_in: SignedIn, db: Database, referral: StoredReferral
) -> None:
    begin(signed_in, referral)
    let_sessions_end(db)
    again = signed_in(KARI)

    assert 'href="/ko?bare=begynt"' in again.get("/ko").text
    assert f'href="/henvisning/{referral.id}"' in again.get("/ko?bare=begynt").text
    page = again.get(path(referral)).text
    assert TYPED in page
    assert 'value="right_refused" data-key="shift+2" checked' in page
    assert "er hentet fram" in page


@pytest.mark.parametrize("step", ["/avgjorelse", "/brevutkast"])
def test_what_was_on_its_way_when_the_session_had_ended_is_kept(
    signed_in: SignedIn, db: Database, referral: StoredReferral, step: str
) -> None:
    kari = signed_in(KARI)
    let_sessions_end(db)

    answer = kari.submit(path(referral, step), **a_refusal_form(referral, reason=TYPED))

    assert answer.headers["Location"] == f"/logg-inn?neste={path(referral)}"
    assert TYPED in signed_in(KARI).get(path(referral)).text


@pytest.mark.parametrize(
    "change", ["UPDATE session SET revoked_at = now()", "UPDATE session SET created_at = now() - interval '1 day'"]
)
def test_nothing_is_kept_for_a_session_that_is_over_for_good(
    signed_in: SignedIn, db: Database, referral: StoredReferral, change: str
) -> None:
    kari = signed_in(KARI)
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text(change))

    kari.submit(path(referral, "/avgjorelse"), **a_refusal_form(referral, reason=TYPED))

    assert TYPED not in signed_in(KARI).get(path(referral)).text


def test_nothing_is_kept_of_a_forged_form(signed_in: SignedIn, db: Database, referral: StoredReferral) -> None:
    kari = signed_in(KARI)
    let_sessions_end(db)
    kari.csrf = "0" * 64

    kari.submit(path(referral, "/avgjorelse"), **a_refusal_form(referral, reason=TYPED))

    assert TYPED not in signed_in(KARI).get(path(referral)).text


def test_what_was_typed_may_be_sent_also_when_the_referral_changed_meanwhile(
    signed_in: SignedIn, db: Database, engines: Engines, referral: StoredReferral
) -> None:
    begin(signed_in, referral)
    again = recommended(db, referral, a_recommendation(Pathway.HOSPITAL))

    page = signed_in(KARI).get(path(referral)).text

    assert f'name="version" value="{again.version}"' in page
    assert TYPED in page


def test_nobody_else_sees_what_was_typed(
    signed_in: SignedIn, db: Database, engines: Engines, referral: StoredReferral
) -> None:
    begin(signed_in, referral)
    signed_in(KARI).submit(path(referral, "/slipp"))
    claimed(db, referral, engines.policy, by=OLA)

    ola = signed_in(OLA)
    assert TYPED not in ola.get(path(referral)).text
    assert "Du begynte på en avgjørelse" not in ola.get("/ko").text
    assert f'href="/henvisning/{referral.id}"' not in ola.get("/ko?bare=begynt").text


def test_what_was_typed_lies_sealed(signed_in: SignedIn, db: Database, referral: StoredReferral) -> None:
    begin(signed_in, referral)

    with db.reading(as_=SYSTEM) as tx:
        assert TYPED.encode() not in tx.session.scalars(text("SELECT form FROM draft")).one()


def test_a_draft_is_gone_when_it_is_dropped(signed_in: SignedIn, referral: StoredReferral) -> None:
    begin(signed_in, referral)
    kari = signed_in(KARI)

    kari.submit(path(referral, "/utkast/forkast"))

    assert TYPED not in kari.get(path(referral)).text


def test_a_draft_is_gone_when_it_has_become_a_decision(
    signed_in: SignedIn, db: Database, referral: StoredReferral
) -> None:
    begin(signed_in, referral)

    signed_in(KARI).submit(path(referral, "/avgjorelse"), **a_refusal_form(referral))

    with db.reading(as_=SYSTEM) as tx:
        assert tx.session.scalar(text("SELECT count(*) FROM draft")) == 0


def test_a_view_with_a_name_leads_back_to_what_it_showed(signed_in: SignedIn) -> None:
    kari = signed_in(KARI)

    saved = kari.submit("/ko/visning", name="Mine øyne", query="omrade=eye&bare=usikker")

    assert saved.headers["Location"] == "/ko?omrade=eye&bare=usikker"
    assert "Mine øyne" in kari.get("/ko").text
    assert "Mine øyne" not in signed_in(OLA).get("/ko").text


def test_a_view_is_dropped_by_its_owner_alone(signed_in: SignedIn, db: Database) -> None:
    kari = signed_in(KARI)
    kari.submit("/ko/visning", name="Mine øyne", query="omrade=eye")
    with db.reading(as_=SYSTEM) as tx:
        view_id = tx.session.scalars(text("SELECT id FROM saved_view")).one()

    signed_in(OLA).submit(f"/ko/visning/{view_id}/fjern")
    kept = kari.get("/ko").text
    kari.submit(f"/ko/visning/{view_id}/fjern")

    assert "Mine øyne" in kept
    assert "Mine øyne" not in kari.get("/ko").text


@pytest.mark.parametrize("query", ["side=x", "navn=Oddny", "omrade=hjerte"])
def test_only_a_view_of_ours_can_be_saved(signed_in: SignedIn, query: str) -> None:
    assert signed_in(KARI).submit("/ko/visning", name="Feil", query=query).status_code == 422


@pytest.mark.parametrize(("asked", "shown"), [(1, False), (2, True), (3, True)])
def test_the_queue_is_narrowed_by_working_days_left(signed_in: SignedIn, db: Database, asked: int, shown: bool) -> None:
    referral = low_value_referral(db)
    with db.writing(as_=SYSTEM) as tx:
        due = {"due": add_working_days(today(), 2)}
        tx.session.execute(text("UPDATE referral SET assessment_due = :due"), due)

    assert (str(referral.id) in signed_in(KARI).get(f"/ko?dager={asked}").text) is shown
