"""Words for numbers and time, and what the parts that read numbers share.

Units, ranges and words are in `measures.yaml` and `quantities.yaml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from triage.domain.finding import Measurement, Temporality
from triage.nlp.lexicon import Lexicon
from triage.nlp.text import Document, Sentence

_MOVED = frozenset(("falt", "fall", "sunket", "sank", "ned", "steg", "steget", "opp", "økt", "økte", "redusert"))
_STEPS = (["enheter"], ["enhet"], ["poeng"])
_OFTEN = range(21)
_COUNTED = frozenset(("x", "prøve", "prøver", "av", "ganger", "gonger"))  # after a number that tells how often
COMPARATORS = {
    "<": "<",
    ">": ">",
    "≤": "<",
    "≥": ">",
    "under": "<",
    "over": ">",
    "minst": ">",
    "enn": ">",
    "drøyt": ">",
}
IS = frozenset(("er", "var", ":", "="))
UNTIL = frozenset(("til", "till"))
OLD = frozenset(("gammel", "gammelt", "gam", "gml"))
WEEKS_A_YEAR = 52.18
UNDATED_YEAR = 2026
FIRST_YEAR = 1930
_ROUND_NEW_YEAR = 9  # months back, from October to January
_OF_UNIT = {"dag": ("dagers", "dagars"), "uke": ("ukers", "vekers"), "måned": ("måneders", "månaders")}


@dataclass(frozen=True, slots=True)
class Quantities:
    """Words for numbers, units of time and seasons (`quantities.yaml`), and the measures (`measures.yaml`)."""

    measures: Mapping[str, Mapping[str, Any]]
    numbers: Mapping[str, float]
    ordinals: Mapping[str, float]  # of `hvert tredje år`
    unit_weeks: Mapping[str, float]
    spans: Mapping[str, float]
    months: Mapping[str, int]
    lately: Mapping[str, float]
    since_then: Mapping[str, float]
    between: frozenset[str]
    latest: frozenset[str]
    about: frozenset[str]
    since: frozenset[str]
    begun: frozenset[str]
    around: frozenset[str]
    right: frozenset[str]
    left: frozenset[str]
    both: frozenset[str]
    eyes: Mapping[str, frozenset[str]]
    now: frozenset[str]
    before: frozenset[str]
    later: frozenset[str]
    ends_part: frozenset[str]
    foreign: frozenset[str]
    beside: frozenset[str]
    normal: frozenset[str]
    down: frozenset[str]
    wished: frozenset[str]
    slimming: frozenset[str]
    refers_back: frozenset[str]
    refers: frozenset[str]
    noticed: frozenset[str]
    thus: frozenset[str]
    whole_family: frozenset[str]
    after: frozenset[str]
    counted: frozenset[str]  # what tells that a sentence may hold a value
    occupations: tuple[str, ...]  # how words for what somebody has been for years end
    timed: frozenset[str]  # and what tells that it may hold a duration


def load_quantities(lexicon: Lexicon) -> Quantities:
    words = lexicon.data["quantities"]
    tables = ("numbers", "ordinals", "unit_weeks", "spans", "months", "lately", "since_then")
    weeks = {
        table: {word: float(value) for word, value in words[table].items()}
        for table in ("ordinals", "unit_weeks", "spans", "lately", "since_then")
    }
    words = {**words, **weeks, "numbers": lexicon.text_rules.dictation.numbers}
    words["spans"] |= _compounds(words["numbers"], words["unit_weeks"])
    values: dict[str, Any] = {k: v if k in tables else frozenset(map(str, v)) for k, v in words.items()}
    values["eyes"] = {name: frozenset(told) for name, told in words["eyes"].items()}
    values["occupations"] = tuple(words["occupations"])
    counted = frozenset(("#", "ii", "iii", "iv", "v", "vi", *words["numbers"]))
    timed = frozenset(word for table in ("begun", "unit_weeks", "spans", "months", "lately") for word in words[table])
    return Quantities(measures=lexicon.data["measures"], counted=counted, timed=timed, **values)


def _compounds(numbers: Mapping[str, float], unit_weeks: Mapping[str, float]) -> dict[str, float]:
    """Weeks of `femukers`, `tremåneders`."""
    units = {ending: unit_weeks[unit] for unit, endings in _OF_UNIT.items() for ending in endings}
    return {word + ending: count * weeks for word, count in numbers.items() for ending, weeks in units.items()}


def number(token: str) -> float | None:
    """The value of `9,8` or `9.8`; None for a date or a word."""
    if not token[0].isdecimal() or token.count(",") + token.count(".") > 1 or "-" in token:
        return None
    return float(token.replace(",", "."))


def is_later(month: int, other: int) -> bool:
    """Whether the second month comes after the first: in the same year, or soon after new year."""
    return 0 < month < other or 0 < other <= month - _ROUND_NEW_YEAR


class Numbers:
    """One sentence with its numbers. `sent` is the letter's date, for `siden i høst`; `age` is no duration."""

    def __init__(
        self, document: Document, sentence: Sentence, known: Quantities, *, sent: date | None, age: int | None = None
    ) -> None:
        self.document = document
        self.lower, self.words = document.lower, document.words
        self.first, self.end = sentence.first, sentence.end
        self.known, self.eyes = known, known.eyes
        self.sent = sent
        self.year = sent.year if sent else UNDATED_YEAR
        self.age = age
        self._labelled: set[int] = set()
        self._paired: dict[int, int] = {}  # where the values of labels in a row stand
        self._said = (*self.words[self.first : self.end], *self.lower[self.first : self.end])
        self._has_quantity = not known.counted.isdisjoint(self._said)

    def _number(self, i: int) -> float | None:
        return number(self.lower[i]) if self.words[i] == "#" else None

    def _quantity(self, i: int) -> float | None:
        """A number or a word for one."""
        return number(self.lower[i]) if self.words[i] == "#" else self.known.numbers.get(self.lower[i])

    def _measurement(self, measure: str, value: float, first: int, end: int, *, past: bool = False) -> Measurement:
        entry = self.known.measures[measure]
        comparator = next((COMPARATORS[w] for w in self.lower[max(first, end - 3) : end - 1] if w in COMPARATORS), "=")
        turned = {"ikke", "aldri"} & {*self.words[max(0, end - 4) : end - 1]}  # «aldri over 30»
        comparator = {"<": ">", ">": "<"}.get(comparator, "=") if turned else comparator
        when = Temporality.HISTORICAL if past else Temporality.CURRENT
        place = self.document.evidence(first, end)
        return Measurement(measure, value, place, entry["unit"], comparator, temporality=when)

    def _in_range(self, i: int, entry: Mapping[str, Any]) -> float | None:
        value = entry.get("numerals", {}).get(self.lower[i], self._quantity(i))
        if value is None:
            return None
        if entry.get("thousands"):
            value = self._with_thousands(i, value)
        if units := entry.get("other_units"):
            value = round(value * units.get("".join(self.lower[i + 1 : i + 4]), 1), 1)
        other = entry.get("per")
        if other and other["above"] < value <= other["up_to"]:
            value = round(value * other["factor"], 2)
        low, high = entry["range"]
        return value if low <= value <= high else None

    def _with_thousands(self, i: int, value: float) -> float:
        """`1 240`, `1.240`: one number, for what is never told in thousandths."""
        if self._is_tail(i + 1):
            return value * 1000 + float(self.lower[i + 1])
        return round(value * 1000, 1) if len(self.lower[i].partition(".")[2]) == len("240") else value

    def _is_tail(self, i: int) -> bool:
        """`240` in `1 240`."""
        if not self.first < i < self.end or self.lower[i - 1] not in "123456789" or i in self._paired.values():
            return False
        between = self.document.text[self.document.ends[i - 1] : self.document.starts[i]]
        return between in (" ", "\xa0") and self.lower[i].isdecimal() and len(self.lower[i]) == len("240")

    def _is_repeat(self, i: int) -> bool:
        """`x 3`, `3 x`, `3 prøver`: how often, not how much; `falt med 3,2`, `falt 3 enheter`: by how much."""
        before, after = self.lower[i - 1], self.lower[i + 1 : min(i + 2, self.end)]
        if not _MOVED.isdisjoint(self.lower[max(self.first, i - 3) : i]) and (before == "med" or after in _STEPS):
            return True
        counted = not _COUNTED.isdisjoint(after) and self._number(i) in _OFTEN
        counted &= after != ["av"] or i + 2 >= self.end or self._number(i + 2) in (None, *_OFTEN)  # `14 av 24`
        return before == "x" or (counted and before not in ("=", ":"))
