"""Where a unit stands among its peers, without a league table."""

from collections.abc import Sequence
from math import ceil

import numpy as np

from triage.reports.intervals import Vector


def deciles(values: Sequence[float | None]) -> Vector:
    """The nine deciles by linear interpolation (R type 7, SQL PERCENTILE_CONT); units without a value do not count."""
    return np.quantile(_given(values), np.arange(1, 10) / 10)


def percent_rank(values: Sequence[float | None]) -> list[float | None]:
    """(lowest rank - 1) / (n - 1), as a fraction of 1 (SQL PERCENT_RANK); None for a unit without a value or peers."""
    given = np.sort(_given(values))
    others = len(given) - 1
    return [None if value is None or others < 1 else float(np.searchsorted(given, value)) / others for value in values]


def quantile_groups(values: Sequence[float | None], groups: int, *, highest_first: bool) -> list[int | None]:
    """Group 1 to `groups` of each unit; ties get the lowest rank. None where there are fewer units than groups.

    q = floor(g + 1 - ceil((n + 1 - rank) / (n / g))), at least 1 (OHID technical guide).
    """
    given = _given(values)
    ranked = np.sort(-given if highest_first else given)
    n = len(given)

    def group(value: float | None) -> int | None:
        if value is None or n < groups:
            return None
        rank = int(np.searchsorted(ranked, -value if highest_first else value)) + 1
        return max(1, groups + 1 - ceil((n + 1 - rank) / (n / groups)))

    return [group(value) for value in values]


def _given(values: Sequence[float | None]) -> Vector:
    return np.array([value for value in values if value is not None], dtype=np.float64)
