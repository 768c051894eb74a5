"""What is measured of each eye: sight, pressure, how far it stands out. The sides, and numbers without a name."""

import re
from collections.abc import Iterator, Mapping

from triage.domain.finding import Measurement
from triage.nlp.quantities import FIRST_YEAR, IS, UNTIL, Numbers, number

_CLOCK = re.compile(r"kl\.? ?\d{1,2}[:.]\d\d", re.I)
_ACUITY = re.compile(r"[01][.,]\d{1,2}")
_SEEN_WITH = frozenset(("glass", "glas", "briller", "brillene", "lesebriller", "korreksjon", "styrke", "linser"))
_LINE_WITH_ONE = 5  # tokens of `venstre øye: 0,2`
_LINE_OF_AN_EYE = 8  # tokens of `- venstre 0,4 med egne briller`
_LINES_OF_AN_EYE = 16  # and of the lines between it and what heads the list
_BEST_OR_WORST = frozenset(("beste", "bedre", "dårligste", "dårligere", "svakeste", "verste"))
_EYE = frozenset(("øye", "øyet", "auge", "auget"))
_SEES = frozenset(("ser", "leser", "les"))
_OF_PRESSURE = frozenset(("trykk", "øyetrykk", "trykket", "glaukom", "augetrykk", "grønn"))
_MEASURED = frozenset(("målt", "målte", "måle", "måler", "måling", "målinger", "måla", "målet", "mælt"))
_NO_SIGHT = frozenset(("c/d", "cd", "cdr", "cup", "papill", "papille", "papiller", "ratio", "mm", "cm", "rnfl"))
_CHART_DISTANCES = frozenset(("6", "20"))  # metres, feet
_TENTHS = frozenset(map(str, range(1, 11)))  # of `4/10`
_UNCORRECTED = frozenset(("ukorrigert", "ukorr", "uten", "utan", "sc", "s.c.", "naken", "nakent"))
_CORRECTED = frozenset(("korrigert", "korr", "cc", "c.c."))
_PER = frozenset(("i", "per", "pr", ".", "ved"))
_EARLIER = frozenset(("var", "låg", "lå"))
_TO_THE_VALUE = 6  # tokens from `i dag` to the value of today
_SHARPEST, _MONTHS = 1.5, 12  # `nå 15/11` may be a day
OF_EACH_EYE = ("visus", "iop", "hertel")
_ENDING = (*OF_EACH_EYE, "weight", "pulse", "systolic", "hba1c", "crp")  # `IOP 16 mmHg, puls 64`
# Before a number of a lens, a chart, a time or a comparison.
_REFRACTION = frozenset(("+", "-", "sf", "cyl", "ax", "sph", "add", "x", "n", "j", "kl", "av", "mot"))


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
        if not _NO_SIGHT.isdisjoint(told) or "c / d" in " ".join(told):
            return False
        before, after = self.lower[max(self.first, i - 6) : i], self.lower[i + 1 : min(i + 4, self.end)]
        of_side = "beste" in after or any(self._side(i + n) for n in (2, 3) if i + n < self.end)
        beside = after[:1] in (["på"], ["med"]) and of_side
        seen = not _SEEN_WITH.isdisjoint((*before, *after)) or not _SEES.isdisjoint(before) or _is_of_an_eye(before)
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

    def _listed_under(self) -> str | None:
        """What heads a list with a line for each eye: «Visus med beste glass:», then `- høyre 0,3`."""
        if self.end - self.first > _LINE_OF_AN_EYE or not any(map(self._side, range(self.first, self.end))):
            return None
        before = range(self.first - 1, max(0, self.first - _LINES_OF_AN_EYE) - 1, -1)
        beside = self.known.between | _SEEN_WITH
        named = (i for i in before if self.lower[i].isalpha() and self.lower[i] not in beside and not self._side(i))
        word = next((self.lower[i] for i in named), "")
        return next((name for name in ("visus", "iop") if word in self.known.measures[name]["labels"]), None)

    def _unnamed_pressure(self) -> int | None:
        """`optikeren målte høyre 38, venstre 17`, `nå 17/16`, where the letter speaks of pressure; `høyre 34 mmHg`."""
        said, iop = self.lower[self.first : self.end], self.known.measures["iop"]
        of_pressure = not _OF_PRESSURE.isdisjoint(self.words[: self.end])
        for i in range(self.first + 1, (self.end - 2) * of_pressure):
            pair = self.words[i : i + 3] == ["#", "/", "#"] and self.lower[i - 1] in self.known.now
            if pair and self._in_range(i, iop) and (self._number(i + 2) or 0) > _MONTHS:
                return i
        of_eye = [i for i in range(self.first, self.end - 1) if self.words[i + 1] == "#" and self._side(i)]
        if len(of_eye) < len(("right", "left")) or "db" in said or any("," in self.lower[i + 1] for i in of_eye):
            return None
        spoken = of_pressure and not _MEASURED.isdisjoint(self.words[self.first : self.end])
        return of_eye[0] if spoken or "mmhg" in said else None

    def _by_side(self, first: int, end: int, measure: str) -> Iterator[Measurement]:
        """Each eye's value and the better of the two, read after the label at `first` up to `end`."""
        entry = self.known.measures[measure]
        side = next((s for i in range(end - 1, self.first - 1, -1) if (s := self._side(i))), None)
        values: dict[str, tuple[float, int]] = {}
        ends = {label for name in _ENDING if name != measure for label in self.known.measures[name]["labels"]}
        other_eye = next((i for i in range(end, self.end) if i in self._labelled and self._side(i)), self.end)
        begin = self._after_earlier(end, other_eye)
        for i in range(begin, min(begin + 24, other_eye if begin > end else self.end)):
            if len(self.lower[i]) > 1 and self.lower[i] in ends:
                break
            side = side if self.lower[i - 1] in ("/", "og") and self._side(i - 2) else self._side(i) or side  # `h/v: `
            earlier = self._is_refraction(i) or (values and self._is_told_aside(i))
            value = self._in_range(i, entry) if self.words[i] == "#" and not earlier else None
            value = self._fraction(i) or value if measure == "visus" else value
            if value is None or (measure == "visus" and i > end and self._fraction(i - 2)):
                continue
            for eye in self._eyes(side, values, i):
                values.setdefault(eye, (value, i))
            if len(values) == 2:
                break
        for eye, (value, i) in values.items():
            yield self._measurement(f"{measure}_{eye}", value, first, i + 1)
        if measure == "hertel" and len(values) == len(("right", "left")):
            (one, _), (other, i) = values.values()
            yield self._measurement("proptosis_mm", abs(one - other), first, i + 1)
        elif values and measure != "hertel":
            value, i = max(values.values())
            yield self._measurement("visus_best" if measure == "visus" else "iop", value, first, i + 1)

    def _after_earlier(self, start: int, end: int) -> int:
        """Where the values that count begin: `var 0,8 i 2023, nå 0,3`, `32/31 i mars, 15/14 nå`, `uten glass 0,1/0,1,
        med glass 0,6/0,7`."""
        for i in range(min(start + 24, end - 1), start + 1, -1):
            behind = self.words[i - 1 - (self.lower[i - 1] in _PER)] == "#"  # `0,3 i dag, 0,6 i fjor`
            now = self.lower[i] in self.known.now or self.lower[i - 1 : i + 1] == ["ved", "siste"]
            if now and behind and (then := next(filter(self._is_earlier, range(i - 1, start, -1)), 0)):
                values = {"#"} <= {*self.words[start:then]} & {*self.words[then + 1 : i]}
                return then + 1 if values and ")" not in self.lower[then:i] else start
            if "#" not in self.words[start:i] or "#" not in self.words[i + 1 : i + 1 + _TO_THE_VALUE]:
                continue
            glasses = self.lower[i] == "med" and not {"#", *_SEEN_WITH}.isdisjoint(self.words[i + 1 : i + 4])
            today = self.lower[i] in self.known.now and not behind and any(map(self._is_earlier, range(start, i)))
            told = self.lower[max(self.first, start - 3) : i]
            if today or ((glasses or self.lower[i] in _CORRECTED) and not _UNCORRECTED.isdisjoint(told)):
                return i
        return start

    def _is_earlier(self, i: int) -> bool:
        """A word for an earlier time, or a year before this."""
        year = self.words[i] == "#" and FIRST_YEAR <= (self._number(i) or 0) < self.year
        return year or self.lower[i] in self.known.before or self.lower[i] in _EARLIER

    def _is_told_aside(self, i: int) -> bool:
        """`0,4 (0,6 for to år siden)`: in brackets, of an earlier time."""
        opens = next((j for j in range(i - 1, max(self.first, i - 6), -1) if self.lower[j] in ("(", ")")), i)
        closes = next((j for j in range(i, self.end) if self.lower[j] == ")"), self.end)
        return self.lower[opens] == "(" and any(map(self._is_earlier, range(opens, closes)))

    def _fraction(self, i: int) -> float | None:
        """`6/24`, `20/60`: how far away the chart stood, and how far away it should have been read; `4/10`."""
        if self.lower[i] in _TENTHS and self.lower[i + 1 : i + 3] == ["/", "10"] and i + 2 < self.end:
            dates = self.words[i + 3 : i + 4] in (["#"], [":"]) or self.lower[i - 1] in ("den", "(")
            return None if dates else int(self.lower[i]) / 10
        if self.lower[i] not in _CHART_DISTANCES or self.words[i + 1 : i + 3] != ["/", "#"]:
            return None
        seen = round(int(self.lower[i]) / (number(self.lower[i + 2]) or 1), 2)
        return seen if seen <= _SHARPEST else None  # `20/11` is a day

    def _side(self, i: int) -> str | None:
        word = self.lower[i]
        if self.lower[i + 1 : i + 2] == ["/"] and (i + 2 >= self.end or self.words[i + 2] == "#"):
            return None  # «tap v/ 2 kHz»
        if word in self.known.right or self.words[i] == "høyre":
            return "right"
        if word in self.known.left or self.words[i] == "venstre":
            return "left"
        return "both" if word in self.known.both or self.words[i] == "begge" else None

    def _eyes(self, side: str | None, values: Mapping[str, object], i: int) -> tuple[str, ...]:
        after = self._side(i + 1) if i + 1 < self.end else None
        if side == "both" and (values or self._is_listed(i)):
            return ("left",) if "right" in values else ("right",)  # `begge øyne, trykk 34 og 18`
        on = self._side(i + 2) if i + 2 < self.end and self.lower[i + 1] in ("på", "(") else None
        after = after or (on if side in (None, *values) else None)  # `0,3 på venstre og 0,9 på høyre`
        if "both" in (side, after, on):
            return ("right", "left")
        labelled = self._side(i - 1 - (self.words[i - 1] in (":", "=")) - (self.words[i - 2 : i] == [".", ":"]))
        if after in ("right", "left") and labelled not in ("right", "left") and self.words[i - 1] != "→":
            return (after,)
        if side in ("right", "left") and side not in values:
            return (side,)
        return ("left",) if "right" in values else ("right",)

    def _is_listed(self, i: int) -> bool:
        return self.words[i + 2 : min(i + 3, self.end)] == ["#"] and self.lower[i + 1] in ("/", "og")

    def _is_refraction(self, i: int) -> bool:
        """The number is a lens, a chart, a distance, a time or past: `-2,5`, `telling 2 m`, `i 2 år`, `fra 36 til`."""
        after = self.words[i + 1] if i + 1 < self.end else ""
        distance = after in ("m", "meter", "cm") or (len(after) > 1 and after in self.known.unit_weeks)
        unit = after in ("p", "pp", "mmhg", "+", "-")
        past = (self.words[i - 1] == "fra" and after in UNTIL) or self.words[i + 1 + unit : i + 2 + unit] == ["→"]
        past = past or self.lower[i - 2 : i] in (["hun", "var"], ["han", "var"], ["ho", "var"])  # an age
        past = past or "fjor" in (self.words[i - 1], *self.words[i + 2 : i + 3])  # `i fjor 17, i år 36`, `(0,8 i fjor)`
        clock = _CLOCK.search(self.document.text, max(0, self.document.starts[i] - 7), self.document.ends[i] + 3)
        return past or distance or clock is not None or self.lower[i - 1] in _REFRACTION or self._is_repeat(i)
