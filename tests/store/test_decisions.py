"""Recommendations, decisions, questions, consents and letters as they are stored."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from tests.builders import (
    KARI,
    SIV,
    a_decision,
    a_recommendation,
    a_referral,
    a_refusal,
    an_incoming,
    recommended,
    stored,
)
from tests.delivery.recipients import a_letter
from triage.domain.calendar import utc_now
from triage.domain.decision import Consent, InformationRequest
from triage.domain.errors import Conflict, NotFound
from triage.domain.letter import Recipient
from triage.domain.recommendation import Contribution, Pathway, Versions
from triage.domain.referral import Area
from triage.store import decisions, letters, recommendations, referrals
from triage.store.database import Database, Tx

CONSENT = Consent("Til Øyelegene Fjordgløtt", date(2026, 11, 17), "siv")


def test_a_recommendation_comes_back_as_it_was(db: Database) -> None:
    recommendation = a_recommendation(Pathway.EMERGENCY)
    referral = recommended(db, stored(db), recommendation)

    with db.reading(as_=KARI) as tx:
        (found,) = recommendations.all_of(tx, referral.id)
        assert found.recommendation == recommendation
        assert recommendations.get(tx, found.id) == found


def test_the_words_that_moved_the_model_are_sealed(db: Database) -> None:
    recommendation = a_recommendation(contributions=(Contribution("«xylofonklang»", 0.5),))
    referral = recommended(db, stored(db), recommendation)

    with db.reading(as_=KARI) as tx:
        row = str(tx.session.scalar(text("SELECT recommendation::text FROM recommendation")))
        assert recommendations.all_of(tx, referral.id)[0].recommendation == recommendation
    assert "xylofonklang" not in row
    assert b"xylofonklang".hex() not in row


def test_the_same_versions_twice_change_nothing(db: Database) -> None:
    once = recommended(db, stored(db), a_recommendation())
    twice = recommended(db, once, a_recommendation(Pathway.EMERGENCY))

    assert twice == once


def test_new_versions_follow_and_never_replace(db: Database) -> None:
    referral = recommended(db, stored(db), a_recommendation())
    newer = a_recommendation(Pathway.EMERGENCY, versions=Versions("m2", "r1", "p1", "l1"))
    referral = recommended(db, referral, newer)

    with db.reading(as_=KARI) as tx:
        paths = [each.recommendation.pathway for each in recommendations.all_of(tx, referral.id)]
    assert paths == [Pathway.EMERGENCY, Pathway.HOSPITAL]
    assert referral.pathway is Pathway.EMERGENCY


def test_what_the_reader_inferred_fills_in_only_what_was_not_sent(db: Database) -> None:
    unknown = stored(db, an_incoming(referral=a_referral(area=None, requested=None)))
    known = stored(db, an_incoming(referral=a_referral(area=Area.EYE)))

    assert recommended(db, unknown, a_recommendation()).area is Area.ENDOSCOPY
    assert recommended(db, known, a_recommendation()).area is Area.EYE


def test_a_decision_comes_back_as_it_was(db: Database) -> None:
    decision = a_refusal(stored(db), consent=CONSENT)
    with db.writing(as_=KARI) as tx:
        decisions.add(tx, decision)

    with db.reading(as_=KARI) as tx:
        assert decisions.get(tx, decision.id).decision == decision
        assert decisions.standing(tx, decision.referral_id) == decision


def test_the_reason_of_a_decision_does_not_lie_open(db: Database) -> None:
    with db.writing(as_=KARI) as tx:
        decisions.add(tx, a_refusal(stored(db)))

    with db.reading(as_=KARI) as tx:
        row = str(tx.session.execute(text("SELECT decision::text FROM decision")).scalar())
    assert b"Kortvarig".hex() not in row
    assert "Kortvarig" not in row


def test_an_undone_decision_stays_and_no_longer_stands(db: Database) -> None:
    decision = a_decision(stored(db))
    with db.writing(as_=KARI) as tx:
        decisions.add(tx, decision)
        decisions.undo(tx, decision.id, at=utc_now())

    with db.reading(as_=KARI) as tx:
        assert decisions.get(tx, decision.id).undone_at is not None
        assert decisions.standing(tx, decision.referral_id) is None
    with pytest.raises(Conflict), db.writing(as_=KARI) as tx:
        decisions.undo(tx, decision.id, at=utc_now())


def test_a_question_is_answered_once(db: Database) -> None:
    referral = stored(db)
    asked = InformationRequest(
        uuid4(), referral.id, SIV, utc_now(), date(2026, 11, 20), None, ("Har pasienten vekttap?",)
    )
    with db.writing(as_=SIV) as tx:
        decisions.ask(tx, asked)

    with db.writing(as_=SIV) as tx:
        assert decisions.information_request(tx, asked.id) == asked
        assert decisions.answer(tx, asked.id, at=utc_now()) == referral.id
        assert decisions.information_requests(tx, referral.id)[0].answered_at is not None
    with pytest.raises(Conflict), db.writing(as_=SIV) as tx:
        decisions.answer(tx, asked.id, at=utc_now())


def test_a_consent_is_withdrawn_once_and_stays_on_record(db: Database) -> None:
    referral = stored(db)
    with db.writing(as_=SIV) as tx:
        consent_id = decisions.add_consent(tx, referral.id, CONSENT)
        decisions.withdraw_consent(tx, consent_id, on=date(2026, 11, 18))

    with db.reading(as_=SIV) as tx:
        (found,) = decisions.consents(tx, referral.id)
    assert found.consent == replace(CONSENT, withdrawn_on=date(2026, 11, 18))
    with pytest.raises(Conflict), db.writing(as_=SIV) as tx:
        decisions.withdraw_consent(tx, consent_id, on=date(2026, 11, 19))


def written(db: Database) -> tuple[UUID, UUID, list[UUID]]:
    """Referral, decision and its two letters."""
    decision = a_decision(stored(db))
    both = [a_letter(Recipient.PATIENT), a_letter(Recipient.REFERRER)]
    with db.writing(as_=KARI) as tx:
        decisions.add(tx, decision)
        added = letters.add(tx, both, decision, at=utc_now())
    return decision.referral_id, decision.id, added


def test_a_letter_comes_back_byte_for_byte(db: Database) -> None:
    referral_id, decision_id, (first, _) = written(db)

    with db.reading(as_=KARI) as tx:
        assert letters.get(tx, first).letter == a_letter(Recipient.PATIENT)
        assert [each.cause for each in letters.all_of(tx, referral_id)] == [decision_id, decision_id]


def test_a_second_writing_adds_no_letter(db: Database) -> None:
    _, decision_id, _ = written(db)

    with db.writing(as_=KARI) as tx:
        assert (
            letters.add(tx, [a_letter(Recipient.PATIENT)], decisions.get(tx, decision_id).decision, at=utc_now()) == []
        )


def test_decisions_without_their_letters_are_listed(db: Database) -> None:
    _, with_letters, _ = written(db)
    without = a_decision(stored(db))
    with db.writing(as_=KARI) as tx:
        decisions.add(tx, without)

    with db.reading(as_=KARI) as tx:
        assert letters.missing(tx, decided_before=utc_now()) == [without.id]
        assert letters.missing(tx, decided_before=utc_now() - timedelta(hours=1)) == []
        assert letters.exist_for(tx, with_letters)


@pytest.mark.parametrize(
    "read",
    [
        *(decisions.get, decisions.information_request, letters.get, recommendations.get),
        *(referrals.get, referrals.attachment),
    ],
)
def test_what_does_not_exist_is_not_found(db: Database, read: Callable[[Tx, UUID], object]) -> None:
    with pytest.raises(NotFound), db.reading(as_=KARI) as tx:
        read(tx, UUID(int=1))
