"""What each outcome must hold before it may be decided. The same check serves the form, the workflow and tests."""

from triage.domain.calendar import oslo_date
from triage.domain.decision import Decision, Outcome, Place, Role
from triage.domain.policy import Policy

SHORTEST_REASON = 20  # characters; less than this cannot be about one patient


def what_is_missing(decision: Decision, policy: Policy) -> tuple[str, ...]:
    """Norwegian sentences that say what to add or take away; empty when the decision is complete."""
    granted, refused = decision.outcome is Outcome.RIGHT_GRANTED, decision.outcome is Outcome.RIGHT_REFUSED
    forwarded, deadline, consent = decision.outcome is Outcome.FORWARDED, decision.deadline, decision.consent
    elsewhere = forwarded and decision.place is not Place.OTHER_HOSPITAL
    unsaid, silent = not decision.forwarded_to.strip(), not decision.emergency_contact.strip()
    lacks = {
        "Bare en lege kan avgjøre en henvisning.": Role.REVIEWER not in decision.decided_by.roles,
        "Skriv hva som var feil i det forrige brevet.": decision.corrects and not decision.correction.strip(),
        "Bare den som får rett til helsehjelp, skal ha en frist. Fjern fristen eller velg et annet utfall.": deadline
        and not granted,
        "Rett til helsehjelp må ha en frist: siste dato for start, som en dato.": granted and deadline is None,
        "Fristen kan ikke være før dagen du avgjør.": granted
        and deadline
        and deadline < oslo_date(decision.decided_at),
        "Velg hvor helsehjelpen skal gis.": granted and decision.place is None,
        "Et avslag må bygge på minst ett vilkår: nytte, ressurs eller alvorlighet.": refused and not decision.criteria,
        "Et avslag må ha en begrunnelse som gjelder denne pasienten.": refused
        and len(decision.reason.strip()) < SHORTEST_REASON,
        "Et avslag må si hva pasienten kan gjøre nå.": refused and not decision.advice,
        "Et avslag må si hvilke tegn som betyr at pasienten skal søke hjelp igjen.": refused
        and not decision.warning_signs,
        "Skriv hvem henvisningen sendes videre til.": forwarded and unsaid,
        "Videresending krever at pasienten har samtykket, og at samtykket ikke er trukket.": elsewhere
        and (consent is None or consent.withdrawn_on),
        "Avdelingens regler tillater ikke videresending til avtalespesialist.": elsewhere
        and not policy.forward_to_contract_specialist,
        "Skriv hvem som ble kontaktet om øyeblikkelig hjelp, og når.": decision.outcome is Outcome.EMERGENCY_HANDLED
        and silent,
        "Skriv hvilken avdeling henvisningen er sendt til.": decision.outcome is Outcome.MISDIRECTED and unsaid,
    }
    return tuple(sentence for sentence, holds in lacks.items() if holds)
