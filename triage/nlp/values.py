"""Numbers with what they measure: laboratory values, hearing, sight and pressure.

A value is looked for beside its label, within one sentence, past the words that people put between (`Hb var 9,8`). In
a series (`13,1 → 10,2`, `fra 64 til 60 kg`) the last number is the current one. A number outside the measure's range is
something else and is left alone. Labels, units and ranges are in `measures.yaml`, words for numbers and time in
`quantities.yaml`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from triage.domain.finding import Evidence, Measurement
from triage.nlp.durations import Durations
from triage.nlp.eyes import OF_EACH_EYE, Eyes
from triage.nlp.lexicon import Match
from triage.nlp.quantities import COMPARATORS, FIRST_YEAR, IS, OLD, UNDATED_YEAR, UNTIL, is_later, number
from triage.nlp.weight import Weights

_DAY_OF_A_VALUE = re.compile(r"[0-3]?\d / (1[0-2]|0?[1-9]) (?:[:)=]|\d.*)")
_LEADING = frozenset(("den", "det", "verdien", "nivået"))  # «i dag er den 13,4»
_COMPARING = [[sign] for sign in COMPARATORS]
_DASH, _LISTING = frozenset(("-",)), frozenset((",", "og", "/", "-", ";"))  # between values of one measure
_JOINING, _IN_TURN = frozenset(("/", "og")), frozenset(("hhv", "hhv.", "henholdsvis"))
_REACH = 6  # tokens between a label and its number
_SAMPLE = re.compile("(?<!x) [1-9] :$")  # `F-Hb 1: neg, 2: <4, 3: 148`
_COLUMNS = re.compile(r"[ \t]{2,}|\t")
_WORDS_AND_DATES = re.compile(r"[a-zæøå]+|\d{1,2}\.\d{1,2}\b")
_TODAY = 13  # after all months
_LONGEST_TABLE = 12  # lines from the heading to a row
_REACH_KNOWN = 9  # and when each of them is one that may stand there
_TODAY_AFTER = 16  # tokens from the first number of a series to today's
_STOOLS = frozenset(
    ("tømming", "tømm", "tarm", "avføring", "do", "toalett", "diar", "diaré", "løs", "laus", "tynn", "blodig", "vandig")
)
_ON_THE_STOOL = _STOOLS | {"toilet", "gang", "x", "tur"}
_MEAN_DEVIATION = re.compile(
    r"\b(?:MD|O[DS])\W{1,3}(?:fra )?\W?(\d+[.,]?\d*)(?: ?dB)?[^\d\n]{0,12}?"
    r"\b(til|var|mot|fra|sist|20\d\d)\b[^\d\n]{0,9}?(\d+[.,]?\d*)",
    re.I,
)
_EACH_DAY = frozenset(("døgn", "døgnet", "daglig", "dagleg", "dagen", "d", "dgl", "dagl"))
_A_DAY = re.compile(r"g /|(?:i|om|per|pr) (?:døgn|dag|d$)")
_LOUDEST_DB = 120
_HERTZ = frozenset(("hz", "khz"))
_IN_DECIBELS = frozenset(("db", "desibel", "pta", "rta", "snitt", "tonsnitt", "rentonesnitt", "audiogram", "terskler"))
_THRESHOLDS = re.compile(
    r"(?<![\w.])(h|hø|høyre|høgre|v|ve|venstre)\b[^\d\n]{0,12}?(?:\d[\d ,/–k-]*(?:k?hz|:)\W?)?"
    r"((?:[ \t(:,/|–-]+\d{1,3}\b){3,9})(?![\d ,/–k-]*hz)",
    re.I,
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
    """How much worse one ear hears than the other, and a loss of the better, in dB; from multiples of five."""
    found = (row for row in _THRESHOLDS.finditer(text) if all(int(db) % 5 == 0 for db in re.findall(r"\d+", row[2])))
    rows = {"h" if row[1][0] in "hH" else "v": row for row in found}
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
        self._labelled = {first for first, _, _ in labels}
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
        named = {measure for _, _, measure in labels}
        if self.words[self.first : self.end] in (["#"], ["#", "."]) and 38 <= (self._number(self.first) or 0) <= 42:
            found.append(self._measurement("temperature", self._number(self.first) or 0, self.first, self.first + 1))
        found += self._hearing_difference()
        seen = any(m.measure.startswith("visus") for m in found)  # a chart may be named last: `0,3 med venstre på HOTV`
        if not seen and (at := next(filter(self._is_sight, range(self.first, self.end)), None)):
            found += self._by_side(at, at, "visus")
        elif not named and (head := self._listed_under()):
            found += self._by_side(self.first, self.first, head)
        elif named.isdisjoint(("visus", "iop")) and (at := self._unnamed_pressure()) is not None:
            found += self._by_side(at, at, "iop")
        found += self._own(found)
        return [*found, *self._weight_change(), *self._stools(), *self._yearly(), *self._field(), *self._age()]

    def _together(self, labels: list[tuple[int, int]]) -> dict[int, int]:
        """Where the value of each label stands in `Hb/ferritin 9,8/6`, «Hb og ferritin hhv. 9,8 og 6»."""
        for (first, end), (other, last) in pairwise(labels):
            joined = other == end + 1 and self.lower[end] in _JOINING
            at = self._next_number(last, self.known.between | _IN_TURN, reach=_REACH) if joined else None
            if at is not None and (step := self._step(at, _JOINING)):
                return {first: at, other: at + step}
        return {}

    def _own(self, found: list[Measurement]) -> list[Measurement]:
        """«tTG under 1 hos søsteren, pasientens egen er 98»: after another's value, the patient's own."""
        own = (i + 2 for i in range(self.first, self.end - 2) if self.words[i] == "egen" and found)
        places = (i for i in own if self.words[i - 1] in IS and self.words[i] == "#")
        said = [(i, self._in_range(i, self.known.measures[found[-1].measure])) for i in places]
        return [self._measurement(found[-1].measure, value, i, i + 1) for i, value in said if value is not None]

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
        values = [(i, v) for i, v in ((i, self._in_range(i, entry)) for i in places) if v is not None]
        if "needs_unit" in entry:
            values = [(i, v) for i, v in values if any(w in entry["needs_unit"] for w in self.lower[i - 1 : i + 4])]
        for i, value in values:
            past = i != values[-1][0] or self._is_of_past_year(i + 1)
            yield self._measurement(measure, value, min(label.first, i), max(label.end, i + 1), past=past)

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
        if label.first - 2 >= self.first and self.words[label.first - 2 : label.first] == ["#", "i"] and not loose:
            return [label.first - 2 - 2 * (self.lower[label.first - 3] == "/")]  # «39,1 i temp», «84/50 i BT»
        start = self._after_unit(label.end)
        i = self._next_number(start, None if loose else self.known.between, reach=_REACH if loose else _REACH_KNOWN)
        if loose:  # «gaper fire centimeter»
            ahead = (j for j in range(start, min(start + _REACH, self.end - 1)) if self.lower[j] in self.known.numbers)
            told = (j for j in ahead if self.lower[j + 1] in entry["needs_unit"])
            i = min(filter(None, (i, *told)), default=None)
        i = self._after_colon(start) or self._only_today(start) if i is None and not loose else i
        if i is None:
            return []
        if len(row := self._row(i)) > 1 or len(row := self._listed(i, highest="highest" in entry)) > 1:
            return row
        series = [i]
        while (n := self._next_number(series[-1] + 1, None, reach=7)) and self._goes_on(series[-1] + 1, n):
            series.append(n)
        today = self._todays(i + 1) if len(series) == 1 else None
        return series if today is None else [i, today]

    def _listed(self, i: int, *, highest: bool) -> list[int]:
        """`14,1 - 12,9 - 10,6`: three or more with a dash between, the last of them today's; `<4, <4, 88`: of several
        samples of one time the highest comes last."""
        row = [i]
        while row[-1] + 2 < self.end and (step := self._step(row[-1], _LISTING if highest else _DASH)):
            row.append(row[-1] + step)
        return sorted(row, key=lambda j: self._quantity(j) or 0) if highest else row if len(row) > len("ab") else [i]

    def _step(self, i: int, between: frozenset[str]) -> int:
        """Tokens to the next number, past a sign and a comparator; 0 where something else stands."""
        j = i + 2 + (self.lower[i + 2 : i + 3] in _COMPARING)
        ends = j >= self.end or self._number(j) is None or self._is_year(j) or self._month_of(j) > 0
        timed = self.words[j + 1 : j + 2] and self.words[j + 1] in self.known.unit_weeks  # `F-Hb 4, 88 år`
        return 0 if ends or timed or self.lower[i + 1] not in between else j - i

    def _after_unit(self, start: int) -> int:
        """Behind the brackets of `Hb (g/dL) 9,8`, and the frequencies of `PTA 0,5-4 kHz: 72 dB`."""
        ahead = self.lower[start : min(start + 2 * _REACH, self.end)]
        hertz = next((n for n, word in enumerate(ahead) if word in _HERTZ), None)
        if hertz is not None and "db" not in ahead[:hertz]:
            return start + hertz + 1
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

    def _todays(self, start: int) -> int | None:
        """Today's number further on in the series: `13,1 før, 10,4 første dag, i går 9,6, i dag 7,9`."""
        for i in range(start, min(start + _TODAY_AFTER, self.end - 1)):
            if i in self._labelled:
                return None
            if self.lower[i] in self.known.now and self._number(i + 1) is not None:
                return i + 1
        return None

    def _next_number(self, start: int, between: frozenset[str] | None, *, reach: int = _REACH) -> int | None:
        for i in range(start, min(start + reach, self.end)):
            if self._is_year(i) or any(map(self._month_of, range(i - 2, i + 1))):
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
        told = i < self.end and (self.lower[i - 1] in ("i", "(") or self.words[i + 1 : i + 3] == [":", "#"])
        return told and FIRST_YEAR <= (self._number(i) or 0) <= UNDATED_YEAR

    def _is_of_past_year(self, start: int) -> bool:
        """`Hb 9,6 i 2017`, `Hb 9,6 i svangerskapet (2017)`; a year ago is not long ago for a value."""
        for i in range(start, min(start + _REACH, self.end)):
            if i in self._labelled or self.lower[i] in (",", ".", ";"):
                return False
            if self._is_year(i):  # `Hb 9,8 (i 2023: 13,5)` dates another
                return self.lower[i + 1 : i + 2] != [":"] and (self._number(i) or 0) < self.year - 1
        return False

    def _month_of(self, i: int) -> int:
        """Of the day that `10/12: 9,8`, `(3/11) 9,8` and `3. mai 9,8` begin with; 0 where no day stands."""
        here = self.lower[max(self.first, i) : min(i + 4, self.end)]
        told = _DAY_OF_A_VALUE.fullmatch(" ".join(here))
        return int(told[1]) if told else self.known.months.get(here[2], 0) if "." in here[1:2] and here[3:] else 0

    def _goes_on(self, start: int, following: int) -> bool:
        """Whether the number belongs to the same label: `Hb 12,1 → 9,4`, `Hb 9,6 (2019), 9,4 i dag`."""
        gap = self.lower[start:following]
        month = self._month_told(start, following)
        if month and is_later(month, self._month_of(following - 4) or self._month_told(following + 1, self.end)):
            return True  # `13,8 (feb), 10,1 (okt)`, `620 i august, 45 i oktober`, `3/5: 44, 2/9: 880`
        if not self._labelled.isdisjoint(range(start, following)):
            return False
        if "(" in gap:
            return self._is_of_past_year(start)
        after = self.lower[following + 1] if following + 1 < self.end else ""
        return "→" in gap or (not UNTIL.isdisjoint(gap) and len(gap) <= 2) or "nå" in gap or after in ("nå", "no")

    def _month_told(self, start: int, end: int) -> int:
        """Of the number that ends before `start`: `(okt)` or `i oktober` behind it, or the month or day before it."""
        opens, month, *_ = (*self.lower[start : min(start + 2, end)], "", "")
        behind = self.known.months.get(month, 0) if opens in ("(", "i") else 0
        before = self.lower[start - 2 - (self.lower[start - 2] in (":", ")"))]
        return behind or self._month_of(max(0, start - 5)) or self.known.months.get(before, 0)

    def _times(self, label_first: int, label_end: int) -> list[int]:
        """The number before what is counted, `tre halsbetennelser`, or after it, `halsbetennelse sju ganger`, `x 7`."""
        before = [
            i
            for i in range(max(self.first, label_first - 4), label_first)
            if self._quantity(i) is not None
            and self.words[i - 1] not in ("hvor", "dag")  # `hvor mange tonsillitter`, `dag tre av tonsillitt`
            and self.words[i + 1] not in self.known.unit_weeks  # «tre dager etter halsbetennelse»
        ]
        value = next((i + 1 for i in range(label_end, self.end - 1) if self.lower[i] == ":"), None)
        if value and (self.words[value] == "#" or (self._quantity(value) or 0) > 1 or self._is_alone(value)):
            return [value]  # `tonsillitter siste 12 mnd: åtte`
        after = [i for i in range(label_end, min(label_end + 3, self.end - 1)) if self._quantity(i) is not None]
        return before[-1:] or [i for i in after if self.words[i + 1] == "gang" or self.words[i - 1] == "x"][:1]

    def _is_alone(self, i: int) -> bool:
        """`siste 12 mnd: én`, `: ein (mars)`: a number, and no article."""
        return self._quantity(i) == 1 and (i + 1 >= self.end or self.words[i + 1] in (".", "(", ",", ";"))

    def _side_in_turn(self, i: int) -> str | None:
        """`hø/ve 25/60`: the first number is the first side's, the second the second's."""
        sides = (i - 1, i - 3) if self.lower[i + 1 : i + 2] == ["/"] else (i - 3, i - 5)
        of_two = sides[1] >= self.first and self.lower[sides[1] + 1] == "/" and all(map(self._side, sides))
        return self._side(i - 3) if of_two else None

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
        return next((j for j in told if self.words[j + 1 : j + 2] in ([], ["."], [","], [";"], ["gang"])), None)

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
        if _IN_DECIBELS.isdisjoint(self.lower[self.first : self.end]):
            return
        by_ear: dict[str, tuple[float, int]] = {}
        side, loss = None, None
        for i in range(self.first, self.end):
            side = self._side(i) or side
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
        after += after < self.end and self.words[after] in ("på", "i", "(")
        if self.words[i] != "#" or after + 1 >= self.end or self._side(after) is None:
            return None
        return None if self.words[after + 1] in ("#", ":") else self._side(after)

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
            if self.words[i + 1] not in OLD:
                continue
            count, weeks = self._quantity(i - 1), self.known.unit_weeks.get(self.words[i])
            if count is not None and weeks is not None:
                yield self._measurement("age_weeks", round(count * weeks, 1), i - 1, i + 1)
