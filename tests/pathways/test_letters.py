"""From a decision to its letters, by the real templates."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.builders import (
    KARI,
    LETTER,
    SIV,
    a_decision,
    a_policy,
    a_recommendation,
    a_refusal,
    an_incoming,
    decided,
    read_again,
    recommended,
    stored,
)
from tests.delivery.recipients import as_owner
from triage import letter_facts, workflow
from triage.domain.calendar import long_date, oslo_date, utc_now
from triage.domain.decision import Asked, Decision, InformationRequest
from triage.domain.errors import Conflict, LetterContradicts
from triage.domain.finding import MissingFact
from triage.domain.letter import ContractSpecialist, LetterKind, Recipient
from triage.domain.referral import Area, Attachment, Language
from triage.engines import Engines
from triage.letters.measures import wrong_language
from triage.letters.passages import read_passages
from triage.paths import MODELS
from triage.store import decisions, letters, referrals, specialists
from triage.store.database import SYSTEM, Database
from triage.store.letters import StoredLetter
from triage.store.referrals import StoredReferral
from triage.strict_yaml import read_yaml

LEXICON = MODELS / "lexicon"


def written(db: Database, decision: Decision) -> list[StoredLetter]:
    return list(workflow.look_at(db, decision.referral_id, by=KARI).letters)


def test_both_letters_are_written_and_say_the_decision(db: Database, engines: Engines) -> None:
    decision = decided(db, a_decision(stored(db)), engines.policy)
    workflow.write_letters(db, decision.id, engines)

    patient, referrer = sorted((each.letter for each in written(db, decision)), key=lambda each: each.recipient)
    assert (patient.recipient, referrer.recipient) == (Recipient.PATIENT, Recipient.REFERRER)
    assert "2. januar 2099" in patient.text
    assert patient.pdf.startswith(b"%PDF")


def test_writing_twice_gives_one_pair(db: Database, engines: Engines) -> None:
    decision = decided(db, a_refusal(stored(db)), engines.policy)
    workflow.write_letters(db, decision.id, engines)
    once = written(db, decision)
    workflow.write_letters(db, decision.id, engines)

    assert written(db, decision) == once
    assert len(once) == 2


def test_an_undone_decision_gets_no_letters(db: Database, engines: Engines) -> None:
    decision = decided(db, a_decision(stored(db)), engines.policy)
    workflow.undo(db, decision.id, engines.policy, by=KARI)
    workflow.write_letters(db, decision.id, engines)

    assert written(db, decision) == []


def test_when_the_letters_are_written_it_is_too_late_to_undo(db: Database, engines: Engines) -> None:
    decision = decided(db, a_decision(stored(db)), engines.policy)
    workflow.write_letters(db, decision.id, engines)

    with pytest.raises(Conflict):
        workflow.undo(db, decision.id, engines.policy, by=KARI)


def test_a_letter_that_contradicts_its_decision_is_not_written_and_the_decision_is_listed(
    db: Database, engines: Engines
) -> None:
    reason = "Vi har dessverre ikke kapasitet til å ta imot pasienten nå."
    decision = decided(db, a_refusal(stored(db), reason=reason), engines.policy)

    with pytest.raises(LetterContradicts):
        workflow.write_letters(db, decision.id, engines)
    with db.reading(as_=SYSTEM) as tx:
        assert letters.missing(tx, decided_before=decision.decided_at.replace(year=2100)) == [decision.id]


def test_a_correction_is_a_letter_of_its_own(db: Database, engines: Engines) -> None:
    wrong = decided(db, a_refusal(stored(db)), engines.policy)
    workflow.write_letters(db, wrong.id, engines)
    again = replace(a_decision(read_again(db, wrong.referral_id)), corrects=wrong.id)
    right = decided(db, replace(again, correction="Utfallet i det forrige brevet var feil."), engines.policy)
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


# Beside the decision ----------------------------------------------------------------------------------------------


def texts(db: Database, referral: StoredReferral, kind: LetterKind) -> dict[Recipient, str]:
    case = workflow.look_at(db, referral.id, by=SIV)
    return {each.letter.recipient: each.letter.text for each in case.letters if each.letter.kind is kind}


def as_long_ago(db: Database, days: int) -> None:
    as_owner(db, f"UPDATE decision SET decided_at = decided_at - interval '{days} days'")


def asked(db: Database, referral: StoredReferral) -> list[InformationRequest]:
    return list(workflow.look_at(db, referral.id, by=SIV).information_requests)


def test_the_patient_is_asked_for_consent_before_anything_is_forwarded(db: Database, engines: Engines) -> None:
    referral, why = stored(db), "Plagene dine kan undersøkes hos avtalespesialist."
    request = workflow.ask_for_information(db, referral.id, [why], engines.policy, by=SIV, kind=Asked.CONSENT)
    workflow.write_letters(db, request, engines)

    letters_of = texts(db, referral, LetterKind.CONSENT_REQUEST)
    assert set(letters_of) == set(Recipient)
    assert all(why in text for text in letters_of.values())


def test_a_broken_deadline_is_told_of_with_helfo(db: Database, engines: Engines) -> None:
    referral, yesterday = stored(db), utc_now() - timedelta(days=1)
    with db.writing(as_=SYSTEM) as tx:
        decisions.add(tx, a_decision(referral, deadline=oslo_date(yesterday)))

    request = workflow.ask_for_information(db, referral.id, [], engines.policy, by=SIV, kind=Asked.BREACH)
    workflow.write_letters(db, request, engines)

    told = texts(db, referral, LetterKind.DEADLINE_BREACH)
    assert "Helfo" in told[Recipient.PATIENT]
    assert long_date(oslo_date(yesterday)) in told[Recipient.PATIENT]


def test_a_deadline_that_is_not_past_is_not_told_of_as_broken(db: Database, engines: Engines) -> None:
    referral = stored(db)
    decided(db, a_decision(referral, deadline=oslo_date(utc_now())), engines.policy)

    with pytest.raises(Conflict):
        workflow.ask_for_information(db, referral.id, [], engines.policy, by=SIV, kind=Asked.BREACH)


@pytest.mark.parametrize(("days", "questions"), [(89, 0), (91, 1), (181, 0)])
def test_a_referrer_is_asked_once_what_became_of_a_patient_who_was_sent_away(
    db: Database, engines: Engines, days: int, questions: int
) -> None:
    referral = stored(db)
    decided(db, a_refusal(referral), engines.policy)
    as_long_ago(db, days)

    workflow.reconcile(db, engines.policy)
    workflow.reconcile(db, engines.policy)

    assert [request.kind for request in asked(db, referral)] == [Asked.CLOSING] * questions


def test_the_closing_question_goes_to_the_referrer_alone(db: Database, engines: Engines) -> None:
    referral = stored(db)
    decided(db, a_refusal(referral), engines.policy)
    as_long_ago(db, 91)
    workflow.reconcile(db, engines.policy)
    workflow.write_letters(db, asked(db, referral)[0].id, engines)

    assert set(texts(db, referral, LetterKind.CLOSING_QUESTION)) == {Recipient.REFERRER}


@pytest.mark.parametrize("by_way_of", ["a grant", "a new referral"])
def test_nobody_is_asked_what_is_known(db: Database, engines: Engines, by_way_of: str) -> None:
    referral = stored(db)
    decision = {"a grant": a_decision, "a new referral": a_refusal}[by_way_of](referral)
    decided(db, decision, engines.policy)
    stored(db, bounce_of=referral.id if by_way_of == "a new referral" else None)
    as_long_ago(db, 91)
    workflow.reconcile(db, engines.policy)

    assert asked(db, referral) == []


# The register, and the text for a new referral ------------------------------------------------------------------


def a_specialist(**changes: Any) -> ContractSpecialist:
    made = ContractSpecialist(
        "Spesialist Demo", Area.ENDOSCOPY, "Fjordbyen", "5001", 12, oslo_date(utc_now()), "regionens liste"
    )
    return replace(made, **changes)


def refused_with_advice(db: Database, *register: ContractSpecialist, missing: tuple[MissingFact, ...] = ()) -> Decision:
    """A refusal with the advice to see a contract specialist."""
    with db.writing(as_=SYSTEM) as tx:
        specialists.replace(tx, register)
    referral = recommended(db, stored(db), a_recommendation(missing=missing))
    return a_refusal(referral, advice=("Fastlegen kan henvise deg til avtalespesialist.",))


def test_the_nearest_contract_specialist_is_named_with_the_waiting_time(db: Database, engines: Engines) -> None:
    decision = decided(db, refused_with_advice(db, a_specialist()), engines.policy)
    workflow.write_letters(db, decision.id, engines)

    patient = texts(db, read_again(db, decision.referral_id), LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST)
    assert "Spesialist Demo, Fjordbyen: 12 uker (regionens liste," in patient[Recipient.PATIENT]


@pytest.mark.parametrize(("days", "written"), [(90, True), (91, False)])
def test_a_waiting_time_that_is_too_old_stops_the_letter(
    db: Database, engines: Engines, days: int, *, written: bool
) -> None:
    old = a_specialist(as_of=oslo_date(utc_now()) - timedelta(days=days))
    decision = decided(db, refused_with_advice(db, old), engines.policy)

    with nullcontext() if written else pytest.raises(LetterContradicts, match="Ventetidene"):
        workflow.write_letters(db, decision.id, engines)


def test_a_letter_in_nynorsk_names_in_nynorsk_what_is_missing(db: Database) -> None:
    hb = MissingFact("hb", "Hb, og når den ble tatt", "Hva er Hb?", label_nn="Hb, og når prøva vart teken")
    decision = replace(refused_with_advice(db, missing=(hb,)), language=Language.NYNORSK)

    with db.reading(as_=SYSTEM) as tx:
        facts = letter_facts.about(tx, decision, referrals.get(tx, decision.referral_id), a_policy())

    assert facts.missing == ("Hb, og når prøva vart teken",)


@pytest.mark.parametrize(
    ("attachments", "knows"), [((), True), ((Attachment("a.pdf", "application/pdf", b"%"),), False)]
)
def test_what_the_referrer_stated_is_known_when_nothing_came_unread(
    db: Database, attachments: tuple[Attachment, ...], *, knows: bool
) -> None:
    referral = recommended(db, stored(db, an_incoming(attachments=attachments)), a_recommendation())

    with db.reading(as_=SYSTEM) as tx:
        facts = letter_facts.about(tx, a_refusal(referral), referral, a_policy())

    assert (referral.incoming.referral.text in facts.stated) is knows


def test_the_letters_know_when_another_hospital_received_it_first(db: Database) -> None:
    first = date(2026, 9, 1)
    referral = recommended(db, stored(db, an_incoming(seniority_date=first)), a_recommendation())

    with db.reading(as_=SYSTEM) as tx:
        assert letter_facts.about(tx, a_refusal(referral), referral, a_policy()).seniority_date == first


def test_every_question_of_the_program_has_words_in_nynorsk() -> None:
    asked = [item for problem in read_yaml(LEXICON / "decisive.yaml") for item in problem["ask"].values()]
    nynorsk = "\n".join(words for item in asked for words in (item["question_nn"], item.get("label_nn", "")))

    assert wrong_language(read_passages(nynorsk), Language.NYNORSK) is None
    assert [item["question"] for item in asked if item["question_nn"] == item["question"]] == []


def test_the_referrer_gets_back_what_was_written_with_only_what_is_missing_marked(
    db: Database, engines: Engines
) -> None:
    hb = MissingFact("hb", "Hb, og når den ble tatt", "Hva er Hb?")
    decision = decided(db, refused_with_advice(db, missing=(hb,)), engines.policy)
    workflow.write_letters(db, decision.id, engines)

    kind = LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST
    letters_of = texts(db, read_again(db, decision.referral_id), kind)
    assert f"{LETTER}\n» Hb, og når den ble tatt:" in letters_of[Recipient.REFERRER]
    assert LETTER not in letters_of[Recipient.PATIENT]
