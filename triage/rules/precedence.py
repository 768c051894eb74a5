"""Rules and model put together: what is proposed, how sure the program is, and why it is not.

The model has been told what the rules say, and weighs it among the other facts; so its likeliest pathway is proposed,
but for two things. A matched danger rule is never lowered: the model may only raise. And where a rule names the very
fact that decides (`settles`), the model's disagreement makes a person read, but does not change the pathway, unless the
model finds it so unlikely that the fact may have been misread: on writers whom neither had seen it was then right more
often than the rule. A rule for the hospital, or one that asks, never holds back an opinion that it is urgent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.domain.finding import Reading
from triage.domain.recommendation import PATHWAYS, Pathway, Prediction, RuleMatch, most_urgent
from triage.domain.referral import Area

NO_RULE = "Ingen regel avgjør saken: les selv."
DISAGREE = "Modellen mener at saken haster mer enn reglene sier: les selv."
LESS_URGENT = "Modellen mener at saken haster mindre enn reglene sier: les selv."
UNLIKE_TRAINING = "Henvisningen ligner ikke på dem modellen er prøvd på: les selv."

_MISREAD_BELOW = 0.2  # the model's share of the pathway of a rule that settles


@dataclass(frozen=True, slots=True)
class Proposal:
    """The pathway to propose. `deadline_weeks` is advisory and None when no source gives one."""

    pathway: Pathway
    confident: bool
    abstained_because: str | None = None
    deadline_weeks: int | None = None


def combine(matches: Sequence[RuleMatch], prediction: Prediction | None, reading: Reading) -> Proposal:
    by_rule = most_urgent(matches)
    if prediction is None:
        pathway = by_rule or _default(reading)
        doubt = None if by_rule else NO_RULE
    else:
        danger = most_urgent(match for match in matches if match.danger)
        opinion = min(_opinion(prediction), danger or _opinion(prediction), key=lambda pathway: pathway.rank)
        settled = any(match.settles for match in matches if match.pathway is by_rule)
        settled = settled and not (by_rule in (Pathway.HOSPITAL, Pathway.MORE_INFORMATION) and opinion.is_red)
        kept = by_rule if by_rule and settled and prediction.probabilities[by_rule] >= _MISREAD_BELOW else None
        pathway = kept or opinion
        doubt = _disagreement(by_rule, opinion) or _doubt(by_rule, pathway, prediction)
    return Proposal(pathway, doubt is None, doubt, _deadline(pathway, matches))


def _opinion(prediction: Prediction) -> Pathway:
    """The likeliest pathway; of equals, the most urgent."""
    return max(PATHWAYS, key=lambda pathway: (prediction.probabilities[pathway], -pathway.rank))


def _disagreement(by_rule: Pathway | None, opinion: Pathway) -> str | None:
    """Lack of information is no grade of urgency, and a danger rule needs no second opinion."""
    if by_rule is None or by_rule.is_red or opinion is by_rule:
        return None
    if Pathway.MORE_INFORMATION in (by_rule, opinion) and not opinion.is_red:
        return None
    return DISAGREE if opinion.rank < by_rule.rank else LESS_URGENT


def _doubt(by_rule: Pathway | None, pathway: Pathway, prediction: Prediction) -> str | None:
    """Why a person must read for themselves before trusting the pathway, or None."""
    if by_rule is not None and by_rule.is_red:
        return None
    if prediction.abstained_because and not pathway.is_red:
        return prediction.abstained_because
    if prediction.unlike_training:
        return UNLIKE_TRAINING
    if pathway is Pathway.PRIMARY_CARE:
        return prediction.unsure_of_low_value
    return None


def _default(reading: Reading) -> Pathway:
    """Where nothing decides: ask when decisive facts are missing, else the level that sees such patients first."""
    if any(fact.decisive for fact in reading.missing):
        return Pathway.MORE_INFORMATION
    return Pathway.HOSPITAL if reading.area == Area.ENDOSCOPY else Pathway.CONTRACT_SPECIALIST


def _deadline(pathway: Pathway, matches: Sequence[RuleMatch]) -> int | None:
    """The shortest deadline of the rules behind the pathway.

    A danger whose deadline no source gives must not be shown with the longer one of a milder rule.
    """
    behind = [match for match in matches if match.pathway is pathway]
    decisive = [match for match in behind if match.danger] or behind
    return min((match.deadline_weeks for match in decisive if match.deadline_weeks is not None), default=None)
