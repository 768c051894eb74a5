"""The council's report: one section for each question, with figures, tables, and a reason where there is no figure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from triage.reports import TEXTS, agreement, rates
from triage.reports.comparing import Comparison
from triage.reports.disclosure import Protected, Reason
from triage.reports.edition import ALL, FEWEST_OF_SENDER, OTHERS, PART_OF, UNKNOWN, Edition, read_id
from triage.reports.months import charts_by_month
from triage.reports.plot import Axis, Plot, Point, Tick, axis
from triage.reports.rates import ratio
from triage.reports.records import band_of
from triage.reports.sections import (
    COLUMNS,
    SAYS,
    WHY_NOT,
    Basis,
    Grid,
    Section,
    Value,
    counted,
    floats,
    known_areas,
    label,
    rounded,
    with_limits,
    yes,
)
from triage.reports.use import use

FEWEST_READINGS = 30


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    start: date
    end: date
    intro: tuple[str, ...]
    made_with: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


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
    grids = tuple(grid for table in text.get("tables", ()) for grid in counted(edition, **table))
    why, notes = text["why"].format(**words), tuple(text["notes"])
    return Section(name, text["title"], why, text["numerator"], text["denominator"], notes, grids=grids)


def _quality(section: Section, basis: Basis) -> Section:
    n, total = basis.edition.number, basis.edition.number("received")
    unknown = {by: n("received", **{by: UNKNOWN}) for by in ("municipality", "area", "group", "sex", "language")}
    counts = {label(ALL): total, **{f"{label(UNKNOWN)}: {label(by).lower()}": count for by, count in unknown.items()}}
    counts |= {label(measure): n(measure) for measure in ("read", "decided")}
    findings = [SAYS["unreadable"].format(lines=basis.unreadable)] if basis.unreadable else []
    if basis.reference.population:
        strange = set(basis.edition.codes["municipality"]) - {*basis.reference.names, UNKNOWN}
        findings += [SAYS["no_inhabitants"].format(codes=", ".join(sorted(strange)))] if strange else []
    rows = tuple((name, count, with_limits(count, total)[0]) for name, count in counts.items())
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


def _shares(
    section: Section, edition: Edition, by: str, part: str, *, names: Mapping[str, str], own: str | None, start: str
) -> Section:
    """Units whose both numbers are shown, beside each other in a funnel, and the table of all."""
    counts = {code: tuple(edition.number(m, **{by: code}) for m in (PART_OF[part] or "", part)) for code in names}
    shown = [code for code, (whole, n) in counts.items() if isinstance(n, int) and isinstance(whole, int) and whole > 0]
    parts, wholes = (floats(counts[code][k] for code in shown) for k in (1, 0))
    compared = Comparison([names[code] for code in shown], parts, wholes, shares=True, own=own)
    out = dict(zip(shown, map(yes, compared.stands_out), strict=True)) if compared.possible else {}
    rows = tuple((names[c], *counts[c], with_limits(counts[c][1], counts[c][0])[0], out.get(c)) for c in names)
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
    listed = {code: people for code in sized if code in practices and (people := practices[code].people)}
    per = 1000 / edition.years
    rows = tuple((names[c], n, *with_limits(read[c], n, per, ratio, 2)) for c, n in listed.items())
    grid = Grid(SAYS["listed"], tuple(COLUMNS["listed"]), rows)
    return replace(section, grids=(*section.grids, grid)) if rows else section


def _equity(section: Section, basis: Basis) -> Section:
    names = {code: basis.reference.names.get(code, label(code)) for code in basis.edition.codes["municipality"]}
    own = names.get(basis.own or "")
    return _shares(section, basis.edition, "municipality", "granted", names=names, own=own, start=SAYS["granted"])


def _ages(section: Section, basis: Basis) -> Section:
    plots = [_age_plot(basis.edition, area) for area in known_areas(basis.edition)]
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
    counts = ([edition.number(m, case=c, **{by: u}) for u in units for c in cases] for m in ("decided", "granted"))
    decided, granted = (floats(n).reshape(len(units), len(cases)) for n in counts)
    both = ~np.isnan(decided) & ~np.isnan(granted)
    decided, granted = np.where(both, decided, 0), np.where(both, granted, 0)
    expected = rates.expected_counts(decided, rates.pooled_rates(granted, decided))
    numbers = (map(int, decided.sum(axis=1)), map(int, granted.sum(axis=1)), expected.tolist())
    found = zip(map(label, units), *numbers, strict=True)
    rows = tuple((unit, n, k, rounded(e, 1), *with_limits(k, e, 1, ratio, 2)) for unit, n, k, e in found if n)
    return Grid(SAYS["adjusted"], (label(by), *COLUMNS["adjusted"]), rows)


def _agreement(readings: Sequence[tuple[str, ...]]) -> Grid:
    """Coefficients of all double readings together, with limits; never by reader."""
    most = max(map(len, readings))
    read = agreement.Readings.of([(*row, *[None] * (most - len(row))) for row in readings])
    # Readers of blind pairs differ from referral to referral, so both places are the same random reader.
    measures = agreement.percent_agreement, agreement.gwet_ac1, agreement.fleiss_kappa
    found = [measure(read).estimate() for measure in measures]
    rows = tuple(
        (name, len(readings), rounded(e.value), rounded(e.lower), rounded(e.upper))
        for name, e in zip(COLUMNS["agreement_rows"], found, strict=True)
    )
    return Grid(SAYS["agreement"], tuple(COLUMNS["agreement"]), rows)


PARTS: Mapping[str, Callable[[Section, Basis], Section]] = {
    "quality": _quality,
    "use": use,
    "referrers": _referrers,
    "ages": _ages,
    "assessment": _assessment,
    "time": lambda section, basis: charts_by_month(section, basis, "low_value", known_areas(basis.edition)),
    "safety": lambda section, _: section,
    "clock": lambda section, basis: charts_by_month(section, basis, "in_time", [ALL]),
    "equity": _equity,
}
