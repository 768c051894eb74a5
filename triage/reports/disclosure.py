"""Disclosure control: no printed table, alone or with others, tells anything about a handful of patients or doctors.

Primary suppression follows the rules below. Secondary suppression hides further numbers, over all tables that share
or sum the same counts and against everything printed before, until no hidden number can be worked out, nor narrowed
to within one. A reader is assumed to know the rules and the reason printed for each hidden number.
Threshold: common practice, not law; the data controller decides it (`hide_counts_below` in the policy).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count, product
from math import inf

import numpy as np
from scipy.sparse import csr_array

from triage.domain.errors import BadInput
from triage.reports.secondary import System, hide


@dataclass(frozen=True, slots=True)
class Cell:
    """One number: how many referrals (or patients) of some kind. The same `id` is the same number in every table.

    `id` names the period, the unit and what is counted. `part_of` is the id of the count that this one is printed as a
    share of. `population` is how many people it could have been, where readers know that (inhabitants); `doctors` how
    many doctors made the referrals. A number that is never printed but that printed ones add up to, such as the part
    of a longer period that a shorter one leaves over, is declared with `printed=False`; one that everybody knows, such
    as inhabitants, with `public=True`.
    """

    id: str
    count: int
    part_of: str | None = None
    population: int | None = None
    doctors: int | None = None
    printed: bool = True
    public: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """A number that is the sum of others; with one part, two names for the same number."""

    whole: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """The rows or columns of a table: which code is the sum of which. A code may be a part of several sums."""

    name: str
    sums: Sequence[tuple[str, Sequence[str]]]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(code for whole, parts in self.sums for code in (whole, *parts)))

    def under(self, code: str) -> tuple[str, ...]:
        """The codes without parts of their own that a code is the sum of."""
        parts = next((parts for whole, parts in self.sums if whole == code), None)
        return (code,) if parts is None else tuple(leaf for part in parts for leaf in self.under(part))


@dataclass(frozen=True, slots=True)
class Table:
    """What is to be printed, and the sums that a reader can see in it."""

    cells: tuple[Cell, ...]
    relations: tuple[Relation, ...] = ()

    @classmethod
    def crossed(
        cls,
        id_of: Callable[[Sequence[str]], str],
        dimensions: Sequence[Dimension],
        counts: Mapping[tuple[str, ...], int],
    ) -> "Table":
        """Every combination of codes with all its margins. `counts` is by leaves; what is not named is 0."""
        cells, relations = [], []
        for codes in product(*(dimension.codes for dimension in dimensions)):
            under = product(*(dimension.under(code) for dimension, code in zip(dimensions, codes, strict=True)))
            cells.append(Cell(id_of(codes), sum(counts.get(leaf, 0) for leaf in under)))
            relations += [
                Relation(id_of(codes), tuple(id_of((*codes[:k], part, *codes[k + 1 :])) for part in parts))
                for k, dimension in enumerate(dimensions)
                for whole, parts in dimension.sums
                if whole == codes[k]
            ]
        return cls(tuple(cells), tuple(relations))


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts as too few. `zero_needs`: how many people a zero must be about to be printed (our choice, uncited).

    `least_width` is how wide an interval a reader must be left with: 3 means never within one either way.
    """

    hide_below: int = 5
    smallest_base: int = 5
    fewest_doctors: int = 3
    zero_needs: float = 100
    least_width: int = 3

    @property
    def small(self) -> tuple[int, int]:
        """The lowest and highest count that is hidden for being small, as a reader knows from the rules."""
        return (0 if self.zero_needs > 0 else 1), self.hide_below - 1

    def hides(self, count: int, about: float | None) -> bool:
        """A few, or none out of a group so small that the zero itself tells."""
        if count == 0:
            return (0 if about is None else about) < self.zero_needs
        return count < self.hide_below


class Reason(StrEnum):
    """Why a number is not printed."""

    SMALL_COUNT = "small_count"
    SMALL_REST = "small_rest"  # nearly all, so that the others are few
    SMALL_BASE = "small_base"  # a share of few
    FEW_DOCTORS = "few_doctors"
    HIDDEN_BEFORE = "hidden_before"  # nearly the same number was hidden in an earlier edition
    SECONDARY = "secondary"  # another hidden number could be worked out from it


@dataclass(frozen=True, slots=True)
class Protected:
    """An edition that is safe to print, with all earlier editions, whose numbers a reader still has.

    `hidden` covers this and earlier editions, in the order of the tables. `already_public`: numbers that ought to be
    hidden but that earlier editions or public numbers give away. `optimal` is False when the search was cut short and
    more may be hidden than need be.
    """

    cells: Mapping[str, Cell]
    relations: tuple[Relation, ...]
    hidden: Mapping[str, Reason]
    already_public: frozenset[str] = frozenset()
    optimal: bool = True

    def shown(self, cell: str) -> int | None:
        """The number to print, or None where it is hidden.

        What is computed from one unit's hidden number is hidden with it: share, ratio, limits, p, place in a ranking.
        """
        known = self.cells[cell]
        return known.count if known.printed and cell not in self.hidden else None

    def renamed(self, names: Mapping[str, str]) -> "Protected":
        """The same edition with other names for some numbers."""
        return Protected(
            {names.get(id_, id_): replace(cell, id=names.get(id_, id_)) for id_, cell in self.cells.items()},
            tuple(
                Relation(names.get(r.whole, r.whole), tuple(names.get(p, p) for p in r.parts)) for r in self.relations
            ),
            {names.get(id_, id_): reason for id_, reason in self.hidden.items()},
        )


NOTHING_BEFORE = Protected({}, (), {})


def protect(
    tables: Iterable[Table], rules: Rules, previous: Protected = NOTHING_BEFORE, *, rounds: int = 6
) -> Protected:
    """Decide what to hide in these tables, given everything that `previous` has printed and hidden.

    Raises BadInput when a table does not add up or two tables disagree about a number.
    """
    draft = _draft(tables, rules, previous)
    system = draft.system()
    hiding = hide(system, rounds=rounds)
    chosen = {id_ for id_, hidden in zip(draft.cells, hiding.hidden & system.free, strict=True) if hidden}
    exposed = {id_ for place, id_ in enumerate(draft.cells) if place in hiding.exposed}
    reasons = {**dict.fromkeys(chosen, Reason.SECONDARY), **draft.primary}
    return Protected(
        draft.cells,
        draft.relations,
        {id_: reasons[id_] for id_ in draft.cells if id_ in reasons},
        frozenset(exposed | (draft.known & draft.primary.keys())),
        hiding.optimal,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """All numbers of this and earlier editions, each under one name, before secondary suppression.

    `primary` says what must be hidden; `known` is what was printed before, or is public; `revised_from` holds what was
    printed for a number that has since moved by less than the threshold: the reader knows about where it is.
    """

    rules: Rules
    cells: Mapping[str, Cell]
    relations: tuple[Relation, ...]
    primary: Mapping[str, Reason]
    known: frozenset[str]
    revised_from: Mapping[str, int]

    def system(self) -> System:
        """The linear system that a reader sees. Hiding a large number costs up to twice what a small one does."""
        place = {id_: k for k, id_ in enumerate(self.cells)}
        value = np.array([cell.count for cell in self.cells.values()], dtype=np.float64)
        known = np.array([id_ in self.known for id_ in place], dtype=np.bool_)
        primary = np.array([id_ in self.primary for id_ in place], dtype=np.bool_)
        unprinted = np.array([not cell.printed for cell in self.cells.values()], dtype=np.bool_)
        low, high = np.array([self.limits(id_) for id_ in place], dtype=np.float64).reshape(-1, 2).T
        return System(
            value=value,
            relations=self.matrix(place),
            known=known,
            withheld=~known & (primary | unprinted),
            guarded=~known & primary,
            cost=1 + value / max(1.0, value.max(initial=0)),
            low=low,
            high=high,
            room=np.minimum(high - low, self.rules.least_width),
        )

    def matrix(self, place: Mapping[str, int]) -> csr_array:
        """One row a relation: -1 for the whole, 1 for each part."""
        entries = [
            (row, place[id_], sign)
            for row, relation in enumerate(self.relations)
            for id_, sign in [(relation.whole, -1.0), *((part, 1.0) for part in relation.parts)]
        ]
        rows, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
        return csr_array((signs, (rows, columns)), shape=(len(self.relations), len(place)))

    def limits(self, id_: str) -> tuple[float, float]:
        """What a reader knows of a number when it is hidden: the rule behind the reason, and what it was before."""
        cell, reason = self.cells[id_], self.primary.get(id_)
        low, high = 0.0, inf if cell.population is None else float(cell.population)
        if reason is Reason.SMALL_COUNT:
            low, high = self.rules.small
        if reason is Reason.SMALL_BASE:
            high = self.rules.smallest_base - 1
        if id_ in self.revised_from:
            low = max(low, self.revised_from[id_] - self.rules.hide_below + 1)
            high = min(high, self.revised_from[id_] + self.rules.hide_below - 1)
        # Rules may have changed since a number was hidden; the truth is always possible.
        return min(low, cell.count), max(high, cell.count)


def _draft(tables: Iterable[Table], rules: Rules, previous: Protected) -> _Draft:
    cells, relations = _joined(tables)
    for relation in relations:
        _check(relation, {**previous.cells, **cells})
    earlier = previous.renamed({id_: _unused(id_, previous) for id_ in _revised(cells, previous)})
    near = {
        id_
        for id_ in cells.keys() & previous.cells.keys()
        if previous.cells[id_].printed and abs(cells[id_].count - previous.cells[id_].count) < rules.hide_below
    }
    primary = {id_: reason for id_, cell in cells.items() if (reason := _primary(cell, cells, rules)) is not None}
    hidden_before = {
        id_: previous.hidden[id_] if cells[id_] == previous.cells[id_] else Reason.HIDDEN_BEFORE
        for id_ in near & previous.hidden.keys()
    }
    printed_before = {id_ for id_ in earlier.cells if earlier.shown(id_) is not None}
    public = {id_ for id_, cell in cells.items() if cell.public}
    return _Draft(
        rules,
        {**earlier.cells, **cells},
        tuple(dict.fromkeys((*earlier.relations, *relations))),
        {**earlier.hidden, **hidden_before, **primary},
        frozenset(printed_before | public),
        {id_: was for id_ in near if (was := previous.shown(id_)) is not None and id_ not in printed_before},
    )


def _joined(tables: Iterable[Table]) -> tuple[dict[str, Cell], tuple[Relation, ...]]:
    """The numbers of all tables by id, with what each share leaves over, and all relations."""
    cells: dict[str, Cell] = {}
    relations: list[Relation] = []
    for table in tables:
        relations += table.relations
        for cell in table.cells:
            if cells.setdefault(cell.id, cell) != cell:
                raise BadInput(f"To tabeller er uenige om tallet «{cell.id}».")
    for cell in list(cells.values()):
        if cell.part_of is not None:
            rest = _rest(cell, cells)
            cells[rest.id] = rest
            relations.append(Relation(cell.part_of, (cell.id, rest.id)))
    return cells, tuple(relations)


def _rest(cell: Cell, cells: Mapping[str, Cell]) -> Cell:
    """Those that a share leaves out: never printed, but anyone can subtract."""
    base = cells.get(cell.part_of or "")
    if base is None or cell.count > base.count:
        raise BadInput(f"«{cell.id}» er ikke en del av «{cell.part_of}».")
    return Cell(f"{cell.id}/resten", base.count - cell.count, population=base.count, printed=False)


def _check(relation: Relation, cells: Mapping[str, Cell]) -> None:
    ids = (relation.whole, *relation.parts)
    if any(id_ not in cells for id_ in ids):
        raise BadInput(f"Summen «{relation.whole}» viser til tall som ikke finnes.")
    if cells[relation.whole].count != sum(cells[part].count for part in relation.parts):
        raise BadInput(f"Summen «{relation.whole}» går ikke opp.")


def _primary(cell: Cell, cells: Mapping[str, Cell], rules: Rules) -> Reason | None:
    """The first rule that a number breaks on its own."""
    base = None if cell.part_of is None else cells[cell.part_of].count
    if cell.public:
        return None
    if cell.doctors is not None and cell.doctors < rules.fewest_doctors:
        return Reason.FEW_DOCTORS
    if rules.hides(cell.count, base if cell.population is None else cell.population):
        return Reason.SMALL_COUNT
    if base is None:
        return None
    if base < rules.smallest_base:
        return Reason.SMALL_BASE
    return Reason.SMALL_REST if rules.hides(base - cell.count, base) else None


def _revised(cells: Mapping[str, Cell], previous: Protected) -> set[str]:
    return {id_ for id_ in cells.keys() & previous.cells.keys() if cells[id_].count != previous.cells[id_].count}


def _unused(id_: str, previous: Protected) -> str:
    """A name for what a number was in an earlier edition."""
    return next(name for n in count(1) if (name := f"{id_}@{n}") not in previous.cells)
