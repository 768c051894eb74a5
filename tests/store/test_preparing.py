"""Before a doctor reads: what is prepared leaves the secretaries' list and stays in the doctors' queue."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import date

import pytest

from tests.builders import (
    EYE_DOCTOR,
    RECEIVED,
    SIV,
    a_danger,
    a_policy,
    a_recommendation,
    a_referral,
    a_refusal,
    an_incoming,
    decided,
    recommended,
    stored,
)
from triage import workflow
from triage.domain.errors import BadInput, Conflict, Forbidden, NotFound
from triage.domain.finding import MissingFact
from triage.domain.message import Intake
from triage.domain.referral import Area, Attachment
from triage.store import audit, messages, queue, referrals
from triage.store.database import SYSTEM, Database
from triage.store.messages import MessageId
from triage.store.preparing import Unprepared
from triage.store.referrals import StoredReferral

POLICY = a_policy()
OTHER = replace(SIV, username="solveig")
SAID = "Ringte legekontoret. Hb var 13,1 i forrige uke."


def listed(db: Database) -> list[Unprepared]:
    return workflow.show_unprepared(db, by=SIV, limit=50)


def in_the_tray(db: Database) -> MessageId:
    message_id = workflow.receive(db, b"%PDF-1.7 ...", label="a.pdf", channel="test", received_at=RECEIVED)
    workflow.register(db, message_id, POLICY)
    return message_id


def of_message(db: Database, message_id: MessageId) -> list[StoredReferral]:
    with db.reading(as_=SYSTEM) as tx:
        return referrals.of_message(tx, message_id)


def test_danger_is_prepared_first_and_what_is_missing_comes_along(db: Database) -> None:
    fact = MissingFact("hb", "Hb", "Hva er Hb?", decisive=True)
    calm = recommended(db, stored(db), a_recommendation(missing=(fact,)))
    danger = recommended(db, stored(db), a_recommendation(reasons=(a_danger(),)))

    assert [(row.id, row.missing) for row in listed(db)] == [(danger.id, ()), (calm.id, (fact,))]


def test_attachments_and_open_questions_are_counted(db: Database) -> None:
    file = Attachment("a.pdf", "application/pdf", b"%PDF")
    referral = stored(db, an_incoming(attachments=(file, file)))
    workflow.ask_for_information(db, referral.id, ["Hva er Hb?"], POLICY, by=SIV)

    (row,) = listed(db)

    assert (row.attachments, row.asked) == (2, True)


def test_what_is_prepared_leaves_the_list_and_stays_in_the_queue(db: Database) -> None:
    referral = stored(db)
    workflow.mark_prepared(db, [referral.id], by=SIV)

    assert listed(db) == []
    with db.reading(as_=SIV) as tx:
        assert queue.length(tx) == 1


def test_a_referral_is_prepared_once_and_only_while_it_is_open(db: Database) -> None:
    once, ended = stored(db), stored(db)
    workflow.mark_prepared(db, [once.id], by=SIV)
    decided(db, a_refusal(ended))

    with pytest.raises(Conflict):
        workflow.mark_prepared(db, [once.id], by=SIV)
    with pytest.raises(Conflict):
        workflow.mark_prepared(db, [ended.id], by=SIV)


def test_a_call_is_kept_with_the_referral_and_not_in_the_log(db: Database) -> None:
    referral = stored(db)
    workflow.note_contact(db, referral.id, f" {SAID} ", by=SIV)

    (contact,) = workflow.look_at(db, referral.id, by=SIV).contacts
    assert (contact.noted_by, contact.words) == ("siv", SAID)
    with db.reading(as_=SYSTEM) as tx:
        assert "13,1" not in str(audit.about(tx, referral.id))


def test_a_call_says_something_and_is_about_a_referral_of_ones_own(db: Database) -> None:
    referral = stored(db)

    with pytest.raises(BadInput):
        workflow.note_contact(db, referral.id, "  ", by=SIV)
    with pytest.raises(NotFound):
        workflow.note_contact(db, referral.id, SAID, by=EYE_DOCTOR)


def test_a_referral_registered_by_hand_has_the_clock_of_its_message(db: Database) -> None:
    message_id = in_the_tray(db)
    workflow.register_by_hand(db, message_id, an_incoming(), POLICY, by=SIV)

    (referral,) = of_message(db, message_id)
    assert (referral.clock_start, referral.assessment_due) == (date(2026, 11, 16), date(2026, 11, 30))
    with db.reading(as_=SYSTEM) as tx:
        assert messages.get(tx, message_id).outcome is Intake.TRAY
        assert audit.about(tx, message_id)[-1].details == {"by_hand": True}


def test_a_message_may_hold_several_until_somebody_is_done_with_it(db: Database) -> None:
    message_id = in_the_tray(db)
    workflow.register_by_hand(db, message_id, an_incoming(), POLICY, by=SIV)
    workflow.register_by_hand(db, message_id, an_incoming(referral=a_referral("Noe annet.")), POLICY, by=SIV)
    workflow.handle_message(db, message_id, by=SIV)

    assert len(of_message(db, message_id)) == 2
    with pytest.raises(Conflict):
        workflow.register_by_hand(db, message_id, an_incoming(), POLICY, by=SIV)


def test_nobody_registers_in_an_area_that_is_not_theirs(db: Database) -> None:
    message_id = in_the_tray(db)

    with pytest.raises(Forbidden):
        workflow.register_by_hand(
            db, message_id, an_incoming(referral=a_referral(area=Area.ENT)), POLICY, by=EYE_DOCTOR
        )
    assert of_message(db, message_id) == []


def alike(db: Database, *, rule: str = "endoscopy/dysphagia") -> StoredReferral:
    return recommended(db, stored(db), a_recommendation(reasons=(replace(a_danger(), rule=rule),)))


def test_those_for_which_the_same_rules_hold_are_prepared_together_each_with_its_line_in_the_log(db: Database) -> None:
    ids = [alike(db).id for _ in range(3)]

    workflow.mark_prepared(db, ids, by=SIV)

    assert listed(db) == []
    with db.reading(as_=SYSTEM) as tx:
        assert {entry.subject for entry in audit.latest(tx) if entry.action == "prepared"} == set(ids)


def test_what_was_prepared_together_can_be_put_back(db: Database) -> None:
    first, second = alike(db), alike(db)
    workflow.mark_prepared(db, [first.id, second.id], by=SIV)

    workflow.prepare_again(db, [first.id], by=OTHER)
    workflow.prepare_again(db, [second.id], by=SIV)

    assert [row.id for row in listed(db)] == [second.id]


@pytest.mark.parametrize("other", ["endoscopy/haematemesis", None])
def test_those_that_differ_are_not_prepared_together(db: Database, other: str | None) -> None:
    ids = [alike(db).id, alike(db, rule=other).id if other else stored(db).id]

    with pytest.raises(BadInput):
        workflow.mark_prepared(db, ids, by=SIV)

    assert len(listed(db)) == 2


def test_those_that_no_rule_holds_for_are_not_alike(db: Database) -> None:
    with pytest.raises(BadInput):
        workflow.mark_prepared(db, [stored(db).id, stored(db).id], by=SIV)


@pytest.mark.parametrize(("number", "allowed"), [(20, True), (21, False)])
def test_at_most_twenty_are_prepared_together(db: Database, number: int, allowed: bool) -> None:
    ids = [alike(db).id for _ in range(number)]

    with nullcontext() if allowed else pytest.raises(BadInput):
        workflow.mark_prepared(db, ids, by=SIV)

    assert len(listed(db)) == (0 if allowed else 21)


def test_when_one_of_them_was_prepared_by_a_colleague_none_is(db: Database) -> None:
    first, second = alike(db), alike(db)
    workflow.mark_prepared(db, [first.id], by=OTHER)

    with pytest.raises(Conflict):
        workflow.mark_prepared(db, [first.id, second.id], by=SIV)

    assert [row.id for row in listed(db)] == [second.id]
