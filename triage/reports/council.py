"""The council's report: one section for each question, with figures, tables, and a reason where there is no figure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from triage.reports import agreement
from triage.reports.comparing import Comparison, pairs
from triage.reports.disclosure import Reason
from triage.reports.edition import ALL, FEWEST_OF_SENDER, OTHERS, UNKNOWN, Edition, Number
from triage.reports.plot import Axis, Line, Plot, Point, Tick, axis, decimal
from triage.reports.rates import Vector, ratio
from triage.reports.records import Population, band_of
from triage.reports.spc import RUN_CHART_ONLY_BELOW, p_chart, phases, runs
from triage.reports.texts import TEXTS

FEWEST_READINGS = 30
LABELS: Mapping[str, str] = TEXTS["labels"]
WHY_NOT: Mapping[str, str] = TEXTS["reasons"]
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
    parts = {"quality": _quality, "use": _use, "referrers": _referrers, "ages": _ages}
    parts |= {"assessment": _assessment, "time": _time}
    sources = {"Innbyggertall": f"{people.source}, 1. januar {people.year}"} if people else {}
    return Report(
        title=TEXTS["title"],
        start=start,
        end=end,
        intro=tuple(text.format(**words) for text in (*TEXTS["intro"], TEXTS["hidden"])),
        made_with=tuple({**made_with, **sources}.items()),
        sections=tuple(replace(_worded(name, words), **part(basis)) for name, part in parts.items()),
    )


def _worded(name: str, words: Mapping[str, Any]) -> Section:
    text = TEXTS["sections"][name]
    why, notes = text["why"].format(**words), tuple(text["notes"])
    return Section(name, text["title"], why, text["numerator"], text["denominator"], notes)


def label(code: str) -> str:
    return LABELS.get(code, code)


def _known_areas(edition: Edition) -> list[str]:
    return [area for area in edition.codes["area"] if area != UNKNOWN]


def _share(part: Number, whole: Number) -> Value:
    """In percent; hidden with either of its numbers."""
    if isinstance(part, Reason):
        return part
    if isinstance(whole, Reason):
        return whole
    return round(100 * part / whole, 1) if whole else None


def _floats(numbers: Iterable[Number]) -> Vector:
    """Not a number where hidden."""
    return np.array([np.nan if isinstance(n, Reason) else n for n in numbers], dtype=np.float64)


def _quality(basis: Basis) -> dict[str, Any]:
    n, total = basis.edition.number, basis.edition.number("received")
    counts = {
        "Alle henvisninger": total,
        "Ukjent bostedskommune": n("received", municipality=UNKNOWN),
        "Ukjent fagområde": n("received", area=UNKNOWN),
        "Ukjent alder": n("received", group=UNKNOWN),
        "Ukjent kjønn": n("received", sex=UNKNOWN),
        "Lest av programmet": n("read"),
        "Avgjort": n("decided"),
    }
    findings = [f"{basis.unreadable} linjer i filen kunne ikke leses og er ikke med."] if basis.unreadable else []
    if basis.population:
        known = {*basis.population.names, UNKNOWN}
        strange = [code for code in basis.edition.codes["municipality"] if code not in known]
        findings += [f"Uten innbyggertall, og derfor ikke i trakten: {', '.join(strange)}."] if strange else []
    rows = tuple((name, count, _share(count, total)) for name, count in counts.items())
    return {"findings": tuple(findings), "grids": (Grid("Hva som mangler", ("Opplysning", "Antall", "%"), rows),)}


# Use by municipality


def _use(basis: Basis) -> dict[str, Any]:
    lines = basis.edition.lines
    figures = [(f"Gastroskopi under {lines.own} år", lines.young, ALL)]
    figures += [(label(area), "received", area) for area in _known_areas(basis.edition)]
    if basis.population is None:
        grids = tuple(_counts_only(basis.edition, *figure) for figure in figures)
        return {"grids": grids, "missing": (WHY_NOT["no_population"],)}
    findings, missing, plots, grids = [], [], [], ()
    measured: list[tuple[Value, ...]] = []
    for title, measure, area in figures:
        compared = _compared(basis, basis.population, measure, area)
        grids = (*grids, Grid(title, USE_COLUMNS, tuple(_use_rows(basis, basis.population, compared, measure, area))))
        if compared.possible:
            findings.append(" ".join((f"{title}:", *compared.sentences(), compared.variation())))
            measured += _measures(title, compared)
            plots.append(compared.funnel(f"{title}: forholdstall etter kommune", "Forventet antall", "Forholdstall"))
        else:
            missing.append(f"{title}: {WHY_NOT['few_units']}")
    chance = Grid(
        "Mål på variasjon", ("Mål", "Verdi", "Ved tilfeldighet fra", "til", "Mer enn tilfeldig"), tuple(measured)
    )
    grids = (*grids, chance) if measured else grids
    return {"findings": tuple(findings), "missing": tuple(missing), "plots": tuple(plots), "grids": grids}


def _measures(title: str, compared: Comparison) -> Iterator[tuple[Value, ...]]:
    """Beside each measure, the middle 95 % of what it would be if all municipalities were alike."""
    for name, words in TEXTS["measures"].items():
        found = compared.measures[name]
        numbers = found.value, found.least_by_chance, found.most_by_chance
        yield (
            f"{title}, {words}",
            *(None if n is None else round(max(0.0, n), 2) for n in numbers),
            _yes(found.beyond_chance),
        )


def _counts_only(edition: Edition, title: str, measure: str, area: str) -> Grid:
    places = edition.codes["municipality"]
    rows = tuple((label(code), edition.number(measure, municipality=code, area=area)) for code in places)
    return Grid(title, ("Kommune", "Antall"), rows)


def _compared(basis: Basis, people: Population, measure: str, area: str) -> Comparison:
    """Municipalities whose number is shown, against what they would have at the pooled rates of sex and age."""
    edition, expected = basis.edition, _expected(basis.edition, people, measure, area)
    counts = {code: edition.number(measure, municipality=code, area=area) for code in people.names}
    shown = [code for code, n in counts.items() if not isinstance(n, Reason) and expected[code] > 0]
    observed, base = _floats(counts[code] for code in shown), np.array([expected[code] for code in shown])
    level = observed.sum() / base.sum() if shown else 1.0
    return Comparison(
        [people.names[code] for code in shown], observed, base * level, False, people.names.get(basis.own or "")
    )


def _expected(edition: Edition, people: Population, measure: str, area: str) -> dict[str, float]:
    """E by municipality. Groups whose number is hidden share the rate that any reader can work out; else E is 0."""
    groups = sorted({(sex, group) for _, sex, group in people.people})
    if measure == edition.lines.young:
        young = {band_of(age, edition.lines.groups) for age in range(edition.lines.own)}
        groups = [(sex, group) for sex, group in groups if group in young]
    living = np.array([[people.people.get((code, *group), 0) for group in groups] for code in people.names], float)
    counts = _floats(edition.number(measure, sex=sex, group=group, area=area) for sex, group in groups)
    together, hidden = living.sum(axis=0), np.isnan(counts)
    rest = _floats([edition.number(measure, area=area)])[0] - counts[~hidden].sum()
    common = max(0.0, rest) / max(1.0, together[hidden].sum())
    rates = np.where(hidden, common, counts / np.maximum(1.0, together))
    return dict(zip(people.names, np.nan_to_num(living @ rates).tolist(), strict=True))


USE_COLUMNS = ("Kommune", "Antall", "Per 1000 per år", "Forholdstall", "95 % fra", "til", "Skiller seg ut")


def _use_rows(
    basis: Basis, people: Population, compared: Comparison, measure: str, area: str
) -> Iterator[tuple[Value, ...]]:
    place = {name: k for k, name in enumerate(compared.names)}
    for code in basis.edition.codes["municipality"]:
        count, name = basis.edition.number(measure, municipality=code, area=area), people.names.get(code)
        start = f"{code} {name}" if name else label(code), count
        if isinstance(count, Reason) or name not in place or not compared.possible:
            yield (*start, *[None] * 5)
        else:
            k, rate = place[name], 1000 * count / people.of(code) / basis.edition.years
            found = ratio(count, compared.base[k])
            numbers = (rate, found.value, found.lower, found.upper)
            rounded = (None if number is None else round(number, 2) for number in numbers)
            yield (*start, *rounded, _yes(compared.stands_out[k]))


def _yes(holds: object) -> str:
    return "ja" if holds else "nei"


# Low value by referrer


def _referrers(basis: Basis) -> dict[str, Any]:
    edition = basis.edition
    read = {code: edition.number("read", sender=code) for code in edition.codes["sender"] if code != OTHERS}
    sized = sorted((code for code, n in read.items() if isinstance(n, int)), key=lambda code: (-int(read[code]), code))
    # Numbered by size, so that no order says who has the highest share.
    names = {code: code if code == basis.own else f"Henviser {k}" for k, code in enumerate(sized, start=1)}
    low = {code: edition.number("low_value", sender=code) for code in sized}
    shown = [code for code in sized if isinstance(low[code], int)]
    compared = Comparison(
        [names[code] for code in shown],
        _floats(low[code] for code in shown),
        _floats(read[code] for code in shown),
        shares=True,
        own=basis.own,
    )
    out = dict(zip(shown, map(_yes, compared.stands_out), strict=True)) if compared.possible else {}
    rows = tuple((names[c], read[c], low[c], _share(low[c], read[c]), out.get(c)) for c in sized)
    table = Grid("Etter henviser", ("Henviser", "Lest", "Lavverdi", "%", "Skiller seg ut"), rows)
    kinds = _by_kind(edition)
    if not compared.possible:
        return {"missing": (WHY_NOT["few_units"],), "grids": (kinds, table)}
    start = f"Henvisere med minst {FEWEST_OF_SENDER} leste henvisninger:"
    plot = compared.funnel("Andel lavverdi etter henviser", "Leste henvisninger", "Andel (%)")
    return {"findings": (" ".join((start, *compared.sentences())),), "plots": (plot,), "grids": (kinds, table)}


def _by_kind(edition: Edition) -> Grid:
    pairs = [(area, kind) for area in (*edition.codes["area"], ALL) for kind in edition.codes["referrer"]]
    rows = []
    for area, kind in pairs:
        read, low = (edition.number(m, area=area, referrer=kind) for m in ("read", "low_value"))
        rows.append((f"{label(area)}, {label(kind).lower()}", read, low, _share(low, read)))
    return Grid("Etter type henviser", ("Henviser", "Lest", "Lavverdi", "%"), tuple(row for row in rows if row[1] != 0))


# Age


def _ages(basis: Basis) -> dict[str, Any]:
    areas = _known_areas(basis.edition)
    grids = {area: _age_table(basis.edition, area) for area in areas}
    plots = tuple(plot for area, grid in grids.items() if (plot := _age_plot(basis.edition, area, grid)))
    return {"plots": plots, "grids": tuple(grids.values()), "missing": () if plots else (WHY_NOT["few_ages"],)}


def _age_table(edition: Edition, area: str) -> Grid:
    bands = [*(band_of(start, edition.lines.bands) for start in edition.lines.bands), UNKNOWN]
    rows = []
    for band in bands:
        read, low = (edition.number(m, area=area, age=band) for m in ("read", "low_value"))
        rows.append((label(band), read, low, _share(low, read)))
    return Grid(label(area), ("Alder", "Lest", "Lavverdi", "%"), tuple(row for row in rows if row[1] != 0))


def _age_plot(edition: Edition, area: str, grid: Grid) -> Plot | None:
    starts = {band_of(start, edition.lines.bands): start for start in edition.lines.bands}
    numbers = {str(row[0]): row[1] for row in grid.rows if row[0] in starts and isinstance(row[1], int)}
    if not numbers:
        return None
    bars = tuple(Point(starts[band] + 2.5, float(n), f"{band} år: {n}") for band, n in numbers.items())
    limits = sorted({edition.lines.national, edition.lines.own}) if area == "endoscopy" else []
    return Plot(
        title=f"{label(area)}: leste henvisninger etter alder",
        description=f"{len(bars)} aldersgrupper vises; flest i {max(bars, key=lambda bar: bar.y).label}.",
        x=Axis("Alder (år)", 0.0, 96.0, tuple(Tick(float(age), str(age)) for age in range(0, 100, 10))),
        y=axis("Antall", [bar.y for bar in bars]),
        bars=bars,
        marks=tuple(Tick(float(limit), f"{limit} år") for limit in limits),
    )


# Assessment


def _assessment(basis: Basis) -> dict[str, Any]:
    rows = []
    for area in (*basis.edition.codes["area"], ALL):
        measures = ("decided", "granted", "in_time", "refused_before")
        decided, granted, in_time, again = (basis.edition.number(m, area=area) for m in measures)
        shares = granted, _share(granted, decided), in_time, _share(in_time, decided)
        rows.append((label(area), decided, *shares, again))
    columns = ("Fagområde", "Avgjort", "Rett gitt", "%", "Innen fristen", "%", "Henvist på nytt etter avslag")
    grid = Grid("Avgjørelser", columns, tuple(rows))
    twice, same = basis.edition.number("read_twice"), basis.edition.number("agreed")
    if isinstance(twice, Reason) or isinstance(same, Reason) or twice < FEWEST_READINGS:
        return {"grids": (grid,), "missing": (WHY_NOT["few_readings"].format(least=FEWEST_READINGS),)}
    return {"grids": (grid, _agreement(basis.readings))}


def _agreement(readings: Sequence[tuple[str, ...]]) -> Grid:
    """Coefficients of all double readings together, with limits; never by reader."""
    most = max(map(len, readings))
    read = agreement.Readings.of([(*row, *[None] * (most - len(row))) for row in readings])
    # Readers of blind pairs differ from referral to referral, so both places are the same random reader.
    measures = {
        "Enighet": agreement.percent_agreement,
        "AC1 (Gwet)": agreement.gwet_ac1,
        "Kappa (Fleiss)": agreement.fleiss_kappa,
    }
    rows = []
    for name, measure in measures.items():
        found = measure(read)
        limits = found.estimate()
        numbers = found.value, limits.lower, limits.upper
        rows.append((name, len(readings), *(None if n is None or np.isnan(n) else round(n, 2) for n in numbers)))
    return Grid("Enighet mellom lesere", ("Mål", "Lest av flere", "Verdi", "95 % fra", "til"), tuple(rows))


# Time


def _time(basis: Basis) -> dict[str, Any]:
    findings: tuple[str, ...] = ()
    plots, grids = [], []
    for area in _known_areas(basis.edition):
        months = basis.edition.codes["month"]
        measures = ("received", "read", "low_value")
        received, read, low = ([basis.edition.number(m, area=area, month=t) for t in months] for m in measures)
        shares = [_share(a, b) for a, b in zip(low, read, strict=True)]
        columns = ("Måned", "Mottatt", "Lest", "Lavverdi", "%")
        grids.append(Grid(label(area), columns, tuple(zip(months, received, read, low, shares, strict=True))))
        series = _Series.of(months, _floats(low), _floats(read))
        if len(series.days) >= RUN_CHART_ONLY_BELOW and series.low.sum() > 0:
            plots.append(series.plot(label(area)))
            findings += tuple(f"{label(area)} {sentence}" for sentence in series.sentences())
    missing = () if plots else (WHY_NOT["few_months"],)
    return {"plots": tuple(plots), "findings": findings, "grids": tuple(grids), "missing": missing}


@dataclass(frozen=True, slots=True)
class _Series:
    """Months in which both numbers are shown; named events divide them into phases with limits of their own."""

    days: list[date]
    low: Vector
    read: Vector

    @classmethod
    def of(cls, months: Sequence[str], low: Vector, read: Vector) -> "_Series":
        known = ~np.isnan(low) & (np.nan_to_num(read) > 0)
        days = [date.fromisoformat(f"{month}-01") for month, there in zip(months, known, strict=True) if there]
        return cls(days, low[known], read[known])

    def charts(self) -> list[tuple[slice, Any]]:
        parts = [part for part in phases(self.days, list(TEXTS["events"])) if self.low[part].sum() > 0]
        return [
            (
                part,
                p_chart(self.low[part], self.read[part], per=100, laney=len(self.days[part]) >= RUN_CHART_ONLY_BELOW),
            )
            for part in parts
        ]

    def sentences(self) -> Iterable[str]:
        for part, chart in self.charts():
            run = runs(chart.value, chart.centre)
            pattern = "et mønster som ikke er tilfeldig" if run and run.signal else "bare tilfeldig svingning"
            outside = f"{int(chart.outside.sum())} måneder utenfor grensene"
            provisional = "; grensene er foreløpige, under 20 måneder" if chart.provisional else ""
            mean = decimal(chart.centre, 1)
            yield f"fra {self.days[part][0]:%m.%Y}: snitt {mean} %, {outside}, {pattern}{provisional}."

    def plot(self, title: str) -> Plot:
        at = np.array([_month_number(day) for day in self.days])
        share, outside = 100 * self.low / self.read, np.zeros(len(at), dtype=np.bool_)
        lines = [Line("series", pairs(at, share))]
        for part, chart in self.charts():
            outside[part] = chart.outside
            centre = np.full(len(at[part]), chart.centre)
            curves = (("centre", centre), ("outer", chart.lower), ("outer", chart.upper))
            lines += [Line(kind, pairs(at[part], values)) for kind, values in curves]
        ticks = (Tick(t, f"{int(t) % 12 + 1:02}.{int(t) // 12}") for t in at[:: max(1, len(at) // 6)])
        named = {day: text for day, text in TEXTS["events"].items() if self.days[0] <= day <= self.days[-1]}
        return Plot(
            title=f"{title}: andel lavverdi per måned",
            description=f"Kontrollkort over {len(at)} måneder, {int(outside.sum())} utenfor grensene.",
            x=Axis("Måned", at[0] - 0.5, at[-1] + 0.5, tuple(ticks)),
            y=axis("Andel (%)", [max(y for line in lines for _, y in line.points)]),
            points=tuple(
                Point(float(x), float(y), f"{day:%m.%Y}", bool(out))
                for x, y, day, out in zip(at, share, self.days, outside, strict=True)
            ),
            lines=tuple(lines),
            marks=tuple(Tick(_month_number(day), text) for day, text in named.items()),
        )


def _month_number(day: date) -> float:
    return float(day.year * 12 + day.month - 1)
