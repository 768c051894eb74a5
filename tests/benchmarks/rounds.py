"""Fair timing on a shared machine: processor time, interleaved rounds in a shuffled order, medians and a canary."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

_ROUND_S = 0.3  # what a round of one system should last
_CANARY_OFF = 0.5  # a round is dropped when the canary differs this much from its median


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds for one letter: the median of the rounds that were kept, and the lowest and the highest of them."""

    seconds: float
    low: float
    high: float
    rounds: int


def canary() -> float:
    """Seconds that a fixed loop takes now."""
    start = time.process_time()
    total = 0
    for i in range(200_000):
        total += i * i
    return time.process_time() - start


def interleaved(
    systems: Mapping[str, Callable[[Sequence[str]], object]], texts: Sequence[str], *, rounds: int
) -> dict[str, Timed]:
    """Every system on the same texts; each takes as many of them as fill a round, so that all see the same noise."""
    share = {name: _that_fill_a_round(run, texts) for name, run in systems.items()}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in systems}
    order = random.Random(0)
    for _ in range(rounds):
        for name in order.sample(sorted(systems), len(systems)):
            before = canary()
            start = time.process_time()
            systems[name](share[name])
            taken[name].append(((time.process_time() - start) / len(share[name]), before))
    return {name: _kept(measured) for name, measured in taken.items()}


def _that_fill_a_round(run: Callable[[Sequence[str]], object], texts: Sequence[str]) -> Sequence[str]:
    few = texts[: min(len(texts), 64)]
    run(few)  # warm
    start = time.process_time()
    run(few)
    each = (time.process_time() - start) / len(few)
    wanted = max(1, int(_ROUND_S / each))
    return (list(texts) * (wanted // len(texts) + 1))[:wanted]


def _kept(measured: Sequence[tuple[float, float]]) -> Timed:
    usual = median(before for _, before in measured)
    kept = [seconds for seconds, before in measured if abs(before - usual) <= _CANARY_OFF * usual]
    kept = kept or [seconds for seconds, _ in measured]
    return Timed(median(kept), min(kept), max(kept), len(kept))
