"""How far a cue reaches over the words of one sentence: what all the parts that read cues share.

A cue works forward or backward until something ends it: a contrast (`men`), a new statement after a comma or `og`, a
finite verb in dictated text, the end of the sentence.
"""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from triage.nlp.grammar import BECAUSE, BOXES, NEITHER, NOT, POINTERS, REASONS, SEPARATORS, SUBJECTS
from triage.nlp.lexicon import Match
from triage.nlp.steering import Steering
from triage.nlp.text import Document, Sentence

_NAMED_BEFORE = POINTERS | {"dem", "mistanke", "som"}
EXCEPT = frozenset(("bortsett", "unntatt", "utenom", "foruten", "utover"))
_ANSWERED = POINTERS | {"men", "ble", "er", "var", "har", "mistanke"}
_ANSWERING = frozenset(("negates_behind", "affirms_behind"))
OUTWARD = frozenset(("frem", "fram", "ut", "opp"))  # that belong to the verb before «ikke»
WORD = "word"  # the category of a place in the text that is no concept of the lexicon
DEFINITE = ("en", "et", "a", "ene", "ane")  # endings
KIN = frozenset(("first_degree", "second_degree", "relative", "other_person", "husband"))
PERSONS = KIN - {"relative"}
_DATED: dict[str, frozenset[str]] = {  # of what, beside words, such a scope tells that it is over; a complaint may last
    "given_behind": frozenset(),
    "dated_behind": frozenset(("treatment",)),
    "dated_lately_behind": frozenset(("treatment",)),
    "dated_reason": frozenset(("symptom",)),
}
OF_DRUGS = frozenset(("stopped_ahead", "stopped_behind", "tried_ahead"))
TO_THE_DENIAL = 2  # words from «ikke» to what did not end
_ADVERBIAL = frozenset(("fordi", "hvis", "dersom", "mens"))  # what they open is said apart from the denial
IN_CLAUSE = 5  # words of a clause that one of these opens
_WHOSE = frozenset(("hos", "som"))  # after a suspicion: whose it is, not what is suspected
_WHEN = frozenset(("i", "for", "under", "før", "begge", "sist", "siste", "da", "bare", "kun", "ja", "ved"))
_WAS = frozenset(("ble", "blei", "vart", "er", "var"))
_LAST = frozenset(("sist", "siste"))
_DOUBTS = frozenset(("possible_ahead", "hypothetical_ahead"))
_AS, _SAID_OF = frozenset(("for", "da", "ettersom")), SUBJECTS | POINTERS
_GROUNDS = BECAUSE | {"ved", "etter", "fordi", "siden", "bak"}  # after a suspicion: what it rests on
_MORE = frozenset(("annet", "annen", "andre", "anna", "mer", "flere", "fleire"))  # before `enn`: what is excepted
_STILL = frozenset(("derimot", "likevel", "imidlertid", "dog"))  # adverbs, unless they begin a part of a sentence
_RATHER = (["heller"], ["mer"])
_COMES_OF = (["kommer", "av"], ["kommer", "fra"], ["henger", "sammen"])
_HINTS = frozenset(("mistanke", "holdepunkt", "holdepunkter", "inntrykk", "grunn"))  # «noe som gir mistanke om kreft»
_BEHIND = frozenset(("ligg", "gjør", "gjer"))  # «ikke kreft som ligger bak smertene»
_ONLY = frozenset(("uten", "bare"))  # «fant ikke kreft bare polypper»
_FOR = frozenset(("mot", "for", "av"))  # after what was done: what it was done about
_BREAKS = frozenset((",", ";", ":", "."))
_CLAUSE_ENDS = frozenset((",", ";", ":", "og", "("))
_DOES = frozenset(("hører", "svelger", "puster", "drikker", "lukker", "snur", "svarer", "reagerer"))
_NOTHING = frozenset(("÷", "0", "ø", "-"))  # signs that deny what follows
_JOINING = frozenset(("og", "eller", "samt", "&", "/"))
_LISTING = _JOINING | {",", "heller", "å", "o.l.", "o.l", "osv", "etc", "e.l."}
_HOW_OFTEN = frozenset(
    ("ja", "j", "én", "en", "ett", "to", "tre", "flere", "bare", "gang", "episod", "tilfell", "x", "i", "før", ",")
)
_LIKE = frozenset(("noe", "ut"))  # «noe som så ut som kaffegrut»
LONGEST_RUN = 14  # words that a cue may reach over without a comma or «og»
_LONGEST_BACK = 9
_FEARS = ("redd", "engst", "bekymr", "urolig", "nervøs", "skrem", "frykt")
_UNITS = frozenset(("døgn", "dag", "uke", "måned", "mnd", "år", "halvår"))
_AGO = frozenset(("for", "etter", "siden"))  # around a time: when it was, not how long it has lasted
_ON_A_DAY = frozenset(("i", "hver", "per", "om", "neste", "forrige", "denne"))  # «i dag», «hver uke»
_NUMBER_BESIDE = 3  # «F-Hb x 3 neg»: a number further from the answer belongs to another test
_HAS = (["har", "hun"], ["har", "han"], ["har", "pasienten"])
_SHORT = 4  # words of a term whose parts stand together


class Scope(NamedTuple):
    """A cue of `kind` at tokens `cue` governs tokens `first` up to `end`; of tests from `tests` on, if that differs."""

    kind: str
    cue: tuple[int, int]
    first: int
    end: int
    tests: int | None = None

    def reaches(self, first: int, *, tests: bool) -> bool:
        """Whether it begins before token `first`, or `first` lies in the cue: «ingen problemer med å svelge»."""
        governed = self.first if self.tests is None or not tests else self.tests
        return governed <= first or self.cue[0] < first < self.cue[1]

    def concerns(self, category: str) -> bool:
        """What a sentence is about is taken for granted (`smertene er ikke verre`), only drugs are stopped, and what no
        list names may be a treatment that was given."""
        if category == WORD:
            return True
        drug = category == "drug" or self.kind not in OF_DRUGS
        return self.kind != "negates_clause" and drug and (self.kind not in _DATED or category in _DATED[self.kind])


class Reach:
    """The words of one sentence, its cues, and how far a cue reaches over them."""

    def __init__(
        self, document: Document, sentence: Sentence, matches: list[Match], steering: Steering, *, year: int
    ) -> None:
        self.document = document
        self.words, self.lower = document.words, document.lower
        self.first, self.end = sentence.first, sentence.end
        self.section = sentence.section
        self.steering = steering
        self.year = year
        self.cues = _longest([match for match in matches if not (match.term.cues and self._is_broken(match))])
        self.matches = matches
        self.stops = self._starts("stops")
        self.denials = self._starts("negates_ahead", "negates_both")
        self.answers = {cue.end - 1 for cue, kinds in self.cues if not kinds.isdisjoint(_ANSWERING)}

    @cached_property
    def finding_ends(self) -> dict[int, list[int]]:
        """Where each finding begins, and where those that begin there end."""
        ends: dict[int, list[int]] = {}
        for match in self.matches:
            if match.term.concepts:
                ends.setdefault(match.first, []).append(match.end)
        return ends

    def _is_broken(self, cue: Match) -> bool:
        """A comma between the parts of a cue: «ikke kastet opp, slipper luft»."""
        return bool(cue.parts) and any(self.words[i] in _BREAKS for gap in cue.gaps() for i in gap)

    def _capital(self, i: int) -> bool:
        return i < self.end and self.document.text[self.document.starts[i]].isupper()

    def _new_line(self, i: int) -> bool:
        return i > 0 and "\n" in self.document.text[self.document.ends[i - 1] : self.document.starts[i]]

    def _starts(self, *names: str) -> set[int]:
        return {cue.first for cue, kinds in self.cues if not kinds.isdisjoint(names)}

    def _is_not(self, i: int) -> bool:
        """`Det er pasienten, ikke kona, som blør`: a person at token `i` who is put aside."""
        aside = i > self.first and self.words[i - 1] == "ikke"
        named = (c.end for c, kinds in self.cues if aside and c.first == i and kinds & PERSONS)
        return any(self.words[end : end + 1] == [","] for end in named)

    def tells_how_long(self, i: int, *, within: int = LONGEST_RUN) -> bool:
        """`hes i 6 uker`, right behind a finding or in a part of its own: what has lasted is there."""
        near = self.words[i : min(i + within, self.end)]
        part = near[: next((n for n, word in enumerate(near) if word in SEPARATORS), len(near))]
        counted = (n for n, word in enumerate(part) if n and word in _UNITS and part[n - 1] not in _ON_A_DAY)
        unit = next(counted, None)
        return unit is not None and _AGO.isdisjoint(part[: unit + 2])

    def _excepts(self, i: int, start: int) -> bool:
        """`ikke annet enn`, `ingen annen medisin enn`, `ikke mer enn`: what follows is there."""
        return self.words[i] == "enn" and not _MORE.isdisjoint(self.words[max(self.first, start - 2) : i])

    def _cause(self, first: int, end: int) -> tuple[int, int]:
        """«Ikke slik at svimmelheten skyldes slag», «ingen kilde til blødningen»: only the cause is denied."""
        dues = (
            i for i in range(first, end) if self.words[i] in self.steering.due or self.words[i : i + 2] in _COMES_OF
        )
        due = next(dues, first)
        first = due + 1 if due > first and self.words[due - 1] != "som" else first
        said = dict.fromkeys(("som", "der", "bak"), self.steering.causing | _BEHIND)
        said |= dict.fromkeys(self.steering.sources - {"grunn"}, frozenset(("til", "på", "for")))
        told = (i for i in range(first, end - 1) if self.words[i] in said and _HINTS.isdisjoint(self.words[i:end]))
        return first, next((i for i in told if not said[self.words[i]].isdisjoint(self.words[i + 1 : i + 3])), end)

    def _follows(self, i: int) -> bool:
        """Something that can be denied stands between here and the next separator."""
        while i < self.end and i not in self.stops:
            shortened = self.words[i] == "." and i + 1 < self.end and not self._capital(i + 1)  # «ikke tidl. operert»
            if self.words[i] in SEPARATORS and not shortened:
                return False
            if not shortened and self.words[i] not in self.steering.light and self.words[i] != "(":
                return True
            i = self._closing(i) + 1  # «Trombocytose ikke (tpk 310)»
        return False

    def _bound(self, i: int) -> int:
        """Where the brackets around token `i` close, else the sentence's end: what is said in brackets stays there."""
        opened = next((j for j in range(i - 1, self.first - 1, -1) if self.words[j] in ("(", ")")), None)
        if opened is None or self.words[opened] == ")":
            return self.end
        return next((j for j in range(i, self.end) if self.words[j] == ")"), self.end)

    def _whole_event(self, first: int) -> int:
        """`satt fast to ganger, begge i 2018, aldri siden`: a part that only tells when belongs to the part before."""
        while (start := self._part_start(first)) > self.first and self.words[start] in _WHEN:
            first = self._part_start(start - 1)
            if any("current" in kinds and first <= cue.first < start for cue, kinds in self.cues):
                return start
        return first

    def _back(self, i: int, goes_on: Callable[[int], bool]) -> int:
        """Where what ends before token `i` begins, when it `goes_on` token by token."""
        while i > self.first and goes_on(i - 1):
            i -= 1
        return i

    def _part_start(self, i: int) -> int:
        return self._back(i, lambda j: self.words[j] not in (",", ";", ":") and j not in self.stops)

    def _is_value(self, i: int) -> bool:
        return i > self.first and self.words[i - 1] == ":"

    def _next_label(self, i: int) -> bool:
        """`Dysfagi: ingen Vekttap: 3 kg`: what follows the value is the next label."""
        return any(self.words[j] == ":" for j in range(i, min(i + 4, self.end)))

    def _forward(self, cue: tuple[int, int], kind: str, *, commas: bool) -> Scope:
        first, end = self._cause(cue[1], self._end_ahead(cue[1], kind, commas=commas))
        return Scope(kind, cue, first, end)

    def _ends_reach(self, start: int, i: int, kind: str, seen: int) -> bool:
        """Whether a cue that reaches from `start` no longer reaches token `i`, after so many words it governs."""
        word = self.words[i]
        if i in self.stops or word in (":", ";") or word in BOXES:
            return True
        denies = kind.startswith("negates")
        undoes = denies or kind == "not_done"
        owner = not denies and seen and word in _WHOSE and self.words[i - 1] not in _LIKE
        owner = owner and (word == "hos" or kind != "hypothetical_ahead")  # «informert om tegn som feber»
        owner = owner or (denies and seen > 0 and word == "hos" and "med" in self.words[i : i + IN_CLAUSE])
        owner = owner or (kind == "historical_ahead" and word == "med" and self._names_person(start, i))
        because = undoes and (i > start or self.words[i - 2] in SUBJECTS) and self._gives_reason(i)
        because |= kind in _DOUBTS and (word == "fordi" or bool(seen and self._rests_on(i, kind)))
        excepts = denies and (self._excepts(i, start) or (word in _ONLY and i > start))
        against = undoes and word in _FOR and self._is_remedy(start, i)
        grounds = word == "(" and kind == "possible_ahead" and seen > 0  # «mistanke om svulst (vekttap, blod)»
        anew = denies and seen > 0 and self._tells_anew(start, i)
        apart = self._sets_apart(i, by_sign=self.lower[start - 1] in _NOTHING)
        return bool(owner or because or excepts or against or grounds or anew or apart)

    def _end_ahead(self, start: int, kind: str, *, commas: bool) -> int:  # noqa: C901, PLR0912 (one walk with one state)
        denies = kind.startswith("negates")
        run, seen, i, bound = 0, 0, start, self._bound(start)
        feared = kind == "possible_ahead" or any(
            word.startswith(_FEARS) for word in self.words[max(self.first, start - 3) : start]
        )
        labelled = run_list = self.words[start - 1] == ":"
        neither = denies and not NEITHER.isdisjoint(self.words[max(self.first, start - 3) : start])
        # `hvis` and `uten at` have opened a clause with a verb of its own.
        subordinate = int(kind == "hypothetical_ahead" or self._opens_clause(start))
        while i < bound and run <= LONGEST_RUN:
            word = self.words[i]
            if self._ends_reach(start, i, kind, seen):
                return i
            listed = word == "," and denies and (subordinate or not commas) and self._joined_by_or(i)
            if word == "(":
                i = self._closing(i)
            elif listed:  # «÷ feber, hoste el. frysninger», «ikke sett at han hoster, sikler eller blør»
                run = 0
            elif (word == "eller" or (word == "," and "eller" in self.words[i:bound])) and neither:
                run = seen = 0  # «hverken sett blod, hatt feber eller gått ned i vekt»
                neither = word == ","
            elif word == "eller" and kind == "hypothetical_ahead":
                run, subordinate = 0, 1  # «hvis han får feber eller det tilkommer utslett»
            elif word == "," or word in self.steering.joins:
                apart = word == "," and not labelled  # «Nei: halsbyll, en mandel større enn den andre»
                if (word == "," and not commas) or self._begins_statement(i + 1, after_comma=apart):
                    return i
                # «redd for kreft, hes i seks uker», but not «ring ved feber, hes i seks uker»
                anew = feared and self.tells_how_long(i + 1)
                if word == "," and (anew or (denies and not run_list and not self._lists_on(i))):
                    return i
                run_list |= word == ","
                run = 0
            elif word in self.steering.subordinators:
                if (seen or word == "fordi") and word in (_ADVERBIAL if denies else REASONS):
                    return i
                subordinate += 1
            elif subordinate and not seen and word in self.steering.verbs:
                subordinate -= 1  # «uten at hun har slanket seg er det vekttap»
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

    def _tells_anew(self, start: int, i: int) -> bool:
        """«Ingen kreft i familien svart avføring i går», said without a comma: what has a time of its own is there."""
        named = [end for end in self.finding_ends.get(i, ()) if end > i + 1]
        if not named or self.words[i - 1] in _JOINING | {"med", "som"} or "," in self.words[self.first : self.end]:
            return False
        whole = [m for m in self.matches if m.term.concepts and not m.parts and m.first >= start - 1]
        another = any(m.end <= i for m in whole) and not any(m.first < i < m.end for m in whole)
        lately = {cue.first for cue, kinds in self.cues if "current" in kinds}
        for_long = (end for end in named if self.words[end : end + 1] in (["i"], ["siden"], ["gjennom"], ["siste"]))
        timed = any(self.tells_how_long(end, within=IN_CLAUSE) for end in for_long)
        return another and (timed or not lately.isdisjoint(named))

    def _is_remedy(self, start: int, i: int) -> bool:
        """«Ikke prøvd Paracet mot hodepinen», «hjelper verken mot kløe eller svie»: the complaint is there."""
        if self.words[i] != "mot" and (i < start + 2 or self.words[i + 1 : i + 2] == ["å"]):
            return False  # «ingen bruk av p-piller»
        before = self.words[max(self.first, start - 2) : start] if i == start else self.words[i - 1 : i]
        return not (self.steering.relieving | self.steering.taken).isdisjoint(before)

    def _gives_reason(self, i: int) -> bool:
        """«Sover ikke på venstre side pga smerter», «på grunn av smerter», «ikke sovet for smerter»."""
        word, before = self.words[i], self.words[i - 1]
        return word in BECAUSE or [before, word] == ["på", "grunn"] or (word == "for" and before in self.steering.rest)

    def _rests_on(self, i: int, kind: str) -> bool:
        """«Trolig sopp for det klør», «mulig galle ved oppkast»: what is there, and makes it likely."""
        reason = self.words[i] in _AS and not _SAID_OF.isdisjoint(self.words[i + 1 : i + 2])
        return kind == "possible_ahead" and (reason or self.words[i] in _GROUNDS)

    def _lists_on(self, comma: int) -> bool:
        """«Ingen hoste, feber eller tungpust», and not «ikke takykard, mørk avføring»."""
        end = min((i for i in self.stops if i > comma), default=self.end)
        # «søsteren, ikke pasienten, som har feber», «ikke sår, ingen ting som tyder på kreft»
        apart = self.words[comma - 1] in SUBJECTS | OUTWARD or not NOT.isdisjoint(self.words[comma + 1 : comma + 2])
        listed = apart or not _LISTING.isdisjoint(self.words[comma + 1 : end])
        return listed or not self.denials.isdisjoint(range(comma + 1, end))

    def _joined_by_or(self, comma: int) -> bool:
        """«÷ feber, hoste el. frysninger»: from the comma on one list."""
        end = next(
            (i for i in range(comma, self.end) if i in self.stops or self.words[i] in ("og", ";", ":")), self.end
        )
        return "eller" in self.words[comma:end]

    def _sets_apart(self, i: int, *, by_sign: bool) -> bool:
        """`Ingen hoste - hodepine uttalt`, `÷kløe +hodepine`: a dash between blanks, a plus at its word or a sign's."""
        if self.words[i] not in ("-", "+"):
            return False
        text, starts, ends = self.document.text, self.document.starts, self.document.ends
        after = text[ends[i] : ends[i] + 1]
        dash = self.words[i] == "-" and after.isspace()
        return (dash or (self.words[i] == "+" and (by_sign or after.isalpha()))) and text[starts[i] - 1].isspace()

    def _opens_clause(self, i: int) -> bool:
        """Whether a verb is to come: after «at», «hvorvidt» and «avgjøre om», but not after «mistanke om»."""
        if self.words[i - 1] == "om":
            return i > self.first + 1 and self.words[i - 2] not in self.steering.about
        return self.words[i - 1] in ("at", "hvorvidt")

    def _begins_statement(self, i: int, *, after_comma: bool) -> bool:
        listed = self.steering.grades | self.steering.light | {"at"}
        if self.words[i - 1] == "eller" and i < self.end and self.words[i] in listed:
            return False  # «verken NSAID eller noe blodfortynnende», «aldri blødd eller hatt smerter»
        if i < self.end and (self.words[i] in self.steering.clause_starts or i in self.stops):
            return True
        if after_comma and self.words[i : i + 1] in _RATHER and self.words[i + 1 : i + 2] != ["ikke"]:
            return True  # «neppe allergi, heller kulde»
        return after_comma and self._states_something(i)

    def _states_something(self, i: int) -> bool:
        """A verb of its own, a grade (`noe`, `lett`) or a value before the next comma: no part of a denied list."""
        for j in range(i, self.end):
            word = self.words[j]
            if word in (",", ".", ";", "og", "eller", "/") or word in self.steering.subordinators or j in self.denials:
                return False
            if word in _STILL:
                return True  # «ingen rift, glasslegemeavløsning derimot sikker»
            timed = j + 1 < self.end and self.words[j + 1] in self.steering.light
            if word in self.steering.verbs or word in self.steering.grades or (word == "#" and not timed):
                return True
        return False

    def _begins_clause(self, i: int) -> bool:
        new = self.words[i] in self.steering.verbs or self.words[i] in SUBJECTS
        return new and self.words[i - 1] not in self.steering.subordinators

    def _names_kin(self, first: int, end: int) -> bool:
        """`Ingen av søsknene har hatt kreft`: the subject is denied, so the verb does not end the denial."""
        if self.words[first - 1] in NEITHER and first - 1 == self.first:
            return True  # «Verken hjemmet eller barnehagen mener at ...»
        return any(cue.first >= first and cue.end <= end and not kinds.isdisjoint(KIN) for cue, kinds in self.cues)

    def _names_person(self, first: int, end: int) -> bool:
        """«Tidligere storrøyker på 66 år med hes stemme»: what somebody was, and then what somebody has."""
        return any(word.endswith(self.steering.person_endings) for word in self.lower[first:end])

    def _closing(self, i: int) -> int:
        """Where a bracket at token `i` closes; the token itself if it is none."""
        return i if self.words[i] != "(" else next((j for j in range(i, self.end) if self.words[j] == ")"), i)

    def _clause_start(self, i: int) -> int:
        return self._back(i, self._is_in_clause)

    def _is_in_clause(self, i: int) -> bool:
        if self._is_full_stop(i):
            return False  # «Rinne pos bilat. Fingergnidning ikke hørt»
        word = self.words[i]
        ends = i in self.stops and not (word in _STILL and self.words[i - 1] in SUBJECTS)
        return word not in self.steering.subordinators and word not in _CLAUSE_ENDS and not ends

    def _main_clause_start(self, i: int) -> int:
        """`når hun ligger flatt, kjenner hun ikke`: a verb before its subject begins the main clause."""
        first = self._clause_start(i)
        inverted = i - 2 >= first and self.words[i - 1] in SUBJECTS
        opened = first - 1 in self.stops or self.words[first - 1] in self.steering.subordinators
        return i - 2 if inverted and opened else first

    def _backward(self, cue: tuple[int, int], kind: str) -> Scope:
        past = kind == "historical_behind"
        first = self._first_behind(cue[0], numbers=past)
        if past and first < cue[0] and self.words[first] in _LAST:
            first = self._whole_event(first)  # «to halsbyller, sist for tre år siden»
        if first == cue[0] and self._answers_alone(cue):
            first = self._part_start(first - 1)
        listing, said = kind in ("negates_behind", "negates_list"), self.words[first : cue[0]]
        if listing and (_ANSWERED.issuperset(said) or self.words[cue[1] - 1] in ("dette", "det")):
            first = self._answered(first, cue)
        opens = self.words[self.first] in self.steering.verbs - {"har"} | {"ved"}
        if kind == "hypothetical_behind" and (opens or self.words[self.first : self.first + 2] in _HAS):
            first = self.first  # «Kommer det blod, må hun ringe», «har hun X, må hun ringe», not «har X, bekymret»
        if kind == "negates_behind" and self.words[self.first] == "at" and self.words[cue[0] - 1] == ",":
            first = self.first  # «At hun skulle ha feber, avviser hun»
        # «Væskespeil bak hinnen, høyre er normal»: one side's answer is no word on what was told before it.
        sided = "høyre" in self.words[first : cue[0]] or "venstre" in self.words[first : cue[0]]
        listed = self._first_of_list(first, cue[0]) if listing and not sided else first
        # «Røde, vonde øyne: nei»: the answer is about the whole label.
        labels = self._is_value(cue[0]) and listed == self.first and (not self.first or self._new_line(self.first))
        either = kind == "negates_behind" and "eller" in self.words[first : cue[0]]  # «A, B eller C har hun ikke»
        either = either and "som" not in self.words[listed : cue[0]]
        if kind == "negates_behind" and not self.steering.sources.isdisjoint(self.words[first : cue[0]]):
            first = listed = cue[0]  # «årsaken til dysfagien er ikke funnet»
        told = (i for i in range(cue[0] - 2, first, -1) if self.words[i] in _WAS and self.words[i - 1] == "og")
        if kind == "negates_behind" and NOT.isdisjoint(self.words[slice(*cue)]) and (done := next(told, 0)):
            first = listed = done  # «hadde blod i avføringen og ble koloskopert uten funn»
        verb = cue[0] - (self.words[cue[0]] in NOT)  # «heshet og svelger ikke»
        does = self.lower[verb] in _DOES or self.words[verb] in self.steering.clause_starts
        if kind == "negates_behind" and self.words[verb - 1] == "og" and does:
            first = listed = max(first, verb)
        if kind == "negates_behind" and self.words[max(self.first, first - 1)] in EXCEPT:
            return Scope(kind, cue, cue[0], cue[0])  # «Bortsett fra heshet ingen plager»
        whole = kind == "negates_list" or labels or either
        return Scope(kind, cue, listed if whole else first, cue[0], listed)

    def _answers_alone(self, cue: tuple[int, int]) -> bool:
        """«Feber, nei.»"""
        alone = cue[1] >= self.end or self.words[cue[1]] in (".", ";", "»", ")")
        return alone and self.words[cue[0] - 1 : cue[0] + 1] in ([",", "nei"], [",", "ja"])

    def _answered(self, first: int, cue: tuple[int, int]) -> int:
        """«Det var tale om gallestein, men det ble tilbakevist»: `det` is what the part before tells."""
        opened = next((i for i in range(first - 1, self.first, -1) if self.words[i] not in (",", "men")), self.first)
        sought = self.words[opened + 1 : cue[0]] == [",", "men"] or self.words[opened + 1 : cue[0]] == [","]
        sought = sought and not self.steering.sought.isdisjoint(self.words[self._part_start(opened) : opened])
        named = (
            sought
            or self.words[cue[0]] == "det"
            or (  # «smerter, det har hun ikke»
                "ikke" not in self.words[slice(*cue)] and not _NAMED_BEFORE.isdisjoint(self.words[first : cue[1]])
            )
        )
        return self._part_start(opened) if named and opened < first - 1 else first

    def _first_behind(self, cue_first: int, *, numbers: bool = False) -> int:
        i = self._before_label_value(cue_first - 1, dated=numbers)
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

    def _before_label_value(self, i: int, *, dated: bool = False) -> int:
        """The last token of the label, when only verbs and light words stand between its colon and here; before a time
        also how often: `Melena: ja, én gang, 2014`."""
        light = self.steering.verbs | self.steering.light | (_HOW_OFTEN if dated else frozenset())
        value = self._back(i + 1, lambda j: self.words[j] in light)
        opened = dated and value > self.first + 1 and self.words[value - 1] == "("
        return value - 2 if opened or self._is_value(value) else i

    def _ends_behind(self, i: int) -> bool:
        if self._is_full_stop(i):
            return True  # «Nese: skjev hø. Svelg: i.a.»
        adverb = i > self.first and self.words[i] in _STILL and self.words[i - 1] not in (",", ";", ":")
        ends = (i in self.stops and not adverb) or i in self.answers
        return ends or self.words[i] in (",", ";", ":") or self.words[i] in BOXES

    def _first_of_list(self, first: int, end: int) -> int:
        """`Kalprotektin, F-Hb og tTG negative`: the list goes on backward while it holds neither verb nor number."""
        start = self._back(first, self._is_listed)
        commas = [i for i in range(start, first) if self.words[i] == ","]
        joined = self.words[end - 1] == ":" or not _JOINING.isdisjoint(self.words[start:end])
        # «Halsbrann hver kveld, hematemese nektes»: two without a word between are two statements.
        return first if len(commas) == 1 and first < end and not joined else start

    def _is_listed(self, i: int) -> bool:
        word = self.words[i]
        if word == "." and self._capital(i + 1):
            return False
        ends = word in self.steering.verbs or word in ("#", ":", ";", "+", "÷") or i in self.stops or i in self.answers
        return word == "," or not ends

    def _around(self, first: int, end: int, kind: str) -> Scope:
        """The part of the sentence between commas that holds the cue; a short first part speaks for all of it."""
        cue = (end - 1, end)
        opens = first <= self.first + 1 and self.steering.when.issuperset(self.words[self.first : first])
        opens = opens and end < self.end and self.words[end] == ","
        if opens and kind.startswith("historical"):
            return Scope(kind, cue, first, self.end)
        last = first
        first = self._back(first, lambda i: self._is_in_part(i, kind))
        if kind != "current":
            first = min(first, self._label_start(last))
        bound = self._bound(end) if self.words[first - 1] == "(" else self.end
        while (
            end < bound and self.words[end] not in (",", ";") and end not in self.stops and not self._is_full_stop(end)
        ):
            end += 1
        return Scope(kind, cue, first, end)

    def _label_start(self, i: int) -> int:
        """Where the label of a time at token `i` begins: `Melena: ja, 2019`, `migrene (før 2010)`."""
        label = self._before_label_value(i - 1, dated=True)
        return self._part_start(label + 1) if label < i - 1 else i

    def _is_in_part(self, i: int, kind: str) -> bool:
        """Within the part; and «kreft i 2013, som fortsatt følges» goes on."""
        ends = self.words[i] == "," and not (kind == "current" and self.words[i + 1] == "som")
        ends = ends or (kind != "current" and self.words[i] == "(")  # `sulfa (anafylaksi 1998)`
        return not ends and self.words[i] != ";" and i not in self.stops and not self._is_full_stop(i)

    def _is_full_stop(self, i: int) -> bool:
        """After an abbreviation: `lett hevelse bilat. Tidl. DVT -09`."""
        return self.words[i] == "." and self._capital(i + 1)


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
