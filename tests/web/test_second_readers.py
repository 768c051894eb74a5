"""Blind double reads, second opinions, and answers before the proposal: who is served, what is hidden, what is kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import NAMESPACE_URL, uuid5

import pytest
from sqlalchemy import text

from tests.builders import (
    EYE_DOCTOR,
    KARI,
    OLA,
    SIV,
    a_danger,
    a_decision,
    a_policy,
    a_recommendation,
    a_refusal,
    an_incoming,
    read_again,
    recommended,
    stored,
)
from tests.web.builders import a_grant_form, claimed, dangerous, decided, logged, low_value_referral
from tests.web.conftest import BERIT, SignedIn
from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.decision import Decision, Outcome
from triage.domain.errors import BadInput, Conflict, Forbidden, NotFound
from triage.domain.policy import drawn
from triage.domain.referral import Patient
from triage.engines import Engines
from triage.store import counted, job_queue, letters, readings
from triage.store.audit import Event
from triage.store.database import SYSTEM, Database
from triage.store.readings import Kind
from triage.store.referrals import StoredReferral
from triage.store.tables import Status

NO_LOT, EVERYONE_TWICE = a_policy(), a_policy(blind_double_read_share=1)
WHAT_IS_HIDDEN = ("Pakkeforløp", "svelgvansker", "Kvinne 45 år: refluks.", "Avgjort", "liten nytte av gastroskopi")


def refused(db: Database, referral: StoredReferral) -> Decision:
    refusal = a_refusal(referral, disagreement="clinical_judgement")
    workflow.decide(db, refusal, NO_LOT, expected_version=referral.version)
    return refusal


def answered(db: Database, outcome: Outcome) -> None:
    """By Ola, what waits for him."""
    reading = workflow.take_reading(db, NO_LOT, by=OLA)
    assert reading
    workflow.answer_reading(db, reading, outcome, "Bør utredes.", NO_LOT, by=OLA)


def readings_of(db: Database, referral: StoredReferral) -> list[tuple[Kind, Outcome | None]]:
    with db.reading(as_=SYSTEM) as tx:
        return [(each.kind, each.outcome) for each in readings.all_of(tx, referral.id)]


# Read twice -------------------------------------------------------------------------------------------------------


def test_a_refused_danger_is_always_read_twice_before_anything_else(signed_in: SignedIn, db: Database) -> None:
    refused(db, dangerous(db))
    low_value_referral(db)

    served = signed_in(OLA).submit("/ko/neste").headers["Location"]

    assert served.startswith("/lesning/")


def test_the_decision_just_made_can_be_undone_from_a_blind_reading_too(
    signed_in: SignedIn, db: Database, engines: Engines
) -> None:
    refused(db, dangerous(db))
    referral = claimed(db, low_value_referral(db), engines.policy, by=OLA)
    ola = signed_in(OLA)

    next_page = ola.submit(f"/henvisning/{referral.id}/avgjorelse", **a_grant_form(referral)).headers["Location"]

    assert next_page.startswith("/lesning/")
    assert "/angre" in ola.get(next_page).text


def test_who_decided_is_never_the_second_reader(db: Database) -> None:
    refused(db, dangerous(db))

    assert workflow.take_reading(db, NO_LOT, by=KARI) is None


def test_another_areas_doctor_is_not_served(db: Database) -> None:
    refused(db, dangerous(db))

    assert workflow.take_reading(db, NO_LOT, by=EYE_DOCTOR) is None


def test_who_has_seen_the_decision_is_not_served(db: Database) -> None:
    referral = dangerous(db)
    refused(db, referral)
    workflow.look_at(db, referral.id, by=OLA)

    assert workflow.take_reading(db, NO_LOT, by=OLA) is None


def test_who_had_only_opened_the_referral_before_may_read_a_refused_danger(db: Database) -> None:
    referral = dangerous(db)
    workflow.look_at(db, referral.id, by=OLA)
    refused(db, referral)

    assert workflow.take_reading(db, NO_LOT, by=OLA)


def test_where_agreement_is_measured_nobody_reads_what_they_have_opened(db: Database) -> None:
    referral = low_value_referral(db)
    workflow.look_at(db, referral.id, by=OLA)
    decided(db, referral, EVERYONE_TWICE, by=KARI)

    assert workflow.take_reading(db, NO_LOT, by=OLA) is None


def test_one_reading_is_served_to_one_reader_at_a_time(db: Database) -> None:
    refused(db, dangerous(db))
    berit = replace(OLA, username="berit")

    assert workflow.take_reading(db, NO_LOT, by=OLA) is not None
    assert workflow.take_reading(db, NO_LOT, by=berit) is None


def test_whoever_lets_the_time_run_out_loses_the_reading_to_the_next(db: Database) -> None:
    refused(db, dangerous(db))
    berit, at_once = replace(OLA, username="berit"), a_policy(claim_minutes=0)
    reading = workflow.take_reading(db, at_once, by=OLA)
    assert reading is not None
    assert reading == workflow.take_reading(db, NO_LOT, by=berit)

    with pytest.raises(NotFound):
        workflow.answer_reading(db, reading, Outcome.RIGHT_GRANTED, "", NO_LOT, by=OLA)


def test_the_second_reader_sees_the_letter_and_nobodys_opinion(signed_in: SignedIn, db: Database) -> None:
    refused(db, dangerous(db))
    ola = signed_in(OLA)

    page = ola.get(ola.submit("/lesning/neste").headers["Location"]).text

    assert "Reflukssymptomer i tre måneder" in page
    assert [words for words in WHAT_IS_HIDDEN if words in page] == []


def test_the_referrals_own_page_waits_until_the_answer_is_given(signed_in: SignedIn, db: Database) -> None:
    referral = dangerous(db)
    refused(db, referral)
    ola = signed_in(OLA)
    served = ola.submit("/lesning/neste").headers["Location"]

    assert ola.get(f"/henvisning/{referral.id}").headers["Location"] == served


def test_both_answers_stand_beside_each_other_and_a_difference_is_listed(signed_in: SignedIn, db: Database) -> None:
    referral = dangerous(db)
    refused(db, referral)
    ola = signed_in(OLA)
    served = ola.submit("/lesning/neste").headers["Location"]

    answer = ola.submit(served, outcome="right_granted", comment="Bør utredes.")

    page = ola.get(answer.headers["Location"]).text
    assert "Avgjort: Ikke rett til helsehjelp" in page
    assert "Bør utredes." in page
    assert "lest ulikt" in page
    assert f'href="/henvisning/{referral.id}"' in signed_in(KARI).get("/lesning").text


def test_a_corrected_decision_is_not_listed_any_more(db: Database) -> None:
    refusal = refused(db, dangerous(db))
    answered(db, Outcome.RIGHT_GRANTED)
    again = read_again(db, refusal.referral_id)
    grant = a_decision(again, corrects=refusal.id, correction="Utfallet var feil.")
    workflow.decide(db, grant, NO_LOT, expected_version=again.version)

    with db.reading(as_=OLA) as tx:
        assert readings.unlike(tx) == []


def letters_planned(db: Database) -> int:
    with db.reading(as_=SYSTEM) as tx:
        return job_queue.counts(tx).get("todo", 0)


@pytest.fixture
def held(db: Database) -> Decision:
    return refused(db, dangerous(db))


@pytest.mark.usefixtures("held")
def test_the_letters_of_a_refused_danger_wait_for_the_second_reader(db: Database) -> None:
    assert letters_planned(db) == 0
    with db.reading(as_=SYSTEM) as tx:
        assert letters.missing(tx, decided_before=utc_now()) == []


@pytest.mark.usefixtures("held")
def test_the_letters_leave_when_the_second_reader_means_the_same(db: Database) -> None:
    answered(db, Outcome.RIGHT_REFUSED)

    assert letters_planned(db) == 1


def test_what_was_read_otherwise_waits_until_whoever_decided_stands_by_it(db: Database, held: Decision) -> None:
    answered(db, Outcome.RIGHT_GRANTED)
    assert letters_planned(db) == 0

    workflow.stand_by(db, held.id, NO_LOT, by=KARI)

    assert letters_planned(db) == 1


def test_what_was_read_otherwise_can_be_undone_also_when_the_hold_back_is_over(db: Database, held: Decision) -> None:
    answered(db, Outcome.RIGHT_GRANTED)

    workflow.undo(db, held.id, a_policy(hold_back_minutes=0), by=KARI)

    assert read_again(db, held.referral_id).status is Status.OPEN


def test_nobody_stands_by_an_own_refusal_that_no_one_else_has_read(db: Database, held: Decision) -> None:
    with pytest.raises(Forbidden):
        workflow.stand_by(db, held.id, NO_LOT, by=KARI)


def test_a_leader_who_did_not_decide_lets_the_letters_leave(db: Database, held: Decision) -> None:
    workflow.stand_by(db, held.id, NO_LOT, by=OLA)

    assert letters_planned(db) == 1


@pytest.fixture
def held_by_a_leader(db: Database) -> Decision:
    """Who is the department's only doctor, and decided more than a day ago."""
    yesterday = utc_now() - timedelta(days=1, minutes=1)
    referral = dangerous(db)
    refusal = a_refusal(referral, disagreement="clinical_judgement", by=OLA, decided_at=yesterday)
    workflow.decide(db, refusal, NO_LOT, expected_version=referral.version)
    return refusal


def test_an_only_doctor_who_leads_sends_after_a_day_with_a_reason_that_is_kept(
    signed_in: SignedIn, db: Database, held_by_a_leader: Decision
) -> None:
    ola, path = signed_in(OLA), f"/henvisning/{held_by_a_leader.referral_id}"
    assert "Hvorfor har ingen annen lege lest den?" in ola.get(path).text

    ola.submit(f"/avgjorelse/{held_by_a_leader.id}/sta-ved", because="Eneste lege denne uken.")

    assert letters_planned(db) == 1
    assert "uten at en annen lege har lest henvisningen: Eneste lege denne uken." in ola.get(path).text
    upheld = [one for one in logged(db, held_by_a_leader.referral_id) if one.action == Event.UPHELD]
    assert [one.details["read_by_another"] for one in upheld] == [False]


def test_an_only_doctor_who_leads_does_not_send_without_a_reason(db: Database, held_by_a_leader: Decision) -> None:
    with pytest.raises(BadInput):
        workflow.stand_by(db, held_by_a_leader.id, NO_LOT, by=OLA, because=" ")


def test_a_leader_does_not_send_an_own_refusal_unread_before_a_day_is_over(db: Database) -> None:
    referral = dangerous(db)
    refusal = a_refusal(referral, disagreement="clinical_judgement", by=OLA)
    workflow.decide(db, refusal, NO_LOT, expected_version=referral.version)

    with pytest.raises(Forbidden):
        workflow.stand_by(db, refusal.id, NO_LOT, by=OLA, because="Eneste lege denne uken.")


def test_a_correction_that_refuses_danger_is_read_twice_as_well(db: Database) -> None:
    referral = dangerous(db)
    first = decided(db, referral, NO_LOT, by=KARI)
    again = read_again(db, referral.id)
    refusal = a_refusal(again, disagreement="misread", corrects=first.id, correction="Utfallet var feil.")
    workflow.decide(db, refusal, NO_LOT, expected_version=again.version)

    assert readings_of(db, referral) == [(Kind.REFUSED_RED, None)]


def test_the_page_says_what_the_letters_wait_for_and_who_may_act(
    signed_in: SignedIn, db: Database, held: Decision
) -> None:
    answered(db, Outcome.RIGHT_GRANTED)
    path = f"/henvisning/{held.referral_id}"
    decider, other = signed_in(KARI), signed_in(BERIT)

    page = decider.get(path).text
    assert "Brevene venter: en kollega svarte «Rett til helsehjelp»" in page
    assert "Stå ved avgjørelsen" in page
    assert decider.submit(f"/avgjorelse/{held.id}/sta-ved").headers["Location"] == path
    assert "Stå ved avgjørelsen" not in other.get(path).text


def test_an_answer_is_given_once(db: Database) -> None:
    refused(db, dangerous(db))
    reading = workflow.take_reading(db, NO_LOT, by=OLA)
    assert reading
    workflow.answer_reading(db, reading, Outcome.RIGHT_GRANTED, "", NO_LOT, by=OLA)

    with pytest.raises((NotFound, Conflict)):
        workflow.answer_reading(db, reading, Outcome.RIGHT_REFUSED, "", NO_LOT, by=OLA)


def test_a_decision_that_was_taken_back_is_not_read_twice(db: Database) -> None:
    refusal = refused(db, dangerous(db))
    workflow.undo(db, refusal.id, NO_LOT, by=KARI)

    assert workflow.take_reading(db, NO_LOT, by=OLA) is None


def test_an_ordinary_decision_is_read_twice_only_by_lot(db: Database) -> None:
    left_out, drawn = low_value_referral(db), low_value_referral(db)

    decided(db, left_out, NO_LOT, by=KARI)
    decided(db, drawn, EVERYONE_TWICE, by=KARI)

    assert readings_of(db, left_out) == []
    assert readings_of(db, drawn) == [(Kind.DRAWN, None)]


@pytest.mark.parametrize(("share", "least", "most"), [(0, 0, 0), (0.05, 70, 130), (1, 2000, 2000)])
def test_the_lot_falls_on_the_share_that_the_policy_names(share: float, least: int, most: int) -> None:
    referrals = [uuid5(NAMESPACE_URL, str(number)) for number in range(2000)]

    assert least <= sum(drawn(share, "double read", each) for each in referrals) <= most


def test_one_lot_says_nothing_about_the_other() -> None:
    referrals = [uuid5(NAMESPACE_URL, str(number)) for number in range(2000)]
    twice = [each for each in referrals if drawn(0.5, "double read", each)]

    assert 0.45 < sum(drawn(0.5, "blind first", each) for each in twice) / len(twice) < 0.55


def test_the_report_counts_both_answers_of_what_was_drawn(db: Database) -> None:
    decided(db, low_value_referral(db), EVERYONE_TWICE, by=KARI)
    answered(db, Outcome.RIGHT_REFUSED)

    assert counted_readings(db) == [("right_granted", "right_refused")]


def test_the_report_leaves_out_what_is_read_twice_for_safety(db: Database) -> None:
    refused(db, dangerous(db))
    answered(db, Outcome.RIGHT_REFUSED)

    assert counted_readings(db) == [()]


def counted_readings(db: Database) -> list[tuple[str, ...]]:
    with db.reading(as_=SYSTEM) as tx:
        return [row.readings for row in counted.received(tx, date(2026, 1, 1), date(2026, 12, 31))]


# A colleague ------------------------------------------------------------------------------------------------------


def test_a_colleague_asked_by_name_answers_blind_and_the_answer_is_shown_beside(
    signed_in: SignedIn, db: Database, engines: Engines
) -> None:
    referral = claimed(db, dangerous(db), engines.policy, by=KARI)
    kari, ola = signed_in(KARI), signed_in(OLA)

    kari.submit(f"/henvisning/{referral.id}/kollega", colleague="ola", question="Hva gjør du her?")
    served = ola.submit("/ko/neste").headers["Location"]
    page = ola.get(served).text
    ola.submit(served, outcome="right_granted", comment="Ta den inn.")

    assert "Hva gjør du her?" in page
    assert [words for words in WHAT_IS_HIDDEN if words in page] == []
    assert "Ta den inn." in kari.get(f"/henvisning/{referral.id}").text


@pytest.mark.usefixtures("people")
def test_a_colleague_asked_by_name_is_served_also_after_having_seen_it(db: Database) -> None:
    referral = dangerous(db)
    workflow.look_at(db, referral.id, by=OLA)
    workflow.ask_colleague(db, referral.id, "", by=KARI, colleague="ola")

    assert workflow.claim_next(db, NO_LOT, by=OLA)[0] is not None


def test_whoever_has_time_is_served_when_they_ask_for_it(db: Database) -> None:
    workflow.ask_colleague(db, dangerous(db).id, "", by=KARI)
    now = utc_now()

    with db.writing(as_=OLA) as tx:
        assert readings.take(tx, now=now, until=now, only_pressing=True) is None
    assert workflow.take_reading(db, NO_LOT, by=OLA) is not None


@pytest.mark.parametrize("nobody", ["siv", "oyvind", "kari", "ingen"], ids=["secretary", "eye", "oneself", "unknown"])
@pytest.mark.usefixtures("people")
def test_only_another_doctor_of_the_area_can_be_asked(db: Database, nobody: str) -> None:
    with pytest.raises(BadInput):
        workflow.ask_colleague(db, dangerous(db).id, "", by=KARI, colleague=nobody)


@pytest.mark.usefixtures("people")
def test_a_colleague_is_not_served_what_has_been_decided_meanwhile(signed_in: SignedIn, db: Database) -> None:
    referral = dangerous(db)
    workflow.ask_colleague(db, referral.id, "", by=KARI, colleague="ola")
    decided(db, referral, NO_LOT, by=KARI)

    assert workflow.take_reading(db, NO_LOT, by=OLA) is None
    assert signed_in(OLA).get(f"/henvisning/{referral.id}").status_code == 200


def test_a_question_to_a_colleague_lies_sealed(db: Database) -> None:
    workflow.ask_colleague(db, dangerous(db).id, "Oddny er engstelig", by=KARI)

    with db.reading(as_=SYSTEM) as tx:
        assert b"Oddny" not in tx.session.scalar(text("SELECT question FROM reading"))


# Before the proposal ----------------------------------------------------------------------------------------------


@pytest.fixture
def blind_first(under: Callable[..., SignedIn]) -> SignedIn:
    """In a department where everybody answers first."""
    return under(blind_first_share=1)


def test_the_proposal_is_shown_only_after_ones_own_answer(
    blind_first: SignedIn, db: Database, engines: Engines
) -> None:
    referral = claimed(db, low_value_referral(db), engines.policy, by=KARI)
    kari, path = blind_first(KARI), f"/henvisning/{referral.id}"

    before = [kari.get(path).text, kari.get("/ko").text]
    kari.submit(f"{path}/forst", outcome="right_granted")
    after = kari.get(path).text

    assert not any("refluks uten alarmfunn" in page or "Refluks." in page for page in before)
    assert 'id="decision"' not in before[0]
    assert "refluks uten alarmfunn" in after
    assert 'id="decision"' in after


def test_how_much_the_proposal_steers_can_be_read(blind_first: SignedIn, db: Database, engines: Engines) -> None:
    referral = claimed(db, low_value_referral(db), engines.policy, by=KARI)
    kari = blind_first(KARI)
    kari.submit(f"/henvisning/{referral.id}/forst", outcome="right_refused")
    kari.submit(f"/henvisning/{referral.id}/forst", outcome="right_granted")  # too late: the first one counts

    assert kari.submit(f"/henvisning/{referral.id}/avgjorelse", **a_grant_form(referral)).status_code == 303

    with db.reading(as_=KARI) as tx:
        assert readings.agreement(tx) == {Kind.FIRST: (1, 0)}
        (row,) = counted.received(tx, date(2026, 1, 1), date(2026, 12, 31))
    assert (row.own_answer, row.outcome) == (Outcome.RIGHT_REFUSED, Outcome.RIGHT_GRANTED)


def test_a_secretary_is_not_asked_first(blind_first: SignedIn, db: Database) -> None:
    referral = low_value_referral(db)

    assert "refluks uten alarmfunn" in blind_first(SIV).get(f"/henvisning/{referral.id}").text


def test_where_secretaries_prepare_the_doctor_who_answers_first_sees_no_danger_either(
    blind_first: SignedIn, db: Database
) -> None:
    referral = recommended(db, stored(db, an_incoming(patient=Patient())), a_recommendation(reasons=(a_danger(),)))

    pages = {
        who: [blind_first(who).get(path).text for path in ("/forsortering", f"/forsortering/{referral.id}")]
        for who in (SIV, KARI)
    }

    assert [f"/forsortering/{referral.id}" in page for who in (SIV, KARI) for page in pages[who][:1]] == [True, True]
    assert [["badge red" in page for page in pages[who]] for who in (SIV, KARI)] == [[True, True], [False, False]]
