"""Recommendations and readings as the records that `screen`, `extract` and the API answer with."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from triage.domain.finding import Evidence, Feature, Reading, Status
from triage.domain.recommendation import Recommendation

Record = dict[str, Any]


def recommendation_record(name: str, recommendation: Recommendation) -> Record:
    """One line of `screen`."""
    return {
        "id": name,
        "area": recommendation.area,
        "requested": recommendation.requested,
        "pathway": recommendation.pathway,
        "probabilities": {str(p): round(value, 6) for p, value in recommendation.probabilities.items()},
        "confident": recommendation.confident,
        "abstained_because": recommendation.abstained_because,
        "deadline_weeks": recommendation.deadline_weeks,
        "features": _features(recommendation.features),
        "missing": [fact.id for fact in recommendation.missing],
        "summary": recommendation.summary,
        "reasons": [
            {"rule": r.rule, "because": r.because, "evidence": [[e.start, e.end] for e in r.evidence]}
            for r in recommendation.reasons
        ],
        "versions": asdict(recommendation.versions),
    }


def reading_record(name: str, reading: Reading) -> Record:
    """One line of `extract`, without the spans that it may be asked about."""
    return {
        "id": name,
        "area": reading.area,
        "features": _features(reading.features),
        "findings": [{"concept": f.concept, **_place(f.evidence), "status": f.status} for f in reading.findings],
        "measurements": [
            {"measure": m.measure, "value": m.value, "comparator": m.comparator, "unit": m.unit}
            | {"temporality": m.temporality, **_place(m.evidence)}
            for m in reading.measurements
        ],
        "missing": [fact.id for fact in reading.missing],
        "versions": {"lexicon": reading.lexicon},
    }


def spans_of(record: Mapping[str, Any]) -> list[tuple[int, int]] | None:
    """The places in its text that a record asks about; None when it asks about none. Wrong ones are left out."""
    spans, length = record.get("spans"), len(record["text"])
    if not isinstance(spans, list):
        return None
    pairs = (s for s in spans if isinstance(s, list) and len(s) == 2 and all(type(n) is int for n in s))
    return [(start, end) for start, end in pairs if 0 <= start < end <= length]


def _features(features: Sequence[Feature]) -> Record:
    """Alarm features by status, as the corpus' gold has them."""
    return {
        "present": [f.id for f in features if f.status is Status.PRESENT],
        "negated": [f.id for f in features if f.status is Status.NEGATED],
        "other": [
            {"id": f.id, "status": f.status} for f in features if f.status not in (Status.PRESENT, Status.NEGATED)
        ],
    }


def _place(evidence: Evidence) -> Record:
    return {"start": evidence.start, "end": evidence.end}
