"""One rule of the linter: which words, near each other, a letter must hold or must not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from triage.domain.decision import Outcome
from triage.domain.letter import LetterKind, Recipient
from triage.letters.notation import Needs, Pattern, compile_pattern
from triage.letters.passages import Passages, Scope
from triage.letters.stems import StemIndex

PatternLists = tuple[tuple[str, ...], ...]


def _lists(value: object) -> object:
    """A lone pattern in the file is an alternative with one part."""
    return [[part] if isinstance(part, str) else part for part in value] if isinstance(value, list) else value


def _undecided(value: object) -> object:
    """`undecided` in the file is a letter without an outcome: a request for information or for consent."""
    return [None if name == "undecided" else name for name in value] if isinstance(value, list) else value


class RuleEntry(BaseModel):
    """One rule as it stands in the file. Its patterns are in the notation of `notation.py`.

    `forbids` and `requires` list alternatives; all parts of one must stand in the same `scope`, in any order.
    `without` excuses a passage, `not_before` an occurrence that those words lead up to, `unless` a whole sentence.
    `prose` leaves bullets out.
    `claims` are statements of fact: conditions, questions and quotations of earlier letters do not count.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    explanation: str
    outcomes: Annotated[tuple[Outcome | None, ...], BeforeValidator(_undecided)] = (None, *Outcome)
    kinds: tuple[LetterKind, ...] = tuple(LetterKind)
    recipients: tuple[Recipient, ...] = tuple(Recipient)
    scope: Scope = Scope.SENTENCE
    forbids: Annotated[PatternLists, BeforeValidator(_lists)] = ()
    requires: Annotated[PatternLists, BeforeValidator(_lists)] = ()
    without: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    claims: bool = False
    prose: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """Patterns that must stand in the same passage, in any order; the first is where the finger points."""

    parts: tuple[Pattern, ...]
    needs: Needs


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule made ready to search with."""

    entry: RuleEntry
    alternatives: tuple[Alternative, ...]
    without: Pattern | None
    not_before: Pattern | None
    unless: Pattern | None

    def concerns(self, outcome: Outcome | None, kind: LetterKind, recipient: Recipient) -> bool:
        entry = self.entry
        return outcome in entry.outcomes and kind in entry.kinds and recipient in entry.recipients

    def places(self, letter: Passages, stems: StemIndex) -> Iterator[tuple[int, int]]:
        """Where the words stand, whether forbidden or required. Only passages that can match are searched."""
        for alternative in self.alternatives:
            for span in stems.passages(alternative.needs, self.entry.scope):
                yield from self._hits(alternative, letter, *span)

    def _hits(self, alternative: Alternative, letter: Passages, start: int, end: int) -> Iterator[tuple[int, int]]:
        first, *others = alternative.parts
        if all(part.regex.search(letter.low, start, end) for part in others):
            for hit in first.regex.finditer(letter.low, start, end):
                if not self._excused(letter, hit.start(), start, end):
                    yield hit.span()

    def _excused(self, letter: Passages, hit: int, start: int, end: int) -> bool:
        sentence = letter.around(hit, Scope.SENTENCE)
        return (
            (self.without is not None and self.without.regex.search(letter.low, start, end) is not None)
            or (self.not_before is not None and self.not_before.regex.search(letter.low, sentence[0], hit) is not None)
            or (self.unless is not None and self.unless.regex.search(letter.low, *sentence) is not None)
            or (self.entry.prose and letter.in_bullet(hit))
            or (self.entry.claims and not _is_stated(letter, hit, sentence))
        )


# A condition, a question, or the words of an earlier letter.
_CONDITION = re.compile(
    r"\b(?:hvis|dersom|viss|når|hvorvidt|såfremt|såframt|i tilfelle|med mindre|enten|anten|inntil|før"
    r"|(?<!selv )(?<!sjølv )om (?:du|dere|pasient\w*|vi|vedkommende|det|den|henvis\w*|tilvis\w*|noen|nokon))\b"
)
_INVERSION = re.compile(
    r" *(?:for å |(?:eller )?(?:har|får|blir|vert|er|trenger|treng|kan|skal|ønsker|ønskjer|vil|mener|meiner|synes|går"
    r"|velger|vel|sier|seier) (?:du|dere|pasienten|vi|det)\b)"
)
_EARLIER_LETTER = re.compile(r"\b(?:sto|stod|skrev|skreiv|opplyste|oppga|oppgav|meldte)\b")


def _is_stated(letter: Passages, hit: int, sentence: tuple[int, int]) -> bool:
    start, end = sentence
    clause_start, _ = letter.around(hit, Scope.CLAUSE)
    may_be_inverted = clause_start == start or letter.low.startswith(" eller ", clause_start)
    return not (
        letter.low.endswith("?", start, end)
        or _EARLIER_LETTER.search(letter.low, start, end)
        or _CONDITION.search(letter.low, clause_start, hit)
        or (may_be_inverted and _INVERSION.match(letter.low, clause_start))
    )


def compile_rule(entry: RuleEntry, words: Mapping[str, str]) -> Rule:
    def any_of(patterns: tuple[str, ...]) -> Pattern | None:
        return compile_pattern("|".join(patterns), words) if patterns else None

    return Rule(
        entry=entry,
        alternatives=tuple(_alternative(parts, words) for parts in (*entry.forbids, *entry.requires)),
        without=any_of(entry.without),
        not_before=any_of(entry.not_before),
        unless=any_of(entry.unless),
    )


def _alternative(parts: tuple[str, ...], words: Mapping[str, str]) -> Alternative:
    patterns = tuple(compile_pattern(part, words) for part in parts)
    return Alternative(patterns, tuple({need for pattern in patterns for need in pattern.needs}))
