"""Small counts rounded so that tables still add up: an alternative to hiding them (Langsrud & Heldal 2018)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.optimize import LinearConstraint, milp

from triage.reports.disclosure import Table
from triage.reports.rates import Vector


def leaves_of(table: Table) -> dict[str, tuple[str, ...]]:
    """For each number of a table, the inner numbers that it is the sum of; itself when it has no parts."""
    parts = {relation.whole: relation.parts for relation in table.relations}

    def under(id_: str) -> tuple[str, ...]:
        return tuple(leaf for part in parts[id_] for leaf in under(part)) if id_ in parts else (id_,)

    return {cell.id: under(cell.id) for cell in table.cells}


def round_small_counts(table: Table, base: int) -> dict[str, int]:
    """Every inner count of 1 to base - 1 becomes 0 or `base`; totals are the sums of the rounded inner counts.

    Of all ways, one whose largest change of any number is least. All inner counts must be in the table.
    """
    inner = leaves_of(table)
    names = list(dict.fromkeys(leaf for leaves in inner.values() for leaf in leaves))
    count = {cell.id: cell.count for cell in table.cells}
    value = np.array([count[name] for name in names], dtype=np.float64)
    member = np.array([np.isin(names, leaves) for leaves in inner.values()], dtype=np.float64)
    small = (value > 0) & (value < base)
    value[small] = base * _rounded_up(base * member[:, small], member[:, small] @ value[small])
    return {id_: int(total) for id_, total in zip(inner, member @ value, strict=True)}


def _rounded_up(added: Vector, target: Vector) -> Vector:
    """1 for each small count that is rounded up and 0 for the others; `added` is what that adds to each number."""
    rows, small = added.shape
    largest = np.ones((rows, 1))  # the last unknown: no number may be further from its target
    limits = [LinearConstraint(np.hstack([added, -largest]), -np.inf, target)]
    limits += [LinearConstraint(np.hstack([added, largest]), target, np.inf)]
    cost, most = np.eye(small + 1)[-1], np.append(np.ones(small), np.inf)
    answer = milp(cost, integrality=1 - cost, bounds=(0, most), constraints=limits)
    return np.asarray(np.round(answer.x[:small]))


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
    rms, most = sqrt(float((moved**2).mean())), sqrt(float(old.sum()) or 1)
    return Change(int(moved.max()), float(moved.mean()), rms, 1 - hellinger / most)
