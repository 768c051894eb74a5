"""The council's report: one section for each question, with figures, tables, and a reason where there is no figure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from triage.reports import TEXTS, agreement, rates
from triage.reports.comparing import Comparison, map_of, strip
from triage.reports.disclosure import Protected, Reason
from triage.reports.edition import ALL, FEWEST_OF_SENDER, OTHERS, PART_OF, UNKNOWN, Edition, Number, read_id
from triage.reports.plot import Axis, Line, Map, Plot, Point, Tick, axis, decimal, pairs
from triage.reports.rates import Estimate, Vector, proportion, ratio
from triage.reports.records import NO_REFERENCE, Population, Reference, band_of
from triage.reports.spc import RUN_CHART_ONLY_BELOW, ControlChart, p_chart, phases, runs

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
    plots: tuple[Plot | Map, ...] = ()
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
    """What the report is made from. `own` is the municipality or the sender whose eyes it is for, if any; `events` are
    dates at which a phase begins, besides those that the texts name."""

    edition: Edition
    reference: Reference = NO_REFERENCE
    readings: Sequence[tuple[str, ...]] = ()
    unreadable: int = 0
    own: str | None = None
    events: Mapping[date, str] = field(default_factory=dict)


def make_report(basis: Basis, made_with: Mapping[str, str], *, hide_below: int) -> Report:
    """The same numbers and texts always give the same report; nothing in it depends on the clock."""
    people, (start, end) = basis.reference.population, basis.edition.period
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
                row += [number, *(() if whole is None else _limits(number, whole)[: len(shares)])]
            rows.append(tuple(row))
        if rows := [row for row in rows if row[1] != 0]:
            yield Grid(label(area) if each_area else title, tuple(columns), tuple(rows))


def _known_areas(edition: Edition) -> list[str]:
    return [area for area in edition.codes["area"] if area != UNKNOWN]


def _limits(
    part: Number,
    whole: Number | float | None,
    per: float = 100,
    of: Callable[..., Estimate] = proportion,
    places: int = 1,
) -> tuple[Value, Value, Value]:
    """Part over whole, in percent unless said otherwise, with 95 % limits; hidden with either of its numbers."""
    hidden = next((number for number in (part, whole) if isinstance(number, Reason)), None)
    found = rates.NOT_GIVEN if hidden else of(part, whole, multiplier=per)
    return hidden or _rounded(found.value, places), _rounded(found.lower, places), _rounded(found.upper, places)


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
    if basis.reference.population:
        strange = set(basis.edition.codes["municipality"]) - {*basis.reference.names, UNKNOWN}
        findings += [SAYS["no_inhabitants"].format(codes=", ".join(sorted(strange)))] if strange else []
    rows = tuple((name, count, _limits(count, total)[0]) for name, count in counts.items())
    grids, given_away = [Grid(section.title, tuple(COLUMNS["quality"]), rows)], basis.edition.protected.already_public
    if given_away:
        findings.append(SAYS["given_away"].format(numbers=len(given_away)))
        grids.append(_given_away(basis.edition.protected))
    return replace(section, findings=tuple(findings), grids=tuple(grids))


def _given_away(protected: Protected) -> Grid:
    """Which printed numbers no longer can be hidden, and why they should have been; referrers without their names."""
    rows: list[tuple[Value, ...]] = []
    for id_ in sorted(id_ for id_ in protected.already_public if protected.cells[id_].printed):
        (start, end), counted, codes = read_id(id_.partition("@")[0])  # as it was before it was revised
        about = ", ".join(label(by) if by == "sender" else f"{label(by)}: {label(code)}" for by, code in codes.items())
        what = SAYS["young"].format(own=counted[6:]) if counted.startswith("under_") else label(counted)
        rows.append((what, about or label(ALL), f"{start} til {end}", protected.hidden[id_]))
    return Grid(SAYS["given_away_title"], tuple(COLUMNS["given_away"]), tuple(rows))


# Use by municipality


def _use(section: Section, basis: Basis) -> Section:
    edition, people, outlines = basis.edition, basis.reference.population, basis.reference.outlines
    young = SAYS["young"].format(own=edition.lines.own)
    figures = {young: ("young", ALL), **{label(area): ("received", area) for area in _known_areas(edition)}}
    if people is None:
        by_place = _counted(edition, by="municipality", of=["received", "young"], title=section.title)
        return replace(section, missing=(WHY_NOT["no_population"],), grids=tuple(by_place))
    compared = {title: _compared(basis, people, *figure) for title, figure in figures.items()}
    able = {title: comparison for title, comparison in compared.items() if comparison.possible}
    x, y = COLUMNS["ratio_funnel"]
    drawn = [map_of(title, able[title], outlines) for title in able if outlines][:1]
    return replace(
        section,
        findings=tuple(" ".join((f"{title}:", *c.sentences(), c.variation())) for title, c in able.items()),
        missing=tuple(f"{title}: {WHY_NOT['few_units']}" for title in compared if title not in able),
        plots=(
            *([strip(able)] if able else ()),
            *drawn,
            *(c.plot(f"{title}: {y.lower()}", x, y) for title, c in able.items()),
        ),
        grids=(
            *(_use_grid(title, compared[title], figure, edition, people) for title, figure in figures.items()),
            *_by_catchment(young, edition, people, basis.reference.catchments),
            *(_measures(title, comparison) for title, comparison in able.items()),
        ),
    )


def _measures(title: str, compared: Comparison) -> Grid:
    """Beside each measure, the middle 95 % of what it would be if all municipalities were alike."""
    rows = []
    for name, words in TEXTS["measures"].items():
        found = compared.measures[name]
        numbers = (n and max(0.0, n) for n in (found.value, found.least_by_chance, found.most_by_chance))
        rows.append((words, *map(_rounded, numbers), _yes(found.beyond_chance)))
    return Grid(f"{title}: {SAYS['measures']}", tuple(COLUMNS["measures"]), tuple(rows))


def _compared(basis: Basis, people: Population, measure: str, area: str) -> Comparison:
    """Municipalities whose number is shown, against what they would have at the pooled rates of sex and age."""
    edition, expected = basis.edition, _expected(basis.edition, people, measure, area)
    counts = {code: edition.number(measure, municipality=code, area=area) for code in people.names}
    shown = [code for code, n in counts.items() if not isinstance(n, Reason) and expected[code] > 0]
    observed, base = _floats(counts[code] for code in shown), np.array([expected[code] for code in shown])
    level = observed.sum() / base.sum() if shown else 1.0
    names = [people.names[code] for code in shown]
    own = people.names.get(basis.own or "")
    return Comparison(names, observed, base * level, shares=False, own=own, codes=tuple(shown))


def _groups(edition: Edition, people: Population, measure: str) -> list[tuple[str, str]]:
    """Sex and age groups that a measure may be of."""
    groups = sorted({(sex, group) for _, sex, group in people.people})
    young = {band_of(age, edition.lines.groups) for age in range(edition.lines.own)}
    return [(sex, group) for sex, group in groups if measure != "young" or group in young]


def _living(people: Population, codes: Iterable[str], groups: Sequence[tuple[str, str]]) -> Vector:
    return np.array([[people.people.get((code, *group), 0) for group in groups] for code in codes], np.float64)


def _expected(edition: Edition, people: Population, measure: str, area: str) -> dict[str, float]:
    """E by municipality, at the rates of each group in all of them together; 0 where not even the total is shown."""
    groups = _groups(edition, people, measure)
    living = _living(people, people.names, groups)
    counts = _floats(edition.number(measure, sex=sex, group=group, area=area) for sex, group in groups)
    total, together = _floats([edition.number(measure, area=area)])[0], living.sum(axis=0)
    each = _with_the_rest(counts, total, together) / np.maximum(1.0, together)
    return dict(zip(people.names, np.nan_to_num(rates.expected_counts(living, each)).tolist(), strict=True))


def _with_the_rest(counts: Vector, total: float, living: Vector) -> Vector:
    """Hidden counts as if the rest of the total, which any reader can work out, were spread evenly over the living."""
    hidden = np.isnan(counts)
    rest = max(0.0, total - counts[~hidden].sum()) / max(1.0, living[hidden].sum())
    return np.where(hidden, rest * living, counts)


def _use_grid(title: str, compared: Comparison, figure: tuple[str, str], edition: Edition, people: Population) -> Grid:
    measure, area = figure
    place = {code: k for k, code in enumerate(compared.codes)} if compared.possible else {}
    rows: list[tuple[Value, ...]] = []
    for code in edition.codes["municipality"]:
        count, name, k = edition.number(measure, municipality=code, area=area), people.names.get(code), place.get(code)
        facts: tuple[Value, ...] = (None,) * 5
        if k is not None and not isinstance(count, Reason):
            crude, found = 1000 * count / people.of(code) / edition.years, _limits(count, compared.base[k], 1, ratio, 2)
            facts = (_rounded(crude), *found, _yes(compared.stands_out[k]))
        rows.append((f"{code} {name}" if name else label(code), count, *facts))
    return Grid(title, tuple(COLUMNS["use"]), tuple(rows))


def _by_catchment(title: str, edition: Edition, people: Population, catchments: Mapping[str, str]) -> Iterator[Grid]:
    """Large areas are standardised directly, to the inhabitants of all of them together."""
    groups, rows = _groups(edition, people, "young"), []
    places = {name: [code for code in people.names if catchments.get(code) == name] for name in catchments.values()}
    weight = _living(people, people.names, groups).sum(axis=0)
    for name, codes in sorted(places.items()):
        total, living = edition.number("young", catchment=name), _living(people, codes, groups).sum(axis=0)
        counts = _floats(edition.number("young", catchment=name, sex=sex, group=group) for sex, group in groups)
        crude = direct = rates.NOT_GIVEN
        if isinstance(total, int):
            strata = rates.Strata.of(_with_the_rest(counts, total, living), living, weight)
            crude = ratio(total, living.sum(), multiplier=1000 / edition.years)
            direct = rates.fay_feuer(strata, multiplier=1000 / edition.years)
        numbers = (crude.value, direct.value, direct.lower, direct.upper)
        rows.append((name, total, int(living.sum()), *map(_rounded, numbers)))
    if rows:
        yield Grid(f"{title}: {label('catchment').lower()}", tuple(COLUMNS["catchment"]), tuple(rows))


def _yes(holds: object) -> str:
    return "ja" if holds else "nei"


# Shares by unit


def _shares(
    section: Section, edition: Edition, by: str, part: str, *, names: Mapping[str, str], own: str | None, start: str
) -> Section:
    """Units whose both numbers are shown, beside each other in a funnel, and the table of all."""
    counts = {code: tuple(edition.number(m, **{by: code}) for m in (PART_OF[part] or "", part)) for code in names}
    shown = [code for code, (whole, n) in counts.items() if isinstance(n, int) and isinstance(whole, int) and whole > 0]
    parts, wholes = (_floats(counts[code][k] for code in shown) for k in (1, 0))
    compared = Comparison([names[code] for code in shown], parts, wholes, shares=True, own=own)
    out = dict(zip(shown, map(_yes, compared.stands_out), strict=True)) if compared.possible else {}
    rows = tuple((names[c], *counts[c], _limits(counts[c][1], counts[c][0])[0], out.get(c)) for c in names)
    columns = (label(by), label(PART_OF[part] or ""), label(part), "%", COLUMNS["use"][-1])
    grid = Grid(f"{label(part)}: {label(by).lower()}", columns, rows)
    section = replace(section, grids=(*section.grids, grid))
    if not compared.possible:
        return replace(section, missing=(WHY_NOT["few_units"],))
    plot = compared.plot(grid.title, columns[1], f"{columns[2]} (%)")
    return replace(section, plots=(plot,), findings=(" ".join((start, *compared.sentences())),))


def _referrers(section: Section, basis: Basis) -> Section:
    edition, practices = basis.edition, basis.reference.practices
    read = {code: edition.number("read", sender=code) for code in edition.codes["sender"] if code != OTHERS}
    sized = sorted((code for code, n in read.items() if isinstance(n, int)), key=lambda code: (-int(read[code]), code))
    # Numbered by size, so that no order says who has the highest share.
    names = {code: code if code == basis.own else f"{label('sender')} {k}" for k, code in enumerate(sized, start=1)}
    start = SAYS["senders"].format(least=FEWEST_OF_SENDER)
    section = _shares(section, edition, "sender", "low_value", names=names, own=basis.own, start=start)
    listed = {code: practices[code].people for code in sized if code in practices and practices[code].people}
    per = 1000 / edition.years
    rows = tuple((names[c], n, *_limits(read[c], n, per, ratio, 2)) for c, n in listed.items())
    grid = Grid(SAYS["listed"], tuple(COLUMNS["listed"]), rows)
    return replace(section, grids=(*section.grids, grid)) if rows else section


def _equity(section: Section, basis: Basis) -> Section:
    names = {code: basis.reference.names.get(code, label(code)) for code in basis.edition.codes["municipality"]}
    own = names.get(basis.own or "")
    return _shares(section, basis.edition, "municipality", "granted", names=names, own=own, start=SAYS["granted"])


# Age


def _ages(section: Section, basis: Basis) -> Section:
    plots = [_age_plot(basis.edition, area) for area in _known_areas(basis.edition)]
    shown = tuple(plot for plot in plots if plot.bars)
    return replace(section, plots=shown, missing=() if shown else (WHY_NOT["few_ages"],))


def _age_plot(edition: Edition, area: str) -> Plot:
    """All that were read, and of those the low-value part, in every band whose number is shown."""
    bands = {start: band_of(start, edition.lines.bands) for start in edition.lines.bands}

    def bars(measure: str, part: bool) -> tuple[Point, ...]:
        numbers = {start: edition.number(measure, area=area, age=band) for start, band in bands.items()}
        shown = ((start, n) for start, n in numbers.items() if isinstance(n, int) and n > 0)
        return tuple(Point(start + 2.5, float(n), f"{bands[start]} år: {n}", stands_out=part) for start, n in shown)

    read, low = bars("read", part=False), bars("low_value", part=True)
    limits = sorted({edition.lines.national, edition.lines.own}) if area == "endoscopy" else []
    most = max(read, key=lambda bar: bar.y).label if read else ""
    return Plot(
        title=SAYS["ages_title"].format(area=label(area)),
        description=SAYS["ages"].format(bands=len(read), most=most),
        x=Axis(f"{label('age')} (år)", 0.0, 96.0, tuple(Tick(float(age), str(age)) for age in range(0, 100, 10))),
        y=axis(label("read"), [0.0, *(bar.y for bar in read)]),
        bars=(*read, *low),
        marks=tuple(Tick(float(limit), f"{limit} år") for limit in limits),
    )


# Assessment


def _assessment(section: Section, basis: Basis) -> Section:
    twice, same = basis.edition.number("read_twice"), basis.edition.number("agreed")
    section = replace(section, grids=(*section.grids, _adjusted(basis.edition, "referrer")))
    if isinstance(twice, Reason) or isinstance(same, Reason) or twice < FEWEST_READINGS:
        return replace(section, missing=(WHY_NOT["few_readings"].format(least=FEWEST_READINGS),))
    return replace(section, grids=(*section.grids, _agreement(basis.readings)))


def _adjusted(edition: Edition, by: str) -> Grid:
    """Rights granted over the number expected of the same referrals: of the same area and proposed pathway.

    Only of decisions whose numbers are shown both ways; the rest cannot be compared.
    """
    cases, units = edition.codes["case"], edition.codes[by]
    numbers = ([edition.number(m, case=c, **{by: u}) for u in units for c in cases] for m in ("decided", "granted"))
    decided, granted = (_floats(n).reshape(len(units), len(cases)) for n in numbers)
    both = ~np.isnan(decided) & ~np.isnan(granted)
    decided, granted = np.where(both, decided, 0), np.where(both, granted, 0)
    expected = rates.expected_counts(decided, rates.pooled_rates(granted, decided))
    found = zip(units, decided.sum(axis=1).tolist(), granted.sum(axis=1).tolist(), expected.tolist(), strict=True)
    rows = tuple(
        (label(unit), int(n), int(k), _rounded(e, 1), *_limits(int(k), e, 1, ratio, 2)) for unit, n, k, e in found if n
    )
    return Grid(SAYS["adjusted"], (label(by), *COLUMNS["adjusted"]), rows)


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


def _charts(section: Section, basis: Basis, part: str, areas: Sequence[str]) -> Section:
    found = {area: _Series.of(basis, part, area) for area in areas}
    able = {label(a): s for a, s in found.items() if len(s.days) >= RUN_CHART_ONLY_BELOW and s.part.sum() > 0}
    return replace(
        section,
        plots=tuple(series.plot(title, part) for title, series in able.items()),
        findings=tuple(f"{title} {sentence}" for title, series in able.items() for sentence in series.sentences()),
        missing=() if able else (WHY_NOT["few_months"],),
    )


@dataclass(frozen=True, slots=True)
class _Series:
    """Months in which both numbers are shown; named events divide them into phases with limits of their own."""

    days: list[date]
    part: Vector
    whole: Vector
    events: Mapping[date, str]

    @classmethod
    def of(cls, basis: Basis, part: str, area: str) -> "_Series":
        number, months, both = basis.edition.number, basis.edition.codes["month"], (part, PART_OF[part] or "")
        events = dict(sorted({**TEXTS["events"], **basis.events}.items()))
        some, all_ = (_floats(number(m, area=area, month=month) for month in months) for m in both)
        known = ~np.isnan(some) & (np.nan_to_num(all_) > 0)
        days = [date.fromisoformat(f"{month}-01") for month, there in zip(months, known, strict=True) if there]
        return cls(days, some[known], all_[known], events)

    def charts(self) -> Iterator[tuple[slice, ControlChart]]:
        """Laney's limits where a phase is long enough to tell how shares vary from month to month."""
        for part in phases(self.days, list(self.events)):
            if self.part[part].sum() > 0:
                laney = len(self.days[part]) >= RUN_CHART_ONLY_BELOW
                yield part, p_chart(self.part[part], self.whole[part], per=100, laney=laney)

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

    def plot(self, title: str, part: str) -> Plot:
        at = np.array([_month_number(day) for day in self.days])
        share, outside = 100 * self.part / self.whole, np.zeros(len(at), dtype=np.bool_)
        lines = [Line("series", pairs(at, share))]
        for phase, chart in self.charts():
            outside[phase] = chart.outside
            curves = (("centre", np.full(len(at[phase]), chart.centre)), ("outer", chart.lower), ("outer", chart.upper))
            lines += [Line(kind, pairs(at[phase], values)) for kind, values in curves]
        dots = zip(at.tolist(), share.tolist(), self.days, outside.tolist(), strict=True)
        named = {day: text for day, text in self.events.items() if self.days[0] <= day <= self.days[-1]}
        months = tuple(Tick(_month_number(day), f"{day:%m.%Y}") for day in self.days[:: max(1, len(at) // 6)])
        return Plot(
            title=SAYS["time_title"].format(area=title, part=label(part).lower()),
            description=SAYS["time"].format(months=len(at), outside=int(outside.sum())),
            x=Axis(label("month"), at[0] - 0.5, at[-1] + 0.5, months),
            y=axis(f"{label(part)} (%)", [max(y for line in lines for _, y in line.points)]),
            points=tuple(Point(x, y, f"{day:%m.%Y}", out) for x, y, day, out in dots),
            lines=tuple(lines),
            marks=tuple(Tick(_month_number(day), text) for day, text in named.items()),
        )


def _month_number(day: date) -> float:
    return float(day.year * 12 + day.month - 1)


PARTS: Mapping[str, Callable[[Section, Basis], Section]] = {
    "quality": _quality,
    "use": _use,
    "referrers": _referrers,
    "ages": _ages,
    "assessment": _assessment,
    "time": lambda section, basis: _charts(section, basis, "low_value", _known_areas(basis.edition)),
    "safety": lambda section, _: section,
    "clock": lambda section, basis: _charts(section, basis, "in_time", [ALL]),
    "equity": _equity,
}
