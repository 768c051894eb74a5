"""The council's report: one section for each question, with figures, tables, and a reason where there is no figure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from triage.reports import agreement
from triage.reports.comparing import Comparison, strip
from triage.reports.disclosure import Reason
from triage.reports.edition import ALL, FEWEST_OF_SENDER, OTHERS, PART_OF, UNKNOWN, Edition, Number
from triage.reports.plot import Axis, Line, Plot, Point, Tick, axis, decimal, pairs
from triage.reports.rates import Vector, proportion, ratio
from triage.reports.records import Population, band_of
from triage.reports.spc import RUN_CHART_ONLY_BELOW, ControlChart, p_chart, phases, runs
from triage.reports.texts import TEXTS

FEWEST_READINGS = 30
LABELS: Mapping[str, str] = TEXTS["labels"]
WHY_NOT: Mapping[str, str] = TEXTS["reasons"]
SAYS: Mapping[str, str] = TEXTS["sentences"]
COLUMNS: Mapping[str, Sequence[str]] = TEXTS["columns"]
Value = str | int | float | Reason | None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. A hidden number is there as its reason; None is what cannot be computed. Columns with `%` are shares."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """`findings` are sentences about what the numbers show; `missing` says why a figure is not there."""

    id: str
    title: str
    why: str
    numerator: str
    denominator: str
    notes: tuple[str, ...]
    findings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    start: date
    end: date
    intro: tuple[str, ...]
    made_with: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Basis:
    """What the report is made from. `own` is the municipality or the sender whose eyes it is for, if any."""

    edition: Edition
    population: Population | None = None
    readings: Sequence[tuple[str, ...]] = ()
    unreadable: int = 0
    own: str | None = None


def make_report(basis: Basis, made_with: Mapping[str, str], *, hide_below: int) -> Report:
    """The same numbers and texts always give the same report; nothing in it depends on the clock."""
    people, (start, end) = basis.population, basis.edition.period
    words = {"own": basis.edition.lines.own, "national": basis.edition.lines.national, "hide_below": hide_below}
    sources = {"Innbyggertall": f"{people.source}, 1. januar {people.year}"} if people else {}
    return Report(
        title=TEXTS["title"],
        start=start,
        end=end,
        intro=tuple(text.format(**words) for text in (*TEXTS["intro"], TEXTS["hidden"])),
        made_with=tuple({**made_with, **sources}.items()),
        sections=tuple(part(_worded(name, basis.edition, words), basis) for name, part in PARTS.items()),
    )


def _worded(name: str, edition: Edition, words: Mapping[str, Any]) -> Section:
    """A section with its words and the tables that are only counts."""
    text = TEXTS["sections"][name]
    grids = tuple(grid for table in text.get("tables", ()) for grid in _counted(edition, **table))
    why, notes = text["why"].format(**words), tuple(text["notes"])
    return Section(name, text["title"], why, text["numerator"], text["denominator"], notes, grids=grids)


def label(code: str) -> str:
    return LABELS.get(code, code)


def _counted(
    edition: Edition, *, by: str, of: Sequence[str], title: str = "", each_area: bool = False, limits: bool = False
) -> Iterator[Grid]:
    """Numbers of several kinds by one dimension; a share, with its limits if wanted, after each that is a part."""
    shares = ("%", "% fra", "% til")[: 3 if limits else 1]
    columns = [label(by)]
    for measure in of:
        columns += [label(measure), *(shares if PART_OF[measure] in of else ())]
    for area in _known_areas(edition) if each_area else [ALL]:
        rows = []
        for code in (*edition.codes[by], ALL):
            numbers = {measure: edition.number(measure, **{"area": area, by: code}) for measure in of}
            row: list[Value] = [label(code)]
            for measure, number in numbers.items():
                whole = numbers.get(PART_OF[measure] or "")
                row += [number, *(() if whole is None else _share(number, whole)[: len(shares)])]
            rows.append(tuple(row))
        yield Grid(label(area) if each_area else title, tuple(columns), tuple(row for row in rows if row[1] != 0))


def _known_areas(edition: Edition) -> list[str]:
    return [area for area in edition.codes["area"] if area != UNKNOWN]


def _share(part: Number, whole: Number) -> tuple[Value, Value, Value]:
    """In percent with 95 % limits; hidden with either of its numbers."""
    if isinstance(part, Reason):
        return part, None, None
    if isinstance(whole, Reason):
        return whole, None, None
    found = proportion(part, whole, multiplier=100)
    return _rounded(found.value, 1), _rounded(found.lower, 1), _rounded(found.upper, 1)


def _rounded(number: float | None, places: int = 2) -> float | None:
    return None if number is None or np.isnan(number) else round(number, places)


def _floats(numbers: Iterable[Number]) -> Vector:
    """Not a number where hidden."""
    return np.array([np.nan if isinstance(n, Reason) else n for n in numbers], dtype=np.float64)


def _quality(section: Section, basis: Basis) -> Section:
    n, total = basis.edition.number, basis.edition.number("received")
    unknown = {by: n("received", **{by: UNKNOWN}) for by in ("municipality", "area", "group", "sex", "language")}
    counts = {label(ALL): total, **{f"{label(UNKNOWN)}: {label(by).lower()}": count for by, count in unknown.items()}}
    counts |= {label(measure): n(measure) for measure in ("read", "decided")}
    findings = [SAYS["unreadable"].format(lines=basis.unreadable)] if basis.unreadable else []
    if basis.population:
        strange = set(basis.edition.codes["municipality"]) - {*basis.population.names, UNKNOWN}
        findings += [SAYS["no_inhabitants"].format(codes=", ".join(sorted(strange)))] if strange else []
    rows = tuple((name, count, _share(count, total)[0]) for name, count in counts.items())
    return replace(section, findings=tuple(findings), grids=(Grid(section.title, tuple(COLUMNS["quality"]), rows),))


# Use by municipality


def _use(section: Section, basis: Basis) -> Section:
    edition, people = basis.edition, basis.population
    figures = {SAYS["young"].format(own=edition.lines.own): ("young", ALL)}
    figures |= {label(area): ("received", area) for area in _known_areas(edition)}
    if people is None:
        by_place = _counted(edition, by="municipality", of=["received", "young"], title=section.title)
        return replace(section, missing=(WHY_NOT["no_population"],), grids=tuple(by_place))
    compared = {title: _compared(basis, people, *figure) for title, figure in figures.items()}
    able = {title: comparison for title, comparison in compared.items() if comparison.possible}
    x, y = COLUMNS["ratio_funnel"]
    return replace(
        section,
        findings=tuple(" ".join((f"{title}:", *c.sentences(), c.variation())) for title, c in able.items()),
        missing=tuple(f"{title}: {WHY_NOT['few_units']}" for title in compared if title not in able),
        plots=(
            *([strip(able)] if able else ()),
            *(c.plot(f"{title}: {y.lower()}", x, y) for title, c in able.items()),
        ),
        grids=(
            *(_use_grid(title, compared[title], figure, edition, people) for title, figure in figures.items()),
            *(_measures(title, comparison) for title, comparison in able.items()),
        ),
    )


def _measures(title: str, compared: Comparison) -> Grid:
    """Beside each measure, the middle 95 % of what it would be if all municipalities were alike."""
    found = {words: compared.measures[name] for name, words in TEXTS["measures"].items()}
    rows = tuple(
        (
            words,
            *(_rounded(n if n is None else max(0.0, n)) for n in (m.value, m.least_by_chance, m.most_by_chance)),
            _yes(m.beyond_chance),
        )
        for words, m in found.items()
    )
    return Grid(f"{title}: {SAYS['measures']}", tuple(COLUMNS["measures"]), rows)


def _compared(basis: Basis, people: Population, measure: str, area: str) -> Comparison:
    """Municipalities whose number is shown, against what they would have at the pooled rates of sex and age."""
    edition, expected = basis.edition, _expected(basis.edition, people, measure, area)
    counts = {code: edition.number(measure, municipality=code, area=area) for code in people.names}
    shown = [code for code, n in counts.items() if not isinstance(n, Reason) and expected[code] > 0]
    observed, base = _floats(counts[code] for code in shown), np.array([expected[code] for code in shown])
    level = observed.sum() / base.sum() if shown else 1.0
    names = [people.names[code] for code in shown]
    return Comparison(names, observed, base * level, shares=False, own=people.names.get(basis.own or ""))


def _expected(edition: Edition, people: Population, measure: str, area: str) -> dict[str, float]:
    """E by municipality. Groups whose number is hidden share the rate that any reader can work out; else E is 0."""
    groups = sorted({(sex, group) for _, sex, group in people.people})
    if measure == "young":
        young = {band_of(age, edition.lines.groups) for age in range(edition.lines.own)}
        groups = [(sex, group) for sex, group in groups if group in young]
    living = np.array([[people.people.get((code, *group), 0) for group in groups] for code in people.names], float)
    counts = _floats(edition.number(measure, sex=sex, group=group, area=area) for sex, group in groups)
    together, hidden = living.sum(axis=0), np.isnan(counts)
    rest = _floats([edition.number(measure, area=area)])[0] - counts[~hidden].sum()
    common = max(0.0, rest) / max(1.0, together[hidden].sum())
    rates = np.where(hidden, common, counts / np.maximum(1.0, together))
    return dict(zip(people.names, np.nan_to_num(living @ rates).tolist(), strict=True))


def _use_grid(title: str, compared: Comparison, figure: tuple[str, str], edition: Edition, people: Population) -> Grid:
    measure, area = figure
    place = {name: k for k, name in enumerate(compared.names)} if compared.possible else {}
    rows: list[tuple[Value, ...]] = []
    for code in edition.codes["municipality"]:
        count, name = edition.number(measure, municipality=code, area=area), people.names.get(code, "")
        k = place.get(name)
        facts: tuple[Value, ...] = (None,) * 5
        if k is not None and not isinstance(count, Reason):
            found = ratio(count, compared.base[k])
            numbers = 1000 * count / people.of(code) / edition.years, found.value, found.lower, found.upper
            facts = (*map(_rounded, numbers), _yes(compared.stands_out[k]))
        rows.append((f"{code} {name}" if name else label(code), count, *facts))
    return Grid(title, tuple(COLUMNS["use"]), tuple(rows))


def _yes(holds: object) -> str:
    return "ja" if holds else "nei"


# Shares by unit


def _shares(edition: Edition, by: str, part: str, names: Mapping[str, str], own: str | None) -> tuple[Comparison, Grid]:
    """Units whose both numbers are shown, beside each other, and the table of all."""
    counts = {code: tuple(edition.number(m, **{by: code}) for m in (PART_OF[part] or "", part)) for code in names}
    shown = [code for code, (whole, n) in counts.items() if isinstance(n, int) and isinstance(whole, int) and whole > 0]
    parts, wholes = (_floats(counts[code][k] for code in shown) for k in (1, 0))
    compared = Comparison([names[code] for code in shown], parts, wholes, shares=True, own=own)
    out = dict(zip(shown, map(_yes, compared.stands_out), strict=True)) if compared.possible else {}
    rows = tuple((names[c], *counts[c], _share(counts[c][1], counts[c][0])[0], out.get(c)) for c in names)
    columns = (label(by), label(PART_OF[part] or ""), label(part), "%", COLUMNS["use"][-1])
    return compared, Grid(f"{label(part)}: {label(by).lower()}", columns, rows)


def _with_funnel(section: Section, compared: Comparison, grid: Grid, start: str) -> Section:
    grids = (*section.grids, grid)
    if not compared.possible:
        return replace(section, grids=grids, missing=(WHY_NOT["few_units"],))
    plot = compared.plot(grid.title, grid.columns[1], f"{grid.columns[2]} (%)")
    return replace(section, grids=grids, plots=(plot,), findings=(" ".join((start, *compared.sentences())),))


def _referrers(section: Section, basis: Basis) -> Section:
    edition = basis.edition
    read = {code: edition.number("read", sender=code) for code in edition.codes["sender"] if code != OTHERS}
    sized = sorted((code for code, n in read.items() if isinstance(n, int)), key=lambda code: (-int(read[code]), code))
    # Numbered by size, so that no order says who has the highest share.
    names = {code: code if code == basis.own else f"{label('sender')} {k}" for k, code in enumerate(sized, start=1)}
    return _with_funnel(
        section,
        *_shares(edition, "sender", "low_value", names, basis.own),
        SAYS["senders"].format(least=FEWEST_OF_SENDER),
    )


def _equity(section: Section, basis: Basis) -> Section:
    known = basis.population.names if basis.population else {}
    names = {code: known.get(code, label(code)) for code in basis.edition.codes["municipality"]}
    own = names.get(basis.own or "")
    return _with_funnel(section, *_shares(basis.edition, "municipality", "granted", names, own), SAYS["granted"])


# Age


def _ages(section: Section, basis: Basis) -> Section:
    plots = [_age_plot(basis.edition, area) for area in _known_areas(basis.edition)]
    shown = tuple(plot for plot in plots if plot.bars)
    return replace(section, plots=shown, missing=() if shown else (WHY_NOT["few_ages"],))


def _age_plot(edition: Edition, area: str) -> Plot:
    starts = {start: band_of(start, edition.lines.bands) for start in edition.lines.bands}
    numbers = {start: edition.number("read", area=area, age=band) for start, band in starts.items()}
    shown = {start: n for start, n in numbers.items() if isinstance(n, int) and n > 0}
    bars = tuple(Point(start + 2.5, float(n), f"{starts[start]} år: {n}") for start, n in shown.items())
    limits = sorted({edition.lines.national, edition.lines.own}) if area == "endoscopy" else []
    most = max(bars, key=lambda bar: bar.y).label if bars else ""
    return Plot(
        title=SAYS["ages_title"].format(area=label(area)),
        description=SAYS["ages"].format(bands=len(bars), most=most),
        x=Axis(f"{label('age')} (år)", 0.0, 96.0, tuple(Tick(float(age), str(age)) for age in range(0, 100, 10))),
        y=axis(label("read"), [0.0, *(bar.y for bar in bars)]),
        bars=bars,
        marks=tuple(Tick(float(limit), f"{limit} år") for limit in limits),
    )


# Assessment


def _assessment(section: Section, basis: Basis) -> Section:
    twice, same = basis.edition.number("read_twice"), basis.edition.number("agreed")
    if isinstance(twice, Reason) or isinstance(same, Reason) or twice < FEWEST_READINGS:
        return replace(section, missing=(WHY_NOT["few_readings"].format(least=FEWEST_READINGS),))
    return replace(section, grids=(*section.grids, _agreement(basis.readings)))


def _agreement(readings: Sequence[tuple[str, ...]]) -> Grid:
    """Coefficients of all double readings together, with limits; never by reader."""
    most = max(map(len, readings))
    read = agreement.Readings.of([(*row, *[None] * (most - len(row))) for row in readings])
    # Readers of blind pairs differ from referral to referral, so both places are the same random reader.
    measures = agreement.percent_agreement, agreement.gwet_ac1, agreement.fleiss_kappa
    found = [measure(read).estimate() for measure in measures]
    rows = tuple(
        (name, len(readings), _rounded(e.value), _rounded(e.lower), _rounded(e.upper))
        for name, e in zip(COLUMNS["agreement_rows"], found, strict=True)
    )
    return Grid(SAYS["agreement"], tuple(COLUMNS["agreement"]), rows)


# Time


def _time(section: Section, basis: Basis) -> Section:
    found = {area: _Series.of(basis.edition, area) for area in _known_areas(basis.edition)}
    able = {label(a): s for a, s in found.items() if len(s.days) >= RUN_CHART_ONLY_BELOW and s.low.sum() > 0}
    return replace(
        section,
        plots=tuple(series.plot(title) for title, series in able.items()),
        findings=tuple(f"{title} {sentence}" for title, series in able.items() for sentence in series.sentences()),
        missing=() if able else (WHY_NOT["few_months"],),
    )


@dataclass(frozen=True, slots=True)
class _Series:
    """Months in which both numbers are shown; named events divide them into phases with limits of their own."""

    days: list[date]
    low: Vector
    read: Vector

    @classmethod
    def of(cls, edition: Edition, area: str) -> "_Series":
        months = edition.codes["month"]
        low, read = (_floats(edition.number(m, area=area, month=t) for t in months) for m in ("low_value", "read"))
        known = ~np.isnan(low) & (np.nan_to_num(read) > 0)
        days = [date.fromisoformat(f"{month}-01") for month, there in zip(months, known, strict=True) if there]
        return cls(days, low[known], read[known])

    def charts(self) -> list[tuple[slice, ControlChart]]:
        """Laney's limits where a phase is long enough to tell how shares vary from month to month."""
        parts = [part for part in phases(self.days, list(TEXTS["events"])) if self.low[part].sum() > 0]
        long = [len(self.days[part]) >= RUN_CHART_ONLY_BELOW for part in parts]
        return [
            (part, p_chart(self.low[part], self.read[part], per=100, laney=laney))
            for part, laney in zip(parts, long, strict=True)
        ]

    def sentences(self) -> Iterator[str]:
        for part, chart in self.charts():
            run = runs(chart.value, chart.centre)
            yield SAYS["phase"].format(
                start=f"{self.days[part][0]:%m.%Y}",
                mean=decimal(chart.centre, 1),
                outside=int(chart.outside.sum()),
                pattern=SAYS["signal" if run and run.signal else "no_signal"],
                provisional=SAYS["provisional"] if chart.provisional else "",
            )

    def plot(self, title: str) -> Plot:
        at = np.array([_month_number(day) for day in self.days])
        share, outside = 100 * self.low / self.read, np.zeros(len(at), dtype=np.bool_)
        lines = [Line("series", pairs(at, share))]
        for part, chart in self.charts():
            outside[part] = chart.outside
            curves = (("centre", np.full(len(at[part]), chart.centre)), ("outer", chart.lower), ("outer", chart.upper))
            lines += [Line(kind, pairs(at[part], values)) for kind, values in curves]
        dots = zip(at.tolist(), share.tolist(), self.days, outside.tolist(), strict=True)
        named = {day: text for day, text in TEXTS["events"].items() if self.days[0] <= day <= self.days[-1]}
        return Plot(
            title=SAYS["time_title"].format(area=title),
            description=SAYS["time"].format(months=len(at), outside=int(outside.sum())),
            x=Axis(label("month"), at[0] - 0.5, at[-1] + 0.5, tuple(_months(at[:: max(1, len(at) // 6)]))),
            y=axis(f"{label('low_value')} (%)", [max(y for line in lines for _, y in line.points)]),
            points=tuple(Point(x, y, f"{day:%m.%Y}", out) for x, y, day, out in dots),
            lines=tuple(lines),
            marks=tuple(Tick(_month_number(day), text) for day, text in named.items()),
        )


def _months(numbers: Vector) -> Iterator[Tick]:
    return (Tick(t, f"{int(t) % 12 + 1:02}.{int(t) // 12}") for t in numbers)


def _month_number(day: date) -> float:
    return float(day.year * 12 + day.month - 1)


PARTS: Mapping[str, Callable[[Section, Basis], Section]] = {
    "quality": _quality,
    "use": _use,
    "referrers": _referrers,
    "ages": _ages,
    "assessment": _assessment,
    "equity": _equity,
    "time": _time,
}
