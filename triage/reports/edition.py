"""One edition of the report: what is counted, by what, and which of the numbers may be printed.

Every figure, limit and sentence of the report is computed from what an edition shows, and from nothing else, so that
what is hidden cannot be worked out from them either.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import compress, product
from urllib.parse import quote, unquote

from triage.domain.counted import CountedReferral
from triage.domain.decision import Outcome
from triage.domain.recommendation import Pathway
from triage.reports import TEXTS
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
from triage.reports.records import NO_REFERENCE, Reference, band_of

ALL, UNKNOWN, OTHERS = "", "ukjent", "øvrige"
WAITS = (0, 4, 8, 15)  # days to a decision
FEWEST_OF_SENDER = 30  # referrals: senders of fewer are counted together, and not printed
LARGE = 100  # referrals that one of two overlapping periods has besides the other
Period = tuple[date, date]  # both days included
Number = int | Reason
PART_OF: Mapping[str, str | None] = TEXTS["part_of"]  # what each measure is a share of


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


def _measured(lines: Lines, r: CountedReferral) -> dict[str, bool]:
    """Of each kind that the report counts, whether the referral is of it."""
    return {
        "received": True,
        "young": r.requested == "gastroscopy" and r.age is not None and r.age < lines.own,
        "read": r.pathway is not None,
        "low_value": r.pathway is Pathway.PRIMARY_CARE,
        "decided": r.outcome is not None,
        "granted": r.outcome is Outcome.RIGHT_GRANTED,
        "in_time": r.outcome is not None and r.in_time is True,
        "delivered": r.outcome is not None and r.delivered,
        "returned": r.outcome is not None and r.returned,
        "refused": r.outcome is Outcome.RIGHT_REFUSED,
        "referred_again": r.outcome is Outcome.RIGHT_REFUSED and r.referred_again,
        "found_later": r.outcome is Outcome.RIGHT_REFUSED and r.referred_again and r.found_later,
        "reread": r.outcome is Outcome.RIGHT_REFUSED and r.reread is not None,
        "overturned": r.outcome is Outcome.RIGHT_REFUSED and r.reread not in (None, Outcome.RIGHT_REFUSED),
        "read_twice": len(r.readings) > 1,
        "agreed": len(r.readings) > 1 and len(set(r.readings)) == 1,
        "answered_first": r.outcome is not None and r.own_answer is not None,
        "kept": r.outcome is not None and r.own_answer is r.outcome,
    }


def _coded(lines: Lines, rows: Sequence[CountedReferral], catchments: Mapping[str, str]) -> dict[str, list[str]]:
    """The code of each referral in every dimension."""
    bands, groups = lines.bands, lines.groups
    return {
        "municipality": [r.municipality or UNKNOWN for r in rows],
        "area": [r.area or UNKNOWN for r in rows],
        "sex": [r.sex or UNKNOWN for r in rows],
        "age": [band_of(r.age, bands) for r in rows],
        "group": [band_of(r.age, groups) for r in rows],
        "referrer": [r.referrer or UNKNOWN for r in rows],
        "language": [r.language or UNKNOWN for r in rows],
        "sender": [r.sender or UNKNOWN for r in rows],
        "month": [r.received.isoformat()[:7] for r in rows],
        "wait": [band_of(r.days, WAITS) for r in rows],
        "case": [f"{r.area or UNKNOWN}, {r.pathway or UNKNOWN}" for r in rows],
        "catchment": [catchments.get(r.municipality or "", UNKNOWN) for r in rows],
    }


@dataclass(frozen=True, slots=True)
class Edition:
    """The numbers of a period, with those that may not be printed marked by their reason."""

    period: Period
    lines: Lines
    codes: Mapping[str, tuple[str, ...]]  # of each dimension, numbers and ages by size
    protected: Protected

    def number(self, measure: str, **codes: str) -> Number:
        """The count of one measure; dimensions that are not named are summed over. 0 where nothing was counted."""
        id_ = _id(self.period, self.lines, measure, codes)
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
    reference: Reference = NO_REFERENCE,
    previous: Protected = NOTHING_BEFORE,
) -> Edition:
    """Count the rows of the period, and hide what tells too much, also beside everything printed before."""
    rows = _with_large_senders(row for row in rows if period[0] <= row.received <= period[1])
    rows = [replace(row, municipality=reference.units.get(row.municipality or "", row.municipality)) for row in rows]
    tables = tables_of(rows, period, lines, reference)
    tied = _tied_to_earlier(rows, tables, lines, reference, previous)
    rules = Rules(hide_below=hide_below, smallest_base=hide_below, zero_needs=30)
    columns = _coded(lines, rows, reference.catchments)
    codes = {name: tuple(sorted(set(column), key=by_size)) for name, column in columns.items()}
    return Edition(period, lines, codes, protect([*tables, tied], rules, previous))


def by_size(code: str) -> tuple[int, str]:
    """Codes that begin with a number by the number, then the rest by letter."""
    digits = code[: len(code) - len(code.lstrip("0123456789"))]
    return int(digits or 10**6), code


def _with_large_senders(rows: Iterable[CountedReferral]) -> list[CountedReferral]:
    rows = list(rows)
    sizes = Counter(row.sender for row in rows if row.pathway)
    return [row if sizes[row.sender] >= FEWEST_OF_SENDER else replace(row, sender=OTHERS) for row in rows]


def _id(period: Period, lines: Lines, measure: str, codes: Mapping[str, str]) -> str:
    """The same number has the same name in every table and edition: a month is a period of its own."""
    named = {name: code for name, code in codes.items() if code != ALL}
    start, end = _within(period, named.pop("month", ALL))
    counted = f"under_{lines.own}" if measure == "young" else measure
    return "/".join(
        (f"{start}..{end}", counted, *(f"{name}={quote(code, safe='')}" for name, code in sorted(named.items())))
    )


def read_id(id_: str) -> tuple[Period, str, dict[str, str]]:
    """Period, what was counted, and the code in each dimension, of a number of a table."""
    period, counted, *codes = id_.split("/")
    start, _, end = period.partition("..")
    named = {name: unquote(code) for name, _, code in (one.partition("=") for one in codes)}
    return (date.fromisoformat(start), date.fromisoformat(end)), counted, named


def _within(period: Period, month: str) -> Period:
    if month == ALL:
        return period
    first = date.fromisoformat(f"{month}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return max(first, period[0]), min(last, period[1])


def tables_of(rows: Sequence[CountedReferral], period: Period, lines: Lines, reference: Reference) -> list[Table]:
    """Every table that the texts name, and what any reader can add up between them."""
    tables, columns = _counted(rows, period, lines, reference), _coded(lines, rows, reference.catchments)
    return _with_bases([*tables, _between(tables, columns, period, lines)], len(rows), reference)


def _counted(rows: Sequence[CountedReferral], period: Period, lines: Lines, reference: Reference) -> list[Table]:
    """With all margins; codes under which nothing could be counted are left out."""
    columns, held = _coded(lines, rows, reference.catchments), [_measured(lines, row) for row in rows]
    tables = []
    for crossing in TEXTS["counted"]:
        dimensions = crossing["by"]
        if "catchment" in dimensions and not reference.catchments:
            continue
        coded = list(zip(*(columns[name] for name in dimensions), strict=True))
        for measure in crossing["of"]:
            found = set(compress(coded, (one[PART_OF[measure] or measure] for one in held)))
            crossed = [Dimension(d, [(ALL, sorted({codes[k] for codes in found}))]) for k, d in enumerate(dimensions)]
            counts = Counter(compress(coded, (one[measure] for one in held)))
            if found:
                tables.append(Table.crossed(_namer(period, lines, measure, dimensions), crossed, counts))
    return tables


def _between(tables: Sequence[Table], columns: Mapping[str, list[str]], period: Period, lines: Lines) -> Table:
    """What no table shows, but any reader can add up or subtract from several: hospitals of municipalities, areas of
    cases, and those who were neither granted a right nor refused."""
    counts, cells, sums = {cell.id: cell.count for table in tables for cell in table.cells}, [], []
    for fine, coarse in (("municipality", "catchment"), ("case", "area")):
        pairs = sorted(set(zip(columns[fine], columns[coarse], strict=True)))
        for measure, whole in product(("young", "decided", "granted"), sorted(set(columns[coarse]))):
            parts = (_id(period, lines, measure, {fine: part}) for part, within in pairs if within == whole)
            known, total = tuple(id_ for id_ in parts if id_ in counts), _id(period, lines, measure, {coarse: whole})
            sums += [Relation(total, known)] if total in counts and known else []
    for refused in [id_ for id_ in counts if "/refused" in id_]:
        decided, granted, other = (refused.replace("/refused", f"/{name}") for name in ("decided", "granted", "other"))
        if decided in counts and granted in counts:
            cells.append(Cell(other, counts[decided] - counts[granted] - counts[refused], printed=False))
            sums.append(Relation(decided, (granted, refused, other)))
    return Table(tuple(cells), tuple(sums))


def _namer(period: Period, lines: Lines, measure: str, dimensions: Sequence[str]) -> Callable[[Sequence[str]], str]:
    return lambda codes: _id(period, lines, measure, dict(zip(dimensions, codes, strict=True)))


def _with_bases(tables: Sequence[Table], total: int, reference: Reference) -> list[Table]:
    """Say of every number what it is a part of, how many people it could have been (all referred, or all living), and
    how many doctors of a practice it is about."""
    ids, people = {cell.id for table in tables for cell in table.cells}, reference.population
    living = {code: people.of(code) for code in people.names} if people else {}

    def completed(cell: Cell) -> Cell:
        _, counted, code = read_id(cell.id)
        whole = PART_OF.get(counted, "received") or ""  # the young are named by their limit
        base = cell.id.replace(f"/{counted}", f"/{whole}", 1)
        practice = reference.practices.get(code.get("sender", ""))
        return replace(
            cell,
            part_of=base if base in ids else None,
            population=max(living.get(code.get("municipality", ""), total), cell.count),
            doctors=practice.doctors if practice else None,
            printed=cell.printed and code.get("sender") != OTHERS,
        )

    return [Table(tuple(map(completed, table.cells)), table.relations) for table in tables]


def _tied_to_earlier(
    rows: Sequence[CountedReferral], tables: Sequence[Table], lines: Lines, reference: Reference, previous: Protected
) -> Table:
    """What earlier editions of overlapping periods share with this one, and each has besides: anyone can subtract."""
    present = {cell.id: cell for table in tables for cell in table.cells}
    made, sums = dict[str, Cell](), list[Relation]()
    mine, earlier = _by_period(present.values()), _by_period(previous.cells.values())

    @cache
    def counted(start: date, end: date) -> dict[str, int]:
        within = [row for row in rows if start <= row.received <= end]
        found = _counted(within, (start, end), lines, reference)
        return {cell.id: cell.count for table in found for cell in table.cells}

    for now, before in product(mine, earlier):
        start, end = max(now[0], before[0]), min(now[1], before[1])
        for name in sorted(mine[now].keys() & earlier[before].keys()) if now != before and start <= end else ():
            whole, old, shared = mine[now][name], earlier[before][name], f"{start}..{end}/{name}"
            count, known = counted(start, end).get(shared, 0), present.get(shared) or previous.cells.get(shared)
            if known is None or known.count != count:
                made[shared] = Cell(shared, count, population=whole.population, printed=False)
            for cell in (whole, *(() if old.id in present else (old,))):
                # Fewer than the shared part: the data have been revised, and nobody can rely on the difference.
                # A large difference is in no other sum, and so tells nothing about the two.
                if cell.id != shared and 0 <= cell.count - count < LARGE:
                    rest = f"{cell.id} uten {shared}"
                    made[rest] = Cell(rest, cell.count - count, population=cell.population, printed=False)
                    sums.append(Relation(cell.id, (shared, rest)))
    return Table(tuple(made.values()), tuple(sums))


def _by_period(cells: Iterable[Cell]) -> dict[Period, dict[str, Cell]]:
    """The printed ones by what was counted, for each period."""
    found: dict[Period, dict[str, Cell]] = {}
    for cell in cells:
        if cell.printed:
            found.setdefault(read_id(cell.id)[0], {})[cell.id.partition("/")[2]] = cell
    return found
