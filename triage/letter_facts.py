"""From a decision or a question, and the referral it is about, to all that its letters may say."""

from datetime import date

from triage.domain.calendar import oslo_date
from triage.domain.decision import Decision, InformationRequest, Person
from triage.domain.errors import NotReady
from triage.domain.letter import LetterDecider, LetterFacts, LetterKind, LetterPatient, LetterReferrer, letter_kind
from triage.domain.policy import Policy, Unit
from triage.domain.referral import Area, IncomingReferral, Patient, Sender


def of_decision(decision: Decision, incoming: IncomingReferral, *, received: date, policy: Policy) -> LetterFacts:
    return LetterFacts(
        kind=_kind(decision),
        outcome=decision.outcome,
        area=decision.area,
        language=decision.language,
        received=received,
        decided=oslo_date(decision.decided_at),
        patient=_patient(incoming.patient),
        referrer=_referrer(incoming.sender),
        decided_by=_decider(decision.decided_by),
        unit=_unit(policy, decision.area),
        reason=decision.reason,
        place=decision.place,
        deadline=decision.deadline,
        criteria=decision.criteria,
        advice=decision.advice,
        warning_signs=decision.warning_signs,
        consent=decision.consent,
        corrects=decision.correction,
        forwarded_to=decision.forwarded_to,
        emergency_contact=decision.emergency_contact,
    )


def of_question(
    request: InformationRequest, incoming: IncomingReferral, *, received: date, policy: Policy
) -> LetterFacts:
    """Raises NotReady when nobody has said which department the referral belongs to."""
    area = incoming.referral.area
    if area is None:
        raise NotReady("Velg fagområde før du spør henviseren.")
    return LetterFacts(
        kind=LetterKind.INFORMATION_REQUEST,
        outcome=None,
        area=area,
        language=incoming.referral.language or policy.letter_language,
        received=received,
        decided=oslo_date(request.asked_at),
        patient=_patient(incoming.patient),
        referrer=_referrer(incoming.sender),
        decided_by=_decider(request.asked_by),
        unit=_unit(policy, area),
        missing=request.questions,
        answer_by=request.answer_by,
    )


def _kind(decision: Decision) -> LetterKind:
    if decision.corrects is not None:
        return LetterKind.CORRECTION
    return letter_kind(decision.outcome, place=decision.place, advice=decision.advice)


def _patient(patient: Patient) -> LetterPatient:
    return LetterPatient(patient.name or "", patient.birth_date, patient.address)


def _referrer(sender: Sender) -> LetterReferrer:
    return LetterReferrer(sender.person or sender.organisation or "", sender.organisation or "")


def _decider(person: Person) -> LetterDecider:
    return LetterDecider(person.name, person.title, person.hpr)


def _unit(policy: Policy, area: Area) -> Unit:
    if area not in policy.units:
        raise NotReady(f"Avdelingens regler ({policy.label}) mangler enheten for området {area}.")
    return policy.units[area]
