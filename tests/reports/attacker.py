"""Somebody who has every printed edition and the rules, knows which numbers add up, and wants the hidden ones.

Written apart from the program: plain linear algebra on the printed pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from triage.reports.disclosure import Protected, Reason, Rules


@dataclass(frozen=True)
class Attacker:
    """`equations @ unknown = sums`, with one row a relation and one column a hidden number."""

    names: tuple[str, ...]
    equations: np.ndarray
    sums: np.ndarray
    highest: tuple[float | None, ...]  # what the reason printed for a hidden number says about it

    @classmethod
    def with_editions(cls, *editions: Protected) -> "Attacker":
        """A later edition carries the relations of the earlier ones; a number printed in any of them is known."""
        latest = editions[-1]
        shown = {id_: number for e in editions for id_ in e.cells if (number := e.shown(id_)) is not None}
        names = tuple(id_ for id_ in latest.cells if id_ not in shown)
        signed = [((r.whole, -1.0), *((part, 1.0) for part in r.parts)) for r in latest.relations]
        equations, sums = np.zeros((len(signed), len(names))), np.zeros(len(signed))
        for row, terms in enumerate(signed):
            for id_, sign in terms:
                if id_ in shown:
                    sums[row] -= sign * shown[id_]
                else:
                    equations[row, names.index(id_)] += sign
        small = Rules().hide_below - 1
        return cls(
            names,
            equations,
            sums,
            tuple(small if latest.hidden.get(name) is Reason.SMALL_COUNT else None for name in names),
        )

    def can_work_out(self, names: Sequence[str]) -> list[str]:
        """Numbers that are the same in every solution: no direction in which solutions differ touches them."""
        _, sizes, directions = np.linalg.svd(self.equations)
        differing = directions[int((sizes > 1e-9).sum()) :]
        moves = np.abs(differing).max(axis=0, initial=0)
        return [name for name in names if moves[self.names.index(name)] < 1e-9]

    def range_of(self, name: str) -> tuple[float, float]:
        """The least and greatest value that fits."""
        goal, bounds = np.eye(len(self.names))[self.names.index(name)], [(0, high) for high in self.highest]
        least, most = (linprog(sign * goal, A_eq=self.equations, b_eq=self.sums, bounds=bounds) for sign in (1, -1))
        return float(least.fun), float(-most.fun) if most.status == 0 else np.inf

    def narrows_down(self, names: Sequence[str], *, width: float = 3) -> list[str]:
        ranges = {name: self.range_of(name) for name in names}
        return [name for name, (low, high) in ranges.items() if high - low < width - 1e-6]
