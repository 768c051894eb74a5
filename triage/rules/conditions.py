"""The rule language: what a `when` may say, and whether it holds.

    all, any, none                    groups; every part that a group has must hold
    feature, finding                  one of these is stated, by default as present in the patient now
    finding: diare, weeks: {above: 6} and the letter says that it has lasted so long
    measure: hb, below: 8             a value (below, at_most, above, at_least) in the lexicon's unit
    age: {at_least: 55}               whole years, or a limit named in the policy; `or_unknown: true` beside it
    requested, code                   what the referral says beside its text; a code by how it begins
    missing: [...], at_least: 2       decisive facts that the letter does not state

A list means "one of these". Silence is not a negation: `none` holds when nothing of it is stated.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from math import inf, nextafter
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Discriminator, Field, Tag, model_validator

from triage.domain.finding import Evidence, Experiencer, Measurement, Status
from triage.domain.policy import Policy
from triage.rules.facts import Facts, Statement
from triage.strict_yaml import Strict

Held = tuple[Evidence, ...] | None
"""The places in the text that make a condition hold (none when it needs no text), or None when it does not hold."""

PolicyLimit = Literal["low_value_age_limit", "national_age_limit"]
Limit = float | PolicyLimit | None
Item = TypeVar("Item")


class Bounds(Strict):
    """A range of numbers; each limit is a number or a limit of the department's policy."""

    below: Limit = None
    at_most: Limit = None
    above: Limit = None
    at_least: Limit = None

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if (self.below, self.at_most, self.above, self.at_least) == (None,) * 4:
            raise ValueError("mangler en grense: below, at_most, above eller at_least")
        return self

    def hold(self, value: float, policy: Policy, comparator: str = "=") -> bool:
        low, high = _known_range(value, comparator)
        return (
            (self.below is None or high < _number(self.below, policy))
            and (self.at_most is None or high <= _number(self.at_most, policy))
            and (self.above is None or low > _number(self.above, policy))
            and (self.at_least is None or low >= _number(self.at_least, policy))
        )


def _known_range(value: float, comparator: str) -> tuple[float, float]:
    """`<5` is known to be below 5 but never to be at least anything; `>2000` the other way round."""
    if comparator == "<":
        return -inf, nextafter(value, -inf)
    return (nextafter(value, inf), inf) if comparator == ">" else (value, value)


def _number(limit: float | PolicyLimit, policy: Policy) -> float:
    return float(getattr(policy, limit)) if isinstance(limit, str) else limit


class Condition(Strict, ABC):
    @abstractmethod
    def held(self, facts: Facts) -> Held:
        """What makes it hold, or None."""

    def needs(self) -> frozenset[str] | None:
        """Names in `Facts` of which at least one must be there, or None when it can hold without any of them."""
        return frozenset(self.names)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """As `Facts` has them: the field that heads the condition, and each that it names."""
        head = _kind(self)
        return tuple(f"{head} {name}" for name in _each(getattr(self, head)))


class _BesideText(Condition):
    def needs(self) -> None:
        """It holds or not whatever the letter says."""


class _Stated(Condition):
    """A mention with one of these statuses; `experiencer` asks for that relative instead."""

    status: Status | tuple[Status, ...] = Status.PRESENT
    experiencer: Literal[Experiencer.FIRST_DEGREE, Experiencer.SECOND_DEGREE] | None = None

    def held(self, facts: Facts) -> Held:
        fitting = [item for name in self.names for item in facts.stated.get(name, ()) if self._fits(item, facts.policy)]
        return tuple(chain.from_iterable(item.evidence for item in fitting)) if fitting else None

    def _fits(self, item: Statement, policy: Policy) -> bool:  # noqa: ARG002 (limits of time may be the policy's)
        if self.experiencer:
            return item.status is Status.FAMILY and item.experiencer is self.experiencer
        return item.status in _each(self.status)


class FeatureIs(_Stated):
    feature: str | tuple[str, ...]


class FindingIs(_Stated):
    finding: str | tuple[str, ...]
    weeks: Bounds | None = None

    def _fits(self, item: Statement, policy: Policy) -> bool:
        lasts = self.weeks is None or (item.weeks is not None and self.weeks.hold(item.weeks, policy))
        return lasts and super()._fits(item, policy)


class MeasureIs(Condition, Bounds):
    measure: str

    def held(self, facts: Facts) -> Held:
        values: list[Measurement] = facts.measured.get(f"measure {self.measure}", [])
        return tuple(v.evidence for v in values if self.hold(v.value, facts.policy, v.comparator)) or None


class AgeIs(_BesideText):
    age: Bounds
    or_unknown: bool = False

    def held(self, facts: Facts) -> Held:
        holds = self.or_unknown if facts.age is None else self.age.hold(facts.age, facts.policy)
        return () if holds else None


class RequestedIs(Condition):
    requested: str | tuple[str, ...]

    def held(self, facts: Facts) -> Held:
        return () if facts.requested in _each(self.requested) else None


class CodeIs(_BesideText):
    code: str | tuple[str, ...]

    def held(self, facts: Facts) -> Held:
        return () if any(code.startswith(_each(self.code)) for code in facts.codes) else None


class MissingIs(Condition):
    missing: str | tuple[str, ...]
    at_least: int = 1

    def held(self, facts: Facts) -> Held:
        return () if len(facts.missing.intersection(_each(self.missing))) >= self.at_least else None


def _each(one_or_more: Item | tuple[Item, ...]) -> tuple[Item, ...]:
    return one_or_more if isinstance(one_or_more, tuple) else (one_or_more,)


_HEADS = ("feature", "finding", "measure", "age", "requested", "code", "missing")


def _kind(value: Any) -> str:
    """A condition is known by the one word that heads it; anything else is read as a group."""
    said = value if isinstance(value, dict) else vars(value)
    return next((head for head in _HEADS if head in said), "group")


class Group(Condition):
    all_of: tuple["AnyCondition", ...] = Field(default=(), alias="all")
    any_of: tuple["AnyCondition", ...] = Field(default=(), alias="any")
    none_of: tuple["AnyCondition", ...] = Field(default=(), alias="none")

    @model_validator(mode="after")
    def _has_a_part(self) -> Self:
        if not (self.all_of or self.any_of):
            raise ValueError("trenger noe som må gjelde, under all eller any")
        return self

    def held(self, facts: Facts) -> Held:
        places: list[Evidence] = []
        for condition in self.all_of:
            held = condition.held(facts)
            if held is None:
                return None
            places.extend(held)
        chosen = [held for condition in self.any_of if (held := condition.held(facts)) is not None]
        if self.any_of and not chosen:
            return None
        if any(condition.held(facts) is not None for condition in self.none_of):
            return None
        return (*places, *chain.from_iterable(chosen))

    def needs(self) -> frozenset[str] | None:
        sets = [condition.needs() for condition in self.all_of]
        alternatives = [condition.needs() for condition in self.any_of]
        if alternatives and None not in alternatives:
            sets.append(frozenset(chain.from_iterable(needs for needs in alternatives if needs)))
        return min((needs for needs in sets if needs is not None), key=len, default=None)


AnyCondition = Annotated[
    Annotated[FeatureIs, Tag("feature")]
    | Annotated[FindingIs, Tag("finding")]
    | Annotated[MeasureIs, Tag("measure")]
    | Annotated[AgeIs, Tag("age")]
    | Annotated[RequestedIs, Tag("requested")]
    | Annotated[CodeIs, Tag("code")]
    | Annotated[MissingIs, Tag("missing")]
    | Annotated[Group, Tag("group")],
    Discriminator(_kind),
]
Group.model_rebuild()


def leaves(condition: Condition) -> Iterator[Condition]:
    """Every condition that is not a group, wherever it stands."""
    if not isinstance(condition, Group):
        yield condition
        return
    for part in (*condition.all_of, *condition.any_of, *condition.none_of):
        yield from leaves(part)
