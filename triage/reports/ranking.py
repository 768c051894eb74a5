"""Where a unit stands among its peers, without a league table."""

from collections.abc import Sequence
from math import ceil

import numpy as np

from triage.reports.intervals import Vector


def deciles(values: Sequence[float | None]) -> Vector:
    """The nine deciles by linear interpolation (R type 7, SQL PERCENTILE_CONT); units without a value do not count."""
    return np.quantile([value for value in values if value is not None], np.arange(1, 10) / 10)


def percent_rank(values: Sequence[float | None]) -> list[float | None]:
    """(lowest rank - 1) / (n - 1), as a fraction of 1 (SQL PERCENT_RANK); None for a unit without a value or peers."""
    given = sorted(value for value in values if value is not None)
    others = len(given) - 1
    return [None if value is None or others < 1 else given.index(value) / others for value in values]


def quantile_groups(values: Sequence[float | None], groups: int, *, highest_first: bool) -> list[int | None]:
    """Group 1 to `groups` of each unit; ties get the lowest rank. None where there are fewer units than groups.

    q = floor(g + 1 - ceil((n + 1 - rank) / (n / g))), at least 1 (OHID technical guide).
    """
    ranked = sorted((value for value in values if value is not None), reverse=highest_first)
    n = len(ranked)
    return [
        None if value is None or n < groups else max(1, groups + 1 - ceil((n - ranked.index(value)) / (n / groups)))
        for value in values
    ]
