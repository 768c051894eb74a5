"""Use by municipality, beside what inhabitants of the same sex and age use in all of them together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from triage.reports import TEXTS, rates
from triage.reports.comparing import Comparison, map_of, strip
from triage.reports.disclosure import Reason
from triage.reports.edition import ALL, Edition
from triage.reports.rates import Vector, ratio
from triage.reports.records import Population, band_of
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


def use(section: Section, basis: Basis) -> Section:
    edition, people, outlines = basis.edition, basis.reference.population, basis.reference.outlines
    young = SAYS["young"].format(own=edition.lines.own)
    figures = {young: ("young", ALL), **{label(area): ("received", area) for area in known_areas(edition)}}
    if people is None:
        by_place = counted(edition, by="municipality", of=["received", "young"], title=section.title)
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
        rows.append((words, *map(rounded, numbers), yes(found.beyond_chance)))
    return Grid(f"{title}: {SAYS['measures']}", tuple(COLUMNS["measures"]), tuple(rows))


def _compared(basis: Basis, people: Population, measure: str, area: str) -> Comparison:
    """Municipalities whose number is shown, against what they would have at the pooled rates of sex and age."""
    edition, expected = basis.edition, _expected(basis.edition, people, measure, area)
    counts = {code: edition.number(measure, municipality=code, area=area) for code in people.names}
    shown = [code for code, n in counts.items() if not isinstance(n, Reason) and expected[code] > 0]
    observed, base = floats(counts[code] for code in shown), np.array([expected[code] for code in shown])
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
    counts = floats(edition.number(measure, sex=sex, group=group, area=area) for sex, group in groups)
    total, together = floats([edition.number(measure, area=area)])[0], living.sum(axis=0)
    each = _with_the_rest(counts, total, together) / np.maximum(1.0, together)
    return dict(zip(people.names, np.nan_to_num(rates.expected_counts(living, each)).tolist(), strict=True))


def _with_the_rest(counts: Vector, total: float, living: Vector) -> Vector:
    """Hidden counts as if the rest of the total, which any reader can work out, were spread evenly over the living."""
    hidden = np.isnan(counts)
    rest = max(0.0, total - counts[~hidden].sum()) / max(1.0, living[hidden].sum())
    return np.where(hidden, rest * living, counts)


def _use_grid(title: str, compared: Comparison, figure: tuple[str, str], edition: Edition, people: Population) -> Grid:
    measure, area = figure
    groups = _groups(edition, people, measure)
    place = {code: k for k, code in enumerate(compared.codes)} if compared.possible else {}
    rows: list[tuple[Value, ...]] = []
    for code in edition.codes["municipality"]:
        count, name, k = edition.number(measure, municipality=code, area=area), people.names.get(code), place.get(code)
        facts: tuple[Value, ...] = (None,) * 5
        if k is not None and not isinstance(count, Reason):
            crude = 1000 * count / float(_living(people, [code], groups).sum()) / edition.years
            found = with_limits(count, compared.base[k], 1, ratio, 2)
            facts = (rounded(crude), *found, yes(compared.stands_out[k]))
        rows.append((f"{code} {name}" if name else label(code), count, *facts))
    return Grid(title, tuple(COLUMNS["use"]), tuple(rows))


def _by_catchment(title: str, edition: Edition, people: Population, catchments: Mapping[str, str]) -> Iterator[Grid]:
    """Large areas are standardised directly, to the inhabitants of all of them together."""
    groups, rows = _groups(edition, people, "young"), []
    places = {name: [code for code in people.names if catchments.get(code) == name] for name in catchments.values()}
    weight = _living(people, people.names, groups).sum(axis=0)
    for name, codes in sorted(places.items()):
        total, living = edition.number("young", catchment=name), _living(people, codes, groups).sum(axis=0)
        counts = floats(edition.number("young", catchment=name, sex=sex, group=group) for sex, group in groups)
        crude = direct = rates.NOT_GIVEN
        if isinstance(total, int):
            strata = rates.Strata.of(_with_the_rest(counts, total, living), living, weight)
            crude = ratio(total, living.sum(), multiplier=1000 / edition.years)
            direct = rates.fay_feuer(strata, multiplier=1000 / edition.years)
        numbers = (crude.value, direct.value, direct.lower, direct.upper)
        rows.append((name, total, int(living.sum()), *map(rounded, numbers)))
    if rows:
        yield Grid(f"{title}: {label('catchment').lower()}", tuple(COLUMNS["catchment"]), tuple(rows))
