"""A referral with its right answer: what training and evaluation learn from and measure against."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage.domain.errors import BadInput
from triage.domain.recommendation import Pathway
from triage.domain.referral import Referral

# What a wrong proposal costs, in units of one harmless mistake, so that models are chosen by harm and not by accuracy.
# The weights are ours (uncited); they order mistakes, they do not measure them.
MISSED_RED = 25.0
SLOWER_RED = 5.0  # an emergency proposed as a cancer pathway: seen, but not the same day
WRONG_LOW_VALUE = 8.0
FALSE_RED = 2.0
OTHER = 1.0
READ_BY_PERSON = 0.4  # what doubt costs by itself
CAUGHT = 0.2  # what is left of a mistake when a person is told to read


@dataclass(frozen=True, slots=True)
class Case:
    """`features` are (alarm feature, status) pairs; `batch` is the writer, never split between training and test.

    `made` to be hard, as pairs that differ in one fact are: to learn from, but no sample of what arrives.
    """

    referral: Referral
    pathway: Pathway
    also_acceptable: frozenset[Pathway]
    features: frozenset[tuple[str, str]]
    batch: str
    made: bool = False

    def accepts(self, pathway: Pathway) -> bool:
        return pathway is self.pathway or pathway in self.also_acceptable


def read_case(record: Mapping[str, Any], referral: Referral, *, batch: str, made: bool = False) -> Case:
    """The case in a record of the corpus. Raises BadInput when the gold part is missing or is no pathway of ours."""
    gold = record.get("gold")
    if not isinstance(gold, Mapping) or gold.get("pathway") not in set(Pathway):
        raise BadInput(f"Linjen «{referral.id}» mangler fasit: «gold.pathway» må være en av {', '.join(Pathway)}.")
    return Case(
        referral=referral,
        pathway=Pathway(gold["pathway"]),
        also_acceptable=frozenset(map(Pathway, gold.get("also_acceptable", ()))),
        features=features_in(gold),
        batch=batch,
        made=made,
    )


def features_in(gold: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """The (alarm feature, status) pairs of a record's gold part."""
    stated = ((name, status) for status in ("present", "negated") for name in gold.get(status, ()))
    return frozenset((*stated, *((other["id"], other["status"]) for other in gold.get("other", ()))))


def cost(case: Case, proposed: Pathway, *, confident: bool) -> float:
    """Of one proposal. What a reasonable colleague could choose is no mistake."""
    mistake = 0.0 if case.accepts(proposed) else _mistake(case.pathway, proposed)
    return mistake if confident else READ_BY_PERSON + CAUGHT * mistake


def _mistake(right: Pathway, proposed: Pathway) -> float:
    if right.is_red and not proposed.is_red:
        return MISSED_RED
    if right.is_red:
        return SLOWER_RED if right is Pathway.EMERGENCY else OTHER
    if proposed.is_red:
        return FALSE_RED
    return WRONG_LOW_VALUE if proposed is Pathway.PRIMARY_CARE else OTHER
