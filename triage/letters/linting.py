"""The letter linter: names every word that contradicts the decision, and every element that the law misses.

It reads any letter text. With the facts of the decision it also demands that the letter says exactly those.
"""

from collections.abc import Iterator
from dataclasses import replace

from triage.domain.decision import Outcome
from triage.domain.letter import LetterFacts, LetterFault, LetterKind, Recipient, letter_kind
from triage.domain.policy import Statutes
from triage.domain.referral import Language
from triage.letters.checks import CHECKS, LetterUnderTest
from triage.letters.passages import Passages, read_passages
from triage.letters.rulebook import Search, load_rulebook, wording


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
    letter = LetterUnderTest(passages, outcome, kind, recipient or passages.recipient(), language, facts, statutes)
    faults = [*_by_rules(letter, passages), *(fault for check in CHECKS for fault in check(letter))]
    if facts is not None:
        scope = facts.consent.scope if facts.consent else ""
        typed = read_passages("\n\n".join((facts.reason, *facts.advice, scope, facts.emergency_contact)))
        # Their places are not those of the letter.
        faults += [replace(fault, start=None, end=None) for fault in _by_rules(letter, typed, typed=True)]
    return sorted(faults, key=lambda fault: (fault.start is not None, fault.start or 0, fault.rule))


def _by_rules(letter: LetterUnderTest, passages: Passages, *, typed: bool = False) -> Iterator[LetterFault]:
    rulebook = load_rulebook()
    search = Search(rulebook, passages, letter.facts)
    for rule in rulebook.rules:
        if rule.typed is typed and rule.concerns(letter.outcome, letter.kind, letter.recipient):
            yield from rule.faults(search)


def _likely_kind(passages: Passages, outcome: Outcome | None) -> LetterKind:
    """By the words, each in the file by the name of its kind."""
    beside = (LetterKind.CONSENT_REQUEST, LetterKind.CLOSING_QUESTION, LetterKind.INFORMATION_LETTER)
    later = (LetterKind.CORRECTION, *([LetterKind.DEADLINE_BREACH] if outcome is Outcome.RIGHT_GRANTED else []))
    telling = (kind for kind in (later if outcome else beside) if wording(kind).search(passages.low))
    return next(telling, letter_kind(outcome) if outcome else LetterKind.INFORMATION_REQUEST)
