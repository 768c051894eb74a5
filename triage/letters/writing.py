"""A decision becomes two finished letters, to the patient and to the referrer, or none at all."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256
from typing import Any

from jinja2 import TemplateError
from markupsafe import Markup

from triage.domain.calendar import age_on
from triage.domain.decision import Outcome, Place, empty_fields, is_blank
from triage.domain.errors import LetterContradicts, NotReady
from triage.domain.letter import Letter, LetterFacts, LetterFault, LetterKind, Recipient
from triage.domain.policy import Policy
from triage.letters.complaints import suggested_texts
from triage.letters.document import REPLACEMENT, Document, as_text, printable, read_document, write_pdf
from triage.letters.linting import lint
from triage.letters.rulebook import fault, wording
from triage.letters.templates import PAGE, TemplateCard, Templates, body

_EXAMPLE = "Brevmalen er et eksempel som ingen ved sykehuset har godkjent."
_TO = {Recipient.PATIENT: "Brevet til pasienten", Recipient.REFERRER: "Brevet til henviseren"}


@dataclass(frozen=True, slots=True)
class Draft:
    """One letter in words, with what the linter found; `notes` say what was replaced, and that it is an example."""

    recipient: Recipient
    title: str
    document: Document
    html: str
    text: str
    faults: tuple[LetterFault, ...]
    notes: tuple[str, ...]


def write_letters(facts: LetterFacts, *, policy: Policy, templates: Templates) -> tuple[Letter, ...]:
    """To each recipient of its kind. LetterContradicts names every fault in any, and then none is written."""
    drafts = draft_letters(facts, policy=policy, templates=templates)
    if any(draft.faults for draft in drafts):
        raise LetterContradicts(_named(drafts))
    return tuple(_finished(draft, facts, templates) for draft in drafts)


def draft_letters(facts: LetterFacts, *, policy: Policy, templates: Templates) -> tuple[Draft, ...]:
    recipients = [recipient for recipient in Recipient if recipient in templates.cards[facts.kind].title]
    return tuple(render_text_only(facts, recipient, policy=policy, templates=templates) for recipient in recipients)


def render_text_only(facts: LetterFacts, recipient: Recipient, *, policy: Policy, templates: Templates) -> Draft:
    """The words and their faults without the PDF: quick enough for every keystroke of a preview."""
    card = templates.cards[facts.kind]
    words = _words(facts, recipient, card, policy)
    content, unprintable = printable(_rendered(templates, body(facts.kind, recipient, facts.language), words))
    document = read_document(content)
    said, outcome, language = as_text(document, quoted=False), facts.outcome, facts.language
    faults = lint(said, outcome=outcome, language=language, recipient=recipient, facts=facts, statutes=policy.statutes)
    return Draft(
        recipient=recipient,
        title=words["title"],
        document=document,
        # The content was rendered with escaping on, a moment ago, from our own template.
        html=_rendered(templates, PAGE, {**words, "content": Markup(content)}),  # noqa: S704
        text=as_text(document),
        faults=(*_check_facts(facts, templates, policy), *faults),
        notes=(
            *(f"Tegnet {char} kan ikke skrives ut og er erstattet med {REPLACEMENT}." for char in unprintable),
            *([] if card.digest else [_EXAMPLE]),
        ),
    )


def _check_facts(facts: LetterFacts, templates: Templates, policy: Policy) -> tuple[LetterFault, ...]:
    """Every fault of the decision itself; the words are the linter's business."""
    card, digest = templates.cards[facts.kind], templates.digests[facts.kind]
    granted, refused = facts.outcome is Outcome.RIGHT_GRANTED, facts.outcome is Outcome.RIGHT_REFUSED
    asks, breach = facts.kind is LetterKind.INFORMATION_REQUEST, facts.kind is LetterKind.DEADLINE_BREACH
    forwarded, consent, decider = facts.outcome is Outcome.FORWARDED, facts.consent, facts.decided_by
    born, received, decided = facts.patient.birth_date, facts.received, facts.decided
    oldest = policy.waiting_time_max_age_days
    # A letter about a breach is written after the deadline, every other letter before it.
    earliest = received if breach else max(received, decided)
    faults = {
        "template-outcome": facts.outcome not in (card.outcomes or (None,)),
        "template-unapproved": templates.only_approved and not card.digest,
        "template-changed": card.digest not in {"", digest},
        "template-review": _months(decided) - _months(card.approved_on) > policy.letter_review_months,
        "decider": is_blank(decider.name) or is_blank(decider.title),
        "decider-nobody": wording("nobody").search(decider.name.lower()) is not None,
        "patient-name": facts.period_end is None and is_blank(facts.patient.name),
        "waiting-time-old": any((decided - one.as_of).days > oldest for one in facts.specialists),
        "born-later": born is not None and born > received,
        "decided-before-received": decided < received,
        "deadline-past": granted and facts.deadline is not None and facts.deadline < earliest,
        "deadline-without-right": not granted and facts.deadline is not None,
        "place-without-right": refused and facts.place not in {None, Place.OWN_DEPARTMENT} and not _advised(facts),
        "forwarded-nowhere": forwarded and facts.place is Place.OWN_DEPARTMENT,
        "reason-missing": (refused or facts.kind is LetterKind.CONSENT_REQUEST) and is_blank(facts.reason),
        "missing-missing": asks and is_blank(facts.missing),
        "answer-by-missing": asks and facts.answer_by is None,
        "answer-by-past": facts.answer_by is not None and facts.answer_by < decided,
        "corrects-missing": facts.kind is LetterKind.CORRECTION and is_blank(facts.corrects),
        "consent-missing": forwarded and facts.place is not Place.OTHER_HOSPITAL and consent is None,
        "consent-empty": consent is not None and (is_blank(consent.scope) or is_blank(consent.recorded_by)),
        "consent-withdrawn": consent is not None and consent.withdrawn_on is not None,
        "consent-later": consent is not None and consent.given_on > decided,
    }
    empty = (LetterFault(f"{name}-missing", say) for name, say in empty_fields(facts).items() if name in _PRINTED)
    return (*(fault(rule) for rule, holds in faults.items() if holds), *empty)


# Without these there is no such letter; the other fields of a decision it can do without.
_PRINTED = {"deadline", "criteria", "advice", "warning_signs"}


def _advised(facts: LetterFacts) -> bool:
    """A refusal may send the patient to a contract specialist by advice; the letter then explains what that is."""
    return facts.place is Place.CONTRACT_SPECIALIST and "avtalespesialist" in " ".join(facts.advice).lower()


def _months(day: date) -> int:
    return 12 * day.year + day.month


def _rendered(templates: Templates, name: str, words: dict[str, Any]) -> str:
    try:
        return templates.environment.get_template(name).render(words)
    except TemplateError as error:
        raise NotReady(f"Brevmalen {name} kan ikke brukes: {error}") from error


def _words(facts: LetterFacts, recipient: Recipient, card: TemplateCard, policy: Policy) -> dict[str, Any]:
    """What a template may name: every field of the facts, and what follows from them and the policy."""
    birth = facts.patient.birth_date
    return {
        **{field.name: getattr(facts, field.name) for field in fields(facts)},
        "recipient": recipient,
        "corrected": body(facts.words_of, recipient, facts.language),
        "title": card.title[recipient][facts.language],
        "also_to_patient": Recipient.PATIENT in card.title,
        "sent_by": ", ".join(dict.fromkeys(filter(None, (facts.referrer.name, facts.referrer.practice)))),
        "statutes": policy.statutes,
        "assessment_days": policy.assessment_working_days,
        "kept_date": min(facts.received, facts.seniority_date or facts.received),  # from which the clock runs
        "age": age_on(birth, facts.decided) if birth else None,
        "danger_signs": facts.warning_signs or _usual_signs(facts),
    }


def _usual_signs(facts: LetterFacts) -> tuple[str, ...]:
    """What a patient who waits for us must know; an emergency does not wait, nor does another department's patient."""
    if facts.words_of in {LetterKind.EMERGENCY, LetterKind.MISDIRECTED, LetterKind.INFORMATION_LETTER}:
        return ()
    return suggested_texts(facts.area, None, facts.language).warning_signs


def _finished(draft: Draft, facts: LetterFacts, templates: Templates) -> Letter:
    author, language = printable(facts.unit.name)[0], facts.language
    pdf = write_pdf(
        draft.document, title=draft.title, author=author, language=language, day=facts.decided, source=templates.typst
    )
    label, digest = templates.label(facts.kind), sha256(pdf).hexdigest()
    return Letter(
        facts.kind, draft.recipient, language, label, draft.html, draft.text, pdf, pdf_sha256=digest, notes=draft.notes
    )


def _named(drafts: Sequence[Draft]) -> str:
    """Every fault once, with the letters that have it."""
    letters: dict[str, dict[str, None]] = {}
    for draft in drafts:
        for found in draft.faults:
            letters.setdefault(found.explanation, {})[_TO[draft.recipient]] = None
    faults = (f"{' og '.join(names)}: {explanation}" for explanation, names in letters.items())
    return " ".join(("Brevene er ikke skrevet.", *faults))
