"""From a decision or a question, and the referral it is about, to all that its letters may say."""

from dataclasses import fields
from datetime import date
from typing import Any

from triage.domain.calendar import oslo_date
from triage.domain.decision import Decision, InformationRequest
from triage.domain.errors import NotReady
from triage.domain.letter import LetterDecider, LetterFacts, LetterKind, LetterPatient, LetterReferrer, letter_kind
from triage.domain.policy import Policy
from triage.domain.referral import IncomingReferral

_SAME_IN_BOTH = {field.name for field in fields(Decision)} & {field.name for field in fields(LetterFacts)}


def about(
    cause: Decision | InformationRequest, incoming: IncomingReferral, *, received: date, policy: Policy
) -> LetterFacts:
    """Raises NotReady when nobody has said which department the referral belongs to, or when it has no unit."""
    own = _of_decision(cause) if isinstance(cause, Decision) else _of_question(cause, incoming, policy)
    if own["area"] not in policy.units:
        raise NotReady(f"Avdelingens regler ({policy.label}) mangler enheten for området {own['area']}.")
    patient, sender = incoming.patient, incoming.sender
    return LetterFacts(
        received=received,
        patient=LetterPatient(patient.name or "", patient.birth_date, patient.address),
        referrer=LetterReferrer(sender.person or sender.organisation or "", sender.organisation or ""),
        unit=policy.units[own["area"]],
        **own,
    )


def _of_decision(decision: Decision) -> dict[str, Any]:
    """What a decision and its letters call by the same name is the same."""
    kind = letter_kind(decision.outcome, place=decision.place, advice=decision.advice)
    person = decision.decided_by
    return {name: getattr(decision, name) for name in _SAME_IN_BOTH} | {
        "kind": LetterKind.CORRECTION if decision.corrects else kind,
        "decided": oslo_date(decision.decided_at),
        "decided_by": LetterDecider(person.name, person.title, person.hpr),
        "corrects": decision.correction,
    }


def _of_question(request: InformationRequest, incoming: IncomingReferral, policy: Policy) -> dict[str, Any]:
    person, referral = request.asked_by, incoming.referral
    if referral.area is None:
        raise NotReady("Velg fagområde før du spør henviseren.")
    return {
        "kind": LetterKind.INFORMATION_REQUEST,
        "outcome": None,
        "area": referral.area,
        "language": referral.language or policy.letter_language,
        "decided": oslo_date(request.asked_at),
        "decided_by": LetterDecider(person.name, person.title, person.hpr),
        "missing": request.questions,
        "answer_by": request.answer_by,
    }
