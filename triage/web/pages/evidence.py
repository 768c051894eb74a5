"""The letter with what was found in it marked, and the same findings as a list of facts. Pure functions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from triage.domain.finding import Evidence, Experiencer, Feature, Status, Temporality
from triage.domain.recommendation import Recommendation
from triage.web.rendering import load_words, word

# Where marks overlap, the one that matters most is shown; the label tells of all.
_WEIGHT = (
    *(Status.PRESENT, Status.POSSIBLE, Status.FAMILY),
    *(Status.HISTORICAL, Status.NEGATED, Status.REQUESTED),
)
VALUE, REASON = "value", "reason"
_ORDER = (*_WEIGHT, VALUE, REASON)

Fact = tuple[str, int | None]  # a line of the fact sheet, and where the letter says it; None: nowhere in particular


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the letter, what kind of finding it is, and what it says in words."""

    place: Evidence
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the letter under the same marks; `kind` is None for ordinary text."""

    text: str
    start: int
    kind: str | None = None
    label: str = ""


def marks_of(recommendation: Recommendation, names: Mapping[str, str], *, with_reasons: bool) -> list[Mark]:
    """Features and values; with reasons also what only a rule looked at, which belongs to the proposal."""
    marks = [
        Mark(place, feature.status, f"{names.get(feature.id, feature.id)}: {_said(feature)}")
        for feature in recommendation.features
        for place in feature.evidence
    ]
    marks += [Mark(measured.evidence, VALUE, "verdi") for measured in recommendation.measurements]
    if with_reasons:
        marks += [Mark(place, REASON, match.because) for match in recommendation.reasons for place in match.evidence]
    return marks


def segments(text: str, marks: Iterable[Mark]) -> list[Segment]:
    """The whole text cut where a mark begins or ends. Joined again it is exactly the text."""
    inside = [mark for mark in marks if 0 <= mark.place.start < mark.place.end <= len(text)]
    cuts = sorted({0, len(text), *(mark.place.start for mark in inside), *(mark.place.end for mark in inside)})
    return [_segment(text, start, end, inside) for start, end in pairwise(cuts)]


def _segment(text: str, start: int, end: int, marks: Sequence[Mark]) -> Segment:
    here = [mark for mark in marks if mark.place.start <= start and end <= mark.place.end]
    if not here:
        return Segment(text[start:end], start)
    kind = min((mark.kind for mark in here), key=_ORDER.index)
    label = "; ".join(dict.fromkeys(mark.label for mark in here))
    return Segment(text[start:end], start, kind, label)


def facts(features: Sequence[Feature], names: Mapping[str, str]) -> dict[str, list[Fact]]:
    """By status, in the order in which a doctor asks: what is there, what may be, what is denied."""
    found = {
        status: {_name(feature, names): _first(feature.evidence) for feature in features if feature.status is status}
        for status in _WEIGHT
    }
    return {status: list(lines.items()) for status, lines in found.items() if lines}


def values(recommendation: Recommendation) -> list[Fact]:
    """Measurements of the patient with their unit, each once: `Hb 11,6 g/dL`."""
    return list(dict(_values(recommendation)).items())


def _values(recommendation: Recommendation) -> Iterator[Fact]:
    labels = load_words()["measure"]
    for measured in recommendation.measurements:
        if measured.measure in labels and measured.experiencer is Experiencer.PATIENT:
            sign = "" if measured.comparator == "=" else f"{measured.comparator} "
            before = " (tidligere)" if measured.temporality is Temporality.HISTORICAL else ""
            words = f"{labels[measured.measure]} {sign}{measured.value:g} {measured.unit}"
            yield words.replace(".", ",").strip() + before, measured.evidence.start


def in_words(probability: float) -> str:
    """A calibrated probability as a person says it."""
    limits = ((0.95, "svært sannsynlig"), (0.75, "sannsynlig"), (0.4, "mulig"), (0.1, "lite sannsynlig"))
    return next((words for limit, words in limits if probability >= limit), "svært lite sannsynlig")


def _said(feature: Feature) -> str:
    nearest = feature.experiencer is Experiencer.FIRST_DEGREE
    return "hos førstegradsslektning" if nearest else word(feature.status, "finding")


def _name(feature: Feature, names: Mapping[str, str]) -> str:
    name = names.get(feature.id, feature.id)
    return f"{name} (førstegradsslektning)" if feature.experiencer is Experiencer.FIRST_DEGREE else name


def _first(places: Sequence[Evidence]) -> int | None:
    return min((place.start for place in places), default=None)
