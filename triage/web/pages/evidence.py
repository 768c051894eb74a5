"""The letter with what was found in it marked, the findings as a list of facts, and as a sentence. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from triage.domain.finding import Evidence, Experiencer, Feature, Measurement, Status, Temporality
from triage.domain.recommendation import Recommendation
from triage.domain.referral import Language
from triage.nlp.summary import in_sentence, listed
from triage.web.rendering import load_words, word

# Where marks overlap, the one that matters most is shown; the label tells of all.
_WEIGHT = (*(Status.PRESENT, Status.POSSIBLE, Status.FAMILY), *(Status.HISTORICAL, Status.NEGATED, Status.REQUESTED))
VALUE, REASON = "value", "reason"
_ORDER = (*_WEIGHT, VALUE, REASON)


@dataclass(frozen=True, slots=True)
class Mark:
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
        Mark(place, feature.status, f"{_name(feature, names)}: {word(feature.status, 'finding')}")
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


def facts(features: Sequence[Feature], names: Mapping[str, str]) -> dict[str, dict[str, int | None]]:
    """By status, in the order in which a doctor asks (what is there, what may be, what is denied): name and place."""
    found = {
        status: {_name(feature, names): _first(feature.evidence) for feature in features if feature.status is status}
        for status in _WEIGHT
    }
    return {status: lines for status, lines in found.items() if lines}


def _first(places: Sequence[Evidence]) -> int | None:
    return min((place.start for place in places), default=None)


def _name(feature: Feature, names: Mapping[str, str]) -> str:
    name = names.get(feature.id, feature.id)
    return f"{name} (førstegradsslektning)" if feature.experiencer is Experiencer.FIRST_DEGREE else name


def values(measurements: Sequence[Measurement]) -> dict[str, int]:
    """What was measured of the patient, with its unit (`Hb 11,6 g/dL`), each once, and where it stands."""
    labels = load_words()["measure"]
    own = [m for m in measurements if m.measure in labels and m.experiencer is Experiencer.PATIENT]
    return {_measured(m, labels[m.measure]): m.evidence.start for m in own}


def _measured(measured: Measurement, label: str) -> str:
    sign = "" if measured.comparator == "=" else f"{measured.comparator} "
    before = " (tidligere)" if measured.temporality is Temporality.HISTORICAL else ""
    return f"{label} {sign}{measured.value:g} {measured.unit}".replace(".", ",").strip() + before


# As a sentence ----------------------------------------------------------------------------------------------------

_MOST_NAMED = 4

# Spoken of the letter, not to anybody, so that the same words stand in both letters.
_SAYS = {
    Language.BOKMAL: ("Henvisningen beskriver {}.", "Ifølge henvisningen er det ikke {}."),
    Language.NYNORSK: ("Tilvisinga skildrar {}.", "Ifølgje tilvisinga er det ikkje {}."),
}


def reason_from_facts(features: Sequence[Feature], names: Mapping[str, str], language: Language) -> str:
    """What the letter says is there and is not; empty when it says neither."""
    there, denied = _SAYS[language]
    present = _named(features, Status.PRESENT, names)
    negated = [name for name in _named(features, Status.NEGATED, names) if name not in present]
    sentences = ((there, present, "og"), (denied, negated, "eller"))
    return " ".join(sentence.format(listed(said, join)) for sentence, said, join in sentences if said)


def _named(features: Sequence[Feature], status: Status, names: Mapping[str, str]) -> list[str]:
    said = dict.fromkeys(in_sentence(names.get(f.id, f.id)) for f in features if f.status is status)
    return [name for name in said if name.count(",") < 2][:_MOST_NAMED]  # a list of drugs is no word in a sentence
