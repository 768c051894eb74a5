"""What a trained model must pass before it may be used. Each gate has a name, a figure and a limit."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

from triage.classifier.evaluation import Judged
from triage.classifier.features import age_band
from triage.domain.recommendation import Recommendation
from triage.domain.referral import Referral
from triage.strict_yaml import read_yaml

FEWEST_RED = 30  # red cases that a group must have to be compared
_DATA: Any = read_yaml(Path(__file__).with_suffix(".yaml"))
VARIANTS: Mapping[str, list[tuple[str, str]]] = _DATA["variants"]
WITHOUT_TICK_OR_CODE = "without_tick_or_code"


@dataclass(frozen=True, slots=True)
class Gate:
    """A figure against the limit of its kind, the first word of its name. None: too little to measure with."""

    name: str
    value: float | None

    @property
    def is_passed(self) -> bool:
        limit = _DATA["limits"][self.name.partition(".")[0]]
        return self.value is None or bool(limit.get("at_least", 0) <= self.value <= limit.get("at_most", 1))


def pairs_right(judged: Sequence[Judged]) -> float | None:
    """Share of pairs, one after the other, with both letters right; None without pairs."""
    right = [one.is_right for one in judged]
    pairs = list(zip(right[0::2], right[1::2], strict=True))
    return sum(a and b for a, b in pairs) / len(pairs) if pairs else None


def said_as(variant: str, referral: Referral) -> Referral:
    """The same referral, said in another way."""
    if variant == WITHOUT_TICK_OR_CODE:
        return replace(referral, stated_urgency=None, codes=())
    text = reduce(lambda text, step: re.sub(step[0], step[1], text, flags=re.I), VARIANTS[variant], referral.text)
    return replace(referral, text=text)


def same_pathway(referrals: Sequence[Referral], recommend: Callable[[Referral], Recommendation]) -> Iterator[Gate]:
    """For each way of saying the same: how often the proposal stays the same."""
    plain = [recommend(referral).pathway for referral in referrals]
    for name in (*VARIANTS, WITHOUT_TICK_OR_CODE):
        other = [recommend(said_as(name, referral)).pathway for referral in referrals]
        same = [a is b for a, b in zip(plain, other, strict=True)]
        yield Gate(f"same_pathway.{name}", sum(same) / len(same) if same else None)


GROUPS: Mapping[str, Callable[[Judged], str]] = {
    "sex": lambda one: str(one.case.referral.sex),
    "age": lambda one: age_band(one.case.referral.age),
    "language": lambda one: str(one.case.referral.language),
    "referrer": lambda one: str(one.case.referral.referrer),
}


def red_gaps(judged: Sequence[Judged]) -> Iterator[Gate]:
    """The difference in red sensitivity between the best and the worst group that has enough red cases."""
    red = [one for one in judged if one.case.pathway.is_red]
    return (Gate(f"red_gap.{name}", _gap(red, group)) for name, group in GROUPS.items())


def _gap(red: Sequence[Judged], group: Callable[[Judged], str]) -> float | None:
    groups = [[one.is_caught for one in red if group(one) == value] for value in set(map(group, red))]
    shares = [sum(caught) / len(caught) for caught in groups if len(caught) >= FEWEST_RED]
    return max(shares) - min(shares) if len(shares) > 1 else None
