"""Rules and model put together: what is proposed, how sure the program is, and why it is not.

A matched rule is never lowered or silenced by the model. The model may raise when it is sure enough, and it decides
where no rule does. Where a rule names the very fact that decides, the model's disagreement makes a person read, but
does not change the pathway.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.domain.finding import Reading
from triage.domain.recommendation import PATHWAYS, Pathway, Prediction, RuleMatch
from triage.domain.referral import Area

NO_RULE = "Ingen regel avgjør saken: les selv."
DISAGREE = "Modellen mener at saken haster mer enn reglene sier: les selv."
UNLIKE_TRAINING = "Henvisningen ligner ikke på dem modellen er prøvd på: les selv."
DOUBTFUL_LOW_VALUE = "Det er ikke sikkert nok at fastlegen kan følge opp: les selv."


# How sure the model must be to raise what a rule says. Below this, a rule's word stands; the share of a red pathway
# that cannot be ruled out still gives doubt. Of 0.5 to 1 these got most letters of unseen writers right, no red missed.
RAISE_TO_RED = 0.9
RAISE_TO_OTHER = 0.95


@dataclass(frozen=True, slots=True)
class Proposal:
    """The pathway to propose. `deadline_weeks` is advisory and None when no source gives one."""

    pathway: Pathway
    confident: bool
    abstained_because: str | None = None
    deadline_weeks: int | None = None


def combine(matches: Sequence[RuleMatch], prediction: Prediction | None, reading: Reading) -> Proposal:
    """One proposal from the rules that hold and the model's opinion, if there is one."""
    by_rule = _most_urgent(matches)
    if prediction is None:
        pathway = by_rule or _default(reading)
        doubt = None if by_rule else NO_RULE
    else:
        settled = any(match.settles for match in matches if match.pathway is by_rule)
        pathway = by_rule if by_rule and settled else _raised(by_rule, prediction)
        doubt = _doubt(by_rule, pathway, prediction)
    return Proposal(pathway, doubt is None, doubt, _deadline(pathway, matches))


def _most_urgent(matches: Sequence[RuleMatch]) -> Pathway | None:
    return min((match.pathway for match in matches if match.pathway), key=_rank, default=None)


def _rank(pathway: Pathway) -> int:
    return pathway.rank


def _opinion(prediction: Prediction) -> Pathway:
    """The likeliest pathway; of equals, the most urgent."""
    return max(prediction.probabilities, key=lambda pathway: (prediction.probabilities[pathway], -pathway.rank))


def _raised(by_rule: Pathway | None, prediction: Prediction) -> Pathway:
    """The rule's pathway, unless there is none or the model is sure enough of a more urgent one."""
    opinion, shares = _opinion(prediction), prediction.probabilities
    if by_rule is None:
        return opinion
    redder = [pathway for pathway in PATHWAYS if pathway.is_red and pathway.rank < by_rule.rank]
    if sum(shares[pathway] for pathway in redder) >= RAISE_TO_RED:
        return max(redder, key=lambda pathway: shares[pathway])
    # Lack of information is no grade of urgency: only a red opinion makes asking unnecessary.
    if by_rule is Pathway.MORE_INFORMATION or opinion.is_red or shares[opinion] < RAISE_TO_OTHER:
        return by_rule
    return min(by_rule, opinion, key=_rank)


def _doubt(by_rule: Pathway | None, pathway: Pathway, prediction: Prediction) -> str | None:
    """Why a person must read for themselves before trusting the pathway, or None."""
    if pathway is by_rule and pathway.is_red:
        return None  # a danger rule needs no second opinion
    if by_rule is not None and (pathway is not by_rule or _raised(by_rule, prediction) is not by_rule):
        return DISAGREE
    if prediction.abstained_because and not pathway.is_red:
        return prediction.abstained_because
    if prediction.unlike_training:
        return UNLIKE_TRAINING
    if pathway is Pathway.PRIMARY_CARE:
        return _doubt_of_low_value(by_rule, prediction)
    return None


def _doubt_of_low_value(by_rule: Pathway | None, prediction: Prediction) -> str | None:
    """Rule and model must agree on it, and the model be as sure as the policy asks."""
    if by_rule is not None and _opinion(prediction) is not Pathway.PRIMARY_CARE:
        return DOUBTFUL_LOW_VALUE
    return prediction.unsure_of_low_value


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
