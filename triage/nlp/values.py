"""Numbers with what they measure: laboratory values, hearing, sight and pressure.

A value is looked for beside its label, within one sentence, past the words that people put between (`Hb var 9,8`). In
a series (`13,1 → 10,2`, `fra 64 til 60 kg`) the last number is the current one. A number outside the measure's range is
something else and is left alone. Labels, units and ranges are in `measures.yaml`, words for numbers and time in
`quantities.yaml`.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from triage.domain.finding import Evidence, Measurement, Temporality
from triage.nlp.durations import Durations
from triage.nlp.eyes import OF_EACH_EYE, Eyes
from triage.nlp.lexicon import Match
from triage.nlp.quantities import COMPARATORS, FIRST_YEAR, IS, OLD, UNDATED_YEAR, UNTIL, is_later, number
from triage.nlp.text import columns
from triage.nlp.weight import Weights

# `14.11.25`, `13,4 (3/11)`, `den 14.11`, `14/11: 9,8`, `14.11 9,8`.
_DAY = re.compile(
    r"(?<![\d.,/])(?:0?[1-9]|[12]\d|3[01])(?P<sign>[./])"
    r"(?P<month>1[0-2]|0?[1-9])(?:(?P=sign)(?P<year>(?:20)?\d\d))?(?![\d/]|[.,]\d)"
    r"(?P<leads>(?=[.)]{0,2}\s?[:=]\s?[<>]?\d)|(?:(?<=[./][01]\d)|(?<=/\d))(?=[)]? [<>]?\d))?"
)
_LEADS_DAY = re.compile(r"(?:\d[*]? [(]?|\b(?:den|pr|tatt|dato)[.]? )$")
# A unit or a range between a label and its value: `Hb g/dL 9,8`, `CRP (<5): 3`, `MCV [82-98] 72`.
_HEADED = re.compile(
    r"(?:\s*,?\s*(?:[(\[][^()\[\]\n]{0,40}?(?:[<>]\s?[\d,.]+|[\d,.]+\s?[-–]\s?[\d,.]+)[^()\[\]\d\n]{0,9}(?:10.?9/l)?[)\]]"
    r"|ref\w*[. ]*[\d,.]+\s?[-–]\s?[\d,.]+|[\d,.]+\s?[-–]\s?[\d,.]+(?=:)"
    r"|[(\[]?x?\s?10(?:\W|e)?9/l[)\]]?|(?:[mµuknp]?(?:ikro)?(?:g|mol|e|u|ie)/(?:100 ml|\w+)|fl|mm/[ht]))){1,3}"
    r"(?=[\s:]+[<>]?\s?\d)",
    re.I,
)
_EARLIER = frozenset(("fra", "frå", "var", "går"))
# Months since the year 0, or of a year that is not told; before any year, then what has no time, and what is later.
_SOME_TIME_AGO, _LAST, _UNTOLD, _AFTERWARDS, _NOW = 13, 90_000, 90_001, 90_002, 90_003
_LEADING = frozenset(("den", "det", "verdien", "nivået"))  # «i dag er den 13,4»
_COMPARING = [[sign] for sign in COMPARATORS]
_DASH, _LISTING = frozenset(("-",)), frozenset((",", "og", "/", "-", ";"))  # between values of one measure
_TREND = frozenset(("fallende", "fallande", "synkende", "synkande", "stigende", "stigande", "økende", "aukande"))
_IN_TURN = frozenset(("hhv", "hhv.", "henholdsvis"))
_REACH = 6  # tokens between a label and its number
_SAMPLE = re.compile("(?<![x/]) [1-9] :$")  # `F-Hb 1: neg, 2: <4, 3: 148`
_COLUMNS = re.compile(r"[ \t]{2,}|\t")
_WORDS_AND_DATES = re.compile(r"[a-zæøå]+|\d{1,2}\.\d{1,2}\b")
_TODAY = 13  # after all months
_LONGEST_TABLE = 12  # lines from the heading to a row
_LONGEST_SERIES = 9
_TODAY_AFTER = 12  # tokens from a number of a series to the next
_REACH_KNOWN = 9  # and when each of them is one that may stand there
_STOOLS = frozenset(("tømming", "tømm", "tarm", "avføring", "do", "toalett", "diar", "diaré", "løs", "laus", "tynn"))
_STOOLS |= {"blodig", "vandig", "tarmtømming", "toalettbesøk", "avføringsfrekv", "avføringsfrekvens"}
_BEHIND_TODAYS = frozenset((".", ",", ";", "gang"))  # «nå fire ganger», «nå 640.»
_ON_THE_STOOL = _STOOLS | {"toilet", "gang", "x", "tur"}
_MEAN_DEVIATION = re.compile(
    r"\b(?:MD|O[DS])\W{1,3}(?:fra )?\W?(\d+[.,]?\d*)(?: ?dB)?[^\d\n]{0,12}?"
    r"\b(til|var|mot|fra|sist|20\d\d)\b[^\d\n]{0,9}?(\d+[.,]?\d*)",
    re.I,
)
_EACH_DAY = frozenset(("døgn", "døgnet", "daglig", "dagleg", "dag", "dagen", "d", "dgl", "dagl"))
_A_DAY = re.compile(r"g /|(?:i|om|per|pr|/) (?:døgn|dag|d$)")
_LOUDEST_DB = 120
_HERTZ = frozenset(("hz", "khz"))
_IN_DECIBELS = frozenset(("db", "desibel", "pta", "rta", "snitt", "tonsnitt", "rentonesnitt", "audiogram", "terskler"))
_THRESHOLDS = re.compile(
    r"(?<![\w.])(h|hø|høyre|høgre|v|ve|vø|venstre|dx|sin|ad|as)\b[^\d\n]{0,12}?(?:\d[\d ,/–k-]*(?:k?hz|:)\W?)?"
    r"((?:[ \t(:,/|–-]+\d{1,3}\b){3,9})(?![\d ,/–k-]*hz)",
    re.I,
)
_LINES = re.compile(
    r"(?im)(?:^|[;.])[^\d\n;,.]{0,25}?\b(hø?|hø.re|v[eø]?|ven\w+|dx|sin|a[ds])\b[^\d\n;,]{0,12}?(\d+) ?db"
)
_MILLIMETRES = re.compile(r"(?i)\b(\d+(?:[.,]\d+)?)(?: ?(?:mm|pd|dd)\b|→)")  # a disc is one or two millimetres wide
_DIOPTRES = re.compile(r"(?<![\d ]x )\b([4-6]\d(?:[.,]\d+)?)\b(?! ?(?:mm|my|mik|µ|år|°|%|/))")
_CURVATURE = re.compile(r"(?i)k-?ma(?:x|ks)|kerato|bratte|steil|hornhinnekart|topografi")
_CLAUSES = re.compile(r"[,;] |[(](?!20)| og |(?= mot )|(?<=→)")
_UP_TO = re.compile(r"(\d)(?: mm)? (?:til|[-–]?>|→) (?=[\d.,]+ ?mm|[4-7]\d)")
_WHEN = re.compile(r"(?i)\b(?:(nå|no|i ?dag)|(20[0-3]\d)|i \w*(?:fjor|vår|[uø]st|uar|rs|il|mai|ber)|siden|fra|mot)\b")
_TOLD_NOW, _UNDATED = 9999, 9998
_NORMAL_DB = 15
_HEARS_DB = 21  # a mean below says nothing: the high tones may be lost
_NORMAL = ("normal", "normalt", "ua", "u.a.")
_MOST_A_YEAR = 20  # infections of the throat
_YEARS = range(2000, 2100)
_SORE_THROAT = re.compile(r"tonsill?it|halsbet|halsinf|mandelbet|strepto", re.I)
_DATES = re.compile(r"(?:\b(20\d\d) ?[:–-]? ?)?((?:\b[0-3]?\d[./](?:1[0-2]|0?[1-9])\b(?![./]\d)(?:,| og)?\s?){3,})")
_YEARS_AGO = {"år": 0, "fjor": 1, "forfjor": 2}


def audiogram(text: str) -> list[Measurement]:
    """How much worse one ear hears, and a loss of the better: `hø 20-25-40, ve 15-15-20`; lines, `hø: 40 dB`."""
    found = [row for row in _THRESHOLDS.finditer(text) if all(int(db) % 5 == 0 for db in re.findall(r"\d+", row[2]))]
    rows = {"h" if row[1].lower().startswith(("h", "dx", "ad")) else "v": row for row in found or _LINES.finditer(text)}
    if len(rows) < len("hv"):
        return []
    ears = ([float(db) for db in re.findall(r"\d+", rows[side][2])] for side in "hv")
    right, left = (sum(ear) / len(ear) for ear in ears)
    place = Evidence(*sorted((rows["h"].start(), rows["v"].start())))
    measured = (("hearing_difference_db", abs(right - left), 0), ("hearing_loss_db", min(right, left), _HEARS_DB))
    return [Measurement(name, round(db, 1), place, "dB") for name, db, above in measured if db >= above]


def sore_throats(text: str) -> list[Measurement]:
    """`Halsbetennelser 2024: 14/1, 2/3, 20/5`, by year, or `14/1, 20/2, 3/4 i år`: as many as their dates."""
    dates = _DATES.search(text) if _SORE_THROAT.search(text) else None
    if dates is None:
        return []
    found = [(int(row[1] or 0), len(re.findall(r"\d+[./]\d+", row[2]))) for row in _DATES.finditer(text)]
    counts = [count for _, count in sorted(found, reverse=True)]
    told = [("tonsillitis_episodes", counts[0])]
    told += [("tonsillitis_two_years", min(counts[:2]))] * (len(counts) > 1)
    told += [("tonsillitis_three_years", min(counts[:3]))] * (len(counts) > len(told))
    return [Measurement(name, float(count), Evidence(*dates.span(2)), "per år") for name, count in told]


def risen(text: str) -> Iterator[Measurement]:
    """`2018: 2,1 mm`, then `nå 4,3 mm`; `Kmax 2023 OD 48,1 OS 46`, `i dag OD 51,2 OS 46`: from first to last."""
    for measure, size in (("growth_mm", _MILLIMETRES), ("kmax_growth", _DIOPTRES))[: 1 + bool(_CURVATURE.search(text))]:
        if (place := size.search(text)) is None:
            continue
        told: defaultdict[int, list[float]] = defaultdict(list)
        for line in re.split(r"[.] |\n", _UP_TO.sub(r"\1→ nå ", text)):
            when = _UNDATED
            for clause in _CLAUSES.split(line):
                if times := _WHEN.findall(clause):
                    when = _TOLD_NOW if any(now for now, _ in times) else int(times[0][1] or 0)
                told[0 if clause.endswith("→") else when] += (float(n.replace(",", ".")) for n in size.findall(clause))
        times = sorted(when for when, sizes in told.items() if sizes)
        if len(times) > 1 and times[0] < _UNDATED:
            grown = max(b - a for a, b in zip(told[times[0]], told[times[-1]], strict=False))
            yield Measurement(measure, round(grown, 1), Evidence(*place.span()), "")


def _month(word: str) -> int:
    """Of `12.11`."""
    return int(word.split(".")[1]) if "." in word else 0


class SentenceValues(Eyes, Weights, Durations):
    """The numbers of one sentence with what they measure."""

    def measurements(self, matches: list[Match]) -> list[Measurement]:
        """Every value beside a label, and the change of weight."""
        if not self._has_quantity:
            return []
        found: list[Measurement] = []
        labels = {(m.first, m.end, measure): m for m in matches for measure in m.term.measures}
        self._told, self._told_of = dict[int, int](), dict[Evidence, int]()
        self._labelled = {first for first, _, of in labels if "needs_unit" not in self.known.measures[of]}
        longest = {i: 0 for first, end, _ in labels for i in range(first, end)}
        for first, end, _ in labels:
            longest.update((i, end - first) for i in range(first, end) if longest[i] < end - first)
        self._paired = self._together(sorted(place[:2] for place in labels if place[1] - place[0] >= longest[place[0]]))
        for (first, end, measure), match in labels.items():
            if end - first < longest[first]:
                continue  # «Hb» in «F-Hb» is no haemoglobin
            if measure in OF_EACH_EYE:
                found += self._by_side(first, end, measure)
            else:
                found += self._beside(match, measure)
        found = self._without_older(found)
        named = {measure for _, _, measure in labels}
        if self.words[self.first : self.end] in (["#"], ["#", "."]) and 38 <= (self._number(self.first) or 0) <= 42:
            found.append(self._measurement("temperature", self._number(self.first) or 0, self.first, self.first + 1))
        found += self._hearing_difference()
        seen = any(m.measure.startswith("visus") for m in found)  # a chart may be named last: `0,3 med venstre på HOTV`
        if not seen and (at := next(filter(self._is_sight, range(self.first, self.end)), None)):
            found += self._by_side(at, at, "visus")
        elif named.isdisjoint(("visus", "iop")) and (at := self._unnamed_pressure()) is not None:
            found += self._by_side(at, at, "iop")
        found += [*self._own(found), *self._pressures(found, labelled="systolic" in named)]
        return [*found, *self._weight_change(), *self._stools(), *self._yearly(), *self._field(), *self._age()]

    def _together(self, labels: list[tuple[int, int]]) -> dict[int, int]:
        """Where the value of each label stands in `Hb/ferritin 9,8/6`, «Hb, SR og ferritin hhv. 9,8, 12 og 6»."""
        paired: dict[int, int] = {}
        starts, text = self.document.starts, self.document.text
        for name, value in columns(text[starts[self.first] : self.document.ends[self.end - 1]]):
            first, below = (bisect_left(starts, starts[self.first] + place) for place in (name, value))
            paired |= {label: below for label, _ in labels if first <= label < below and label not in paired}
        labels = [] if paired else labels
        row = labels[:1]
        for label in (*labels[1:], (-1, -1)) if labels else ():
            (_, last), (first, _) = row[-1], label
            if first == last + 1 and self.lower[last] in _LISTING:
                row.append(label)
                continue
            listed = "," in {self.lower[end] for _, end in row[:-1]} and self.lower[last] not in {":", *_IN_TURN}
            at = None if listed else self._next_number(last, self.known.between | _IN_TURN, reach=_REACH)
            places = [at] if at and len(row) > 1 else []
            while places and (step := self._step(places[-1], _LISTING)):
                places.append(places[-1] + step)
            paired |= dict(zip((first for first, _ in row), places, strict=True)) if len(places) == len(row) else {}
            row = [label]
        return paired

    def _own(self, found: list[Measurement]) -> list[Measurement]:
        """«tTG under 1 hos søsteren, pasientens egen er 98»: after another's value, the patient's own."""
        own = (i + 2 for i in range(self.first, self.end - 2) if self.words[i] == "egen" and found)
        places = (i for i in own if self.words[i - 1] in IS and self.words[i] == "#")
        said = [(i, self._in_range(i, self.known.measures[found[-1].measure])) for i in places]
        return [self._measurement(found[-1].measure, value, i, i + 1) for i, value in said if value is not None]

    def _pressures(self, found: list[Measurement], *, labelled: bool) -> Iterator[Measurement]:
        """`140/80 mmHg`, «BT liggende 140/80, stående 95/60»: a pair of numbers without a name of its own."""
        entry, told = self.known.measures["systolic"], {m.evidence.end for m in found}
        said, above = ([], 0) if labelled else (["mmhg", "hg"], self.known.measures["iop"]["range"][1])
        for i in range(self.first, self.end - 2):
            pair = self.words[i : i + 3] == ["#", "/", "#"] and self.document.ends[i] not in told
            beside = {*self.lower[max(self.first, i - 5) : i], *self.lower[i + 3 : min(i + 5, self.end)]}
            value = self._in_range(i, entry) if pair and beside & {*said, *entry["postures"]} else None
            if value and value > above and (self._number(i + 2) or value) < value:
                yield self._measurement("systolic", value, i, i + 1)

    def tells_today(self) -> bool:
        """A word for now, and none for an earlier time after it."""
        known, told = self.known, False
        for i in range(self.first, self.end):
            told = self.lower[i] in known.now or (told and self.lower[i] not in known.before and not self._is_year(i))
        return told

    def dated(self, valued: list[Measurement]) -> set[Evidence]:
        """The places of the values, when a word or a year tells of an earlier time beside them."""
        words = range(self.first, self.end)
        return {
            m.evidence for m in valued if any(self.lower[i] in self.known.before or self._is_year(i) for i in words)
        }

    def of_today(self, measure: str) -> list[Measurement]:
        """«Hb 14,1 i vår. Nå 10,2.»: a number that a word for now leads to and that ends its part of the sentence is
        of the measure that the sentence before named."""
        at = next((i for i in range(self.first, min(self.first + _REACH, self.end)) if self.words[i] == "#"), None)
        if at is None or self._labelled or not self.known.now & {*self.lower[self.first : at]}:
            return []
        led = _LEADING | self.known.now | self.known.between
        value = self._in_range(at, self.known.measures[measure])
        ends = at + 1 == self.end or self.lower[at + 1] in (".", ",", ";")
        if value is None or not ends or not led.issuperset(self.lower[self.first : at]):
            return []
        return [self._measurement(measure, value, at, at + 1)]

    def _beside(self, label: Match, measure: str) -> Iterator[Measurement]:
        entry = self.known.measures[measure]
        places = self._times(label.first, label.end) if entry.get("before") else self._series(label, entry)
        values = [(i, v) for i in places if (v := self._in_range(i, entry)) is not None and self._fits(i, label, entry)]
        for i, value in values:
            told = self._told.get(i) or self._when(range(self._after_value(i), self._part_end(self._after_value(i))))
            past = i != values[-1][0] or _SOME_TIME_AGO < told < 12 * (self.year - 1) or self._normal_since(i, told)
            said = self._measurement(measure, value, min(label.first, i), max(label.end, i + 1), past=past)
            self._told_of[said.evidence] = told
            yield said

    def _without_older(self, found: list[Measurement]) -> list[Measurement]:
        """«Hb 13,4 i fjor, Hb i dag 9,1»: of two labels of one measure, today's tells that the other is past."""
        of_today = {m.measure for m in found if self._told_of.get(m.evidence, 0) >= _NOW}
        earlier = {m.evidence for m in found if m.measure in of_today and self._told_of.get(m.evidence, _NOW) < _LAST}
        return [replace(m, temporality=Temporality.HISTORICAL) if m.evidence in earlier else m for m in found]

    def _fits(self, i: int, label: Match, entry: Mapping[str, Any]) -> bool:
        """Neither «feber, 39 år gammel» nor «far tarmkreft, mor brystkreft 39 år»."""
        after = self.lower[label.end : min(i + 4, self.end)]  # of the same sentence
        if "stopped_by" in entry and re.search(entry["stopped_by"], " ".join(after)):
            return False
        if "preceded_by" in entry and i < label.first:
            return not {*self.words[max(self.first, i - 2) : i]}.isdisjoint(entry["preceded_by"])
        if "needs_unit" in entry:
            return any(w in entry["needs_unit"] for w in self.lower[max(0, i - 1) : i + 4])
        unit, *then = *self.words[i + 1 : min(i + 3, self.end)], ""
        return len(unit) == 1 or unit not in self.known.unit_weeks or then[:1] == ["#"]  # «Hb 9,8 uke 24»

    def _series(self, label: Match, entry: Mapping[str, Any]) -> list[int]:
        """Places of the number beside a label and of those that follow it in a series; a unit makes any words do."""
        loose = "needs_unit" in entry
        marks = [i for i in range(label.end, self.end - 1) if _SAMPLE.search(" ".join(self.lower[i - 1 : i + 2]))]
        if marks and "highest" in entry:
            places = [i + 2 + (self.lower[i + 2 : i + 3] in _COMPARING) for i in marks]
            numbers = [i for i in places if self.words[i : self.end][:1] == ["#"]]
            return sorted(numbers, key=lambda i: self._number(i) or 0)
        if label.first in self._paired:
            return [self._paired[label.first]]
        if (at := self._before(label, entry)) is not None and not loose:
            return [at - 2 * (self.lower[at - 1] == "/")]  # «39,1 i temp», «84/50 i BT», «14 poeng på ESS»
        start = self._after_unit(label.end + (self.lower[label.end : label.end + 1] == ["."]))
        between = None if loose else self.known.between.union(entry.get("between", ()))
        i = self._next_number(start, between, reach=_REACH if loose else _REACH_KNOWN)
        if loose:  # «gaper fire centimeter»
            ahead = (j for j in range(start, min(start + _REACH, self.end - 1)) if self.lower[j] in self.known.numbers)
            told = (j for j in ahead if self.lower[j + 1] in entry["needs_unit"] and self._in_range(j, entry))
            i = min(filter(None, (i, *told)), default=at)
        i = self._after_colon(start) or self._only_today(start) if i is None and not loose else i
        near = range(start, min(start + 2 * (i is None), self.end))  # to the numeral of `Bethesda: IV`
        i = next((j for j in near if self.lower[j] in entry.get("numerals", ())), i)
        if i is None:
            return []
        highest = "highest" in entry and self._when(range(start, i)) < _NOW
        if len(row := self._row(i)) > 1 or len(row := self._listed(i, highest=highest)) > 1:
            return row
        return self._by_time(label.first, start, i, entry["unit"])

    def _by_time(self, label: int, start: int, i: int, unit: str) -> list[int]:
        """The places of one label's values, today's last: `13,4 i mars, 9,1 nå`, `9,1 (13,4 i fjor)`."""
        before = [*range(max(self.first, label - 1 - (self.lower[label - 1] == ":")), label), *range(start, i)]
        between, told, series, apart = range(0), 0, list[int](), False
        postures = self.known.measures["systolic"]["postures"]  # each has a pressure of its own
        of_pairs = unit == "mmHg" and not {*postures} & {*self.lower[label : self.end]}
        for _ in range(_LONGEST_SERIES):
            behind = self._past_pair(i) if of_pairs else self._after_value(i)
            following = self._next_value(behind, unit)
            end = self._part_end(behind, following, self._when(before))
            time = self._when((*before, *range(behind, end)))
            if "→" in (gap := [self.lower[j] for j in between]) or not UNTIL.isdisjoint(gap[-2:]):
                time = max(time, _AFTERWARDS)
            vague = "→" not in gap and not {time, told}.isdisjoint((_LAST, _UNTOLD, _AFTERWARDS)) and time < _NOW
            if series and not self._are_known(between if vague or apart else before):
                break
            if series and "→" not in gap and (time in (told, _UNTOLD) or (apart and time < _NOW)):
                apart = True
            elif not series or time == told == _AFTERWARDS or self._is_after(told, time):
                series, told = [*series, i], time
            else:
                series = [i, *series]
            if following is None or not self._labelled.isdisjoint(range(i, following)):
                break
            before, between, i = [*range(end, following)], range(behind, following), following
        of_old = told == _SOME_TIME_AGO and "tidligere" in self.words[max(self.first, label - 1) : label]
        self._told[series[-1]] = told + of_old
        return series

    def _before(self, label: Match, entry: Mapping[str, Any]) -> int | None:
        """The number of «39,1 i temp», «14 poeng på ESS», «40 dB tap», «far, 48 år, med tarmkreft»."""
        units = entry.get("needs_unit") or (("poeng", "på") if entry["unit"] == "poeng" else ("i",))
        near = range(label.first - 2, max(self.first, label.first - 2 - entry.get("before_by", 0)) - 1, -1)
        return next((i for i in near if self._quantity(i) is not None and self.lower[i + 1] in units), None)

    def _past_pair(self, i: int) -> int:
        """Behind `140` and what stands with it in `140/80`."""
        return i + 1 + 2 * (self.words[i + 1 : min(i + 3, self.end)] == ["/", "#"])

    def _listed(self, i: int, *, highest: bool) -> list[int]:
        """`14,1 - 12,9 - 10,6`, «synkende: 14,1, 12,9, 10,6»: of three or more the last is today's; `<4, <4, 88`: of
        several samples of one time the highest comes last."""
        row, between = [i], _DASH if _TREND.isdisjoint(self.lower[i - 2 : i]) else _DASH | {","}
        while row[-1] + 2 < self.end and (step := self._step(row[-1], _LISTING if highest else between)):
            row.append(row[-1] + step)
        return sorted(row, key=lambda j: self._quantity(j) or 0) if highest else row if len(row) > len("ab") else [i]

    def _step(self, i: int, between: frozenset[str]) -> int:
        """Tokens to the next number, past a sign and a comparator; 0 where something else stands."""
        j = i + 2 + (self.lower[i + 2 : i + 3] in _COMPARING)
        ends = j >= self.end or self._number(j) is None or self._is_year(j) or j in self._named_days
        timed = self.words[j + 1 : j + 2] and self.words[j + 1] in self.known.unit_weeks  # `F-Hb 4, 88 år`
        return 0 if ends or timed or self.lower[i + 1] not in between else j - i

    def _after_unit(self, start: int) -> int:
        """Behind the unit or range of `Hb (g/dL) 9,8`, and the frequencies of `PTA 0,5-4 kHz: 72 dB`."""
        ahead = self.lower[start : min(start + 2 * _REACH, self.end)]
        hertz = next((n for n, word in enumerate(ahead) if word in _HERTZ), None)
        if hertz is not None and "db" not in ahead[:hertz]:
            return start + hertz + 1
        if headed := _HEADED.match(self.document.text, self.document.ends[start - 1]):
            return bisect_left(self.document.starts, headed.end())
        if ahead[:1] != ["("] or ")" not in ahead[:_REACH]:
            return start
        close = start + ahead.index(")")
        return start if "#" in self.words[start:close] else close + 1

    def _row(self, i: int) -> list[int]:
        """The columns of `Hb   14,6   10,9`, when the heading says that the last is today's; else the first."""
        ends, starts, text = self.document.ends, self.document.starts, self.document.text
        row = [i]
        while row[-1] + 1 < self.end and _COLUMNS.fullmatch(text[ends[row[-1]] : starts[row[-1] + 1]]):
            if self._number(row[-1] + 1) is None:
                break
            row.append(row[-1] + 1)
        if len(row) == 1:
            return row
        headings = (self._columns(line) for line in text[: starts[i]].splitlines()[:-_LONGEST_TABLE:-1])
        columns = next((months for months in headings if months), [])
        return row if len(columns) > 1 and max(columns) == columns[-1] else [i]

    def _columns(self, line: str) -> list[int]:
        """The months that head a table: `juni   sept   nov`, `mars-25   nå`; today's is the greatest."""
        said = [word for word in _WORDS_AND_DATES.findall(line.lower()) if word not in ("i", "en")]
        months = {**self.known.months, **dict.fromkeys(self.known.now, _TODAY)}
        known = [months.get(word) or _month(word) for word in said]
        return [month for month in known if month]

    def _next_number(self, start: int, between: frozenset[str] | None, *, reach: int = _REACH) -> int | None:
        for i in range(start, min(start + reach, self.end)):
            if self._is_year(i) or i in self._named_days or self._is_tail(i):
                continue
            if self._number(i) is not None and not self._is_repeat(i):
                return i
            if between is not None and self.lower[i] not in between and self.lower[i] not in COMPARATORS:
                return None
        return None

    def _after_colon(self, start: int) -> int | None:
        """`Kalprotektin, to prøver med tre ukers mellomrom: 640`: the number at a colon that no other label claims."""
        ahead = range(start, min(start + 2 * _REACH, self.end - 1))
        at = next((i for i in ahead if self.lower[i] in (":", ";") or i in self._labelled), self.first)
        value = at + 1 + (self.lower[at + 1] in COMPARATORS)
        told = self.lower[at] == ":" and value < self.end and "ikke" not in self.words[start:at]
        return value if told and self._number(value) is not None else None

    def _is_year(self, i: int) -> bool:
        """`F-Hb positiv i 2019`, `(2019)`, `2019: 9,8`."""
        value = i + 1 + (self.lower[i + 1 : i + 2] == [":"])
        told = i < self.end and (self.lower[i - 1] in ("i", "(") or self.words[value : value + 1] == ["#"])
        return told and FIRST_YEAR <= (self._number(i) or 0) <= UNDATED_YEAR

    @cached_property
    def _named_days(self) -> Mapping[int, int]:
        """The month of each day that the sentence names, by the places of its numbers."""
        months, starts = self.known.months, self.document.starts
        named = [i for i in range(self.first, self.end - 3) if self.lower[i + 1] == "." and self.words[i] == "#"]
        days = {i: months[self.lower[i + 2]] for i in named if self.lower[i + 2] in months}
        text = self.document.text
        for day in _DAY.finditer(text, starts[self.first], self.document.ends[self.end - 1]):
            whole = len(day["month"]) > 1 or day["sign"] == "/" or text[day.end() : day.end() + 1] == ")"
            led = whole and _LEADS_DAY.search(text, max(0, day.start() - len("dato. ")), day.start())
            if led or day["year"] or day["leads"] is not None:
                month = int(day["month"]) + (12 * (2000 + int(day["year"][-2:])) if day["year"] else 0)
                first, end = (bisect_left(starts, place) for place in day.span())
                days.update(dict.fromkeys(range(first, end), month))
        return days

    def _when(self, places: Iterable[int]) -> int:
        """The time that words beside a value tell of: `i mars`, `14.11.25`, `i 2019`, `for to år siden`, «nå»."""
        told = _UNTOLD
        for i in sorted(places, key=lambda i: self.lower[i] not in self.known.now):
            word = self.lower[i]
            if word in self.known.now and self.lower[i - 1 : i + 1] != ["første", "dag"]:
                return _NOW + (word != "dag")
            if month := self._named_days.get(i) or self.known.months.get(word, 0):
                years = (n for j in range(i + 1, min(i + 3, self.end)) if (n := self._number(j)) in _YEARS)
                return month + 12 * int(next(years, 0) or 0)
            since = self.words[i + 1 : i + 2] == ["siden"] and self.words[i] in self.known.unit_weeks
            ago = (self._quantity(i - 1) or 1) if since and self.words[i] == "år" else _YEARS_AGO.get(word, 0)
            if ago or self._is_year(i):
                return 12 * int(self.year - ago if ago else self._number(i) or 0)
            if since or word in _EARLIER or (word in self.known.before and word not in self.known.later):
                told = _LAST if word in ("sist", "går") else _SOME_TIME_AGO
            elif told == _UNTOLD and word in self.known.later:
                told = _AFTERWARDS
        return told

    def _is_after(self, told: int, other: int) -> bool:
        """Whether the second time is the later; a month without a year is of this one."""
        one, two = (month + 12 * self.year * (month < _SOME_TIME_AGO) for month in (told, other))
        return is_later(told, other) if max(told, other) < _SOME_TIME_AGO else two > one

    def _part_end(self, start: int, following: int | None = None, before: int = _UNTOLD) -> int:
        """Where the words that belong to a number end: past its bracket, or at the first sign."""
        reach = range(start, following or min(start + _REACH, self.end))
        stop = next((i for i in reach if i in self._labelled), reach.stop)
        words = self.lower[start:stop]
        if ")" in words:
            return start + words.index(")") + 1
        of_next = following and not {":", "tidligere", *self.known.now, *_EARLIER}.isdisjoint(words[-1:])
        end = start if following and before < _LAST else stop - 1 if of_next else stop
        return next((i for i in range(start, stop) if self.lower[i] in self.known.ends_part), end)

    def _after_value(self, i: int) -> int:
        """The place after a number, also one of two tokens (`1 240`)."""
        return i + 1 + self._is_tail(i + 1)

    def _next_value(self, start: int, unit: str) -> int | None:
        """The next number that may be of the same label: past «for 3 mnd siden», and not `82 kg`, `/80`, `-45`."""
        i = self._next_number(start, None, reach=_TODAY_AFTER)
        if i is not None and not self.known.unit_weeks.keys().isdisjoint(self.words[i + 1 : i + 2]):
            i = self._next_number(i + 1, None, reach=_TODAY_AFTER)
        if i is None or (i == start + 1 and self.lower[start] in ("/", "-")) or self.words[i - 1] == "x":
            return None
        other = {*self.known.foreign, *self.known.unit_weeks} - {unit}
        return i if other.isdisjoint(self.words[i + 1 : i + 2]) else None

    def _are_known(self, places: Iterable[int]) -> bool:
        """Whether the words tell of nothing but the value and its time."""
        known = self.known
        told = (known.between, known.now, known.before, known.months, known.later, _EARLIER, known.beside)
        words = {"#", *known.normal}.union(*told)
        return all(self.lower[i] in words or self.words[i] in words for i in places)

    def is_normal_now(self) -> bool:
        """«Nå normal.»: of what the sentence before measured."""
        return not self._labelled and self._normal_since(self.first, _UNTOLD)

    def _normal_since(self, start: int, told: int) -> bool:
        """`640 i mai, nå normal`, `8 i vår, etter jern normal`: behind a value of that time."""
        ahead = (i for i in range(start, self.end) if i in self._labelled or self.words[i] in self.known.normal)
        at = next(ahead, self.end)
        if at == self.end or at in self._labelled:
            return False
        end = next((i for i in range(at + 1, self.end) if self.lower[i] in self.known.ends_part), self.end)
        first = max((i + 1 for i in range(start, at) if self.lower[i] in self.known.ends_part), default=start)
        led = (i for i in range(first, end) if self.lower[i - 1] != "etter")
        return self._are_known(led) and self._is_after(told, self._when((*range(first, end),)))

    def _times(self, label_first: int, label_end: int) -> list[int]:
        """The number before what is counted, `tre halsbetennelser`, or after it, `halsbetennelse sju ganger`, `x 7`."""
        before = [
            i
            for i in range(max(self.first, label_first - 4), label_first)
            if self._quantity(i) is not None
            and self.words[i - 1] not in ("hvor", "dag")  # `hvor mange tonsillitter`, `dag tre av tonsillitt`
            and self.words[i + 1] not in (*self.known.unit_weeks, "åring", "mm")  # «tre dager etter halsbetennelse»
        ]
        value = next((i + 1 for i in range(label_end, self.end - 1) if self.lower[i] == ":"), None)
        if value and (self.words[value] == "#" or (self._quantity(value) or 0) > 1 or self._is_alone(value)):
            return [value]  # `tonsillitter siste 12 mnd: åtte`
        after = [i for i in range(label_end, min(label_end + 3, self.end - 1)) if self._quantity(i) is not None]
        return (
            before[-1:] or [i for i in after if self.words[i + 1] in ("gang", "siste") or self.words[i - 1] == "x"][:1]
        )

    def _is_alone(self, i: int) -> bool:
        """`siste 12 mnd: én`, `: ein (mars)`: a number, and no article."""
        return self._quantity(i) == 1 and (i + 1 >= self.end or self.words[i + 1] in (".", "(", ",", ";"))

    def _side_in_turn(self, i: int) -> str | None:
        """`hø/ve 25/60`: the first number is the first side's, the second the second's."""
        second = self.lower[i + 1 : i + 2] != ["/"]
        at = [j for j in range(max(self.first, i - 9), i - 2 * second) if self.words[j] not in (*":.()", "øre")][-3:]
        of_two = len(at) > 2 and self.lower[at[1]] == "/" and self._side(at[0]) and self._side(at[2])
        return self._side(at[2 * second]) if of_two else None

    def _stools(self) -> Iterator[Measurement]:
        """`ti ganger på do i døgnet`, `6-8 løse per døgn`: the number stands before what is counted."""
        if _STOOLS.isdisjoint(self.words[self.first : self.end]):
            return
        for i in range(self.first, self.end):
            # `antall tømminger siste døgn: tolv`
            listed = "antall" in self.lower[self.first : i] and self.lower[i - 1] in _EACH_DAY | {":"}
            times = (
                listed
                or not _ON_THE_STOOL.isdisjoint(self.words[i + 1 : i + 2])
                or (self.words[i - 1] == "x" and self.known.unit_weeks.keys().isdisjoint(self.words[i + 1 : i + 2]))
                or _A_DAY.match(" ".join(self.lower[i + 1 : i + 3])) is not None
            )
            if not times:
                continue
            first, at = self.first if listed else i, self._only_today(i + 2) or i
            count = self._quantity(at) or number(self.lower[at])
            daily = self.words[i - 2 : i] == ["avføring", "x"] or not _EACH_DAY.isdisjoint(self.lower[first : i + 8])
            if count is not None and 1 <= count <= 60 and daily:
                yield self._measurement("stools_per_day", count, first, min(i + 2, self.end))

    def _only_today(self, start: int) -> int | None:
        """The number of «tolv ganger første døgnet, nå fire», «normal i fjor, nå 640», unless another label's."""
        told = (j for j in range(start, self.end) if self.lower[j - 1] in self.known.now and self._quantity(j))
        told = (j for j in told if self._labelled.isdisjoint(range(start + 1, j)))
        return next((j for j in told if {*self.words[(k := self._past_pair(j)) : k + 1]} <= _BEHIND_TODAYS), None)

    def _yearly(self) -> Iterator[Measurement]:
        """`fem i 2023, 6 ganger i 2024`, `2025: 5`, `6 i fjor`: the fewest in any of the last two years, and three."""
        marks = [i for i in range(self.first + 1, self.end - 1) if self.lower[i] in ("i", ":", "-")]
        before = [(i - 1 - (self._quantity(i - 1) is None), i + 1) for i in marks]
        after = [(i + 1, i - 1) for i in marks if self.lower[i] == ":"]
        counts: dict[float, float] = {}
        for at, of in (*before, *after):
            ago = _YEARS_AGO.get(self.lower[of]) if self.words[of - 1] == "i" else None
            year = self._number(of) if ago is None else self.year - ago
            count = self._quantity(at) if at >= self.first else None
            if count and count <= _MOST_A_YEAR and year is not None and year in _YEARS:
                counts[year] = count
        latest = [counts[year] for year in sorted(counts, reverse=True)]
        for years, measure in ((2, "tonsillitis_two_years"), (3, "tonsillitis_three_years")):
            if len(latest) >= years:
                yield self._measurement(measure, min(latest[:years]), marks[0] - 1, marks[-1] + 2)

    def _hearing_difference(self) -> Iterator[Measurement]:
        """`ve. PTA 46 dB, hø. PTA 48 dB`, `venstre 60 dB, høyre normal`: between the ears, when both are told."""
        if _IN_DECIBELS.isdisjoint(said := self.lower[self.first : self.end]) or _THRESHOLDS.search(" ".join(said)):
            return  # the first of `20-25-40-60` is no mean
        by_ear: dict[str, tuple[float, int]] = {}
        side, loss = None, None
        for i in range(self.first, self.end):
            side = self._side(i) or side
            if self.lower[i + 1 : i + 2] == ["%"]:
                break  # `tale høyre 92 % ved 65 dB`
            value = _NORMAL_DB if self.words[i] in _NORMAL else self._number(i)
            side = self._side_in_turn(i) or self._side_after(i) or side
            loss = (value, i) if value is not None and self.lower[i + 1 : i + 2] == ["db"] else loss
            if loss and side in ("right", "left") and self._side(i) and self.words[i - 1] in ("kun", "bare"):
                by_ear.setdefault(side, loss)  # «tap 45–55 dB, kun ve»
            if side in ("right", "left") and side not in by_ear and value is not None and value <= _LOUDEST_DB:
                by_ear[side] = value, i
        if len(by_ear) == len(("right", "left")):
            (one, first), (other, end) = by_ear.values()
            yield self._measurement("hearing_difference_db", abs(one - other), first, end + 1)

    def _side_after(self, i: int) -> str | None:
        """`15 dB høyre`: the ear that is named after its value, when another value follows."""
        after = i + 1 + (i + 1 < self.end and self.lower[i + 1] == "db")
        after = next((j for j in range(after, self.end) if self.words[j] not in ("på", "i", "(", "tapt")), self.end)
        if self.words[i] != "#" or after >= self.end or self._side(after) is None:
            return None
        then = after + 1 + (self.words[after + 1 : after + 2] in (["."], ["øre"], ["side"]))
        return None if self.words[then : min(then + 1, self.end)] in (["#"], [":"]) else self._side(after)

    def _field(self) -> Iterator[Measurement]:
        """`MD -9,4 dB, var -3,1 dB i fjor`, `MD fra -3,1 til -9,4`: how far the mean deviation has fallen."""
        text = self.document.text[: self.document.ends[self.end - 1]]
        for told in _MEAN_DEVIATION.finditer(text, self.document.starts[self.first]) if "md" in self._said else ():
            one, other = (float(told[n].replace(",", ".")) for n in (1, 3))
            fallen = other - one if told[2].lower() == "til" else one - other
            yield Measurement("field_loss_db", round(fallen, 1), Evidence(*told.span()), "dB")

    def _age(self) -> Iterator[Measurement]:
        """`elleve dager gammel`: an infant's age is told in the text."""
        for i in range(self.first + 1, self.end - 1):
            if self.words[i + 1 + (self.lower[i + 1 : i + 3] == [".", "gammel"])] not in OLD:
                continue
            count, weeks = self._quantity(i - 1), self.known.unit_weeks.get(self.words[i])
            if count is not None and weeks is not None:
                yield self._measurement("age_weeks", round(count * weeks, 1), i - 1, i + 1)
