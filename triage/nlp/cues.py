"""How far each cue reaches: the stretch of tokens that it governs, one sentence at a time.

A cue works forward or backward until something ends it: a contrast (`men`), a new statement after a comma or `og`, a
finite verb in dictated text, the end of the sentence. Kinds of cues are the headings of `lexicon/cues.yaml`; a word
inside a longer cue or term does nothing of its own, which is how `kan ikke utelukkes` is kept from denying anything.
"""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from triage.nlp.lexicon import Lexicon, Match
from triage.nlp.text import Document, Section, Sentence

WORD = "word"  # the category of a place in the text that is no concept of the lexicon
TESTS = frozenset(("test", "exam"))
KIN = ("first_degree", "second_degree", "relative", "other_person", "husband")
_OF_PROCEDURES = frozenset(("requested_ahead", "requested_behind", "done_ahead", "done_behind"))
_OF_DRUGS = frozenset(("stopped_ahead", "stopped_behind"))
_SIGNS = frozenset(("0", "-", "÷", "+", "j", "n", "?", "("))
_KIN = frozenset(KIN)
_OPENERS = frozenset(("gjelder", "gjeld", "hos", "i", "av", "fra", "på", "blant", "nær"))
_PREPOSITIONS = _OPENERS | {"etter", "siden", "ved", "under", "før", "til", "med", "uten", "for", "om"}
_SUBJECTS = frozenset(("hun", "han", "pasienten", "jeg", "vi", "hen"))
_SEPARATORS = frozenset((",", ".", ";", ")", "/", '"', "»"))
_BOXES = frozenset(("[", "☐", "☑", "☒", "✓", "✔", "□", "■"))
_DATE = re.compile(r"(?:\d{1,2}\.\d{1,2}\.)?((?:19|20)\d\d)(?:-\d\d-\d\d)?")
_CLOSED = _BOXES | {"]", ")"}
_TICKS = frozenset(("☑", "☒", "✓", "✔", "■"))
_ADVERBIAL = frozenset(("fordi", "hvis", "dersom", "mens"))  # what they open is said apart from the denial
_REASONS = frozenset(("da", "fordi", "siden", "ettersom", "når", "pga", "grunnet"))  # and these, what is no doubt
_TIMES = frozenset(("når", "hvis", "dersom", "mens"))
_IN_CLAUSE = 5  # words of a clause that one of these opens
_HAVING = frozenset(("fikk", "fekk", "hadde", "har"))
_OF_BODY = frozenset(("øye", "øre", "synet", "hals", "nese", "mage"))
_USING = frozenset(("ser", "les", "lese", "hører", "svelge", "tygg", "lukk", "blunk"))
_CHILDREN, _PARENTS = frozenset(("datter", "sønn")), frozenset(("mor", "far"))
_WHOSE = frozenset(("hos", "som"))  # after a suspicion: whose it is, not what is suspected
_THINGS = frozenset(("den", "det"))  # before a verb: the complaint, no longer the relative
_PATIENT_OR_REASON = frozenset(("fordi", "henne", "ham"))  # «samboeren fikk henne til å si at ...»
_PRESENT_TENSE = ("er", "es")
_CARRIED = frozenset(("har", "hadde", "hatt", "fikk", "fått", "ble", "døde"))
_ANSWERS = {"ja": "affirms_behind", "nei": "negates_behind"}  # of a box: `[ ] ja [x] nei`
_SEEN = frozenset(("sett", "hatt", "merke", "merket", "merka", "kjent", "følt", "opplevd", "observert", "vært"))
_NOT = frozenset(("ikke", "ingen", "aldri"))
_ABLE = frozenset(("kan", "klarer", "greier", "orker", "får"))
_BECAUSE = frozenset(("pga", "grunnet"))
_NEITHER = frozenset(("verken", "hverken", "korkje"))
_SINCE = frozenset(("siden", "etterpå", "senere"))  # last in `aldri siden`
_WHEN = frozenset(("i", "for", "under", "før", "begge", "sist", "siste", "da", "bare", "kun", "ja", "ved"))
_TELLING_WHEN = frozenset((",", ".", ";", ")", "siste", "siden", "i", "fra", "de", "den", "etter"))
_LAST = frozenset(("sist", "siste"))
_NONE_OF = frozenset(("nei", "ingen", "0", "negativ"))  # before what they answer for, in brackets
_EXCEPTING = frozenset(("men", "unntatt", "bortsett", "utenom", "foruten"))
_LABEL = 5  # tokens of a heading on the line of its list, at most
_LIKE = frozenset(("noe", "ut"))  # «noe som så ut som kaffegrut»
_LONGEST_RUN = 14  # words that a cue may reach over without a comma or «og»
_LONGEST_BACK = 9
_SHORTEST_DENYING = 6  # letters, exceeded by `smertefri`
_BARE_LABEL = 2  # tokens of `ikke:`, which opens a list of what is denied when a line begins with it
_NUMBER_BESIDE = 3  # «F-Hb x 3 neg»: a number further from the answer belongs to another test
_SHORT = 4  # words of a term whose parts stand together
_TO_THE_VERB = 3  # words from a person to what the person does
_LONGEST_PUT_IN = 6  # words of `som er frisør`
_HEADING = 2  # tokens before a year that heads its sentence: «Vinteren 2014»
_ONE = frozenset(("en", "ein", "et", "eit", "ei"))
_RECENT_YEARS = 2  # a year named in the text this close to the letter's own is not history


class Scope(NamedTuple):
    """A cue of `kind` at tokens `cue` governs tokens `first` up to `end`, and tests from `tests` on."""

    kind: str
    cue: tuple[int, int]
    first: int
    end: int
    tests: int

    def reaches(self, first: int, *, tests: bool) -> bool:
        """Whether it begins before token `first`, or `first` lies in the cue: «ingen problemer med å svelge»."""
        return (self.tests if tests else self.first) <= first or self.cue[0] < first < self.cue[1]

    def concerns(self, category: str) -> bool:
        """What a sentence is about is taken for granted (`smertene er ikke verre`), and only drugs are stopped."""
        return category == WORD or (
            self.kind != "negates_clause" and (category == "drug" or self.kind not in _OF_DRUGS)
        )


@dataclass(frozen=True, slots=True)
class Steering:
    """Single words that decide how far a cue reaches, as normal forms (`lexicon/steering.yaml`)."""

    clause_starts: frozenset[str]
    verbs: frozenset[str]
    subordinators: frozenset[str]
    joins: frozenset[str]
    light: frozenset[str]
    grades: frozenset[str]
    telling: frozenset[str]
    changes: frozenset[str]
    denying: frozenset[str]
    present: frozenset[str]
    sentence_adverbs: frozenset[str]
    denying_endings: tuple[str, ...]
    procedure_endings: tuple[str, ...]

    def denies(self, word: str) -> bool:
        """`smertefri`"""
        return len(word) > _SHORTEST_DENYING and word.endswith(self.denying_endings)


def load_steering(lexicon: Lexicon) -> Steering:
    of, written = lexicon.text_rules.words.of, lexicon.data["steering"]
    values: dict[str, Any] = {k: tuple(v) if k.endswith("_endings") else frozenset(of(v)) for k, v in written.items()}
    return Steering(**values)


class SentenceCues:
    """The cues of one sentence and their `scopes`. `year` is the letter's own, for years named in the text."""

    def __init__(
        self, document: Document, sentence: Sentence, matches: list[Match], steering: Steering, *, year: int
    ) -> None:
        self.document = document
        self.words, self.lower = document.words, document.lower
        self.first, self.end = sentence.first, sentence.end
        self.steering = steering
        self.year = year
        self.cues = _longest(matches)
        self.matches = matches
        said = zip(range(self.first, self.end), self.words[self.first : self.end], strict=False)
        self.denying = {i for i, word in said if word in steering.denying or steering.denies(self.lower[i])}
        self.stops = self._starts("stops")
        self.denials = self._starts("negates_ahead", "negates_both")
        self.selves = self._starts("self")
        self.answers = {cue.end - 1 for cue, kinds in self.cues if kinds & {"negates_behind", "affirms_behind"}}
        self.scopes = [*self._of_cues(procedures=False), *self._of_signs(), *self._of_years()]
        if sentence.section is Section.DENIED:
            self.scopes.append(self._of_heading())
        self._of_procedures: list[Scope] | None = None
        self.judged: dict[Hashable, Any] = {}  # by what is said of them; see `assertion.judge`

    def governing(self, first: int, end: int, category: str) -> list[Scope]:
        """The scopes in which tokens `first` up to `end` lie, for a finding of this category."""
        scopes = self._with_procedures() if category == "procedure" else self.scopes
        if not scopes:
            return []
        tests = category in TESTS
        return [s for s in scopes if end <= s.end and s.reaches(first, tests=tests) and s.concerns(category)]

    def denies_between(self, parts: tuple[tuple[int, int], ...]) -> bool:
        """Whether a denial between the parts of a term reaches the next one: «halsen palperes uten kuler»."""
        if not parts or parts[0][0] in self.denials:
            return False  # «ikke noe ut, heller ikke luft» is itself a list of denials
        denying = [s for s in self.scopes if s.kind.startswith("negates") and parts[0][1] <= s.cue[0]]
        between = [s for s in denying if not any(start < s.cue[1] and self._not(s.cue) < stop for start, stop in parts)]
        for scope in between:
            # «kjenner ikke noen oppfylling, litt øm i epigastriet»: what follows the denial is what is denied.
            first, end = next((part for part in parts if part[0] >= scope.cue[1]), (self.end, self.end))
            answered = self._capital(scope.cue[1]) or self.words[scope.cue[0]] == "nei"
            if scope.first <= parts[0][0] and parts[0][1] <= scope.end <= scope.cue[0] and answered:
                return True  # «Svelging: u.a. Vondt i øret: nei»
            said = scope.cue[0] in self.denials or "ikke" in self.words[slice(*scope.cue)]  # and no «normal»
            beside = said and scope.cue[1] == first
            if first < self.end and (beside or (scope.first <= first and end <= scope.end)):
                return True
        return False

    def _not(self, cue: tuple[int, int]) -> int:
        """The word that denies in `har ikke sett`; the cue's first where no such word stands."""
        return next((i for i in range(*cue) if self.words[i] in _NOT), cue[0])

    def doubts_between(self, parts: tuple[tuple[int, int], ...]) -> bool:
        """«Munnviken kanskje henger»: a doubt inside the term that reaches its last part."""
        first, end = parts[-1]
        doubts = (s for s in self.scopes if s.kind == "possible_ahead" and parts[0][1] <= s.cue[0])
        return any(s.cue[1] <= first and s.first <= first and end <= s.end for s in doubts)

    def _capital(self, i: int) -> bool:
        return i < self.end and self.document.text[self.document.starts[i]].isupper()

    def denies_next(self, first: int) -> bool:
        """Whether a denial stands right before: in «ikke hes, svelger fint» none denies `svelger fint`, and the heading
        of a list («Neg: svelger alt») denies no denial."""
        heads = self.words[first - 1] == ":"
        return not heads and any(
            s.cue[1] == first == s.first and s.kind.startswith("negates") and not self._new_line(first)
            for s in self.scopes
        )

    def _new_line(self, i: int) -> bool:
        return i > 0 and "\n" in self.document.text[self.document.ends[i - 1] : self.document.starts[i]]

    def _with_procedures(self) -> list[Scope]:
        """Few findings are procedures, so what only they need is worked out when it is asked for."""
        if self._of_procedures is None:
            self._of_procedures = [*self.scopes, *self._of_cues(procedures=True)]
        return self._of_procedures

    def _starts(self, *names: str) -> set[int]:
        return {cue.first for cue, kinds in self.cues if not kinds.isdisjoint(names)}

    def _of_heading(self) -> Scope:
        """`Nei: blod, vekttap`, and each item below it, until something is excepted or a subject begins a sentence."""
        label = range(self.first, min(self.first + _LABEL, self.end))
        start = next((i + 1 for i in label if self.words[i] == ":"), self.first)
        end = next((i for i in range(start, self.end) if self.words[i] in _EXCEPTING | _SUBJECTS | _THINGS), self.end)
        return Scope("negates_ahead", (self.first, self.first + 1), start, end, start)

    def _of_cues(self, *, procedures: bool) -> Iterator[Scope]:
        for cue, kinds in self.cues:
            for kind in sorted(kinds):
                if (kind in _OF_PROCEDURES) is procedures and not (self._is_quoted(cue) or self._awaits_a_tick(cue)):
                    yield from self._of_cue(cue, kind, kinds)

    def _is_quoted(self, cue: Match) -> bool:
        """«Sier "hæ?" hele tiden»: the question is another's."""
        after = self.document.ends[cue.first]
        return self.words[cue.first] == "?" and self.document.text[after : after + 1] in ('"', "»", "”")

    def _awaits_a_tick(self, cue: Match) -> bool:
        """`ja ( ) nei (x)`: the cross tells, and no answer by itself."""
        boxed = cue.end < self.end and (self.lower[cue.end] in _BOXES or self._is_box(cue.end))
        return boxed and self.lower[cue.first] in _ANSWERS

    def _of_cue(self, cue: Match, kind: str, kinds: frozenset[str]) -> Iterator[Scope]:
        place = (cue.first, cue.end)
        if kind in KIN:
            yield from self._of_kin(cue, kind)
        elif kind in ("negates_ahead", "negates_next", "negates_both", "not_done"):
            yield from self._of_negation(cue, kind)
        elif kind == "negates_far":
            yield Scope("negates_ahead", place, cue.end, self.end, cue.end)
            if not self._follows(cue.end):
                yield Scope("negates_ahead", place, self.first, cue.first, self.first)
        elif kind == "current":
            yield self._around(cue.first, cue.end, kind)
        elif kind == "recurs_behind":
            yield from self._of_recurrence(cue)
        elif kind.endswith("_ahead"):
            past = self._past_inverted(cue.end) if kind == "historical_ahead" else cue.end
            end = self._end_ahead(past, kind, commas=kind == "hypothetical_ahead")
            yield Scope(kind, place, cue.end, end, cue.end)
        elif kind == "resolved_behind":
            end = cue.first - self._opens_part(cue.first)
            first = min(self._clause_start(end), self._first_behind(end))
            first = self._whole_event(first) if self.words[cue.end - 1] in _SINCE else first
            yield Scope("historical_over", (end, cue.end), first, end, first)
        elif kind == "negates_list" or (kind.endswith("_behind") and not self._looks_ahead(cue, kind, kinds)):
            yield self._backward(place, kind)

    def _of_recurrence(self, cue: Match) -> Iterator[Scope]:
        """«I 2018, og nå igjen siste uke», but not «i 2018, nå på ny smerter»: there what follows is what is new."""
        denied = not self.denials.isdisjoint(range(cue.first - 2, cue.first))
        if not denied and (cue.end == self.end or self.words[cue.end] in _TELLING_WHEN):
            yield Scope("current", (cue.first, cue.end), self.first, cue.first, self.first)

    def _past_inverted(self, i: int) -> int:
        """«For førti år siden kastet han opp»: after verb and subject, when those are what stands at token `i`."""
        verb = i + (self.words[i : i + 1] == [","])
        inverted = verb + 1 < self.end and self.words[verb + 1] in _SUBJECTS and self.words[verb] not in _SUBJECTS
        return verb + 2 if inverted else i

    def _looks_ahead(self, cue: Match, kind: str, kinds: frozenset[str]) -> bool:
        """`tidligere magesår`, `ikke funnet glandler`: what can look both ways looks ahead when something follows."""
        both = ("negates_behind", "historical_behind", "hypothetical_behind", "done_behind")
        either = kind in both and f"{kind[:-7]}_ahead" in kinds
        if kind == "historical_behind" and cue.end < self.end and self.words[cue.end] == "etter":
            return False  # «mistet hørselen som femåring etter kusma»
        return either and self._follows(cue.end) and not self._is_value(cue.first)

    def _of_negation(self, cue: Match, kind: str) -> Iterator[Scope]:
        """`ingen` denies what follows; as a value, or last in its clause, it denies what went before."""
        if self._is_not(cue.end):
            return
        if self._is_about_change(cue.end):
            return  # «ingen bedring av smertene» denies the change, not the pain
        if self.words[cue.end - 1] == ":" and cue.end - cue.first == _BARE_LABEL and cue.first > self.first + 1:
            return  # «Plager har han ikke: magen går som en klokke»
        place = (cue.first, cue.end)
        if cue.end < self.end and self.words[cue.end] in _TIMES:
            # «protesterer ikke når jeg dekker venstre rød refleks er ...»: findings after the clause are not denied
            end = self._end_ahead(cue.end, kind, commas=True)
            near = min(end, cue.end + _IN_CLAUSE)
            yield from (Scope(kind, place, cue.end, near, cue.end), Scope("negates_clause", place, near, end, near))
            return
        adverb = not {"ikke", "aldri"}.isdisjoint(self.words[cue.first : cue.end])
        if adverb:
            yield Scope("negates_clause", place, self._main_clause_start(cue.first), cue.first, cue.first)
            if self._is_fronted(cue):
                yield self._backward(place, "negates_behind")
        backward = kind if kind == "not_done" else "negates_behind"
        if self._follows(cue.end) and not (self._is_value(cue.first) and self._next_label(cue.end)):
            # «øyet kan ikke åpnes, febril», «som ikke lenger får frem buda, rusten i røsten»
            unable = adverb and (self.words[cue.first - 1] in _ABLE or self.words[cue.end - 1] == "lenger")
            yield self._forward(place, kind, commas=kind != "negates_next" and not unable)
        elif not self._follows(cue.end) or self._is_value(cue.first):
            yield self._backward(place, backward)

    def _is_not(self, i: int) -> bool:
        """`Det er pasienten, ikke kona, som blør`: a person at token `i` who is put aside."""
        aside = i > self.first and self.words[i - 1] == "ikke"
        named = (c.end for c, kinds in self.cues if aside and c.first == i and kinds & _KIN)
        return any(self.words[end : end + 1] == [","] for end in named)

    def _is_of_another(self, i: int) -> bool:
        """«en venninne av moren»: the friend has it."""
        of = i > self.first and self.words[i - 1] in ("av", "til")
        return of and any(c.end == i - 1 for c, kinds in self.cues if kinds & _KIN)

    def _is_fronted(self, cue: Match) -> bool:
        """`Blod har hun aldri sett snurten av`: what stands before verb and subject is what was not seen."""
        first = self._clause_start(cue.first)
        had = cue.first - first > len(("har", "hun")) and self.words[cue.first - 2] in ("har", "hadde")
        seen = not _SEEN.isdisjoint(self.lower[cue.first : cue.end + 1])
        return had and seen and self.words[cue.first - 1] in _SUBJECTS and self.words[first] not in _PREPOSITIONS

    def _is_about_change(self, i: int) -> bool:
        near = range(i, min(i + 2, self.end))
        changes = [j for j in near if self.words[j] in self.steering.changes]
        named = [m for m in self.matches if m.term.opaque and not m.parts] if changes else ()
        return any(not any(m.first <= j < m.end for m in named) for j in changes)

    def _follows(self, i: int) -> bool:
        """Something that can be denied stands between here and the next separator."""
        while i < self.end and self.words[i] not in _SEPARATORS and i not in self.stops:
            if self.words[i] not in self.steering.light:
                return True
            i += 1
        return False

    def _opens_part(self, i: int) -> int:
        """`..., ble bra`, `..., men aldri siden`: how many tokens before belong to the resolution."""
        opening = i
        while opening > self.first and self.words[opening - 1] in (",", "og", "men"):
            opening -= 1
        return i - opening

    def _of_kin(self, cue: Match, kind: str) -> Iterator[Scope]:
        """«Mor hadde X» governs what follows, «X hos mor» what went before; «mor forteller at» governs nothing."""
        aside = self._closing_comma(cue.end)
        beside = (*range(max(self.first, cue.first - 1), cue.end), *range(aside, min(aside + _TO_THE_VERB, self.end)))
        label = (c.end for c, kinds in self.cues if "relative" in kinds)
        labelled = self._is_value(cue.first) and cue.first - 1 in label  # `Tarmkreft i slekta: mormor`
        behind = self._owned_from(cue)
        of = cue.first > self.first and self.words[cue.first - 1] == "til"
        if behind == cue.end and of and not any(c.first < cue.first - 1 and c.end == cue.first for c, _ in self.cues):
            return  # «flaggstanga til naboen», «fjøset til broren», and not «faren til stemoren»
        if self.words[self.first] in _CHILDREN and self.words[cue.first] in _PARENTS:
            return  # «Datteren sier at mor ikke spiser»: the patient
        if self._is_not(cue.first) or self._is_of_another(cue.first):
            return
        telling = any(self._tells(i) for i in beside)
        if telling and not labelled and behind == cue.end:
            return
        opened = cue.first > self.first and self.words[cue.first - 1] in _OPENERS
        if opened or labelled or kind == "relative":
            yield self._backward((cue.first - opened - labelled, cue.end), kind)
        for first, end in self._of_relative(cue.end):
            yield Scope(kind, (cue.first, cue.end), behind if first == cue.end else first, end, first)

    def _tells(self, i: int) -> bool:
        """«Søsteren ser at», but not «søsteren ser dobbelt»: there the verb is a part of what she has."""
        named = (m for m in self.matches if m.first == i and m.term.concepts and not m.parts and m.end > i + 1)
        saw = self.words[i] == "så" and "at" in self.words[i + 1 : i + 3]  # «kona så at», «så kona at»
        tells = saw or self.words[i] in self.steering.telling
        return tells and i not in self.stops and next(named, None) is None

    def _closing_comma(self, i: int) -> int:
        """`Kona, som var med, legger til`, `datteren som er frisør har tatt bilder`: past what is put in."""
        if self.words[i : i + 1] == ["som"]:
            return next((j for j in range(i + 2, min(i + _LONGEST_PUT_IN, self.end)) if self.words[j] == "har"), i)
        if self.words[i : i + 2] != [",", "som"]:
            return i
        return next((j + 1 for j in range(i + 1, self.end) if self.words[j] == ","), i)

    def _of_relative(self, start: int) -> Iterator[tuple[int, int]]:
        """What a relative owns: past an age, and past brackets, which are another's when they say «selv»."""
        aged = self.words[start : start + 3] == [",", "#", ","]  # «Farmor, 82, hadde»
        bound = self._bound(start)
        first, end = start, start + 3 * aged
        opened = end
        while end < bound and (end == opened or not self._ends_kin(end)):
            if self.words[end] != "(":
                end += 1
                continue
            opened = self._closing(end) + 1
            if not self.selves.isdisjoint(range(end, opened)):
                yield first, end
                first = opened
            end = opened
        yield first, min(end, bound)

    def _bound(self, i: int) -> int:
        """Where the brackets around token `i` close, else the sentence's end: what is said in brackets stays there."""
        opened = next((j for j in range(i - 1, self.first - 1, -1) if self.words[j] in ("(", ")")), None)
        if opened is None or self.words[opened] == ")":
            return self.end
        return next((j for j in range(i, self.end) if self.words[j] == ")"), self.end)

    def _owned_from(self, cue: Match) -> int:
        """Where what the person has begins: before «fikk naboen», «øyet til søsteren» and «når hans bror ser»."""
        before, after = self.words[max(self.first, cue.first - 2) : cue.first], self.words[cue.end : self.end]
        if before[-1:] == ["når"] and not _USING.isdisjoint(after[:1]):
            return self.first
        of_body = before[-1:] == ["til"] and before[0] in _OF_BODY
        return self._first_behind(cue.first) if of_body or not _HAVING.isdisjoint(before[-1:]) else cue.end

    def _ends_kin(self, i: int) -> bool:
        if i in self.stops or i in self.selves or self.words[i] in _PATIENT_OR_REASON:
            return True
        if self.words[i] == "så" and i + 1 < self.end and self.words[i + 1] in _SUBJECTS:
            return True  # «Søster har cøliaki, så vi tok prøve»
        if self.words[i] in _THINGS and self.words[i - 1] not in self.steering.subordinators:
            return i + 1 < self.end and self.words[i + 1].endswith(_PRESENT_TENSE)
        begins = i + 1 < self.end and (self.words[i + 1] in self.steering.clause_starts or i + 1 in self.denials)
        return self.words[i] in (",", "og") and begins and not self._goes_on(i)

    def _goes_on(self, i: int) -> bool:
        """«Moren fikk tarmkreft og har Lynch syndrom», «far med HHT og kraftige neseblødninger»: the same subject."""
        after = self.words[i + 1]
        return self.words[i] == "og" and (after in _CARRIED or after in self.steering.grades)

    def _whole_event(self, first: int) -> int:
        """`satt fast to ganger, begge i 2018, aldri siden`: a part that only tells when belongs to the part before."""
        while (start := self._part_start(first)) > self.first and self.words[start] in _WHEN:
            first = self._part_start(start - 1)
            if any("current" in kinds and first <= cue.first < start for cue, kinds in self.cues):
                return start
        return first

    def _part_start(self, i: int) -> int:
        while i > self.first and self.words[i - 1] not in (",", ";", ":") and i - 1 not in self.stops:
            i -= 1
        return i

    # Signs and years

    def _of_signs(self) -> Iterator[Scope]:
        """Values and boxes without words: `Vekttap: 0`, `dysfagi -`, `÷ blod`, `feber J, utslett N`, `[x] anemi`."""
        tokens = self.lower[self.first : self.end]
        if _SIGNS.isdisjoint(tokens) and _BOXES.isdisjoint(tokens):
            return
        for i, sign in enumerate(tokens, start=self.first):
            if sign in _BOXES or (sign == "(" and (self._is_box(i) or self._answers_first(i))):
                yield from self._of_box(i)
            elif sign == "(" and i > self.first and self.words[i - 1] in _NONE_OF:
                # `Alarmsymptomer: nei (dysfagi, vekttap)`
                close = next((j for j in range(i, self.end) if self.lower[j] == ")"), self.end)
                yield Scope("negates_ahead", (i - 1, i), i + 1, close, i + 1)
            elif sign == "?" and self._asks_ahead(i):
                yield Scope("possible_ahead", (i, i + 1), i + 1, min(i + 3, self.end), i + 1)
            elif sign in ("0", "-", "÷", "+", "j", "n") and self._is_value_place(i):
                yield self._backward((i, i + 1), "affirms_behind" if sign in "+j" else "negates_behind")
            elif (
                sign in ("0", "÷") and i + 1 < self.end and self.words[i + 1].isalpha() and not self._follows_number(i)
            ):
                yield self._forward((i, i + 1), "negates_ahead", commas=False)

    def _of_box(self, i: int) -> Iterator[Scope]:
        if self._answers_first(i):
            kind = "affirms_behind" if self.lower[i + 1] == "ja" else "negates_ahead"
            yield Scope(kind, (i, i + 3), i + 3, self.end, i + 3)  # `[nei] svelgvansker`
            return
        close = next((j for j in (i + 1, i + 2) if j < self.end and self.lower[j] in ("]", ")")), i)
        ticked = self.lower[i] in _TICKS or close == i + 2
        row = self._row_of_boxes(i)
        if self.lower[row] in _ANSWERS:  # `ja ( ) nei (x)`
            if ticked and self.lower[i - 1] in _ANSWERS:
                yield self._backward((row, close + 1), _ANSWERS[self.lower[i - 1]])
            return
        if close + 1 < self.end and self.lower[close + 1] in _ANSWERS:
            if ticked:
                yield self._backward((row, close + 2), _ANSWERS[self.lower[close + 1]])
            return
        if self._boxes_follow():
            start = next((j + 1 for j in range(i - 1, self.first, -1) if self.lower[j] in _CLOSED), self.first)
            inside = self.lower[min(i + 1, close)]
            answer = _ANSWERS.get(inside, "affirms_behind") if ticked else "negates_behind"
            yield Scope(answer, (i, close + 1), start, i, start)
        elif self.lower[i] not in ("[", "(") or close > i:
            end = next((j for j in range(close + 1, self.end) if self.lower[j] in _BOXES or self._is_box(j)), self.end)
            yield Scope("affirms_behind" if ticked else "negates_ahead", (i, close + 1), close + 1, end, close + 1)

    def _boxes_follow(self) -> bool:
        """`Dysfagi: [ ] Vekttap: [x]`: the last box has nothing behind it, and the first has its label before it."""
        last = next((i for i in range(self.end - 1, self.first, -1) if self.words[i] not in (".", ",")), self.first)
        return self.lower[last] in _CLOSED and self.lower[self.first] not in (*_BOXES, "(")

    def _row_of_boxes(self, i: int) -> int:
        """Where `[ ] ja [x] nei`, or `ja [ ] nei [x]`, begins."""
        row = (*_BOXES, *_ANSWERS, "[", "]", "(", ")", "x")
        while i > self.first and self.lower[i - 1] in row:
            i -= 1
        return i

    def _answers_first(self, i: int) -> bool:
        """`[nei] svelgvansker`, and `(nei) svelgvansker` where a line begins so."""
        opened = (self.lower[i] == "[" and not self._boxes_follow()) or i == self.first
        return opened and self.lower[i + 2 : i + 3] in (["]"], [")"]) and self.lower[i + 1] in _ANSWERS

    def _is_box(self, i: int) -> bool:
        """`( )` or `(x)`."""
        if self.lower[i] != "(" or i + 1 >= self.end:
            return False
        return self.lower[i + 1] == ")" or (self.lower[i + 1] in ("x", "v") and self.lower[i + 2 : i + 3] == [")"])

    def _asks_ahead(self, i: int) -> bool:
        """`?glaukom`: the mark stands before the word that it asks about."""
        ends, starts = self.document.ends, self.document.starts
        return i + 1 < self.end and ends[i] == starts[i + 1] and (i == self.first or ends[i - 1] < starts[i])

    def _of_years(self) -> Iterator[Scope]:
        """`i 2009`, `-97`: an event of that year, unless it goes on `siden 2009`."""
        if (noted := _DATE.fullmatch(self.lower[self.first])) and int(noted[1]) <= self.year - _RECENT_YEARS:
            yield self._up_to_today(self.first)  # «20.09.2019 Fastlege: ...»
        if "#" not in self.words[self.first : self.end]:
            return
        for i in range(self.first, self.end):
            if self.words[i] == "#" and self._is_past_year(i):
                if "enn" in self.words[max(self.first, i - 2) : i]:
                    continue  # «mindre enn i 2021» compares
                ongoing = i > self.first and self.words[i - 1] in ("siden", "fra")
                heads = not ongoing and (i <= self.first + _HEADING or self._is_a_day_of(i))
                kind = "current" if ongoing else "historical_behind"
                yield self._up_to_today(i) if heads else self._around(i, i + 1, kind)

    def _is_a_day_of(self, year: int) -> bool:
        """«En vårdag i 2013», at the head."""
        return year == self.first + 3 and self.words[self.first] in _ONE and self.words[year - 1] == "i"

    def _up_to_today(self, year: int) -> Scope:
        """`I 2016 falt synet, og det verket`: a year at the head dates the sentence, until it comes to the present."""
        ahead = range(year + 1, self.end)
        today = (
            i for i in ahead if self.words[i] in self.steering.present or self.lower[i - 1 : i + 1] == ["i", "dag"]
        )
        end = next(today, self.end)
        return Scope("historical_behind", (year, year + 1), self.first, end, self.first)

    def _is_past_year(self, i: int) -> bool:
        number = self.lower[i]
        if len(number) == 4 and number[:2] in ("19", "20") and number.isdecimal():
            return int(number) <= self.year - _RECENT_YEARS
        apostrophe = i > self.first and self.words[i - 1] in ("-", "'")
        two = len(number) == 2 and number.isdecimal()
        return apostrophe and two and (i < self.first + 2 or self.words[i - 2] != "#")

    def _is_value(self, i: int) -> bool:
        return i > self.first and self.words[i - 1] == ":"

    def _is_value_place(self, i: int) -> bool:
        """After a word or a colon, and last in its part of the sentence. `N` and `J` stand in capitals."""
        if i > self.first and self.words[i - 1] == "(" and self.lower[i + 1 : i + 2] == [")"]:
            return True  # `dysfagi (-)`
        if self.lower[i] in "jn" and not self.document.text[self.document.starts[i]].isupper():
            return False
        if self._is_value(i) and self._next_label(i + 1):
            return True
        after = i > self.first and (self.words[i - 1] in (":", ".") or self.words[i - 1][-1].isalpha())
        return after and (i + 1 >= self.end or self.words[i + 1] in _SEPARATORS or self.words[i + 1] == "(")

    def _follows_number(self, i: int) -> bool:
        if i == self.first:
            return False
        return self.words[i - 1] in ("#", "x", "<", ">", "=") or self.document.ends[i - 1] == self.document.starts[i]

    def _next_label(self, i: int) -> bool:
        """`Dysfagi: ingen Vekttap: 3 kg`: what follows the value is the next label."""
        return any(self.words[j] == ":" for j in range(i, min(i + 4, self.end)))

    # How far a cue reaches

    def _forward(self, cue: tuple[int, int], kind: str, *, commas: bool) -> Scope:
        return Scope(kind, cue, cue[1], self._end_ahead(cue[1], kind, commas=commas), cue[1])

    def _end_ahead(self, start: int, kind: str, *, commas: bool) -> int:  # noqa: C901 (one walk with one state)
        denies = kind.startswith("negates")
        run, seen, i, bound = 0, 0, start, self._bound(start)
        # `hvis` and `uten at` have opened a clause with a verb of its own.
        subordinate = int(kind == "hypothetical_ahead" or self.words[start - 1] == "at")
        while i < bound and run <= _LONGEST_RUN:
            word = self.words[i]
            owner = not denies and seen and word in _WHOSE and self.words[i - 1] not in _LIKE
            because = denies and i > start and word in _BECAUSE  # «sover ikke på venstre side pga smerter»
            if i in self.stops or word in (":", ";") or word in _BOXES or owner or because:
                return i
            if word == "(":
                i = self._closing(i)
            elif word == "eller" and self.words[start - 1] in _NEITHER:
                run = seen = 0  # «hverken sett blod eller gått ned i vekt»
            elif word == "," or word in self.steering.joins:
                if (word == "," and not commas) or self._begins_statement(i + 1, after_comma=word == ","):
                    return i
                run = 0
            elif word in self.steering.subordinators:
                if seen and word in (_ADVERBIAL if denies else _REASONS):
                    return i
                subordinate += 1
            elif seen and self._begins_clause(i) and not self._names_kin(start, i):
                if not subordinate:
                    short = (m for m in self.matches if m.term.concepts and m.end - m.first <= _SHORT)
                    inside = any(m.first < i - 1 < m.end for m in short)  # `ikke hoven bak øret har ikke`
                    return i - 1 if run > 1 and word in self.steering.verbs and not inside else i
                subordinate -= word in self.steering.verbs
            elif word not in self.steering.light and not self._begins_clause(i):
                run, seen = run + 1, seen + word[0].isalpha()
            i += 1
        return min(i, bound)

    def _begins_statement(self, i: int, *, after_comma: bool) -> bool:
        listed = self.steering.grades | self.steering.light
        if self.words[i - 1] == "eller" and i < self.end and self.words[i] in listed:
            return False  # «verken NSAID eller noe blodfortynnende», «aldri blødd eller hatt smerter»
        if i < self.end and (self.words[i] in self.steering.clause_starts or i in self.stops):
            return True
        return after_comma and self._states_something(i)

    def _states_something(self, i: int) -> bool:
        """A verb of its own, a grade (`noe`, `lett`) or a value before the next comma: no part of a denied list."""
        for j in range(i, self.end):
            word = self.words[j]
            if word in (",", ".", ";", "og", "eller", "/") or word in self.steering.subordinators or j in self.denials:
                return False
            timed = j + 1 < self.end and self.words[j + 1] in self.steering.light
            if word in self.steering.verbs or word in self.steering.grades or (word == "#" and not timed):
                return True
        return False

    def _begins_clause(self, i: int) -> bool:
        new = self.words[i] in self.steering.verbs or self.words[i] in _SUBJECTS
        return new and self.words[i - 1] not in self.steering.subordinators

    def _names_kin(self, first: int, end: int) -> bool:
        """`Ingen av søsknene har hatt kreft`: the subject is denied, so the verb does not end the denial."""
        if self.words[first - 1] in _NEITHER and first - 1 == self.first:
            return True  # «Verken hjemmet eller barnehagen mener at ...»
        return any(cue.first >= first and cue.end <= end and not kinds.isdisjoint(KIN) for cue, kinds in self.cues)

    def _closing(self, i: int) -> int:
        return next((j for j in range(i, self.end) if self.words[j] == ")"), i)

    def _clause_start(self, i: int) -> int:
        ends = self.steering.subordinators | {",", ";", ":", "og", "("}
        while i > self.first and self.words[i - 1] not in ends and i - 1 not in self.stops:
            i -= 1
        return i

    def _main_clause_start(self, i: int) -> int:
        """`når hun ligger flatt, kjenner hun ikke`: a verb before its subject begins the main clause."""
        first = self._clause_start(i)
        inverted = i - 2 >= first and self.words[i - 1] in _SUBJECTS
        return i - 2 if inverted and self.words[first - 1] in self.steering.subordinators else first

    def _backward(self, cue: tuple[int, int], kind: str) -> Scope:
        past = kind == "historical_behind"
        first = self._first_behind(cue[0], numbers=past)
        if past and first < cue[0] and self.words[first] in _LAST:
            first = self._whole_event(first)  # «to halsbyller, sist for tre år siden»
        if kind == "hypothetical_behind" and self._opens_condition():
            first = self.first  # «Kommer det blod, må hun ringe»
        # «Væskespeil bak hinnen, høyre er normal»: one side's answer is no word on what was told before it.
        sided = "høyre" in self.words[first : cue[0]] or "venstre" in self.words[first : cue[0]]
        listed = self._first_of_list(first) if kind in ("negates_behind", "negates_list") and not sided else first
        # «Røde, vonde øyne: nei»: the answer is about the whole label.
        labels = self._is_value(cue[0]) and listed == self.first and (not self.first or self._new_line(self.first))
        whole = kind == "negates_list" or labels
        return Scope(kind, cue, listed if whole else first, cue[0], listed)

    def _opens_condition(self) -> bool:
        return self.words[self.first] == "ved" or self.words[self.first] in self.steering.verbs

    def _first_behind(self, cue_first: int, *, numbers: bool = False) -> int:
        i = self._before_label_value(cue_first - 1)
        if i > self.first and self.words[i] == "(":
            i -= 1
        if i >= self.first and self.words[i] == ")":
            i = next((j for j in range(i, self.first - 1, -1) if self.words[j] == "("), i) - 1
        nearest = max(self.first, cue_first - _LONGEST_BACK)
        while i >= nearest and not self._ends_behind(i):
            if self.words[i] == "#" and cue_first - i > _NUMBER_BESIDE and not numbers:
                break
            i -= 1
        return i + 1

    def _before_label_value(self, i: int) -> int:
        """The last token of the label, when only verbs and light words stand between its colon and here."""
        j = i
        while j >= self.first and (self.words[j] in self.steering.verbs or self.words[j] in self.steering.light):
            j -= 1
        return j - 1 if j >= self.first and self.words[j] == ":" else i

    def _ends_behind(self, i: int) -> bool:
        return i in self.stops or i in self.answers or self.words[i] in (",", ";", ":") or self.words[i] in _BOXES

    def _first_of_list(self, first: int) -> int:
        """`Kalprotektin, F-Hb og tTG negative`: the list goes on backward while it holds neither verb nor number."""
        i = first - 1
        while i >= self.first and (self.words[i] == "," or self._is_plain(i)):
            i -= 1
        return i + 1

    def _is_plain(self, i: int) -> bool:
        word = self.words[i]
        ends = word in self.steering.verbs or word in ("#", ":", ";") or i in self.stops or i in self.answers
        return not ends

    def _around(self, first: int, end: int, kind: str) -> Scope:
        """The part of the sentence between commas that holds the cue; a short first part speaks for all of it."""
        cue = (end - 1, end)
        opens = first <= self.first + 1 and end < self.end and self.words[end] == ","
        if opens and kind.startswith("historical"):
            return Scope(kind, cue, first, self.end, first)
        while first > self.first and self.words[first - 1] not in (",", ";") and first - 1 not in self.stops:
            first -= 1
        while end < self.end and self.words[end] not in (",", ";") and end not in self.stops:
            end += 1
        return Scope(kind, cue, first, end, first)


def _longest(matches: list[Match]) -> list[tuple[Match, frozenset[str]]]:
    """Cues in order, without those inside a longer cue or an opaque term whose parts stand together."""
    cues: list[tuple[Match, frozenset[str]]] = []
    reached = 0
    telling = [m for m in matches if m.term.cues or (m.term.opaque and not m.parts)]
    telling.sort(key=_place)
    for match in telling:
        if cues and match.term.cues and (match.first, match.end) == (cues[-1][0].first, cues[-1][0].end):
            cues[-1] = match, match.term.cues | cues[-1][1]  # «for tolv år siden» looks ahead and behind
        if match.end <= reached:
            continue
        reached = match.end
        if match.term.cues:
            cues.append((match, match.term.cues))
    return cues


def _place(match: Match) -> tuple[int, int]:
    return match.first, -match.end
