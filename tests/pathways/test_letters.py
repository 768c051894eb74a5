"""From a decision to its letters, by the real templates."""

from dataclasses import replace

import pytest

from tests.builders import KARI, SIV, a_decision, a_refusal, read_again, stored
from triage import workflow
from triage.domain.decision import Decision
from triage.domain.errors import Conflict, LetterContradicts
from triage.domain.letter import LetterKind, Recipient
from triage.engines import Engines
from triage.store import letters
from triage.store.database import SYSTEM, Database
from triage.store.letters import StoredLetter


def decided(db: Database, decision: Decision, engines: Engines) -> Decision:
    version = read_again(db, decision.referral_id).version
    workflow.decide(db, decision, engines.policy, expected_version=version)
    return decision


def written(db: Database, decision: Decision) -> list[StoredLetter]:
    return list(workflow.look_at(db, decision.referral_id, by=KARI).letters)


def test_both_letters_are_written_and_say_the_decision(db: Database, engines: Engines) -> None:
    decision = decided(db, a_decision(stored(db)), engines)
    workflow.write_letters(db, decision.id, engines)

    patient, referrer = sorted((each.letter for each in written(db, decision)), key=lambda each: each.recipient)
    assert (patient.recipient, referrer.recipient) == (Recipient.PATIENT, Recipient.REFERRER)
    assert "2. januar 2099" in patient.text
    assert patient.pdf.startswith(b"%PDF")


def test_writing_twice_gives_one_pair(db: Database, engines: Engines) -> None:
    decision = decided(db, a_refusal(stored(db)), engines)
    workflow.write_letters(db, decision.id, engines)
    once = written(db, decision)
    workflow.write_letters(db, decision.id, engines)

    assert written(db, decision) == once
    assert len(once) == 2


def test_an_undone_decision_gets_no_letters(db: Database, engines: Engines) -> None:
    decision = decided(db, a_decision(stored(db)), engines)
    workflow.undo(db, decision.id, engines.policy, by=KARI)
    workflow.write_letters(db, decision.id, engines)

    assert written(db, decision) == []


def test_when_the_letters_are_written_it_is_too_late_to_undo(db: Database, engines: Engines) -> None:
    decision = decided(db, a_decision(stored(db)), engines)
    workflow.write_letters(db, decision.id, engines)

    with pytest.raises(Conflict):
        workflow.undo(db, decision.id, engines.policy, by=KARI)


def test_a_letter_that_contradicts_its_decision_is_not_written_and_the_decision_is_listed(
    db: Database, engines: Engines
) -> None:
    reason = "Vi har dessverre ikke kapasitet til å ta imot pasienten nå."
    decision = decided(db, a_refusal(stored(db), reason=reason), engines)

    with pytest.raises(LetterContradicts):
        workflow.write_letters(db, decision.id, engines)
    with db.reading(as_=SYSTEM) as tx:
        assert letters.missing(tx, decided_before=decision.decided_at.replace(year=2100)) == [decision.id]


def test_a_correction_is_a_letter_of_its_own(db: Database, engines: Engines) -> None:
    wrong = decided(db, a_refusal(stored(db)), engines)
    workflow.write_letters(db, wrong.id, engines)
    again = replace(a_decision(read_again(db, wrong.referral_id)), corrects=wrong.id)
    right = decided(db, replace(again, correction="Utfallet i det forrige brevet var feil."), engines)
    workflow.write_letters(db, right.id, engines)

    assert {each.letter.kind for each in written(db, right) if each.cause == right.id} == {LetterKind.CORRECTION}


def test_a_question_becomes_letters_that_say_when_we_decide(db: Database, engines: Engines) -> None:
    referral = stored(db)
    asked = workflow.ask_for_information(db, referral.id, ["Har pasienten vekttap?"], engines.policy, by=SIV)
    workflow.write_letters(db, asked, engines)
    workflow.write_letters(db, asked, engines)

    case = workflow.look_at(db, referral.id, by=SIV)
    assert {each.letter.kind for each in case.letters} == {LetterKind.INFORMATION_REQUEST}
    assert len(case.letters) == 2
