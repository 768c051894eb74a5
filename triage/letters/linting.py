"""The letter linter: names every word that contradicts the decision, and every element that the law misses.

It reads any letter text. With the facts of the decision it also demands that the letter says exactly those. What a
table of words can say is in `linter.yaml`; the checks here are of facts, dates, paragraphs and the signature.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from functools import cache

from triage.domain.decision import Outcome, Place, is_blank
from triage.domain.letter import LetterFacts, LetterFault, LetterKind, Recipient, letter_kind
from triage.domain.policy import Statutes
from triage.domain.referral import Language
from triage.letters.document import printable
from triage.letters.measures import HARDEST, LONGEST_SENTENCE, endless_sentences, find_dates, lix, wrong_language
from triage.letters.passages import Passages, Scope, Span, composed, read_passages
from triage.letters.rulebook import LetterUnderTest, fault, load_rulebook, wording
from triage.letters.topics import strays


def lint(
    text: str,
    *,
    outcome: Outcome | None,
    language: Language,
    recipient: Recipient | None = None,
    facts: LetterFacts | None = None,
    statutes: Statutes | None = None,
) -> list[LetterFault]:
    """Every fault, in the order of the text; faults of omission first. No faults: the letter may be sent."""
    passages = read_passages(text)
    kind = facts.words_of if facts else _likely_kind(passages, outcome)
    recipient = recipient or passages.recipient()
    letter = LetterUnderTest(load_rulebook(), passages, outcome, kind, recipient, language, facts, statutes)
    faults = [*_by_rules(letter)]
    faults += (*_unfilled(letter), *_words(letter), *_decider(letter), *_dates(letter), *_paragraphs(letter))
    if facts is not None:
        faults += (*_place(letter, facts), *_on_topic(facts), *_diagnoses(facts), *_says_the_facts(letter, facts))
        scope = facts.consent.scope if facts.consent else ""
        typed = read_passages("\n\n".join((facts.reason, *facts.advice, scope, facts.emergency_contact)))
        # Their places are not those of the letter.
        by_rules = _by_rules(replace(letter, passages=typed), typed=True)
        faults += (replace(fault, start=None, end=None) for fault in by_rules)
    return sorted(faults, key=lambda fault: (fault.start is not None, fault.start or 0, fault.rule))


def _by_rules(letter: LetterUnderTest, *, typed: bool = False) -> Iterator[LetterFault]:
    for rule in letter.rulebook.rules:
        if rule.typed is typed and rule.concerns(letter):
            yield from rule.faults(letter)


def _likely_kind(passages: Passages, outcome: Outcome | None) -> LetterKind:
    """By the words, each in the file by the name of its kind."""
    beside = (LetterKind.CONSENT_REQUEST, LetterKind.CLOSING_QUESTION, LetterKind.INFORMATION_LETTER)
    later = (LetterKind.CORRECTION, *([LetterKind.DEADLINE_BREACH] if outcome is Outcome.RIGHT_GRANTED else []))
    telling = (kind for kind in (later if outcome else beside) if wording(kind).search(passages.low))
    return next(telling, letter_kind(outcome) if outcome else LetterKind.INFORMATION_REQUEST)


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
    written = list(find_dates(letter.low))
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
    for match in _PARAGRAPH_SIGN.finditer(letter.low):
        number = match[1].replace(" ", "")
        if not (number in allowed if allowed else _MAY_BE_CITED.fullmatch(number)):
            yield fault("wrong-paragraph", match.span())


_PLACED = {LetterKind.RIGHT_GRANTED, LetterKind.GRANTED_AT_CONTRACT_SPECIALIST}


def _place(letter: LetterUnderTest, facts: LetterFacts) -> Iterator[LetterFault]:
    """Care at another hospital than decided, or here when it was decided that another gives it."""
    if facts.place is None or facts.words_of not in _PLACED:
        return
    ours = facts.place is Place.OWN_DEPARTMENT
    for match in wording("given_elsewhere" if ours else "given_here").finditer(letter.low):
        start, end = letter.sentence(match.span())
        if not ours or facts.unit.hospital.lower() not in letter.low[start:end]:
            yield fault("other-place", match.span())


def _on_topic(facts: LetterFacts) -> Iterator[LetterFault]:
    """What a person typed is about what its field is for; a sentence of it is told by its number, never quoted."""
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


def _diagnoses(facts: LetterFacts) -> Iterator[LetterFault]:
    """A disease that a person typed as the patient's own is one that the referrer wrote of, in whatever words."""
    if is_blank(facts.stated):
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


def _says_the_facts(letter: LetterUnderTest, facts: LetterFacts) -> Iterator[LetterFault]:
    """What the person wrote must stand in the letter as it was written."""
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
