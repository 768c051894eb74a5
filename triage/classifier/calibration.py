"""Honest probabilities, and limits that keep a promise.

A limit is promised with the exact binomial bound of Clopper and Pearson, on cases that the model had not seen: at 95 %
confidence and with no miss it takes 149 positives to promise a sensitivity of 0.98, and 99 to promise a precision of
0.97. Where the cases are too few there is no guarantee: then the limit is where the share observed is what was asked,
and the card says what the cases do support.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.stats import beta

Floats = npt.NDArray[np.float64]
Scored = Sequence[tuple[float, bool]]


@dataclass(frozen=True, slots=True)
class Promise:
    """A limit on a share; `bound` is what it surely gives, `asked` what was asked for.

    `limit` is None when there was no case to set it by; `needed` is the number of cases that it takes without a miss.
    """

    asked: float
    needed: int
    limit: float | None = None
    bound: float = 0.0
    misses: int = 0
    cases: int = 0

    @property
    def is_kept(self) -> bool:
        return self.bound >= self.asked


def softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def temperature(logits: Floats, targets: npt.NDArray[np.int64]) -> float:
    """What logits [n, C] are divided by for the likelihood of the targets to be greatest."""

    def loss(log_t: float) -> float:
        shares = softmax(logits / np.exp(log_t))[np.arange(len(targets)), targets]
        return float(-np.log(np.maximum(shares, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def lower_bound(hits: int, n: int, *, confidence: float) -> float:
    """The share that is surely reached, by Clopper and Pearson; one-sided."""
    return float(beta.ppf(1 - confidence, hits, n - hits + 1)) if hits else 0.0


def needed(asked: float, *, confidence: float) -> int:
    """Cases without a miss that it takes to promise `asked`."""
    return ceil(log(1 - confidence) / log(asked))


def promise_sensitivity(scores: Sequence[float], *, asked: float, confidence: float) -> Promise:
    """The highest limit that enough of the positives reach; `scores` has one share for each."""
    ordered, n, fewest = np.sort(scores), len(scores), needed(asked, confidence=confidence)
    if n == 0:
        return Promise(asked, fewest)
    missed = np.arange(n)
    borne = int((beta.ppf(1 - confidence, n - missed, missed + 1) >= asked).sum())  # as many misses, less one
    limit = float(ordered[borne - 1 if borne else floor((1 - asked) * n)])
    hits = int((ordered >= limit).sum())
    return Promise(asked, fewest, limit, lower_bound(hits, n, confidence=confidence), n - hits, n)


def promise_precision(scored: Scored, *, asked: float, confidence: float) -> Promise:
    """The lowest limit from which enough of the proposals are right; `scored` are (share, is right)."""
    reached = {limit: [right for share, right in scored if share >= limit] for limit, _ in scored}
    sure = {limit: lower_bound(sum(hits), len(hits), confidence=confidence) for limit, hits in reached.items()}
    limits = [limit for limit in reached if sure[limit] >= asked]
    limits = limits or [limit for limit, hits in reached.items() if sum(hits) / len(hits) >= asked]
    if not limits:
        return Promise(asked, needed(asked, confidence=confidence), cases=len(scored))
    limit = min(limits)
    misses, n = reached[limit].count(False), len(reached[limit])
    return Promise(asked, needed(asked, confidence=confidence), limit, sure[limit], misses, n)
