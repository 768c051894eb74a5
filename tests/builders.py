"""Builders that say only what matters to a test. Every person is invented; numbers are in the synthetic range."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from triage import workflow
from triage.domain.calendar import utc_now
from triage.domain.decision import Criterion, Decision, Outcome, Person, Place, Role
from triage.domain.message import Intake, MessageHead, Party
from triage.domain.policy import Mode, Policy, Statutes, Unit
from triage.domain.recommendation import Pathway, Recommendation, RuleMatch, Versions
from triage.domain.referral import Area, IncomingReferral, Language, Patient, Referral, ReferralId, Sender, Sex
from triage.store import audit, messages, recommendations, referrals
from triage.store.database import SYSTEM, Database
from triage.store.messages import Fate
from triage.store.referrals import StoredReferral

KARI = Person("kari", "Kari Kirurg", "overlege", frozenset({Role.REVIEWER}), frozenset(Area), "9999991")
OLA = Person("ola", "Ola Overlege", "overlege", frozenset({Role.REVIEWER, Role.LEAD}), frozenset(Area), "9999992")
SIV = Person("siv", "Siv Sekretær", "sekretær", frozenset({Role.SECRETARY}), frozenset(Area))
EYE_DOCTOR = Person("oyvind", "Øyvind Øye", "overlege", frozenset({Role.REVIEWER}), frozenset({Area.EYE}))
COUNCIL = Person("frida", "Frida Fagråd", "fagråd", frozenset({Role.COUNCIL}), frozenset(Area))

RECEIVED = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)  # a Monday
LETTER = "Henviser for gastroskopi. Reflukssymptomer i tre måneder, ingen dysfagi."


def a_policy(**changes: Any) -> Policy:
    unit = Unit(
        name="Oppdiktet poliklinikk",
        hospital="Oppdiktet sykehus",
        address=("Postboks 0", "0000 Ingensted"),
        phone="00 00 00 00",
        phone_hours="09-14",
        complaint_body="Statsforvalteren",
        patient_ombud="Pasient- og brukerombudet",
    )
    statutes = Statutes("loven", "§ A", "§ B", "§ C", "§ D", "§ E", "§ F", 4)
    made = Policy(
        id="test",
        version="1",
        mode=Mode.DECISION_SUPPORT,
        statutes=statutes,
        units={area.value: unit for area in Area},
        approved_by="Oppdiktet Leder",
        approved_on=date(2026, 1, 5),
        blind_double_read_share=0,
        blind_first_share=0,
    )
    return replace(made, **changes)


def a_patient(**changes: Any) -> Patient:
    made = Patient(
        name="Oddny Oppdiktet",
        national_id="03925012345",
        birth_date=date(1950, 12, 3),
        sex=Sex.FEMALE,
        municipality="5001",
    )
    return replace(made, **changes)


def a_referral(text: str = LETTER, **changes: Any) -> Referral:
    made = Referral(id="h-1", text=text, area=Area.ENDOSCOPY, requested="gastroscopy", age=45, sex=Sex.FEMALE)
    return replace(made, **changes)


def an_incoming(**changes: Any) -> IncomingReferral:
    made = IncomingReferral(a_referral(), a_patient(), Sender(organisation="Fjordgløtt legesenter", her_id="1"))
    return replace(made, **changes)


def a_head(**changes: Any) -> MessageHead:
    made = MessageHead(format="kith-2.0", id="m-1", sender=Party(name="Fjordgløtt legesenter", ids=(("HER", "1"),)))
    return replace(made, **changes)


def a_recommendation(pathway: Pathway = Pathway.HOSPITAL, **changes: Any) -> Recommendation:
    made = Recommendation(
        pathway=pathway,
        area="endoscopy",
        requested="gastroscopy",
        probabilities={pathway: 1.0},
        confident=True,
        abstained_because=None,
        deadline_weeks=None,
        summary="Kvinne 45 år: refluks.",
        reasons=(),
        features=(),
        missing=(),
        versions=Versions("m1", "r1", "p1", "l1"),
    )
    return replace(made, **changes)


def a_danger() -> RuleMatch:
    return RuleMatch("endoscopy/dysphagia", Pathway.CANCER_PATHWAY, "svelgvansker", danger=True)


def stored(db: Database, incoming: IncomingReferral | None = None, **changes: Any) -> StoredReferral:
    """A referral in the queue, with a message of its own around it."""
    how: dict[str, Any] = {
        "ordinal": 0,
        "received_at": RECEIVED,
        "clock_start": date(2026, 11, 16),
        "assessment_due": date(2026, 11, 30),
        **changes,
    }
    with db.writing(as_=SYSTEM) as tx:
        body = uuid4().bytes
        message_id, _ = messages.add(tx, body=body, label="a.xml", channel="test", received_at=RECEIVED)
        messages.finish(tx, message_id, Fate(Intake.REGISTERED))
        referral_id = referrals.add(tx, incoming or an_incoming(), message_id=message_id, **how)
    return read_again(db, referral_id)


def read_again(db: Database, referral_id: ReferralId) -> StoredReferral:
    with db.reading(as_=SYSTEM) as tx:
        return referrals.get(tx, referral_id)


def recommended(db: Database, referral: StoredReferral, recommendation: Recommendation) -> StoredReferral:
    with db.writing(as_=SYSTEM) as tx:
        recommendations.add(tx, referral.id, recommendation, at=utc_now())
    return read_again(db, referral.id)


def a_decision(referral: StoredReferral, *, by: Person = KARI, **changes: Any) -> Decision:
    """A right granted, complete."""
    made = Decision(
        id=uuid4(),
        referral_id=referral.id,
        outcome=Outcome.RIGHT_GRANTED,
        area=referral.area or Area.ENDOSCOPY,
        decided_by=by,
        decided_at=utc_now(),
        language=Language.BOKMAL,
        place=Place.OWN_DEPARTMENT,
        deadline=date(2099, 1, 2),
        reason="Symptomene har vart i tre måneder og bør utredes.",
    )
    return replace(made, **changes)


def a_refusal(referral: StoredReferral, *, by: Person = KARI, **changes: Any) -> Decision:
    """A right refused, complete."""
    complete = {
        "outcome": Outcome.RIGHT_REFUSED,
        "place": None,
        "deadline": None,
        "criteria": (Criterion.BENEFIT,),
        "reason": "Kortvarig refluks uten faretegn har liten nytte av gastroskopi nå.",
        "advice": ("Prøv syrehemmende medisin i fire uker.",),
        "warning_signs": ("Vansker med å svelge.",),
    }
    return a_decision(referral, by=by, **{**complete, **changes})


def decided(db: Database, decision: Decision, policy: Policy | None = None) -> Decision:
    """On the referral as it is now."""
    version = read_again(db, decision.referral_id).version
    workflow.decide(db, decision, policy or a_policy(), expected_version=version)
    return decision


def actions(db: Database, subject: UUID) -> list[str]:
    """What the log says was done with a referral or a message."""
    with db.reading(as_=SYSTEM) as tx:
        return [entry.action for entry in audit.about(tx, subject)]


def no_job_waits_for_its_time(db: Database) -> None:
    with db.writing(as_=SYSTEM) as tx:
        tx.session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
