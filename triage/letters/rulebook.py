"""The linter's rules as data (`linter.yaml`): which words, near each other, a letter must hold, or must not."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache, cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from ahocorasick_rs import AhoCorasick
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from triage.domain.decision import Outcome
from triage.domain.letter import LetterFacts, LetterFault, LetterKind, Recipient
from triage.domain.policy import Statutes
from triage.domain.referral import Language
from triage.letters.notation import Pattern, compile_pattern, rarest
from triage.letters.passages import Passages, Scope, Span
from triage.strict_yaml import read_yaml

RULES = Path(__file__).parent / "linter.yaml"


def _compiled(value: Any, info: ValidationInfo) -> Any:
    """A pattern, or a list of which one must match. The words of the file are the context."""
    return compile_pattern(value if isinstance(value, str) else "|".join(value), info.context or {})


def _alternatives(value: list[Any]) -> Any:
    """A lone pattern in the file is an alternative with one part."""
    return [[part] if isinstance(part, str) else part for part in value]


_Words = Annotated[Pattern, BeforeValidator(_compiled)]
_Alternatives = Annotated[tuple[tuple[_Words, ...], ...], BeforeValidator(_alternatives)]
Alternative = tuple[Pattern, ...]
_WordList = Annotated[frozenset[str], BeforeValidator(str.split)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Rule(_Entry):
    """Its patterns are in the notation of `notation.py`.

    `forbids` and `requires` list alternatives; all parts of one must stand in the same `scope`, in any order, and
    the finger points at the first. `without` excuses a passage, `not_before` an occurrence that those words lead up
    to, `unless` a whole sentence. `prose` leaves bullets out.
    `claims` are statements of fact: conditions, questions and quotations of earlier letters do not count.
    `typed` rules look at the words that a person typed into the decision alone, when these are known; words that the
    decision itself states are not `unstated`.
    """

    id: str
    explanation: str
    outcomes: tuple[Outcome | None, ...] = (None, *Outcome)
    kinds: tuple[LetterKind, ...] = tuple(LetterKind)
    recipients: tuple[Recipient, ...] = tuple(Recipient)
    scope: Scope = Scope.SENTENCE
    forbids: _Alternatives = ()
    requires: _Alternatives = ()
    without: _Words | None = None
    not_before: _Words | None = None
    unless: _Words | None = None
    claims: bool = False
    prose: bool = False
    typed: bool = False
    unstated: bool = False

    def concerns(self, letter: "LetterUnderTest") -> bool:
        return letter.outcome in self.outcomes and letter.kind in self.kinds and letter.recipient in self.recipients

    def faults(self, letter: "LetterUnderTest") -> Iterator[LetterFault]:
        """One at most: of omission, or at the first place where forbidden words stand."""
        if self.requires and next(self._places(self.requires, letter), None) is None:
            yield LetterFault(self.id, self.explanation)
        for place in islice(self._places(self.forbids, letter), 1):
            yield LetterFault(self.id, self.explanation, *place)

    def _places(self, alternatives: tuple[Alternative, ...], letter: "LetterUnderTest") -> Iterator[Span]:
        found = ((hit, passage) for parts in alternatives for hit, passage in letter.found.get(parts, ()))
        yield from (hit for hit, passage in found if self._counts(hit, passage, letter))

    def _counts(self, hit: Span, passage: Span, letter: "LetterUnderTest") -> bool:
        """Excuses are looked for last: they are rare and their patterns slow."""
        sentence = letter.sentence(hit)
        return not (
            letter.finds(self.without, passage)
            or letter.finds(self.not_before, (sentence[0], hit[0]))
            or letter.finds(self.unless, sentence)
            or (self.prose and letter.passages.in_bullet(hit[0]))
            or (self.claims and not letter.states(hit[0], sentence))
            or (self.unstated and letter.low[slice(*hit)] in letter.stated)
        )


class Disease(_Entry):
    """What letters call it, and what else a referrer writes who means it."""

    named: _Words
    also: _Words

    def told_in(self, referral: str) -> bool:
        """In lower case, composed."""
        return self.named.regex.search(referral) is not None or self.also.regex.search(referral) is not None


class Rulebook(_Entry):
    """The whole file: the rules in their order, and the words that they and the other checks know by name."""

    words: Mapping[str, str]
    diseases: tuple[Disease, ...]
    propositions: Mapping[str, Any]
    telling_words: Mapping[Language, _WordList]
    unfilled: Mapping[str, re.Pattern[str]]
    explanations: Mapping[str, str]
    rules: tuple[Rule, ...]

    @cached_property
    def index(self) -> "Mapping[Scope, _Index]":
        alternatives: dict[Scope, list[Alternative]] = {scope: [] for scope in Scope}
        for rule in self.rules:
            alternatives[rule.scope] += (*rule.forbids, *rule.requires)
        return {scope: _index_of(known) for scope, known in alternatives.items()}


class _Index(NamedTuple):
    """Which alternatives of one scope, by their numbers, may match where a stem stands."""

    scanner: AhoCorasick
    by_stem: Mapping[str, list[int]]
    alternatives: list[Alternative]


def _index_of(alternatives: list[Alternative]) -> _Index:
    """ValueError when a pattern holds nothing to be found by."""
    stems = {stem for parts in alternatives for part in parts for need in part.needs for stem in need}
    by_stem: dict[str, list[int]] = defaultdict(list)
    for number, parts in enumerate(alternatives):
        needs = [need for part in parts for need in part.needs]
        if not needs:
            raise ValueError(f"{parts[0].regex.pattern!r} has no stem to be found by")
        for stem in rarest(needs):
            by_stem[stem].append(number)
    return _Index(AhoCorasick(list(stems)), by_stem, alternatives)


@lru_cache(8192)  # most of a letter is the template's
def _found_in(words: str, scope: Scope) -> list[tuple[int, list[Span]]]:
    """The number of each alternative of which every part stands in a passage, and where the first does."""
    index = load_rulebook().index[scope]
    stems = set(index.scanner.find_matches_as_strings(words, overlapping=True))
    likely = {number for stem in stems for number in index.by_stem.get(stem, ())}
    found = ((number, _hits(index.alternatives[number], words, stems)) for number in sorted(likely))
    return [(number, hits) for number, hits in found if hits]


def _hits(parts: Alternative, words: str, stems: set[str]) -> list[Span]:
    """Patterns are tried last, for they are slow."""
    if any(need.isdisjoint(stems) for part in parts for need in part.needs):
        return []
    hits = [hit.span() for hit in parts[0].regex.finditer(words)]
    return hits if all(part.regex.search(words) for part in parts[1:]) else []


@dataclass(frozen=True)
class LetterUnderTest:
    """A letter, what is known about it, and what stands in it; `kind` and `recipient` may be guessed from its words."""

    rulebook: Rulebook
    passages: Passages
    outcome: Outcome | None
    kind: LetterKind
    recipient: Recipient
    language: Language
    facts: LetterFacts | None
    statutes: Statutes | None

    @property
    def low(self) -> str:
        return self.passages.low

    @cached_property
    def said(self) -> str:
        """All of it with single blanks."""
        return " ".join(self.passages.text.split())

    @cached_property
    def stated(self) -> str:
        """What the decision itself says, in lower case. Without the decision nobody can tell what it did not state."""
        return str(asdict(self.facts)).lower() if self.facts else self.low

    @cached_property
    def found(self) -> Mapping[Alternative, list[tuple[Span, Span]]]:
        """Where the first part of an alternative stands, and in which passage, in the order of the text."""
        found: dict[Alternative, list[tuple[Span, Span]]] = defaultdict(list)
        for scope, spans in self.passages.spans.items():
            for start, end in spans:
                for number, hits in _found_in(self.low[start:end], scope):
                    # Two threads may each have loaded the file: the numbers are the same in both, the patterns not.
                    places = found[self.rulebook.index[scope].alternatives[number]]
                    places += (((start + a, start + b), (start, end)) for a, b in hits)
        return found

    def finds(self, pattern: Pattern | None, span: Span) -> bool:
        return pattern is not None and pattern.regex.search(self.low, *span) is not None

    def says(self, name: str, span: Span) -> bool:
        """Whether the words that the rulebook knows by this name stand there."""
        return wording(name).search(self.low, *span) is not None

    def sentence(self, place: Span) -> Span:
        return self.passages.around(place[0], Scope.SENTENCE)

    def tells(self, name: str, place: Span) -> bool:
        """Whether the sentence around a place says so."""
        return self.says(name, self.sentence(place))

    def states(self, hit: int, sentence: Span) -> bool:
        """Whether the words are said as true: in no condition, no question and no words of an earlier letter."""
        clause, _ = self.passages.around(hit, Scope.CLAUSE)
        may_be_inverted = clause == sentence[0] or self.low.startswith(" eller ", clause)
        return not (
            self.low.endswith("?", *sentence)
            or self.says("earlier_letter", sentence)
            or self.says("condition", (clause, hit))
            or (may_be_inverted and wording("inversion").match(self.low, clause))
        )


@cache
def load_rulebook() -> Rulebook:
    file = read_yaml(RULES)
    file["words"]["diagnosis"] = "|".join(disease["named"] for disease in file["diseases"])
    return Rulebook.model_validate(file, context=file["words"])


@cache
def wording(name: str) -> re.Pattern[str]:
    """One of the file's named patterns, ready to search with."""
    words = load_rulebook().words
    return compile_pattern(words[name], words).regex


def fault(rule: str, span: Span | None = None, **values: object) -> LetterFault:
    """The fault of a check that is written in Python, in the words of the file."""
    return LetterFault(rule, load_rulebook().explanations[rule].format(**values), *(span or ()))
