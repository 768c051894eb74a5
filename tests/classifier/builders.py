"""Cases that say only what matters to a test."""

from typing import Any

from triage.classifier.cases import Case
from triage.domain.recommendation import Pathway
from triage.domain.referral import Referral


def a_case(
    pathway: Pathway = Pathway.PRIMARY_CARE,
    *,
    batch: str = "kari",
    also_acceptable: frozenset[Pathway] = frozenset(),
    features: frozenset[tuple[str, str]] = frozenset(),
    **of_referral: Any,
) -> Case:
    referral = Referral(**{"id": "1", "text": "Svie bak brystbeinet.", "age": 34, **of_referral})
    return Case(referral, pathway, also_acceptable, features, batch)
