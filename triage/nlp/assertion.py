"""Whether a finding is there, whose it is and when: ConText for Norwegian, one sentence at a time.

Each cue reaches over a stretch of tokens, forward or backward, until something ends it: a contrast (`men`), a new
statement after a comma or `og`, a finite verb in dictated text, the end of the sentence. A finding has the status of
the cues whose stretch it lies in. Cues and their kinds are in `lexicon/cues.yaml`; a word inside a longer cue does
nothing of its own, which is how `kan ikke utelukkes` and `ingen endring` are kept from denying anything.

Measured on the bundled hard cases: see `tests/nlp/test_hard_cases.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from triage.domain.finding import Assertion, Certainty, Evidence, Experiencer, Polarity, Temporality
from triage.nlp.lexicon import Cue, Denial, Lexicon, Match
from triage.nlp.text import Document, Section, Sentence

WORD = "word"  # the category of a place in the text that is no concept of the lexicon
_TESTS = frozenset(("test", "exam"))
_TIMELESS = frozenset(("drug", "social", "referral", "family", "time"))  # a heading «Tidligere» leaves these alone
_OPENERS = frozenset(("hos", "i", "av", "fra", "på", "blant", "nær"))
_SUBJECTS = frozenset(("hun", "han", "pasienten", "jeg", "vi", "hen"))
_ADVERBIAL = frozenset(("fordi", "hvis", "dersom", "mens", "selv"))  # what they open is said apart from the denial
_DENYING_ENDINGS = (
    "smertefri",
    "smertefritt",
    "symptomfri",
    "feberfri",
    "anfallsfri",
    "plagefri",
    "kvalmefri",
    "symptomløs",
    "plageløs",
)
_BOXES = frozenset(("[", "☐", "☑", "☒", "✓", "✔", "□", "■"))
_TICKS = frozenset(("☑", "☒", "✓", "✔", "■"))
_KIN = {
    "first_degree": Experiencer.FIRST_DEGREE,
    "relative": Experiencer.FIRST_DEGREE,  # «i slekta» says no degree: the one that can change something
    "second_degree": Experiencer.SECOND_DEGREE,
    "other_person": Experiencer.OTHER,
}
_LONGEST_RUN = 14  # words that a cue may reach over without a comma or «og»
_LONGEST_BACK = 9
_RECENT_YEARS = 2  # a year named in the text this close to the letter's own is not history


@dataclass(frozen=True, slots=True)
class Scope:
    """A cue of `kind` at tokens `cue` governs tokens `first` up to `end`, and tests from `tests` on."""

    kind: str
    cue: tuple[int, int]
    first: int
    end: int
    tests: int

    def governs(self, first: int, end: int, category: str) -> bool:
        if self.kind == "negates_clause" and category != WORD:
            return False  # a finding that a sentence is about is taken for granted: «smertene er ikke verre»
        start = self.tests if category in _TESTS else self.first
        return start <= first and end <= self.end


@dataclass(frozen=True, slots=True)
class Steering:
    """Single words that decide how far a cue reaches, as normal forms."""

    clause_starts: frozenset[str]
    verbs: frozenset[str]
    subordinators: frozenset[str]
    joins: frozenset[str]
    light: frozenset[str]
    family: frozenset[str]  # concepts that name relatives


def load_steering(lexicon: Lexicon) -> Steering:
    forms = lexicon.text_rules.words.of
    family = frozenset(c.name for c in lexicon.concepts.values() if c.category == "family")
    return Steering(
        family=family, **{name: frozenset(forms(words)) for name, words in lexicon.data["steering"].items()}
    )


class SentenceCues:
    """The cues of one sentence and what each governs. `year` is the letter's own, for years named in the text."""

    def __init__(
        self, document: Document, sentence: Sentence, matches: list[Match], steering: Steering, *, year: int
    ) -> None:
        family = steering.family
        self.document = document
        self.words = document.words
        self.first, self.end, self.section = sentence.first, sentence.end, sentence.section
        self.steering = steering
        self.year = year
        self.cues = _longest(matches, family)
        self.stops = {cue.first for cue, kinds in self.cues if "stops" in kinds}
        self.answers = {
            cue.end - 1 for cue, kinds in self.cues if not kinds.isdisjoint(("negates_behind", "affirms_behind"))
        }
        self.denials = {
            cue.first for cue, kinds in self.cues if not kinds.isdisjoint(("negates_ahead", "negates_both"))
        }
        self.selves = {cue.first for cue, kinds in self.cues if "self" in kinds}
        self.scopes = [*self._of_cues(), *self._of_signs(), *self._of_years()]

    # What a finding's status is

    def judge(self, first: int, end: int, category: str) -> tuple[Assertion, bool]:
        """The status of tokens `first` up to `end`, a finding of this category, and whether a result affirms it."""
        governing = [s for s in self.scopes if s.governs(first, end, category)]
        kinds = {s.kind for s in governing}
        if first > self.first and self.words[first - 1] == "etter":  # «ikke smerter etter kuren»: the cure was given
            governing = [s for s in governing if not s.kind.startswith("negates")]
            kinds = {"historical_ahead"}
        assertion = Assertion(
            polarity=Polarity.NEGATED if self._is_negated(governing, end, category) else Polarity.PRESENT,
            certainty=_certainty(kinds),
            temporality=self._temporality(kinds, category),
            experiencer=self._experiencer(governing),
            requested=category == "procedure" and _is_requested(kinds, self.section),
            cues=tuple(self._evidence(s.cue) for s in governing),
        )
        return _settled(assertion, kinds), not kinds.isdisjoint(("affirms_behind", "affirms_ahead"))

    def _is_negated(self, governing: list[Scope], end: int, category: str) -> bool:
        if self.document.lower[end - 1].endswith(_DENYING_ENDINGS):
            return True
        denying = [s for s in governing if s.kind.startswith("negates")]
        if category == "procedure":  # «CT normal» says that it was done
            denying = [s for s in denying if s.kind != "negates_behind" or "ikke" in self.words[slice(*s.cue)]]
        affirmed = any(s.kind == "affirms_behind" for s in governing)
        return bool(denying) and not affirmed

    def _temporality(self, kinds: set[str], category: str) -> Temporality:
        if "current" in kinds:
            return Temporality.CURRENT
        past = any(kind.startswith("historical") for kind in kinds)
        under_heading = self.section in (Section.HISTORY, Section.QUOTED) and category not in _TIMELESS
        done = category == "procedure" and not kinds.isdisjoint(("done_ahead", "done_behind"))
        return Temporality.HISTORICAL if past or under_heading or done else Temporality.CURRENT

    def _experiencer(self, governing: list[Scope]) -> Experiencer:
        kin = [s for s in governing if s.kind in _KIN]
        if kin:
            return _KIN[max(kin, key=lambda s: (s.cue[0], s.kind != "relative")).kind]
        return Experiencer.FIRST_DEGREE if self.section is Section.FAMILY else Experiencer.PATIENT

    def _evidence(self, cue: tuple[int, int]) -> Evidence:
        return Evidence(self.document.starts[cue[0]], self.document.ends[cue[1] - 1])

    # What each cue governs

    def _of_cues(self) -> Iterator[Scope]:
        for cue, kinds in self.cues:
            for kind in kinds:
                yield from self._of_cue(cue, kind)

    def _of_cue(self, cue: Match, kind: str) -> Iterator[Scope]:
        if kind in _KIN:
            yield from self._of_kin(cue, kind)
        elif kind in ("negates_ahead", "negates_both"):
            yield from self._of_negation(cue, kind)
        elif kind == "current":
            yield self._around(cue.first, cue.end, kind)
        elif kind.endswith("_ahead"):
            yield self._forward(cue.first, cue.end, kind, commas=kind == "hypothetical_ahead")
        elif kind.endswith("_behind"):
            yield self._backward(cue.first, cue.end, kind)

    def _of_negation(self, cue: Match, kind: str) -> Iterator[Scope]:
        """`ingen` denies what follows; standing as a value or last in its clause it denies what went before."""
        adverb = not {"ikke", "aldri"}.isdisjoint(self.words[cue.first : cue.end])
        if adverb:
            yield Scope("negates_clause", (cue.first, cue.end), self._clause_start(cue.first), cue.first, cue.first)
        follows = cue.end < self.end and self.words[cue.end] not in (",", ".", ";", ")", "/")
        if follows and not (self._is_value(cue.first) and self._next_label(cue.end)):
            yield self._forward(cue.first, cue.end, kind, commas=True)
        elif adverb or self._is_value(cue.first):
            yield self._backward(cue.first, cue.end, "negates_behind")

    def _of_kin(self, cue: Match, kind: str) -> Iterator[Scope]:
        """«Mor hadde X» governs what follows, «X hos mor» and «X i slekta» what went before."""
        opened = cue.first > self.first and self.words[cue.first - 1] in _OPENERS
        if opened or kind == "relative":
            yield self._backward(cue.first - opened, cue.end, kind)
        end = cue.end
        while end < self.end and not self._ends_kin(end):
            end += 1
        yield Scope(kind, (cue.first, cue.end), cue.end, end, cue.end)

    def _ends_kin(self, i: int) -> bool:
        if i in self.stops or i in self.selves:
            return True
        begins = i + 1 < self.end and (self.words[i + 1] in self.steering.clause_starts or i + 1 in self.denials)
        return self.words[i] in (",", "og") and begins

    def _of_signs(self) -> Iterator[Scope]:
        """Values and boxes without words: `Vekttap: 0`, `dysfagi -`, `÷ blod`, `0 oppfylninger`, `[x] anemi`."""
        for i in range(self.first, self.end):
            sign = self.document.lower[i]
            if sign in _BOXES:
                yield from self._of_box(i)
            elif sign in ("0", "-", "÷", "+") and self._is_value_place(i):
                yield self._backward(i, i + 1, "affirms_behind" if sign == "+" else "negates_behind")
            elif (
                sign in ("0", "÷") and i + 1 < self.end and self.words[i + 1].isalpha() and not self._follows_number(i)
            ):
                yield self._forward(i, i + 1, "negates_ahead", commas=False)

    def _of_box(self, i: int) -> Iterator[Scope]:
        lower = self.document.lower
        close = next((j for j in (i + 1, i + 2) if j < self.end and lower[j] == "]"), i)
        ticked = lower[i] in _TICKS or close == i + 2
        if lower[i] != "[" or close > i:
            end = next((j for j in range(close + 1, self.end) if lower[j] in _BOXES), self.end)
            yield Scope("affirms_behind" if ticked else "negates_ahead", (i, close + 1), close + 1, end, close + 1)

    def _of_years(self) -> Iterator[Scope]:
        """`i 2009`, `-97`: an event of that year, unless it goes on `siden 2009`."""
        for i in range(self.first, self.end):
            if self.words[i] == "#" and self._is_past_year(i):
                ongoing = i > self.first and self.words[i - 1] in ("siden", "fra")
                yield self._around(i, i + 1, "current" if ongoing else "historical_behind")

    def _is_past_year(self, i: int) -> bool:
        number = self.document.lower[i]
        if len(number) == 4 and number[:2] in ("19", "20") and number.isdigit():
            return int(number) <= self.year - _RECENT_YEARS
        return len(number) == 2 and i > self.first and self.words[i - 1] in ("-", "'") and number.isdigit()

    def _is_value(self, i: int) -> bool:
        return i > self.first and self.words[i - 1] == ":"

    def _is_value_place(self, i: int) -> bool:
        """After a word or a colon, and last in its part of the sentence."""
        after = i > self.first and (self.words[i - 1] in (":", ".") or self.words[i - 1][-1].isalpha())
        last = i + 1 >= self.end or self.words[i + 1] in (",", ".", ";", "/", ")", "(")
        return after and last

    def _follows_number(self, i: int) -> bool:
        return i > self.first and (
            self.words[i - 1] in ("#", "x", "<", ">", "=") or self.document.ends[i - 1] == self.document.starts[i]
        )

    def _next_label(self, i: int) -> bool:
        """`Dysfagi: ingen Vekttap: 3 kg`: what follows the value is the next label."""
        return any(self.words[j] == ":" for j in range(i, min(i + 4, self.end)))

    # How far a cue reaches

    def _forward(self, cue_first: int, cue_end: int, kind: str, *, commas: bool) -> Scope:
        end = self._end_ahead(cue_end, commas=commas)
        return Scope(kind, (cue_first, cue_end), cue_end, end, cue_end)

    def _end_ahead(self, start: int, *, commas: bool) -> int:
        run = seen = subordinate = 0
        i = start
        while i < self.end and run <= _LONGEST_RUN:
            word = self.words[i]
            if i in self.stops or word in (":", ";") or word in _BOXES:
                return i
            if word == "(":
                i = self._closing(i)
            elif word == "," or word in self.steering.joins:
                if (word == "," and not commas) or self._begins_statement(i + 1):
                    return i
                run = 0
            elif word in self.steering.subordinators:
                if seen and word in _ADVERBIAL:
                    return i
                subordinate += 1
            elif seen and self._begins_clause(i) and not self._names_kin(start, i):
                if not subordinate:
                    return i - 1 if run > 1 and word in self.steering.verbs else i
                subordinate -= word in self.steering.verbs  # a subordinate clause has its own verb
            elif word not in self.steering.light:
                run, seen = run + 1, seen + word[0].isalpha()
            i += 1
        return min(i, self.end)

    def _begins_statement(self, i: int) -> bool:
        return i < self.end and (self.words[i] in self.steering.clause_starts or i in self.stops)

    def _begins_clause(self, i: int) -> bool:
        new = self.words[i] in self.steering.verbs or self.words[i] in _SUBJECTS
        return new and self.words[i - 1] not in self.steering.subordinators

    def _names_kin(self, first: int, end: int) -> bool:
        """`Ingen av søsknene har hatt kreft`: the subject is denied, so the verb does not end the denial."""
        return any(cue.first >= first and cue.end <= end and not kinds.isdisjoint(_KIN) for cue, kinds in self.cues)

    def _closing(self, i: int) -> int:
        return next((j for j in range(i, self.end) if self.words[j] == ")"), i)

    def _backward(self, cue_first: int, cue_end: int, kind: str) -> Scope:
        first = self._first_behind(cue_first)
        tests = self._first_of_list(first) if kind == "negates_behind" else first
        return Scope(kind, (cue_first, cue_end), first, cue_first, tests)

    def _clause_start(self, i: int) -> int:
        ends = (",", ";", ":", "og", "(")
        while (
            i > self.first
            and self.words[i - 1] not in ends
            and self.words[i - 1] not in self.steering.subordinators
            and i - 1 not in self.stops
        ):
            i -= 1
        return i

    def _first_behind(self, cue_first: int) -> int:
        i = cue_first - 1
        if i >= self.first and self.words[i] == ":":
            i -= 1
        if i >= self.first and self.words[i] == ")":
            i = next((j for j in range(i, self.first - 1, -1) if self.words[j] == "("), i) - 1
        nearest = max(self.first, cue_first - _LONGEST_BACK)
        while i >= nearest and not (
            i in self.stops or i in self.answers or self.words[i] in (",", ";", ":") or self.words[i] in _BOXES
        ):
            i -= 1
        return i + 1

    def _first_of_list(self, first: int) -> int:
        """`Kalprotektin, F-Hb og tTG negative`: the list goes on backward while it holds neither verb nor number."""
        i = first - 1
        while i >= self.first and (self.words[i] == "," or self._is_plain(i)):
            i -= 1
        return i + 1

    def _is_plain(self, i: int) -> bool:
        word = self.words[i]
        return (
            word not in self.steering.verbs
            and word not in ("#", ":", ";")
            and i not in self.stops
            and i not in self.answers
        )

    def _around(self, first: int, end: int, kind: str) -> Scope:
        """The part of the sentence between commas that holds the cue."""
        while first > self.first and self.words[first - 1] not in (",", ";") and first - 1 not in self.stops:
            first -= 1
        stop = end
        while stop < self.end and self.words[stop] not in (",", ";") and stop not in self.stops:
            stop += 1
        return Scope(kind, (end - 1, end), first, stop, first)


def _longest(matches: list[Match], family: frozenset[str]) -> list[tuple[Match, frozenset[str]]]:
    """Cues in order, without those inside a longer cue or term; a term of the family keeps its cues."""
    found = sorted(matches, key=lambda m: (m.first, -m.end))
    cues: list[tuple[Match, frozenset[str]]] = []
    reached = 0
    for match in found:
        if match.end <= reached:
            continue
        kinds = frozenset(role.kind for role in match.roles if isinstance(role, Cue))
        whole = any(isinstance(role, Denial) or (isinstance(role, str) and role not in family) for role in match.roles)
        if kinds:
            cues.append((match, kinds))
        if kinds or whole:
            reached = max(reached, match.end)
    return cues


def _certainty(kinds: set[str]) -> Certainty:
    if not kinds.isdisjoint(("hypothetical_ahead", "hypothetical_behind")):
        return Certainty.HYPOTHETICAL
    if not kinds.isdisjoint(("possible_ahead", "possible_behind")):
        return Certainty.POSSIBLE
    return Certainty.CERTAIN


def _is_requested(kinds: set[str], section: Section) -> bool:
    if not kinds.isdisjoint(("requested_ahead", "requested_behind")):
        return True
    done = any(kind.startswith(("done", "historical", "negates")) for kind in kinds)
    return not done and section not in (Section.HISTORY, Section.QUOTED)


def _settled(assertion: Assertion, kinds: set[str]) -> Assertion:
    """A denial that lies inside a hedge wins (`trolig ikke`); a hedge that holds a denial does (`kan ikke utelukkes`)."""
    if (
        assertion.polarity is Polarity.NEGATED
        and "possible_behind" not in kinds
        and assertion.certainty is Certainty.POSSIBLE
    ):
        return replace(assertion, certainty=Certainty.CERTAIN)
    return assertion
