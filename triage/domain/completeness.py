"""What each outcome must hold before it may be decided. The same check serves the form, the workflow and tests."""

from collections.abc import Iterator

from triage.domain.calendar import oslo_date
from triage.domain.decision import Decision, Outcome, Place, Role
from triage.domain.policy import Policy

SHORTEST_REASON = 20  # characters; less than this cannot be about one patient


def what_is_missing(decision: Decision, policy: Policy) -> tuple[str, ...]:
    """Norwegian sentences that say what to add or take away; empty when the decision is complete."""
    return (*_of_everyone(decision), *_NEEDS[decision.outcome](decision, policy))


def _of_everyone(decision: Decision) -> Iterator[str]:
    if Role.REVIEWER not in decision.decided_by.roles:
        yield "Bare en lege kan avgjøre en henvisning."
    if decision.corrects and not decision.correction.strip():
        yield "Skriv hva som var feil i det forrige brevet."
    if decision.outcome is not Outcome.RIGHT_GRANTED and decision.deadline:
        yield "Bare den som får rett til helsehjelp, skal ha en frist. Fjern fristen eller velg et annet utfall."


def _granted(decision: Decision, _policy: Policy) -> Iterator[str]:
    if decision.deadline is None:
        yield "Rett til helsehjelp må ha en frist: siste dato for start, som en dato."
    elif decision.deadline < oslo_date(decision.decided_at):
        yield "Fristen kan ikke være før dagen du avgjør."
    if decision.place is None:
        yield "Velg hvor helsehjelpen skal gis."


def _refused(decision: Decision, _policy: Policy) -> Iterator[str]:
    if not decision.criteria:
        yield "Et avslag må bygge på minst ett vilkår: nytte, ressurs eller alvorlighet."
    if len(decision.reason.strip()) < SHORTEST_REASON:
        yield "Et avslag må ha en begrunnelse som gjelder denne pasienten."
    if not decision.advice:
        yield "Et avslag må si hva pasienten kan gjøre nå."
    if not decision.warning_signs:
        yield "Et avslag må si hvilke tegn som betyr at pasienten skal søke hjelp igjen."


def _forwarded(decision: Decision, policy: Policy) -> Iterator[str]:
    if not decision.forwarded_to.strip():
        yield "Skriv hvem henvisningen sendes videre til."
    within_hospitals = decision.place is Place.OTHER_HOSPITAL
    if not within_hospitals and (decision.consent is None or decision.consent.withdrawn_on):
        yield "Videresending krever at pasienten har samtykket, og at samtykket ikke er trukket."
    if not within_hospitals and not policy.forward_to_contract_specialist:
        yield "Avdelingens regler tillater ikke videresending til avtalespesialist."


def _emergency(decision: Decision, _policy: Policy) -> Iterator[str]:
    if not decision.emergency_contact.strip():
        yield "Skriv hvem som ble kontaktet om øyeblikkelig hjelp, og når."


def _misdirected(decision: Decision, _policy: Policy) -> Iterator[str]:
    if not decision.forwarded_to.strip():
        yield "Skriv hvilken avdeling henvisningen er sendt til."


_NEEDS = {
    Outcome.RIGHT_GRANTED: _granted,
    Outcome.RIGHT_REFUSED: _refused,
    Outcome.FORWARDED: _forwarded,
    Outcome.EMERGENCY_HANDLED: _emergency,
    Outcome.MISDIRECTED: _misdirected,
}
