"""What the reports count of one referral: no identity, and no word of its text."""

from dataclasses import dataclass
from datetime import date

from triage.domain.decision import Outcome
from triage.domain.recommendation import Pathway
from triage.domain.referral import Area, Language, Referrer, Sex


@dataclass(frozen=True, slots=True)
class CountedReferral:
    """None is unknown, or not yet. `sender` names the practice or supplier; `readings` are blind answers by several.

    Of a refused one: whether the patient was `referred_again`, whether that ended in a right or an emergency
    (`found_later`), and what somebody else answered who read it blind (`reread`).
    """

    received: date
    area: Area | None = None
    requested: str | None = None
    age: int | None = None
    sex: Sex | None = None
    municipality: str | None = None
    referrer: Referrer | None = None
    sender: str | None = None
    pathway: Pathway | None = None  # as recommended
    outcome: Outcome | None = None  # as decided
    in_time: bool | None = None  # decided by the statutory date
    days: int | None = None  # from receipt to decision
    delivered: bool = False  # every letter about the decision is with whom it was for
    returned: bool = False  # a letter about it came back
    referred_again: bool = False
    found_later: bool = False
    reread: Outcome | None = None
    readings: tuple[str, ...] = ()
    own_answer: Outcome | None = None  # of whoever decided, before the proposal was shown
    language: Language | None = None
