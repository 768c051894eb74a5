"""Which rules hold for a referral. Pure: the same book, referral, reading, policy and day give the same matches."""

from datetime import date

from triage.domain.finding import Reading
from triage.domain.policy import Policy
from triage.domain.recommendation import PATHWAYS, RuleMatch
from triage.domain.referral import Referral
from triage.rules.book import RuleBook
from triage.rules.facts import facts_of


def evaluate(
    book: RuleBook, referral: Referral, reading: Reading, policy: Policy, *, today: date
) -> tuple[RuleMatch, ...]:
    """Every rule that holds today, the most urgent pathway first and those that only inform last."""
    facts = facts_of(referral, reading, policy)
    matches = [rule.match(facts) for rule in book.worth_trying(facts) if rule.is_valid(today)]
    return tuple(sorted((match for match in matches if match), key=_urgency))


def _urgency(match: RuleMatch) -> int:
    return len(PATHWAYS) if match.pathway is None else match.pathway.rank
