"""What must hold of a decision before any words are chosen: the faults that no template can mend."""

from collections.abc import Callable, Iterator
from datetime import date

from triage.domain.decision import Outcome, Place
from triage.domain.letter import LetterFacts, LetterFault, LetterKind
from triage.letters.templates import TemplateCard

_Check = Callable[[LetterFacts, TemplateCard], Iterator[LetterFault]]


def check_facts(facts: LetterFacts, card: TemplateCard) -> tuple[LetterFault, ...]:
    """Every fault of the decision itself; the words are the linter's business."""
    return tuple(fault for check in _CHECKS for fault in check(facts, card))


def _template(facts: LetterFacts, card: TemplateCard) -> Iterator[LetterFault]:
    if facts.outcome not in (card.outcomes or (None,)):
        yield LetterFault("template-outcome", "Brevmalen hører til et annet utfall. Velg malen som passer avgjørelsen.")
    if facts.decided > card.review_by:
        yield LetterFault("template-review", "Brevmalen skulle vært gjennomgått. Få den godkjent på nytt før bruk.")


def _people(facts: LetterFacts, _: TemplateCard) -> Iterator[LetterFault]:
    if not facts.decided_by.name.strip() or not facts.decided_by.title.strip():
        yield LetterFault("decider", "Skriv hvem som har avgjort, med navn og stilling.")
    if not facts.patient.name.strip():
        yield LetterFault("patient-name", "Skriv pasientens navn.")


def _days(facts: LetterFacts, _: TemplateCard) -> Iterator[LetterFault]:
    if facts.decided < facts.received:
        yield LetterFault("decided-before-received", "Avgjørelsen er datert før henvisningen kom. Rett datoene.")
    if facts.outcome is not Outcome.RIGHT_GRANTED:
        if facts.deadline is not None:
            yield LetterFault("deadline-without-right", "Bare en avgjørelse som gir rett, har frist. Ta bort fristen.")
        return
    if facts.deadline is None:
        yield LetterFault("deadline-missing", "Sett en frist: siste dato da helsehjelpen må starte.")
    elif facts.deadline < _earliest_deadline(facts):
        yield LetterFault("deadline-past", "Fristen ligger før avgjørelsen eller før henvisningen kom. Rett fristen.")


def _earliest_deadline(facts: LetterFacts) -> date:
    """A letter about a breach is written after the deadline, every other letter before it."""
    return facts.received if facts.kind is LetterKind.DEADLINE_BREACH else max(facts.received, facts.decided)


def _reasons(facts: LetterFacts, _: TemplateCard) -> Iterator[LetterFault]:
    refused = facts.outcome is Outcome.RIGHT_REFUSED
    if (refused or facts.kind is LetterKind.CONSENT_REQUEST) and not facts.reason.strip():
        yield LetterFault("reason-missing", "Skriv en begrunnelse som gjelder akkurat denne pasienten.")
    if not refused:
        return
    if not facts.criteria:
        yield LetterFault("criteria-missing", "Velg hva som avgjorde: nytte, ressursbruk eller alvorlighet.")
    if not any(line.strip() for line in facts.advice):
        yield LetterFault("advice-missing", "Skriv minst ett råd om hva pasienten kan gjøre nå.")
    if not any(line.strip() for line in facts.warning_signs):
        yield LetterFault("signs-missing", "Skriv minst ett tegn som betyr at pasienten må ta kontakt igjen.")


def _consent(facts: LetterFacts, _: TemplateCard) -> Iterator[LetterFault]:
    if facts.outcome is Outcome.FORWARDED and facts.place is not Place.OTHER_HOSPITAL and facts.consent is None:
        yield LetterFault("consent-missing", "Henvisningen kan ikke sendes videre uten pasientens samtykke.")
    if facts.consent is None:
        return
    if facts.consent.withdrawn_on is not None:
        yield LetterFault("consent-withdrawn", "Samtykket er trukket. Henvisningen kan ikke sendes videre.")
    if facts.consent.given_on > facts.decided:
        yield LetterFault("consent-later", "Samtykket er datert etter avgjørelsen. Rett datoen.")


def _requests(facts: LetterFacts, _: TemplateCard) -> Iterator[LetterFault]:
    if facts.kind is LetterKind.INFORMATION_REQUEST:
        if not any(line.strip() for line in facts.missing):
            yield LetterFault("missing-missing", "Skriv hvilke opplysninger som trengs for å avgjøre henvisningen.")
        if facts.answer_by is None:
            yield LetterFault("answer-by-missing", "Sett datoen da henvisningen avgjøres ut fra det som finnes.")
    if facts.answer_by is not None and facts.answer_by < facts.decided:
        yield LetterFault("answer-by-past", "Svarfristen ligger før brevet. Rett datoen.")
    if facts.kind is LetterKind.CORRECTION and not facts.corrects.strip():
        yield LetterFault("corrects-missing", "Skriv hva som var feil i det forrige brevet.")


_CHECKS: tuple[_Check, ...] = (_template, _people, _days, _reasons, _consent, _requests)
