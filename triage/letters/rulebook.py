"""The linter's rules as data (`linter.yaml`): which words a letter must hold, and which it must not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from triage.domain.decision import Outcome
from triage.domain.errors import NotReady
from triage.domain.letter import LetterKind, Recipient
from triage.letters.notation import Pattern, compile_pattern
from triage.letters.passages import Passages, Scope

RULES = Path(__file__).parent / "linter.yaml"

Alternatives = tuple[tuple[str, ...], ...]


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
    forbids: Annotated[Alternatives, BeforeValidator(_lists)] = ()
    requires: Annotated[Alternatives, BeforeValidator(_lists)] = ()
    without: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    claims: bool = False
    prose: bool = False


class RuleFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    words: dict[str, str]
    shared: dict[str, list[str | list[str]]] = {}
    rules: tuple[RuleEntry, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule made ready to search with."""

    entry: RuleEntry
    alternatives: tuple[tuple[Pattern, ...], ...]
    without: Pattern | None
    not_before: Pattern | None
    unless: Pattern | None

    def concerns(self, outcome: Outcome | None, kind: LetterKind, recipient: Recipient) -> bool:
        entry = self.entry
        return outcome in entry.outcomes and kind in entry.kinds and recipient in entry.recipients

    def places(self, letter: Passages) -> Iterator[tuple[int, int]]:
        """Where the words stand, whether forbidden or required."""
        for parts in self.alternatives:
            if all(part.may_match(letter.low) for part in parts):
                yield from self._hits(parts, letter)

    def _hits(self, parts: tuple[Pattern, ...], letter: Passages) -> Iterator[tuple[int, int]]:
        first, *others = parts
        place = 0
        while hit := first.regex.search(letter.low, place):
            start, end = letter.around(hit.start(), self.entry.scope)
            whole = hit.end() <= end
            # What begins in one passage and ends in the next must not hide what stands in the next alone.
            place = max(hit.end(), hit.start() + 1) if whole else hit.start() + 1
            together = whole and all(part.regex.search(letter.low, start, end) for part in others)
            if together and not self._excused(letter, hit.start(), start, end):
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
    r" *(?:for å |(?:eller )?(?:har|får|blir|vert|er|trenger|treng|kan|skal|ønsker|ønskjer|vil|mener|meiner|synes|går|velger|vel|sier|seier)"
    r" (?:du|dere|pasienten|vi|det)\b)"
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


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules in the order of the file, and the names of diseases."""

    rules: tuple[Rule, ...]
    diagnosis: Pattern


@cache
def load_rulebook(path: Path = RULES) -> Rulebook:
    """NotReady when the file cannot be used."""
    try:
        file = RuleFile.model_validate(yaml.safe_load(path.read_text("utf-8")))
        rules = tuple(_compile(entry, file.words) for entry in file.rules)
        return Rulebook(rules, compile_pattern(file.words["diagnosis"], file.words))
    except (OSError, yaml.YAMLError, ValidationError, ValueError, KeyError) as error:
        raise NotReady(f"Reglene for brevkontrollen kan ikke leses: {path.name}") from error


def _compile(entry: RuleEntry, words: Mapping[str, str]) -> Rule:
    def any_of(patterns: tuple[str, ...]) -> Pattern | None:
        return compile_pattern("|".join(patterns), words) if patterns else None

    return Rule(
        entry=entry,
        alternatives=tuple(
            tuple(compile_pattern(part, words) for part in parts) for parts in (*entry.forbids, *entry.requires)
        ),
        without=any_of(entry.without),
        not_before=any_of(entry.not_before),
        unless=any_of(entry.unless),
    )
