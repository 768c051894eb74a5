"""Whose it is: what relatives and other people have, and what they only tell."""

from collections.abc import Iterator
from functools import cached_property

from triage.domain.finding import Evidence
from triage.nlp.grammar import CARRIED, HAVING, OPENERS, PREPOSITIONS, REASONS, SUBJECTS, THINGS, TIMES
from triage.nlp.lexicon import Match
from triage.nlp.reach import KIN, PERSONS, Reach, Scope

_OWNERS = frozenset(("hos", "i", "blant", "ramm"))  # «hos to av hans brødre», «rammet begge foreldrene»
_CHILDREN, _PARENTS = frozenset(("datter", "sønn")), frozenset(("mor", "far", "mors", "fars"))
_PATIENT_OR_REASON = frozenset(("fordi", "henne", "ham", "ønskes", "bes", "henvises", "tilvises"))
_PRESENT_TENSE = ("er", "es")
_STRANDED = frozenset(("med", "til", "hos", "på"))  # «broren han bor med»
_OTHER_SEX = {"han": ("hun", "henne", "hennes", "hennar"), "hun": ("han", "ham", "hans")}
_BELIEF = frozenset(("antatt", "pasientonske", "problemstilling"))
_BEING = frozenset(("er", "var", "ser", "veier"))
_SAYING = SUBJECTS | {"«", '"', "at", "er", "har", "siden"}  # in what is quoted, and not in the name of an illness
_LIKE, _LIKENING = frozenset(("som", "enn", "lik")), frozenset(("likhet", "motsetning", "forskjell"))
_FOR_LONG = frozenset(("har", "hadde", "gjennom", "over", "tid", "det", "gang", "lenge", "stadig", "også"))
_AGE, _JOINS = frozenset(("#", "år", "gammel", "født", "f", ".")), frozenset((",", "og", "/", "&", "+", "samt", "<"))
_UNKNOWN, _INHERITED = frozenset(("ingen", "ukjent", "kjent")), frozenset(("arv", "hereditet"))  # «ingen arv, X»
_NO_DEED = frozenset(("grunn", "mange", "hver", "tap", "tapet", "halvparten", "bilde"))  # «på grunn av far», «mange av»
_HERS = (["følges", "for"], ["venter", "på"], ["så", "dårlig"], ["så", "uklart"], ["så", "et"], ["så", "en"])
_BRINGS = (["har", "med"], ["tatt", "tid"], ["tar", "tid"], ["fikk", "se"], ["fikk", "øye"])
_TO_THE_VERB = 3  # words from a person to what the person does
_IT, _AWAY = frozenset(("den", "det")), frozenset(("ut", "opp", "løs", "bort", "vekk"))  # «far fikk den ut»
_WOMEN = ("hun", "mor", "søst", "datt", "kona", "kone", "tant")  # names end so
_MEN = ("han", "far", "bror", "sønn", "onk", "mann")
_STILL = frozenset(("derimot", "imidlertid", "likevel"))  # adverbs after a verb: «tanta har derimot grå stær»
_LONGEST_PUT_IN = 6  # words of `som er frisør`
_THE_PATIENTS = frozenset(("hans", "hennes", "hennar"))  # behind a part of the body; one's own is `sitt`
_TO, _THE_PATIENT = frozenset(("på", "til")), frozenset(("ham", "henne", "pasienten"))
_TAKING = frozenset(("fikk", "fekk", "drakk", "tok", "smakte", "svelget"))


class Whose(Reach):
    """Whose it is that one sentence tells of."""

    @cached_property
    def selves(self) -> set[int]:
        return self._starts("self")

    def _is_of_another(self, i: int) -> bool:
        """«en venninne av moren»: the friend has it."""
        of = i > self.first and self.words[i - 1] in ("av", "til")
        return of and any(c.end == i - 1 for c, kinds in self.cues if kinds & KIN)

    def _of_kin(self, cue: Match, kind: str) -> Iterator[Scope]:
        """«Mor hadde X» governs what follows, «X hos mor» what went before; «mor forteller at» governs nothing."""
        aside = self._closing_comma(cue.end)
        asked = not SUBJECTS.isdisjoint(self.words[self._clause_start(cue.first) : cue.first])  # the patient acts
        light = self.steering.light | self.steering.determiners | _FOR_LONG  # «Mor har de siste ukene sett»
        past = next((j for j in range(aside, self.end) if self.words[j] not in light), self.end)
        beside = (
            *range(max(self.first, cue.first - (not asked)), cue.end),
            *range(aside, min(max(aside + _TO_THE_VERB, past), self.end)),
        )
        named = cue.first - (self.words[cue.first - 1] in _THE_PATIENTS)
        labelled = self._is_value(named) and any(c.end < named for c, kinds in self.cues if "relative" in kinds)
        behind = self._owned_from(cue)
        of = cue.first > self.first and self.words[cue.first - 1] == "til"
        if behind == cue.end and of and not any(c.first < cue.first - 1 and c.end == cue.first for c, _ in self.cues):
            return  # «flaggstanga til naboen», «fjøset til broren», and not «faren til stemoren»
        if self._is_told_of(cue) or self._is_with_patient(cue):
            return
        if self._is_not(cue.first) or self._is_of_another(cue.first) or self._is_the_one(cue) or self._harms(cue):
            return
        if self._is_told_by(cue.first, kind) or self._is_beside(cue, kind) or self._is_quoted_after(cue.end):
            return
        yield from self._of_teller(cue, kind)
        telling = any(self._tells(i) for i in beside) or self._says_that(cue.end)
        if telling and not labelled and behind == cue.end:
            near = range(cue.end, min(cue.end + _TO_THE_VERB, self.end))
            if aside > cue.end and not any(map(self._tells, near)):
                yield Scope(kind, cue.place, cue.end, aside)  # «Mor, som selv har astma, sier»
            return
        opened = self._opened_by(cue.first)
        if opened or labelled or kind == "relative":
            back = self._backward((cue.first - opened - labelled, cue.end), kind)
            others = (c.end for c, kinds in self.cues if opened and c.end < cue.first and kinds & PERSONS)
            yield back._replace(first=max(back.first, *others, 0))  # «tarmkreft hos mor og magekreft hos mormor»
        apart = opened or asked or kind == "relative"
        if apart and cue.end < self.end and self._ends_kin(cue.end, acting=not asked):
            return  # «Lynch syndrom i slekten, hvorfor han ønsker ...»
        patient = self._patient_after(cue) if kind != "relative" else self._told_anew(cue.end)
        for first, end in self._of_relative(cue.end, acting=not asked):
            yield Scope(kind, cue.place, behind if first == cue.end else first, min(end, patient), first)

    def _is_with_patient(self, cue: Match) -> bool:
        """«Både han og broren har X», «mor og hun har X»: the patient has it, too."""
        first = self._back(cue.first, lambda i: self.words[i] in self.steering.determiners)
        both = self.words[max(self.first, first - 2) : first][::-1], self.words[cue.end : cue.end + 2]
        return any(words[:1] == ["og"] and words[1:2] and words[1] in SUBJECTS | {"pasient"} for words in both)

    def _is_told_of(self, cue: Match) -> bool:
        """The patient: «Datteren sier at mor ikke spiser», «Mor ber om hjelp til sønnen. Sønnen hoster»."""
        person = self.words[cue.first]
        if self.words[self.first] in _CHILDREN and person in _PARENTS:
            return True
        opened = self.document.sentences[max(0, self.document.sentence_at(self.document.starts[self.first]) - 1)].first
        first = self.first if cue.first > self.first else opened
        teller = _CHILDREN if person in _PARENTS else _PARENTS if person in _CHILDREN else ()
        return self.words[first] in teller and any(self._tells(i) for i in range(first + 1, cue.first))

    def _harms(self, cue: Match) -> bool:
        """«Lillebror kastet en kloss i øyet på ham», «fikk sønnens lim i øyet», «smakte på naboens hjemmebrent»."""
        bodily = (i for i in range(cue.end, self._bound(cue.end) - 1) if self.words[i] in self.steering.of_body)
        behind = (self.words[i + 1 : i + 3] for i in bodily)
        before = self.lower[max(self.first, cue.first - 2) : cue.first]
        took = not _TAKING.isdisjoint(before) and before[-1] in _TAKING | PREPOSITIONS
        done = any(b[0] in _THE_PATIENTS or (b[0] in _TO and b[-1] in _THE_PATIENT) for b in behind)
        return done or (took and self.lower[cue.end - 1].endswith("s"))

    def _is_quoted_after(self, i: int) -> bool:
        """`Mor: han hoster hver natt`, and not `Mor: katarakt`, `Far: hadde tarmkreft`."""
        said = self.words[i + 1 : self.end] if self.words[i : i + 1] == [":"] else []
        return CARRIED.isdisjoint(said[:1]) and not _SAYING.isdisjoint(said)

    def _of_teller(self, cue: Match, kind: str) -> Iterator[Scope]:
        """«Mor sier at hun selv har migrene», «Kona ser at han blør; hun har selv gikt»: what who tells has."""
        own = _pronoun(self.words[cue.end - 1])
        for i in (i for i in range(cue.end + 2, self.end) if own and self.words[i] == "selv"):
            before, after = self.words[i - 2 : i], self.words[i + 1 : i + 3]
            own_word = own in before or after[1:] == [own]  # «hun selv har», «hun har selv», «selv har hun»
            patient = {"hun", "han", "gutt"} - {own}  # named in between
            if own_word and (before == ["at", own] or not patient.isdisjoint(self.words[cue.end : i])):
                ends = (j for j in range(i + 1, self.end) if self.words[j] in (",", ";", "mens") or j in self.stops)
                yield Scope(kind, cue.place, i + 1, next(ends, self.end))

    def has_value(self, place: Evidence) -> bool:
        """«Søstera har gått ned frå 59 til 51 kg», but neither «mor veide henne: 42 kg» nor «kollegaen målte 38»."""
        said = {self.words[i] for i in range(self.first, self.end) if self.document.ends[i] <= place.end}
        return bool(said & CARRIED or said & _BEING) and self.steering.telling.isdisjoint(said - _BEING)

    def _is_told_by(self, first: int, kind: str) -> bool:
        """«Ifølge samboeren», «kommer med faren», «sendt av kona», «tlf. fra mor», «etter fall hos datteren»."""
        sided, owned = self.lower[first].endswith(("siden", "sida")), self.steering.determiners - {"av"}
        first = self._back(first, lambda i: self.words[i] in owned or self.words[i] == ".")
        beyond, led = ["", "", *self.words[max(self.first, first - 2) : first]][-2:]
        partly = beyond in self.steering.determiners or not _NO_DEED.isdisjoint(self.lower[max(0, first - 2) : first])
        told = beyond in self.steering.telling and led in ("av", "fra", "med", "ved")
        told |= led == "hos" and beyond in self.steering.visiting
        told |= kind != "relative" and not sided and (led == "fra" or (led == "av" and not partly))
        return led in ("ifølg", "følg", "iflg") or told

    def _patient_after(self, cue: Match) -> int:
        """«Hun har sett blod i avføringen hans» tells nothing of herself, «hun lå våken fordi han blør» a little."""
        name = self.words[cue.end - 1]
        others = _OTHER_SEX.get(_pronoun(name), ())
        after = range(cue.end + (name not in SUBJECTS), self.end)  # «kona hans har gikt»
        i = next((i for i in after if self.words[i] in others), self.end)
        if name not in SUBJECTS and not {",", "og", ";", "("}.isdisjoint(self.words[cue.end : i]):
            return self.end
        return i if i == self.end or self.words[i] in SUBJECTS else cue.end

    def _told_anew(self, start: int) -> int:
        """«Ingen kreft i familien svart avføring i går»"""
        return next((i for i in range(start, self.end) if self._tells_anew(self.first, i)), self.end)

    def _is_beside(self, cue: Match, kind: str) -> bool:
        """«I likhet med broren har han skjev munn», «i familien er det han som kjører»: a verb, then the patient."""
        before = cue.first - 1 - (self.lower[cue.first - 1] in _THE_PATIENTS | {"sin"})  # «som sin mor har hun»
        led = before >= self.first and self.words[before] in PREPOSITIONS | _LIKE
        if led and (self.words[before] in _LIKE or self.lower[before - 1] in _LIKENING) and kind != "relative":
            return "som" not in self.words[cue.end : cue.end + 2]  # «har i likhet med mor X», «X som mor»
        verb, *then = self.words[cue.end : cue.end + 3] or [""]
        cleft = then[:1] == ["det"]
        patient = not SUBJECTS.isdisjoint(then[cleft : cleft + 1])
        return patient and verb in self.steering.verbs and (cleft if kind == "relative" else led)

    def _opened_by(self, first: int) -> int:
        """How many tokens before the person make what went before the person's: `hos`, `hos to av hennes`."""
        i = first - 1
        while i > self.first and self.words[i] in self.steering.determiners:
            i -= 1
        if self.words[i] in ("(", ":", "-") and i > self.first and self._names_only_kin(i + 1):
            return first - i  # «glaukom (far)», «glaukom: far, bror»
        near = i >= self.first and self.words[i] in (OPENERS if i == first - 1 else _OWNERS)
        measured = i > self.first and self.words[i - 1 : i + 1] == ["#", "på"]  # `34/33 på kona`
        return first - i + (i - 1 in self.answers) if near or measured else 0  # «påvist hos broren»

    def _names_only_kin(self, i: int) -> bool:
        kin = {j for c, kinds in self.cues if kinds & KIN - {"other_person"} for j in range(c.first, c.end)}
        return all(
            j in kin or self.words[j] in self.steering.determiners | _AGE | _JOINS for j in range(i, self._bound(i))
        )

    def _is_the_one(self, cue: Match) -> bool:
        """«men det er storebror som nå er rød», «som hos moren begynte det med»: the patient."""
        if self.words[max(self.first, cue.first - 2) : cue.first] == ["som", "hos"]:
            return True
        cleft = self.words[cue.first - 2 : cue.first] == ["det", "er"] and self.words[cue.end : cue.end + 1] == ["som"]
        return cleft and any(c.first < cue.first and kinds & KIN for c, kinds in self.cues)

    def _tells(self, i: int) -> bool:
        """«Søsteren ser at», «foreldrene lurer på», but not «søsteren ser dobbelt»: that is what she has."""
        named = (m for m in self.matches if m.first == i and m.term.concepts and not m.parts and m.end > i + 1)
        named = (m for m in named if not _BELIEF.issuperset(m.term.concepts))
        saw = any(c.end == i and kinds & PERSONS for c, kinds in self.cues) or "at" in self.words[i + 1 : i + 8]
        saw &= self.words[i] == "så" and self.lower[i : i + 2] not in _HERS  # «mor så blod», «så kona i speilet at»
        brings = self.words[i : i + 2] in _BRINGS  # «Mor har med en film»
        has = self.words[i - 1] in ("fått", "fikk") or self.words[i : i + 2] == ["ser", "#"]  # «ser 0,9»
        done = "ble" in self.words[max(self.first, i - 2) : i] and self.words[i] in self.steering.found
        has |= done or self.lower[i : i + 2] in _HERS  # «hos mor ble det funnet»
        has |= self.lower[i] in ("kjent", "kjend")  # «i familien er det kjent AMD»
        has |= self.lower[i] == "lagt" and "til" not in self.words[i : i + 4]  # «far er lagt ut med stomi»
        removes = self.words[i + 1] in _IT and self.words[i + 2] in _AWAY if i + 2 < self.end else False
        tells = saw or brings or removes or (self.words[i] in self.steering.telling and not has)
        return tells and i not in self.stops and next(named, None) is None

    def _says_that(self, i: int) -> bool:
        """«Datteren påpeker overfor meg at», whatever the verb is."""
        near = self.words[i : min(i + _TO_THE_VERB + 2, self.end)]
        if "at" not in near or "," in near[: near.index("at")]:
            return False
        tells = " ".join(near).startswith(("våkn", "vakn", "er sikk", "er overbevis"))  # «våknet av at», not «etter at»
        return tells or near.index("at") == 0 or near[near.index("at") - 1] not in PREPOSITIONS

    def _closing_comma(self, i: int) -> int:
        """`Kona, som var med, legger til`, `datteren som er frisør har tatt bilder`: past what is put in."""
        i += i < self.end and self.words[i] in ("hennes", "hans")  # «sønnen hennes, som er tannlege, mener»
        if i < self.end and self.words[i] == "(":
            return self._closing(i) + 1
        if not SUBJECTS.isdisjoint(self.words[i : i + 1]):  # «Broren han bor med sier»
            bare = (j for j in range(i + 2, min(i + _LONGEST_PUT_IN, self.end)) if self.words[j - 1] in _STRANDED)
            return next((j for j in bare if self.words[j] in self.steering.verbs | CARRIED or self._tells(j)), i)
        if self.words[i : i + 1] == ["som"]:
            return next((j for j in range(i + 2, min(i + _LONGEST_PUT_IN, self.end)) if self.words[j] == "har"), i)
        if self.words[i : i + 2] not in ([",", "som"], [",", "selv"], [",", "også"]):
            return i
        return next((j + 1 for j in range(i + 1, self.end) if self.words[j] == ","), i)

    def _of_relative(self, start: int, *, acting: bool) -> Iterator[tuple[int, int]]:
        """What a relative owns: past an age, and past brackets, which are another's when they say «selv»."""
        aside = start + (not _THE_PATIENTS.isdisjoint(self.words[start : start + 1]))
        aged = next((j for j in range(aside + 1, self.end) if self.words[j] not in _AGE), aside)
        aged = aged if self.words[aside : aside + 1] == self.words[aged : aged + 1] == [","] else aside - 1
        bound = self._bound(start)
        first, end = start, max(start, aged + 1)  # «Farmor, 82, hadde», «faren hennes, 78 år, har»
        # «samboeren bruker selv CPAP», «broren, som selv har cøliaki»: the relative, not the patient
        end = next((i + 1 for i in range(end, min(end + _TO_THE_VERB, bound)) if self._is_own(i, start)), end)
        past = min(self._closing_comma(start), bound - 1)
        if (
            end < past
            and self.words[past] in self.steering.verbs
            and SUBJECTS.isdisjoint(self.words[past + 1 : bound][:1])
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

    def _is_own(self, i: int, start: int) -> bool:
        aside = i - start in (1, 2) and self.words[start:i] in ([","], [",", "som"])
        return self.words[i] == "selv" and (aside or self.words[i - 1] in self.steering.verbs)

    def _owned_from(self, cue: Match) -> int:
        """Where what the person has begins: before «fikk naboen», «øyet til søsteren» and «når hans bror ser»."""
        # «Blodpropp har både far og farbror hatt»
        whose = self._back(cue.first, lambda i: self.words[i] in ("både", "begge"))
        before, after = self.words[max(self.first, whose - 2) : whose], self.words[cue.end : self.end]
        if before[-1:] == ["når"] and not self.steering.using.isdisjoint(after[:1]):
            return self.first
        of_body = before[-1:] == ["til"] and before[0] in self.steering.of_body
        return self._first_behind(cue.first) if of_body or not HAVING.isdisjoint(before[-1:]) else cue.end

    def _ends_kin(self, i: int, *, acting: bool = True) -> bool:
        stops = i in self.stops and not (self.words[i] in _STILL and self._is_verb(self.words[i - 1]))
        stops |= self.words[i - 1 : i + 1] == ["frisk", ","]  # «Søsken friske, X»
        stops |= self.words[i] == "," and self.lower[i - 2] in _UNKNOWN and self.lower[i - 1] in _INHERITED
        if stops or i in self.selves or self.words[i] in _PATIENT_OR_REASON:
            return True
        patient = self.words[i] in REASONS | TIMES and self.words[i + 1 : i + 2] in (["han"], ["hun"])
        if not acting and (patient or self.words[i] == ":"):
            return True  # «Han besøkte mor da han fikk brystsmerter», «slik han lovet datteren: linjene bulker»
        if self.words[i] == ":" and self.words[i + 1 : i + 2] in (["han"], ["hun"], ["«"]):
            # «Kona har ligget våken og lyttet: han puster ikke», but not `Far: han hadde tarmkreft`
            return not any(c.end == i for c, kinds in self.cues if kinds & KIN)
        so = self.words[i] == "så" and i + 1 < self.end and self.words[i + 1] in SUBJECTS
        tells = self.words[i] == "og" and i + 1 < self.end and self._tells(i + 1)
        if so or tells or self._begins_clause_of_another(i) or self._is_of_patient(i):
            return True  # «Søster har cøliaki, så vi tok prøve», «kona er sykepleier og målte Hb 7,9»
        if self.words[i] in THINGS and self.words[i - 1] not in self.steering.subordinators:
            return i + 1 < self.end and self.words[i + 1].endswith(_PRESENT_TENSE)
        begins = i + 1 < self.end and (self.words[i + 1] in self.steering.clause_starts or i + 1 in self.denials)
        return self.words[i] in (",", "og") and begins and not (acting and self._goes_on(i))

    def _is_of_patient(self, comma: int) -> bool:
        """«Far hadde strupekreft, hes i seks uker», «Mor døde av slag, stridor»: a part of its own, without a verb."""
        after = self.words[comma + 1 : min(comma + _LONGEST_PUT_IN, self.end)]
        opens = after[:1] and after[0] in PREPOSITIONS | {"gjennom", "som", "de"}
        if self.words[comma] != "," or opens or not CARRIED.isdisjoint(after):
            return False
        dead = "død" in self.words[max(self.first, comma - _LONGEST_PUT_IN) : comma]
        return dead or self.tells_how_long(comma + 1)

    def _begins_clause_of_another(self, i: int) -> bool:
        """«Siden mannen døde har hun gått ned 8 kg», «pappa er hes, jenta hører dårlig»."""
        word, *then = self.words[i : i + 3]
        if then[:1] in (["han"], ["hun"]) and self._is_verb(word):
            return True
        if word in _OTHER_SEX and self._runs_on(i):
            return True
        if word != "," or not then or not then[0].isalpha() or not self._is_verb(then[-1]):
            return False
        return then[0] not in self.steering.clause_starts and then[0] not in self.steering.subordinators

    def _runs_on(self, i: int) -> bool:
        """«mor hadde magekreft han har svart avføring», said without a sign: a subject and a verb of today."""
        before, after = self.words[i - 1], self.words[i + 1 : i + 2]
        led = before in self.steering.subordinators | PREPOSITIONS | _SAYING or self._is_verb(before)
        return not led and before not in ("da", "når", "som") and after in (["har"], ["er"], ["får"], ["blør"], ["ser"])

    def _is_verb(self, word: str) -> bool:
        return word in self.steering.verbs or word in self.steering.using or word in CARRIED

    def _goes_on(self, i: int) -> bool:
        """«Moren fikk tarmkreft og har Lynch syndrom», «far med HHT og kraftige neseblødninger»: the same subject."""
        after = self.words[i + 1]
        goes = after in CARRIED or after in self.steering.grades or after in self.steering.verbs
        goes |= after in PREPOSITIONS and self.words[min(i + 2, self.end - 1)] in self.steering.of_body  # «og i panna»
        tells = any(self._tells(j) for j in range(i + 1, min(i + 3, self.end)))  # «... og har sett at han blør»
        return self.words[i] == "og" and goes and not tells


def _pronoun(name: str) -> str:
    """`hun` for `moren`, `han` for `svigerfar`; none for who may be either."""
    return "hun" if name.endswith(_WOMEN) else "han" if name.endswith(_MEN) else ""
