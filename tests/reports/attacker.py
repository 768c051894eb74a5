"""Somebody who has every printed edition and the rules, knows which numbers add up, and wants the hidden ones.

Written apart from the program: plain linear algebra on the printed pages.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, lil_array
from scipy.sparse.linalg import lsmr

from triage.reports.disclosure import Protected, Reason, Rules


@dataclass(frozen=True)
class Attacker:
    """`equations @ unknown = sums`, with one row a relation and one column a hidden number."""

    names: tuple[str, ...]
    equations: csr_array
    sums: np.ndarray
    highest: tuple[float | None, ...]  # what the reason printed for a hidden number says about it

    @classmethod
    def with_editions(cls, *editions: Protected) -> "Attacker":
        """A later edition carries the relations of the earlier ones; a number printed in any of them is known.

        One that has been revised since is there by another name.
        """
        latest = editions[-1]
        printed = {id_: number for e in editions for id_ in e.cells if (number := e.shown(id_)) is not None}
        shown = {id_: number for id_, number in printed.items() if number == latest.cells[id_].count}
        place = {id_: column for column, id_ in enumerate(id_ for id_ in latest.cells if id_ not in shown)}
        signed = [((r.whole, -1.0), *((part, 1.0) for part in r.parts)) for r in latest.relations]
        equations, sums = lil_array((len(signed), len(place))), np.zeros(len(signed))
        for row, terms in enumerate(signed):
            for id_, sign in terms:
                if id_ in shown:
                    sums[row] -= sign * shown[id_]
                else:
                    equations[row, place[id_]] += sign
        small, few = Rules().hide_below - 1, (Reason.SMALL_COUNT, Reason.SMALL_BASE)
        return cls(
            tuple(place),
            equations.tocsr(),
            sums,
            tuple(small if latest.hidden.get(name) in few else None for name in place),
        )

    def can_work_out(self, names: Iterable[str]) -> list[str]:
        """Numbers that are the same in every solution: no direction in which solutions differ touches them.

        A direction drawn by lot, less its part among the equations, is one in which solutions differ, and no number
        that differs in any of them stays in place but by a miracle.
        """
        drawn = np.random.default_rng(1).normal(size=len(self.names))
        left = drawn - lsmr(self.equations, self.equations @ drawn, atol=1e-13, btol=1e-13, maxiter=20_000)[0]
        moves = dict(zip(self.names, np.abs(left).tolist(), strict=True))
        return [name for name in names if moves[name] < 1e-6]

    def range_of(self, name: str) -> tuple[float, float]:
        """The least and greatest value that fits."""
        goal, bounds = np.zeros(len(self.names)), [(0, high) for high in self.highest]
        goal[self.names.index(name)] = 1
        least, most = (linprog(sign * goal, A_eq=self.equations, b_eq=self.sums, bounds=bounds) for sign in (1, -1))
        return float(least.fun), float(-most.fun) if most.status == 0 else np.inf

    def narrows_down(self, names: Iterable[str], *, width: float = 3) -> list[str]:
        ranges = {name: self.range_of(name) for name in names}
        return [name for name, (low, high) in ranges.items() if high - low < width - 1e-6]
