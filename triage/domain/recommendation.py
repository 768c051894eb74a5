"""What the program proposes, and why. Immutable: a new version makes a new recommendation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from triage.domain.finding import Evidence, Feature, Measurement, MissingFact


class Pathway(StrEnum):
    """Recommended next step, in order of precedence (`rank`)."""

    EMERGENCY = "emergency"
    CANCER_PATHWAY = "cancer_pathway"
    HOSPITAL = "hospital"
    CONTRACT_SPECIALIST = "contract_specialist"
    PRIMARY_CARE = "primary_care"
    MORE_INFORMATION = "more_information"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return PATHWAYS.index(self)

    @property
    def is_red(self) -> bool:
        """A delay here can cost sight, hearing or life."""
        return self in (Pathway.EMERGENCY, Pathway.CANCER_PATHWAY)


PATHWAYS: tuple[Pathway, ...] = tuple(Pathway)


@dataclass(frozen=True, slots=True)
class Versions:
    """What a recommendation was made with; enough to make it again."""

    model: str
    rules: str
    policy: str
    lexicon: str


@dataclass(frozen=True, slots=True)
class RuleMatch:
    rule: str
    pathway: Pathway | None  # None: the rule only informs
    because: str  # Norwegian, as a reviewer would say it
    evidence: tuple[Evidence, ...] = ()
    source: str = "uncited"
    deadline_weeks: int | None = None
    danger: bool = False  # never lowered by the model
    settles: bool = False  # names the fact that decides: the model may doubt it, not overrule it
    advice: tuple[str, ...] = ()


def most_urgent(matches: Iterable[RuleMatch]) -> Pathway | None:
    """The most urgent pathway of these; None when all of them only inform."""
    return min((match.pathway for match in matches if match.pathway), key=lambda p: p.rank, default=None)


@dataclass(frozen=True, slots=True)
class Contribution:
    """How much one word, finding or value moved the model's logit for the predicted pathway."""

    label: str
    weight: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """The model's calibrated opinion. Probabilities sum to 1 over the six pathways."""

    probabilities: Mapping[Pathway, float]
    unlike_training: bool = False
    abstained_because: str | None = None
    unsure_of_low_value: str | None = None  # why `primary_care`, if that is proposed, is not sure enough
    contributions: tuple[Contribution, ...] = ()
    unseen_words: float | None = None  # share of the letter's words that training never saw


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Rules and model put together by the design's precedence. It proposes; a person decides."""

    pathway: Pathway
    area: str
    requested: str
    probabilities: Mapping[Pathway, float]
    confident: bool
    abstained_because: str | None
    deadline_weeks: int | None
    summary: str  # the sentence that a doctor would say, built from the findings
    reasons: tuple[RuleMatch, ...]
    features: tuple[Feature, ...]
    missing: tuple[MissingFact, ...]
    versions: Versions
    measurements: tuple[Measurement, ...] = ()
    contributions: tuple[Contribution, ...] = field(default=())
    letter_length: int | None = None  # characters; like the next, for seeing whether letters change over time
    unseen_words: float | None = None

    @property
    def danger(self) -> bool:
        """A red pathway is proposed, a danger rule matched, or the model thinks a red one the likelier."""
        red_share = sum(share for pathway, share in self.probabilities.items() if pathway.is_red)
        return self.pathway.is_red or any(match.danger for match in self.reasons) or red_share > 0.5
