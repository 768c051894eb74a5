"""What rules may know of one referral, indexed by the words that they use."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from triage.domain.finding import Evidence, Experiencer, Measurement, Reading, Status, Temporality
from triage.domain.policy import Policy
from triage.domain.referral import Referral

Item = TypeVar("Item")


class Statement(NamedTuple):
    """How the letter states an alarm feature or a concept, where, and how long it says that a concept has lasted."""

    status: Status
    experiencer: Experiencer
    evidence: tuple[Evidence, ...]
    weeks: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """One referral and its reading under one policy; names are `feature gi.melena`, `finding ulcus`, `measure hb`."""

    policy: Policy
    area: str
    requested: str
    age: int | None
    codes: tuple[str, ...]
    missing: frozenset[str]
    stated: Mapping[str, list[Statement]]
    measured: Mapping[str, list[Measurement]]

    def names(self) -> list[str]:
        """Everything that can make a rule worth trying; see `Condition.needs`."""
        missing = (f"missing {item}" for item in self.missing)
        return [*self.stated, *self.measured, *missing, f"requested {self.requested}", f"area {self.area}"]


def facts_of(referral: Referral, reading: Reading, policy: Policy) -> Facts:
    return Facts(
        policy=policy,
        area=reading.area,
        requested=reading.requested,
        age=referral.age,
        codes=referral.codes,
        missing=frozenset(fact.id for fact in reading.missing),
        stated=gathered(_stated(reading)),
        measured=gathered(_measured(reading)),
    )


def _stated(reading: Reading) -> Iterator[tuple[str, Statement]]:
    for feature in reading.features:
        yield f"feature {feature.id}", Statement(feature.status, feature.experiencer, feature.evidence)
    for finding in reading.findings:
        whose = finding.assertion.experiencer
        yield f"finding {finding.concept}", Statement(finding.status, whose, (finding.evidence,), finding.weeks)


def _measured(reading: Reading) -> Iterator[tuple[str, Measurement]]:
    """Values of the patient now, and a near relative's under its own name: the father's haemoglobin decides nothing."""
    for value in reading.measurements:
        of_kin = value.measure.startswith("relative_") and value.experiencer is Experiencer.FIRST_DEGREE
        if of_kin or (value.experiencer is Experiencer.PATIENT and value.temporality is Temporality.CURRENT):
            yield f"measure {value.measure}", value


def gathered(pairs: Iterable[tuple[str, Item]]) -> Mapping[str, list[Item]]:
    """Everything said under one name, in the order it was said."""
    by_name: defaultdict[str, list[Item]] = defaultdict(list)
    for name, item in pairs:
        by_name[name].append(item)
    return by_name
