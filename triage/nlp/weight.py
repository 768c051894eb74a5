"""Weights, and how much was lost between them: `fra 64 til 60 kg`, and a loss that was wanted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from triage.domain.finding import Evidence, Measurement
from triage.nlp.grammar import NOT
from triage.nlp.quantities import FIRST_YEAR, UNDATED_YEAR, UNTIL, Numbers, is_later, number

_DENYING, _UNTOLD = NOT | {"uten"}, NOT | {"ønsk", "ingen"}  # «ønsket vekttap»
_TO_THE_WISH = 5  # tokens from a denial: «har ikke prøvd å slanke seg»
_WEIGHING = frozenset(("kg", "kilo", "kilogram", "vekt", "veide", "veid", "vei", "veier", "veg"))
_WAS = ([",", "var"], ["(", "var"], [",", "veide"], ["ned", "fra"], ["opp", "fra"])
_LOST_IN = {"kg": "kg", "kilo": "kg", "kilogram": "kg", "%": "percent", "prosent": "percent"}
# «snarere +6 kg», «tatt på seg 8 kg», «ned til 52 kg», «ned i vekt, veier nå 52 kg»
_NO_LOSS = re.compile(r"på seg|[+]$|ned (til|fra)$|\b(vekt(a|en)?|vei(er|de)|veg|nå|no|dag)( (:|er|nå|no|i|dag|ca))*$")
_WEIGHT_KG = (25.0, 220.0)
_TO_ITS_YEAR = 9  # tokens from a number of kilograms
_LEAST_WEIGHED = 25
_MOST_OF_WEIGHT = 0.6  # a weight below this share of the other is not the same person's
_DAY_AND_MONTH = re.compile(r"\d{1,2}\.[01]\d")


@dataclass(frozen=True, slots=True)
class Weighing:
    """A weight in kilograms, of today or of some earlier time."""

    kilograms: float
    today: bool
    place: Evidence


def weight_change(weighings: list[Weighing]) -> list[Measurement]:
    """Kilograms and percent lost, when one weight of today and one earlier stand in sentences of their own."""
    today = [w for w in weighings if w.today]
    earlier = [w for w in weighings if not w.today]
    if len(today) != 1 or len(earlier) != 1 or today[0].kilograms < _MOST_OF_WEIGHT * earlier[0].kilograms:
        return []
    first, last = sorted((today[0].place, earlier[0].place))
    place = Evidence(first.start, last.end)
    lost = earlier[0].kilograms - today[0].kilograms
    percent = round(100 * lost / earlier[0].kilograms, 1)
    return [
        Measurement("weight_loss_kg", round(lost, 1), place, "kg"),
        Measurement("weight_loss_percent", percent, place, "%"),
    ]


class Weights(Numbers):
    """Weights and their change in one sentence."""

    def weighed(self) -> Weighing | None:
        """The one weight that the sentence tells, for a comparison with another sentence's."""
        if not self._has_quantity or _WEIGHING.isdisjoint(self.words[self.first : self.end]):
            return None
        words = self.lower[self.first : self.end]
        places = [i for i in range(self.first, self.end) if self._is_weight(i)]
        if len(places) != 1 or self.words[places[0] + 1 : places[0] + 2] not in (["kg"], ["kilo"]):
            return None
        now, before = (not known.isdisjoint(words) for known in (self.known.now, self.known.before))
        dated = before or any(FIRST_YEAR <= (number(w) or 0) <= self.year for w in words)
        now = now or not (dated or {"vekt", "vei"}.isdisjoint(self.words[self.first : places[0]]))
        place = self.document.evidence(places[0], places[0] + 2)
        return None if now is before else Weighing(number(self.lower[places[0]]) or 0.0, now, place)

    def _weight_change(self) -> Iterator[Measurement]:
        """Kilograms lost, and the share of the earlier weight when both are told; a gain is a negative loss."""
        if not self._speaks_of_weight():
            return
        told = self._weights()
        if told is not None and self._is_wished(self.known.slimming, self.end):
            return  # «startet med Wegovy, og er gått fra 97 til 84 kg»
        if told is not None:
            earlier, current, first, end = told
            yield self._measurement("weight_loss_kg", round(earlier - current, 1), first, end)
            yield self._measurement("weight_loss_percent", round(100 * (earlier - current) / earlier, 1), first, end)
            return
        for i in range(self.first, self.end - 1):
            lost, unit = self._quantity(i), _LOST_IN.get(self.words[i + 1])
            if lost is not None and unit and 0.5 <= lost <= 40 and self._is_loss(i):
                yield self._measurement(f"weight_loss_{unit}", lost, max(self.first, i - 3), i + 2)

    def _is_loss(self, i: int) -> bool:
        near = range(max(self.first, i - 6), i)
        if _LOST_IN[self.words[i + 1]] == "percent":  # «vekttap, EF 40 %»
            near = range(next((j for j in reversed(near) if self.lower[j] in (",", "og")), near.start), i)
        after = i + 2 < self.end and self._is_down(i + 2)
        if not after and _NO_LOSS.search(" ".join(self.lower[near.start : i])):
            return False
        years = (j for j in range(self.first + 1, self.end) if self.words[j] == "#")
        ago = (j for j in range(i + 2, min(i + _TO_ITS_YEAR, self.end)) if self.words[j : j + 2] == ["år", "siden"])
        if any((self._quantity(j - 1) or 0) > 1 and "," not in self.lower[i:j] for j in ago):
            return False  # «gikk ned 9 kilo for ti år siden»
        dated = (j for j in years if self.words[j - 1] == "i" or self.lower[j - 1].endswith("året"))
        dated = (j for j in dated if i + 2 < j < i + _TO_ITS_YEAR or (j < i and self.words[j + 1] == "gikk"))
        named = (number(self.lower[j]) or 0 for j in dated)
        if any(FIRST_YEAR <= year < UNDATED_YEAR - 1 for year in named):
            return False  # «gikk ned 9 kilo i 2014», «... i koronaåret 2020», «i 2014 gikk hun ned 9 kilo»
        signs = ("÷", "-") if self.document.ends[i - 1] == self.document.starts[i] else ("÷",)  # «vekt -4 kg»
        minus = self.lower[i - 1] in signs and self.words[i - 2] != "#" and (self._quantity(i) or 0) < _LEAST_WEIGHED
        wished = self._is_wished(self.known.slimming, self.end) or self._is_wished(self.known.wished, i)
        return (minus or after or any(map(self._is_down, near))) and not wished

    def _is_down(self, i: int) -> bool:
        told = self.lower[i] in self.known.down or self.words[i] in self.known.down
        return told and _UNTOLD.isdisjoint(self.words[max(self.first, i - 2) : i])

    def _is_wished(self, words: frozenset[str], end: int) -> bool:
        """«har ikke slanket seg, men gått ned 7 kg» is not."""
        for j in (j for j in range(self.first, end) if self.words[j] in words or self.lower[j] in words):
            near = _TO_THE_WISH if words is self.known.slimming else 1
            denied = (*self.words[max(self.first, j - near) : j], *self.words[j + 1 : j + 2])  # «vil ikke opp igjen»
            if _DENYING.isdisjoint(denied):
                return True
        return False

    def _weights(self) -> tuple[float, float, int, int] | None:
        """Two weights of the patient in one sentence, or the ends of a series: earlier, current and their place."""
        places = [i for i in range(self.first, self.end) if self._is_weight(i)]
        told = [self._quantity(i) or 0.0 for i in places]
        if len(told) < 2 or (len(told) > 2 and told not in (sorted(told), sorted(told, reverse=True))):
            return None
        one, two = told[0], told[-1]
        if min(one, two) < _MOST_OF_WEIGHT * max(one, two):
            return None
        order = self._order(places[0], places[-1]) or ("falling" if len(told) > 2 else None)
        if order is None:
            return None
        earlier, current = (one, two) if order == "falling" else (two, one)
        return earlier, current, places[0], places[-1] + 1

    def _speaks_of_weight(self) -> bool:
        """By name, or as «gått ned fra 80 til 72» where nothing else is measured."""
        here = self.words[self.first : self.end]
        named = not _WEIGHING.isdisjoint(here) or any("vekt" in word for word in here)
        return named or (not self._labelled and "ned fra # til #" in " ".join(here))

    def _is_weight(self, i: int) -> bool:
        value = self._quantity(i)
        after = self.lower[i + 1] if i + 1 < self.end else ""
        if self.words[i] != "#" and after not in ("kg", "kilo"):
            return False
        if value is None or not _WEIGHT_KG[0] <= value <= _WEIGHT_KG[1]:
            return False
        other = after in ("år", "cm", "%", "mg", "milligram", "år.", "uker", "dager") or self.lower[i - 1] == "/"
        return not other and (after in ("kg", "kilo") or not _DAY_AND_MONTH.fullmatch(self.lower[i]))

    def _order(self, first: int, second: int) -> str | None:
        """`falling` when the first weight is the earlier one, `rising` when the second is."""
        gap = self.lower[first + 1 : second]
        after = self.lower[second + 1 : second + 6]
        half = next((n for n, w in enumerate(gap) if w in (",", ";", "og", "(")), 0)
        then, later = (self.known.months.get(self.lower[i - 1], 0) for i in (first, second))  # `mai 82, nov 74`
        if not (then and later):  # `82 (mars), 74 (nov)`
            then, later = (next((m for w in said if (m := self.known.months.get(w))), 0) for said in (gap[:4], after))
        if self._quantity(first) == self._quantity(second) or is_later(then, later):
            return "falling"  # `82 (mars), 74 (nov)`
        if (len(gap) > 1 and gap[-1] in self.known.now) or self.known.before & {*gap[:half]}:
            return "falling"  # `i fjor 94, nå 82`, `82 kg i vår, 74 kg`
        if any(w in self.known.now for w in gap[: half or 2]):
            return "rising"  # `61 kg nå og var 68 i vår`
        if not (UNTIL | {"→", ">"}).isdisjoint(gap) or any(w in self.known.now for w in (*gap[-4:], *after)):
            return "falling"
        return "rising" if gap[-1:] == ["("] or gap[-2:] in _WAS or self.known.before & {*gap, *after} else None
