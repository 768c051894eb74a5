"""What a wrong proposal costs, so that models are chosen by harm and not by accuracy. In units of one harmless mistake.

A missed cancer or emergency that nobody is told to read is the worst; then a patient wrongly called low value. The
weights are ours (uncited); they order mistakes, they do not measure them.
"""

from triage.classifier.cases import Case
from triage.domain.recommendation import Pathway

MISSED_RED = 25.0
SLOWER_RED = 5.0  # an emergency proposed as a cancer pathway: seen, but not the same day
WRONG_LOW_VALUE = 8.0
FALSE_RED = 2.0
OTHER = 1.0
READ_BY_PERSON = 0.4  # what doubt costs by itself
CAUGHT = 0.2  # what is left of a mistake when a person is told to read


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
