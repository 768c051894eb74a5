"""From an opened referral to a decision, and back: what the page shows, what stops it, and two people at once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier
from typing import Any

import pytest

from tests.builders import (
    EYE_DOCTOR,
    KARI,
    OLA,
    SIV,
    a_patient,
    a_recommendation,
    a_referral,
    an_incoming,
    read_again,
    recommended,
    stored,
)
from tests.web.builders import a_grant_form, a_refusal_form, claimed, dangerous, decided, low_value_referral, path
from tests.web.conftest import BERIT, Browser, SignedIn
from triage import workflow
from triage.domain.decision import Outcome
from triage.engines import Engines
from triage.store import audit, decisions
from triage.store.database import SYSTEM, Database
from triage.store.referrals import StoredReferral
from triage.store.tables import Status

Form = Callable[..., dict[str, Any]]


@pytest.fixture
def referral(db: Database, engines: Engines) -> StoredReferral:
    """Low value, and claimed by Kari."""
    return claimed(db, low_value_referral(db), engines.policy, by=KARI)


def outcomes(db: Database, referral: StoredReferral) -> list[Outcome]:
    with db.reading(as_=SYSTEM) as tx:
        return [stored.decision.outcome for stored in decisions.all_of(tx, referral.id) if not stored.undone_at]


# What the page shows ----------------------------------------------------------------------------------------------


def test_the_page_shows_facts_proposal_and_evidence_that_can_be_jumped_to(
    signed_in: SignedIn, referral: StoredReferral
) -> None:
    page = signed_in(KARI).get(path(referral)).text

    assert "Fastlege følger opp" in page
    assert "refluks uten alarmfunn" in page
    assert '<mark class="negated" id="t65"' in page
    assert 'href="#t65"' in page
    assert 'href="#t28"' in page


def test_what_a_letter_holds_is_shown_and_never_run(signed_in: SignedIn, db: Database) -> None:
    hostile = low_value_referral(db, referral=a_referral("<script>alert(1)</script><b>Hei</b>"))

    page = signed_in(KARI).get(path(hostile)).text

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_in_administrative_mode_nothing_of_the_proposal_is_on_any_page(
    administrative: SignedIn, referral: StoredReferral
) -> None:
    kari = administrative(KARI)

    pages = [kari.get(path(referral)).text, kari.get("/ko").text]
    pages.append(kari.submit(path(referral, "/brevutkast"), **a_refusal_form(referral)).text)

    assert all("Administrativ modus" in page for page in pages)
    assert not any(
        words in page
        for page in pages
        for words in ("Fastlege følger opp", "refluks uten alarmfunn", "primary_care", "Refluks.", "Anbefaling", "t28")
    )


def test_opening_a_referral_is_written_down_before_it_is_shown(
    signed_in: SignedIn, db: Database, referral: StoredReferral
) -> None:
    signed_in(SIV).get(path(referral))

    with db.reading(as_=SYSTEM) as tx:
        assert audit.about(tx, referral.id)[-1].actor == "siv"


@pytest.mark.parametrize(
    "step", ["", "/vedlegg/00000000-0000-4000-8000-000000000000"], ids=["the page", "an attachment"]
)
def test_another_areas_doctor_finds_no_such_referral(signed_in: SignedIn, referral: StoredReferral, step: str) -> None:
    assert signed_in(EYE_DOCTOR).get(path(referral, step)).status_code == 404


def test_a_page_says_when_nobody_asked_for_anything_and_where_the_clock_comes_from(
    signed_in: SignedIn, db: Database
) -> None:
    another_hospital = an_incoming(referral=a_referral(requested=None), seniority_date=date(2026, 11, 16))
    referral = recommended(db, stored(db, another_hospital), a_recommendation(requested=""))

    page = signed_in(KARI).get(path(referral)).text

    assert "Endoskopi: ikke oppgitt" in page
    assert "(ansiennitetsdato 16.11.2026, ti virkedager)" in page


def test_only_who_holds_it_gets_the_form(signed_in: SignedIn, referral: StoredReferral) -> None:
    assert 'id="decision"' in signed_in(KARI).get(path(referral)).text
    assert 'id="decision"' not in signed_in(OLA).get(path(referral)).text
    assert "kari</strong>" in signed_in(OLA).get(path(referral)).text


def test_who_no_longer_holds_it_is_told_so_and_what_is_wrong(signed_in: SignedIn, referral: StoredReferral) -> None:
    answer = signed_in(OLA).submit(path(referral, "/avgjorelse"), **a_refusal_form(referral, advice=""))

    assert answer.status_code == 422
    assert "Du holder ikke lenger på med henvisningen. Et avslag må si hva pasienten kan gjøre nå." in answer.text
    assert "Kortvarig refluks uten faretegn" in answer.text


def test_no_outcome_is_chosen_beforehand(signed_in: SignedIn, referral: StoredReferral) -> None:
    page = signed_in(KARI).get(path(referral)).text

    assert not any(f'value="{outcome}" data-key="{key}" checked' in page for outcome in Outcome for key in "12345")


def suggested(page: str, field: str) -> str:
    return page.split(f'name="{field}"', 1)[1].split(">", 1)[1].split("<", 1)[0]


def test_advice_follows_what_was_asked_for(signed_in: SignedIn, referral: StoredReferral) -> None:
    page = signed_in(KARI).get(path(referral)).text

    assert "Helicobacter" in suggested(page, "advice") or "pylori" in suggested(page, "advice")
    assert suggested(page, "warning_signs")


def test_without_an_area_no_advice_is_suggested(signed_in: SignedIn, db: Database, engines: Engines) -> None:
    referral = claimed(db, stored(db, an_incoming(referral=a_referral(area=None))), engines.policy, by=KARI)

    page = signed_in(KARI).get(path(referral)).text

    assert suggested(page, "advice") == ""
    assert '<select class="ds-input" id="area"' in page


# Letters before they are written ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "patient", "referrer"),
    [("nb", "Du kan klage", "Svar på henvisning"), ("nn", "Du kan klage", "Svar på tilvising")],
)
def test_the_preview_shows_both_letters_in_the_chosen_language(
    signed_in: SignedIn, referral: StoredReferral, language: str, patient: str, referrer: str
) -> None:
    page = signed_in(KARI).submit(path(referral, "/brevutkast"), **a_refusal_form(referral, language=language)).text

    assert "Brevene er klare." in page
    assert patient in page
    assert referrer in page


def test_for_a_part_of_the_page_only_the_letters_come(signed_in: SignedIn, referral: StoredReferral) -> None:
    browser = signed_in(KARI)
    browser.headers["HX-Request"] = "true"

    page = browser.submit(path(referral, "/brevutkast"), **a_refusal_form(referral)).text

    assert "<html" not in page
    assert "Du kan klage" in page


def test_suggested_texts_follow_the_language_and_typed_ones_stay(signed_in: SignedIn, referral: StoredReferral) -> None:
    form = a_refusal_form(referral, language="nn", written_in="nb", reason="Mine egne ord om pasienten.", advice="")
    form["warning_signs"] = suggested(signed_in(KARI).get(path(referral)).text, "warning_signs")

    page = signed_in(KARI).submit(path(referral, "/brevutkast"), **form).text

    assert "Mine egne ord om pasienten." in page
    assert suggested(page, "warning_signs") != form["warning_signs"]


def test_previewing_by_who_holds_it_does_not_flood_the_log(
    signed_in: SignedIn, db: Database, referral: StoredReferral
) -> None:
    browser = signed_in(KARI)
    before = log_length(db)

    browser.submit(path(referral, "/brevutkast"), **a_refusal_form(referral))

    assert log_length(db) == before


def test_previewing_by_anybody_else_is_written_down(
    signed_in: SignedIn, db: Database, referral: StoredReferral
) -> None:
    browser = signed_in(OLA)
    before = log_length(db)

    browser.submit(path(referral, "/brevutkast"), **a_refusal_form(referral))

    assert log_length(db) == before + 1


def log_length(db: Database) -> int:
    with db.reading(as_=SYSTEM) as tx:
        return audit.head(tx).sequence


# The decision -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "outcome"), [(a_refusal_form, Outcome.RIGHT_REFUSED), (a_grant_form, Outcome.RIGHT_GRANTED)]
)
def test_a_decision_leads_to_the_next_referral(
    signed_in: SignedIn, db: Database, referral: StoredReferral, form: Form, outcome: Outcome
) -> None:
    following = low_value_referral(db)
    browser = signed_in(KARI)

    answer = browser.submit(path(referral, "/avgjorelse"), **form(referral))

    assert answer.headers["Location"].startswith(f"/henvisning/{following.id}?avgjort=")
    assert f'<a class="ds-link" href="/henvisning/{referral.id}">Oddny' in browser.get(answer.headers["Location"]).text
    assert "Angre" in browser.get(answer.headers["Location"]).text
    assert outcomes(db, referral) == [outcome]


def test_after_the_last_one_the_queue_offers_to_undo(signed_in: SignedIn, referral: StoredReferral) -> None:
    browser = signed_in(KARI)
    answer = browser.submit(path(referral, "/avgjorelse"), **a_refusal_form(referral))

    assert answer.headers["Location"].startswith("/ko?avgjort=")
    assert "Angre" in browser.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"criteria": []}, "minst ett vilkår"),
        ({"reason": "For kort."}, "begrunnelse som gjelder denne pasienten"),
        ({"advice": ""}, "hva pasienten kan gjøre nå"),
        ({"warning_signs": " \n- "}, "hvilke tegn"),
        ({"outcome": ""}, "Velg et utfall"),
        ({"outcome": "right_granted"}, "frist"),
        ({"outcome": "right_granted", "deadline": "other", "other_deadline": "i morgen"}, "ikke en dato"),
        ({"outcome": "right_granted", "deadline": "2020-01-02"}, "før dagen"),
        ({"outcome": "misdirected"}, "hvilken avdeling"),
        ({"outcome": "emergency_handled"}, "hvem som ble kontaktet"),
        ({"outcome": "forwarded", "forwarded_to": "Øyelegene", "forward_place": "contract_specialist"}, "samtykk"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_incomplete_decision_is_stopped_with_what_to_change(
    signed_in: SignedIn, db: Database, referral: StoredReferral, changes: dict[str, Any], says: str
) -> None:
    answer = signed_in(KARI).submit(path(referral, "/avgjorelse"), **a_refusal_form(referral, **changes))

    assert answer.status_code == 422
    assert says in answer.text
    assert outcomes(db, referral) == []


def test_a_letter_that_contradicts_the_decision_stops_it_and_keeps_what_was_typed(
    signed_in: SignedIn, db: Database, referral: StoredReferral
) -> None:
    typed = "Du har rett til nødvendig helsehjelp, men vi har ikke kapasitet nå."

    answer = signed_in(KARI).submit(path(referral, "/avgjorelse"), **a_refusal_form(referral, reason=typed))

    assert answer.status_code == 422
    assert "Dette må rettes" in answer.text
    assert typed in answer.text
    assert outcomes(db, referral) == []


def test_refusing_against_danger_asks_why_and_takes_the_answer(
    signed_in: SignedIn, db: Database, engines: Engines
) -> None:
    referral = claimed(db, dangerous(db), engines.policy, by=KARI)
    browser, form = signed_in(KARI), a_refusal_form(referral)

    asked = browser.submit(path(referral, "/avgjorelse"), **form)
    told = browser.submit(path(referral, "/avgjorelse"), **form, disagreement="already_investigated")

    assert (asked.status_code, told.status_code) == (422, 303)
    assert "Velg hvorfor du likevel avslår." in asked.text


def test_that_it_will_be_asked_is_said_with_the_letters_while_one_types(
    signed_in: SignedIn, db: Database, engines: Engines
) -> None:
    referral = claimed(db, dangerous(db), engines.policy, by=KARI)

    shown = signed_in(KARI).submit(path(referral, "/brevutkast"), **a_refusal_form(referral)).text

    assert shown.count("Velg hvorfor du likevel avslår.") == 2  # above the form, and above the letters
    assert "må besvares når du avslår" in shown


def test_what_is_missing_is_said_once_and_not_for_each_place_in_the_letters(
    signed_in: SignedIn, referral: StoredReferral
) -> None:
    browser = signed_in(KARI)
    browser.headers["HX-Request"] = "true"

    shown = browser.submit(path(referral, "/brevutkast"), **a_grant_form(referral, deadline="")).text

    assert re.findall(r"<ul><li>(.*?)</ul>", shown)[0].count("</li>") == 1


def test_in_administrative_mode_nobody_is_asked_about_a_danger_that_is_not_shown(
    administrative: SignedIn, db: Database
) -> None:
    referral = dangerous(db)

    assert administrative(KARI).submit(path(referral, "/avgjorelse"), **a_refusal_form(referral)).status_code == 303


def test_a_secretary_can_never_decide(signed_in: SignedIn, db: Database, engines: Engines) -> None:
    referral = low_value_referral(db)

    assert signed_in(SIV).submit(path(referral, "/avgjorelse"), **a_refusal_form(referral)).status_code == 403
    assert outcomes(db, referral) == []


def test_what_changed_meanwhile_is_not_overwritten_and_what_was_typed_is_kept(
    signed_in: SignedIn, db: Database, referral: StoredReferral
) -> None:
    typed = "Sure oppstøt etter store måltider uten faretegn har liten nytte av gastroskopi."
    form = a_refusal_form(referral, reason=typed)
    recommended(db, referral, a_recommendation(versions=replace(a_recommendation().versions, rules="r2")))

    answer = signed_in(KARI).submit(path(referral, "/avgjorelse"), **form)

    assert answer.status_code == 409
    assert "endret siden du åpnet den" in answer.text
    assert f'name="version" value="{referral.version + 1}"' in answer.text
    assert typed in answer.text
    assert outcomes(db, referral) == []


def test_when_a_colleague_was_first_both_what_was_decided_and_what_was_typed_are_shown(
    signed_in: SignedIn, db: Database, engines: Engines
) -> None:
    referral = low_value_referral(db)
    decided(db, referral, engines.policy, by=OLA)

    answer = signed_in(KARI).submit(path(referral, "/avgjorelse"), **a_refusal_form(referral))

    assert answer.status_code == 409
    assert "Avgjort: Rett til helsehjelp" in answer.text
    assert "Kortvarig refluks uten faretegn" in answer.text
    assert outcomes(db, referral) == [Outcome.RIGHT_GRANTED]


def test_of_two_people_who_decide_at_the_same_moment_one_does_and_the_other_is_told(
    signed_in: SignedIn, db: Database
) -> None:
    referral, start = low_value_referral(db), Barrier(2)

    def race(sides: tuple[Browser, Form]) -> int:
        browser, form = sides
        start.wait()
        return browser.submit(path(referral, "/avgjorelse"), **form(referral)).status_code

    with ThreadPoolExecutor() as pool:
        answers = sorted(pool.map(race, [(signed_in(KARI), a_refusal_form), (signed_in(OLA), a_grant_form)]))

    assert answers == [303, 409]
    assert len(outcomes(db, referral)) == 1


# Back again -------------------------------------------------------------------------------------------------------


def test_an_undone_decision_is_back_with_whoever_undid_it(
    signed_in: SignedIn, db: Database, engines: Engines, referral: StoredReferral
) -> None:
    decision = decided(db, referral, engines.policy, by=KARI)
    browser = signed_in(KARI)

    answer = browser.submit(f"/avgjorelse/{decision.id}/angre")

    assert answer.headers["Location"] == path(referral)
    assert 'id="decision"' in browser.get(path(referral)).text
    assert outcomes(db, referral) == []


def test_what_an_undone_decision_was_made_by_is_back_in_the_form(signed_in: SignedIn, referral: StoredReferral) -> None:
    browser, form = signed_in(KARI), a_refusal_form(referral)
    decision = re.findall(
        "avgjort=([0-9a-f-]+)", browser.submit(path(referral, "/avgjorelse"), **form).headers["Location"]
    )

    browser.submit(f"/avgjorelse/{decision[0]}/angre")

    page = browser.get(path(referral)).text
    assert form["reason"] in page
    assert form["advice"] in page
    assert re.search('value="right_refused"[^>]* checked', page)


def test_undo_is_offered_to_whoever_may_undo(signed_in: SignedIn, db: Database, engines: Engines) -> None:
    decision = decided(db, low_value_referral(db), engines.policy, by=KARI)
    path = f"/henvisning/{decision.referral_id}"
    seen = {person.username: "Angre <kbd>" in signed_in(person).get(path).text for person in (KARI, OLA, SIV, BERIT)}

    assert seen == {"kari": True, "ola": True, "siv": False, "berit": False}


def test_when_the_hold_back_is_over_only_a_correcting_decision_is_offered(
    too_late: SignedIn, db: Database, engines: Engines, referral: StoredReferral
) -> None:
    decision = decided(db, referral, engines.policy, by=KARI)
    browser = too_late(KARI)

    assert browser.submit(f"/avgjorelse/{decision.id}/angre").status_code == 409
    page = browser.get(path(referral)).text
    assert "Angre <kbd>" not in page
    assert "Rett avgjørelsen med en ny" in page


def test_a_correcting_decision_follows_the_one_it_corrects(
    too_late: SignedIn, db: Database, engines: Engines, referral: StoredReferral
) -> None:
    decision = decided(db, referral, engines.policy, by=KARI)
    form = a_refusal_form(read_again(db, referral.id), corrects=str(decision.id), correction="Utfallet var feil.")

    answer = too_late(KARI).submit(path(referral, "/avgjorelse"), **form)

    assert answer.status_code == 303
    assert outcomes(db, referral) == [Outcome.RIGHT_GRANTED, Outcome.RIGHT_REFUSED]


def test_a_correction_that_is_undone_leaves_the_decision_before(
    signed_in: SignedIn, too_late: SignedIn, db: Database, engines: Engines, referral: StoredReferral
) -> None:
    decision = decided(db, referral, engines.policy, by=KARI)
    form = a_refusal_form(read_again(db, referral.id), corrects=str(decision.id), correction="Utfallet var feil.")
    answer = too_late(KARI).submit(path(referral, "/avgjorelse"), **form)
    correction = re.findall("avgjort=([0-9a-f-]+)", answer.headers["Location"])[0]

    answer = signed_in(KARI).submit(f"/avgjorelse/{correction}/angre")

    assert answer.headers["Location"] == path(referral)
    assert outcomes(db, referral) == [Outcome.RIGHT_GRANTED]


@pytest.fixture
def too_late(under: Callable[..., SignedIn]) -> SignedIn:
    """In a department that holds no letter back."""
    return under(hold_back_minutes=0)


# Beside the decision ----------------------------------------------------------------------------------------------


def test_a_question_leaves_the_clock_running(signed_in: SignedIn, db: Database, referral: StoredReferral) -> None:
    browser = signed_in(SIV)

    browser.submit(path(referral, "/sporsmal"), questions="Har pasienten vekttap?\n\nHva er Hb?")

    page = browser.get(path(referral)).text
    assert "Har pasienten vekttap?" in page
    assert "Klokka går." in page
    again = read_again(db, referral.id)
    assert (again.clock_start, again.assessment_due) == (referral.clock_start, referral.assessment_due)


@pytest.mark.parametrize(
    ("name", "question", "wrong"),
    [(None, "Hva er Hb?", "navn mangler"), ("Oddny Oppdiktet", "Hva er Hb? Vi har ikke kapasitet.", "Kapasitet")],
    ids=["nobody to write to", "words that no letter may hold"],
)
def test_nobody_is_asked_by_a_letter_that_cannot_be_written(
    signed_in: SignedIn, db: Database, name: str | None, question: str, wrong: str
) -> None:
    referral = low_value_referral(db, patient=a_patient(name=name))

    answer = signed_in(SIV).submit(path(referral, "/sporsmal"), questions=question)

    assert answer.status_code == 422
    assert wrong in answer.text
    assert workflow.look_at(db, referral.id, by=SIV).information_requests == ()


def test_an_answer_is_noted(signed_in: SignedIn, db: Database, engines: Engines, referral: StoredReferral) -> None:
    asked = workflow.ask_for_information(db, referral.id, ["Hva er Hb?"], engines.policy, by=SIV)
    browser = signed_in(SIV)

    browser.submit(f"/sporsmal/{asked}/besvart")

    assert "Besvart" in browser.get(path(referral)).text


def test_an_ordinary_referral_cannot_be_closed_without_a_decision(
    signed_in: SignedIn, db: Database, referral: StoredReferral
) -> None:
    answer = signed_in(KARI).submit(path(referral, "/lukk"), version=referral.version)

    assert answer.status_code == 403
    assert read_again(db, referral.id).status is Status.OPEN


def test_a_test_message_can_be_closed(signed_in: SignedIn, db: Database) -> None:
    referral = low_value_referral(db, test_message=True)

    signed_in(SIV).submit(path(referral, "/lukk"), version=referral.version)

    assert read_again(db, referral.id).status is Status.CLOSED


def test_letting_go_leaves_it_to_others(signed_in: SignedIn, db: Database, referral: StoredReferral) -> None:
    signed_in(KARI).submit(path(referral, "/slipp"))

    assert read_again(db, referral.id).claimed_by is None
