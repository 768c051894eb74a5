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


@dataclass(slots=True)
class Piece:
    """Hidden numbers that share relations with each other and with no other hidden number.

    `least` and `most` are how far from the truth attacks have found that each number can lie.
    """

    rows: NDArray[np.int_]
    cells: NDArray[np.int_]
    within: csr_array  # (rows, cells)
    least: Vector
    most: Vector

    @property
    def fixed(self) -> Mask:
        """Numbers that the printed ones determine: no solution of the relations moves them.

        A random vector, less its part in the row space, is a random solution, which moves all that can be moved.
        """
        away, within = np.random.default_rng(1).standard_normal((len(self.cells), 3)), self.within.toarray()
        away -= within.T @ (np.linalg.pinv(within @ within.T, hermitian=True) @ (within @ away))
        return np.asarray(np.abs(away).max(axis=1) <= TOLERANCE)


def pieces(system: System, hidden: Mask, asked: Mask) -> Iterator[Piece]:
    """The pieces of the hidden part of the system that hold a number asked about, in the order of those numbers."""
    cells = np.flatnonzero(hidden)
    within = system.relations[:, cells].tocsc()
    _, label = connected_components(within.T @ abs(within), directed=False)
    for number in dict.fromkeys(label[asked[cells]].tolist()):
        inside = np.flatnonzero(label == number)
        columns, nothing = within[:, inside], np.zeros(len(inside))
        rows = np.unique(columns.indices)
        yield Piece(rows, cells[inside], columns[rows], nothing, nothing)


def attack(system: System, piece: Piece, place: int) -> Vector | None:
    """What the best informed reader can say about one hidden number: how far down and up it may be from the truth.

    None when that leaves enough room. If not the proof, from the dual of both linear programs: a weight for each
    number, such that the weights of the hidden ones must reach the room.
    """
    cell, room = piece.cells[place], float(system.room[piece.cells[place]])
    below, above = system.value - system.low, system.high - system.value
    limits = np.column_stack([-below, above])[piece.cells]
    limits[place] = np.clip(limits[place], -room, room)
    weight = np.zeros(len(system.value))
    for way in (-1.0, 1.0):
        goal = np.zeros(len(piece.cells))
        goal[place] = -way
        best = linprog(goal, A_eq=piece.within, b_eq=np.zeros(len(piece.rows)), bounds=limits)
        if not best.success:
            # Nothing is proved either way, so any printed number in these relations may be the one to hide.
            return np.asarray(room * (abs(system.relations[piece.rows]).sum(axis=0) > 0) * system.free)
        piece.least, piece.most = np.minimum(piece.least, best.x), np.maximum(piece.most, best.x)
        price = -(system.relations[piece.rows].T @ best.eqlin.marginals)
        price[cell] -= way
        price[np.abs(price) < TOLERANCE] = 0
        weight[price > 0] += price[price > 0] * below[price > 0]
        weight[price < 0] -= price[price < 0] * above[price < 0]
    enough = piece.most[place] - piece.least[place] >= room - TOLERANCE
    return None if enough else np.minimum(weight, room)


def hide(system: System, *, rounds: int = 6) -> tuple[Mask, set[int], bool]:
    """The least costly safe choice, if it is found in so many rounds; after that greedily, and always safe.

    Says what is hidden; which withheld numbers earlier editions give away already; and whether the choice is the least.
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
    return hidden, search.exposed, optimal


Leak = tuple[int, Vector]  # a hidden number that is known too well, and the proof


@dataclass(slots=True)
class _Search:
    """What has been learnt so far: leaks that every choice must stop, and what suffices to keep a number safe."""

    system: System
    leaks: list[Leak] = field(default_factory=list)
    exposed: set[int] = field(default_factory=set)
    shelter: dict[int, Mask] = field(default_factory=dict)

    def attacks(self, hidden: Mask) -> list[Leak]:
        """Hidden numbers that a reader can work out or narrow down too far, each with its proof."""
        self.shelter = {cell: cover for cell, cover in self.shelter.items() if not np.any(cover & ~hidden)}
        guarded = hidden & (self.system.guarded | self.system.free)
        guarded[[*self.exposed, *self.shelter]] = False
        found = pieces(self.system, hidden, guarded)
        return [leak for piece in found for leak in self.attacked(piece, guarded[piece.cells])]

    def attacked(self, piece: Piece, suspect: Mask) -> Iterator[Leak]:
        """Bounds take two linear programs a number; in a large piece only numbers that are fixed exactly get them."""
        if len(piece.cells) > BOUNDS_UP_TO:
            suspect = suspect & piece.fixed
        room = self.system.room[piece.cells] - TOLERANCE
        for place in np.flatnonzero(suspect).tolist():
            # What earlier attacks have moved far enough is safe, and need not be asked about.
            proof = None if piece.most[place] - piece.least[place] >= room[place] else attack(self.system, piece, place)
            if proof is not None:
                yield int(piece.cells[place]), proof
        cover = np.zeros(len(self.system.value), dtype=np.bool_)
        cover[piece.cells[piece.most - piece.least > TOLERANCE]] = True
        self.shelter |= dict.fromkeys(piece.cells[suspect & (piece.most - piece.least >= room)].tolist(), cover)

    def note(self, leaks: list[Leak], *, may_print: bool) -> list[Leak]:
        """Keep what must be stopped, apart from numbers that no choice can protect: those are exposed already.

        A number that we only chose to hide is spared by printing it instead, as long as `may_print`.
        """
        free, unknown, room = self.system.free, ~self.system.known, self.system.room - TOLERANCE
        hopeless = {c for c, weight in leaks if weight[unknown].sum() < room[c] and not (may_print and free[c])}
        self.exposed |= hopeless
        kept = [leak for leak in leaks if leak[0] not in hopeless]
        self.leaks += kept
        return kept

    def cheapest(self) -> Mask | None:
        """The least costly choice that stops every known leak; None when it is not found, or there is none."""
        free = np.flatnonzero(self.system.free)
        proofs, cells = np.array([proof for _, proof in self.leaks]), [cell for cell, _ in self.leaks]
        proofs[np.arange(len(proofs)), cells] -= self.system.room[cells]
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
    for cell, weight in leaks:
        gain = weight * (system.free & ~start) / system.cost
        while (gain * ~hidden).any() and not (gain[hidden].any() and weight[hidden].sum() >= system.room[cell]):
            hidden[int(np.argmax(gain * ~hidden))] = True
