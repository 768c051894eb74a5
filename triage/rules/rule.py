"""One rule: what must hold, what follows, who answers for it, and the examples that prove it."""

import datetime
from dataclasses import replace
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from triage.domain.finding import Evidence, Experiencer, Measurement, Status
from triage.domain.policy import Mode, Policy, Statutes
from triage.domain.recommendation import Pathway, RuleMatch
from triage.domain.referral import Area
from triage.rules.conditions import Group
from triage.rules.facts import Facts, Statement, gathered
from triage.strict_yaml import Strict

EXAMPLE_POLICY = Policy(
    id="example", version="1", mode=Mode.ADMINISTRATIVE, statutes=Statutes("", "", "", "", "", "", "", 0), units={}
)
"""Examples are tried under the limits of a policy that says nothing else."""


_WEEKS = " weeks"  # after a concept in an example: how long it has lasted


class Review(Strict):
    by: str = Field(min_length=1)
    date: datetime.date
    next: datetime.date


class Then(Strict):
    """What follows. No pathway: the rule only informs. No deadline: no source gives one.

    `settles`: the rule rests on a stated fact that decides (a short time, a cause found), not on what is left unsaid.
    """

    pathway: Pathway | None
    because: str
    deadline_weeks: int | None = None
    danger: bool = False
    settles: bool = False
    advice: tuple[str, ...] = ()


class Example(Strict):
    """A patient in a line. `given`: gi.melena, dyspepsi/negated, gi.barrett/first_degree, {hb: 9}, {diare weeks: 7}."""

    name: str
    given: tuple[str | dict[str, float], ...] = ()
    age: int | None = None
    requested: str = ""
    codes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    expect: Literal["match", "no match"]

    def facts(self, area: Area) -> Facts:
        words = [_statement(item) for item in self.given if isinstance(item, str)]
        numbers = [pair for item in self.given if isinstance(item, dict) for pair in item.items()]
        lasting = [_statement(name.removesuffix(_WEEKS), weeks) for name, weeks in numbers if name.endswith(_WEEKS)]
        values = ((name, value) for name, value in numbers if not name.endswith(_WEEKS))
        return Facts(
            policy=EXAMPLE_POLICY,
            area=area,
            requested=self.requested,
            age=self.age,
            codes=self.codes,
            missing=frozenset(self.missing),
            stated=gathered([*words, *lasting]),
            measured=gathered((f"measure {name}", Measurement(name, value, Evidence(0, 1))) for name, value in values),
        )


def _statement(word: str, weeks: float | None = None) -> tuple[str, Statement]:
    name, _, said = word.partition("/")
    kind = "feature" if "." in name else "finding"
    relative = said in {Experiencer.FIRST_DEGREE, Experiencer.SECOND_DEGREE}
    status = Status.FAMILY if relative else Status(said or Status.PRESENT)
    whose = Experiencer(said) if relative else Experiencer.PATIENT
    return f"{kind} {name}", Statement(status, whose, (Evidence(0, 1),), weeks)


class Rule(Strict):
    """`guidelines` names the entries of source_ids.yaml that the rule carries out; `id` begins with its area."""

    id: str = Field(pattern=r"^(endoscopy|eye|ent)/[a-z0-9_]+$")
    title: str
    source: str = Field(min_length=1)
    source_date: str | None = None
    guidelines: tuple[str, ...] = ()
    valid_from: datetime.date
    valid_to: datetime.date | None = None
    reviewed: Review
    when: Group
    then: Then
    examples: tuple[Example, ...]

    @cached_property
    def area(self) -> Area:
        return Area(self.id.partition("/")[0])

    @cached_property
    def danger(self) -> bool:
        """Red pathways are always danger; another rule may say so itself."""
        return self.then.danger or (self.then.pathway is not None and self.then.pathway.is_red)

    def is_valid(self, day: datetime.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def match(self, facts: Facts) -> RuleMatch | None:
        """Danger is danger in whatever letter it stands; every other rule speaks only in its own area."""
        if not (self.danger or facts.area == self.area):
            return None
        places = self.when.held(facts)
        if places is None:
            return None
        return RuleMatch(
            rule=self.id,
            pathway=self.then.pathway,
            because=self.then.because.format(policy=facts.policy),
            evidence=tuple(sorted(set(places))),
            source=self.source,
            deadline_weeks=self.then.deadline_weeks,
            danger=self.danger,
            settles=self.then.settles,
            advice=self.then.advice,
        )

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.reviewed.next <= self.reviewed.date:
            raise ValueError("neste gjennomgang må være etter den forrige")
        if {example.expect for example in self.examples} != {"match", "no match"}:
            raise ValueError("trenger minst ett eksempel som passer og ett som ikke passer")
        for example in self.examples:
            self._prove(example)
        return self

    def _prove(self, example: Example) -> None:
        facts = example.facts(self.area)
        matches = self.match(facts) is not None
        if matches != (example.expect == "match"):
            raise ValueError(f"eksempelet «{example.name}» gir ikke {example.expect}")
        # Nobody loses a warning because the sender left the age out.
        if self.danger and matches and self.match(replace(facts, age=None)) is None:
            raise ValueError(f"en fareregel må gjelde når alderen er ukjent («{example.name}»): or_unknown: true")
