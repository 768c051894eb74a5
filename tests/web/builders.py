"""Referrals as the pages meet them, and forms as a browser fills them in."""

from typing import Any
from uuid import UUID

from tests.builders import a_danger, a_decision, a_recommendation, an_incoming, recommended, stored
from triage import workflow
from triage.domain.decision import Decision, Person
from triage.domain.finding import Evidence, Feature, Status
from triage.domain.policy import Policy
from triage.domain.recommendation import Pathway, RuleMatch
from triage.store import audit
from triage.store.audit import Entry
from triage.store.database import SYSTEM, Database
from triage.store.referrals import StoredReferral

DENIED = Feature("gi.dysfagi", Status.NEGATED, (Evidence(65, 71),))  # "dysfagi" in `tests.builders.LETTER`
LOW_VALUE = RuleMatch("endoscopy/test", Pathway.PRIMARY_CARE, "refluks uten alarmfunn", (Evidence(28, 46),))


def logged(db: Database, *subjects: UUID) -> list[Entry]:
    """Everything that was done, or that was done with these; oldest first."""
    with db.reading(as_=SYSTEM) as tx:
        return audit.about(tx, *subjects) if subjects else audit.latest(tx)[::-1]


def path(referral: StoredReferral, step: str = "") -> str:
    return f"/henvisning/{referral.id}{step}"


def dangerous(db: Database) -> StoredReferral:
    proposal = a_recommendation(Pathway.CANCER_PATHWAY, reasons=(a_danger(),))
    return recommended(db, stored(db), proposal)


def low_value_referral(db: Database, **changes: Any) -> StoredReferral:
    """A gastroscopy that the program would leave to the general practitioner."""
    proposal = a_recommendation(Pathway.PRIMARY_CARE, reasons=(LOW_VALUE,), features=(DENIED,), summary="Refluks.")
    return recommended(db, stored(db, an_incoming(**changes)), proposal)


def claimed(db: Database, referral: StoredReferral, policy: Policy, *, by: Person) -> StoredReferral:
    workflow.claim(db, referral.id, policy, by=by)
    return referral


def decided(db: Database, referral: StoredReferral, policy: Policy, *, by: Person) -> Decision:
    decision = a_decision(referral, by=by)
    workflow.decide(db, decision, policy, expected_version=referral.version)
    return decision


def a_refusal_form(referral: StoredReferral, **changes: Any) -> dict[str, Any]:
    """Complete, and such that both letters pass."""
    return {
        "version": referral.version,
        "outcome": "right_refused",
        "criteria": ["benefit"],
        "reason": "Kortvarig refluks uten faretegn har liten nytte av gastroskopi nå.",
        "advice": "Prøv syrehemmende medisin i fire uker.\nFastlegen kan ta prøve for Helicobacter pylori.",
        "warning_signs": "maten setter seg fast når du svelger\ndu kaster opp blod",
        "language": "nb",
        **changes,
    }


def a_grant_form(referral: StoredReferral, **changes: Any) -> dict[str, Any]:
    return {
        "version": referral.version,
        "outcome": "right_granted",
        "place": "own_department",
        "deadline": "2099-01-02",
        "reason": "Symptomene har vart i tre måneder og bør utredes.",
        "warning_signs": "maten setter seg fast når du svelger",
        "language": "nb",
        **changes,
    }
