"""How good the recommendations are, against cases with a right answer. Pure functions; every figure has its interval.

Proportions have Wilson's 95 % interval; F1 and calibration error have the 2.5 and 97.5 percentiles of 1 000 seeded
resamples of the cases. A pathway that the gold also accepts counts as right in `accuracy_acceptable` and in the two
low-value figures, and only there.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from triage.classifier.cases import Case
from triage.domain.recommendation import PATHWAYS, Pathway, Recommendation

_Z = 1.959963984540054
_RESAMPLES = 1000
_BINS = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval; None where there was nothing to measure."""

    value: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Judged:
    case: Case
    recommendation: Recommendation

    @property
    def is_right(self) -> bool:
        return self.recommendation.pathway is self.case.pathway

    @property
    def is_acceptable(self) -> bool:
        return self.case.accepts(self.recommendation.pathway)

    @property
    def is_surely_low(self) -> bool:
        return self.recommendation.pathway is Pathway.PRIMARY_CARE and self.recommendation.confident

    @property
    def is_caught(self) -> bool:
        """A red case that is proposed as red, or that a person is told to read."""
        return self.recommendation.pathway.is_red or not self.recommendation.confident


def evaluate(judged: Sequence[Judged], *, seconds: float) -> dict[str, Any]:
    """All figures, over all cases and by area, language and referrer."""
    by = {
        "area": by_group(judged, lambda j: j.case.referral.area or j.recommendation.area),
        "language": by_group(judged, lambda j: j.case.referral.language or "unknown"),
        "referrer": by_group(judged, lambda j: j.case.referral.referrer or "unknown"),
    }
    return {**figures(judged), "docs_per_second": len(judged) / seconds if seconds else None, "by": by}


def by_group(judged: Sequence[Judged], group: Callable[[Judged], str]) -> dict[str, dict[str, Any]]:
    values = sorted({str(group(one)) for one in judged})
    return {value: figures([one for one in judged if str(group(one)) == value]) for value in values}


def figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """The figures of one group of cases by name, and `intervals` by the same names."""
    measured = _measured(judged)
    return {
        "n": len(judged),
        **{name: figure.value for name, figure in measured.items()},
        "red_missed": [j.case.referral.id for j in judged if j.case.pathway.is_red and not j.is_caught],
        "pathways": {str(p): _of_pathway(judged, p) for p in PATHWAYS},
        "intervals": {name: figure.interval for name, figure in measured.items()},
    }


def _measured(judged: Sequence[Judged]) -> dict[str, Figure]:
    red = [j for j in judged if j.case.pathway.is_red]
    low_gold = [j for j in judged if j.case.pathway is Pathway.PRIMARY_CARE]
    low_proposed = [j for j in judged if j.is_surely_low]
    right, extra, missed = _feature_counts(judged)
    return {
        "accuracy": proportion(j.is_right for j in judged),
        "accuracy_acceptable": proportion(j.is_acceptable for j in judged),
        "macro_f1": _resampled(_confusions(judged), _macro_f1),
        "red_sensitivity": proportion(j.is_caught for j in red),
        "low_value_precision": proportion(j.is_acceptable for j in low_proposed),
        "low_value_recall": proportion(j.recommendation.pathway is Pathway.PRIMARY_CARE for j in low_gold),
        "abstention": proportion(not j.recommendation.confident for j in judged),
        "ece": _calibration_error(judged),
        "features_f1": _ratio(2 * right, 2 * right + extra + missed),
        "features_precision": _ratio(right, right + extra),
        "features_recall": _ratio(right, right + missed),
    }


def proportion(hits: Iterable[bool]) -> Figure:
    """Share of true values with Wilson's interval; nothing when there is nothing to count."""
    values = list(hits)
    n, k = len(values), sum(values)
    if n == 0:
        return Figure(None, None)
    p = k / n
    middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    return Figure(p, (max(0.0, middle - half), min(1.0, middle + half)))


def _of_pathway(judged: Sequence[Judged], pathway: Pathway) -> dict[str, Any]:
    """One pathway against all others."""
    proposed = [j for j in judged if j.recommendation.pathway is pathway]
    gold = [j for j in judged if j.case.pathway is pathway]
    both = sum(j.is_right for j in gold)
    precision, recall = proportion(j.is_right for j in proposed), proportion(j.is_right for j in gold)
    return {
        "precision": precision.value,
        "recall": recall.value,
        "f1": 2 * both / (len(proposed) + len(gold)) if proposed or gold else None,
        "n": len(gold),
        "intervals": {"precision": precision.interval, "recall": recall.interval},
    }


Rows = npt.NDArray[np.float64]


def _resampled(rows: Rows, measure: Callable[[Rows], float]) -> Figure:
    """The measure over the summed rows (one a case), with the interval of seeded resamples of cases."""
    n = len(rows)
    if n == 0:
        return Figure(None, None)
    times_drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=_RESAMPLES)
    low, high = np.percentile([measure(summed) for summed in times_drawn @ rows], [2.5, 97.5])
    return Figure(measure(rows.sum(axis=0)), (float(low), float(high)))


def _ratio(top: Rows, bottom: Rows) -> Figure:
    """Sum by sum, over cases."""
    return _resampled(np.column_stack((top, bottom)), lambda summed: float(summed[0] / summed[1]) if summed[1] else 0.0)


def _confusions(judged: Sequence[Judged]) -> Rows:
    """Per case a flattened six by six table with a one at (gold, proposed)."""
    rows = np.zeros((len(judged), len(PATHWAYS) ** 2))
    for row, j in zip(rows, judged, strict=True):
        row[j.case.pathway.rank * len(PATHWAYS) + j.recommendation.pathway.rank] = 1
    return rows


def _macro_f1(summed: Rows) -> float:
    """Mean F1 over the pathways that the gold or the proposals use."""
    table = summed.reshape(len(PATHWAYS), len(PATHWAYS))
    total = table.sum(axis=0) + table.sum(axis=1)
    used = total > 0
    return float(np.mean(2 * np.diag(table)[used] / total[used])) if used.any() else 0.0


def _feature_counts(judged: Sequence[Judged]) -> tuple[Rows, Rows, Rows]:
    """Per case: right, found too much, missed (id and status both count)."""
    both = [({(f.id, str(f.status)) for f in j.recommendation.features}, j.case.features) for j in judged]
    counts = [(len(found & true), len(found - true), len(true - found)) for found, true in both]
    right, extra, missed = np.array(counts, float).reshape(-1, 3).T
    return right, extra, missed


def _calibration_error(judged: Sequence[Judged]) -> Figure:
    """Expected calibration error of the model's likeliest pathway, in ten equal bins."""
    with_model = [j for j in judged if j.recommendation.probabilities]
    rows = np.zeros((len(with_model), 3 * _BINS))
    for row, j in zip(rows, with_model, strict=True):
        likeliest = max(j.recommendation.probabilities, key=lambda p: j.recommendation.probabilities[p])
        confidence = j.recommendation.probabilities[likeliest]
        bin_ = min(int(confidence * _BINS), _BINS - 1)
        row[bin_], row[_BINS + bin_], row[2 * _BINS + bin_] = 1, confidence, likeliest is j.case.pathway
    return _resampled(
        rows, lambda summed: float(np.abs(summed[_BINS:-_BINS] - summed[-_BINS:]).sum() / summed[:_BINS].sum())
    )
