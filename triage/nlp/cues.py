"""How far each cue reaches: the stretch of tokens that it governs, one sentence at a time.

A cue works forward or backward until something ends it: a contrast (`men`), a new statement after a comma or `og`, a
finite verb in dictated text, the end of the sentence. Kinds of cues are the headings of `lexicon/cues.yaml`; a word
inside a longer cue or term does nothing of its own, which is how `kan ikke utelukkes` is kept from denying anything.
"""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Any, NamedTuple

from triage.nlp.lexicon import Lexicon, Match
from triage.nlp.text import Document, Section, Sentence

WORD = "word"  # the category of a place in the text that is no concept of the lexicon
TESTS = frozenset(("test", "exam"))
KIN = ("first_degree", "second_degree", "relative", "other_person", "husband")
_OF_PROCEDURES = frozenset(("requested_ahead", "requested_behind", "done_ahead", "done_behind"))
_OF_TIME = frozenset(("current", "recurs_behind", "resolved_behind", "historical_ahead"))
_OF_DRUGS = frozenset(("stopped_ahead", "stopped_behind", "tried_ahead"))
_SIGNS = frozenset(("0", "-", "÷", "+", "j", "n", "?", "("))
_KIN = frozenset(KIN)
_OPENERS = frozenset(("gjelder", "gjeld", "hos", "i", "av", "fra", "på", "blant", "nær", "ramm"))
_OWNERS = frozenset(("hos", "i", "blant", "ramm"))  # «hos to av hans brødre», «rammet begge foreldrene»
_PREPOSITIONS = _OPENERS | {"etter", "siden", "ved", "under", "før", "til", "med", "uten", "for", "om"}
_SUBJECTS = frozenset(("hun", "han", "pasienten", "jeg", "vi", "hen"))
_SEPARATORS = frozenset((",", ".", ";", ")", "/", '"', "»"))
_OVER = frozenset(("til", "over", "på", "og", ",", "men"))
_ENDINGS = frozenset(("resolved_behind", "stopped_ahead", "stopped_behind"))
_DENIABLE = _ENDINGS | {"requested_behind"}
_TO_THE_DENIAL = 2  # words from «ikke» to what did not end
_POINTING_BACK = frozenset(("den", "det", "de", "dette", "disse", "alt", "som"))
_REFERRING = _POINTING_BACK | frozenset(
    ("den", "det", "de", "dette", "disse", "alt", "som", "men", "og", ",", "dag", "et", "en", "helt", "for", "lengst")
)
_BECAME = frozenset(("ble", "blitt", "er", "være", "vært", "måtte"))
_AGAINST = frozenset(("mot", "for", "uten", "pga", "grunnet", "fordi", "da"))
_PARTS = frozenset((",", ";", "og"))
_BEFORE = frozenset(("tidligere", "før"))  # «tidligere 1-2, og nå om natten»: of that part alone
_BOXES = frozenset(("[", "☐", "☑", "☒", "✓", "✔", "□", "■"))
_SHORT_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:20|19)?(\d\d)")
_DATE = re.compile(r"(?:\d{1,2}\.\d{1,2}\.)?((?:19|20)\d\d)(?:-\d\d-\d\d)?")
_CLOSED = _BOXES | {"]", ")"}
_TICKS = frozenset(("☑", "☒", "✓", "✔", "■"))
_ADVERBIAL = frozenset(("fordi", "hvis", "dersom", "mens"))  # what they open is said apart from the denial
_REASONS = frozenset(
    ("da", "fordi", "siden", "ettersom", "idet", "når", "pga", "grunnet")
)  # and these, what is no doubt
_TIMES = frozenset(("når", "hvis", "dersom", "mens"))
_IN_CLAUSE = 5  # words of a clause that one of these opens
_HAVING = frozenset(("fikk", "fekk", "hadde", "har"))
_OF_BODY = frozenset(("øye", "øre", "synet", "hals", "nese", "mage"))
_USING = frozenset(("ser", "les", "lese", "hører", "svelge", "tygg", "lukk", "blunk"))
_CHILDREN, _PARENTS = frozenset(("datter", "sønn")), frozenset(("mor", "far", "mors", "fars"))
_WHOSE = frozenset(("hos", "som"))  # after a suspicion: whose it is, not what is suspected
_THINGS = frozenset(("den", "det"))  # before a verb: the complaint, no longer the relative
_PATIENT_OR_REASON = frozenset(("fordi", "henne", "ham"))  # «samboeren fikk henne til å si at ...»
_PRESENT_TENSE = ("er", "es")
_PRESENT_ENDINGS = ("r", "es")
_CARRIED = frozenset(("har", "hadde", "hatt", "fikk", "fått", "ble", "døde"))
_HEADS = {  # by the words of a heading that no list knows, what stands below it
    "stopped": Section.STOPPED,
    "kin": Section.FAMILY,
    "suspected": Section.SUSPECTED,
    "current": Section.CURRENT,
    "past": Section.HISTORY,
    "plain": Section.CURRENT,
}
_LISTED = frozenset((Section.DENIED, Section.FAMILY, Section.HISTORY, Section.STOPPED, Section.SUSPECTED))
_LONGEST_LIST = 40  # tokens from the heading of a list to one of its items
_LONGEST_HEAD = 14
_ANSWERS = {"ja": "affirms_behind", "nei": "negates_behind"}  # of a box: `[ ] ja [x] nei`
_HELP = frozenset(("hjulpet", "hjelp", "hjalp", "hjelper", "virket", "virker", "lindret", "lindrer"))
_TAKING = frozenset(("tatt", "tar", "ta", "trukket", "endret", "løst", "gir", "gi", "ga", "gitt", "gjer", "gje", "gav"))
_GIVES = tuple([verb, "seg"] for verb in _TAKING)
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
_NEGATORS = _NOT | {"verken", "hverken", "korkje", "neppe", "umulig"}
_BARE = _NEGATORS | {"heller", "lenger", "noe", "noen"}
_MORE = frozenset(("annet", "annen", "andre", "anna", "mer", "flere", "fleire"))  # before `enn`: what is excepted
_STILL = frozenset(("derimot", "likevel", "imidlertid", "dog"))  # adverbs, unless they begin a part of a sentence
_ANSWERED = frozenset(("men", "det", "dette", "den", "denne", "de", "disse", "ble", "er", "var", "har", "mistanke"))
_NAMED_BEFORE = frozenset(("det", "dette", "den", "denne", "de", "disse", "dem", "mistanke"))
_RATHER = (["heller"], ["mer"])
_COMES_OF = (["kommer", "av"], ["henger", "sammen"])
_KEPT_FROM = frozenset(("sovet", "sov", "sove", "sover", "søvn", "ro", "fred", "hvile"))  # before `for`: the reason
_SOUGHT = frozenset(("lett", "lette", "leit", "leite", "leita", "leitet", "søkt", "søkte", "letet"))
_OF_IT = frozenset(("noe", "noen", "til", "av", "te", "tå"))  # «sett noe til», «itte sett no tå»
_BY = (["ved"], ["av"])
_EXCEPTING = frozenset(("men", "unntatt", "bortsett", "utenom", "foruten"))
_BREAKS = frozenset((",", ";", ":", "."))
_LABEL = 5  # tokens of a heading on the line of its list, at most
_LIKE = frozenset(("noe", "ut"))  # «noe som så ut som kaffegrut»
_LONGEST_RUN = 14  # words that a cue may reach over without a comma or «og»
_LONGEST_BACK = 9
_SHORTEST_DENYING = 6  # letters, exceeded by `smertefri`
_BARE_LABEL = 2  # tokens of `ikke:`, which opens a list of what is denied when a line begins with it
_TO_THE_FOUND = 6  # words from `ikke` to what was not found, at most
_TO_AT = 3  # words from a denial to the `at` of what is denied
_NUMBER_BESIDE = 3  # «F-Hb x 3 neg»: a number further from the answer belongs to another test
_SHORT = 4  # words of a term whose parts stand together
_TO_THE_VERB = 3  # words from a person to what the person does
_LONGEST_PUT_IN = 6  # words of `som er frisør`
_HEADING = 2  # tokens before a year that heads its sentence: «Vinteren 2014»
_ONE = frozenset(("en", "ein", "et", "eit", "ei"))
_DENYING = frozenset(("ikke", "ingen", "aldri", "neppe", "verken", "hverken", "korkje", "ingenting"))
_PRONOUNS = _SUBJECTS | _THINGS | frozenset(("de", "du", "noe", "dette", "man"))
_MODAL = frozenset(("må", "skal", "bør", "kan", "vil", "vet", "ville", "ring", "ta", "kontakt"))
# What happens each time, no plan: «Ser hun ned, blir bildet dobbelt».
_HAPPENING = frozenset(
    ("ser", "får", "kommer", "hører", "kjenner", "merker", "renner", "svir", "hoster", "har", "blir", "føler")
)
_UNASKED = _PREPOSITIONS | {"ha", "få", "egentlig"}  # after «skulle»: «Skulle ha tatt prøver»
_FARTHEST_MAIN = 16  # words from the verb of a condition to the comma after it
_FARTHEST_DOUBLE = 8  # words between a denial and the exclusion that it denies
_PART_ENDS = frozenset((",", ";", ":", "(", ")", "fordi", "når", "hos"))
_ABOUT = frozenset(("mistanke", "spm", "tanke", "inntrykk", "anelse", "formodning", "opplysning", "obs", "råd"))
_IF = frozenset(("dersom", "hvis", "viss", "om", "når"))
_DEFINITE = ("en", "et", "a", "ene", "ane")
_BEING = frozenset(("være", "komme", "oppstå", "forekomme"))
_BEFORE_REASON = frozenset(
    ("et", "en", "er", "kan", "har", "mulig", "trolig", "kanskje", "skulle", "godt", "god", "være")
)
_POINTING = frozenset(("den", "denne", "disse"))
_OWNED = frozenset(("hennes", "hans", "hennar", "den", "det", "denne", "dette", "de", "disse"))
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
    conditional: frozenset[str]
    sentence_adverbs: frozenset[str]
    determiners: frozenset[str]
    heads_stopped: frozenset[str]
    heads_kin: frozenset[str]
    heads_not: frozenset[str]
    heads_denied: frozenset[str]
    heads_found: frozenset[str]
    heads_never: frozenset[str]
    heads_told: frozenset[str]
    heads_suspected: frozenset[str]
    heads_current: frozenset[str]
    heads_past: frozenset[str]
    heads_plain: frozenset[str]
    ongoing: frozenset[str]
    explained: frozenset[str]
    explaining: frozenset[str]
    causing: frozenset[str]
    instructing: frozenset[str]
    found: frozenset[str]
    seeing: frozenset[str]
    helping: frozenset[str]
    ends: frozenset[str]
    put_in: frozenset[str]
    sources: frozenset[str]
    due: frozenset[str]
    denying_endings: tuple[str, ...]
    procedure_endings: tuple[str, ...]
    doubting_endings: tuple[str, ...]
    likening_endings: tuple[str, ...]

    def doubts(self, word: str, rest: str) -> bool:
        """`tumorsuspekt`, `kreftmistanke`; and `kreftrisiko`, when the place in question ends before `rest` of it."""
        return word.endswith(self.doubting_endings) or rest.endswith(self.likening_endings)

    def denies(self, word: str) -> bool:
        """`smertefri`"""
        return len(word) > _SHORTEST_DENYING and word.endswith(self.denying_endings)

    def section_below(self, heading: list[str]) -> Section:
        """What a heading of these words opens: «Dette har hun ikke hatt», «Sykdommer hos mor». NONE where unsure."""
        words = set(heading)
        denies = not words.isdisjoint(self.heads_not) and heading[0] not in self.heads_stopped
        if words & self.heads_never:
            return Section.NONE
        if denies or words & self.heads_denied:
            found = words & (self.heads_found if denies else self.heads_denied)
            lacks = "har" in words and heading[-2:-1] in (["har"], ["ikke"])  # «Symptomer hun ikke har:»
            return Section.DENIED if found or (denies and lacks) else Section.NONE
        for name, section in _HEADS.items():
            if not words.isdisjoint(getattr(self, f"heads_{name}")):
                told = section is Section.FAMILY and words & self.heads_told  # «Opplysninger fra mor:»
                return Section.NONE if told else section
        return Section.NONE


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
        self.cues = _longest([match for match in matches if not (match.term.cues and self._is_broken(match))])
        self.matches = matches
        said = zip(range(self.first, self.end), self.words[self.first : self.end], strict=False)
        self.denying = {i for i, word in said if word in steering.denying or steering.denies(self.lower[i])}
        self.stops = self._starts("stops")
        self.denials = self._starts("negates_ahead", "negates_both")
        self.selves = self._starts("self")
        self.heading = self._heading_above(sentence)
        self.endings = self._starts("resolved_behind")
        self.ended = {cue.end for cue, kinds in self.cues if "resolved_behind" in kinds}
        self.answers = {cue.end - 1 for cue, kinds in self.cues if kinds & {"negates_behind", "affirms_behind"}}
        self.condition = self._condition()
        doubled = [*self._doubly_denied()]
        self.doubled = {i for place in doubled for i in place}
        self.cancelled = self._denied_twice()
        self.unfound: dict[int, tuple[int, int]] = {}
        self.missing = [(i, end) for i, end in self._not_found() if not self._denies_subject(i, end)]
        self.scopes = [*self._of_cues(procedures=False), *self._of_signs(), *self._of_years()]
        self.scopes += [Scope("negates_behind", (i, end), first, i, first) for i, (first, end) in self.unfound.items()]
        self.scopes += [self._forward(place, "negates_ahead", commas=True) for place in self.missing]
        self.scopes += [aside for s in self.scopes if s.kind == "negates_behind" for aside in self._past_put_in(s)]
        self.scopes += [scope for place in doubled for scope in self._excluded(place)]
        self.scopes += [self._assured(cue) for cue, kinds in self.cues if "assures" in kinds]
        self.scopes += [self.condition] if self.condition else []
        if (self.heading or sentence.section) is Section.DENIED:
            self.scopes.append(self._of_heading())
        self._of_procedures: list[Scope] | None = None
        self.judged: dict[Hashable, Any] = {}  # by what is said of them; see `assertion.judge`

    def _is_broken(self, cue: Match) -> bool:
        """A comma between the parts of a cue: «ikke kastet opp, slipper luft»."""
        between = zip(cue.parts, cue.parts[1:], strict=False)
        return any(not _BREAKS.isdisjoint(self.words[end:first]) for (_, end), (first, _) in between)

    def governing(self, first: int, end: int, category: str) -> list[Scope]:
        """The scopes in which tokens `first` up to `end` lie, for a finding of this category."""
        scopes = self._with_procedures() if category == "procedure" else self.scopes
        if not scopes:
            return []
        tests = category in TESTS
        if self._is_given(first, end):
            scopes = [s for s in scopes if not s.kind.startswith(("possible", "hypothetical"))]
        if self._is_explained(end) or (first > self.first and self._ongoing_if(first, end)):
            scopes = [s for s in scopes if not s.kind.startswith(("negates", "possible", "hypothetical"))]
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

    def _heading_above(self, sentence: Sentence) -> Section | None:
        """The section that an unlisted heading opens: a line that ends with a colon, above plain items or a change."""
        head = self.first
        while head > max(0, self.first - _LONGEST_LIST) and not (self.words[head - 1] == ":" and self._new_line(head)):
            head -= 1
            if self.document.text[self.document.ends[head - 1] : self.document.starts[head]].count("\n") > 1:
                return None
        if head == 0 or self.words[head - 1] != ":":
            return None
        own = self.document.sentence_at(self.document.starts[head - 1])
        sections = [s.section for s in self.document.sentences[max(0, own - 1) : own + 1]]
        listed = sections[-1] not in (sections[0] if own else Section.NONE, Section.NONE)
        if listed or sections[-1] is not sentence.section:
            return None  # the heading is a listed one, or another stands between
        first = head - 1
        while first > 0 and not self._new_line(first) and head - first < _LONGEST_HEAD:
            first -= 1
        below = self.steering.section_below(self.words[first:head])
        said = self.steering.verbs | _SUBJECTS | {"#"}
        plain = below is Section.CURRENT or said.isdisjoint(self.words[head : self.end])
        if below is not Section.NONE and plain and not (below is Section.CURRENT and sentence.section not in _LISTED):
            return below
        return Section.CURRENT if sentence.section in (Section.DENIED, Section.FAMILY) else None

    def _of_heading(self) -> Scope:
        """`Nei: blod, vekttap`, and each item below it, until something is excepted or a subject begins a sentence."""
        label = range(self.first, min(self.first + _LABEL, self.end))
        start = next((i + 1 for i in label if self.words[i] == ":"), self.first)
        end = next((i for i in range(start, self.end) if self.words[i] in _EXCEPTING | _SUBJECTS | _THINGS), self.end)
        return Scope("negates_ahead", (self.first, self.first + 1), start, end, start)

    def _of_cues(self, *, procedures: bool) -> Iterator[Scope]:
        for cue, kinds in self.cues:
            for kind in sorted(kinds):
                if (kind in _OF_PROCEDURES) is procedures and not self._says_nothing(cue, kind):
                    yield from self._of_cue(cue, kind, kinds)

    def _says_nothing(self, cue: Match, kind: str) -> bool:
        """`ikke bekreftet` affirms nothing, and neither `ikke ... uten` nor `ikke utelukket` denies."""
        denied = kind.startswith("affirms") and any(i < cue.first < end for i, (_, end) in self.unfound.items())
        undone = denied or cue.first in self.cancelled or cue.first in self.doubled
        return undone or self._is_quoted(cue) or self._awaits_a_tick(cue) or self._is_planned(cue, kind)

    def _is_planned(self, cue: Match, kind: str) -> bool:
        """«han må slutte med Naproxen», «slutter med Naproxen»: it was taken until today."""
        wished = cue.first > self.first and self.words[cue.first - 1] in _MODAL | {"å"}
        return kind in _ENDINGS and (wished or self.lower[cue.first] in ("slutter", "sluttar", "stanser", "stopper"))

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
        if kinds & _DENIABLE and ("pseudo" in kinds or self._is_denied(cue)):
            return
        if self.words[cue.first] == "?" and (answer := self._answer(cue.end)):
            yield self._backward(place, answer)
        elif kind in KIN:
            yield from self._of_kin(cue, kind)
        elif kind in ("negates_ahead", "negates_next", "negates_both", "not_done"):
            yield from self._of_negation(cue, kind)
        elif kind == "negates_far":
            yield from self._of_opinion(cue)
        elif kind in _OF_TIME:
            yield from self._of_time(cue, kind, kinds)
        elif kind in _OF_DRUGS:
            yield from self._of_drug(cue, kind, kinds)
        elif kind.endswith("_ahead"):
            end = self._end_ahead(cue.end, kind, commas=kind == "hypothetical_ahead")
            first, end = self._cause(cue.end, end) if kind == "possible_ahead" else (cue.end, end)
            yield Scope(kind, place, first, end, first)
        elif kind == "negates_behind" and self._opens_with_negative(cue):
            yield self._forward(place, "negates_ahead", commas=False)
        elif kind == "negates_list" or (kind.endswith("_behind") and not self._looks_ahead(cue, kind, kinds)):
            yield self._backward(place, kind)

    def _of_time(self, cue: Match, kind: str, kinds: frozenset[str]) -> Iterator[Scope]:
        place = (cue.first, cue.end)
        if kind == "current":
            yield self._around(cue.first, cue.end, kind)
        elif kind == "recurs_behind":
            yield from self._of_recurrence(cue)
        elif kind == "resolved_behind":
            if not self._ends_what_follows(cue, kinds):
                yield self._of_end(cue)
        elif "historical_behind" in kinds and self._heads(cue):
            yield self._up_to_today(cue.end - 1, cue.first)
        else:
            over = "resolved_behind" in kinds  # «vokst av seg X»
            end = self._end_ahead(self._past_inverted(cue.end), kind, commas=False)
            yield Scope("historical_over" if over else kind, place, cue.end, end, cue.end)

    def _of_end(self, cue: Match) -> Scope:
        end = cue.first - self._opens_part(cue.first)
        told = self._back_to_what_is_told(cue.first)
        first = min(start for i in (end, told) for start in (self._clause_start(i), self._first_behind(i)))
        first = self._whole_event(first) if self.words[cue.end - 1] in _SINCE else first
        return Scope("historical_over", (end, cue.end), first, end, first)

    def _of_drug(self, cue: Match, kind: str, kinds: frozenset[str]) -> Iterator[Scope]:
        place = (cue.first, cue.end)
        held = bool(cue.parts) and self._holds_object(cue)
        if held and kind == "stopped_behind":
            yield Scope(kind, place, cue.first, cue.end, cue.first)  # «byttet X ut med Y»
        elif kind == "stopped_behind" and not self._looks_ahead(cue, kind, kinds):
            yield self._backward(place, kind)
        elif kind != "stopped_behind" and not held:  # «skiftet fra X til Y», «prøvd X mot smertene»
            ends = _OVER if self.words[cue.end - 1] == "fra" else _AGAINST
            end = self._end_ahead(cue.end, kind, commas=False)
            end = next((i for i in range(cue.end, end) if self.words[i] in ends), end)
            yield Scope(kind, place, cue.end, end, cue.end)

    def _is_denied(self, cue: Match) -> bool:
        """«har ikke gitt seg», «gikk aldri over»: what did not end is there."""
        between = zip(cue.parts, cue.parts[1:], strict=False)
        inside = (i for (_, end), (first, _) in between for i in range(end, first))
        before = range(max(self.first, cue.first - _TO_THE_DENIAL), cue.first)
        return any(self.words[i] in _NOT for i in (*inside, *before)) or self.words[cue.end : cue.end + 1] == ["ikke"]

    def _opens_with_negative(self, cue: Match) -> bool:
        """`Neg hoste, pos dyspné`: the value stands before its label."""
        opens = cue.first == self.first or self.words[cue.first - 1] in (",", ";")
        return opens and self.words[cue.end - 1] == "negativ" and self._follows(cue.end)

    def _of_opinion(self, cue: Match) -> Iterator[Scope]:
        """«Tror ikke at det er X», «X tror jeg ikke»."""
        if self._is_about_change(cue.end) or self._helps(cue.end):
            return
        place = (cue.first, cue.end)
        first, end = self._cause(cue.end, self._end_far(cue.end))
        yield Scope("negates_ahead", place, first, end, first)
        if not self._follows(cue.end):
            yield Scope("negates_ahead", place, self.first, cue.first, self.first)

    def _of_recurrence(self, cue: Match) -> Iterator[Scope]:
        """«I 2018, og nå igjen siste uke», but not «i 2018, nå på ny smerter»: there what follows is what is new."""
        denied = not self.denials.isdisjoint(range(cue.first - 2, cue.first))
        if not denied and (cue.end == self.end or self.words[cue.end] in _TELLING_WHEN):
            yield Scope("again", (cue.first, cue.end), self.first, cue.first, self.first)

    def _heads(self, cue: Match) -> bool:
        """«Som barn hadde hun ...», «..., i tjueårene angst»: a time that opens what it dates."""
        opens = cue.first == self.first or self.words[cue.first - 1] in _PARTS
        return opens and self.words[cue.first] not in _BEFORE and self._follows(cue.end)

    def _past_inverted(self, i: int) -> int:
        """«For førti år siden kastet han opp»: after verb and subject, when those are what stands at token `i`."""
        verb = i + (self.words[i : i + 1] == [","])
        inverted = verb + 1 < self.end and self.words[verb + 1] in _SUBJECTS and self.words[verb] not in _SUBJECTS
        return verb + 2 if inverted else i

    def _answer(self, i: int) -> str | None:
        """`Sug i magen? Jau.`: what a sentence at token `i` that is one word answers."""
        alone = self.document.words[i + 1 : i + 2] in ([], ["."], [","], ["!"])
        return _ANSWERS.get(self.document.words[i]) if alone and i < len(self.document.words) else None

    def _holds_object(self, cue: Match) -> bool:
        """«la pillene bort», but not «la han bort»."""
        inside = self.words[cue.parts[0][1] : cue.parts[-1][0]]
        return not _SUBJECTS.union(self.steering.light, ("og", "ned")).issuperset(inside)

    def _looks_ahead(self, cue: Match, kind: str, kinds: frozenset[str]) -> bool:
        """`tidligere magesår`, `ikke funnet glandler`: what can look both ways looks ahead when something follows."""
        both = ("negates_behind", "historical_behind", "hypothetical_behind", "done_behind")
        if kind == "stopped_behind" and "stopped_ahead" in kinds and cue.parts:
            return self._follows(cue.end) and not (self._object_first(cue) or self._is_passive(cue))
        either = kind in both and f"{kind[:-7]}_ahead" in kinds
        if kind == "historical_behind" and cue.end < self.end and self.words[cue.end] == "etter":
            return False  # «mistet hørselen som femåring etter kusma»
        if kind == "negates_behind" and cue.first > self.first and self.words[cue.end : cue.end + 1] in _BY:
            return False  # «magesår tilbakevist ved skopi»
        return either and self._follows(cue.end) and not self._is_value(cue.first)

    def _ends_what_follows(self, cue: Match, kinds: frozenset[str]) -> bool:
        """«frisk av X», and not «X vokste han av seg i tenårene»."""
        return "historical_ahead" in kinds and self._follows(cue.end) and not self._object_first(cue)

    def _object_first(self, cue: Match) -> bool:
        """«X kuttet hun ut i vår», and not «i vår kuttet hun ut X»."""
        first = self._clause_start(cue.first)
        inverted = any(self.words[i] in _SUBJECTS for i in range(first + 2, cue.end))
        return inverted and self.words[first] not in _PREPOSITIONS | _SUBJECTS

    def _is_passive(self, cue: Match) -> bool:
        """«X ble trappet ut»"""
        return self.words[cue.first - 1] in _BECAME and self._clause_start(cue.first) < cue.first - 1

    def _of_negation(self, cue: Match, kind: str) -> Iterator[Scope]:
        """`ingen` denies what follows; as a value, or last in its clause, it denies what went before."""
        if self._is_not(cue.end) or self._denies_an_end(cue) or self._is_in_relative(cue.first):
            return
        if self.condition and cue.first < self.condition.cue[1] + 1:
            return  # «Går ikke hevelsen ned, vil jeg»
        if self._is_about_change(cue.end) or self._does_not_end(cue) or self._is_source(cue.end):
            return  # «ingen bedring av smertene» denies the change, not the pain
        if self.words[cue.end - 1] == ":" and cue.end - cue.first == _BARE_LABEL and cue.first > self.first + 1:
            return  # «Plager har han ikke: magen går som en klokke»
        place = (cue.first, cue.end)
        if not self.unfound.keys().isdisjoint(range(cue.first, cue.end)):  # «blod ble ikke sett ved skopien»
            first = self._main_clause_start(cue.first)
            yield Scope("negates_clause", place, first, cue.first, first)
            yield self._forward(place, "negates_clause", commas=True)
            return
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
        if kind == "not_done" and self.words[start := self._clause_start(cue.first)] not in _PREPOSITIONS:
            yield Scope(kind, place, start, cue.first, start)  # «skopi lot seg ikke gjennomføre på grunn av smerter»
        backward = kind if kind == "not_done" else "negates_behind"
        if self._follows(cue.end) and not (self._is_value(cue.first) and self._next_label(cue.end)):
            # «øyet kan ikke åpnes, febril», «som ikke lenger får frem buda, rusten i røsten»
            unable = adverb and (self.words[cue.first - 1] in _ABLE or self.words[cue.end - 1] == "lenger")
            yield self._forward(place, kind, commas=kind != "negates_next" and not unable)
            past = self._past_aside(self._first_comma(cue.end))
            if self.words[past : past + 1] == ["at"]:  # «ser ikke, tross god tid, at det er en rift»
                yield self._forward((cue.first, past + 1), kind, commas=True)._replace(cue=place)
        elif not self._follows(cue.end) or self._is_value(cue.first):
            yield self._backward(place, backward)

    def _is_not(self, i: int) -> bool:
        """`Det er pasienten, ikke kona, som blør`: a person at token `i` who is put aside."""
        aside = i > self.first and self.words[i - 1] == "ikke"
        named = (c.end for c, kinds in self.cues if aside and c.first == i and kinds & _KIN - {"relative"})
        return any(self.words[end : end + 1] == [","] for end in named)

    def _denies_an_end(self, cue: Match) -> bool:
        """«ikke grodd», «ga seg ikke»"""
        near = cue.first in self.ended or not self.endings.isdisjoint(range(cue.end, cue.end + _TO_THE_DENIAL))
        return near and self.words[cue.end - 1] in _NOT

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
        if self._opens_ending(i):
            return True
        named = [m for m in self.matches if m.term.opaque and not m.parts] if changes else ()
        return any(not any(m.first <= j < m.end for m in named) for j in changes)

    def _is_source(self, i: int) -> bool:
        """`ikke påvist årsak til`: what was not found leaves its effect."""
        end = next((j for j in range(i, self.end) if self.words[j] not in self.steering.light), self.end)
        return self.words[end : end + 1] != [] and self.words[end] in self.steering.sources

    def _helps(self, i: int) -> bool:
        """«Ingen av kurene har hjulpet mot hosten»"""
        return any(self.lower[j] in _HELP for j in range(i, min(i + _IN_CLAUSE, self.end)))

    def _opens_ending(self, i: int) -> bool:
        """`ikke latt seg stanse`, `uten at X har gitt seg`: it is there."""
        end = next((j for j in range(i, self.end) if self.words[j] not in self.steering.helping), self.end)
        return (self.words[i - 1] in _NOT and self._ends_it(end)) or bool(self._ending_clause(i))

    def _is_named(self, i: int) -> bool:
        """Whether token `i` is part of the words that name a finding."""
        naming = (m for m in self.matches if m.term.concepts and m.term.opaque and m.end > m.first + 1)
        return any(m.first <= i < m.end for m in naming)

    def _ends_it(self, i: int) -> bool:
        """A word that tells of an end, and names no finding: «blir ikke vekket av smerter»."""
        if self._is_named(i):
            return False
        return i < self.end and (self.words[i] in self.steering.ends or self.words[i : i + 2] in _GIVES)

    def _ending_clause(self, i: int) -> range:
        """What `at` opens after a denial that ends at token `i`, if it tells of an end: «kan ikke se at såret gror»."""
        near = (j for j in range(i - 1, min(i + _TO_AT, self.end)) if self.words[j] == "at")
        start = next((j + 1 for j in near if self.words[j - 1] not in _PREPOSITIONS - {"uten", "på"}), self.end)
        ahead = range(start, min(start + _LONGEST_RUN, self.end))
        end = next((j for j in ahead if self.words[j] in _SEPARATORS or j in self.stops), ahead.stop)
        changed = (j for j in range(start, end) if self.words[j] in self.steering.changes and not self._is_named(j))
        ended = (j for j in range(start, end) if self._ends_it(j))
        first = min((*changed, *ended), default=start - 1)
        return range(start, first + 1)

    def _does_not_end(self, cue: Match) -> bool:
        """`gror ikke`, `slipper ikke taket`, `lar seg ikke stanse`"""
        return "ikke" in self.words[cue.first : cue.end] and (
            self.words[cue.first - 1] in self.steering.ends or self.words[cue.first - 2 : cue.first] in _GIVES
        )

    def _denied_twice(self) -> set[int]:
        """Where cues begin that undo each other, as in `slapp ikke unna`, `ikke ... uten at`, and those in a clause
        that tells of an end: «uten at smertene har gitt seg»."""
        undone = set()
        light = self.steering.helping | self.steering.light | _SUBJECTS
        denials = [(c, kinds) for c, kinds in self.cues if any(kind.startswith("negates") for kind in kinds)]
        for (a, of_a), (b, _) in pairwise(denials):
            between = self.words[a.end : b.first]
            ahead = not {"negates_ahead", "negates_next"}.isdisjoint(of_a)
            if self._is_bare(a):
                both = not self._denies_by_word(b) and light.issuperset(between)
            else:
                both = ahead and self._is_bare(b) and not self._denies_by_word(a) and _SUBJECTS.issuperset(between)
            undone |= {a.first, b.first} if both else set()
        for cue, _ in denials:
            if self.words[cue.first] == "uten" and (no := self._not_before(cue.first)) is not None:
                undone |= {no, cue.first}
            clause = self._ending_clause(cue.end)
            undone |= {c.first for c, _ in self.cues if c.first in clause}
        return undone

    def _not_before(self, i: int) -> int | None:
        """«Kan ikke spise uten smerter»: the denial in the same clause before `uten` at token `i`."""
        for j in range(i - 1, max(self.first, i - _TO_THE_FOUND) - 1, -1):
            if j in self.stops or self.words[j] == ";" or self.words[j] in self.steering.joins - _NOT:
                return None
            if self.words[j] in _NOT and j + 1 < i:
                return j
        return None

    def _is_bare(self, cue: Match) -> bool:
        words = self.words[cue.first : cue.end]
        return not _NEGATORS.isdisjoint(words) and _BARE.issuperset(words)

    def _denies_by_word(self, cue: Match) -> bool:
        """`ingen tegn til`, and not `slipper`, `mangler`"""
        return not (_NEGATORS | {"uten", "null", "nei", "negativ"}).isdisjoint(self.words[cue.first : cue.end])

    def _not_found(self) -> Iterator[tuple[int, int]]:
        """«Ikke blitt sett», «aldri merket noe til»: each `ikke` of what was not found, and where its words end."""
        for i in range(self.first, self.end):
            if self.words[i] not in _NEGATORS or self._is_taken(i):
                continue
            said = takewhile(self._is_helping, range(i + 1, min(i + _TO_THE_FOUND, self.end)))
            end = max((j + 1 for j in said if self.words[j] in self.steering.found), default=i + 1)
            before = self.words[max(self.first, i - 2) : i]
            if end == i + 1 and not (before[-1:] and (before[-1] in self.steering.found or self._saw(before))):
                continue
            while end < self.end and self.words[end] in _OF_IT:
                end += 1
            if not (self._is_about_change(i + 1) or self._is_source(end) or self._is_in_relative(i)):
                yield i, end

    def _is_in_relative(self, i: int) -> bool:
        """«Smerter hun aldri har hatt», «... jeg ikke før har sett»: a relative clause without `som`."""
        owned = i - 2 >= self.first and self.words[i - 1] in _SUBJECTS and self.words[i - 2].isalpha()
        opened = owned and self.words[i - 2] not in self.steering.subordinators | self.steering.joins
        return opened and not _HAVING.isdisjoint(self.words[i + 1 : i + 3])

    def _denies_subject(self, i: int, end: int) -> bool:
        """«Kramper er ikke blitt sett», «blod har hun aldri merket noe til», but not «det er ikke sett kramper»."""
        adverbial = _PREPOSITIONS | _NEITHER | self.steering.subordinators
        if self._follows(end) and self.words[end] not in adverbial:
            return False
        first = self._subject(i)
        bare = self.steering.light | self.steering.helping | self.steering.seeing | self.steering.verbs | _SUBJECTS
        if bare.issuperset(self.words[first:i]):
            return False  # «Han har ikke merket at maten setter seg fast»
        if first < i and self.steering.sources.isdisjoint(self.words[first:i]):
            self.unfound[i] = first, end
        return True

    def _saw(self, words: list[str]) -> bool:
        """`så jeg`, `har man`"""
        return len(words) > 1 and words[0] in self.steering.seeing and words[1] in _SUBJECTS | _ONE | {"man"}

    def _is_helping(self, i: int) -> bool:
        known = self.steering
        return any(self.words[i] in words for words in (known.found, known.helping, known.light, _SUBJECTS))

    def _is_taken(self, i: int) -> bool:
        """Token `i` lies in a cue that denies nothing: `ikke bare`, `kan ikke utelukkes`."""
        return i in self.cancelled or any(
            c.first <= i < c.end and not any(k.startswith(("negates", "not_done")) for k in kinds)
            for c, kinds in self.cues
        )

    def _subject(self, i: int) -> int:
        """Where the subject or fronted object of the clause of token `i` begins, with the list that it ends."""
        first = self._clause_start(i)
        listed = self._first_of_list(first)
        before = self.words[first - 1] if first > self.first else ""
        joined = before in ("og", "eller") or (before == "," and "eller" in self.words[first:i])
        whole = joined and (listed == self.first or self.words[listed - 1] in (":", ";", "."))
        if whole and self.steering.subordinators.isdisjoint(self.words[listed:first]):
            first = listed
        if self.words[first] in _PREPOSITIONS - {"av"}:  # «ved palpasjon kunne svulst ikke kjennes»
            verbs = self.steering.verbs | self.steering.helping | self.steering.seeing
            first = next((j + 1 for j in range(first, i) if self.words[j] in verbs), i)
        return first

    def _past_put_in(self, scope: Scope) -> Iterator[Scope]:
        """«Hoste, som man kunne vente, har han ikke», «hoste har han, så vidt jeg vet, ikke»: `hoste`, too."""
        close = scope.first - 1
        if close <= self.first or self.words[close] != ",":
            return
        opened = next((j for j in range(close - 1, self.first, -1) if self.words[j] == ","), self.first)
        if opened == self.first or self.words[opened + 1] not in self.steering.put_in:
            return
        before = self._part_start(opened)
        verbs = self.steering.verbs | self.steering.seeing
        inverted = self.words[close + 1] in verbs and not verbs.intersection(self.words[before:opened])
        by_verb = not _NEGATORS.issuperset(self.words[slice(*scope.cue)])
        answers = scope.first == scope.cue[0] and (by_verb or self.words[opened - 1] in _SUBJECTS)
        if inverted or answers:
            yield Scope("negates_behind", scope.cue, before, opened, before)

    def _first_comma(self, i: int) -> int:
        return next((j for j in range(i, min(i + _TO_AT, self.end)) if self.words[j] == ","), i)

    def _past_aside(self, i: int) -> int:
        """After what is put in between commas at token `i`."""
        if self.words[i : i + 1] != [","] or self.words[i + 1 : i + 2] == []:
            return i
        if self.words[i + 1] not in self.steering.put_in:
            return i
        return next((j + 1 for j in range(i + 1, self.end) if self.words[j] == ","), i)

    def _end_far(self, start: int) -> int:
        """The end of an opinion denied: past what is put in, up to a contrast, a new statement or an exception."""
        i = start
        while i < self.end:
            word = self.words[i]
            if (past := self._past_aside(i)) > i:
                i = past
                continue
            if i in self.stops or word == ";" or self._excepts(i, start):
                return i
            if word == "," and i > start and (self._begins_statement(i + 1, after_comma=True)):
                return i
            if word == "," and self.words[i + 1 : i + 2] in (["for"], ["fordi"], ["siden"], ["da"], ["som"]):
                return i
            i += 1
        return i

    def _excepts(self, i: int, start: int) -> bool:
        """`ikke annet enn`, `ingen annen medisin enn`, `ikke mer enn`: what follows is there."""
        return self.words[i] == "enn" and not _MORE.isdisjoint(self.words[max(self.first, start - 2) : i])

    def _cause(self, first: int, end: int) -> tuple[int, int]:
        """«Ikke slik at svimmelheten skyldes slag», «ikke kreft som gir vekttapet»: only the cause is denied."""
        dues = (
            i for i in range(first, end) if self.words[i] in self.steering.due or self.words[i : i + 2] in _COMES_OF
        )
        due = next(dues, first)
        first = due + 1 if due > first and self.words[due - 1] != "som" else first
        pairs = (i for i in range(first + 1, end - 1) if self.words[i] in ("som", "bak"))
        return first, next((i for i in pairs if self.words[i + 1] in self.steering.causing), end)

    def _follows(self, i: int) -> bool:
        """Something that can be denied stands between here and the next separator."""
        while i < self.end and self.words[i] not in _SEPARATORS and i not in self.stops:
            if self.words[i] not in self.steering.light:
                return True
            i += 1
        return False

    def _back_to_what_is_told(self, i: int) -> int:
        """«Hevelse i mai, men den er nå vekk», «X, som i dag er over»: past a clause that names nothing itself."""
        start, telling = i, self.steering.light | self.steering.present | _SUBJECTS | _REFERRING | _BECAME | _CARRIED
        while start > self.first and self.words[start - 1] in telling and self.words[start - 1] not in _NOT:
            start -= 1
        return i if _POINTING_BACK.isdisjoint(self.words[start:i]) else start

    def _opens_part(self, i: int) -> int:
        """`..., ble bra`, `..., men aldri siden`: how many tokens before belong to the resolution."""
        opening = i
        while opening > self.first and self.words[opening - 1] in (",", "og", "men"):
            opening -= 1
        return i - opening

    def _of_kin(self, cue: Match, kind: str) -> Iterator[Scope]:
        """«Mor hadde X» governs what follows, «X hos mor» what went before; «mor forteller at» governs nothing."""
        aside = self._closing_comma(cue.end)
        asked = not _SUBJECTS.isdisjoint(self.words[self._clause_start(cue.first) : cue.first])  # the patient acts
        beside = (
            *range(max(self.first, cue.first - (not asked)), cue.end),
            *range(aside, min(aside + _TO_THE_VERB, self.end)),
        )
        label = (c.end for c, kinds in self.cues if "relative" in kinds)
        labelled = self._is_value(cue.first) and cue.first - 1 in label  # `Tarmkreft i slekta: mormor`
        behind = self._owned_from(cue)
        of = cue.first > self.first and self.words[cue.first - 1] == "til"
        if behind == cue.end and of and not any(c.first < cue.first - 1 and c.end == cue.first for c, _ in self.cues):
            return  # «flaggstanga til naboen», «fjøset til broren», and not «faren til stemoren»
        if self.words[self.first] in _CHILDREN and self.words[cue.first] in _PARENTS:
            return  # «Datteren sier at mor ikke spiser»: the patient
        if self._is_not(cue.first) or self._is_of_another(cue.first) or self._is_the_one(cue):
            return
        if self._is_source(cue.first):
            return
        telling = any(self._tells(i) for i in beside) or self._says_that(cue.end)
        if telling and not labelled and behind == cue.end:
            if aside > cue.end and not any(self._tells(i) for i in range(cue.end, cue.end + _TO_THE_VERB)):
                yield Scope(kind, (cue.first, cue.end), cue.end, aside, cue.end)  # «Mor, som selv har astma, sier»
            return
        opened = self._opened_by(cue.first)
        if opened or labelled or kind == "relative":
            yield self._backward((cue.first - opened - labelled, cue.end), kind)
        apart = opened or asked or kind == "relative"
        if apart and cue.end < self.end and self._ends_kin(cue.end, acting=not asked):
            return  # «Lynch syndrom i slekten, hvorfor han ønsker ...»
        for first, end in self._of_relative(cue.end, acting=not asked):
            yield Scope(kind, (cue.first, cue.end), behind if first == cue.end else first, end, first)

    def _is_source(self, first: int) -> bool:
        """«Ifølge samboeren», «opplyst av søsteren», «kommer med faren»."""
        before = self.words[max(self.first, first - 2) : first]
        told = before[:1] and before[0] in self.steering.telling and before[-1] in ("av", "fra", "med")
        return before[-1:] in (["ifølg"], ["følg"]) or bool(told)

    def _opened_by(self, first: int) -> int:
        """How many tokens before the person make what went before the person's: `hos`, `hos to av hennes`."""
        i = first - 1
        while i > self.first and self.words[i] in self.steering.determiners:
            i -= 1
        near = i >= self.first and self.words[i] in (_OPENERS if i == first - 1 else _OWNERS)
        return first - i if near else 0

    def _is_the_one(self, cue: Match) -> bool:
        """«men det er storebror som nå er rød», «som hos moren begynte det med»: the patient."""
        if self.words[max(self.first, cue.first - 2) : cue.first] == ["som", "hos"]:
            return True
        cleft = self.words[cue.first - 2 : cue.first] == ["det", "er"] and self.words[cue.end : cue.end + 1] == ["som"]
        return cleft and any(c.first < cue.first and kinds & _KIN for c, kinds in self.cues)

    def _tells(self, i: int) -> bool:
        """«Søsteren ser at», but not «søsteren ser dobbelt»: there the verb is a part of what she has."""
        named = (m for m in self.matches if m.first == i and m.term.concepts and not m.parts and m.end > i + 1)
        saw = self.words[i] == "så" and "at" in self.words[i + 1 : i + 3]  # «kona så at», «så kona at»
        brings = self.words[i : i + 2] == ["har", "med"]  # «Mor har med en film»
        got = self.words[i - 1] in ("fått", "fikk")  # «har fått konstatert»
        tells = saw or brings or (self.words[i] in self.steering.telling and not got)
        return tells and i not in self.stops and next(named, None) is None

    def _says_that(self, i: int) -> bool:
        """«Datteren påpeker overfor meg at», whatever the verb is."""
        near = self.words[i : min(i + _TO_THE_VERB + 2, self.end)]
        if "at" not in near or "," in near[: near.index("at")]:
            return False
        return near.index("at") == 0 or near[near.index("at") - 1] not in _PREPOSITIONS  # «etter at»

    def _closing_comma(self, i: int) -> int:
        """`Kona, som var med, legger til`, `datteren som er frisør har tatt bilder`: past what is put in."""
        if i < self.end and self.words[i] == "(":
            return self._closing(i) + 1
        if self.words[i : i + 1] == ["som"]:
            return next((j for j in range(i + 2, min(i + _LONGEST_PUT_IN, self.end)) if self.words[j] == "har"), i)
        if self.words[i : i + 2] not in ([",", "som"], [",", "selv"]):
            return i
        return next((j + 1 for j in range(i + 1, self.end) if self.words[j] == ","), i)

    def _of_relative(self, start: int, *, acting: bool) -> Iterator[tuple[int, int]]:
        """What a relative owns: past an age, and past brackets, which are another's when they say «selv»."""
        aged = self.words[start : start + 3] == [",", "#", ","]  # «Farmor, 82, hadde»
        bound = self._bound(start)
        first, end = start, start + 3 * aged
        # «samboeren bruker selv CPAP», «broren, som selv har cøliaki»: the relative, not the patient
        end = next((i + 1 for i in range(end, min(end + _TO_THE_VERB, bound)) if self._is_own(i)), end)
        past = min(self._closing_comma(start), bound - 1)
        if (
            end < past
            and self.words[past] in self.steering.verbs
            and _SUBJECTS.isdisjoint(self.words[past + 1 : bound][:1])
        ):
            end = past  # «Broren, som er bonde, har KOLS»
        opened = end
        while end < bound and (end == opened or not self._ends_kin(end, acting=acting)):
            if self.words[end] != "(":
                end += 1
                continue
            opened = self._closing(end) + 1
            if not self.selves.isdisjoint(range(end, opened)):
                yield first, end
                first = opened
            end = opened
        yield first, min(end, bound)

    def _is_own(self, i: int) -> bool:
        aside = self.words[i - 1] in ("som", ",") and "," in self.words[i - 2 : i]
        return self.words[i] == "selv" and (aside or self.words[i - 1] in self.steering.verbs)

    def _bound(self, i: int) -> int:
        """Where the brackets around token `i` close, else the sentence's end: what is said in brackets stays there."""
        opened = next((j for j in range(i - 1, self.first - 1, -1) if self.words[j] in ("(", ")")), None)
        if opened is None or self.words[opened] == ")":
            return self.end
        return next((j for j in range(i, self.end) if self.words[j] == ")"), self.end)

    def _owned_from(self, cue: Match) -> int:
        """Where what the person has begins: before «fikk naboen», «øyet til søsteren» and «når hans bror ser»."""
        whose = cue.first
        while whose > self.first and self.words[whose - 1] in ("både", "begge"):
            whose -= 1  # «Blodpropp har både far og farbror hatt»
        before, after = self.words[max(self.first, whose - 2) : whose], self.words[cue.end : self.end]
        if before[-1:] == ["når"] and not _USING.isdisjoint(after[:1]):
            return self.first
        of_body = before[-1:] == ["til"] and before[0] in _OF_BODY
        return self._first_behind(cue.first) if of_body or not _HAVING.isdisjoint(before[-1:]) else cue.end

    def _ends_kin(self, i: int, *, acting: bool = True) -> bool:
        if i in self.stops or i in self.selves or self.words[i] in _PATIENT_OR_REASON:
            return True
        if not acting and self.words[i] in _REASONS | _TIMES and self.words[i + 1 : i + 2] in (["han"], ["hun"]):
            return True  # «Han besøkte mor da han fikk brystsmerter»
        if self.words[i] == "så" and i + 1 < self.end and self.words[i + 1] in _SUBJECTS:
            return True  # «Søster har cøliaki, så vi tok prøve»
        if self.words[i] in _THINGS and self.words[i - 1] not in self.steering.subordinators:
            return i + 1 < self.end and self.words[i + 1].endswith(_PRESENT_TENSE)
        begins = i + 1 < self.end and (self.words[i + 1] in self.steering.clause_starts or i + 1 in self.denials)
        return self.words[i] in (",", "og") and begins and not (acting and self._goes_on(i))

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

    # Doubts

    def _condition(self) -> Scope | None:
        """`Skulle synet falle`, `Kommer det blod, må hun ringe`: a verb first, and a main clause after the comma."""
        verb, ahead = self.first, range(self.first + 2, min(self.first + _FARTHEST_MAIN, self.end - 2))
        if self.words[verb] == "ved":  # «Ved oppkast skal hun ringe»
            main = next((i for i in ahead if self.words[i] in self.steering.verbs or self._instructs(i)), self.end)
            return self._if(verb, verb + 1, main) if self._instructs(main) else None
        opens = self.words[verb] == "skulle" and _UNASKED.isdisjoint(self.words[verb + 1 : verb + 2])
        asked = self.words[verb] in self.steering.conditional
        inverted = self.lower[verb].endswith("r") and self.words[verb] not in self.steering.subordinators
        asked |= inverted and not _SUBJECTS.isdisjoint(self.words[verb + 1 : verb + 2])
        if not (opens or asked) or "?" in self.words[verb : self.end]:
            return None
        told = not _PRONOUNS.isdisjoint(self.words[verb + 1 : verb + 3])
        for i in (i for i in ahead if self.words[i] == ","):
            finite = self.words[i + 1] in _MODAL or self._instructs(i + 1)
            finite = finite and (opens or self.words[i + 1] not in _HAPPENING or self.words[i + 2] == "det")
            if finite and (told or opens or self.words[i + 2] in _PRONOUNS):
                known = not (told or opens) and self.words[verb] in self.steering.ongoing  # «Fortsetter kløen, ...»
                past = next((j for j in range(verb, i) if self.words[j] in (",", "eller")), i)
                ends = (j for j in range(i + 1, self.end) if self.words[j] in (",", ";") or j in self.stops)
                return self._if(verb, past if known else verb + 1, next(ends, self.end))
        return self._if(verb, verb + 1, self.end) if opens else None

    def _if(self, verb: int, first: int, end: int) -> Scope:
        return Scope("hypothetical_ahead", (verb, verb + 1), first, end, verb + 1)

    def _instructs(self, i: int) -> bool:
        return i < self.end and self.words[i] in self.steering.instructing

    def _doubly_denied(self) -> Iterator[range]:
        """`tør ikke avfeie`, `sikkert utelukket er X ikke`: from the denial to the exclusion that it denies."""
        excluding = [match for match in self.matches if "excluding" in match.term.cues]
        cues = self.cues if excluding else []
        denying = [c for c, kinds in cues if "unable" in kinds or not _DENYING.isdisjoint(self.words[c.first : c.end])]
        for cue in excluding:
            near = (range(min(d.first, cue.first), max(d.end, cue.end)) for d in denying)
            plain = [r for r in near if len(r) <= _FARTHEST_DOUBLE + 2 and self._is_one_clause(r)]
            if plain:
                yield min(plain, key=len)

    def _is_one_clause(self, place: range) -> bool:
        return not any(self.words[i] in (",", ";", ":", "og", "men", "(", ")") for i in place)

    def _excluded(self, double: range) -> Iterator[Scope]:
        """What a denied exclusion leaves possible: what stands before, in and after it."""
        place = (double.start, double.stop)
        # «kan ikke utelukkes alat 188»: what is not excluded stood before it
        passive = self.lower[double.stop - 1].endswith(("es", "ast"))
        ahead = not passive or "det" in self.words[self.first : double.start + 3]
        end = self._end_of_part(double.stop) if ahead else double.stop
        whole = self.words[self.first] in ("at", "om", "hvorvidt")
        first, ends = double.start, (",", ";", ":", "og")
        if not whole and self.words[first - 1] == ",":  # «Svulst er, tross fine bilder, ikke utelukket»
            commas = (i for i in range(first - 2, self.first, -1) if self.words[i] == ",")
            first = next((i for i in commas if self.words[i - 1] in self.steering.verbs), first)
        while first > self.first and (whole or self.words[first - 1] not in ends):
            first -= 1
        yield Scope("possible_behind", place, first, end, first)

    def _assured(self, cue: Match) -> Scope:
        """`for å sikre at det ikke er`: the denial after it is what is asked about."""
        return Scope("possible_behind", (cue.first, cue.end), cue.end, self._end_of_part(cue.end), cue.end)

    def _end_of_part(self, i: int) -> int:
        while i < self.end and self.words[i] not in _PART_ENDS and i not in self.stops:
            if self.words[i] == "og" and self._begins_statement(i + 1, after_comma=False):
                break
            i += 1
        return i

    def _is_given(self, first: int, end: int) -> bool:
        """«Om hevelsen skyldes X», «X bak dobbeltsynet», «kulen kan være X»: it is there, whatever the doubt."""
        definite = any(self.lower[i].endswith(_DEFINITE) for i in range(first, end))
        after = [*self.words[end : end + 3], "", "", ""]
        before = self.words[max(self.first, first - 3) : first]
        if before[-1:] and before[-1] in _OWNED:
            before, definite = before[:-1], True
        if self.words[first - 1] in _POINTING and first > self.first:
            return True  # «urolig for den harde kulen»
        if definite and before[-1:] in (["at"], ["hvorvidt"], ["så"]) and after[0] in self.steering.ongoing:
            return True
        may = after[1:3] if after[0] == "kan" else after[:2] if before[-1:] == ["kan"] else ()
        if not self.steering.causing.isdisjoint(may) or (definite and before[-1:] == ["ved"] and after[0] == "som"):
            return True
        if definite and after[0] == "kan" and not _BEING.isdisjoint(after[1:3]):
            return True
        owner = "hos" in self.words[self.first : first] and before[-1:] == ["med"]
        while before and before[-1] in ("at", "til", "på", "for", "i"):
            before = before[:-1]
        return owner or (definite and before[-1:] != [] and before[-1] in self.steering.explaining)

    def _is_explained(self, end: int) -> bool:
        """«hodepinen skyldes», «synstapet er et utslag av», «svimmelhet kommer trolig av»."""
        i = end
        while i < self.end and self.words[i] in _BEFORE_REASON:
            i += 1
        known = i < self.end and self.words[i] in self.steering.explained
        return known or (self.words[end : end + 1] == ["kommer"] and "av" in self.words[end + 1 : end + 3])

    def _ongoing_if(self, first: int, end: int) -> bool:
        """«dersom kulen ikke går ned», «om verken ikke gir seg»: the lump is there, the pain is."""
        definite = self.lower[first].endswith(_DEFINITE) or self.lower[end - 1].endswith(_DEFINITE)
        return (
            definite
            and self.words[first - 1] in _IF
            and not self.steering.ongoing.isdisjoint(self.words[end : end + 1])
        )

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
            yield self._up_to_today(self.first, self.first)  # «20.09.2019 Fastlege: ...»
        if "#" not in self.words[self.first : self.end]:
            return
        for i in range(self.first, self.end):
            if self.words[i] == "#" and self._is_past_year(i):
                if "enn" in self.words[max(self.first, i - 2) : i]:
                    continue  # «mindre enn i 2021» compares
                ongoing = i > self.first and self.words[i - 1] in ("siden", "fra")
                heads = not ongoing and (i <= self.first + _HEADING or self._is_a_day_of(i) or self._is_day(i))
                kind = "current" if ongoing else "historical_behind"
                yield self._up_to_today(i, self.first) if heads else self._around(i, i + 1, kind)

    def _is_a_day_of(self, year: int) -> bool:
        """«En vårdag i 2013», at the head."""
        return year == self.first + 3 and self.words[self.first] in _ONE and self.words[year - 1] == "i"

    def _up_to_today(self, year: int, first: int) -> Scope:
        """`I 2016 falt synet, og det verket`: a year at the head dates the sentence, until it comes to the present."""
        end = next((i for i in range(year + 1, self.end) if self._is_today(i)), self.end)
        return Scope("historical_behind", (year, year + 1), first, end, first)

    def _is_today(self, i: int) -> bool:
        """`nå`, `i dag`, and a verb of today that opens a clause: «som barn øreverk, hører dårlig»."""
        says = self.words[i] in self.steering.verbs and self.words[i].endswith(_PRESENT_ENDINGS)
        opens = says and self.words[i - 1] in _PARTS
        return opens or self.words[i] in self.steering.present or self.lower[i - 1 : i + 1] == ["i", "dag"]

    def _is_past_year(self, i: int) -> bool:
        number = self.lower[i]
        if dated := _SHORT_DATE.fullmatch(number) or (self._is_day(i) and re.fullmatch(r"(\d\d)", number)):
            return (self.year - int(dated[1])) % 100 >= _RECENT_YEARS
        if len(number) == 4 and number[:2] in ("19", "20") and number.isdecimal():
            return int(number) <= self.year - _RECENT_YEARS
        apostrophe = i > self.first and self.words[i - 1] in ("-", "'")
        two = len(number) == 2 and number.isdecimal()
        return apostrophe and two and (i < self.first + 2 or self.words[i - 2] != "#")

    def _is_day(self, i: int) -> bool:
        """`5/6-18`"""
        return self.lower[i - 3 : i : 2] == ["/", "-"] and self.words[i - 4] == "#" and i - 4 >= self.first

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
        after = i > self.first and (self.words[i - 1] in (":", ".", "=") or self.words[i - 1][-1].isalpha())
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
        first, end = self._cause(cue[1], self._end_ahead(cue[1], kind, commas=commas))
        return Scope(kind, cue, first, end, first)

    def _end_ahead(self, start: int, kind: str, *, commas: bool) -> int:  # noqa: C901 (one walk with one state)
        denies = kind.startswith("negates")
        run, seen, i, bound = 0, 0, start, self._bound(start)
        # `hvis` and `uten at` have opened a clause with a verb of its own.
        subordinate = int(kind == "hypothetical_ahead" or self._opens_clause(start))
        while i < bound and run <= _LONGEST_RUN:
            word = self.words[i]
            owner = not denies and seen and word in _WHOSE and self.words[i - 1] not in _LIKE
            owner = owner and (word == "hos" or kind != "hypothetical_ahead")  # «informert om tegn som feber»
            owner = owner or (denies and seen > 0 and word == "hos" and "med" in self.words[i : i + _IN_CLAUSE])
            # «sover ikke på venstre side pga smerter»
            because = denies and i > start and (word in _BECAUSE or (word == "for" and self.words[i - 1] in _KEPT_FROM))
            excepts = denies and (self._excepts(i, start) or (word == "uten" and i > start))
            ends = owner or because or excepts or self._sets_apart(i)
            if i in self.stops or word in (":", ";") or word in _BOXES or ends:
                return i
            if word == "(":
                i = self._closing(i)
            elif word == "eller" and self.words[start - 1] in _NEITHER:
                run = seen = 0  # «hverken sett blod eller gått ned i vekt»
            elif word == "eller" and kind == "hypothetical_ahead":
                run, subordinate = 0, 1  # «hvis han får feber eller det tilkommer utslett»
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

    def _sets_apart(self, i: int) -> bool:
        """`Ingen hoste - hodepine uttalt`, `÷kløe +hodepine`: a dash between blanks, a plus at its word."""
        text, starts, ends = self.document.text, self.document.starts, self.document.ends
        after = text[ends[i] : ends[i] + 1]
        dash = self.words[i] == "-" and after.isspace()
        return (dash or (self.words[i] == "+" and after.isalpha())) and text[starts[i] - 1].isspace()

    def _opens_clause(self, i: int) -> bool:
        """Whether a verb is to come: after «at», «hvorvidt» and «avgjøre om», but not after «mistanke om»."""
        if self.words[i - 1] == "om":
            return i > self.first + 1 and self.words[i - 2] not in _ABOUT
        return self.words[i - 1] in ("at", "hvorvidt")

    def _begins_statement(self, i: int, *, after_comma: bool) -> bool:
        listed = self.steering.grades | self.steering.light
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
            if self.words[i - 1] == "." and self._capital(i):
                break  # «Rinne pos bilat. Fingergnidning ikke hørt»
            i -= 1
        return i

    def _main_clause_start(self, i: int) -> int:
        """`når hun ligger flatt, kjenner hun ikke`: a verb before its subject begins the main clause."""
        first = self._clause_start(i)
        inverted = i - 2 >= first and self.words[i - 1] in _SUBJECTS
        opened = first - 1 in self.stops or self.words[first - 1] in self.steering.subordinators
        return i - 2 if inverted and opened else first

    def _backward(self, cue: tuple[int, int], kind: str) -> Scope:
        past = kind == "historical_behind"
        first = self._first_behind(cue[0], numbers=past)
        if past and first < cue[0] and self.words[first] in _LAST:
            first = self._whole_event(first)  # «to halsbyller, sist for tre år siden»
        if kind in ("negates_behind", "negates_list") and _ANSWERED.issuperset(self.words[first : cue[0]]):
            first = self._answered(first, cue)
        if kind == "hypothetical_behind" and self._opens_condition():
            first = self.first  # «Kommer det blod, må hun ringe»
        if kind == "negates_behind" and self.words[self.first] == "at" and self.words[cue[0] - 1] == ",":
            first = self.first  # «At hun skulle ha feber, avviser hun»
        # «Væskespeil bak hinnen, høyre er normal»: one side's answer is no word on what was told before it.
        sided = "høyre" in self.words[first : cue[0]] or "venstre" in self.words[first : cue[0]]
        listed = self._first_of_list(first) if kind in ("negates_behind", "negates_list") and not sided else first
        # «Røde, vonde øyne: nei»: the answer is about the whole label.
        labels = self._is_value(cue[0]) and listed == self.first and (not self.first or self._new_line(self.first))
        either = kind == "negates_behind" and "eller" in self.words[first : cue[0]]  # «A, B eller C har hun ikke»
        if kind == "negates_behind" and not self.steering.sources.isdisjoint(self.words[first : cue[0]]):
            first = listed = cue[0]  # «årsaken til dysfagien er ikke funnet»
        whole = kind == "negates_list" or labels or either
        return Scope(kind, cue, listed if whole else first, cue[0], listed)

    def _answered(self, first: int, cue: tuple[int, int]) -> int:
        """«Det var tale om gallestein, men det ble tilbakevist»: `det` is what the part before tells."""
        opened = next((i for i in range(first - 1, self.first, -1) if self.words[i] not in (",", "men")), self.first)
        sought = self.words[opened + 1 : cue[0]] == [",", "men"] or self.words[opened + 1 : cue[0]] == [","]
        sought = sought and not _SOUGHT.isdisjoint(self.words[self._part_start(opened) : opened])
        named = sought or (
            "ikke" not in self.words[slice(*cue)] and not _NAMED_BEFORE.isdisjoint(self.words[first : cue[1]])
        )
        return self._part_start(opened) if named and opened < first - 1 else first

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
        if self.words[i] == "." and self._capital(i + 1):
            return True  # «Nese: skjev hø. Svelg: i.a.»
        adverb = i > self.first and self.words[i] in _STILL and self.words[i - 1] not in (",", ";", ":")
        ends = (i in self.stops and not adverb) or i in self.answers
        return ends or self.words[i] in (",", ";", ":") or self.words[i] in _BOXES

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
        while first > self.first and self._goes_back(first, kind):
            first -= 1
        while end < self.end and self.words[end] not in (",", ";") and end not in self.stops:
            end += 1
        return Scope(kind, cue, first, end, first)

    def _goes_back(self, i: int, kind: str) -> bool:
        """Within the part; and «kreft i 2013, som fortsatt følges» goes on."""
        ends = self.words[i - 1] == "," and not (kind == "current" and self.words[i] == "som")
        return not ends and self.words[i - 1] != ";" and i - 1 not in self.stops


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
