"""One edition of the report: what is counted, by what, and which of the numbers may be printed.

Every figure, limit and sentence of the report is computed from what an edition shows, and from nothing else, so that
what is hidden cannot be worked out from them either.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from urllib.parse import quote

from triage.domain.counted import CountedReferral
from triage.domain.decision import Outcome
from triage.domain.recommendation import Pathway
from triage.reports.disclosure import (
    NOTHING_BEFORE,
    Cell,
    Dimension,
    Protected,
    Reason,
    Relation,
    Rules,
    Table,
    protect,
)
from triage.reports.records import Population, band_of

ALL, UNKNOWN, OTHERS = "", "ukjent", "øvrige"
FEWEST_OF_SENDER = 30  # referrals: senders of fewer are counted together, and not printed
Period = tuple[date, date]  # both days included
Number = int | Reason


@dataclass(frozen=True, slots=True)
class Measure:
    """A kind of referral, as a part of another kind."""

    of: str | None
    holds: Callable[[CountedReferral], bool]


@dataclass(frozen=True, slots=True)
class Lines:
    """The age limits of the policy: the department's own, and the national one."""

    own: int
    national: int

    @property
    def bands(self) -> tuple[int, ...]:
        """First years of the five-year bands that low value is shown by, cut at the limits."""
        return tuple(sorted({*range(0, 95, 5), self.own, self.national}))

    @property
    def groups(self) -> tuple[int, ...]:
        """First years of the wider groups that use is standardised by, so that few of them are small."""
        return tuple(sorted({0, 15, 30, 65, 75, self.own, self.national}))

    def measures(self) -> dict[str, Measure]:
        def young(r: CountedReferral) -> bool:
            return r.requested == "gastroscopy" and r.age is not None and r.age < self.own

        def agreed(r: CountedReferral) -> bool:
            return len(r.readings) > 1 and len(set(r.readings)) == 1

        return {
            "received": Measure(None, lambda _: True),
            f"gastroscopy_under_{self.own}": Measure("received", young),
            "read": Measure("received", lambda r: r.pathway is not None),
            "low_value": Measure("read", lambda r: r.pathway is Pathway.PRIMARY_CARE),
            "decided": Measure("received", lambda r: r.outcome is not None),
            "granted": Measure("decided", lambda r: r.outcome is Outcome.RIGHT_GRANTED),
            "in_time": Measure("decided", lambda r: r.outcome is not None and r.in_time is True),
            "refused_before": Measure("received", lambda r: r.refused_before),
            "read_twice": Measure("received", lambda r: len(r.readings) > 1),
            "agreed": Measure("read_twice", agreed),
        }

    @property
    def young(self) -> str:
        return f"gastroscopy_under_{self.own}"

    def ways(self) -> dict[str, Callable[[CountedReferral], str]]:
        """The dimensions: for each, the code of a referral."""
        return {
            "municipality": lambda r: r.municipality or UNKNOWN,
            "area": lambda r: r.area or UNKNOWN,
            "sex": lambda r: r.sex or UNKNOWN,
            "age": lambda r: band_of(r.age, self.bands),
            "group": lambda r: band_of(r.age, self.groups),
            "referrer": lambda r: r.referrer or UNKNOWN,
            "sender": lambda r: r.sender or UNKNOWN,
            "month": lambda r: f"{r.received:%Y-%m}",
        }

    def tables(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """Dimensions, and the measures that are crossed by them."""
        return (
            (("municipality", "area"), ("received",)),
            (("municipality",), (self.young,)),
            (("area", "sex", "group"), ("received",)),
            (("sex", "group"), (self.young,)),
            (("area", "age"), ("read", "low_value")),
            (("area", "referrer"), ("read", "low_value")),
            (("sender",), ("read", "low_value")),
            (("area", "month"), ("received", "read", "low_value")),
            (("area",), ("decided", "granted", "in_time", "refused_before", "read_twice", "agreed")),
        )


@dataclass(frozen=True, slots=True)
class Edition:
    """The numbers of a period, with those that may not be printed marked by their reason."""

    period: Period
    lines: Lines
    codes: Mapping[str, tuple[str, ...]]  # of each dimension
    protected: Protected

    def number(self, measure: str, **codes: str) -> Number:
        """The count of one measure; dimensions that are not named are summed over. 0 where nothing was counted."""
        id_ = _id(self.period, measure, codes)
        if id_ not in self.protected.cells:
            return 0
        shown = self.protected.shown(id_)
        return self.protected.hidden[id_] if shown is None else shown

    @property
    def years(self) -> float:
        return ((self.period[1] - self.period[0]).days + 1) / 365.25


def make_edition(
    rows: Sequence[CountedReferral],
    period: Period,
    lines: Lines,
    *,
    hide_below: int,
    population: Population | None = None,
    previous: Protected = NOTHING_BEFORE,
) -> Edition:
    """Count the rows of the period, and hide what tells too much, also beside everything printed before."""
    rows = _with_large_senders(row for row in rows if period[0] <= row.received <= period[1])
    inhabitants = {code: population.of(code) for code in population.names} if population else {}
    tables = _tables(rows, period, lines, inhabitants)
    tied = _tied_to_earlier(rows, tables, lines, previous)
    rules = Rules(hide_below=hide_below, smallest_base=hide_below, zero_needs=30)
    ways = lines.ways()
    codes = {name: tuple(sorted({way(row) for row in rows})) for name, way in ways.items()}
    return Edition(period, lines, codes, protect([*tables, *tied], rules, previous))


def _with_large_senders(rows: Iterable[CountedReferral]) -> list[CountedReferral]:
    rows = list(rows)
    sizes = Counter(row.sender for row in rows if row.pathway)
    large = {sender for sender, size in sizes.items() if size >= FEWEST_OF_SENDER}
    return [row if row.sender in large else replace(row, sender=OTHERS) for row in rows]


def _id(period: Period, measure: str, codes: Mapping[str, str]) -> str:
    """The same number has the same name in every table and edition: a month is a period of its own."""
    named = {name: code for name, code in codes.items() if code != ALL}
    start, end = _within(period, named.pop("month", ALL))
    return "/".join(
        (f"{start}..{end}", measure, *(f"{name}={quote(code, safe='')}" for name, code in sorted(named.items())))
    )


def _within(period: Period, month: str) -> Period:
    if month == ALL:
        return period
    first = date.fromisoformat(f"{month}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return max(first, period[0]), min(last, period[1])


def _tables(
    rows: Sequence[CountedReferral], period: Period, lines: Lines, inhabitants: Mapping[str, int]
) -> list[Table]:
    measures, ways = lines.measures(), lines.ways()
    tables = []
    for dimensions, names in lines.tables():
        coded = [(row, tuple(ways[d](row) for d in dimensions)) for row in rows]
        for name in names:
            measure = measures[name]
            base = measures[measure.of] if measure.of else measure
            found = sorted({codes for row, codes in coded if base.holds(row)})
            if found:
                crossed = [Dimension(d, [(ALL, sorted({c[k] for c in found}))]) for k, d in enumerate(dimensions)]
                counts = Counter(codes for row, codes in coded if measure.holds(row))
                tables.append(Table.crossed(_namer(period, name, dimensions), crossed, counts))
    return _with_bases(tables, measures, len(rows), inhabitants)


def _namer(period: Period, measure: str, dimensions: Sequence[str]) -> Callable[[Sequence[str]], str]:
    return lambda codes: _id(period, measure, dict(zip(dimensions, codes, strict=True)))


def _with_bases(
    tables: Iterable[Table], measures: Mapping[str, Measure], total: int, inhabitants: Mapping[str, int]
) -> list[Table]:
    """Say of every number what it is a part of, and how many people it could have been: all referred, or all living."""
    tables = list(tables)
    ids = {cell.id for table in tables for cell in table.cells}

    def completed(cell: Cell) -> Cell:
        period, measure, *codes = cell.id.split("/")
        base = "/".join((period, measures[measure].of or "", *codes))
        place = next((code.partition("=")[2] for code in codes if code.startswith("municipality=")), "")
        people = max(inhabitants.get(place, total), cell.count)
        printed = not cell.id.endswith(f"sender={quote(OTHERS)}")
        return replace(cell, part_of=base if base in ids else None, population=people, printed=printed)

    return [Table(tuple(map(completed, table.cells)), table.relations) for table in tables]


def _tied_to_earlier(
    rows: Sequence[CountedReferral], tables: Sequence[Table], lines: Lines, previous: Protected
) -> list[Table]:
    """What overlapping periods of earlier editions leave over: never printed, but anyone can subtract."""
    mine = _by_period(cell for table in tables for cell in table.cells if cell.printed)
    earlier = _by_period(cell for cell in previous.cells.values() if cell.printed)
    tied = []
    for now, before in product(mine, earlier):
        common = max(now[0], before[0]), min(now[1], before[1])
        if now == before or common[0] > common[1]:
            continue
        shared_rows = [row for row in rows if common[0] <= row.received <= common[1]]
        tables = _tables(shared_rows, common, lines, {})
        shared = _by_period(cell for table in tables for cell in table.cells).get(common, {})
        for name in mine[now].keys() & earlier[before].keys():
            cells = mine[now][name], earlier[before][name]
            count = shared[name].count if name in shared else 0
            tied.append(_overlap(cells, count, f"{common[0]}..{common[1]}/{name}"))
    return tied


def _overlap(cells: tuple[Cell, Cell], shared: int, id_: str) -> Table:
    """Two numbers as the part that they share and what each has besides."""
    both = Cell(id_, shared, population=cells[0].population, printed=False)
    made, relations = ([] if id_ in {cell.id for cell in cells} else [both]), []
    for cell in cells:
        besides = cell.count - shared
        # Fewer than the shared part: the data have been revised, and nobody can rely on the difference.
        if cell.id != id_ and besides >= 0:
            rest = Cell(f"{cell.id} uten {id_}", besides, population=cell.population, printed=False)
            made.append(rest)
            relations.append(Relation(cell.id, (id_, rest.id)))
    return Table(tuple(made), tuple(relations))


def _by_period(cells: Iterable[Cell]) -> dict[Period, dict[str, Cell]]:
    found: dict[Period, dict[str, Cell]] = {}
    for cell in cells:
        start, _, end = cell.id.partition("/")[0].partition("..")
        period = date.fromisoformat(start), date.fromisoformat(end)
        found.setdefault(period, {})[_name(cell)] = cell
    return found


def _name(cell: Cell) -> str:
    """What was counted, without the period."""
    return cell.id.partition("/")[2]
