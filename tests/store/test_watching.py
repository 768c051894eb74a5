"""Whether what comes in has changed, and a model in shadow beside the one in use: counts and shares alone."""

from datetime import timedelta

import pytest

from tests.builders import (
    KARI,
    a_decision,
    a_recommendation,
    a_refusal,
    an_incoming,
    recommended,
    stored,
)
from triage.domain.calendar import utc_now
from triage.domain.recommendation import Pathway, Versions
from triage.domain.referral import Sender
from triage.store import decisions, watching
from triage.store.database import SYSTEM, Database
from triage.store.watching import Beside, Shift

NOW = utc_now()
SHADOW = Versions("m2", "r1", "p1", "l1")


def some(
    db: Database,
    count: int,
    *,
    days_ago: int,
    length: int = 500,
    unsure: int = 0,
    overridden: int = 0,
    sender: str = "A",
) -> None:
    """Referrals that came then, the first of them unsure, the first of them decided with a disagreement."""
    for number in range(count):
        incoming = an_incoming(sender=Sender(organisation=sender))
        referral = stored(db, incoming, received_at=NOW - timedelta(days=days_ago))
        proposal = a_recommendation(
            letter_length=length + number, unseen_words=0.1 + number / 1000, confident=number >= unsure
        )
        referral = recommended(db, referral, proposal)
        reason = "misread" if number < overridden else None
        with db.writing(as_=KARI) as tx:
            decisions.add(tx, a_decision(referral, disagreement=reason))


def drift(db: Database) -> dict[str, Shift]:
    with db.reading(as_=SYSTEM) as tx:
        return {shift.measure: shift for shift in watching.drift(tx, now=NOW)}


@pytest.fixture
def before(db: Database) -> Database:
    some(db, 20, days_ago=60, unsure=2, overridden=2)
    return db


def test_the_same_as_before_is_no_drift(before: Database) -> None:
    some(before, 20, days_ago=3, unsure=2, overridden=2)

    found = drift(before)

    assert [measure for measure, shift in found.items() if shift.changed] == []
    assert (found["abstention"].recent, found["abstention"].before) == (0.1, 0.1)
    assert (found["letter_length"].n_recent, found["letter_length"].n_before) == (20, 20)


@pytest.mark.parametrize(
    ("now", "measure"),
    [
        ({"length": 900}, "letter_length"),
        ({"unsure": 15}, "abstention"),
        ({"overridden": 15}, "override"),
        ({"sender": "B"}, "sender_mix"),
    ],
)
def test_what_has_changed_is_pointed_out_alone(before: Database, now: dict[str, int], measure: str) -> None:
    some(before, 20, days_ago=3, **{"unsure": 2, "overridden": 2, **now})  # type: ignore[arg-type]

    assert [name for name, shift in drift(before).items() if shift.changed] == [measure]


def test_nothing_to_compare_with_is_no_drift(db: Database) -> None:
    assert drift(db)["sender_mix"] == Shift("sender_mix", None, None, 0, 0, False)


def test_a_model_in_shadow_is_counted_beside_the_one_in_use_with_what_people_decided(db: Database) -> None:
    for pathway, decide in ((Pathway.HOSPITAL, a_decision), (Pathway.PRIMARY_CARE, a_refusal)):
        referral = recommended(db, stored(db), a_recommendation(pathway))
        proposal = a_recommendation(Pathway.HOSPITAL, versions=SHADOW, confident=False)
        with db.writing(as_=KARI) as tx:
            watching.add_shadow(tx, referral.id, proposal, at=NOW)
            watching.add_shadow(tx, referral.id, proposal, at=NOW)
            decisions.add(tx, decide(referral))

    with db.reading(as_=SYSTEM) as tx:
        assert watching.side_by_side(tx) == {
            "m2": [
                Beside(Pathway.HOSPITAL, Pathway.HOSPITAL, 1, 0, 1, 1, 1, 0),
                Beside(Pathway.PRIMARY_CARE, Pathway.HOSPITAL, 1, 0, 1, 1, 0, 1),
            ]
        }


def test_a_sample_of_many_shows_the_same_change(before: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_SAMPLE", 30)
    some(before, 20, days_ago=3, length=900, unsure=2, overridden=2)

    found = drift(before)["letter_length"]

    assert found.changed
    assert 0 < found.n_recent + found.n_before < 40
