"""Disclosure control: no printed table, alone or with others, tells anything about a handful of patients or doctors.

Primary suppression follows the rules below. Secondary suppression hides further numbers, over all tables that share
or sum the same counts and against everything printed before, until no hidden number can be worked out, nor narrowed
to within one. A reader is assumed to know the rules and the reason printed for each hidden number.
Threshold: common practice, not law; the data controller decides it (`hide_counts_below` in the policy).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import compress, count, product
from math import inf
from time import process_time

import numpy as np
from scipy.sparse import lil_array

from triage.domain.errors import BadInput
from triage.reports.secondary import System, hide


@dataclass(frozen=True, slots=True)
class Cell:
    """One number: how many referrals (or patients) of some kind. The same `id` is the same number in every table.

    `id` names the period, the unit and what is counted. `part_of` is the id of the count that this one is printed as a
    share of. `population` is how many people it could have been, where readers know that (inhabitants); `doctors` how
    many doctors made the referrals. A number that is never printed but that printed ones add up to, such as the part
    of a longer period that a shorter one leaves over, is declared with `printed=False`.
    """

    id: str
    count: int
    part_of: str | None = None
    population: int | None = None
    doctors: int | None = None
    printed: bool = True


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
    UNTOLD = "untold"  # small, but in no table, so that no reader is told that it is
    HIDDEN_BEFORE = "hidden_before"  # nearly the same number was hidden in an earlier edition
    SECONDARY = "secondary"  # another hidden number could be worked out from it
    UNSEARCHED = "unsearched"  # linked to hidden numbers, and there was no time to see which of them must be hidden


@dataclass(frozen=True, slots=True)
class Protected:
    """An edition that is safe to print, with all earlier editions, whose numbers a reader still has.

    `hidden` covers this and earlier editions, in the order of the tables. `already_public`: numbers that ought to be
    hidden but that earlier editions give away.
    """

    cells: Mapping[str, Cell]
    relations: tuple[Relation, ...]
    hidden: Mapping[str, Reason]
    already_public: frozenset[str] = frozenset()

    def shown(self, cell: str) -> int | None:
        """The number to print, or None where it is hidden.

        What is computed from one unit's hidden number is hidden with it: share, ratio, limits, p, place in a ranking.
        """
        known = self.cells[cell]
        return known.count if known.printed and cell not in self.hidden else None

    def renamed(self, names: Mapping[str, str]) -> "Protected":
        """The same edition with other names for some numbers."""

        def now(id_: str) -> str:
            return names.get(id_, id_)

        cells = {now(id_): replace(cell, id=now(id_)) for id_, cell in self.cells.items()}
        relations = tuple(Relation(now(one.whole), tuple(map(now, one.parts))) for one in self.relations)
        return Protected(cells, relations, {now(id_): reason for id_, reason in self.hidden.items()})


_TELLING = {Reason.SMALL_COUNT, Reason.SMALL_REST, Reason.SMALL_BASE}  # how large a number, or the rest, can be
_REST = "/resten"
NOTHING_BEFORE = Protected({}, (), {})
LONGEST_SEARCH = 60.0  # seconds of processor time


def protect(
    tables: Iterable[Table], rules: Rules, previous: Protected = NOTHING_BEFORE, *, seconds: float = LONGEST_SEARCH
) -> Protected:
    """Decide what to hide in these tables, given everything that `previous` has printed and hidden.

    After so many `seconds` of processor time all that is linked to a number not yet safe is hidden.
    Raises BadInput when a table does not add up or two tables disagree about a number.
    """
    cells, relations = _joined(tables)
    _check(relations, {**previous.cells, **cells})
    until = process_time() + seconds
    revised = {id_ for id_ in cells.keys() & previous.cells.keys() if cells[id_].count != previous.cells[id_].count}
    earlier = previous.renamed({id_: _unused(id_, previous) for id_ in revised})
    everything, sums = {**earlier.cells, **cells}, tuple(dict.fromkeys((*earlier.relations, *relations)))
    known = {id_ for id_ in earlier.cells if earlier.shown(id_) is not None}
    primary = {**earlier.hidden, **_primary(cells, previous, rules)}
    # A reader who has the old number knows about where the new one is.
    was = {id_: old for id_ in _near(cells, previous, rules) & revised if (old := previous.shown(id_)) is not None}
    news = {id_ for id_, reason in primary.items() if reason in _TELLING and earlier.hidden.get(id_) is not reason}
    close, left = np.zeros(len(everything), dtype=np.bool_), len(everything) + 1
    while True:
        system = _system(everything, sums, known, primary, was=was, rules=rules)
        choice = hide(system, seconds=until - process_time())
        exposed = choice.exposed & bool(known)  # where nothing is out yet, nothing can be given away
        close = system.beside(close | exposed)
        told = news & {id_.removesuffix(_REST) for id_ in compress(everything, close)}
        if not told or not 0 < exposed.sum() < left:
            break
        left = int(exposed.sum())
        # The reasons would tell, with what is out already: they are kept back, and more of those around if that helps.
        rests = {rest: earlier.hidden.get(rest, Reason.UNTOLD) for id_ in told if (rest := id_ + _REST) in primary}
        primary |= dict.fromkeys(told, Reason.SECONDARY) | rests
        news -= told
    chosen = {Reason.SECONDARY: choice.hidden & system.free, Reason.UNSEARCHED: choice.unsearched}
    reasons = {id_: reason for reason, which in chosen.items() for id_ in compress(everything, which)} | primary
    given_away = {*compress(everything, exposed), *(known & primary.keys())}
    in_order = {id_: reasons[id_] for id_ in everything if id_ in reasons}
    return Protected(everything, sums, in_order, frozenset(given_away))


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
            base = cells.get(cell.part_of)
            if base is None or cell.count > base.count:
                raise BadInput(f"«{cell.id}» er ikke en del av «{cell.part_of}».")
            rest = Cell(cell.id + _REST, base.count - cell.count, population=base.count, printed=False)
            cells[rest.id] = rest
            relations.append(Relation(base.id, (cell.id, rest.id)))
    return cells, tuple(relations)


def _check(relations: Iterable[Relation], cells: Mapping[str, Cell]) -> None:
    for relation in relations:
        if any(id_ not in cells for id_ in (relation.whole, *relation.parts)):
            raise BadInput(f"Summen «{relation.whole}» viser til tall som ikke finnes.")
        if cells[relation.whole].count != sum(cells[part].count for part in relation.parts):
            raise BadInput(f"Summen «{relation.whole}» går ikke opp.")


def _primary(cells: Mapping[str, Cell], previous: Protected, rules: Rules) -> dict[str, Reason]:
    """Numbers that break a rule on their own, with the first that they break, and those that were hidden before.

    One that has not changed keeps its reason: another would tell more.
    """
    found = {id_: _broken(cell, cells.get(cell.part_of or ""), rules) for id_, cell in cells.items()}
    told = {id_ + _REST for id_, reason in found.items() if reason is Reason.SMALL_REST}
    broken = {
        id_: reason if cells[id_].printed or id_ in told else Reason.UNTOLD for id_, reason in found.items() if reason
    }
    before = {id_: previous.hidden[id_] for id_ in _near(cells, previous, rules) & previous.hidden.keys()}
    same = {id_: reason for id_, reason in before.items() if cells[id_] == previous.cells[id_]}
    return dict.fromkeys(before, Reason.HIDDEN_BEFORE) | broken | same


def _broken(cell: Cell, whole: Cell | None, rules: Rules) -> Reason | None:
    base = whole.count if whole else None
    if cell.doctors is not None and cell.doctors < rules.fewest_doctors:
        return Reason.FEW_DOCTORS
    if rules.hides(cell.count, base if cell.population is None else cell.population):
        return Reason.SMALL_COUNT
    if base is None:
        return None
    if base < rules.smallest_base:
        return Reason.SMALL_BASE
    return Reason.SMALL_REST if rules.hides(base - cell.count, base) else None


def _near(cells: Mapping[str, Cell], previous: Protected, rules: Rules) -> set[str]:
    """Numbers of an earlier edition that have moved by less than the threshold, if at all."""
    return {
        id_
        for id_ in cells.keys() & previous.cells.keys()
        if previous.cells[id_].printed and abs(cells[id_].count - previous.cells[id_].count) < rules.hide_below
    }


def _unused(id_: str, previous: Protected) -> str:
    """A name for what a number was in an earlier edition."""
    return next(name for n in count(1) if (name := f"{id_}@{n}") not in previous.cells)


def _bounds(cell: Cell, reason: Reason | None, was: int | None, rules: Rules) -> tuple[float, float]:
    """What a reader knows of a number when it is hidden: the rule behind the reason, and what it was before."""
    low, high = 0.0, inf if cell.population is None else float(cell.population)
    if reason is Reason.SMALL_COUNT:
        low, high = float(rules.zero_needs <= 0), rules.hide_below - 1  # as a reader knows from the rules
    if reason is Reason.SMALL_BASE:
        high = rules.smallest_base - 1
    if was is not None:
        low, high = max(low, was - rules.hide_below + 1), min(high, was + rules.hide_below - 1)
    # Rules may have changed since a number was hidden; the truth is always possible.
    return min(low, cell.count), max(high, cell.count)


def _system(
    cells: Mapping[str, Cell],
    relations: Sequence[Relation],
    known: Set[str],
    primary: Mapping[str, Reason],
    *,
    was: Mapping[str, int],
    rules: Rules,
) -> System:
    """The linear system that a reader sees. Rather than a total of thousands some ten small counts are hidden."""
    place = {id_: k for k, id_ in enumerate(cells)}
    sums = lil_array((len(relations), len(cells)))
    for row, relation in enumerate(relations):
        sums[row, place[relation.whole]] = -1
        sums[row, [place[part] for part in relation.parts]] = 1
    value = np.array([cell.count for cell in cells.values()], dtype=np.float64)
    out, small = (np.array([id_ in some for id_ in cells], dtype=np.bool_) for some in (known, primary))
    printed = np.array([cell.printed for cell in cells.values()], dtype=np.bool_)
    bounds = [_bounds(cell, primary.get(id_), was.get(id_), rules) for id_, cell in cells.items()]
    low, high = np.array(bounds).reshape(-1, 2).T
    return System(
        value=value,
        relations=sums.tocsr(),
        known=out,
        withheld=~out & (small | ~printed),
        guarded=~out & small,
        cost=1 + np.log1p(value),
        low=low,
        high=high,
        room=np.minimum(high - low, rules.least_width),
    )
