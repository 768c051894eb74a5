"""What is measured of each eye: sight, pressure, how far it stands out. The sides, and numbers without a name."""

import re
from collections.abc import Iterator, Mapping

from triage.domain.finding import Measurement
from triage.nlp.quantities import FIRST_YEAR, IS, UNTIL, Numbers, number

_CLOCK = re.compile(r"kl(?:okk[ae]n?)?\.? ?\d{1,2}(?:[:.]?\d\d)?\b|\b\d{1,2}:\d\d\b", re.I)
_THROUGH_HOLE = re.compile(  # `(ph 0,8)`, `0,8 med hull`: what an eye could see
    r"\(?\b(?:ph|pin ?hole|(?:med )?(?:nåle)?hull\w*|hol|stenop\w*)\b(?: åpning)?[ :=(]*(?:til )?\d+(?:[.,/]\d+)*\)?"
    r"|\b\d+(?:[.,]\d+)? ?(?:(?:med|m/?) ?)?(?:ph|hull|hol|pin ?hole|stenop\w*)\b(?! ?[:=(]* ?\d| ingen| ikke| uendr)",
    re.I,
)
_ACUITY = re.compile(r"[01][.,]\d{1,2}")
_LINE_WITH_ONE = 5  # tokens of `venstre øye: 0,2`
_LINES_OF_AN_EYE = 16  # and of the lines between it and what heads the list
_BEST_OR_WORST = frozenset(("beste", "bedre", "dårligste", "dårligere", "svakeste", "verste"))
_IN_CAPITALS = {"ha": ("right", "va"), "va": ("left", "ha"), "ad": ("right", "as"), "as": ("left", "ad")}
_EYE = frozenset(("øye", "øyet", "auge", "auget"))
_CHART_DISTANCES = frozenset(("6", "20"))  # metres, feet
_NEARER, _NO_MONTH = frozenset("12345"), 12  # of `5/60`, `2/60`
_TENTHS = frozenset(map(str, range(1, 11)))  # of `4/10`
_BOTH_TOLD = frozenset(("/", "og"))
_LEFT_FIRST = re.compile(
    r"\b(?:ve?|vø|venstre|os|sin)\b\.?(?: øye)?[\s/|]+(?:hø?|høyre|od|dx)\b\.?(?: øye)?[ \t)|:]*$", re.I | re.M
)
_HEADING = 120  # characters back to `v/h` or `VØ   HØ` above a line
_TO_THE_VALUE = 6  # tokens from `i dag` to the value of today
_SHARPEST, _MONTHS = 1.5, 12  # `nå 15/11` may be a day
OF_EACH_EYE = ("visus", "iop", "hertel")
_ENDING = (*OF_EACH_EYE, "weight", "pulse", "systolic", "hba1c", "crp")  # `IOP 16 mmHg, puls 64`


def _is_of_an_eye(before: list[str]) -> bool:
    """`beste øye 0,63`, `det dårligste øyet: 0,2`."""
    return not _BEST_OR_WORST.isdisjoint(before[-3:]) and not _EYE.isdisjoint(before[-2:])


class Eyes(Numbers):
    """The values of each eye in one sentence."""

    def _is_sight(self, i: int) -> bool:
        """`ser hun 0,8`, `med beste glass: høyre 0,4`, a line `venstre 0,2`: a visual acuity without its name."""
        if not _ACUITY.fullmatch(self.lower[i]):
            return False
        alone = self.end - self.first <= _LINE_WITH_ONE or self.lower[self.first + 1 : i] in (["øye"], ["auge"])
        told = self.lower[max(0, self.first - alone * _LINES_OF_AN_EYE) : self.end]
        if not self.eyes["no_sight"].isdisjoint(told) or "c / d" in " ".join(told):
            return False
        before, after = self.lower[max(self.first, i - 6) : i], self.lower[i + 1 : min(i + 4, self.end)]
        of_side = "beste" in after or any(self._side(i + n) for n in (2, 3) if i + n < self.end)
        beside = after[:1] in (["på"], ["med"]) and of_side
        seen = (
            not self.eyes["seen_with"].isdisjoint((*before, *after))
            or not self.eyes["sees"].isdisjoint(before)
            or _is_of_an_eye(before)
        )
        if self._is_of_both_eyes(i) or (self.lower[i - 1] in ("=", "(") and {"+", "-"} & {*self.lower[self.first : i]}):
            return True  # `-2,75 x 90 = 0,4`
        return beside or seen or (alone and i > self.first and self._side(self.first) is not None)

    def _is_of_both_eyes(self, i: int) -> bool:
        """`0,2/0,3`, `høyre 0,3, venstre 0,4`, `0,3 høyre, 0,4 venstre`: two acuities, one for each eye."""
        told = [j for j in range(i, self.end) if _ACUITY.fullmatch(self.lower[j])]
        beside = (k for j in told for k in (j - 1 - (self.words[j - 1] in (*IS, "øye")), j + 1) if k < self.end)
        of_each = {"right", "left"}.issubset(map(self._side, beside))
        both = len(told) == len(("right", "left")) and (of_each or self.lower[i + 1 : told[1]] == ["/"])
        return both and not {"siden", "fjor", "tidligere", "før"} & {*self.words[self.first : i]}

    def _unnamed_pressure(self) -> int | None:
        """`optikeren målte høyre 38, venstre 17`, `nå 17/16`, where the letter speaks of pressure; `høyre 34 mmHg`."""
        said, iop = self.lower[self.first : self.end], self.known.measures["iop"]
        of_pressure = not self.eyes["of_pressure"].isdisjoint(self.words[: self.end])
        for i in range(self.first + 1, (self.end - 2) * of_pressure):
            pair = self.words[i : i + 3] == ["#", "/", "#"] and self.lower[i - 1] in self.known.now
            if pair and self._in_range(i, iop) and (self._number(i + 2) or 0) > _MONTHS:
                return i
        of_eye = [i for i in range(self.first, self.end - 1) if self.words[i + 1] == "#" and self._side(i)]
        if len(of_eye) < len(("right", "left")) or "db" in said or any("," in self.lower[i + 1] for i in of_eye):
            return None
        spoken = of_pressure and not self.eyes["measured"].isdisjoint(self.words[self.first : self.end])
        return of_eye[0] if spoken or "mmhg" in said else None

    def _by_side(self, first: int, end: int, measure: str) -> Iterator[Measurement]:
        """Each eye's value and the better of the two, after the label at `first`; «Visus 0,3» is of none."""
        other_eye = next((i for i in range(end, self.end) if i in self._labelled and self._side(i)), self.end)
        begin = self._after_earlier(end, other_eye)
        values: dict[str, tuple[float | None, int]] = {}
        side, used, last = self._about(begin, near=first if begin == end else begin), -1, end
        for i in range(begin, self._until(begin, other_eye if begin > end else self.end, measure)):
            side = i if i > used and self._side(i) and self._first_of_sides(i) == i else side
            value = self._eye_value(i, measure, beside=bool(values))
            told = value is not None or (measure == "visus" and self.lower[i] in self.eyes["uncounted"])
            if len(values) > 1 or not told:
                continue
            behind = self._behind(i, measure)
            at = self._side_of(i, behind, measure, side, used)
            joined = self._joined(last, i)
            other = bool(self.eyes["others"] & {*self.lower[max(self.first, i - 3) : min(i + 4, self.end)]})
            if values and at is None and not (joined or other):
                continue
            at = self._about(begin) if at is None and not (values or self._second(behind)) else at
            eyes = self._eyes(at, values, listed=self._second(behind) is not None)
            eyes = ("other",) if "" in values and at is None and other else eyes  # `0,8 på det øyet, 1,0 på det andre`
            if "" in values and eyes != ("other",):
                one = values.pop("")  # of the other eye: «0,3, høyre 1,0»; or of none, a time
                values |= {"right" if eyes == ("left",) else "left": one} if joined else {}
            values |= {eye: (value, i) for eye in eyes if eye not in values}
            side, used, last = None, max(used, -1 if at is None else at), i
        known = [(value, i, eye) for eye, (value, i) in values.items() if value is not None]
        for value, i, eye in known:
            if eye in ("right", "left"):
                yield self._measurement(f"{measure}_{eye}", value, first, i + 1)
        if measure == "hertel" and len(known) > 1:
            yield self._measurement("proptosis_mm", abs(known[0][0] - known[1][0]), first, known[1][1] + 1)
        elif known and measure != "hertel":
            value, i, _ = max(known)
            yield self._measurement("visus_best" if measure == "visus" else "iop", value, first, i + 1)

    def _until(self, begin: int, end: int, measure: str) -> int:
        """Where another measure is told: `puls 64`, `papille 0,9`, `C/D 0,4`."""
        ends = {label for name in _ENDING if name != measure for label in self.known.measures[name]["labels"]}
        ends |= self.eyes["of_the_disc"]
        told = range(begin, max(begin, min(begin + 24, end)))
        others = (i for i in told if self.lower[i] in ends and len(self.lower[i]) > 1)
        return next(others, next((i for i in told if self.lower[i : i + 3] == ["c", "/", "d"]), told.stop))

    def _joined(self, last: int, i: int) -> bool:
        """`0,3 cc / 1,0 cc`, `0,3, høyre 1,0`, but not `(snitt av 6): H 26`."""
        between = (
            self.words[j] == "#" or self.lower[j] in self.eyes["joins"] or self._side(j) for j in range(last + 1, i)
        )
        return self.lower[i - 1] != "(" and self.lower[last + 1 : last + 2] != [")"] and all(between)

    def _eye_value(self, i: int, measure: str, *, beside: bool) -> float | None:
        """The number at `i`, when it is today's of an eye: «0,3», «6/60», «20 %»; no older one `beside` another."""
        if self.words[i] != "#" or (measure == "visus" and ("logmar" in self._said or self._fraction(i - 2))):
            return None
        percent = measure == "visus" and self.lower[i + 1 : i + 2] in (["%"], ["prosent"])
        if (beside and self._is_told_aside(i)) or (self._is_refraction(i) and not percent):
            return None
        if percent:
            compared = self.eyes["less"] & {self.lower[i - 1], *self.lower[i + 2 : i + 3]}
            return None if compared else (self._number(i) or 0) / 100
        fraction = self._fraction(i) if measure == "visus" else None
        return fraction or self._in_range(i, self.known.measures[measure])

    def _behind(self, i: int, measure: str) -> int:
        """Past a value with its unit and the better one through a hole: `6/60`, `38 mmHg`, `0,2 med hull 0,9`."""
        i += 3 if measure == "visus" and self._fraction(i) else 1
        while i < self.end and (self.lower[i] in self.eyes["beside_a_value"] or self._is_aside(i)):
            i += 1
        return i

    def _second(self, behind: int) -> int | None:
        """The number of the other eye: `0,3/1,0`, `16 mmHg og 38`."""
        i = behind + 1
        joined = i < self.end and self.words[i] == "#" and self.lower[behind] in _BOTH_TOLD
        return i if joined and not self._is_refraction(i) else None

    def _side_of(self, i: int, behind: int, measure: str, side: int | None, used: int) -> int | None:
        """Where the side of the value at `i` stands: right before it, behind it, or the last one told before."""
        if side is not None and self.eyes["to_a_value"].issuperset(self.words[side + 1 : i]):
            return side
        if (second := self._second(behind)) is not None:  # `0,3/1,0 (h/v)`
            after = self._past(self._behind(second, measure), self.eyes["to_a_side"])
            of_both = [j for j in range(after + 2, min(after + 5, self.end)) if self._side(j)]
            return after if of_both and self._first_of_sides(of_both[0]) == after else side
        after = self._past(behind, self.eyes["to_a_side"])
        if after >= self.end or after <= used or not self._side(after):
            return side
        then = self._past(after + 1, self.eyes["to_a_value"])
        next_value = then < self.end and (self.words[then] == "#" or self.lower[then] in self.eyes["uncounted"])
        lens = self.lower[then : min(then + 1, self.end)] in (["+"], ["-"])
        return side if (next_value and side is not None) or then in self._labelled or lens else after

    def _past(self, i: int, words: frozenset[str]) -> int:
        return next((j for j in range(i, self.end) if self.words[j] not in words), self.end)

    def _about(self, begin: int, *, near: int | None = None) -> int | None:
        """The side that was told last before `begin`, when it is not that of something else: «HØ: visus 0,3»."""
        at = next((i for i in range(begin - 1, self.first - 1, -1) if self._side(i)), None)
        if at is None or (near is not None and not self.eyes["to_a_value"].issuperset(self.words[at + 1 : near])):
            return None
        return self._first_of_sides(at)

    def _first_of_sides(self, i: int) -> int:
        """Of `h/v`, `høyre øye og venstre`: the first, whose value stands first; else `i` itself."""
        first = next((j for j in range(i - 2, max(i - 5, self.first - 1), -1) if self.words[j] not in ("øye", ".")), -1)
        return first if first >= self.first and self.lower[i - 1] in _BOTH_TOLD and self._side(first) else i

    def _eyes(self, at: int | None, values: Mapping[str, object], *, listed: bool) -> tuple[str, ...]:
        side = None if at is None else self._side(at)
        if side in ("right", "left"):
            return (side,)
        if not values:
            return ("right", "left") if side == "both" and not listed else ("",)
        if "" in values:
            start = self.document.starts[self.first]
            left_first = _LEFT_FIRST.search(self.document.text, max(0, start - _HEADING), start)
            return ("right",) if left_first else ("left",)
        return ("left",) if "right" in values else ("right",)

    def _is_in(self, told: re.Pattern[str], i: int) -> bool:
        start, end = self.document.starts[min(i, self.end - 1)], self.document.ends[min(i, self.end - 1)]
        found = told.finditer(self.document.text, max(0, start - 24), end + 24)
        return i < self.end and any(place.start() <= start < place.end() for place in found)

    def _is_aside(self, i: int) -> bool:
        """What is none of the eye's own, in `0,2 (ph 0,8)`, `fingertelling 2 m`."""
        metres = self.words[i] == "#" and self.lower[i + 1 : i + 2] in (["m"], ["meter"])
        return metres or self._is_in(_THROUGH_HOLE, i)

    def _after_earlier(self, start: int, end: int) -> int:
        """Where the values that count begin: `var 0,8 i 2023, nå 0,3`, `32/31 i mars, 15/14 nå`, `uten glass 0,1/0,1,
        med glass 0,6/0,7`."""
        for i in range(min(start + 24, end - 1), start + 1, -1):
            behind = self.words[i - 1 - (self.lower[i - 1] in self.eyes["per"])] == "#"  # `0,3 i dag, 0,6 i fjor`
            now = self.lower[i] in self.known.now or self.lower[i - 1 : i + 1] == ["ved", "siste"]
            if now and behind and (then := next(filter(self._is_earlier, range(i - 1, start, -1)), 0)):
                values = {"#"} <= {*self.words[start:then]} & {*self.words[then + 1 : i]}
                return then + 1 if values and ")" not in self.lower[then:i] else start
            if "#" not in self.words[start:i] or "#" not in self.words[i + 1 : i + 1 + _TO_THE_VALUE]:
                continue
            glasses = self.lower[i] == "med" and not {"#", *self.eyes["seen_with"]}.isdisjoint(
                self.words[i + 1 : i + 4]
            )
            before = range(start, i)
            earlier = any(map(self._is_earlier, before)) or not any(map(self._side, before))
            today = self.lower[i] in self.known.now and not behind and earlier
            told = self.lower[max(self.first, start - 3) : i]
            if today or (
                (glasses or self.lower[i] in self.eyes["corrected"]) and not self.eyes["uncorrected"].isdisjoint(told)
            ):
                return i
        return start

    def _is_earlier(self, i: int) -> bool:
        """A word for an earlier time, or a year before this."""
        year = self.words[i] == "#" and FIRST_YEAR <= (self._number(i) or 0) < self.year
        return year or self.lower[i] in self.known.before or self.lower[i] in self.eyes["earlier"]

    def _is_told_aside(self, i: int) -> bool:
        """`0,4 (0,6 for to år siden)`, `0,3, 1,0 i 2022`: in brackets or dated, of an earlier time."""
        opens = next((j for j in range(i - 1, max(self.first, i - 6), -1) if self.lower[j] in ("(", ")")), i)
        aside = self.lower[opens] == "("
        dated = self.lower[i - 1] not in _BOTH_TOLD and self.lower[i + 1 : i + 2] in (["i"], ["ved"], ["for"])
        ends = (")",) if aside else (",", "/", "og")
        closes = next((j for j in range(i, self.end) if self.lower[j] in ends), self.end)
        return (aside or dated) and any(map(self._is_earlier, range(opens, min(closes, i + (24 if aside else 6)))))

    def _fraction(self, i: int) -> float | None:
        """`6/24`, `20/60`: how far away the chart stood, and how far away it should have been read; `4/10`."""
        if self.lower[i] in _TENTHS and self.lower[i + 1 : i + 3] == ["/", "10"] and i + 2 < self.end:
            dates = self.words[i + 3 : i + 4] in (["#"], [":"]) or self.lower[i - 1] in ("den", "(")
            return None if dates else int(self.lower[i]) / 10
        if self.words[i + 1 : i + 3] != ["/", "#"]:
            return None
        near = self.lower[i] in _NEARER and (number(self.lower[i + 2]) or 0) > _NO_MONTH
        if not near and self.lower[i] not in _CHART_DISTANCES:
            return None
        seen = round(int(self.lower[i]) / (number(self.lower[i + 2]) or 1), 2)
        return seen if seen <= _SHARPEST else None  # `20/11` is a day

    def _side(self, i: int) -> str | None:
        word = self.lower[i]
        at = self.lower[i + 1 : i + 2] == ["/"] and (i + 2 >= self.end or self.words[i + 2] == "#")
        placed = not self.eyes["at"].isdisjoint(self.lower[i + 1 : i + 3]) or not {"od", "os"}.isdisjoint(self._said)
        if (len(word) == 1 and at) or (word == "v" and placed):
            return None  # «tap v/ 2 kHz», «v. siste kontroll», «OD -1,25 V=0,4»
        if word in _IN_CAPITALS and self.document.text[self.document.starts[i] : self.document.ends[i]].isupper():
            return _IN_CAPITALS[word][0] if _IN_CAPITALS[word][1] in self._said else None
        if word in self.known.right or self.words[i] == "høyre":
            return "right"
        if word in self.known.left or self.words[i] == "venstre":
            return "left"
        if word in ("hvert", "kvart") and self.words[i + 1 : i + 2] == ["øye"]:
            return "both"
        return "both" if word in self.known.both or self.words[i] == "begge" else None

    def _is_refraction(self, i: int) -> bool:
        """The number is a lens, a chart, a distance, a time or past: `-2,5`, `telling 2 m`, `i 2 år`, `fra 36 til`."""
        after = self.words[i + 1] if i + 1 < self.end else ""
        told = after == "m" and not self.lower[i].isdecimal()  # `1,0 m/ briller`
        with_glasses = told and not self.eyes["with_glasses"].isdisjoint(self.lower[i + 2 : i + 3])
        distance = (after in self.eyes["other_units"] and not with_glasses) or (
            len(after) > 1 and after in self.known.unit_weeks
        )
        unit = after in ("p", "pp", "mmhg", "+", "-")
        start, stop = i - 2 * (self.words[i - 1] == "/"), i + unit + 2 * (after == "/") + 1
        past = (self.words[start - 1] == "fra" and self.words[stop] in UNTIL) if stop < self.end else False
        past = past or (self.words[stop : stop + 1] == ["→"] and not self._is_in(_THROUGH_HOLE, stop + 1))
        past = past or self.lower[i - 2 : i] in (["hun", "var"], ["han", "var"], ["ho", "var"])  # an age
        past = past or "fjor" in (self.words[i - 1], *self.words[i + 2 : i + 3])  # `i fjor 17, i år 36`, `(0,8 i fjor)`
        clock = self._is_in(_CLOCK, i) or self._is_in(_THROUGH_HOLE, i)
        return past or distance or clock or self.lower[i - 1] in self.eyes["refraction"] or self._is_repeat(i)
