"""What a table of words cannot say about a decision and its letter: facts, dates, paragraphs, signature."""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache, cached_property

from triage.domain.decision import Outcome, Place, empty_fields, is_blank
from triage.domain.letter import LetterFacts, LetterFault, LetterKind, Recipient
from triage.domain.policy import Policy, Statutes
from triage.domain.referral import Language
from triage.letters.document import printable
from triage.letters.measures import HARDEST, LONGEST_SENTENCE, endless_sentences, find_dates, lix, wrong_language
from triage.letters.passages import Passages, Scope, Span, composed, read_passages
from triage.letters.rulebook import fault, load_rulebook, wording
from triage.letters.templates import Templates
from triage.letters.topics import strays


@dataclass(frozen=True)
class LetterUnderTest:
    """A letter, and what is known about it; `kind` and `recipient` are guessed from the words when not given."""

    passages: Passages
    outcome: Outcome | None
    kind: LetterKind
    recipient: Recipient
    language: Language
    facts: LetterFacts | None
    statutes: Statutes | None

    @cached_property
    def said(self) -> str:
        """All of it with single blanks."""
        return " ".join(self.passages.text.split())

    def says(self, name: str, span: Span) -> bool:
        """Whether the words that the rulebook knows by this name stand there."""
        return wording(name).search(self.passages.low, *span) is not None

    def sentence(self, place: Span) -> Span:
        return self.passages.around(place[0], Scope.SENTENCE)

    def tells(self, name: str, place: Span) -> bool:
        """Whether the sentence around a place says so."""
        return self.says(name, self.sentence(place))


Check = Callable[[LetterUnderTest], Iterator[LetterFault]]


def _unfilled(letter: LetterUnderTest) -> Iterator[LetterFault]:
    text = letter.passages.text
    for sign, pattern in load_rulebook().unfilled.items():
        for match in pattern.finditer(text) if sign in text else ():
            yield fault("unfilled", match.span())


def _words(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """In the right written form, and easy to read for a patient."""
    if (span := wrong_language(letter.passages, letter.language)) is not None:
        yield fault("wrong-language", span, name="bokmål" if letter.language is Language.BOKMAL else "nynorsk")
    if letter.recipient is not Recipient.PATIENT:
        return
    if (index := lix(letter.passages)) is not None and index > HARDEST:
        yield fault("hard-to-read", index=round(index), limit=HARDEST)
    for span in endless_sentences(letter.passages):
        yield fault("endless-sentence", span, limit=LONGEST_SENTENCE)


# A letter that no Latin alphabet writes small.
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
_PARTICLE = "(?:van|von|der|den|de|del|di|da|af|av|bin|al|el|la|le|ter|ten|zu) "
_NAME = rf"{_CAPITAL}[\w’'.-]+(?: (?:{_PARTICLE}){{0,3}}{_CAPITAL}[\w’'.-]*){{1,4}}"


@cache
def _signed() -> re.Pattern[str]:
    """A name with a title before or after it."""
    title = f"(?i:{wording('title').pattern})"
    return re.compile(
        rf"\b{title}(?: [a-zæøå]+){{0,4}}[,:]? *\n?(?:ved |v/ ?)?{_NAME}"
        rf"|{_NAME}[,:]? *(?:\n| |\()(?:er )?(?:[\w-]+ ){{0,2}}?{title}\b"
    )


def _decider(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """Nobody is told no, or yes, by nobody. The referrer's own name does not count."""
    text = letter.passages.text
    if letter.facts is not None:
        decider = letter.facts.decided_by
        is_named = all(_as_printed(words) in letter.said for words in (decider.name, decider.title))
    else:
        is_named = any(not letter.tells("about_the_sender", match.span()) for match in _signed().finditer(text))
    if not is_named:
        yield fault("decider-missing")


def _dates(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """Every day exists; a grant has one deadline, not before the letter or the receipt that it tells of."""
    written = list(find_dates(letter.passages.low))
    yield from (fault("no-such-date", span) for day, span in written if day is None)
    if letter.outcome is not Outcome.RIGHT_GRANTED:
        return
    known = letter.facts.deadline if letter.facts else None
    ours = [(day, span) for day, span in written if day and not letter.tells("speaks_of_another_date", span)]
    deadlines = [(day, span) for day, span in ours if letter.tells("speaks_of_deadline", span)]
    yield from (fault("two-deadlines", span) for day, span in deadlines if day != (known or deadlines[0][0]))
    if letter.kind is not LetterKind.DEADLINE_BREACH:
        earliest = _letter_or_receipt(letter, written)
        yield from (fault("deadline-past", span) for day, span in deadlines if day < earliest)
        yield from (fault("date-after-deadline", span) for day, span in ours if known and earliest <= known < day)


def _letter_or_receipt(letter: LetterUnderTest, written: list[tuple[date | None, Span]]) -> date:
    """The day of the letter or of receipt, whichever is later, as far as the letter says."""
    told = (
        day for day, span in written if day and letter.says("letter_or_receipt", (letter.sentence(span)[0], span[0]))
    )
    return max(told, default=date.min)


_PARAGRAPH_SIGN = re.compile(r"§+ ?(\d+-\d+(?: ?[a-e]\b)?)")
_MAY_BE_CITED = re.compile(r"2-(?:[12][ab]?|[3-7])|7-[1-8]|(?![27]-).*")


def _paragraphs(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """With the policy's statutes only they may be cited; without, those that either numbering of chapter 2 knows."""
    statutes = str(asdict(letter.statutes)).lower() if letter.statutes else ""
    allowed = {number.replace(" ", "") for number in _PARAGRAPH_SIGN.findall(statutes)}
    for match in _PARAGRAPH_SIGN.finditer(letter.passages.low):
        number = match[1].replace(" ", "")
        if not (number in allowed if allowed else _MAY_BE_CITED.fullmatch(number)):
            yield fault("wrong-paragraph", match.span())


_PLACED = {LetterKind.RIGHT_GRANTED, LetterKind.GRANTED_AT_CONTRACT_SPECIALIST}


def _place(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """Care at another hospital than decided, or here when it was decided that another gives it."""
    facts = letter.facts
    if facts is None or facts.place is None or facts.words_of not in _PLACED:
        return
    ours = facts.place is Place.OWN_DEPARTMENT
    for match in wording("given_elsewhere" if ours else "given_here").finditer(letter.passages.low):
        start, end = letter.sentence(match.span())
        if not ours or facts.unit.hospital.lower() not in letter.passages.low[start:end]:
            yield fault("other-place", match.span())


def _on_topic(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """What a person typed is about what its field is for; a sentence of it is told by its number, never quoted."""
    facts = letter.facts
    if facts is None:
        return
    outcome = "" if facts.kind is LetterKind.DEADLINE_BREACH else facts.outcome or ""
    typed = {
        "Begrunnelsen": (outcome, (facts.reason,)),
        "Rådene": (outcome, facts.advice),
        "Tegnene": (outcome, facts.warning_signs),
        "Rettelsen": ("correction", (facts.corrects,)),
        "Samtykket": ("consent", (facts.consent.scope if facts.consent else "",)),
        "Notatet om telefonen": ("contact", (facts.emergency_contact,)),
    }
    for what, (topic, texts) in typed.items():
        passages = read_passages("\n\n".join(texts))
        for number, (start, end) in enumerate(passages.spans[Scope.SENTENCE], start=1):
            if strays(passages.text[start:end], topic):
                yield fault("off-topic", what=what, number=number)


def _diagnoses(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """A disease that a person typed as the patient's own is one that the referrer wrote of, in whatever words."""
    facts = letter.facts
    if facts is None or is_blank(facts.stated):
        return
    referral = composed(facts.stated).lower()
    typed = read_passages("\n\n".join((facts.reason, facts.corrects)))
    for disease in load_rulebook().diseases:
        named = disease.named.regex.finditer(typed.low)
        if any(not _only_looked_for(typed, hit.start()) for hit in named) and not disease.told_in(referral):
            yield fault("diagnosis-not-referred")


def _only_looked_for(typed: Passages, hit: int) -> bool:
    """A disease that is denied, tested for or asked about is nobody's."""
    start, end = typed.around(hit, Scope.SENTENCE)
    return (
        typed.low.endswith("?", start, end)
        or wording("looked_for").search(typed.low, start, hit) is not None
        or wording("unlikely").search(typed.low, hit, end) is not None
    )


def _says_the_facts(letter: LetterUnderTest) -> Iterator[LetterFault]:
    """What the person wrote must stand in the letter as it was written."""
    facts = letter.facts
    if facts is None:
        return
    refused = facts.outcome is Outcome.RIGHT_REFUSED
    asked = facts.kind is LetterKind.INFORMATION_REQUEST
    to_patient = letter.recipient is Recipient.PATIENT
    wanted = {
        "Pasientens navn": [facts.patient.name] if to_patient else [],
        "Begrunnelsen": [] if asked and to_patient else facts.reason.splitlines(),
        "Et råd til pasienten": facts.advice if refused else [],
        "Et tegn som pasienten skal kjenne igjen": facts.warning_signs if refused else [],
        "En opplysning som mangler": facts.missing if asked else [],
    }
    for what, parts in wanted.items():
        if not all(_as_printed(part) in letter.said for part in parts):
            yield fault("facts-missing", what=what)


def _as_printed(text: str) -> str:
    return " ".join(composed(printable(text)[0]).split())


CHECKS: tuple[Check, ...] = (
    _unfilled,
    _words,
    _decider,
    _dates,
    _place,
    _paragraphs,
    _on_topic,
    _diagnoses,
    _says_the_facts,
)


def check_facts(facts: LetterFacts, templates: Templates, policy: Policy) -> tuple[LetterFault, ...]:
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
