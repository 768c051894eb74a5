"""From the queue to a decision, and back within the hold-back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.builders import (
    COUNCIL,
    EYE_DOCTOR,
    KARI,
    OLA,
    SIV,
    a_danger,
    a_decision,
    a_policy,
    a_recommendation,
    a_referral,
    a_refusal,
    actions,
    an_incoming,
    decided,
    read_again,
    recommended,
    stored,
)
from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.decision import Consent, Decision, Outcome, Person, Place
from triage.domain.errors import BadInput, Conflict, Forbidden, NotFound, TriageError
from triage.domain.referral import Area, MessageKind
from triage.store import decisions
from triage.store.database import SYSTEM, Database
from triage.store.referrals import StoredReferral
from triage.store.tables import Status

POLICY = a_policy()
CONSENT = Consent("Til Øyelegene Fjordgløtt", date(2026, 11, 17), "siv")
NO_HOLD_BACK = replace(POLICY, hold_back_minutes=0)


def letter_jobs(db: Database) -> int:
    with db.reading(as_=SYSTEM) as tx:
        return tx.session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'write_letters'")) or 0


def test_a_decision_takes_the_referral_out_of_the_queue_and_has_letters_written_later(db: Database) -> None:
    referral = stored(db)
    decided(db, a_decision(referral))

    assert read_again(db, referral.id).status is Status.DECIDED
    assert workflow.show_queue(db, by=KARI) == []
    assert letter_jobs(db) == 1
    assert actions(db, referral.id) == ["decided"]


def test_second_decision_on_a_referral_is_refused(db: Database) -> None:
    referral = stored(db)
    decided(db, a_decision(referral))

    with pytest.raises(Conflict):
        decided(db, a_decision(referral, by=OLA))


def test_of_two_decisions_at_the_same_moment_one_holds_and_the_other_is_a_conflict(db: Database) -> None:
    referral, start = stored(db), Barrier(2)

    def race(person: Person) -> str:
        decision = a_decision(referral, by=person)
        start.wait()
        try:
            workflow.decide(db, decision, POLICY, expected_version=referral.version)
        except Conflict:
            return "conflict"
        return "decided"

    with ThreadPoolExecutor() as pool:
        outcomes = sorted(pool.map(race, [KARI, OLA]))

    assert outcomes == ["conflict", "decided"]
    with db.reading(as_=SYSTEM) as tx:
        assert len(decisions.all_of(tx, referral.id)) == 1
    assert letter_jobs(db) == 1


def test_a_decision_on_what_changed_since_it_was_read_is_refused(db: Database) -> None:
    referral = stored(db)
    recommended(db, referral, a_recommendation())

    with pytest.raises(Conflict):
        workflow.decide(db, a_decision(referral), POLICY, expected_version=referral.version)


def test_whoever_reads_it_keeps_others_from_deciding(db: Database) -> None:
    referral = stored(db)
    workflow.claim(db, referral.id, POLICY, by=OLA)

    with pytest.raises(Conflict, match="En annen"):
        decided(db, a_decision(referral, by=KARI))
    workflow.release(db, referral.id, by=OLA)
    decided(db, a_decision(referral, by=KARI))
    assert read_again(db, referral.id).status is Status.DECIDED


def test_a_claim_that_has_run_out_keeps_nobody(db: Database) -> None:
    referral = stored(db)
    workflow.claim(db, referral.id, a_policy(claim_minutes=0), by=OLA)

    decided(db, a_decision(referral, by=KARI))
    assert read_again(db, referral.id).status is Status.DECIDED


@pytest.mark.parametrize(
    ("person", "error"),
    [(SIV, BadInput), (COUNCIL, BadInput), (EYE_DOCTOR, NotFound)],
    ids=["a secretary", "the council", "another area's doctor"],
)
def test_only_a_doctor_of_the_area_decides(db: Database, person: Person, error: type[TriageError]) -> None:
    referral = stored(db)

    with pytest.raises(error):
        decided(db, a_decision(referral, by=person))
    assert read_again(db, referral.id).status is Status.OPEN


def test_a_decision_for_another_area_is_refused(db: Database) -> None:
    with pytest.raises(BadInput, match="fagområde"):
        decided(db, a_decision(stored(db), area=Area.EYE))


@pytest.mark.parametrize("minutes", [-60 * 24 * 365, 5])
def test_a_decision_dated_before_receipt_or_in_the_future_is_refused(db: Database, minutes: int) -> None:
    with pytest.raises(BadInput, match="mellom mottak og nå"):
        decided(db, a_decision(stored(db), decided_at=utc_now() + timedelta(minutes=minutes)))


def test_a_refusal_against_danger_needs_its_reason(db: Database) -> None:
    referral = recommended(db, stored(db), a_recommendation(reasons=(a_danger(),)))

    with pytest.raises(BadInput, match="faretegn"):
        decided(db, a_refusal(referral))
    decided(db, a_refusal(referral, disagreement="already_investigated"))
    assert read_again(db, referral.id).status is Status.DECIDED


def test_forwarding_needs_a_consent_that_was_recorded(db: Database) -> None:
    referral = stored(db)

    with pytest.raises(BadInput, match="ikke registrert"):
        decided(db, a_forwarding(referral))
    workflow.record_consent(db, referral.id, CONSENT, by=SIV)
    decided(db, a_forwarding(referral))
    assert read_again(db, referral.id).status is Status.DECIDED


def test_a_consent_that_was_withdrawn_carries_no_forwarding(db: Database) -> None:
    referral = stored(db)
    workflow.withdraw_consent(db, workflow.record_consent(db, referral.id, CONSENT, by=SIV), by=SIV)

    with pytest.raises(BadInput, match="trukket"):
        decided(db, a_forwarding(referral))


def a_forwarding(referral: StoredReferral, **changes: object) -> Decision:
    facts = {"outcome": Outcome.FORWARDED, "deadline": None, "place": Place.CONTRACT_SPECIALIST, "consent": CONSENT}
    return a_decision(referral, **{**facts, "forwarded_to": "Øyelegene Fjordgløtt", **changes})


def test_an_undone_decision_puts_the_referral_back_and_gets_no_letters(db: Database) -> None:
    referral = stored(db)
    decision = decided(db, a_decision(referral))

    workflow.undo(db, decision.id, POLICY, by=KARI)

    assert read_again(db, referral.id).status is Status.OPEN
    assert letter_jobs(db) == 0
    assert actions(db, referral.id) == ["decided", "undone"]
    decided(db, a_decision(referral, by=OLA))
    assert read_again(db, referral.id).status is Status.DECIDED


def test_when_the_hold_back_is_over_nothing_is_undone(db: Database) -> None:
    decision = decided(db, a_decision(stored(db)))

    with pytest.raises(Conflict, match="for sent"):
        workflow.undo(db, decision.id, NO_HOLD_BACK, by=KARI)


def test_a_decision_is_undone_by_whoever_made_it_or_a_leader(db: Database) -> None:
    decision = decided(db, a_decision(stored(db), by=KARI))

    with pytest.raises(Forbidden):
        workflow.undo(db, decision.id, POLICY, by=replace(SIV, username="annen"))
    workflow.undo(db, decision.id, POLICY, by=OLA)


def a_correction(db: Database, wrong: Decision, *, by: Person = KARI, **changes: object) -> Decision:
    how = {"corrects": wrong.id, "correction": "Utfallet var feil.", **changes}
    return a_decision(read_again(db, wrong.referral_id), by=by, **how)


def test_a_decision_is_corrected_by_a_new_one_and_both_stay(db: Database) -> None:
    wrong = decided(db, a_refusal(stored(db)))
    right = decided(db, a_correction(db, wrong, by=OLA))

    case = workflow.look_at(db, wrong.referral_id, by=KARI)
    assert [each.decision for each in case.decisions] == [wrong, right]
    assert letter_jobs(db) == 2


def test_a_decision_can_be_corrected_again_when_its_correction_was_taken_back(db: Database) -> None:
    wrong = decided(db, a_refusal(stored(db)))
    hasty = decided(db, a_correction(db, wrong))
    workflow.undo(db, hasty.id, POLICY, by=KARI)
    right = decided(db, a_correction(db, wrong))

    with pytest.raises(Conflict, match="gjelder nå"):
        decided(db, replace(hasty, id=uuid4()))
    assert workflow.look_at(db, wrong.referral_id, by=KARI).decisions[-1].decision == right


def test_only_the_decision_that_holds_can_be_corrected(db: Database) -> None:
    wrong = decided(db, a_refusal(stored(db)))

    with pytest.raises(Conflict, match="gjelder nå"):
        decided(db, a_correction(db, wrong, corrects=uuid4()))


def test_a_question_leaves_the_clock_running_and_shows_in_the_queue(db: Database) -> None:
    referral = stored(db)
    asked = workflow.ask_for_information(db, referral.id, ["Har pasienten vekttap?"], POLICY, by=SIV)

    (row,) = workflow.show_queue(db, by=KARI)
    assert row.assessment_due == referral.assessment_due
    assert row.answer_by is not None

    workflow.note_answer(db, asked, by=SIV)
    assert workflow.show_queue(db, by=KARI)[0].answer_by is None
    assert [done for done in actions(db, referral.id) if done != "queue_shown"] == ["asked", "answered"]


def test_an_empty_question_is_refused(db: Database) -> None:
    with pytest.raises(BadInput):
        workflow.ask_for_information(db, stored(db).id, ["  "], POLICY, by=SIV)


@pytest.mark.parametrize("of", [{"test_message": True}, {"kind": MessageKind.CANCEL}, {"kind": MessageKind.ADDITION}])
def test_what_asks_for_no_decision_can_be_closed(db: Database, of: dict[str, object]) -> None:
    referral = stored(db, an_incoming(**of))

    workflow.close(db, referral.id, expected_version=referral.version, by=SIV)

    assert read_again(db, referral.id).status is Status.CLOSED


def test_a_repeat_can_be_closed(db: Database) -> None:
    referral = stored(db, duplicate_of=stored(db).id)

    workflow.close(db, referral.id, expected_version=referral.version, by=SIV)

    assert read_again(db, referral.id).status is Status.CLOSED


def test_an_ordinary_referral_is_never_closed_without_a_decision(db: Database) -> None:
    referral = stored(db)

    with pytest.raises(Forbidden):
        workflow.close(db, referral.id, expected_version=referral.version, by=SIV)


def test_moving_to_an_area_that_one_does_not_see_has_it_read_again(db: Database) -> None:
    referral = stored(db, an_incoming(referral=a_referral(area=Area.EYE)))

    workflow.move(db, referral.id, Area.ENT, by=EYE_DOCTOR)

    assert read_again(db, referral.id).area is Area.ENT
    with pytest.raises(NotFound):
        workflow.look_at(db, referral.id, by=EYE_DOCTOR)


@pytest.mark.parametrize(
    "step",
    [
        lambda db, referral: workflow.claim(db, referral.id, POLICY, by=EYE_DOCTOR),
        lambda db, referral: workflow.look_at(db, referral.id, by=EYE_DOCTOR),
        lambda db, referral: workflow.move(db, referral.id, Area.EYE, by=EYE_DOCTOR),
        lambda db, referral: workflow.close(db, referral.id, expected_version=1, by=EYE_DOCTOR),
        lambda db, referral: workflow.ask_for_information(db, referral.id, ["?"], POLICY, by=EYE_DOCTOR),
        lambda db, referral: workflow.record_consent(db, referral.id, CONSENT, by=EYE_DOCTOR),
    ],
    ids=["claim", "look at", "move", "close", "ask", "consent"],
)
def test_no_step_touches_another_areas_referral(
    db: Database, step: Callable[[Database, StoredReferral], object]
) -> None:
    referral = stored(db)

    with pytest.raises(TriageError):
        step(db, referral)
    assert read_again(db, referral.id) == referral
    assert actions(db, referral.id) == []


def test_looking_at_a_repeat_of_a_refused_referral_shows_the_earlier_decision(db: Database) -> None:
    refusal = decided(db, a_refusal(stored(db)))
    again = stored(db, bounce_of=refusal.referral_id)

    case = workflow.look_at(db, again.id, by=KARI)

    assert [each.decision for each in case.earlier_decisions] == [refusal]
