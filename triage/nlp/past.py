"""What is over: times and years, what has ended, drugs that were stopped or only tried."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from triage.nlp.grammar import BECAUSE, CARRIED, HAVING, NOT, NOW, POINTERS, PREPOSITIONS, SUBJECTS, THINGS
from triage.nlp.lexicon import Match
from triage.nlp.reach import DEFINITE, IN_CLAUSE, TO_THE_DENIAL, Reach, Scope

_POINTING_BACK = (POINTERS - {"denne"}) | {"alt", "som"}
_REFERRING = _POINTING_BACK | {"men", "og", ",", "dag", "et", "en", "helt", "for", "lengst"}
ENDINGS = frozenset(("resolved_behind", "stopped_ahead", "stopped_behind"))
_OVER = frozenset(("til", "over", "på", "og", ",", "men"))
_LASTED = frozenset(("hatt", "vart", "vedvart", "holdt", "plaget", "fortsatt", "vært"))  # of what began before
_THEN = frozenset(("i", "pga", "grunnet"))
_WHY = BECAUSE | {"fordi", "grunn"}
_TO_THE_REASON = 5
_ASIDE = frozenset((",", "og", "men", "nå", "så", "deretter"))  # before an end that is told of the part before
_BECAME = frozenset(("ble", "blitt", "er", "være", "vært", "måtte"))
_AGAINST = frozenset(("mot", "for", "uten", "pga", "grunnet", "fordi", "da"))
_PARTS = frozenset((",", ";", "og"))
_BORN = frozenset(("f", "f.", "født", "fødd", "årgang", "årsmodell"))
_DONE = frozenset(("operert", "opr", "opr.", "fjernet", "sanert", "behandlet"))  # what was done dates nothing else
_BEFORE = frozenset(("tidligere", "før"))  # «tidligere 1-2, og nå om natten»: of that part alone
_AS_BEFORE = frozenset(("som", "fra", "enn", "hatt", "aldri", "ikke", "også"))  # «som tidligere», «aldri tidligere»
_SHORT_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:20|19)?(\d\d)")
_DATE = re.compile(r"(?:\d{1,2}\.\d{1,2}\.)?((?:19|20)\d\d)(?:-\d\d-\d\d)?")
_SEASON = "vår|somm[ae]r|h[øau]+st|vinter|jul|påske|pinse|nyttår|sankthans|olsok|mikkels"
_MONTH = rf"(?:jan|feb|mars|apr|mai|jun|aug|sep|okt|nov|des|{_SEASON})[a-z]*"
_TIME = (  # a day, a week, a month or a season
    r"(?:(?:den |d\. ?)?(?:\d{1,2}/\d{1,2}|\d\d\.\d\d)(?:[./-]\d\d(?:\d\d)?)?|(?:uke|veke|u\.?) ?\d{1,2}"
    rf"|(?:den )?\d{{1,2}}\. ?{_MONTH}|(?:i fjor )?{_MONTH}(?: i fjor)?|i fjor|(?:19|20)\d\d)"
)
_SPAN = re.compile(
    rf"\bfr[aå] {_TIME}(?: \d{{4}})?,? (?:(?:og )?(?:fr[ae]m )?(?:til|ut)) (?:{_TIME}|månaden|måneden|\d\d?(?![\d,%]))"
    rf"|^(?:fr[ae]m|inn|ind) ?til {_TIME}"
)
_AFTER_SPAN = frozenset(("nå", "siden", "deretter", "etter", "så", "over", "borte", "fra", "per", "igjen", "gikk", "#"))
_STILL = frozenset(
    ("har", "økende", "fortsatt", "er", "kg", "kilo", "vekt", "vekttap")
)  # no stretch of time that has ended
_TO_WHAT_CAME = 30  # tokens from such a stretch to what came after it
_PRESENT_ENDINGS = ("r", "es")
_NOT_TODAY = frozenset(("var", "der", "mor", "far"))  # end so, and are no verbs of today
_SINCE = frozenset(("siden", "etterpå", "senere"))  # last in `aldri siden`
_TELLING_WHEN = frozenset((",", ".", ";", ")", "siste", "siden", "i", "fra", "de", "den", "etter"))
_UNTIL = frozenset(("inntil", "fram", "frem"))
_BY = (["ved"], ["av"])
_HEADING = 2  # tokens before a year that heads its sentence: «Vinteren 2014»
_BEGUN = SUBJECTS | HAVING | {"ble", "måtte", "hatt"}  # between one of these and the rest stands when it was
_REASONS = frozenset(("etter", "pga", "grunnet", "→", "("))
_TAKEN = frozenset(("brukte", "fikk", "fekk", "tok", "hadde", "sto", "stod", "gikk", "ble", "vart"))
_LASTING = frozenset(
    ("år", "halvår", "måned", "uke", "dag", "time", "tid", "tiden", "par", "halve", "ti", "to", "tre", "fire")
)
_TO_THE_YEAR = 7  # words from «siste» to the year that dates it
_COMPARED = frozenset(("sammenlignet", "sammenliknet", "sammenligna", "samanlikna", "jevnført"))
RECENT_YEARS = 2  # a year named in the text this close to the letter's own is not history


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
            if denied := self._not_since(cue):
                yield denied
            elif not self._ends_what_follows(cue, kinds):
                yield self._of_end(cue)
        elif kind.startswith("dated"):
            yield from self._of_date(cue, kind)
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
        if self._is_last_of_year(cue):
            return
        opens = self._back(cue.first, lambda i: self.words[i] not in _PARTS)
        anew = self.words[opens] in HAVING and _LASTED.isdisjoint(self.words[opens : cue.first])
        opens = opens if anew else self._back(cue.first, lambda i: self.words[i] in HAVING | _BECAME)
        if opens > scope.first and self.words[opens - 1] == "og" and (anew or self._follows(cue.end)):
            # «i 2014 operert og i forgårs lysglimt», «skadet øyet i 1972 og har sett dårlig siden»
            scope = scope._replace(first=opens)
        yield scope
        yield from self._again(
            cue, scope.first, (*self.words[scope.first : cue.first], *self.words[cue.end : scope.end])
        )

    def _again(self, cue: Match, end: int, beside: Iterable[str]) -> Iterator[Scope]:
        """«Melena i 2019, sist i går», «tidligere aldri dobbeltsyn, nå daglig»: only when and how much beside it."""
        if not (self.steering.when | self.steering.grades | self.steering.how_much).issuperset(beside):
            return
        yield Scope("again", cue.place, self.first, end)
        before = self._part_start(self._back(end, lambda i: self.words[i] in (",", "men")))
        if not {"aldri", "tidligere", "før", "forrige", "fjor"}.isdisjoint(self.words[before:end]):
            yield Scope("again_after_none", cue.place, before, end)

    def _backward(self, cue: tuple[int, int], kind: str) -> Scope:
        """As of all cues; but «ingen svelgvansker fram til påske» came then."""
        scope = super()._backward(cue, kind)
        if kind != "historical_behind":
            return scope
        come = self.words[cue[0]] in _UNTIL and not self.denials.isdisjoint(range(scope.first, cue[0]))
        return scope._replace(first=cue[0] if come else self._after_which(scope.first, cue[0]))

    def _after_which(self, first: int, i: int) -> int:
        """Of «dobbeltsyn etter at hun ble operert i 2021» the operation alone, of «fikk slag etter at ...» both."""
        at = next((j for j in range(i - 1, first, -1) if self.words[j - 1 : j + 1] == ["etter", "at"]), first)
        return at if _TAKEN.isdisjoint(self.lower[first:at]) else first

    def _is_last_of_year(self, cue: Match) -> bool:
        """«Siste anfall var 17. mai 2022», but not «siste året vansker etter slag i 2019»."""
        near = range(cue.end, min(cue.end + _TO_THE_YEAR, self.end))
        year = next((i for i in near if self.words[i] == "#" and self._is_past_year(i)), None)
        return year is not None and self.words[cue.first] == "siste" and _LASTING.isdisjoint(self.words[cue.end : year])

    def _of_date(self, cue: Match, kind: str) -> Iterator[Scope]:
        """«Lungebetennelse i mars», «før jul halsbetennelse», but of «startet med X i mars» it is the beginning."""
        heads = self._heads(cue)
        scope = self._up_to_today(cue.end - 1, cue.first) if heads else self._backward(cue.place, kind)
        if self.steering.begun.isdisjoint(self.words[scope.first : scope.end]):
            yield scope._replace(kind=kind)

    def _not_since(self, cue: Match) -> Scope | None:
        """«Ingen nye lysglimt siden», «angina er ikke sett siden»; but «anfall i mai, ikke siden» tells of an end."""
        if self.words[cue.end - 1] not in _SINCE or NOT.isdisjoint(self.words[slice(*cue.place)]):
            return None
        told = self.steering.light | self.steering.before_subject | SUBJECTS | _REFERRING | _BECAME | NOT
        ahead = (cue.parts[0][1], cue.parts[-1][0]) if cue.parts else (cue.first, cue.first)
        spans = (ahead, (self._clause_start(cue.first), cue.first))
        said = (s for s in spans if not told.issuperset(self.words[slice(*s)]))
        return next((Scope("negates_behind", cue.place, *s) for s in said), None)

    def _of_end(self, cue: Match) -> Scope:
        end = self._back(cue.first, lambda i: self.words[i] in _ASIDE)  # `..., men aldri siden`, `..., nå helt over`
        told = self._back_to_what_is_told(cue.first)
        first = min(start for i in (end, told) for start in (self._clause_start(i), self._first_behind(i)))
        first = self._whole_event(first) if self.words[cue.end - 1] in _SINCE else first
        inside = self.words[cue.parts[0][1] : cue.parts[-1][0]] if cue.parts else []
        telling = self.steering.light | self.steering.present | SUBJECTS | POINTERS
        if self.words[cue.first] in _BECAME and not telling.issuperset(inside):
            return Scope("historical_over", cue.place, cue.first, cue.parts[-1][0])  # «..., er smertene forbi»
        return Scope("historical_over", (end, cue.end), first, end)

    def _of_drug(self, cue: Match, kind: str, kinds: frozenset[str]) -> Iterator[Scope]:
        held = bool(cue.parts) and self._holds_object(cue)
        if held and kind == "stopped_behind":
            yield Scope(kind, cue.place, *cue.place)  # «byttet X ut med Y»
        elif kind == "stopped_behind" and not self._looks_ahead(cue, kind, kinds):
            then = cue.end < self.end and self.words[cue.end] in _THEN and not self.words[cue.first].startswith("slutt")
            when = then or not self._follows(cue.end)
            # «CPAP, innlevert i vår»; and not «bruker Xarelto, sluttet i jobben»
            first = self._back(cue.first, lambda i: self.words[i] in _ASIDE - {"nå"}) if when else cue.first
            yield self._backward((first, cue.end), kind)._replace(cue=cue.place)
            near = range(cue.end, min(cue.end + _TO_THE_REASON, self.end))
            if (why := next((i + 1 for i in near if self.words[i] in _WHY), self.end)) < self.end:
                # «avsluttet på grunn av utslett»
                yield Scope("dated_reason", cue.place, why, self._end_ahead(why, kind, commas=False))
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
        if not denied:
            told = cue.end == self.end or self.words[cue.end] in _TELLING_WHEN | self.steering.present
            yield from self._again(cue, cue.first, [] if told else self.words[cue.end : self._next_comma(cue.end)])

    def _heads(self, cue: Match) -> bool:
        """«Som barn hadde hun ...», «..., i tjueårene angst»: a time that opens what it dates."""
        opens = cue.first == self.first or self.words[cue.first - 1] in _PARTS
        opens = opens and self.lower[cue.end - 1] not in _DONE
        follows = self._follows(cue.end) or any(map(self._inverts, (cue.end + 1, self._next_comma(cue.end + 1) + 1)))
        return opens and follows and (cue.end > cue.first + 1 or self.words[cue.first] not in _BEFORE)

    def _inverts(self, verb: int) -> bool:
        """«For fire år siden, på tur, kom et forheng»: a verb of the past after what tells when."""
        was = verb < self.end and self.words[verb] in self.steering.verbs and not self._is_done_today(verb)
        return was or self._past_inverted(verb) > verb

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
        """«..., natt til 17. mai 1994.», «lammelse, det var i mai 2014»: a part that only tells when dates what was."""
        first, end = self._when_starts(year), year + 1
        pointing = self.words[first - 1] in ("var", "skjedde", "hendte") and self.words[first - 2] in POINTERS
        first -= 2 * pointing
        last = end == self.end or self.words[end] in (".", ")", ",") or (pointing and self.words[end] == "og")
        if not last or first <= self.first + 1 or self.words[first - 1] != "," or "også" in self.words[first:year]:
            return None
        first = min(self._part_start(first - 1), self._label_start(year))
        return Scope("historical_behind", (year, end), first, end)

    def _past_inverted(self, i: int) -> int:
        """«For førti år siden, på ferie, kastet han opp»: after verb and subject, when those follow token `i`."""
        verbs = (i + 1, self._next_comma(i + 1) + 1) if self.words[i : i + 1] == [","] else (i,)
        told = (v for v in verbs if v + 1 < self.end and self.words[v + 1] in SUBJECTS | THINGS)
        return next((v + 2 for v in told if self.words[v] not in SUBJECTS and not self._is_done_today(v)), i)

    def _holds_object(self, cue: Match) -> bool:
        """«la pillene bort», but not «la han bort»."""
        inside = self.words[cue.parts[0][1] : cue.parts[-1][0]]
        return not SUBJECTS.union(self.steering.light, ("og", "ned", "ut", "over")).issuperset(inside)

    def _looks_ahead(self, cue: Match, kind: str, kinds: frozenset[str]) -> bool:
        """`tidligere magesår`, `ikke funnet glandler`: what can look both ways looks ahead when something follows."""
        both = ("negates_behind", "historical_behind", "hypothetical_behind")
        if kind == "stopped_behind" and self.words[cue.first - 1] in SUBJECTS and self._follows(cue.end):
            return self._clause_start(cue.first) == cue.first - 1  # «hosten ga seg ikke da vi stoppet tablettene»
        if kind == "stopped_behind" and "stopped_ahead" in kinds and cue.parts:
            return self._follows(cue.end) and not (self._object_first(cue) or self._is_passive(cue))
        either = kind in both and f"{kind[:-7]}_ahead" in kinds
        if kind == "historical_behind" and cue.end < self.end and self.words[cue.end] in ("etter", "ifølg", "iflg"):
            return False  # «mistet hørselen som femåring etter kusma», «... en gang i tiden ifølge henne selv»
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

    def _of_spans(self) -> Iterator[Scope]:
        """«Fra uke 8 til 13», «fram til 3. mars»: a stretch of time that has ended, when something came after it."""
        if {"til", "ut", "inntil", "framtil"}.isdisjoint(self.words[self.first : self.end]):
            return
        start, ends = self.document.starts[self.first], self.document.ends
        for span in _SPAN.finditer(self.document.text[start : ends[self.end - 1]].lower()):
            first = bisect_left(self.document.starts, start + span.start())
            end = bisect_left(ends, start + span.end()) + 1
            if first > self.first and "/" in span[0]:
                continue  # «visus falt fra 6/6 til 6/12»
            told = self._around(first, end, "historical_behind")
            came = self.words[end : end + _TO_WHAT_CAME]
            if _STILL.isdisjoint(self.words[told.first : told.end]) and not _AFTER_SPAN.isdisjoint(came):
                yield self._up_to_today(end - 1, first) if first == self.first else told

    def _of_years(self) -> Iterator[Scope]:
        """`i 2009`, `-97`: an event of that year, unless it goes on `siden 2009`."""
        if (noted := _DATE.fullmatch(self.lower[self.first])) and int(noted[1]) <= self.year - RECENT_YEARS:
            yield self._up_to_today(self.first, self.first)  # «20.09.2019 Fastlege: ...»
        spans = [*self._of_spans()]
        yield from spans
        if {"#", "fjor"}.isdisjoint(self.words[self.first : self.end]):
            return
        for i in range(self.first, self.end):
            if self.lower[i - 1 : i + 1] == ["i", "fjor"] and self.words[self.first] == "i":
                yield from filter(None, [self._of_opened(i)])  # «i mai i fjor spydde hun»
            if self.words[i] == "#" and self._is_past_year(i) and not any(s.cue[0] - 4 <= i < s.cue[1] for s in spans):
                if self._is_of_today(i) or self._is_birth(i):
                    continue
                if i > self.first and (self.words[i - 1] in ("siden", "fra") or self.words[i - 2 : i] == ["s", "/"]):
                    yield self._around(i, i + 1, "current")
                elif self._stands_inside(i, i + 1):
                    yield self._of_told(i)
                elif (i <= self.first + _HEADING and self._opens_with_time(i)) or self._is_day(i):
                    yield self._up_to_today(i, self.first)
                else:
                    yield self._of_opened(i) or self._only_when(i) or self._of_event(i)

    def _is_of_today(self, year: int) -> bool:
        """`Nå, juni -24:`; and what is compared: «mindre enn i 2021», «sammenlignet med 2022», «2025 mot 2024»."""
        before = self.lower[max(self.first, year - 3) : year]
        today = self.lower[self.first] in NOW and self.steering.when.issuperset({*before[1:]} - {","})
        return today or "enn" in before[-2:] or "mot" in before[-1:] or not _COMPARED.isdisjoint(before)

    def _is_birth(self, year: int) -> bool:
        """«Mann f. 1960 med heshet», `f -60`"""
        before = [word for word in self.lower[max(self.first, year - 3) : year] if word not in ".:-'i"]
        return not _BORN.isdisjoint(before[-1:])

    def _opens_with_time(self, year: int) -> bool:
        """`Vinteren 2014`, «sist oppbluss 2019, da ...»; but of «tonsillektomi 1998, halsvondt» only what was done."""
        opens = year == self.first or self.words[self.first] in self.steering.when
        return opens or self.words[year + 1 : year + 3] == [",", "da"]

    def _of_opened(self, year: int) -> Scope | None:
        """«På en fest i 2011, og aldri siden, kastet han opp»: only verb and subject come after when it was."""
        told = not (self.steering.verbs | {","}).isdisjoint(self.words[self.first : year])
        begun = self._past_inverted(year + 1)
        if told or self.words[self.first] not in PREPOSITIONS or begun == year + 1:
            return None
        return self._up_to_today(begun - 2, self.first)._replace(cue=(year, year + 1))

    def _of_event(self, year: int) -> Scope:
        """Of «bruker Albyl-E etter et drypp i 2018» the stroke alone, for what somebody does is done today."""
        scope = self._around(year, year + 1, "historical_behind")
        scope = scope._replace(first=self._after_which(self._opened_by_earlier(scope.first, year), year))
        if self._is_done_today(min(year + 1, self.end - 1)):  # «etter operasjonen i 2018 har han svelgvansker»
            scope = scope._replace(end=year + 1)
        joined = next((i for i in range(year + 1, scope.end) if self.words[i] == "og"), scope.end)
        if any(map(self._is_today, range(joined + 1, scope.end))):  # «operert i 2018 og har nå dobbeltsyn»
            scope = scope._replace(end=joined)
        after = next((i for i in range(year - 1, scope.first, -1) if self.words[i] == "etter"), scope.first)
        return scope._replace(first=after) if any(map(self._is_done_today, range(scope.first, after))) else scope

    def _opened_by_earlier(self, first: int, year: int) -> int:
        """Of «svelger ikke spytt tidligere utblokket i 2019», spoken without a sign, only what «tidligere» opens."""
        opens = range(year - 2, first, -1)
        said = (i for i in opens if self.words[i] in _BEFORE and self.words[i - 1] not in _AS_BEFORE)
        return next((i for i in said if self.words[i + 1] not in PREPOSITIONS and i + 2 < year), first)

    def _is_of_reason(self, scope: Scope, first: int, end: int) -> bool:
        """«Albyl-E etter stent 2015», `hjerteinfarkt 2019 (Albyl-E)`: the year is not that of the drug at `first`; and
        «siden» in «sluttet for to uker siden» does not say that it goes on."""
        start, stop = scope.cue
        between = {*self.words[end:start], *self.words[stop:first]}
        ago = (
            scope.kind == "current"
            and self.words[start] == "siden"
            and "for" in self.words[max(self.first, start - IN_CLAUSE) : start]
        )
        taken = not _TAKEN.isdisjoint(self.lower[self.first : first])  # «brukte Albyl-E etter et drypp i 2017»
        return ago or (self.words[start] == "#" and not taken and not between.isdisjoint(_REASONS))

    def _is_done_today(self, i: int) -> bool:
        said = self.words[i] in self.steering.verbs or self.words[i] in self.steering.clause_starts
        return said and self.words[i] not in _NOT_TODAY and self.lower[i].endswith(_PRESENT_ENDINGS)

    def _up_to_today(self, year: int, first: int) -> Scope:
        """`I 2016 falt synet, og det verket`: a year at the head dates the sentence, until it comes to the present."""
        today = next((i for i in range(year + 1, self.end) if self._is_today(i)), self.end)
        opened = self._clause_start(today) if today < self.end and self.words[today] != ";" else today
        end = opened if opened > year + 2 else today  # «i 2018 operert, og dobbeltsyn siden i går»
        return Scope("historical_behind", (year, year + 1), first, end)

    def _is_today(self, i: int) -> bool:
        """`nå`, `i dag`, and a verb of today that opens a clause: «som barn øreverk, hører dårlig»."""
        opens = self.words[i - 1] in _PARTS
        if self.words[i] == "etter":  # «operert, etter dette dobbeltsyn», but not «blod etter hard avføring»
            return opens or not POINTERS.isdisjoint(self.words[i + 1 : i + 2])
        # «..., og han har blod i avføringen», «..., avføringen er svart»
        opens |= self.words[i - 2] in _PARTS and (self.words[i - 2] == "og" or self.lower[i - 1].endswith(DEFINITE))
        today = self.lower[i - 1 : i + 1] == ["i", "dag"]
        return today or (opens and self._is_done_today(i)) or self.words[i] in self.steering.present

    def _is_past_year(self, i: int) -> bool:
        number = self.lower[i]
        if dated := _SHORT_DATE.fullmatch(number) or (self._is_day(i) and re.fullmatch(r"(\d\d)", number)):
            return (self.year - int(dated[1])) % 100 >= RECENT_YEARS
        if len(number) == 4 and number[:2] in ("19", "20") and number.isdecimal():
            return int(number) <= self.year - RECENT_YEARS
        apostrophe = i > self.first and self.words[i - 1] in ("-", "'")
        two = len(number) == 2 and number.isdecimal()
        two = two and (self.year - int(number)) % 100 >= RECENT_YEARS
        return apostrophe and two and (i < self.first + 2 or self.words[i - 2] != "#")

    def _is_day(self, i: int) -> bool:
        """`5/6-18`"""
        return self.lower[i - 3 : i : 2] == ["/", "-"] and self.words[i - 4] == "#" and i - 4 >= self.first
