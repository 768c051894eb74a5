"""What the reader finds in the text: concepts with their place, status, values and durations."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from triage.domain.referral import Language


class Status(StrEnum):
    """The flat form of the ConText axes, in falling precedence: family, requested, possible, negated, historical."""

    PRESENT = "present"
    NEGATED = "negated"
    POSSIBLE = "possible"
    HISTORICAL = "historical"
    FAMILY = "family"
    REQUESTED = "requested"


class Polarity(StrEnum):
    PRESENT = "present"
    NEGATED = "negated"


class Certainty(StrEnum):
    CERTAIN = "certain"
    POSSIBLE = "possible"
    HYPOTHETICAL = "hypothetical"


class Temporality(StrEnum):
    CURRENT = "current"
    HISTORICAL = "historical"


class Experiencer(StrEnum):
    """Whose it is. Only first-degree relatives change a recommendation."""

    PATIENT = "patient"
    FIRST_DEGREE = "first_degree"
    SECOND_DEGREE = "second_degree"
    OTHER = "other"


# The status is asked for a hundred times a letter, and Python 3.11 is slow to find a member on its class.
_PRESENT, _PATIENT, _CERTAIN = Status.PRESENT, Experiencer.PATIENT, Certainty.CERTAIN
_NEGATED, _CURRENT = Polarity.NEGATED, Temporality.CURRENT


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """A place in the referral's text as received: `text[start:end]`, in characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Assertion:
    """Whether a finding is there, whose it is and when (the ConText axes), and the words that say so."""

    polarity: Polarity = Polarity.PRESENT
    certainty: Certainty = Certainty.CERTAIN
    temporality: Temporality = Temporality.CURRENT
    experiencer: Experiencer = Experiencer.PATIENT
    requested: bool = False
    cues: tuple[Evidence, ...] = ()

    @property
    def status(self) -> Status:
        """One status by precedence: whose it is, asked for, how sure, whether, when."""
        if self.experiencer is not _PATIENT:
            return Status.FAMILY
        if self.requested:
            return Status.REQUESTED
        if self.certainty is not _CERTAIN:
            return Status.POSSIBLE
        if self.polarity is _NEGATED:
            return Status.NEGATED
        return _PRESENT if self.temporality is _CURRENT else Status.HISTORICAL


@dataclass(frozen=True, slots=True)
class Finding:
    """A concept of the lexicon at a place in the text. `weeks`: how long, where the letter says so beside it."""

    concept: str
    evidence: Evidence
    assertion: Assertion = field(default_factory=Assertion)
    weeks: float | None = None

    @property
    def status(self) -> Status:
        return self.assertion.status


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number in the text with what it measures: `hb 9.8 g/dL`, `duration_weeks 6`.

    `value` is in the unit that the lexicon names for the measure; `comparator` is <, > or =.
    """

    measure: str
    value: float
    evidence: Evidence
    unit: str = ""
    comparator: str = "="
    experiencer: Experiencer = Experiencer.PATIENT
    temporality: Temporality = Temporality.CURRENT


@dataclass(frozen=True, slots=True)
class Feature:
    """An alarm feature of `alarm_features.yaml` as this referral states it."""

    id: str
    status: Status
    evidence: tuple[Evidence, ...] = ()
    experiencer: Experiencer = Experiencer.PATIENT


@dataclass(frozen=True, slots=True)
class MissingFact:
    """A decisive fact that the referral does not state, and the question that a secretary can ask on the phone.

    The last two are in nynorsk; empty where the words are the same.
    """

    id: str
    label: str
    question: str
    decisive: bool = False
    label_nn: str = ""
    question_nn: str = ""

    def in_language(self, language: Language) -> "MissingFact":
        """What a letter in this written form calls it."""
        if language is not Language.NYNORSK:
            return self
        return replace(self, label=self.label_nn or self.label, question=self.question_nn or self.question)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything the reader got from one referral. Pure data: the same text and lexicon give the same reading."""

    area: str
    requested: str
    language: str
    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    features: tuple[Feature, ...] = ()
    missing: tuple[MissingFact, ...] = ()
    lexicon: str = ""  # version of the lexicon that was read with
