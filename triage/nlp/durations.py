"""How long something has lasted, in weeks: `i tre uker`, `siden i høst`, `siden 12.11`."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from triage.nlp.grammar import NOT
from triage.nlp.quantities import COMPARATORS, FIRST_YEAR, OLD, WEEKS_A_YEAR, Numbers, number

_FOR = frozenset(("i", "gjennom", "over"))
_WEEKS_A_MONTH = WEEKS_A_YEAR / 12
_LONGER = 1.01
_DAYS_COUNTED = 30  # what is older is told in weeks
_BEFORE_A_COUNT = frozenset(("i", "per", "pr", "hver", "en", "neste", "samme", "om", "forrige", "til", "#"))
_AFTER_SURGERY = frozenset(("etter", "postop", "postoperativt", "efter"))
_TO_THE_TIME = 6  # tokens from `siden` to the meal or the years of a life
_TO_A_YEAR = 8  # tokens from `ikke` or `siden` to the year
# `siden operasjonen i 2019`, `en uke i 1996`
_SINCE_THEN = re.compile(r"(?:siden( [^,]+ i)?|\b(?:uke|dag|måned|gang|helg) i)$")
_LOOKED = frozenset(("kontroll", "øyekontroll", "undersøkt", "optiker", "optikar", "øyelege", "augelege", "lege"))
_DATE = re.compile(r"\d{1,2}\.\d{1,2}(\.(20)?\d\d)?")
_BOX = re.compile(r"(\[ *\]|\( *\)|[☐□])|[][()☑☒✓✔■]")  # the first group: nobody has ticked it


@dataclass(frozen=True, slots=True)
class Duration:
    """A stretch of time, in weeks, at tokens `first` up to `end`."""

    weeks: float
    first: int
    end: int


class Durations(Numbers):
    """How long what one sentence tells has lasted."""

    def durations(self) -> list[Duration]:
        """`siste 3 uker`, `i et halvt år`, `for to dager siden`, `siden i høst`."""
        if self.known.timed.isdisjoint(self._said):
            return []
        found = []
        unticked = self._unticked()
        for i in range(self.first, self.end):
            if unticked and any(first <= self.document.starts[i] < end for first, end in unticked):
                continue
            if self.words[i] in self.known.unit_weeks and i > self.first:
                weeks = self._counted(i - 1) or self._hyphened(i) or self._day(i) or self._since(i)
            else:
                weeks = self.known.spans.get(self.lower[i]) or self._since(i)
                if weeks and self.words[i + 1 : i + 2] == ["for"] and "siden" in self.words[i + 2 : i + 6]:
                    continue  # «i påsken for tre år siden» tells how long ago by the year only
            if weeks and not self._is_of_a_life(i) and not (weeks > 3 * _WEEKS_A_MONTH and self._is_unseen(i)):
                found.append(Duration(weeks, max(self.first, i - 1), i + 1))
        return [d for d in found if not any(self._is_exacter(other, d) for other in found)]

    def _is_exacter(self, told: Duration, season: Duration) -> bool:
        """`siden i høst, nærmere bestemt 5 uker`, `i 5 uker (siden i høst)`: the weeks told, not the season's."""
        between = self.lower[season.end : told.first] or self.lower[told.end : season.first]
        names = [self.lower[d.end - 1] in self.known.months for d in (told, season)]
        beside = between and not {w for w in between if not number(w)} - self.known.around - self.known.begun
        return bool(beside) and names == [False, True] and told.weeks * 3 >= season.weeks

    def _unticked(self) -> list[tuple[int, int]]:
        """`[x] under 1 uke [ ] over 4 uker`, `dager (x) år ( )`: what an empty box answers for."""
        start, end = self.document.starts[self.first], self.document.ends[self.end - 1]
        boxes = list(_BOX.finditer(self.document.text, start, end))
        if not any(box[1] for box in boxes):
            return []
        before, after = [start, *(box.end() for box in boxes)], [*(box.start() for box in boxes), end]
        label_first = boxes[-1].end() == end
        labels = zip(before, after, strict=True) if label_first else zip(before[1:], after[1:], strict=True)
        return [label for box, label in zip(boxes, labels, strict=False) if box[1]]

    def _is_of_a_life(self, i: int) -> bool:
        """`trailersjåfør gjennom 30 år`, `gift i førti år`: how long somebody has been something is no complaint's."""
        been, through, *_ = (*self.lower[max(self.first, i - 3) : i - 1], "", "")
        return self.words[i] == "år" and through in _FOR and been.endswith(self.known.occupations)

    def _is_unseen(self, i: int) -> bool:
        """`ikke vært hos optiker siden 2015`: how long nobody has looked is no complaint's."""
        first = max(self.first, i - _TO_A_YEAR)
        comma = next((j for j in range(i, first, -1) if self.lower[j] == ","), first)
        return not NOT.isdisjoint(self.words[comma:i]) and not _LOOKED.isdisjoint(self.lower[comma:i])

    def _counted(self, i: int) -> float | None:
        """A number before a unit of time, the upper end of `2-3 uker`; or `siste uke`."""
        if self.lower[i] in self.known.about and i > self.first and self._quantity(i - 1):
            return (self._quantity(i - 1) or 0) * self.known.unit_weeks[self.words[i + 1]]  # `en drøy måned`
        count = self._latest(i) if self.words[i] in self.known.latest else self._and_a_half(i) or self._quantity(i)
        count = self._ordinal(i) if count is None else count
        if count is None or self._is_age(count, i + 2) or (count >= 2 and self.lower[i + 1] == "året"):
            return None  # «tre siste året, to året før» counts no years
        longer = i > self.first and COMPARATORS.get(self.lower[i - 1]) == ">"  # `> 3 uker` is more than three
        return count * self.known.unit_weeks[self.words[i + 1]] * (_LONGER if longer else 1)

    def _hyphened(self, i: int) -> float | None:
        """`6-ukers`, `3-vekers`."""
        if self.lower[i - 1] != "-" or i - 2 < self.first or self.words[i] == "år":
            return None
        count = self._number(i - 2)
        return count and count * self.known.unit_weeks[self.words[i]]

    def _day(self, i: int) -> float | None:
        """`dag 4`, `4. dag`, `fra i dag`; «hver 4. dag» and «dag 4 etter operasjonen» count no days of a complaint."""
        if self.words[i] != "dag":
            return None
        before, after = self.lower[max(self.first, i - 3) : i], self.lower[i + 1 : min(i + 3, self.end)]
        if before[-1:] == ["i"] and self.words[i - 2] in ("siden", "fra"):
            return self.known.lately["idag"]
        if before[1:] and before[-1] == "." and self.words[i - 2] == "#" and "hver" not in before:
            return self._days(before[-2])
        if not after or self.words[i + 1] != "#" or not _AFTER_SURGERY.isdisjoint(after):
            return None
        return None if before and self.words[i - 1] in _BEFORE_A_COUNT else self._days(after[0])

    def _days(self, token: str) -> float | None:
        count = number(token)
        return count * self.known.unit_weeks["dag"] if count and count == int(count) <= _DAYS_COUNTED else None

    def _ordinal(self, i: int) -> float | None:
        """`på tiende uken` is more than nine; `hver tredje uke` is none."""
        told = i == self.first or self.lower[i - 1] in ("på", "i", "nå", "no")
        count = self.known.ordinals.get(self.lower[i]) if told else None
        return count and count - 0.5

    def _and_a_half(self, i: int) -> float | None:
        """`to og en halv måned`, `1½ år`, `1 1/2 år`: a number, and a part of one more, or `1/2 år` the part alone."""
        joined = self.lower[i - 2] == "og"
        slash = self.lower[i - 1] == "/" and self.lower[i + 1] in ("år", "års", "uke", "måned", "time")
        part = (self._number(i - 2) or 1) / (self._number(i) or 1) if slash else self._quantity(i) or 1
        at = i - 3 if joined or slash else i - 1
        whole = (self._quantity(at) if joined else self._number(at)) if at >= self.first else None
        return (whole or 0) + part if part < 1 and (whole or slash) else None

    def _latest(self, i: int) -> float:
        """`siste uke` is one, `de siste ukene` several."""
        return self.known.numbers["flere" if self.lower[i + 1].endswith(("ene", "ane", "ne")) else "en"]

    def _is_age(self, years: float, after: int) -> bool:
        in_years = self.words[after - 1] == "år"
        return (in_years and years == self.age) or (after < self.end and self.words[after] in OLD)

    def _since_year(self, i: int) -> float | None:
        """`siden 2019`; the letter is taken to be this year's when it is undated."""
        year = self._number(i)
        return max(1.0, (self.year - year) * WEEKS_A_YEAR) if year and FIRST_YEAR <= year <= self.year else None

    def _in_year(self, i: int, month: int) -> float | None:
        """`våren 2011`: weeks since a year before this one, told after a month or season."""
        weeks = self._since_year(i) if i < self.end else None
        months = self.sent.month - month if self.sent else 0
        return weeks + months * _WEEKS_A_MONTH if weeks and self._number(i) != self.year else None

    def _since(self, i: int) -> float | None:
        """Weeks since the day, month or season named; about two months when the letter is undated."""
        then = self._quantity(i) if self.words[i - 1] == "var" and self.words[i - 3] in ("siden", "fra") else None
        if then and self.age:
            return max(1.0, (self.age - then) * WEEKS_A_YEAR)  # «siden hun var to»
        if (weeks := self.known.since_then.get(self.lower[i])) and self._is_since(i):
            return weeks
        days = self.known.lately.get(self.lower[i])
        before = {self.words[i - 1], self.lower[i - 1]} if i > self.first else set()
        opened = "dag" in before or not before.isdisjoint(self.known.since)  # «i dag morges»
        if days is not None and before and (self.lower[i] == "igår" or opened):
            return days
        return self._since_number(i) if self.words[i] == "#" else self._since_month(i)

    def _is_since(self, i: int) -> bool:
        """`siden hun var i tjueårene`; but not «for to uker siden, ...», «for en uke siden på gymnaset»."""
        near = range(i - 1, max(self.first, i - _TO_THE_TIME) - 1, -1)
        said = next((j for j in near if self.words[j] in ("siden", ",")), i)
        return self.words[said] == "siden" and self.words[said - 1] not in self.known.unit_weeks

    def _since_number(self, i: int) -> float | None:
        since = self._since_year(i)
        to_it = " ".join(self.words[max(self.first, i - _TO_A_YEAR) : i]) if since else ""
        return (since if _SINCE_THEN.search(to_it) else None) or self._since_week(i) or self._since_date(i)

    def _since_month(self, i: int) -> float | None:
        month = self.known.months.get(self.lower[i])
        if month is None:
            return None
        day = i - 1 - (self.lower[i - 1] == ".")  # «siden 12. september»
        year = i + 1 + (self.lower[i + 1 : i + 2] == ["."])  # «aug. 2025»
        if weeks := self._in_year(year, month) or self._since_date(day, f"{self.lower[day]}.{month}"):
            return weeks
        last_year = "fjor" in self.words[max(self.first, i - 1) : i + 3]  # «i fjor høst», «våren i fjor»
        if not last_year and self.known.since.isdisjoint(self.words[max(self.first, i - 4) : i]):
            return None
        if self.sent is None:
            return self.known.spans["siden en årstid"] + last_year * WEEKS_A_YEAR
        months = self.sent.month - month + 12 if last_year else (self.sent.month - month) % 12
        return max(1.0, (months * _WEEKS_A_MONTH) + self.sent.day / 7 - 2)

    def _since_week(self, i: int) -> float | None:
        """`siden uke 38`; about two months when the letter is undated."""
        if self.words[i - 1] != "uke" or not self._is_begun(i - 1, self.known.begun):
            return None
        if self.sent is None:
            return self.known.spans["siden en årstid"]
        return max(1.0, (self.sent.isocalendar().week - (self._number(i) or 0)) % 52)

    def _is_begun(self, i: int, opening: frozenset[str]) -> bool:
        """Whether `siden`, `debut`, `startet rundt` or the like opens the day at token `i`."""
        near = range(i - 1, max(self.first, i - 4) - 1, -1)
        last = next((j for j in near if self.lower[j] not in self.known.around), i)
        return not opening.isdisjoint((self.lower[last], self.words[last]))

    def _since_date(self, i: int, named: str = "") -> float | None:
        """`debut 12.10.`, `siden 12/9`, `fra 3.11.26`: the last such day before the letter; None in an undated one."""
        told = "".join(self.lower[i : min(i + 3, self.end)])
        told = named or (told.replace("/", ".") if "/" in told else self.lower[i])
        if self.sent is None or not _DATE.fullmatch(told):
            return None
        day, month, *year = (int(part) for part in told.split("."))
        opens = self.known.since if year else self.known.begun  # `falt fra 12.10 til 9.5` names no day
        if not self._is_begun(i, opens):
            return None
        years = [year[0] % 100 + 2000] if year else [self.sent.year, self.sent.year - 1]
        days = [date(y, month, day) for y in years if 1 <= month <= 12 and 1 <= day <= monthrange(y, month)[1]]
        past = [(self.sent - when).days for when in days if when <= self.sent]
        return max(past[0] / 7, self.known.lately["idag"]) if past else None
