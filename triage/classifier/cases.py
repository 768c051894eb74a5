"""A referral with its right answer: what training and evaluation learn from and measure against."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage.domain.errors import BadInput
from triage.domain.recommendation import Pathway
from triage.domain.referral import Referral


@dataclass(frozen=True, slots=True)
class Case:
    """`features` are (alarm feature, status) pairs; `batch` is the writer, never split between training and test."""

    referral: Referral
    pathway: Pathway
    also_acceptable: frozenset[Pathway]
    features: frozenset[tuple[str, str]]
    batch: str
    deadline_weeks: int | None = None

    def accepts(self, pathway: Pathway) -> bool:
        return pathway is self.pathway or pathway in self.also_acceptable


def read_case(record: Mapping[str, Any], referral: Referral, *, batch: str) -> Case:
    """The case in a record of the corpus. Raises BadInput when the gold part is missing or is no pathway of ours."""
    gold = record.get("gold")
    if not isinstance(gold, Mapping) or gold.get("pathway") not in set(Pathway):
        raise BadInput(f"Linjen «{referral.id}» mangler fasit: «gold.pathway» må være en av {', '.join(Pathway)}.")
    stated = [(name, status) for status in ("present", "negated") for name in gold.get(status, ())]
    other = [(entry["id"], entry["status"]) for entry in gold.get("other", ())]
    return Case(
        referral=referral,
        pathway=Pathway(gold["pathway"]),
        also_acceptable=frozenset(map(Pathway, gold.get("also_acceptable", ()))),
        features=frozenset((*stated, *other)),
        batch=batch,
        deadline_weeks=gold.get("deadline_weeks"),
    )
