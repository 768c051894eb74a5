"""The linter's rules as data (`linter.yaml`): which words, near each other, a letter must hold, or must not."""

import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property, reduce
from itertools import islice
from operator import or_
from pathlib import Path
from typing import Annotated, Any

import yaml
from ahocorasick_rs import AhoCorasick
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo

from triage.domain.decision import Outcome
from triage.domain.errors import NotReady
from triage.domain.letter import LetterFault, LetterKind, Recipient
from triage.domain.referral import Language
from triage.letters.notation import Pattern, compile_pattern
from triage.letters.passages import Passages, Scope, Span

RULES = Path(__file__).parent / "linter.yaml"


def _compiled(value: Any, info: ValidationInfo) -> Any:
    """A pattern, or a list of which one must match. The words of the file are the context."""
    return compile_pattern(value if isinstance(value, str) else "|".join(value), info.context or {})


def _alternatives(value: list[Any]) -> Any:
    """A lone pattern in the file is an alternative with one part."""
    return [[part] if isinstance(part, str) else part for part in value]


def _undecided(value: list[str]) -> Any:
    """`undecided` in the file is a letter without an outcome: a request for information or for consent."""
    return [None if name == "undecided" else name for name in value]


_Words = Annotated[Pattern, BeforeValidator(_compiled)]
_Alternatives = Annotated[tuple[tuple[_Words, ...], ...], BeforeValidator(_alternatives)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Rule(_Entry):
    """Its patterns are in the notation of `notation.py`.

    `forbids` and `requires` list alternatives; all parts of one must stand in the same `scope`, in any order, and
    the finger points at the first. `without` excuses a passage, `not_before` an occurrence that those words lead up
    to, `unless` a whole sentence. `prose` leaves bullets out.
    `claims` are statements of fact: conditions, questions and quotations of earlier letters do not count.
    `typed` rules look at the words that a person typed into the decision alone, when these are known.
    """

    id: str
    explanation: str
    outcomes: Annotated[tuple[Outcome | None, ...], BeforeValidator(_undecided)] = (None, *Outcome)
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

    def concerns(self, outcome: Outcome | None, kind: LetterKind, recipient: Recipient) -> bool:
        return outcome in self.outcomes and kind in self.kinds and recipient in self.recipients

    def faults(self, letter: "Search") -> Iterator[LetterFault]:
        """One at most: of omission, or at the first place where forbidden words stand."""
        if self.requires and next(self._places(self.requires, letter), None) is None:
            yield LetterFault(self.id, self.explanation)
        for place in islice(self._places(self.forbids, letter), 1):
            yield LetterFault(self.id, self.explanation, *place)

    def _places(self, alternatives: tuple[tuple[Pattern, ...], ...], letter: "Search") -> Iterator[Span]:
        for parts in alternatives:
            for span in letter.likely(parts, self.scope):
                if all(letter.finds(part, span) for part in parts[1:]):
                    hits = parts[0].regex.finditer(letter.low, *span)
                    yield from (hit.span() for hit in hits if self._counts(hit.start(), span, letter))

    def _counts(self, hit: int, passage: Span, letter: "Search") -> bool:
        """Excuses are looked for last: they are rare and their patterns slow."""
        sentence = letter.passages.around(hit, Scope.SENTENCE)
        return not (
            letter.finds(self.without, passage)
            or letter.finds(self.not_before, (sentence[0], hit))
            or letter.finds(self.unless, sentence)
            or (self.prose and letter.passages.in_bullet(hit))
            or (self.claims and not letter.states(hit, sentence))
        )


class Rulebook(_Entry):
    """The whole file: the rules in their order, and the words that they and the other checks know by name."""

    words: Mapping[str, str]
    shared: Mapping[str, Any]
    telling_words: Mapping[Language, str]
    spelling: str
    unfilled: Mapping[str, re.Pattern[str]]
    explanations: Mapping[str, str]
    rules: tuple[Rule, ...]

    @cached_property
    def stems(self) -> tuple[str, ...]:
        parts = (part for rule in self.rules for parts in (*rule.forbids, *rule.requires) for part in parts)
        return tuple(sorted(frozenset[str]().union(*(need for part in parts for need in part.needs))))

    @cached_property
    def scanner(self) -> AhoCorasick:
        return AhoCorasick(self.stems)

    def explained(self, rule: str, place: Span | None = None, **values: object) -> LetterFault:
        """The fault of a check that is written in Python, in the words of the file."""
        return LetterFault(rule, self.explanations[rule].format(**values), *(place or ()))


class Search:
    """One letter, searched by stems first. A set of passages is a number with one bit for each."""

    def __init__(self, passages: Passages, book: Rulebook) -> None:
        self.passages = passages
        self.low = passages.low
        self._bits = {scope: _bits(spans, len(self.low)) for scope, spans in passages.spans.items()}
        self._known: dict[tuple[Scope, frozenset[str]], int] = {}
        self._places: dict[str, list[int]] = {}
        for number, start, _ in book.scanner.find_matches_as_indexes(self.low, overlapping=True):
            self._places.setdefault(book.stems[number], []).append(start)

    def likely(self, parts: tuple[Pattern, ...], scope: Scope) -> Iterator[Span]:
        """The passages, in order, that hold a stem of every need; all of them when nothing is needed."""
        spans = self.passages.spans[scope]
        held = (1 << len(spans)) - 1
        for need in (need for part in parts for need in part.needs):
            if not (held := held & self._holding(need, scope)):
                return
        while held:
            yield spans[(held & -held).bit_length() - 1]
            held &= held - 1

    def finds(self, pattern: Pattern | None, span: Span) -> bool:
        return pattern is not None and pattern.regex.search(self.low, *span) is not None

    def states(self, hit: int, sentence: Span) -> bool:
        """Whether the words are said as true: in no condition, no question and no words of an earlier letter."""
        start, end = sentence
        clause, _ = self.passages.around(hit, Scope.CLAUSE)
        may_be_inverted = clause == start or self.low.startswith(" eller ", clause)
        return not (
            self.low.endswith("?", start, end)
            or wording("earlier_letter").search(self.low, start, end)
            or wording("condition").search(self.low, clause, hit)
            or (may_be_inverted and wording("inversion").match(self.low, clause))
        )

    def _holding(self, need: frozenset[str], scope: Scope) -> int:
        if (scope, need) not in self._known:
            bits = self._bits[scope]
            found = (bits[place] for stem in need & self._places.keys() for place in self._places[stem])
            self._known[scope, need] = reduce(or_, found, 0)
        return self._known[scope, need]


def _bits(spans: list[Span], length: int) -> list[int]:
    """For each character the bit of its passage; what lies between two belongs to the one before."""
    bits: list[int] = []
    for number, end in enumerate([*(start for start, _ in spans[1:]), length]):
        bits += [1 << number] * (end - len(bits))
    return bits


@cache
def load_rulebook(path: Path = RULES) -> Rulebook:
    """NotReady when the file cannot be used."""
    try:
        file = yaml.safe_load(path.read_text("utf-8"))
        return Rulebook.model_validate(file, context=file["words"])
    except (OSError, yaml.YAMLError, ValidationError, KeyError, TypeError, re.error) as error:
        raise NotReady(f"Reglene for brevkontrollen kan ikke leses: {path.name}") from error


@cache
def named(name: str) -> Pattern:
    """One of the file's named patterns."""
    words = load_rulebook().words
    return compile_pattern(words[name], words)


def wording(name: str) -> re.Pattern[str]:
    """A named pattern, ready to search with."""
    return named(name).regex


@cache
def telling_words(language: Language) -> frozenset[str]:
    """Words that only this written form has."""
    return frozenset(load_rulebook().telling_words[language].split())
