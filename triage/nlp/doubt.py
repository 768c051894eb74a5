"""What is only possible: conditions, exclusions that are denied, and what stands there whatever the doubt."""

from collections.abc import Iterator
from functools import cached_property

from triage.nlp.grammar import NEGATORS, POINTERS, PREPOSITIONS, SUBJECTS
from triage.nlp.lexicon import Match
from triage.nlp.reach import DEFINITE, Reach, Scope

_PRONOUNS = SUBJECTS | POINTERS | {"du", "noe", "man"}
_OWNED = POINTERS | {"hennes", "hans", "hennar"}
_PATIENTS = frozenset(("barn", "gutt", "kvinne", "jent", "elev", "mor", "far"))
_WORRIED = frozenset(("bekymr", "bekymring", "urolig", "uro"))
_POINTING = frozenset(("den", "denne", "disse"))
_UNASKED = PREPOSITIONS | {"ha", "få", "egentlig"}  # after «skulle»: «Skulle ha tatt prøver»
_FARTHEST_MAIN = 16  # words from the verb of a condition to the comma after it
_FARTHEST_DOUBLE = 8  # words between a denial and the exclusion that it denies
_PART_ENDS = frozenset((",", ";", ":", "(", ")", "fordi", "når", "hos", "pga", "grunnet", "grunn"))
_CLAUSE_ENDS = frozenset((",", ";", ":", "og", "men", "(", ")"))
_IF = frozenset(("dersom", "hvis", "viss", "om", "når"))
_BEING = frozenset(("være", "komme", "oppstå", "forekomme"))


class Doubt(Reach):
    """What one sentence leaves open."""

    @cached_property
    def condition(self) -> Scope | None:
        """`Skulle synet falle`, `Kommer det blod, må hun ringe`: a verb first, and a main clause after the comma."""
        # «Instruert: får du gardin, ring»
        labelled = (i + 1 for i in range(self.first, self.end - 2) if self.words[i] == ":")
        verb = next((i for i in labelled if self.words[i + 1] in _PRONOUNS), self.first)
        ahead = range(verb + 2, min(verb + _FARTHEST_MAIN, self.end - 2 * (self.words[verb] != "ved")))
        if self.words[verb] == "ved":  # «Ved oppkast skal hun ringe», «ved oppkast ny henvisning»
            main = next((i for i in ahead if self.words[i] in self.steering.verbs or self._instructs(i)), self.end)
            return self._if(verb, verb + 1, main) if self._instructs(main) else None
        opens = self.words[verb] == "skulle" and _UNASKED.isdisjoint(self.words[verb + 1 : verb + 2])
        asked = self.words[verb] in self.steering.conditional
        inverted = self.lower[verb].endswith("r") and self.words[verb] not in self.steering.subordinators
        asked |= inverted and not SUBJECTS.isdisjoint(self.words[verb + 1 : verb + 2])
        if not (opens or asked) or "?" in self.words[verb : self.end]:
            return None
        told = not (_PRONOUNS | _PATIENTS).isdisjoint(self.words[verb + 1 : verb + 3])
        for i in (i for i in ahead if self.words[i] in (",", ":")):
            so = self.words[i + 1] == "så" and self._instructs(i + 2)  # «Får gutten feber, så kom igjen»
            finite = so or self.words[i + 1] in self.steering.modal or self._instructs(i + 1)
            happens = self.words[i + 1] in self.steering.happening and self.words[i + 2] != "det"
            finite = finite and (opens or not happens)
            # «Opptrer stridor, må 113 varsles», «Faller Hb, gis blod», and not «Har smerter, må sitte»
            done = self.words[i + 1] == "gis" or self.words[i + 2] == "#" or self.lower[i + 2].endswith(DEFINITE)
            done = done and self.words[verb] not in self.steering.verbs
            if finite and (told or opens or done or self.words[i + 2] in _PRONOUNS):
                known = not (told or opens) and self.words[verb] in self.steering.ongoing  # «Fortsetter kløen, ...»
                past = next((j for j in range(verb, i) if self.words[j] in (",", "eller")), i)
                ends = (j for j in range(i + 1, self.end) if self.words[j] in (",", ";") or j in self.stops)
                return self._if(verb, past if known else verb + 1, next(ends, self.end))
        return self._if(verb, verb + 1, self.end) if opens else None

    def _if(self, verb: int, first: int, end: int) -> Scope:
        return Scope("hypothetical_ahead", (verb, verb + 1), first, end, verb + 1)

    def _instructs(self, i: int) -> bool:
        return i < self.end and self.words[i] in self.steering.instructing

    def _is_in_condition(self, cue: Match) -> bool:
        """«Går ikke hevelsen ned, vil jeg»"""
        return self.condition is not None and cue.first <= self.condition.cue[1]

    def _of_doubts(self) -> Iterator[Scope]:
        for place in self.doubly_denied:
            yield from self._excluded(place)
        for cue, kinds in self.cues:
            if "assures" in kinds:  # `for å sikre at det ikke er`: the denial after it is what is asked about
                yield Scope("possible_behind", cue.place, cue.end, self._end_of_part(cue.end))
        if self.condition:
            yield self.condition

    @cached_property
    def doubly_denied(self) -> list[range]:
        """`tør ikke avfeie`, `sikkert utelukket er X ikke`: from the denial to the exclusion that it denies."""
        excluding = [match for match in self.matches if "excluding" in match.term.cues]
        if not excluding:
            return []
        denying = [
            c for c, kinds in self.cues if "unable" in kinds or not NEGATORS.isdisjoint(self.words[c.first : c.end])
        ]
        places = []
        for cue in excluding:
            near = (range(min(d.first, cue.first), max(d.end, cue.end)) for d in denying)
            short = (r for r in near if len(r) <= _FARTHEST_DOUBLE + 2)
            plain = [r for r in short if _CLAUSE_ENDS.isdisjoint(self.words[r.start : r.stop])]
            if plain:
                places.append(min(plain, key=len))
        return places

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
        first = self.first if whole else self._back(first, lambda i: self.words[i] not in ends)
        yield Scope("possible_behind", place, first, end)

    def _end_of_part(self, i: int) -> int:
        while i < self.end and self.words[i] not in _PART_ENDS and i not in self.stops:
            if self.words[i] == "og" and self._begins_statement(i + 1, after_comma=False):
                break
            i += 1
        return i

    def _is_given(self, first: int, end: int) -> bool:
        """«Om hevelsen skyldes X», «X bak dobbeltsynet», «kulen kan være X»: it is there, whatever the doubt."""
        definite = any(self.lower[i].endswith(DEFINITE) for i in range(first, end))
        after = [*self.words[end : end + 3], "", "", ""]
        before = self.words[max(self.first, first - 3) : first]
        if before[-1:] and before[-1] in _OWNED:
            before, definite = before[:-1], True
        if self.words[first - 1] in _POINTING and first > self.first:
            return True  # «urolig for den harde kulen»
        if definite and before[-1:] in (["for"], ["over"]) and not _WORRIED.isdisjoint(before):
            return True  # «bekymret for vekttapet»
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
        while i < self.end and self.words[i] in self.steering.before_reason:
            i += 1
        known = i < self.end and self.words[i] in self.steering.explained
        return known or (self.words[end : end + 1] == ["kommer"] and "av" in self.words[end + 1 : end + 3])

    def _ongoing_if(self, first: int, end: int) -> bool:
        """«dersom kulen ikke går ned», «om verken ikke gir seg»: the lump is there, the pain is."""
        definite = self.lower[first].endswith(DEFINITE) or self.lower[end - 1].endswith(DEFINITE)
        asked = first > self.first and self.words[first - 1] in _IF
        return definite and asked and not self.steering.ongoing.isdisjoint(self.words[end : end + 1])
