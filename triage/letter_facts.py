"""From a decision or a letter beside it, and the referral it is about, to all that its letters may say."""

from dataclasses import fields, replace
from typing import Any

from triage.domain.calendar import oslo_date
from triage.domain.decision import Asked, Decision, InformationRequest, Outcome, Person
from triage.domain.errors import NotReady
from triage.domain.letter import LetterDecider, LetterFacts, LetterKind, LetterPatient, LetterReferrer, letter_kind
from triage.domain.policy import Policy
from triage.store import decisions, recommendations, referrals, specialists
from triage.store.database import Tx
from triage.store.referrals import StoredReferral

_SAME_IN_BOTH = {field.name for field in fields(Decision)} & {field.name for field in fields(LetterFacts)}
_AT_CONTRACT_SPECIALIST = {
    LetterKind.GRANTED_AT_CONTRACT_SPECIALIST,
    LetterKind.REFUSED_SEE_CONTRACT_SPECIALIST,
    LetterKind.CONSENT_REQUEST,
}


def about(tx: Tx, cause: Decision | InformationRequest, stored: StoredReferral, policy: Policy) -> LetterFacts:
    """Raises NotReady when nobody has said which department the referral belongs to, or when it has no unit."""
    own = _of_decision(tx, cause) if isinstance(cause, Decision) else _of_request(cause, stored, policy)
    area, patient, sender = own["area"], stored.incoming.patient, stored.incoming.sender
    if area not in policy.units:
        raise NotReady(f"Avdelingens regler ({policy.label}) mangler enheten for området {area}.")
    facts = LetterFacts(
        received=oslo_date(stored.first_received_at),
        seniority_date=stored.incoming.seniority_date,
        patient=LetterPatient(patient.name or "", patient.birth_date, patient.address),
        referrer=LetterReferrer(sender.person or sender.organisation or "", sender.organisation or ""),
        unit=policy.units[area],
        referral_text=stored.incoming.referral.text,
        stated=_stated(tx, stored),
        **own,
    )
    names_them = facts.words_of in _AT_CONTRACT_SPECIALIST
    return replace(facts, specialists=specialists.nearest(tx, area, patient.municipality)) if names_them else facts


def _stated(tx: Tx, stored: StoredReferral) -> str:
    """Empty when the referrer may have written more, in an attachment or an answer, than the program reads."""
    asked = any(each.kind is Asked.INFORMATION for each in decisions.information_requests(tx, stored.id))
    if asked or referrals.attachment_names(tx, stored.id):
        return ""
    referral = stored.incoming.referral
    return " ".join((referral.text, *referral.codes))


def _of_decision(tx: Tx, decision: Decision) -> dict[str, Any]:
    """What a decision and its letters call by the same name is the same."""
    kind = letter_kind(decision.outcome, place=decision.place, advice=decision.advice)
    newest = recommendations.all_of(tx, decision.referral_id)[:1]
    return {name: getattr(decision, name) for name in _SAME_IN_BOTH} | {
        "kind": LetterKind.CORRECTION if decision.corrects else kind,
        "decided": oslo_date(decision.decided_at),
        "decided_by": _decider(decision.decided_by),
        "corrects": decision.correction,
        "missing": tuple(
            fact.in_language(decision.language).label for each in newest for fact in each.recommendation.missing
        ),
    }


def _of_request(request: InformationRequest, stored: StoredReferral, policy: Policy) -> dict[str, Any]:
    asks, breach = request.kind is Asked.INFORMATION, request.kind is Asked.BREACH
    referral = stored.incoming.referral
    if stored.area is None:
        raise NotReady("Velg fagområde før du spør henviseren.")
    return {
        "kind": LetterKind(request.kind),
        "outcome": Outcome.RIGHT_GRANTED if breach else None,
        "area": stored.area,
        "language": referral.language or policy.letter_language,
        "decided": oslo_date(request.asked_at),
        "decided_by": _decider(request.asked_by),
        "missing": request.questions if asks else (),
        "reason": "" if asks else "\n".join(request.questions),
        "deadline": request.answer_by if breach else None,
        "answer_by": None if breach else request.answer_by,
    }


def _decider(person: Person) -> LetterDecider:
    return LetterDecider(person.name, person.title, person.hpr)
