"""Secondary suppression: which further numbers to hide so that no hidden one can be worked out from the rest.

What a reader sees is a linear system: the printed numbers, and the sums that tie printed and hidden ones together.
The least costly set to hide is a covering problem. It is solved as an integer program (HiGHS) whose constraints are
found as they are needed: the attack on a chosen set either fails, or proves which printed numbers gave a hidden one
away, and one of those must then be hidden as well (Fischetti & Salazar, Management Science 2001;47:1008).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import bmat, csr_array
from scipy.sparse.csgraph import connected_components

from triage.reports.intervals import Vector

Mask = NDArray[np.bool_]
BOUNDS_UP_TO = 300  # cells in one connected piece of the system: beyond this only exact disclosure is tested
TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True)
class System:
    """Every number of this and earlier editions, one entry each, and the relations between them.

    `relations @ value` is zero. `known` numbers are out and cannot be taken back; `withheld` ones are not printed
    whatever we do; the others may be printed or hidden, at `cost`. Of the withheld ones only `guarded` need protection;
    a number that we choose to hide always does. `low` and `high` are what a reader knows of a hidden number beforehand,
    and `room` is how wide an interval the reader must be left with.
    """

    value: Vector
    relations: csr_array
    known: Mask
    withheld: Mask
    guarded: Mask
    cost: Vector
    low: Vector
    high: Vector
    room: Vector

    @property
    def free(self) -> Mask:
        return ~self.known & ~self.withheld


@dataclass(frozen=True, slots=True)
class Leak:
    """A proof that hidden number `cell` is known too well: sum of weight x hidden must reach `room`, and does not."""

    cell: int
    weight: Vector
    room: float


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is not printed. `exposed`: withheld numbers that earlier editions or public numbers give away already."""

    hidden: Mask
    exposed: frozenset[int]
    optimal: bool


@dataclass(slots=True)
class _Search:
    """The leaks found so far, which every later choice must stop."""

    system: System
    deadline: float
    leaks: list[Leak] = field(default_factory=list)
    exposed: set[int] = field(default_factory=set)

    def cheapest(self) -> Mask | None:
        """The least costly choice that stops every known leak; None when time is up or there is no such choice."""
        free = np.flatnonzero(self.system.free)
        rows = np.zeros((len(self.leaks), len(self.system.value)))
        least = np.zeros(len(self.leaks))
        for row, leak in enumerate(self.leaks):
            rows[row] = leak.weight
            rows[row, leak.cell] -= leak.room
            least[row] = -rows[row, self.system.withheld].sum()
        left = self.deadline - monotonic()
        if left <= 0:
            return None
        answer = milp(
            self.system.cost[free],
            integrality=np.ones(len(free)),
            bounds=(0, 1),
            constraints=LinearConstraint(csr_array(rows[:, free]), least - TOLERANCE, np.inf),
            options={"time_limit": left},
        )
        if answer.x is None:
            return None
        hidden = self.system.withheld.copy()
        hidden[free] = answer.x > 0.5
        return hidden

    def note(self, leaks: list[Leak], *, may_print: bool) -> list[Leak]:
        """Keep what must be stopped, apart from numbers that no choice can protect: those are exposed already.

        A number that we only chose to hide is spared by printing it instead, as long as `may_print`.
        """
        open_ = ~self.system.known
        hopeless = {
            leak.cell
            for leak in leaks
            if leak.weight[open_].sum() < leak.room - TOLERANCE and not (may_print and self.system.free[leak.cell])
        }
        self.exposed |= hopeless
        kept = [leak for leak in leaks if leak.cell not in hopeless]
        self.leaks += kept
        return kept


def hide(system: System, *, seconds: float = 20) -> Hiding:
    """The least costly safe choice found within `seconds`; after that greedily, and always safe."""
    search = _Search(system, monotonic() + seconds)
    hidden, optimal = system.withheld.copy(), True
    while leaks := search.note(_leaks(system, hidden, search.exposed), may_print=optimal):
        choice = search.cheapest() if optimal else None
        if choice is not None:
            hidden = choice
        else:
            optimal = False
            hidden[[_remedy(system, hidden, leak) for leak in leaks]] = True
    return Hiding(hidden, frozenset(search.exposed), optimal)


def _remedy(system: System, hidden: Mask, leak: Leak) -> int:
    """The printed number that stops most of the leak for its cost."""
    gain = np.divide(leak.weight, system.cost, out=np.zeros(len(hidden)), where=system.free & ~hidden)
    return int(np.argmax(gain))


def _leaks(system: System, hidden: Mask, exposed: set[int]) -> list[Leak]:
    """Hidden numbers that a reader can work out or narrow down too far, each with its proof."""
    guarded = hidden & (system.guarded | system.free)
    guarded[list(exposed)] = False
    return [
        leak
        for rows, cells in pieces(system, hidden)
        for leak in _piece_leaks(system, rows, cells, [c for c in cells if guarded[c]])
    ]


def pieces(system: System, hidden: Mask) -> Iterator[tuple[NDArray[np.int_], NDArray[np.int_]]]:
    """Relations and hidden cells, in groups that share nothing."""
    cells = np.flatnonzero(hidden)
    if not len(cells):
        return
    touching = system.relations[:, cells]
    count, label = connected_components(bmat([[None, touching], [touching.T, None]]), directed=False)
    offset = touching.shape[0]
    for piece in range(count):
        members = np.flatnonzero(label == piece)
        inside = cells[members[members >= offset] - offset]
        if len(inside):
            yield members[members < offset], inside


def _piece_leaks(system: System, rows: NDArray[np.int_], cells: NDArray[np.int_], guarded: list[int]) -> Iterator[Leak]:
    if not guarded:
        return
    within = system.relations[rows][:, cells].toarray()
    if len(cells) > BOUNDS_UP_TO:
        for cell in determined(within, cells, guarded):
            yield _exact_leak(system, rows, within, cells, cell)
        return
    for cell in guarded:
        leak = _bound_leak(system, rows, within, cells, cell)
        if leak is not None:
            yield leak


def determined(within: Vector, cells: NDArray[np.int_], guarded: list[int]) -> list[int]:
    """Cells whose unit vector lies in the row space: the printed numbers fix them. `within` is (relations, cells)."""
    if not len(within):
        return []
    _, size, basis = np.linalg.svd(within)
    rank = int((size > TOLERANCE * max(1.0, size[0])).sum())
    loose = np.abs(basis[rank:]).max(axis=0, initial=0.0) > TOLERANCE
    fixed = set(cells[~loose].tolist())
    return [cell for cell in guarded if cell in fixed]


def _exact_leak(system: System, rows: NDArray[np.int_], within: Vector, cells: NDArray[np.int_], cell: int) -> Leak:
    """The combination of relations that leaves only this cell: one of the printed numbers in it must be hidden."""
    mix = np.linalg.lstsq(within.T, (cells == cell) * 1.0, rcond=None)[0]
    weight = (np.abs(system.relations[rows].T @ mix) > TOLERANCE) * 1.0
    weight[cells] = 0
    return Leak(cell, weight, 1.0)


def _bound_leak(
    system: System, rows: NDArray[np.int_], within: Vector, cells: NDArray[np.int_], cell: int
) -> Leak | None:
    """None when the reader is left with `room`; else the proof, from the dual of the best attack each way."""
    room, place = float(system.room[cell]), int(np.flatnonzero(cells == cell)[0])
    limits = np.column_stack([system.low[cells] - system.value[cells], system.high[cells] - system.value[cells]])
    limits[place] = np.clip(limits[place], -room, room)
    below, above = system.value - system.low, system.high - system.value
    weight, width = np.zeros(len(system.value)), 0.0
    for way in (-1.0, 1.0):
        goal = np.zeros(len(cells))
        goal[place] = -way
        attack = linprog(goal, A_eq=within, b_eq=np.zeros(len(within)), bounds=limits) if len(within) else None
        width += room if attack is None else -attack.fun
        if width >= room - TOLERANCE:
            return None
        price = -(system.relations[rows].T @ attack.eqlin.marginals) if attack is not None else weight
        price[cell] -= way
        price[np.abs(price) < TOLERANCE] = 0
        with np.errstate(invalid="ignore"):
            weight += np.where(price > 0, price * below, np.where(price < 0, -price * above, 0))
    return Leak(cell, np.minimum(weight, room), room)
