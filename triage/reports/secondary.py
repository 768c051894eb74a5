"""Secondary suppression: which further numbers to hide so that no hidden one can be worked out from the rest.

What a reader sees is a linear system: the printed numbers, and the sums that tie printed and hidden ones together. A
hidden number is safe when we hold other tables that agree with all that is printed and in which it lies far enough
from itself. Each such table is the answer of one linear program (HiGHS) for many numbers at once; what must move along
is hidden as well, as little and as cheap as may be (Kelly, Golden & Assad, Networks 1992;22:397).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from time import process_time

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack
from scipy.sparse.csgraph import connected_components

from triage.reports.rates import Vector

Mask = NDArray[np.bool_]
TOLERANCE = 1e-6
MOST_TRIED = 5000  # numbers in all the programs by which a block tries to do with less
WORTH = 1e4  # of moving a number that must be moved, beside the cost of hiding another that moves as far


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

    def blocks(self) -> Iterator[NDArray[np.int_]]:
        """Numbers that are not out, by which of them relations tie together: no block tells anything about another."""
        cells = np.flatnonzero(~self.known)
        within = self.relations[:, cells]
        _, label = connected_components(abs(within).T @ abs(within), directed=False)
        for number in dict.fromkeys(label[self.guarded[cells]].tolist()):
            yield cells[label == number]

    def beside(self, cells: Mask) -> Mask:
        """These numbers, and those that a relation ties to one of them."""
        return np.asarray(cells | (abs(self.relations).T @ (abs(self.relations) @ cells) > 0))

    def part(self, cells: NDArray[np.int_]) -> "System":
        columns = self.relations[:, cells]
        arrays = {one.name: getattr(self, one.name)[cells] for one in fields(self) if one.name != "relations"}
        return System(**arrays, relations=columns[np.unique(columns.tocoo().row)])


@dataclass(frozen=True, slots=True)
class Choice:
    """What is hidden; of it what only because time was up, and what earlier editions give away whatever we hide."""

    hidden: Mask
    unsearched: Mask
    exposed: Mask


def hide(system: System, *, seconds: float) -> Choice:
    """A safe choice, near the least costly. When so much processor time is spent, all that is linked is hidden."""
    until, nothing = process_time() + seconds, np.zeros(len(system.value), dtype=np.bool_)
    choice = Choice(system.withheld.copy(), nothing, nothing.copy())
    for cells in system.blocks():
        search = _best(system.part(cells), until)
        choice.unsearched[cells] = unsearched = ~search.hidden & search.short.any()
        choice.hidden[cells], choice.exposed[cells] = search.hidden | unsearched, search.exposed
    return choice


def _best(system: System, until: float) -> "_Search":
    """A safe choice without those numbers, the dearest first, that it turns out can be done without.

    Where something is exposed nothing is given back, as it may be all that keeps a narrow interval from being a number.
    """
    best = _Search(system, until, system.free)
    best.run()
    chosen = np.flatnonzero(best.hidden & system.free)
    for cell in chosen[np.argsort(-system.cost[chosen])][: MOST_TRIED // len(system.value)].tolist():
        if best.hidden[cell] and not best.exposed.any():
            less = _Search(system, until, best.hidden & (np.arange(len(best.hidden)) != cell))
            less.run()
            best = best if less.short.any() or less.exposed.any() else less
    return best


class _Search:
    """One block. `least` and `most`: how far from the truth each number lies in the tables found so far."""

    def __init__(self, system: System, until: float, offered: Mask) -> None:
        """`until` so much processor time is spent; `offered` is what more may be hidden."""
        self.system, self.until, self.offered = system, until, offered
        self.draw = np.random.default_rng(1)
        self.hidden, self.exposed = system.withheld.copy(), np.zeros_like(system.withheld)
        self.least, self.most = np.zeros((2, len(self.hidden)))

    @property
    def short(self) -> Mask:
        """Hidden numbers that the tables found so far do not leave room enough."""
        asked = self.hidden & (self.system.guarded | self.system.free) & ~self.exposed
        return np.asarray(asked & (self.most - self.least < self.system.room - TOLERANCE))

    def run(self) -> None:
        while self.short.any() and process_time() < self.until:
            self.settle()
            self.extend()

    def settle(self) -> None:
        """Move hidden numbers against each other, as long as that helps any."""
        left = len(self.hidden) + 1
        while 0 < (now := int(self.short.sum())) < left:
            left = now
            self.both_ways(self.draw.choice([-1.0, 1.0], len(self.hidden)) * self.short)

    def extend(self) -> None:
        """Hide more. What does not move even then is tested together, with weights that leave all of them in place only
        if each must stay, and else one by one; what cannot be helped is exposed."""
        asked, before = self.apart(), self.most - self.least
        self.both_ways(1.0 * asked, more=True)
        stuck = asked & self.short & (self.most - self.least <= before)
        if stuck.any() and not self.both_ways(self.draw.uniform(0.5, 1, len(stuck)) * stuck, more=True)[stuck].any():
            self.exposed |= stuck & (process_time() < self.until)
        for cell in np.flatnonzero(stuck & ~self.exposed & (self.most - self.least <= before)).tolist():
            self.both_ways(np.eye(1, len(stuck), cell)[0], more=True)
            self.exposed[cell] = self.short[cell] and process_time() < self.until

    def apart(self) -> Mask:
        """As many numbers that need room as do not meet in any relation, and so do not stand in each other's way."""
        columns, met, chosen = self.system.relations.tocsc(), set[int](), np.zeros_like(self.hidden)
        for cell in self.draw.permutation(np.flatnonzero(self.short)).tolist():
            rows = columns.indices[columns.indptr[cell] : columns.indptr[cell + 1]].tolist()
            chosen[cell] = met.isdisjoint(rows)
            met.update(rows if chosen[cell] else ())
        return chosen

    def both_ways(self, ways: NDArray[np.floating], *, more: bool = False) -> Mask:
        """Note two tables, with each number as far the way of its sign, and the other, as it must be. Says what moved.

        With `more` what moves along is hidden. A program that is not solved ends the search, as when time is up.
        """
        moved = np.zeros_like(self.hidden)
        for asked in (ways, -ways) if ways.any() else ():
            left = self.until - process_time()
            table = self.table(asked, more=more, seconds=left) if left > 0 else None
            if table is None:
                self.until = 0.0
                break
            self.least, self.most = np.minimum(self.least, table), np.maximum(self.most, table)
            moved |= table != 0
        self.hidden |= moved
        return moved

    def table(self, ways: NDArray[np.floating], *, more: bool, seconds: float) -> Vector | None:
        """How far each number lies from the truth in another table that agrees with all that is printed."""
        system = self.system
        up, down = system.high - system.value, system.value - system.low
        up = np.where(ways > 0, np.minimum(up, system.room + self.least), up)
        down = np.where(ways < 0, np.minimum(down, system.room - self.most), down)
        inside, outside = np.flatnonzero(self.hidden), np.flatnonzero(self.offered & ~self.hidden & more)
        hidden, printed = system.relations[:, inside], system.relations[:, outside]
        lowest = np.concatenate([-down[inside], np.zeros(2 * len(outside))])
        best = linprog(
            np.concatenate([-WORTH * ways[inside], np.tile(system.cost[outside], 2)]),
            A_eq=hstack([hidden, printed, -printed], format="csr"),
            b_eq=np.zeros(hidden.shape[0]),
            bounds=np.column_stack([lowest, np.concatenate([up[inside], up[outside], down[outside]])]),
            options={"time_limit": seconds},
        )
        if best.status:
            return None
        moved = np.zeros(len(system.value))
        moved[inside], (rise, fall) = best.x[: len(inside)], best.x[len(inside) :].reshape(2, -1)
        moved[outside] = rise - fall
        return np.where(np.abs(moved) < TOLERANCE, 0.0, moved)
