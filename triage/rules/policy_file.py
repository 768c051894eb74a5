"""A department's policy: one YAML file, checked before anything is proposed under it."""

from dataclasses import fields
from pathlib import Path

from triage.domain.errors import NotReady
from triage.domain.policy import Mode, Policy
from triage.domain.referral import Area
from triage.strict_yaml import read_yaml, validated

# The highest line that any source gives (ACG/CAG 2017). A slip such as 550 would refuse everybody.
HIGHEST_AGE_LIMIT = 60

# Pasient- og brukerrettighetsloven: a department may promise less time, never more.
LONGEST_ASSESSMENT_DAYS = 10

# What Statistics Norway hides at least: below it, nothing would be hidden but single persons.
LEAST_HIDDEN_BELOW = 3


def load_policy(path: Path) -> Policy:
    """The policy in `path`. NotReady says what is wrong, in Norwegian."""
    policy = validated(Policy, read_yaml(path), f"Policyfila {path.name}")
    if faults := _faults(policy):
        raise NotReady(f"Policyfila {path.name} kan ikke brukes: {'; '.join(faults)}")
    return policy


def _faults(policy: Policy) -> list[str]:
    """Everything that makes a well-formed policy unusable."""
    statutes = policy.statutes
    paragraphs = (getattr(statutes, name) for name in type(statutes).__slots__ if name != "complaint_weeks")
    values = [getattr(policy, field.name) for field in fields(policy)]
    shares = (value for value in values if isinstance(value, float))  # every fraction is a share
    claims = {
        "decision_support krever approved_by og approved_on": policy.mode is Mode.ADMINISTRATIVE
        or bool((policy.approved_by or "").strip() and policy.approved_on),
        "alle paragrafer i statutes må fylles ut": all(paragraphs) and statutes.complaint_weeks > 0,
        f"units må være blant {', '.join(Area)}": set(policy.units) <= set(Area),
        f"aldersgrensene må være mellom 0 og {HIGHEST_AGE_LIMIT}": all(
            0 <= limit <= HIGHEST_AGE_LIMIT for limit in (policy.low_value_age_limit, policy.national_age_limit)
        ),
        f"assessment_working_days må være mellom 1 og {LONGEST_ASSESSMENT_DAYS}": 1
        <= policy.assessment_working_days
        <= LONGEST_ASSESSMENT_DAYS,
        "andeler må være mellom 0 og 1": all(0 <= share <= 1 for share in shares),
        "antall kan ikke være under 0": all(value >= 0 for value in values if isinstance(value, int)),
        f"hide_counts_below må være minst {LEAST_HIDDEN_BELOW}": policy.hide_counts_below >= LEAST_HIDDEN_BELOW,
        "retention_days må være mellom 1 og 36500": all(0 < n <= 36500 for n in policy.retention_days.values()),
    }
    return [fault for fault, holds in claims.items() if not holds]
