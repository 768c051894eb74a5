"""The cues of one sentence, and the stretch of words that each governs.

Kinds of cues are the headings of `lexicon/cues.yaml`; each kind has its part: `denial.py`, `past.py`, `doubt.py`,
`whose.py` and `answers.py`, which share `reach.py`. A word inside a longer cue or term does nothing of its own, which
is how `kan ikke utelukkes` is kept from denying anything.
"""

from collections.abc import Hashable, Iterator
from typing import Any

from triage.nlp.answers import Answers
from triage.nlp.denial import Denial
from triage.nlp.doubt import Doubt
from triage.nlp.grammar import NEGATORS, NEITHER, NOT, PREPOSITIONS, REASONS, SEPARATORS
from triage.nlp.lexicon import Match
from triage.nlp.past import ENDINGS, Past
from triage.nlp.reach import KIN, OF_DRUGS, WORD, Scope
from triage.nlp.steering import Steering
from triage.nlp.text import Document, Section, Sentence
from triage.nlp.whose import Whose

TESTS = frozenset(("test", "exam"))
_OF_PROCEDURES = frozenset(("requested_ahead", "requested_behind", "done_ahead", "done_behind"))
_ASKED = frozenset(("requested_ahead", "requested_behind"))
_ORDERED = TESTS | {WORD, "referral", "treatment", "drug"}
_APART = PREPOSITIONS | REASONS | {"og", ","}
_BESIDE = 1  # words between an order and what is ordered
_OF_TIME = frozenset(
    ("current", "recurs_behind", "resolved_behind", "historical_ahead", "dated_behind", "dated_lately_behind")
)
_OF_NEGATION = frozenset(("negates_ahead", "negates_next", "negates_both", "not_done"))
_ALTERNATIVES = frozenset(("dd", "ddx", "differensialdiagnos", "differentialdiagnos"))  # head a list: `DD: a, b`
_STRANDED = frozenset(("for", "med", "mot", "av", "til", "dd"))  # last in a cue, when what they govern stands elsewhere
_OF_THE_PAST = ("historical", "resolved", "dated", "recurs")
_UNDOABLE = ("negates", "possible", "hypothetical")  # by what stands around a finding
_DENIABLE = ENDINGS | {"requested_behind"}


class SentenceCues(Denial, Past, Doubt, Whose, Answers):
    """The cues of one sentence and their `scopes`. `year` is the letter's own, for years named in the text."""

    def __init__(
        self, document: Document, sentence: Sentence, matches: list[Match], steering: Steering, *, year: int
    ) -> None:
        super().__init__(document, sentence, matches, steering, year=year)
        self.heading = self._label_of_past() or self._heading_above()
        self.scopes = [*self._of_cues(procedures=False), *self._of_signs(), *self._of_years(), *self._of_unfound()]
        self.scopes += [aside for s in self.scopes if s.kind == "negates_behind" for aside in self._past_put_in(s)]
        self.scopes += self._of_doubts()
        if (self.heading or self.section) is Section.DENIED:
            self.scopes.append(self._of_heading())
        self._of_procedures: list[Scope] | None = None
        self._asks = any(not kinds.isdisjoint(_ASKED) for _, kinds in self.cues)
        self.judged: dict[Hashable, Any] = {}  # by what is said of them; see `assertion.judge`

    def governing(self, first: int, end: int, category: str) -> list[Scope]:
        """The scopes in which tokens `first` up to `end` lie, for a finding of this category."""
        scopes = self._with_procedures() if category == "procedure" else self.scopes
        if category in _ORDERED and self._asks:
            scopes = [*scopes, *(s for s in self._with_procedures() if self._orders(s, first, end))]
        if not scopes:
            return []
        tests = category in TESTS
        scopes = [s for s in scopes if end <= s.end and s.reaches(first, tests=tests) and s.concerns(category)]
        if scopes and category == "drug":
            scopes = [s for s in scopes if not self._is_of_reason(s, first, end)]
        if not any(s.kind.startswith(_UNDOABLE) for s in scopes):
            return scopes
        if self._is_given(first, end):
            scopes = [s for s in scopes if not s.kind.startswith(("possible", "hypothetical"))]
        if scopes and first > self.first and self._taken_for_granted(first, end):
            scopes = [s for s in scopes if not s.kind.startswith(("negates", "possible"))]
        if scopes and (self._is_explained(end) or self._is_elsewhere(end) or self._ongoing_if(first, end)):
            scopes = [s for s in scopes if not s.kind.startswith(_UNDOABLE)]
        return scopes

    def denies(self) -> bool:
        """Whether the sentence denies anything."""
        return bool(self.denying) or any(scope.kind.startswith("negates") for scope in self.scopes)

    def denies_between(self, parts: tuple[tuple[int, int], ...]) -> bool:
        """Whether a denial between the parts of a term reaches the next one: «halsen palperes uten kuler»."""
        denied = parts[0][0] in self.denials and self.words[parts[0][0]] in NEGATORS
        if denied or not NOT.isdisjoint(self.words[slice(*parts[0])]):
            return False  # «ikke noe ut, heller ikke luft», «lukker ikke øyet og rynker ikke pannen»: a list of denials
        denying = [s for s in self.scopes if s.kind.startswith("negates") and parts[0][1] <= self._not(s.cue)]
        # «får ikke ned verken brød eller vann»: the term has denied already, and means that.
        own = min((i for part in parts for i in range(*part) if self.words[i] in NOT), default=self.end)
        denying = [s for s in denying if s.cue[0] < own or self.words[s.cue[0]] not in NEITHER]
        begun = parts[0][1]  # «plages ikke av lyset»: the denial begins with the term
        between = [
            s
            for s in denying
            if s.cue[0] < begun or not any(start < s.cue[1] and self._not(s.cue) < stop for start, stop in parts)
        ]
        for scope in between:
            # «kjenner ikke noen oppfylling, litt øm i epigastriet»: what follows the denial is what is denied.
            first, end = next((part for part in parts if part[0] > self._not(scope.cue)), (self.end, self.end))
            answered = self._capital(scope.cue[1]) or self.words[scope.cue[0]] == "nei"
            if scope.first <= parts[0][0] and parts[0][1] <= scope.end <= scope.cue[0] and answered:
                return True  # «Svelging: u.a. Vondt i øret: nei»
            said = scope.cue[0] in self.denials or "ikke" in self.words[slice(*scope.cue)]  # and no «normal»
            beside = said and first <= scope.cue[1]
            if first < self.end and (beside or (scope.first <= first and end <= scope.end)):
                return True
        return False

    def _not(self, cue: tuple[int, int]) -> int:
        """The word that denies in `har ikke sett`; the cue's first where no such word stands."""
        return next((i for i in range(*cue) if self.words[i] in NOT), cue[0])

    def past_elsewhere(self, first: int, end: int) -> bool:
        """«Ikke tidligere henvist, stridor»: words of the past stand in other parts only, and no year is told."""
        past = [cue for cue, kinds in self.cues if any(kind.startswith(_OF_THE_PAST) for kind in kinds)]
        between = (self.words[min(cue.end, end) : max(cue.first, first)] for cue in past)
        years = (i for i in range(self.first, self.end) if self.words[i] == "#" and self._is_past_year(i))
        apart = all(not SEPARATORS.isdisjoint(words) for words in between)
        return bool(past) and apart and next(years, None) is None

    def denies_next(self, first: int) -> bool:
        """Whether a denial stands right before: in «ikke hes, svelger fint» none denies `svelger fint`, and the heading
        of a list («Neg: svelger alt») denies no denial."""
        heads = self.words[first - 1] == ":"
        return not heads and any(
            s.cue[1] == first == s.first and s.kind.startswith("negates") and not self._new_line(first)
            for s in self.scopes
        )

    def doubts_between(self, parts: tuple[tuple[int, int], ...]) -> bool:
        """«Munnviken kanskje henger»: a doubt inside the term that reaches its last part."""
        first, end = parts[-1]
        doubts = (s for s in self.scopes if s.kind == "possible_ahead" and parts[0][1] <= s.cue[0])
        return any(s.cue[1] <= first and s.first <= first and end <= s.end for s in doubts)

    def _orders(self, scope: Scope, first: int, end: int) -> bool:
        """«Kalprotektin er rekvirert», «ber om ny døgnkurve»: right beside what may be no procedure at all."""
        cue = self.words[slice(*scope.cue)]
        whole = scope.kind == "requested_behind" and len(cue) > 1  # «bør tas», and not `tas`
        if not scope.kind.startswith("requested") or not (whole or self.steering.no_order.isdisjoint(cue[-1:])):
            return False
        between = self.words[scope.cue[1] : first] or self.words[end : scope.cue[0]]
        near = 0 <= first - scope.cue[1] <= _BESIDE or 0 <= scope.cue[0] - end <= _BESIDE
        return near and _APART.isdisjoint(between)

    def _with_procedures(self) -> list[Scope]:
        """Few findings are procedures, so what only they need is worked out when it is asked for."""
        if self._of_procedures is None:
            self._of_procedures = [*self.scopes, *self._of_cues(procedures=True)]
        return self._of_procedures

    def _of_cues(self, *, procedures: bool) -> Iterator[Scope]:
        for cue, kinds in self.cues:
            for kind in sorted(kinds):
                if (kind in _OF_PROCEDURES) is procedures and not self._says_nothing(cue, kind):
                    yield from self._of_cue(cue, kind, kinds)

    def _says_nothing(self, cue: Match, kind: str) -> bool:
        """`ikke bekreftet` affirms nothing, and neither `ikke ... uten` nor `ikke utelukket` denies."""
        denied = kind.startswith("affirms") and any(i < cue.first < end for i, (_, end) in self.unfound.items())
        denied |= kind.startswith("affirms") and self._tells_of_none(cue)
        undone = cue.first in self.cancelled or any(cue.first in place for place in self.doubly_denied)
        return denied or undone or self._is_quoted(cue) or self._awaits_a_tick(cue) or self._is_planned(cue, kind)

    def _of_cue(self, cue: Match, kind: str, kinds: frozenset[str]) -> Iterator[Scope]:
        if kinds & _DENIABLE and ("pseudo" in kinds or self._is_denied(cue)):
            return
        if self.words[cue.first] == "?" and (answer := self._answer(cue.end)):
            yield self._backward(cue.place, answer)
        elif kind in KIN:
            yield from self._of_kin(cue, kind)
        elif kind in _OF_NEGATION:
            yield from () if self._is_in_condition(cue) else self._of_negation(cue, kind)
        elif kind == "negates_far":
            yield from self._of_opinion(cue)
        elif kind in _OF_TIME:
            yield from self._of_time(cue, kind, kinds)
        elif kind in OF_DRUGS:
            yield from self._of_drug(cue, kind, kinds)
        else:
            yield from self._of_plain(cue, kind, kinds)

    def _of_plain(self, cue: Match, kind: str, kinds: frozenset[str]) -> Iterator[Scope]:
        """Of a kind that says itself which way it looks."""
        if kind == "possible_ahead" and self._ends_part(cue):
            yield self._backward(cue.place, kind)  # «Lydskade: mulig», «polymyalgi trolig.»
        elif kind.endswith("_ahead"):
            lists = kind == "hypothetical_ahead" or self.words[cue.first] in _ALTERNATIVES
            end = self._end_ahead(cue.end, kind, commas=lists)
            first, end = self._cause(cue.end, end) if kind == "possible_ahead" else (cue.end, end)
            yield Scope(kind, cue.place, first, end)
        elif kind == "negates_behind" and self._opens_with_negative(cue):
            yield self._forward(cue.place, "negates_ahead", commas=False)
        elif kind == "negates_list" and self._rules_out(cue):
            yield self._forward(cue.place, "negates_ahead", commas=True)
        elif kind == "negates_list" or (kind.endswith("_behind") and not self._looks_ahead(cue, kind, kinds)):
            yield self._backward(cue.place, kind)

    def _ends_part(self, cue: Match) -> bool:
        """«polymyalgi trolig.», and neither `Trol. gastroenteritt` nor «nattlig hoste taler for»."""
        point = self.words[cue.end : cue.end + 1] == ["."] and cue.end + 1 < self.end
        ends = not cue.parts and self.words[cue.end - 1] not in _STRANDED
        return ends and not self._follows(cue.end + point)
