"""What is denied: `ingen X`, `X har hun ikke`, what was not found, and denials that undo each other."""

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise, takewhile

from triage.nlp.grammar import (
    HAVING,
    NEGATORS,
    NEITHER,
    NOT,
    ONE,
    POINTERS,
    PREPOSITIONS,
    REASONS,
    SEPARATORS,
    SIDES,
    SUBJECTS,
    TIMES,
)
from triage.nlp.lexicon import Match
from triage.nlp.reach import DEFINITE, EXCEPT, IN_CLAUSE, LONGEST_RUN, OUTWARD, TO_THE_DENIAL, Reach, Scope

_TAKING = frozenset(("tatt", "tar", "ta", "trukket", "endret", "løst", "gir", "gi", "ga", "gitt", "gjer", "gje", "gav"))
_GIVES = tuple([verb, "seg"] for verb in _TAKING)
_ADVERBS = frozenset(("ikke", "aldri"))
_ABLE = frozenset(("kan", "klarer", "greier", "orker", "får"))
_RULING_OUT = frozenset(("avkreftet", "avkrefta", "utelukket", "utelukka", "utelukkede", "frikjente", "avkreftede"))
_BARE = NEGATORS | {"heller", "lenger", "noe", "noen"}
_OF_IT = frozenset(("noe", "noen", "til", "av", "te", "tå"))  # «sett noe til», «itte sett no tå»
_LOOKING = ("suspekt", "suspekte", "mistenkelige", "liknende", "lignende", "aktige", "maligne", "ondartede")
_BARE_LABEL = 2  # tokens of `ikke:`, which opens a list of what is denied when a line begins with it
_TO_THE_FOUND = 6  # words from `ikke` to what was not found, at most
_TO_AT = 3  # words from a denial to the `at` of what is denied


_UNTIL = frozenset(("før", "inntil", "fram", "frem", "framtil"))
_OF_LATE = frozenset(("dag", "natt", "går", "morges", "forgårs", "helg", "helgen", "kveld", "ettermiddag", "formiddag"))
_NOW_TOO = frozenset(("nå", "dato", "dags"))
_BUT = EXCEPT - {"utover"} | {"men"}
_TIMES_OF_YEAR = frozenset(("jul", "påsk", "pins", "nyttår", "sommer", "høst", "vår", "vinter", "siste", "sist"))


def _is_lately(late: list[str]) -> bool:
    """«Før de siste tre ukene», «før sist uke», «før for fem uker siden»"""
    last = late[late[:1] in (["de"], ["det"], ["den"]) :][:1]
    return last in (["siste"], ["sist"], ["forrige"]) or (late[:1] == ["for"] and "siden" in late)


class Denial(Reach):
    """What one sentence denies."""

    @cached_property
    def denying(self) -> set[int]:
        """The words that deny themselves: `smertefri`."""
        said = zip(range(self.first, self.end), self.words[self.first : self.end], strict=False)
        return {i for i, word in said if word in self.steering.denying or self.steering.denies(self.lower[i])}

    @cached_property
    def taken(self) -> set[int]:
        """Tokens in a cue that denies nothing: `ikke bare`, `kan ikke utelukkes`."""
        plain = [c for c, kinds in self.cues if not any(k.startswith(("negates", "not_done")) for k in kinds)]
        plain += [m for m in self.matches if "pseudo" in m.term.cues]
        return {i for c in plain for i in range(*c.place)}.union(self.cancelled)

    @cached_property
    def not_found(self) -> list[tuple[int, int, int | None]]:
        """«Ikke blitt sett», «aldri merket noe til»: each `ikke` of what was not found, where its words end, and where
        that begins when it stands before them."""
        denies = not NEGATORS.isdisjoint(self.words[self.first : self.end])
        return [(i, end, self._denied_subject(i, end)) for i, end in self._not_found()] if denies else []

    @cached_property
    def unfound(self) -> dict[int, tuple[int, int]]:
        """Of those, each `ikke` that denies what stands before it: where that begins, and where the words end."""
        before = {i: (first, end) for i, end, first in self.not_found if first is not None}
        return {i: p for i, p in before.items() if self.steering.sources.isdisjoint(self.words[p[0] : i])}

    def _of_unfound(self) -> Iterator[Scope]:
        for i, (first, end) in self.unfound.items():
            yield Scope("negates_behind", (i, end), first, i)
        for i, end, before in self.not_found:
            if before is None:
                yield self._forward((i, end), "negates_ahead", commas=True)

    def _opens_with_negative(self, cue: Match) -> bool:
        """`Neg hoste, pos dyspné`: the value stands before its label; «selv nekter han for hoste»: verb and subject."""
        start = self._clause_start(cue.first)
        told = start == self.first if start == cue.first else self._opens_aside(start)
        if told and cue.end > cue.first + 1 and not SUBJECTS.isdisjoint(self.words[cue.first + 1 : cue.end]):
            return self._follows(cue.end)
        opens = cue.first == self.first or self.words[cue.first - 1] in (",", ";")
        return opens and self.words[cue.end - 1] == "negativ" and self._follows(cue.end)

    def _is_elsewhere(self, end: int) -> bool:
        """«Ingen lysglimt på venstre, men på høyre», «ikke før, men nå»: denied of another side or time alone."""
        near = range(end, min(end + IN_CLAUSE, self.end))
        but = next((i + 1 for i in near if self.words[i] in _BUT), self.end)
        if but == self.end:
            return False
        part = {*takewhile(lambda word: word not in SEPARATORS, self.words[but : self.end])}
        told = SIDES | _NOW_TOO | _OF_LATE
        return bool(part & told) and part <= told | PREPOSITIONS | self.steering.when | {"øye", "siden", "hele"}

    def _rules_out(self, cue: Match) -> bool:
        """«MR avkreftet svulst», and neither «svulst avkreftet ved MR» nor «svulst ble avkreftet»."""
        after, before = self.words[cue.end : cue.end + 1], self.words[cue.first - 1 : cue.first]
        aside = PREPOSITIONS | self.steering.subordinators | self.steering.light | self.steering.verbs | {"forrige"}
        active = self.lower[cue.first] in _RULING_OUT and cue.end == cue.first + 1 and self._follows(cue.end)
        active = active and not self.lower[cue.end].endswith("isk")  # «avkreftet klinisk»
        return active and aside.isdisjoint(after) and (self.steering.helping | {":", "som"}).isdisjoint(before)

    def _taken_for_granted(self, first: int, end: int) -> bool:
        """«Tror ikke at kneplagene er yrkesbetinget»: what is denied is said of the complaint, which is there."""
        if not self.lower[end - 1].endswith(DEFINITE):
            return False
        if self.words[first - 1] != "at" and not any(c.end == first and "negates_far" in k for c, k in self.cues):
            return False
        after = end + (self.words[end : end + 1] in (["hans"], ["hennes"], ["hennar"]))
        steering, said = self.steering, self.words[after : after + 1]
        return any(not says.isdisjoint(said) for says in (steering.verbs, steering.explained, steering.explaining))

    def _tells_of_none(self, cue: Match) -> bool:
        """«Korkje nyrestein eller infeksjon er påvist», «ingen netthinneløsning påvist»"""
        before = self.words[self._clause_start(cue.first) : cue.first]
        near = before[-_TO_AT:] if NEITHER.isdisjoint(before) else before
        return self.words[cue.end - 1] in self.steering.found and not NEGATORS.isdisjoint(near)

    def _of_opinion(self, cue: Match) -> Iterator[Scope]:
        """«Tror ikke at det er X», «X tror jeg ikke»."""
        if self._is_about_change(cue.end) or self._helps(cue.end):
            return
        first, end = self._cause(cue.end, self._end_far(cue.end))
        yield Scope("negates_ahead", cue.place, first, end)
        if not self._follows(cue.end):
            yield Scope("negates_ahead", cue.place, self.first, cue.first)
        elif self._of_fronted(cue):
            yield self._backward(cue.place, "negates_behind")

    def _of_negation(self, cue: Match, kind: str) -> Iterator[Scope]:
        """`ingen` denies what follows; as a value, or last in its clause, it denies what went before."""
        place = cue.place
        if self._denies_no_finding(cue):
            return
        end = self.document.ends[cue.end - 1]
        after = self.document.text[end : end + 2]
        if after[:1] == "-" and after[1:].isalpha():  # «ikke-diabetisk kvinne med hodepine» denies that word alone
            yield Scope(kind, place, cue.first, cue.end + 1)
            return
        if not self.unfound.keys().isdisjoint(range(*place)):  # «blod ble ikke sett ved skopien»
            first = self._main_clause_start(cue.first)
            yield Scope("negates_clause", place, first, cue.first)
            yield self._forward(place, "negates_clause", commas=True)
        elif cue.end < self.end and self.words[cue.end] in TIMES:
            # «protesterer ikke når jeg dekker venstre rød refleks er ...»: findings after the clause are not denied
            end = self._end_ahead(cue.end, kind, commas=True)
            near = min(end, cue.end + IN_CLAUSE)
            yield from (Scope(kind, place, cue.end, near), Scope("negates_clause", place, near, end))
        else:
            yield from self._of_clause(cue, kind)
            if self._follows(cue.end) and not (self._is_value(cue.first) and self._next_label(cue.end)):
                yield from self._of_what_follows(cue, kind)
                if self.words[cue.end] in OUTWARD and not self._follows(cue.end + 1):
                    yield self._backward(place, "negates_behind")  # «øyet buler ikke frem»
            elif self.words[cue.first] != "benekter" or self._is_value(cue.first):
                yield self._backward(place, kind if kind == "not_done" else "negates_behind")

    def _denies_no_finding(self, cue: Match) -> bool:
        """«Ingen bedring av smertene» denies the change, not the pain; «ikke grodd» the end."""
        aside = self._is_not(cue.end) or self._is_in_relative(cue.first)
        about_change = self._is_about_change(cue.end) or self._denies_an_end(cue)
        # «Plager har han ikke: magen går som en klokke»
        label = self.words[cue.end - 1] == ":" and cue.end - cue.first == _BARE_LABEL and cue.first > self.first + 1
        return aside or about_change or label or self.is_only_of_late(cue.end)

    def is_only_of_late(self, i: int) -> bool:
        """«Ikke hatt blod i avføringen før denne uken», «aldri hatt lysglimt før i går»: it has come."""
        ahead = range(i, min(i + LONGEST_RUN, self.end - 1))
        stop = _UNTIL | {",", ";"}
        before = next((j for j in ahead if self.words[j] in stop or j in self.stops), self.end)
        if before >= self.end or self.words[before] not in _UNTIL:
            return False
        said = self.words[before + 1 : before + 1 + IN_CLAUSE]
        late = said[1:] if said[:1] == ["til"] else said
        if self.words[before] != "før":  # «ingen svelgvansker inntil i sommer», but not «inntil nå»
            return not _NOW_TOO.issuperset(late[:1]) and not (_TIMES_OF_YEAR | {"i", "for"}).isdisjoint(late[:1])
        today = late[:1] == ["i"] and not (self.steering.present | _OF_LATE).isdisjoint(late[1:2])
        return today or late[:1] in (["nå"], ["denne"]) or _is_lately(late)

    def _of_clause(self, cue: Match, kind: str) -> Iterator[Scope]:
        """What stands in the clause before the denial."""
        adverb = self._is_adverb(cue)
        if adverb:
            yield Scope("negates_clause", cue.place, self._main_clause_start(cue.first), cue.first, cue.first)
        if (adverb or self.words[cue.first] in NEITHER | {"ingen"}) and (fronted := self._of_fronted(cue)):
            behind = self._backward(cue.place, fronted)
            yield behind if fronted != "not_done" else behind._replace(first=self._clause_start(cue.first))
        if kind == "not_done" and self.words[start := self._clause_start(cue.first)] not in PREPOSITIONS:
            yield Scope(kind, cue.place, start, cue.first)  # «skopi lot seg ikke gjennomføre på grunn av smerter»

    def _of_what_follows(self, cue: Match, kind: str) -> Iterator[Scope]:
        # «øyet kan ikke åpnes, febril», «som ikke lenger får frem buda, rusten i røsten»
        unable = self.words[cue.first - 1] in _ABLE or self.words[cue.end - 1] == "lenger"
        commas = kind != "negates_next" and not (unable and self._is_adverb(cue))
        yield self._forward(cue.place, kind, commas=commas)
        near = range(cue.end, min(cue.end + _TO_AT, self.end))
        past = self._past_aside(next((i for i in near if self.words[i] == ","), cue.end))
        if self.words[past : past + 1] == ["at"]:  # «ser ikke, tross god tid, at det er en rift»
            yield self._forward((cue.first, past + 1), kind, commas=True)._replace(cue=cue.place)

    def _is_adverb(self, cue: Match) -> bool:
        return not _ADVERBS.isdisjoint(self.words[cue.first : cue.end])

    def _denies_an_end(self, cue: Match) -> bool:
        """«ikke grodd», `ga seg ikke`, `gror ikke`, `slipper ikke taket`, `lar seg ikke stanse`"""
        if NOT.isdisjoint(self.words[cue.first : cue.end]):
            return False
        before = self.words[max(self.first, cue.first - 2) : cue.first]
        told = not self.steering.ends.isdisjoint(before[-1:]) or before in _GIVES
        near = range(cue.end, cue.end + TO_THE_DENIAL)
        resolved = (c for c, kinds in self.cues if "resolved_behind" in kinds)
        return told or any(c.first in near or c.end == cue.first for c in resolved)

    def _of_fronted(self, cue: Match) -> str:
        """How what stands before verb and subject is denied: «blod har hun aldri sett snurten av» was not there, and
        «kalk vil hun ikke svelge» was not done."""
        first = self._clause_start(cue.first)
        aside = self.words[first - 1] == ","  # «blod, sier mannen, har hun aldri sett»
        inverted = (i for i in range(first + 1 - aside, cue.first - 1) if self.words[i + 1] in SUBJECTS | {"man"})
        verb = next((self.words[i] for i in inverted if self.words[i] in self.steering.before_subject), "")
        said = self.words[cue.first : cue.end + 1]
        more = self._follows(cue.end + 1) and self.words[cue.end + 1] not in PREPOSITIONS
        if self.words[cue.first] == "ingen":  # «feber har ingen av dem», «blod har ingen sett»
            none = first < cue.first - 1 and self.words[cue.first - 1] in HAVING and not self._opens_aside(first)
            subject = not (self.steering.light | {"av"}).isdisjoint(self.words[cue.end - 1 : cue.end + 1])
            return "negates_behind" if none and subject else ""
        opened = not aside and self._opens_aside(first)
        if not verb or opened or ((aside or verb not in HAVING) and more):
            return ""
        if not self.steering.perceived.isdisjoint(said):
            return "negates_behind"
        return "" if self.steering.taken.isdisjoint(said) else "not_done"

    def _opens_aside(self, i: int) -> bool:
        """Whether what opens a clause at token `i` only tells when or how: «i dag», «ellers», or is its subject."""
        return self.words[i] in PREPOSITIONS | SUBJECTS or self.words[i] in self.steering.clause_starts - POINTERS

    def _is_about_change(self, i: int) -> bool:
        if self._opens_ending(i):
            return True
        bare = self.steering.helping | self.steering.light
        said = next((j for j in range(i, min(i + IN_CLAUSE, self.end)) if self.words[j] not in bare), i)
        ahead = (j for j in range(i, min(said + 2, self.end)) if not self.lower[j - 1].endswith(_LOOKING))
        changes = [j for j in ahead if self.words[j] in self.steering.changes]
        naming = (m for m in self.matches if changes and m.term.opaque and not m.parts and m.end > m.first + 1)
        named = {j for m in naming for j in range(*m.place)}
        return any(j not in named for j in changes)

    def _helps(self, i: int) -> bool:
        """«Ingen av kurene har hjulpet mot hosten»"""
        return any(self.words[j] in self.steering.relieving for j in range(i, min(i + IN_CLAUSE, self.end)))

    def _opens_ending(self, i: int) -> bool:
        """`ikke latt seg stanse`, `uten at X har gitt seg`: it is there."""
        end = next((j for j in range(i, self.end) if self.words[j] not in self.steering.helping), self.end)
        return (self.words[i - 1] in NOT and self._ends_it(end)) or bool(self._ending_clause(i))

    @cached_property
    def named(self) -> set[int]:
        """The words that name a finding together."""
        naming = (m for m in self.matches if m.term.concepts and m.term.opaque and m.end > m.first + 1)
        return {i for m in naming for i in range(*m.place)}

    def _ends_it(self, i: int) -> bool:
        """A word that tells of an end, and names no finding: «blir ikke vekket av smerter»."""
        return (
            i < self.end
            and i not in self.named
            and (self.words[i] in self.steering.ends or self.words[i : i + 2] in _GIVES)
        )

    def _ending_clause(self, i: int) -> range:
        """What `at` opens after a denial that ends at token `i`, if it tells of an end: «kan ikke se at såret gror»."""
        ahead = range(i - 1, min(i + _TO_AT, self.end))
        near = (j for j in ahead if self.words[j] == "at" and "," not in self.words[i:j])
        start = next((j + 1 for j in near if self.words[j - 1] not in PREPOSITIONS - {"uten", "på"}), self.end)
        ahead = range(start, min(start + LONGEST_RUN, self.end))
        end = next((j for j in ahead if self.words[j] in SEPARATORS or j in self.stops), ahead.stop)
        changed = (j for j in range(start, end) if self.words[j] in self.steering.changes and j not in self.named)
        ended = (j for j in range(start, end) if self._ends_it(j))
        first = min((*changed, *ended), default=start - 1)
        return range(start, first + 1)

    @cached_property
    def cancelled(self) -> set[int]:
        """Where cues begin that undo each other, as in `slapp ikke unna`, `ikke ... uten at`, and those in a clause
        that tells of an end: «uten at smertene har gitt seg»."""
        denials = [(c, kinds) for c, kinds in self.cues if any(kind.startswith("negates") for kind in kinds)]
        if not denials:
            return set()
        undone = set()
        light = self.steering.helping | self.steering.light | SUBJECTS
        for (a, of_a), (b, _) in pairwise(denials):
            between = self.words[a.end : b.first]
            ahead = not {"negates_ahead", "negates_next"}.isdisjoint(of_a)
            if self._is_bare(a):
                both = not self._denies_by_word(b) and light.issuperset(between)
            else:
                both = ahead and self._is_bare(b) and not self._denies_by_word(a) and SUBJECTS.issuperset(between)
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
            if j in self.stops or self.words[j] == ";" or self.words[j] in self.steering.joins - NOT:
                return None
            if self.words[j] in NOT and j + 1 < i:
                return j
        return None

    def _is_bare(self, cue: Match) -> bool:
        words = self.words[cue.first : cue.end]
        return not NEGATORS.isdisjoint(words) and _BARE.issuperset(words)

    def _denies_by_word(self, cue: Match) -> bool:
        """`ingen tegn til`, and not `slipper`, `mangler`"""
        return not (NEGATORS | {"uten", "null", "nei", "negativ"}).isdisjoint(self.words[cue.first : cue.end])

    def _not_found(self) -> Iterator[tuple[int, int]]:
        for i in range(self.first, self.end):
            if self.words[i] not in NEGATORS or i in self.taken:
                continue
            said = takewhile(self._is_helping, range(i + 1, min(i + _TO_THE_FOUND, self.end)))
            end = max((j + 1 for j in said if self.words[j] in self.steering.found), default=i + 1)
            adverb = self.words[i - 1] in self.steering.sentence_adverbs | {"heller"}  # «så vi heller ikke»
            before = self.words[max(self.first, i - adverb - 2) : i - adverb]
            if end == i + 1 and not (before[-1:] and (before[-1] in self.steering.found or self._saw(before))):
                continue
            while end < self.end and self.words[end] in _OF_IT and SUBJECTS.isdisjoint(self.words[end + 1 : end + 2]):
                end += 1
            if not (self._is_about_change(i + 1) or self._is_in_relative(i) or self.is_only_of_late(i + 1)):
                yield i, end

    def _is_in_relative(self, i: int) -> bool:
        """«Smerter hun aldri har hatt», «... jeg ikke før har sett»: a relative clause without `som`."""
        owned = i - 2 >= self.first and self.words[i - 1] in SUBJECTS and self.words[i - 2].isalpha()
        before, steering = self.words[i - 2], self.steering  # «hun sier hun ikke har vondt»
        said = (steering.subordinators, steering.joins, REASONS, steering.verbs, steering.telling)
        opened = owned and not any(before in words for words in said)
        return opened and not HAVING.isdisjoint(self.words[i + 1 : i + 3])

    def _denied_subject(self, i: int, end: int) -> int | None:
        """«Kramper er ikke blitt sett», «blod har hun aldri merket noe til», but not «det er ikke sett kramper»."""
        adverbial = PREPOSITIONS | NEITHER | SIDES | self.steering.subordinators
        if self._follows(end) and self.words[end] not in adverbial and self.words[end : end + 2] != ["denne", "gang"]:
            return None
        bare = self.steering.light | self.steering.helping | self.steering.seeing | self.steering.verbs | SUBJECTS
        first = self._subject(i)
        return None if bare.issuperset(self.words[first:i]) else first  # «Han har ikke merket at maten setter seg fast»

    def _saw(self, words: list[str]) -> bool:
        """`så jeg`, `har man`"""
        return len(words) > 1 and words[0] in self.steering.seeing and words[1] in SUBJECTS | ONE | {"man"}

    def _is_helping(self, i: int) -> bool:
        known = self.steering
        return any(self.words[i] in words for words in (known.found, known.helping, known.light, SUBJECTS))

    def _subject(self, i: int) -> int:
        """Where the subject or fronted object of the clause of token `i` begins, with the list that it ends."""
        first = self._clause_start(i)
        listed = self._first_of_list(first, i)
        before = self.words[first - 1] if first > self.first else ""
        joined = before in ("og", "eller") or (before == "," and "eller" in self.words[first:i])
        whole = joined and (listed == self.first or self.words[listed - 1] in (":", ";", "."))
        if whole and self.steering.subordinators.isdisjoint(self.words[listed:first]):
            first = listed
        if self.words[first] in PREPOSITIONS - {"av"}:  # «ved palpasjon kunne svulst ikke kjennes»
            verbs = self.steering.verbs | self.steering.helping | self.steering.seeing
            first = next((j + 1 for j in range(first, i) if self.words[j] in verbs), i)
        return first

    def _past_put_in(self, scope: Scope) -> Iterator[Scope]:
        """«Hoste, som man kunne vente, har han ikke», «hoste har han, så vidt jeg vet, ikke»: `hoste`, too."""
        close = scope.first - 1
        if close <= self.first or self.words[close] != ",":
            return
        opened = next((j for j in range(close - 1, self.first, -1) if self.words[j] == ","), self.first)
        excepted = self.words[max(self.first, self._part_start(opened) - 1)] in EXCEPT
        if opened == self.first or excepted or self.words[opened + 1] not in self.steering.put_in:
            return
        before = self._part_start(opened)
        verbs = self.steering.verbs | self.steering.seeing
        inverted = self.words[close + 1] in verbs and not verbs.intersection(self.words[before:opened])
        by_verb = not NEGATORS.issuperset(self.words[slice(*scope.cue)])
        answers = scope.first == scope.cue[0] and (by_verb or self.words[opened - 1] in SUBJECTS)
        if inverted or answers:
            yield Scope("negates_behind", scope.cue, before, opened)

    def _past_aside(self, i: int) -> int:
        """After what is put in between commas at token `i`."""
        if self.words[i : i + 1] != [","] or self.steering.put_in.isdisjoint(self.words[i + 1 : i + 2]):
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
            if word == "," and i > start and self._begins_statement(i + 1, after_comma=True):
                return i
            if word == "," and self.words[i + 1 : i + 2] in (["for"], ["fordi"], ["siden"], ["da"], ["som"]):
                return i
            i += 1
        return i
