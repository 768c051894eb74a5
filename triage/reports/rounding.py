"""Small counts rounded so that tables still add up: an alternative to hiding them (Langsrud & Heldal 2018)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import block_array, csr_array, eye_array

from triage.reports.disclosure import Table, leaves_of
from triage.reports.intervals import Vector


def round_small_counts(table: Table, base: int, *, seconds: float = 20) -> dict[str, int]:
    """Every inner count of 1 to base - 1 becomes 0 or `base`; totals are the sums of the rounded inner counts.

    Of all ways, the one whose largest change of any number is least, and among those whose changes sum to least
    (within `seconds`). All inner counts must be in the table.
    """
    inner = leaves_of(table)
    names = list(dict.fromkeys(leaf for leaves in inner.values() for leaf in leaves))
    place = {name: k for k, name in enumerate(names)}
    count = {cell.id: cell.count for cell in table.cells}
    value = np.array([count[name] for name in names], dtype=np.float64)
    member = np.zeros((len(inner), len(names)))
    for row, leaves in enumerate(inner.values()):
        member[row, [place[leaf] for leaf in leaves]] = 1
    small = (value > 0) & (value < base)
    value[small] = base * _rounded_up(member[:, small], value[small], base, seconds)
    return {id_: int(total) for id_, total in zip(inner, member @ value, strict=True)}


def _rounded_up(member: Vector, value: Vector, base: int, seconds: float) -> Vector:
    """1 for each small count that becomes `base`, 0 for each that becomes 0."""
    rows, small = member.shape
    if small == 0:
        return value
    # Unknowns: one choice a small count, one change a number of the table, and the largest change.
    cost = np.concatenate([np.zeros(small), np.ones(rows), [rows * base]])
    each, every, largest = csr_array(base * member), eye_array(rows), csr_array(np.ones((rows, 1)))
    bounds = block_array([[each, -every, None], [each, every, None], [None, -every, largest]])
    target = member @ value
    least = np.concatenate([np.full(rows, -np.inf), target, np.zeros(rows)])
    most = np.concatenate([target, np.full(2 * rows, np.inf)])
    whole = np.concatenate([np.ones(small), np.zeros(rows + 1)])
    most_of_each = np.concatenate([np.ones(small), np.full(rows + 1, np.inf)])
    answer = milp(
        cost,
        integrality=whole,
        bounds=(0, most_of_each),
        constraints=LinearConstraint(bounds, least, most),
        options={"time_limit": seconds},
    )
    return np.round(answer.x[:small]) if answer.x is not None else np.asarray(value * 2 >= base, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Change:
    """How far numbers have moved. `utility` is 1 less the Hellinger distance as a share of its most."""

    largest: int
    mean: float
    root_mean_square: float
    utility: float


def change(before: Mapping[str, int], after: Mapping[str, int]) -> Change:
    """Over the numbers that are in `before`."""
    old = np.array(list(before.values()), dtype=np.float64)
    new = np.array([after[name] for name in before], dtype=np.float64)
    moved = np.abs(new - old)
    hellinger = sqrt(float(np.sum((np.sqrt(old) - np.sqrt(new)) ** 2)) / 2)
    return Change(
        int(moved.max()),
        float(moved.mean()),
        sqrt(float((moved**2).mean())),
        1 - hellinger / sqrt(float(old.sum()) or 1),
    )
