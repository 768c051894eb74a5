"""Secondary suppression: which further numbers to hide so that no hidden one can be worked out from the rest.

What a reader sees is a linear system: the printed numbers, and the sums that tie printed and hidden ones together.
The least costly set to hide is a covering problem. It is solved as an integer program (HiGHS) whose constraints are
found as they are needed: the attack on a chosen set either fails, or proves which printed numbers gave a hidden one
away, and one of those must then be hidden as well (Fischetti & Salazar, Management Science 2001;47:1008).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, linprog, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from triage.reports.rates import Vector

Mask = NDArray[np.bool_]
BOUNDS_UP_TO = 300  # cells in one connected piece of the system: beyond this only exact disclosure is tested
TOLERANCE = 1e-7
RANDOM_WALKS = 8
MOST_NODES = 500  # of the integer program's search tree
NEAR_ENOUGH = 0.02  # of the least cost


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
class Piece:
    """Hidden numbers that share relations with each other and with no other hidden number."""

    rows: NDArray[np.int_]
    cells: NDArray[np.int_]
    within: Vector  # (rows, cells)

    def suspects(self, guarded: Mask) -> list[int]:
        """Bounds take two linear programs a number; in a large piece only numbers that are fixed exactly get them."""
        asked = [int(cell) for cell in self.cells if guarded[cell]]
        if not asked or len(self.cells) <= BOUNDS_UP_TO:
            return asked
        fixed = set(self.cells[self.fixed].tolist())
        return [cell for cell in asked if cell in fixed]

    @property
    def fixed(self) -> Mask:
        """Numbers that the printed ones determine: no solution of the relations moves them.

        A random vector, less its part in the row space, is a random solution, which moves all that can be moved.
        """
        away = np.random.default_rng(1).standard_normal((len(self.cells), 3))
        away -= self.within.T @ (np.linalg.pinv(self.within @ self.within.T, hermitian=True) @ (self.within @ away))
        return np.asarray(np.abs(away).max(axis=1) <= TOLERANCE)


def pieces(system: System, hidden: Mask) -> Iterator[Piece]:
    """The hidden part of the system, piece by piece, in the order of their first number."""
    cells = np.flatnonzero(hidden)
    entries = system.relations[:, cells].tocoo()
    offset = system.relations.shape[0]
    links = csr_array((np.ones(entries.nnz), (entries.row, offset + entries.col)), shape=(offset + len(cells),) * 2)
    _, label = connected_components(links, directed=False)
    of_entry, of_cell = label[entries.row], label[offset:]
    by_piece = np.argsort(of_entry, kind="stable")
    starts = np.searchsorted(of_entry[by_piece], np.arange(label.max(initial=0) + 2))
    for number in dict.fromkeys(of_cell.tolist()):
        own = by_piece[starts[number] : starts[number + 1]]
        inside = np.flatnonzero(of_cell == number)
        rows, row = np.unique(entries.row[own], return_inverse=True)
        within = np.zeros((len(rows), len(inside)))
        within[row, np.searchsorted(inside, entries.col[own])] = entries.data[own]
        yield Piece(rows, cells[inside], within)


def attack(system: System, piece: Piece, cell: int) -> Leak | Mask:
    """What the best informed reader can say about one hidden number: how far down and up it may be from the truth.

    Too narrow: the proof, from the dual of both linear programs. Otherwise: the hidden numbers that leave it room.
    """
    place, room = int(np.flatnonzero(piece.cells == cell)[0]), float(system.room[cell])
    below, above = system.value - system.low, system.high - system.value
    limits = np.column_stack([-below, above])[piece.cells]
    limits[place] = np.clip(limits[place], -room, room)
    weight, width, cover = np.zeros(len(system.value)), 0.0, np.zeros(len(system.value), dtype=np.bool_)
    cover[cell] = True
    for way in (-1.0, 1.0):
        goal = np.zeros(len(piece.cells))
        goal[place] = -way
        best = linprog(goal, A_eq=piece.within, b_eq=np.zeros(len(piece.rows)), bounds=limits)
        if not best.success:
            # Nothing is proved either way, so any printed number in these relations may be the one to hide.
            touched = np.abs(system.relations[piece.rows]).sum(axis=0) > 0
            return Leak(cell, room * touched * system.free, room)
        width -= best.fun
        cover[piece.cells[np.abs(best.x) > TOLERANCE]] = True
        if width >= room - TOLERANCE:
            return cover
        price = -(system.relations[piece.rows].T @ best.eqlin.marginals)
        price[cell] -= way
        price[np.abs(price) < TOLERANCE] = 0
        weight[price > 0] += (price * below)[price > 0]
        weight[price < 0] -= (price[price < 0]) * above[price < 0]
    return Leak(cell, np.minimum(weight, room), room)


def moved_at_random(system: System, piece: Piece, suspects: list[int]) -> dict[int, Mask]:
    """Numbers that a few random solutions move far enough, with the hidden numbers that this takes.

    Most hidden numbers are far from known, and this says so of many at a time, where `attack` asks about one.
    """
    inside = np.isin(piece.cells, suspects)
    far = np.maximum(system.room[piece.cells].max(), 1) * 4
    below, above = ((system.value - system.low)[piece.cells], (system.high - system.value)[piece.cells])
    limits = np.clip(np.column_stack([-below, above]), -far, far)
    least, most, random = np.zeros(len(piece.cells)), np.zeros(len(piece.cells)), np.random.default_rng(1)
    for _ in range(RANDOM_WALKS):
        goal = random.standard_normal(len(piece.cells)) * inside
        found = linprog(goal, A_eq=csr_array(piece.within), b_eq=np.zeros(len(piece.rows)), bounds=limits)
        if found.success:
            least, most = np.minimum(least, found.x), np.maximum(most, found.x)
    cover = np.zeros(len(system.value), dtype=np.bool_)
    cover[piece.cells[most - least > TOLERANCE]] = True
    wide = inside & (most - least >= system.room[piece.cells] - TOLERANCE)
    return {int(cell): cover for cell in piece.cells[wide]}


@dataclass(frozen=True, slots=True)
class Hiding:
    """What is not printed. `exposed`: withheld numbers that earlier editions or public numbers give away already."""

    hidden: Mask
    exposed: frozenset[int]
    optimal: bool


def hide(system: System, *, rounds: int = 6) -> Hiding:
    """The least costly safe choice, if it is found in so many rounds; after that greedily, and always safe.

    Rounds and nodes are counted, not seconds, so that the same tables always give the same answer.
    """
    search = _Search(system)
    hidden, optimal = system.withheld.copy(), True
    while leaks := search.note(search.attacks(hidden), may_print=optimal):
        rounds -= 1
        choice = search.cheapest() if optimal and rounds >= 0 else None
        if choice is not None:
            hidden = choice
        else:
            optimal, before = False, hidden.sum()
            _stop(system, hidden, leaks)
            if hidden.sum() == before:  # an attack failed for want of precision, and nothing near it is printed
                break
    return Hiding(hidden, frozenset(search.exposed), optimal)


@dataclass(slots=True)
class _Search:
    """What has been learnt so far: leaks that every choice must stop, and what suffices to keep a number safe."""

    system: System
    leaks: list[Leak] = field(default_factory=list)
    exposed: set[int] = field(default_factory=set)
    shelter: dict[int, Mask] = field(default_factory=dict)

    def attacks(self, hidden: Mask) -> list[Leak]:
        """Hidden numbers that a reader can work out or narrow down too far, each with its proof."""
        guarded = hidden & (self.system.guarded | self.system.free)
        self.shelter = {cell: cover for cell, cover in self.shelter.items() if not np.any(cover & ~hidden)}
        guarded[[*self.exposed, *self.shelter]] = False
        leaks = []
        for piece in pieces(self.system, hidden):
            suspects = piece.suspects(guarded)
            if len(suspects) > RANDOM_WALKS:
                self.shelter |= moved_at_random(self.system, piece, suspects)
                suspects = [cell for cell in suspects if cell not in self.shelter]
            for cell in suspects:
                outcome = attack(self.system, piece, cell)
                if isinstance(outcome, Leak):
                    leaks.append(outcome)
                else:
                    self.shelter[cell] = outcome
        return leaks

    def note(self, leaks: list[Leak], *, may_print: bool) -> list[Leak]:
        """Keep what must be stopped, apart from numbers that no choice can protect: those are exposed already.

        A number that we only chose to hide is spared by printing it instead, as long as `may_print`.
        """
        free, unknown = self.system.free, ~self.system.known
        hopeless = {
            leak.cell
            for leak in leaks
            if leak.weight[unknown].sum() < leak.room - TOLERANCE and not (may_print and free[leak.cell])
        }
        self.exposed |= hopeless
        kept = [leak for leak in leaks if leak.cell not in hopeless]
        self.leaks += kept
        return kept

    def cheapest(self) -> Mask | None:
        """The least costly choice that stops every known leak; None when it is not found, or there is none."""
        free = np.flatnonzero(self.system.free)
        proofs = np.array([leak.weight for leak in self.leaks])
        proofs[np.arange(len(proofs)), [leak.cell for leak in self.leaks]] -= [leak.room for leak in self.leaks]
        least = -proofs[:, self.system.withheld].sum(axis=1) - TOLERANCE
        answer = milp(
            self.system.cost[free],
            integrality=np.ones(len(free)),
            bounds=(0, 1),
            constraints=LinearConstraint(csr_array(proofs[:, free]), least, np.inf),
            options={"node_limit": MOST_NODES, "mip_rel_gap": NEAR_ENOUGH},
        )
        if answer.x is None:
            return None
        hidden = self.system.withheld.copy()
        hidden[free] = answer.x > 0.5
        return hidden


def _stop(system: System, hidden: Mask, leaks: list[Leak]) -> None:
    """Hide, for each leak that is still open, the printed numbers that stop most of it for their cost."""
    start = hidden.copy()
    for leak in leaks:
        gain = leak.weight * (system.free & ~start) / system.cost
        while (gain * ~hidden).any() and not (gain[hidden].any() and leak.weight[hidden].sum() >= leak.room):
            hidden[int(np.argmax(gain * ~hidden))] = True
