"""Control charts of shares by month."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from triage.reports import TEXTS
from triage.reports.edition import PART_OF
from triage.reports.plot import Axis, Line, Plot, Point, Tick, axis, decimal, pairs
from triage.reports.rates import Vector
from triage.reports.sections import SAYS, WHY_NOT, Basis, Section, floats, label
from triage.reports.spc import RUN_CHART_ONLY_BELOW, ControlChart, p_chart, phases, runs


def charts_by_month(section: Section, basis: Basis, part: str, areas: Sequence[str]) -> Section:
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
        some, all_ = (floats(number(m, area=area, month=month) for month in months) for m in both)
        known = ~np.isnan(some) & (np.nan_to_num(all_) > 0)
        days = [date.fromisoformat(f"{month}-01") for month, there in zip(months, known, strict=True) if there]
        return cls(days, some[known], all_[known], events)

    def charts(self) -> Iterator[tuple[slice, ControlChart]]:
        """Of a phase that is too short to tell how shares vary from month to month, only the centre is for print."""
        for part in phases(self.days, list(self.events)):
            if self.part[part].sum() > 0:
                yield part, p_chart(self.part[part], self.whole[part], per=100, laney=True)

    def sentences(self) -> Iterator[str]:
        for part, chart in self.charts():
            run = runs(chart.value, chart.centre)
            yield SAYS["phase" if _long(chart) else "short_phase"].format(
                start=f"{self.days[part][0]:%m.%Y}",
                mean=decimal(chart.centre, 1),
                months=len(chart.value),
                outside=int(chart.outside.sum()),
                pattern=SAYS["signal" if run and run.signal else "no_signal"],
                provisional=SAYS["provisional"] if chart.provisional else "",
            )

    def plot(self, title: str, part: str) -> Plot:
        at = np.array([_month_number(day) for day in self.days])
        share, outside = 100 * self.part / self.whole, np.zeros(len(at), dtype=np.bool_)
        lines = [Line("series", pairs(at, share))]
        for phase, chart in self.charts():
            lines.append(Line("centre", pairs(at[phase], np.full(len(at[phase]), chart.centre))))
            if _long(chart):
                outside[phase] = chart.outside
                lines += [Line("outer", pairs(at[phase], values)) for values in (chart.lower, chart.upper)]
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


def _long(chart: ControlChart) -> bool:
    return len(chart.value) >= RUN_CHART_ONLY_BELOW


def _month_number(day: date) -> float:
    return float(day.year * 12 + day.month - 1)
