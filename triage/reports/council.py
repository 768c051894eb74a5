"""The council's report: one section for each question, with figures, tables, and a reason where there is no figure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from triage.reports import agreement
from triage.reports.disclosure import Reason
from triage.reports.edition import ALL, FEWEST_OF_SENDER, OTHERS, UNKNOWN, Edition, Number
from triage.reports.flagging import Flags, flag_proportions, flag_ratios
from triage.reports.funnel import INNER, OUTER, Limits, binomial_limits, poisson_limits
from triage.reports.intervals import Vector
from triage.reports.overdispersion import overdispersion, sqrt_ratio, winsorised
from triage.reports.plot import Axis, Line, Plot, Point, Tick, axis, decimal
from triage.reports.records import Population, band_of
from triage.reports.spc import RUN_CHART_ONLY_BELOW, p_chart, phases, runs
from triage.reports.standardisation import standardised_ratio
from triage.reports.texts import TEXTS
from triage.reports.variation import gamma_variance_interval, summary

FEWEST_UNITS = 5
FEWEST_READINGS = 30
LABELS: Mapping[str, str] = TEXTS["labels"]
WHY_NOT: Mapping[str, str] = TEXTS["reasons"]
Value = str | int | float | Reason | None


@dataclass(frozen=True, slots=True)
class Column:
    """`decimals` of the numbers in it; shares are in percent."""

    name: str
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. A hidden number is there as its reason; None is what cannot be computed."""

    title: str
    columns: tuple[Column, ...]
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
    population: Population | None
    readings: Sequence[tuple[str, ...]]
    events: Mapping[date, str]
    unreadable: int = 0
    own: str | None = None


def make_report(basis: Basis, made_with: Mapping[str, str], *, hide_below: int) -> Report:
    """The same numbers and texts always give the same report; nothing in it depends on the clock."""
    lines = basis.edition.lines
    words = {"own": lines.own, "national": lines.national, "hide_below": hide_below}
    parts = {"quality": _quality, "use": _use, "referrers": _referrers, "ages": _ages}
    parts |= {"assessment": _assessment, "time": _time}
    source = (
        {"Innbyggertall": f"{basis.population.source}, 1. januar {basis.population.year}"} if basis.population else {}
    )
    return Report(
        title=TEXTS["title"],
        start=basis.edition.period[0],
        end=basis.edition.period[1],
        intro=tuple(text.format(**words) for text in (*TEXTS["intro"], TEXTS["hidden"])),
        made_with=tuple({**made_with, **source}.items()),
        sections=tuple(replace(_blank(name, words), **part(basis)) for name, part in parts.items()),
    )


def _blank(name: str, words: Mapping[str, Any]) -> Section:
    text = TEXTS["sections"][name]
    return Section(
        name, text["title"], text["why"].format(**words), text["numerator"], text["denominator"], tuple(text["notes"])
    )


def label(code: str) -> str:
    return LABELS.get(code, code)


def _share(part: Number, whole: Number) -> Value:
    """In percent; hidden with either of its numbers."""
    if isinstance(part, Reason):
        return part
    if isinstance(whole, Reason):
        return whole
    return round(100 * part / whole, 1) if whole else None


def _known(number: Number) -> float:
    return np.nan if isinstance(number, Reason) else float(number)


def _quality(basis: Basis) -> dict[str, Any]:
    n = basis.edition.number
    total = n("received")
    gaps = [
        ("Ukjent bostedskommune", n("received", municipality=UNKNOWN)),
        ("Ukjent fagområde", n("received", area=UNKNOWN)),
    ]
    gaps += [("Ukjent alder", n("received", group=UNKNOWN)), ("Ukjent kjønn", n("received", sex=UNKNOWN))]
    rows: list[tuple[Value, ...]] = [("Alle henvisninger", total, _share(total, total))]
    rows += [(name, count, _share(count, total)) for name, count in gaps]
    rows += [(name, n(m), _share(n(m), total)) for name, m in (("Lest av programmet", "read"), ("Avgjort", "decided"))]
    findings = [f"{basis.unreadable} linjer i filen kunne ikke leses og er ikke med."] if basis.unreadable else []
    if basis.population:
        strange = [c for c in basis.edition.codes["municipality"] if c not in basis.population.names and c != UNKNOWN]
        findings += [f"Uten innbyggertall, og derfor ikke i trakten: {', '.join(strange)}."] if strange else []
    columns = (Column("Opplysning"), Column("Antall"), Column("Andel (%)", 1))
    return {"findings": tuple(findings), "grids": (Grid("Hva som mangler", columns, tuple(rows)),)}


# Use by municipality


def _use(basis: Basis) -> dict[str, Any]:
    lines = basis.edition.lines
    figures = [(f"Gastroskopi under {lines.own} år", lines.young, ALL)]
    figures += [(label(area), "received", area) for area in basis.edition.codes["area"] if area != UNKNOWN]
    parts = [_use_of(basis, *figure) for figure in figures]
    missing = [] if basis.population else [WHY_NOT["no_population"]]
    return {
        "findings": tuple(sentence for part in parts for sentence in part[0]),
        "missing": (*missing, *dict.fromkeys(f"{part[1]}" for part in parts if part[1])),
        "plots": tuple(part[2] for part in parts if part[2]),
        "grids": tuple(part[3] for part in parts),
    }


def _use_of(basis: Basis, title: str, measure: str, area: str) -> tuple[list[str], str, Plot | None, Grid]:
    codes = basis.edition.codes["municipality"]
    counts = {code: basis.edition.number(measure, municipality=code, area=area) for code in codes}
    people = basis.population
    if people is None:
        rows = tuple((_place(None, code), count) for code, count in counts.items())
        return [], "", None, Grid(title, (Column("Kommune"), Column("Antall")), rows)
    expected = _expected(basis.edition, people, measure, area)
    shown = [c for c, n in counts.items() if not isinstance(n, Reason) and expected.get(c, 0) > 0]
    o, e = np.array([_known(counts[c]) for c in shown]), np.array([expected[c] for c in shown])
    compared = len(shown) >= FEWEST_UNITS and o.sum() > 0
    e = e * (o.sum() / e.sum()) if compared else e
    flags = flag_ratios(o, e) if compared else None
    rows = tuple(_use_row(basis, code, counts[code], shown, e, flags) for code in counts)
    columns = ("Kommune", "Antall"), ("Per 1000 per år", "Forholdstall", "95 % fra", "til"), ("Skiller seg ut",)
    grid = Grid(title, tuple(Column(c, 2 * (k == 1)) for k, group in enumerate(columns) for c in group), rows)
    if flags is None:
        return [], f"{title}: {WHY_NOT['few_units']}", None, grid
    names = [_place(people, code) for code in shown]
    plot = _ratio_funnel(title, names, o, e, flags, [code == basis.own for code in shown])
    return _variation(title, names, o, e, flags), "", plot, grid


def _place(people: Population | None, code: str) -> str:
    name = people.names.get(code) if people else None
    return f"{code} {name}" if name else label(code)


def _use_row(
    basis: Basis, code: str, count: Number, shown: list[str], e: Vector, flags: Flags | None
) -> tuple[Value, ...]:
    people = basis.population
    start: tuple[Value, ...] = (_place(people, code), count)
    inhabitants = people.of(code) if people else 0
    if isinstance(count, Reason):
        return (*start, count, count, count, count, count)
    rate = round(1000 * count / inhabitants / basis.edition.years, 2) if inhabitants else None
    if flags is None or code not in shown:
        return (*start, rate, None, None, None, None)
    k = shown.index(code)
    ratio = standardised_ratio(count, float(e[k]))
    numbers = (None if v is None else round(v, 2) for v in (ratio.value, ratio.interval.lower, ratio.interval.upper))
    return (*start, rate, *numbers, "ja" if flags.stands_out[k] else "nei")


def _expected(edition: Edition, people: Population, measure: str, area: str) -> dict[str, float]:
    """E of each municipality at the pooled rates of sex and age; hidden strata share the rate that readers can work out."""
    strata = sorted({(sex, band) for _, sex, band in people.people})
    if measure == edition.lines.young:
        strata = [(sex, band) for sex, band in strata if band in _bands(edition, edition.lines.own)]
    living = {s: float(sum(people.people.get((code, *s), 0) for code in people.names)) for s in strata}
    counts = {(s, a): edition.number(measure, sex=s, group=a, area=area) for s, a in strata}
    total = edition.number(measure, area=area)
    hidden = [s for s in strata if isinstance(counts[s], Reason)]
    rest = _known(total) - sum(_known(counts[s]) for s in strata if s not in hidden)
    common = max(0.0, rest) / max(1.0, sum(living[s] for s in hidden))
    rates = {s: common if s in hidden else _known(counts[s]) / max(1.0, living[s]) for s in strata}
    expected = {code: sum(people.people.get((code, *s), 0) * rates[s] for s in strata) for code in people.names}
    return {code: e for code, e in expected.items() if not np.isnan(e)}


def _bands(edition: Edition, limit: int) -> set[str]:
    return {band_of(age, edition.lines.groups) for age in range(limit)}


def _ratio_funnel(title: str, names: list[str], o: Vector, e: Vector, flags: Flags, own: list[bool]) -> Plot:
    grid = np.geomspace(max(0.5, float(e.min()) * 0.8), float(e.max()) * 1.1, 60)
    curves = {"limit": poisson_limits(grid, INNER), "outer": poisson_limits(grid, OUTER)}
    points = _points(e, o / e, names, flags, own)
    x = Axis("Forventet antall (logaritmisk)", *_log_axis(grid))
    drawn = [Line("centre", ((x.low, 1.0), (x.high, 1.0))), *_curves(np.log10(grid), curves)]
    points = tuple(replace(point, x=float(np.log10(point.x))) for point in points)
    top = min(max(2.0, float((o / e).max()) * 1.1), 6.0)
    return Plot(
        f"{title}: forholdstall etter kommune",
        f"Trakt med {len(names)} kommuner rundt 1. {_outside(flags)}",
        x, axis("Forholdstall", [0.0, top], decimals=1), points, tuple(drawn),
    )  # fmt: skip


def _log_axis(grid: Vector) -> tuple[float, float, tuple[Tick, ...]]:
    low, high = float(np.log10(grid[0])), float(np.log10(grid[-1]))
    values = [m * 10**p for p in range(-1, 6) for m in (1, 2, 5)]
    return (
        low,
        high,
        tuple(Tick(float(np.log10(v)), decimal(v, 0)) for v in values if low <= np.log10(v) <= high and v >= 1),
    )


def _curves(at: Vector, curves: Mapping[str, Limits]) -> Iterator[Line]:
    for kind, limits in curves.items():
        for side in (limits.lower, limits.upper):
            yield Line(kind, tuple(zip(at.tolist(), side.tolist(), strict=True)))


def _points(x: Vector, y: Vector, names: list[str], flags: Flags, own: list[bool]) -> tuple[Point, ...]:
    rows = zip(x, y, names, flags.stands_out, own, strict=True)
    return tuple(Point(float(a), float(b), name, bool(out), mine) for a, b, name, out, mine in rows)


def _outside(flags: Flags) -> str:
    number, by_chance = int(flags.outside.sum()), (1 - OUTER) * len(flags.p)
    return (
        f"{number} ligger utenfor 99,8 %-grensene; ved tilfeldighet alene ventes {decimal(by_chance, 1)}. "
        f"{int(flags.stands_out.sum())} skiller seg ut."
    )


def _variation(title: str, names: list[str], o: Vector, e: Vector, flags: Flags) -> list[str]:
    measures = summary(o, e)
    spread, chance = measures["systematic"].value or 0.0, measures["systematic"].by_chance.upper or 0.0
    limits = gamma_variance_interval(o, e)
    upper = "ukjent" if limits.upper is None else decimal(100 * limits.upper, 1)
    verdict = "mer enn" if measures["systematic"].beyond_chance else "ikke sikkert mer enn"
    scale = sqrt_ratio(o, e)
    phi = overdispersion(winsorised(scale.z), scale.error).phi
    out = [name for name, stands_out in zip(names, flags.stands_out, strict=True) if stands_out]
    return [
        f"{title}: {_outside(flags)}" + (f" Det gjelder {', '.join(out)}." if out else ""),
        f"{title}: Kommunene varierer {verdict} tilfeldighet kan forklare. Systematisk variasjon (100/α) er "
        f"{decimal(spread, 1)} (95 % {decimal(100 * (limits.lower or 0), 1)} til {upper}); uten reelle forskjeller ville den "
        f"nesten alltid vært under {decimal(chance, 1)}. {_quotient(measures)} Spredningen (φ) er {decimal(phi, 1)} ganger det "
        "tilfeldighet gir.",
    ]  # fmt: skip


def _quotient(measures: Mapping[str, Any]) -> str:
    value, chance = measures["FT2"].value, measures["FT2"].by_chance
    if value is None or chance.lower is None or chance.upper is None:
        return "Forholdet mellom nest høyeste og nest laveste er ikke beregnet."
    by_chance = f"{decimal(chance.lower, 1)} til {decimal(chance.upper, 1)}"
    return f"Nest høyeste delt på nest laveste er {decimal(value, 1)} (ved tilfeldighet {by_chance})."


# Low value by referrer


def _referrers(basis: Basis) -> dict[str, Any]:
    n = basis.edition.number
    read = {code: n("read", sender=code) for code in basis.edition.codes["sender"] if code != OTHERS}
    sized = sorted(
        (c for c, k in read.items() if not isinstance(k, Reason) and k > 0), key=lambda c: (-_known(read[c]), c)
    )
    names = {code: code if code == basis.own else f"Henviser {k}" for k, code in enumerate(sized, start=1)}
    low = {code: n("low_value", sender=code) for code in sized}
    shown = [code for code in sized if not isinstance(low[code], Reason)]
    events, trials = np.array([_known(low[c]) for c in shown]), np.array([_known(read[c]) for c in shown])
    compared = len(shown) >= FEWEST_UNITS and events.sum() > 0
    flags = flag_proportions(events, trials) if compared else None
    standing = dict(zip(shown, flags.stands_out, strict=True)) if flags else {}
    rows = tuple(
        (
            names[c],
            read[c],
            low[c],
            _share(low[c], read[c]),
            low[c] if isinstance(low[c], Reason) else _yes(standing.get(c)),
        )
        for c in sized
    )
    columns = (Column("Henviser"), Column("Lest"), Column("Lavverdi"), Column("Andel (%)", 1), Column("Skiller seg ut"))
    kinds = _by_kind(basis.edition)
    if flags is None:
        return {"missing": (WHY_NOT["few_units"],), "grids": (kinds, Grid("Etter henviser", columns, rows))}
    plot = _share_funnel([names[c] for c in shown], events, trials, flags, [c == basis.own for c in shown])
    findings = [f"{len(shown)} henvisere med minst {FEWEST_OF_SENDER} henvisninger kan vises. {_outside(flags)}"]
    grids = kinds, Grid("Etter henviser", columns, rows)
    return {"findings": tuple(findings), "plots": (plot,), "grids": grids}


def _yes(holds: bool | None) -> Value:
    return None if holds is None else "ja" if holds else "nei"


def _by_kind(edition: Edition) -> Grid:
    rows = []
    for area in (*edition.codes["area"], ALL):
        for kind in edition.codes["referrer"]:
            low, read = (edition.number(m, area=area, referrer=kind) for m in ("low_value", "read"))
            if read != 0:
                rows.append((label(area), label(kind), read, low, _share(low, read)))
    columns = (Column("Fagområde"), Column("Henvisertype"), Column("Lest"), Column("Lavverdi"), Column("Andel (%)", 1))
    return Grid("Etter type henviser", columns, tuple(rows))


def _share_funnel(names: list[str], events: Vector, trials: Vector, flags: Flags, own: list[bool]) -> Plot:
    benchmark, largest = float(events.sum() / trials.sum()), float(trials.max())
    sizes = np.unique(np.round(np.geomspace(max(5.0, float(trials.min())), largest * 1.05, 60)))
    curves = {
        kind: Limits(100 * limits.lower, 100 * limits.upper)
        for kind, limits in (
            ("limit", binomial_limits(sizes, benchmark, INNER)),
            ("outer", binomial_limits(sizes, benchmark, OUTER)),
        )
    }
    centre = Line("centre", ((0.0, 100 * benchmark), (largest * 1.05, 100 * benchmark)))
    highest = max(100 * float((events / trials).max()), 100 * benchmark * 2)
    return Plot(
        "Andel lavverdi etter henviser",
        f"Trakt med {len(names)} henvisere rundt {decimal(100 * benchmark, 1)} %. {_outside(flags)}",
        axis("Leste henvisninger", [0.0, largest * 1.05]), axis("Andel (%)", [0.0, min(100.0, highest * 1.1)]),
        _points(trials, 100 * events / trials, names, flags, own), (centre, *_curves(sizes, curves)),
    )  # fmt: skip


# Age


def _ages(basis: Basis) -> dict[str, Any]:
    edition = basis.edition
    areas = [area for area in edition.codes["area"] if area != UNKNOWN]
    grids = tuple(_age_grid(edition, area) for area in areas)
    plots = tuple(plot for area, grid in zip(areas, grids, strict=True) if (plot := _age_plot(edition, area, grid)))
    return {"plots": plots, "grids": grids, "missing": () if plots else (WHY_NOT["few_ages"],)}


def _age_grid(edition: Edition, area: str) -> Grid:
    order = [band_of(start, edition.lines.bands) for start in edition.lines.bands]
    bands = [band for band in (*order, UNKNOWN) if band in edition.codes["age"]]
    numbers = [
        (b, edition.number("read", area=area, age=b), edition.number("low_value", area=area, age=b)) for b in bands
    ]
    columns = (Column("Alder"), Column("Lest"), Column("Lavverdi"), Column("Andel (%)", 1))
    return Grid(
        label(area), columns, tuple((label(b), read, low, _share(low, read)) for b, read, low in numbers if read != 0)
    )


def _age_plot(edition: Edition, area: str, grid: Grid) -> Plot | None:
    starts = edition.lines.bands
    place = {band_of(start, starts): start for start in starts}
    bars = tuple(
        Point(place[str(band)] + 2.5, float(read), f"{band}: {read}")
        for band, read, *_ in grid.rows
        if isinstance(read, int) and band in place
    )
    if not bars:
        return None
    ticks = tuple(Tick(float(age), str(age)) for age in range(0, 100, 10))
    marks = tuple(Tick(float(at), f"{at} år") for at in sorted({edition.lines.national, edition.lines.own}))
    return Plot(
        f"{label(area)}: leste henvisninger etter alder",
        f"Søyler for {len(bars)} aldersgrupper; flest i {max(bars, key=lambda bar: bar.y).label}.",
        Axis("Alder (år)", 0.0, 96.0, ticks), axis("Antall", [bar.y for bar in bars]),
        bars=bars, marks=marks if area == "endoscopy" else (),
    )  # fmt: skip


# Assessment


def _assessment(basis: Basis) -> dict[str, Any]:
    edition = basis.edition
    parts = ("granted", "in_time")
    rows = []
    for area in (*edition.codes["area"], ALL):
        n = {m: edition.number(m, area=area) for m in ("decided", *parts, "refused_before")}
        shares = [value for m in parts for value in (n[m], _share(n[m], n["decided"]))]
        rows.append((label(area), n["decided"], *shares, n["refused_before"]))
    columns = [Column("Fagområde"), Column(label("decided"))]
    columns += [column for m in parts for column in (Column(label(m)), Column("Andel (%)", 1))]
    grid = Grid("Avgjørelser", (*columns, Column(label("refused_before"))), tuple(rows))
    twice, same = edition.number("read_twice"), edition.number("agreed")
    if isinstance(twice, Reason) or isinstance(same, Reason) or twice < FEWEST_READINGS:
        return {"grids": (grid,), "missing": (WHY_NOT["few_readings"].format(least=FEWEST_READINGS),)}
    return {"grids": (grid, _agreement(basis.readings, twice))}


def _agreement(readings: Sequence[tuple[str, ...]], twice: int) -> Grid:
    """Coefficients of all double readings together, with limits; never by reader."""
    most = max(len(row) for row in readings)
    read = agreement.Readings.of([(*row, *[None] * (most - len(row))) for row in readings if len(row) > 1])
    named: list[tuple[str, Callable[[agreement.Readings], agreement.Coefficient]]] = [
        ("Enighet (andel)", agreement.percent_agreement),
        ("AC1 (Gwet)", agreement.gwet_ac1),
        ("Kappa (Fleiss)", agreement.fleiss_kappa),
    ]
    rows = []
    for name, coefficient in named:
        found = coefficient(read)
        limits = found.interval()
        rows.append(
            (
                name,
                twice,
                *(None if v is None or np.isnan(v) else round(v, 2) for v in (found.value, limits.lower, limits.upper)),
            )
        )
    columns = (Column("Mål"), Column("Lest av flere"), Column("Verdi", 2), Column("95 % fra", 2), Column("til", 2))
    return Grid("Enighet mellom lesere", columns, tuple(rows))


# Time


def _time(basis: Basis) -> dict[str, Any]:
    parts = [_series(basis, area) for area in basis.edition.codes["area"] if area != UNKNOWN]
    plots = tuple(plot for plot, _, _ in parts if plot)
    return {
        "plots": plots,
        "findings": tuple(sentence for _, _, sentences in parts for sentence in sentences),
        "grids": tuple(grid for _, grid, _ in parts),
        "missing": () if plots else (WHY_NOT["few_months"],),
    }


def _series(basis: Basis, area: str) -> tuple[Plot | None, Grid, list[str]]:
    edition, months = basis.edition, basis.edition.codes["month"]
    numbers = {
        m: [edition.number(m, area=area, month=month) for month in months] for m in ("received", "read", "low_value")
    }
    low, read = (np.array([_known(k) for k in numbers[m]]) for m in ("low_value", "read"))
    columns = (Column("Måned"), Column("Mottatt"), Column("Lest"), Column("Lavverdi"), Column("Andel (%)", 1))
    shares = [_share(a, b) for a, b in zip(numbers["low_value"], numbers["read"], strict=True)]
    grid = Grid(label(area), columns, tuple(zip(months, *numbers.values(), shares, strict=True)))
    known = ~np.isnan(low) & (read > 0)
    if known.sum() < RUN_CHART_ONLY_BELOW or low[known].sum() == 0:
        return None, grid, []
    days = [date.fromisoformat(f"{month}-01") for month, k in zip(months, known, strict=True) if k]
    plot, sentences = _control_chart(label(area), days, low[known], read[known], basis.events)
    return plot, grid, sentences


def _control_chart(
    title: str, days: list[date], low: Vector, read: Vector, events: Mapping[date, str]
) -> tuple[Plot, list[str]]:
    at = np.array([day.year * 12 + day.month - 1 for day in days], dtype=np.float64)
    lines, outside, sentences = (
        [Line("series", tuple(zip(at, 100 * low / read, strict=True)))],
        np.zeros(len(at), bool),
        [],
    )
    for part in phases(days, list(events)):
        if len(at[part]) < 2 or low[part].sum() == 0:
            continue
        chart = p_chart(low[part], read[part], per=100, laney=len(at[part]) >= RUN_CHART_ONLY_BELOW)
        outside[part] = chart.outside
        centre = np.full(len(at[part]), chart.centre)
        lines += [
            Line(k, tuple(zip(at[part], v, strict=True)))
            for k, v in (("centre", centre), ("outer", chart.lower), ("outer", chart.upper))
        ]
        run = runs(chart.value, chart.centre)
        words = (
            "et mønster som ikke er tilfeldig" if run and run.signal else "ikke noe mønster ut over tilfeldig svingning"
        )
        provisional = " Grensene er foreløpige (under 20 måneder)." if chart.provisional else ""
        sentences.append(
            f"{title} fra {days[part][0]:%m.%Y}: snitt {decimal(chart.centre, 1)} %, {words}.{provisional}"
        )
    marks = tuple(
        Tick(float(d.year * 12 + d.month - 1), text) for d, text in events.items() if days[0] <= d <= days[-1]
    )
    first, last = float(at[0]), float(at[-1])
    ticks = tuple(
        Tick(t, f"{int(t) % 12 + 1:02}.{int(t) // 12}") for t in np.arange(first, last + 1, max(1, (last - first) // 6))
    )
    points = tuple(
        Point(float(x), float(y), f"{d:%m.%Y}", bool(o))
        for x, y, d, o in zip(at, 100 * low / read, days, outside, strict=True)
    )
    highest = max(y for line in lines for _, y in line.points)
    description = f"Kontrollkort over {len(days)} måneder, {int(outside.sum())} punkter utenfor grensene."
    plot = Plot(f"{title}: andel lavverdi per måned", description, Axis("Måned", first - 0.5, last + 0.5, ticks),
                axis("Andel (%)", [0.0, highest]), points, tuple(lines), (), marks)  # fmt: skip
    return plot, sentences
