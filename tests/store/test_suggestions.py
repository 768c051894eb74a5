"""The stop button: it holds until somebody resumes, and only one stop holds at a time."""

import pytest

from tests.builders import OLA, a_policy
from triage import workflow
from triage.domain.errors import BadInput, Conflict
from triage.domain.policy import Mode, Policy
from triage.store import audit, oversight
from triage.store.database import SYSTEM, Database

POLICY = a_policy()
WHY = "Feil grense for alder i en regel."


def proposes(db: Database, policy: Policy) -> bool:
    with db.reading() as tx:
        return workflow.proposes(tx, policy)


def test_a_stop_turns_the_mode_administrative_and_says_who_and_why(db: Database) -> None:
    workflow.stop_suggestions(db, f" {WHY} ", by=OLA)

    with db.reading() as tx:
        stop = oversight.stopped(tx)
    assert stop is not None
    assert (stop.stopped_by, stop.reason) == ("ola", WHY)
    assert not proposes(db, POLICY)


def test_suggestions_come_back_when_they_are_resumed_and_both_are_in_the_log(db: Database) -> None:
    workflow.stop_suggestions(db, WHY, by=OLA)
    workflow.resume_suggestions(db, by=OLA)

    assert proposes(db, POLICY)
    with db.reading(as_=SYSTEM) as tx:
        assert [entry.action for entry in audit.latest(tx)] == ["suggestions_resumed", "suggestions_stopped"]


def test_a_policy_without_suggestions_has_none_to_resume(db: Database) -> None:
    assert not proposes(db, a_policy(mode=Mode.ADMINISTRATIVE))


def test_only_one_stop_holds(db: Database) -> None:
    workflow.stop_suggestions(db, WHY, by=OLA)

    with pytest.raises(Conflict):
        workflow.stop_suggestions(db, WHY, by=OLA)


def test_what_is_not_stopped_cannot_be_resumed(db: Database) -> None:
    with pytest.raises(Conflict):
        workflow.resume_suggestions(db, by=OLA)


def test_a_stop_has_a_reason(db: Database) -> None:
    with pytest.raises(BadInput):
        workflow.stop_suggestions(db, "  ", by=OLA)
