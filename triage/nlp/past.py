"""What is over: times and years, what has ended, drugs that were stopped or only tried."""

import re
from collections.abc import Iterator

from triage.nlp.grammar import CARRIED, HAVING, NOT, POINTERS, PREPOSITIONS, SUBJECTS
from triage.nlp.lexicon import Match
from triage.nlp.reach import TO_THE_DENIAL, Reach, Scope

_POINTING_BACK = (POINTERS - {"denne"}) | {"alt", "som"}
_REFERRING = _POINTING_BACK | {"men", "og", ",", "dag", "et", "en", "helt", "for", "lengst"}
ENDINGS = frozenset(("resolved_behind", "stopped_ahead", "stopped_behind"))
_OVER = frozenset(("til", "over", "på", "og", ",", "men"))
_BECAME = frozenset(("ble", "blitt", "er", "være", "vært", "måtte"))
_AGAINST = frozenset(("mot", "for", "uten", "pga", "grunnet", "fordi", "da"))
_PARTS = frozenset((",", ";", "og"))
_BEFORE = frozenset(("tidligere", "før"))  # «tidligere 1-2, og nå om natten»: of that part alone
_SHORT_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:20|19)?(\d\d)")
_DATE = re.compile(r"(?:\d{1,2}\.\d{1,2}\.)?((?:19|20)\d\d)(?:-\d\d-\d\d)?")
_PRESENT_ENDINGS = ("r", "es")
_SINCE = frozenset(("siden", "etterpå", "senere"))  # last in `aldri siden`
_TELLING_WHEN = frozenset((",", ".", ";", ")", "siste", "siden", "i", "fra", "de", "den", "etter"))
_BY = (["ved"], ["av"])
_HEADING = 2  # tokens before a year that heads its sentence: «Vinteren 2014»
_BEGUN = SUBJECTS | HAVING | {"ble", "måtte", "hatt"}  # between one of these and the rest stands when it was
_RECENT_YEARS = 2  # a year named in the text this close to the letter's own is not history


class Past(Reach):
    """What one sentence tells of the past."""

    def _is_planned(self, cue: Match, kind: str) -> bool:
        """«han må slutte med Naproxen», «slutter med Naproxen»: it was taken until today."""
        wished = cue.first > self.first and self.words[cue.first - 1] in self.steering.modal | {"å"}
        return kind in ENDINGS and (wished or self.lower[cue.first] in ("slutter", "sluttar", "stanser", "stopper"))

    def _of_time(self, cue: Match, kind: str, kinds: frozenset[str]) -> Iterator[Scope]:
        if kind == "current":
            yield from self._of_present(cue)
        elif kind == "recurs_behind":
            yield from self._of_recurrence(cue)
        elif kind == "resolved_behind":
            if not self._ends_what_follows(cue, kinds):
                yield self._of_end(cue)
        elif "historical_behind" in kinds and self._heads(cue):
            yield self._up_to_today(cue.end - 1, cue.first)
        elif "historical_behind" in kinds and self._stands_inside(cue.first, cue.end):
            yield self._of_told(cue.end - 1)
        else:
            over = "resolved_behind" in kinds  # «vokst av seg X»
            end = self._end_ahead(self._past_inverted(cue.end), kind, commas=False)
            yield Scope("historical_over" if over else kind, cue.place, cue.end, end)

    def _of_present(self, cue: Match) -> Iterator[Scope]:
        """«Melena i 2019, sist i går»: a part that only says that it is now tells of what stands before it."""
        scope = self._around(cue.first, cue.end, "current")
        yield scope
        if self.steering.when.issuperset((*self.words[scope.first : cue.first], *self.words[cue.end : scope.end])):
            yield Scope("again", cue.place, self.first, scope.first)

    def _of_end(self, cue: Match) -> Scope:
        end = self._back(cue.first, lambda i: self.words[i] in (",", "og", "men"))  # `..., men aldri siden`
        told = self._back_to_what_is_told(cue.first)
        first = min(start for i in (end, told) for start in (self._clause_start(i), self._first_behind(i)))
        first = self._whole_event(first) if self.words[cue.end - 1] in _SINCE else first
        return Scope("historical_over", (end, cue.end), first, end)

    def _of_drug(self, cue: Match, kind: str, kinds: frozenset[str]) -> Iterator[Scope]:
        held = bool(cue.parts) and self._holds_object(cue)
        if held and kind == "stopped_behind":
            yield Scope(kind, cue.place, *cue.place)  # «byttet X ut med Y»
        elif kind == "stopped_behind" and not self._looks_ahead(cue, kind, kinds):
            yield self._backward(cue.place, kind)
        elif kind != "stopped_behind" and not held:  # «skiftet fra X til Y», «prøvd X mot smertene»
            ends = _OVER if self.words[cue.end - 1] == "fra" else _AGAINST
            end = self._end_ahead(cue.end, kind, commas=False)
            end = next((i for i in range(cue.end, end) if self.words[i] in ends), end)
            yield Scope(kind, cue.place, cue.end, end)

    def _is_denied(self, cue: Match) -> bool:
        """«har ikke gitt seg», «gikk aldri over»: what did not end is there."""
        inside = (i for gap in cue.gaps() for i in gap)
        before = range(max(self.first, cue.first - TO_THE_DENIAL), cue.first)
        return any(self.words[i] in NOT for i in (*inside, *before)) or self.words[cue.end : cue.end + 1] == ["ikke"]

    def _of_recurrence(self, cue: Match) -> Iterator[Scope]:
        """«I 2018, og nå igjen siste uke», but not «i 2018, nå på ny smerter»: there what follows is what is new."""
        denied = not self.denials.isdisjoint(range(cue.first - 2, cue.first))
        if not denied and (cue.end == self.end or self.words[cue.end] in _TELLING_WHEN):
            yield Scope("again", cue.place, self.first, cue.first)

    def _heads(self, cue: Match) -> bool:
        """«Som barn hadde hun ...», «..., i tjueårene angst»: a time that opens what it dates."""
        opens = cue.first == self.first or self.words[cue.first - 1] in _PARTS
        return opens and (cue.end > cue.first + 1 or self.words[cue.first] not in _BEFORE) and self._follows(cue.end)

    def _stands_inside(self, i: int, end: int) -> bool:
        """«Han hadde i 2018 ...»: between subject or auxiliary and the rest; but «X hadde han i 2018» has told it."""
        i = self._when_starts(i)
        begun = i > self.first and self.words[i - 1] in _BEGUN and end < self.end
        told = begun and self.words[i - 1] in SUBJECTS and i - 2 >= self._clause_start(i - 1)
        return begun and not told and self.words[end] not in (".", ";", "og", "men")

    def _when_starts(self, i: int) -> int:
        """Where «en gang i», «natt til 17. mai» before a year begins."""
        return self._back(i, lambda j: self.words[j] in self.steering.when)

    def _of_told(self, when: int) -> Scope:
        """«Han hadde i 2019 vondt og tålte ikke lys», «han en gang i 1999, på tur, kastet opp»; but of «fikk i 2018
        bypass, blod i avføringen» only the bypass."""
        clause = self.words[when] == "gang" and self.words[when + 1] not in self.steering.verbs
        opened = self._next_comma(when + 1) if clause else when + 1  # «den gangen såret ble funnet, i 2022, gikk ...»
        while opened + 1 < self.end and self.words[opened] == "," and self.words[opened + 1] in PREPOSITIONS:
            opened = self._next_comma(opened + 1)
        scope = self._up_to_today(when, self._clause_start(when))
        return scope._replace(end=min(scope.end, self._next_comma(opened + 1)))

    def _next_comma(self, i: int) -> int:
        """Outside a term: there is none in «rødt, vondt øye»."""
        inside = {j for m in self.matches if m.term.concepts for j in range(m.first + 1, m.end - 1)}
        return next((j for j in range(i, self.end) if self.words[j] in (",", ";") and j not in inside), self.end)

    def _only_when(self, year: int) -> Scope | None:
        """«..., natt til 17. mai 1994.», «lammelse, 2014»: a last part that only tells when dates the part before."""
        first, end = self._when_starts(year), year + 1
        last = end == self.end or self.words[end] in (".", ")") or self.words[end : end + 2] == [",", "og"]
        if not last or first <= self.first + 1 or self.words[first - 1] != ",":
            return None
        first = self._part_start(first - 1)
        return Scope("historical_behind", (year, end), first, end)

    def _past_inverted(self, i: int) -> int:
        """«For førti år siden kastet han opp»: after verb and subject, when those are what stands at token `i`."""
        verb = i + (self.words[i : i + 1] == [","])
        inverted = verb + 1 < self.end and self.words[verb + 1] in SUBJECTS and self.words[verb] not in SUBJECTS
        return verb + 2 if inverted else i

    def _holds_object(self, cue: Match) -> bool:
        """«la pillene bort», but not «la han bort»."""
        inside = self.words[cue.parts[0][1] : cue.parts[-1][0]]
        return not SUBJECTS.union(self.steering.light, ("og", "ned")).issuperset(inside)

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
        inverted = any(self.words[i] in SUBJECTS for i in range(first + 2, cue.end))
        return inverted and self.words[first] not in PREPOSITIONS | SUBJECTS

    def _is_passive(self, cue: Match) -> bool:
        """«X ble trappet ut»"""
        return self.words[cue.first - 1] in _BECAME and self._clause_start(cue.first) < cue.first - 1

    def _back_to_what_is_told(self, i: int) -> int:
        """«Hevelse i mai, men den er nå vekk», «X, som i dag er over»: past a clause that names nothing itself."""
        telling = (self.steering.light | self.steering.present | SUBJECTS | _REFERRING | _BECAME | CARRIED) - NOT
        start = self._back(i, lambda j: self.words[j] in telling)
        return i if _POINTING_BACK.isdisjoint(self.words[start:i]) else start

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
                if i > self.first and (self.words[i - 1] in ("siden", "fra") or self.words[i - 2 : i] == ["s", "/"]):
                    yield self._around(i, i + 1, "current")
                elif self._stands_inside(i, i + 1):
                    yield self._of_told(i)
                elif i <= self.first + _HEADING or self._is_day(i):
                    yield self._up_to_today(i, self.first)
                else:
                    yield self._of_opened(i) or self._only_when(i) or self._of_event(i)

    def _of_opened(self, year: int) -> Scope | None:
        """«På en fest i 2011, og aldri siden, kastet han opp»: only verb and subject come after when it was."""
        aside = self._next_comma(year + 2) if self.words[year + 1 : year + 2] == [","] else year
        told = not (self.steering.verbs | {","}).isdisjoint(self.words[self.first : year])
        if told or self.words[self.first] not in PREPOSITIONS or self._past_inverted(aside + 1) == aside + 1:
            return None
        return self._up_to_today(aside, self.first)._replace(cue=(year, year + 1))

    def _of_event(self, year: int) -> Scope:
        """Of «bruker Albyl-E etter et drypp i 2018» the stroke alone, for what somebody does is done today."""
        scope = self._around(year, year + 1, "historical_behind")
        after = next((i for i in range(year - 1, scope.first, -1) if self.words[i] == "etter"), scope.first)
        return scope._replace(first=after) if any(map(self._is_done_today, range(scope.first, after))) else scope

    def _is_done_today(self, i: int) -> bool:
        return self.words[i] in self.steering.verbs and self.lower[i].endswith(_PRESENT_ENDINGS)

    def _up_to_today(self, year: int, first: int) -> Scope:
        """`I 2016 falt synet, og det verket`: a year at the head dates the sentence, until it comes to the present."""
        today = next((i for i in range(year + 1, self.end) if self._is_today(i)), self.end)
        opened = self._clause_start(today) if today < self.end else today
        end = opened if opened > year + 2 else today  # «i 2018 operert, og dobbeltsyn siden i går»
        return Scope("historical_behind", (year, year + 1), first, end)

    def _is_today(self, i: int) -> bool:
        """`nå`, `i dag`, and a verb of today that opens a clause: «som barn øreverk, hører dårlig»."""
        says = self._is_done_today(i) or (
            self.words[i] in self.steering.clause_starts and self.words[i].endswith(_PRESENT_ENDINGS)
        )
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
