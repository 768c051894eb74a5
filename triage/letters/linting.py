"""The letter linter: names every word that contradicts the decision, and every element that the law misses.

It reads any letter text. With the facts of the decision it also demands that the letter says exactly those.
"""

import re
from collections.abc import Iterator

from triage.domain.decision import Outcome
from triage.domain.letter import LetterFacts, LetterFault, LetterKind, Recipient
from triage.domain.policy import Statutes
from triage.domain.referral import Language
from triage.letters.checks import CHECKS, LetterUnderTest
from triage.letters.passages import Passages, read_passages
from triage.letters.rule import Rule
from triage.letters.rulebook import load_rulebook
from triage.letters.stems import StemIndex


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
    letter = LetterUnderTest(
        passages=passages,
        outcome=outcome,
        kind=facts.kind if facts else _likely_kind(passages, outcome),
        recipient=recipient or passages.recipient(),
        language=language,
        facts=facts,
        statutes=statutes,
    )
    rulebook = load_rulebook()
    stems = rulebook.index(passages)
    faults = [fault for rule in rulebook.rules for fault in _by_rule(rule, letter, stems)]
    faults += [fault for check in CHECKS for fault in check(letter)]
    return sorted(faults, key=lambda fault: (fault.start is not None, fault.start or 0, fault.rule))


def _by_rule(rule: Rule, letter: LetterUnderTest, stems: StemIndex) -> Iterator[LetterFault]:
    if not rule.concerns(letter.outcome, letter.kind, letter.recipient):
        return
    place = next(rule.places(letter.passages, stems), None)
    if rule.entry.requires and place is None:
        yield LetterFault(rule.entry.id, rule.entry.explanation)
    if rule.entry.forbids and place is not None:
        yield LetterFault(rule.entry.id, rule.entry.explanation, *place)


_BREACH = re.compile(r"\b(?:ikke|ikkje) (?:klart|greid|holdt|halde|kunnet|kunna|fått)\b[^.\n]{0,60}\bfristen\b")
_CORRECTION = re.compile(r"\b(?:brev\w*[^.\n]{0,40}\bfeil|rett(?:er|ar|else|ing|a|et)\b[^.\n]{0,30}\bbrev)")
_CONSENT = re.compile(r"\b(?:ber|bedt|spør|spurt|ønsker|ønskjer|trenger|treng|kan vi)\b[^.\n]{0,60}\b(?:samtyk|sende)")
_KINDS = {
    Outcome.RIGHT_GRANTED: LetterKind.RIGHT_GRANTED,
    Outcome.RIGHT_REFUSED: LetterKind.RIGHT_REFUSED,
    Outcome.FORWARDED: LetterKind.FORWARDED,
    Outcome.EMERGENCY_HANDLED: LetterKind.EMERGENCY,
    Outcome.MISDIRECTED: LetterKind.MISDIRECTED,
}


def _likely_kind(passages: Passages, outcome: Outcome | None) -> LetterKind:
    if outcome is None:
        asks_consent = "samtyk" in passages.low and _CONSENT.search(passages.low)
        return LetterKind.CONSENT_REQUEST if asks_consent else LetterKind.INFORMATION_REQUEST
    if _CORRECTION.search(passages.low):
        return LetterKind.CORRECTION
    if outcome is Outcome.RIGHT_GRANTED and _BREACH.search(passages.low):
        return LetterKind.DEADLINE_BREACH
    return _KINDS[outcome]
