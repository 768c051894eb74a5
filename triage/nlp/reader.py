"""Referral → Reading. The one place where the parts of the reader meet, in order."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from triage.domain.finding import (
    Assertion,
    Certainty,
    Evidence,
    Experiencer,
    Feature,
    Finding,
    Measurement,
    Polarity,
    Reading,
    Status,
    Temporality,
)
from triage.domain.referral import Area, Referral, Sex
from triage.nlp import across
from triage.nlp.alarm import FURTHEST, AlarmFeatures, Letter, Statement, told_beside
from triage.nlp.assertion import judge
from triage.nlp.calendar import Today, today_told
from triage.nlp.concepts import Mention, mentions
from triage.nlp.context import area_of, language_of, requested_of
from triage.nlp.cues import SentenceCues
from triage.nlp.durations import Duration
from triage.nlp.grammar import NEITHER, NOT
from triage.nlp.learned import Learned, Listening, facts_of, read_learned
from triage.nlp.lexicon import Lexicon, Match, load_lexicon
from triage.nlp.missing import missing_facts
from triage.nlp.opinion import Opinion, Place, read_opinion
from triage.nlp.past import RECENT_YEARS
from triage.nlp.quantities import load_quantities
from triage.nlp.reach import WORD
from triage.nlp.steering import load_steering
from triage.nlp.surveillance import surveillance
from triage.nlp.text import Document, Section, Sentence, read_text
from triage.nlp.values import SentenceValues, audiogram, risen, sore_throats
from triage.nlp.weight import Weighing, weight_change

_UNASSERTED = frozenset(("referral", "time"))  # categories that are only named
_COMPLAINTS = frozenset(
    ("symptom", "alarm", "condition", "finding", "drug", "treatment", "procedure", "social", "history")
)
_SIGNS = frozenset(("symptom", "alarm"))
_BESIDE = frozenset(("drug", "treatment", "procedure", "history", "family"))  # what has a time of its own
_OF_NO_FIELD = frozenset(("condition", "finding", "test", "exam"))  # likewise, as diabetes in a letter about the eye
_HABITS = frozenset(("social",))
_PART_ENDS = frozenset((",", ".", ";"))
_FIRST_DEGREE = Experiencer.FIRST_DEGREE  # bound here, because Python 3.11 is slow to find a member on its class
_DANGER = ("ohjelp", "haster", "pakkeforlop")  # urgencies of `alarm_features.yaml`
_APART = frozenset((",", ".", ";", "og", "men", "samt", "med", "/", "+", "mens"))
_OF_A_LIFE = 520  # weeks
_CLOSING = ("»", "”", '"', ")")  # left over from the sentence before
_TOLD_IN_PARTS = ("alarm", "condition", "finding")
_NEVER_DONE = frozenset(("symptom", "alarm", "finding", "condition", "time"))  # what no one does
_PERHAPS_PROCEDURES = (WORD, "exam", "history", "condition", "referral", "status")
_TOGETHER = 16  # letters; more gain nothing, and take memory
_REST_OF_WORD = re.compile(r"[\w-]{1,50}")


class Reader:
    """Reads referrals with one lexicon. It keeps nothing of what it has read but word forms, so it may be shared."""

    def __init__(
        self, lexicon: Lexicon, learned: Mapping[Area, Learned] | None = None, opinion: Opinion | None = None
    ) -> None:
        self.lexicon = lexicon
        self._learned = learned or {}
        self._opinion = opinion
        self.version = lexicon.version
        self._steering = load_steering(lexicon)
        self._quantities = load_quantities(lexicon)
        self._unasserted = self._of_categories(_UNASSERTED)
        self._signs = self._of_categories(_SIGNS)
        self._complaints = {area: self._complaints_of(area) for area in (None, *Area)}
        self._alarm = {area: AlarmFeatures(lexicon.data[f"{area}_features"]) for area in Area}
        self._beside = self._of_categories(_BESIDE) | (self._of_categories(_OF_NO_FIELD) - lexicon.areas.keys())
        self._weighed = {concept for alarm in self._alarm.values() for concept in alarm.concepts()}
        named = lexicon.data["alarm_features"]["features"]
        self._dangers = {feature["id"] for feature in named if feature["urgency"] in _DANGER}
        self._labels = {
            f"{profile['id']}.{item['id']}": item["label"]
            for profile in lexicon.data["required_content"]["profiles"]
            for item in profile["items"]
        }

    def read(self, referral: Referral) -> Reading:
        """Everything the letter says, with its places. Pure: the same referral gives the same reading."""
        return next(self.read_many([referral]))

    def read_many(self, referrals: Sequence[Referral]) -> Iterator[Reading]:
        """The same of many, some together, step by step: what a step needs then stays in the processor's cache."""
        for some in (referrals[i : i + _TOGETHER] for i in range(0, len(referrals), _TOGETHER)):
            rules, now = self.lexicon.text_rules, across.UNDATED
            documents = [read_text(r.text, rules, old=(r.sent_date or now).year - RECENT_YEARS) for r in some]
            groups = [self._matches(d, referral.sex) for d, referral in zip(documents, some, strict=True)]
            letters = list(map(self._letter, documents, some, groups))
            yield from map(self._reading, documents, some, groups, letters)

    def _reading(self, document: Document, referral: Referral, groups: list[list[Match]], letter: Letter) -> Reading:
        data = self.lexicon.data
        requested = referral.requested or requested_of(letter, data["requests"][letter.area])
        return Reading(
            area=letter.area,
            requested=requested,
            language=referral.language or language_of(document, data["language"]),
            findings=tuple([s.finding for s in letter.statements]),
            measurements=letter.measurements,
            features=self._listened(document, letter, groups, self._alarm[letter.area].of(letter)),
            missing=missing_facts(letter, requested, data["decisive"], self._labels),
            lexicon=self.version,
        )

    def _listened(
        self, document: Document, letter: Letter, groups: Sequence[list[Match]], features: Sequence[Feature]
    ) -> tuple[Feature, ...]:
        """The features with those that no word of the lexicon tells and the model hears, less what it doubts."""
        if (learned := self._learned.get(letter.area)) is None:
            return tuple(features)
        alarm, known = self._alarm[letter.area], {feature.id for feature in features}
        facts = facts_of(document, [s.finding for s in letter.statements], letter.measurements, features)
        listening = learned.listen(document, facts)
        said: list[tuple[str, Finding]] = []

        @cache
        def cues_of(number: int) -> SentenceCues:
            return SentenceCues(document, document.sentences[number], groups[number], self._steering, year=letter.year)

        for (name, denied), number, first, end in listening.heard:
            if name in known or not alarm.leaves_room(name, letter, document, number):
                continue
            cues = cues_of(number)
            plainly_there = letter.said_in(number, self._signs.intersection(alarm.broader(name)))
            if denied and plainly_there and not cues.denies():
                continue  # «blod i det som kommer»
            assertion = judge(cues, cues.section, first, end, "alarm").assertion
            if denied:
                assertion = replace(assertion, polarity=Polarity.NEGATED)
            said.append((name, Finding(name, document.evidence(first, end), assertion)))
        kept = [kept for f in features if (kept := self._unless_doubted(f, listening, document, alarm))]
        return (*kept, *alarm.heard(said))

    def _unless_doubted(
        self, feature: Feature, listening: Listening, document: Document, alarm: AlarmFeatures
    ) -> Feature | None:
        numbers = [document.sentence_at(place.start) for place in feature.evidence]
        present = feature.status is Status.PRESENT
        counted = present and alarm.is_counted(feature.id, document, numbers)
        tokens = (i for place in feature.evidence for i in document.tokens_at(place))
        if counted or not listening.doubts(feature.id, numbers, tokens):
            return feature
        is_danger = feature.id in self._dangers and present
        return replace(feature, status=Status.POSSIBLE) if is_danger else None

    def _letter(self, document: Document, referral: Referral, groups: Sequence[list[Match]]) -> Letter:
        statements: list[Statement] = []
        measurements: list[Measurement] = []
        weeks: dict[int, list[float]] = {}
        weighings: list[Weighing] = []
        dated: set[Evidence] = set()
        today = today_told(document.text, across.UNDATED.year)
        sent = referral.sent_date or (today and today.day)
        day = sent or across.UNDATED
        for number, (sentence, matches) in enumerate(zip(document.sentences, groups, strict=True)):
            values = SentenceValues(document, sentence, self._quantities, sent=sent, age=referral.age)
            durations = self._of_complaints(values.durations(), matches, sentence, document)
            if durations := self._not_today(today, durations, document):
                weeks[number] = [d.weeks for d in durations]
            valued = values.measurements(matches)
            if weighing := values.weighed():
                weighings.append(weighing)
            named = mentions(matches, document, self.lexicon.hides)
            told = not self._unasserted.issuperset([mention.concept for mention in named])
            if valued or told:
                cues = SentenceCues(document, sentence, matches, self._steering, year=day.year)
                said = [*self._statements(document, named, cues, number)] if told else []
                said = self._each_its_own(said, durations, cues) if durations[1:] else said
                valued = [_owned(value, said, cues) for value in valued if not self._is_undone(value, said)]
                statements += said
            valued = across.as_quoted(valued, sentence)
            measurements, valued = across.anew(measurements, valued, values, dated, referral.area)
            measurements += valued
            dated |= values.dated(valued)
        if not any(m.measure == "weight_loss_kg" for m in measurements):
            measurements += weight_change(weighings)
        if referral.area is Area.ENT:
            measurements += [*audiogram(document.text), *sore_throats(document.text)]
        else:
            measurements += risen(document.text)
        if referral.area in (Area.ENDOSCOPY, None):
            measurements += surveillance(document, self._quantities, day)
        statements = across.seen_again(self._across(statements, document, weeks, referral.area), document, sent)
        by_concept: defaultdict[str, list[Statement]] = defaultdict(list)
        may_hold: defaultdict[str, set[int]] = defaultdict(set)
        for statement in statements:
            concept = statement.finding.concept
            by_concept[concept].append(statement)
            if statement.may_hold:
                may_hold[concept].add(statement.sentence)
        return Letter(
            area=referral.area or area_of(statements, self.lexicon.areas, self.lexicon.categories) or Area.ENDOSCOPY,
            age=referral.age,
            sex=referral.sex,
            statements=tuple(statements),
            measurements=tuple(measurements),
            weeks=weeks,
            lasts=self._lasts(weeks, statements),
            by_concept=by_concept,
            may_hold=may_hold,
            believed=across.believed(statements, document),
            year=day.year,
        )

    def _is_until(self, duration: Duration, document: Document) -> bool:
        """«De andre ble bra etter ei uke» tells no length, «renner fortsatt etter 50 minutter» does."""
        first = duration.first - 1
        still = "fortsatt" in document.words[max(0, first - 3) : first]
        return document.lower[first] in self._quantities.after and not still

    def _of_complaints(
        self, durations: list[Duration], matches: list[Match], sentence: Sentence, document: Document
    ) -> list[Duration]:
        """Without how long a habit has lasted: «hes i seks dager, har røykt i tretti år»; «nå i ti uker» tells most."""
        if any(d.weeks < _OF_A_LIFE and document.lower[d.first - 2] in ("nå", "no") for d in durations):
            durations = [d for d in durations if d.weeks < _OF_A_LIFE]
        if not durations:
            return durations
        habits = [m.first for m in matches if self._names(m, _HABITS)]
        ends = [i for i in range(sentence.first, sentence.end) if document.words[i] in _PART_ENDS]
        named = {bisect_left(ends, m.first) for m in matches if self._names(m, _SIGNS)}
        told = {bisect_left(ends, i) for i in habits} - named
        first = min(named, default=0)
        if first and document.words[ends[first - 1] + 1] == "nå":  # «diabetes i mange år, nå lysglimt»
            told.add(first - 1)
        return [d for d in durations if bisect_left(ends, d.first) not in told]

    def _is_undone(self, value: Measurement, said: Sequence[Statement]) -> bool:
        """«8 kg ned, ønsket» is no loss."""
        undone = self._quantities.measures.get(value.measure, {}).get("undone_by", ())
        return any(s.concept in undone and s.holds for s in said)

    def _each_its_own(self, said: list[Statement], durations: list[Duration], cues: SentenceCues) -> list[Statement]:
        """«Hes i åtte uker og øreverk i to dager»: where two parts name a complaint and a time, each has its own."""
        ends = [cues.document.starts[i] for i in range(cues.first, cues.end) if cues.words[i] in _APART]
        parts = [bisect_left(ends, s.finding.evidence.start) for s in said]
        named = {part for part, s in zip(parts, said, strict=True) if self.lexicon.categories[s.concept] in _COMPLAINTS}
        lasted: dict[int, float] = {}
        for duration in durations:
            part = bisect_left(ends, cues.document.starts[duration.end - 1])
            if part not in named:  # «hes siste dager, men egentlig i ti uker»
                part = max(lasted, default=min(named, default=0))
            lasted[part] = max(duration.weeks, lasted.get(part, 0.0))
        told = lasted if len(lasted) > 1 else {}
        return [s.lasting(told[part]) if part in told else s for s, part in zip(said, parts, strict=True)]

    def _names(self, match: Match, categories: frozenset[str]) -> bool:
        return any(self.lexicon.categories[concept] in categories for concept in match.term.concepts)

    def _not_today(self, today: Today | None, durations: list[Duration], document: Document) -> list[Duration]:
        """Without those that tell of an end, and «nå er vi i november» itself, unless nothing else tells since when."""
        of_today = [d for d in durations if today and today.start <= document.starts[d.end - 1] < today.end]
        told = [d for d in durations if d not in of_today and not self._is_until(d, document)]
        unknown = self._quantities.spans["siden en årstid"]
        return told or [replace(d, weeks=unknown) for d in of_today]

    def _across(
        self, statements: list[Statement], document: Document, lasted: Mapping[int, list[float]], area: Area | None
    ) -> list[Statement]:
        """The statements with what other sentences say of them: how long, and that it is over."""
        if lasted:
            complaints = {s.sentence for s in statements if s.concept in self._complaints[area]}
            loose = {n: self._reach(document, document.sentences[n], n, complaints) for n in lasted}
            told = {n: told_beside(n, lasted, loose) for n in {s.sentence for s in statements}}
            statements = [s.lasting(weeks) if (weeks := s.finding.weeks or told[s.sentence]) else s for s in statements]
        statements = across.of_another(across.back_again(across.of_that_year(statements, document)))
        # A loss of sight that has passed is an emergency all the same.
        return statements if area is Area.EYE else across.ended(statements)

    def _lasts(self, weeks: Collection[int], statements: Sequence[Statement]) -> bool:
        """Whether a sentence with a time tells of a complaint, and not only of «diabetes i ti år» or a relative."""
        told = [s for s in statements if s.sentence in weeks]
        own = {s.sentence for s in told if s.concept in self._signs and s.finding.status is not Status.FAMILY}
        beside = {s.sentence for s in told if s.concept in self._beside or s.finding.status is Status.FAMILY}
        return not beside.difference(own).issuperset(weeks)

    def _complaints_of(self, area: Area | None) -> frozenset[str]:
        """Words of another field than the letter's own name no complaint: «kom brått» is a squint's in eye letters."""
        named = self._of_categories(_COMPLAINTS)
        return frozenset(c for c in named if area is None or self.lexicon.areas.get(c, area) == area)

    def _of_categories(self, wanted: frozenset[str]) -> frozenset[str]:
        return frozenset(concept for concept, category in self.lexicon.categories.items() if category in wanted)

    def _unnamed(self, document: Document, assertion: Assertion) -> bool:
        """«Tarmkreft i familien»: a relative, and no word for which."""
        if assertion.experiencer is not _FIRST_DEGREE:
            return False
        said = {document.text[cue.start : cue.end].lower() for cue in assertion.cues}
        return any(word.endswith(tuple(self._quantities.whole_family)) for word in said)

    def _reach(self, document: Document, sentence: Sentence, number: int, complaints: Container[int]) -> int:
        """How many sentences back its time tells of: «Har vart i åtte dager», «Hun har hatt den i fem dager».

        A sentence that names a complaint of its own tells of that, unless it tells when something was noticed or
        begins with «slik»; `Varighet: 8 dager` tells of all that stands above.
        """
        known, first = self._quantities, sentence.first + (document.lower[sentence.first] in _CLOSING)
        words = document.lower[first : sentence.end]
        strong = not known.noticed.isdisjoint(words) or not known.thus.isdisjoint(words[:1])
        begins_so = not known.refers_back.isdisjoint((*words[:1], *document.words[first : first + 1]))
        if not strong and (number in complaints or not (begins_so or not known.refers.isdisjoint(words))):
            return 0
        return FURTHEST if ":" in words[1:3] else 1 if number - 1 in complaints else 2

    def _statements(
        self, document: Document, named: list[Mention], cues: SentenceCues, number: int
    ) -> Iterator[Statement]:
        section = document.sentences[number].section
        plainly = {mention.concept for mention in named if not mention.denied}
        for mention in named:
            category = self.lexicon.categories[mention.concept]
            assertion, affirmed, over = judge(cues, section, mention.first, mention.end, category)
            if mention.parts and category in _TOLD_IN_PARTS and not assertion.cues:
                assertion = self._as_begun(assertion, mention, cues, document)
            assertion = _denied_once(assertion, mention, document)
            if category == "reassuring":
                assertion = _reassuring(assertion, over=over)
            between = mention.parts and cues.denies_between(mention.parts)
            if between and mention.denied:
                continue  # «tonsillene er ikke like» denies no difference
            if between:
                assertion = replace(assertion, polarity=Polarity.NEGATED)
            elif mention.parts and cues.doubts_between(mention.parts):
                assertion = replace(assertion, certainty=Certainty.POSSIBLE)
            if mention.denied and assertion.temporality is Temporality.HISTORICAL and assertion.cues:
                continue  # «før det gikk det som ei klokke» denies nothing of now
            if mention.denied:
                assertion = _denying(assertion, mention, cues, named=mention.concept in plainly)
            elif mention.concept in self._weighed:
                assertion = self._opined(Place(cues, mention.first, mention.end, category, assertion))
            finding = Finding(mention.concept, document.evidence(mention.first, mention.end), assertion)
            yield Statement(finding, number, affirmed, self._unnamed(document, assertion), over)

    def _as_begun(self, said: Assertion, mention: Mention, cues: SentenceCues, document: Document) -> Assertion:
        """The assertion of a term in parts whose beginning is dated or denied before it."""
        begun = judge(cues, cues.section, *mention.parts[0], self.lexicon.categories[mention.concept]).assertion
        if not self._dates(begun.cues, document, mention):
            return said
        # «Ingen skygge, og synet er godt» denies; «står ikke flaggstanga rett» denies no bend.
        before = document.words[max(0, mention.first - 2) : mention.first]
        denied = begun.polarity is Polarity.NEGATED and "ikke" not in before
        return replace(begun, polarity=begun.polarity if denied else said.polarity, certainty=said.certainty)

    def _dates(self, cues: Sequence[Evidence], document: Document, mention: Mention) -> bool:
        """«I fjor døv ...», «over natta i 2013, MR var ren, og hørselen ...»: what is said where the term begins, or a
        year inside it; other words inside are its own («må opp en gang om natten»)."""
        start = document.starts[mention.first]
        return all(cue.end <= start or document.text[cue.start : cue.end].isdecimal() for cue in cues)

    def _matches(self, document: Document, sex: Sex | None = None) -> list[list[Match]]:
        groups = self.lexicon.matches(document)
        if sex is not Sex.FEMALE:  # «mannen» is the patient
            groups = [[m for m in group if "husband" not in m.term.cues] for group in groups]
        return across.with_pronouns(groups, document, sex) if sex else groups

    def statuses(self, text: str, spans: Sequence[tuple[int, int]]) -> list[Status]:
        """The status of exactly these places in the text, in the order given; `present` where there is no word."""
        return [assertion.status for assertion in self.assertions(text, spans)]

    def assertions(self, text: str, spans: Sequence[tuple[int, int]]) -> list[Assertion]:
        """What is said of exactly these places, on all axes."""
        places = self.places(text, spans)
        return [self._opined(place) if place else Assertion() for place in places]

    def _opined(self, place: Place) -> Assertion:
        return self._opinion.of(place) if self._opinion and place.category != WORD else place.assertion

    def places(self, text: str, spans: Sequence[tuple[int, int]]) -> list[Place | None]:
        """What the rules say of exactly these places; None where there is no word."""
        document = read_text(text, self.lexicon.text_rules)
        groups = self._matches(document)
        return [self._place(document, groups, start, end) for start, end in spans]

    def _place(self, document: Document, groups: list[list[Match]], start: int, end: int) -> Place | None:
        first, last = bisect_right(document.ends, start), bisect_left(document.starts, end)
        if first >= last:
            return None
        number = document.sentence_at(document.starts[first])
        sentence = document.sentences[number]
        cues = SentenceCues(document, sentence, groups[number], self._steering, year=across.UNDATED.year)
        last = min(last, sentence.end)
        category = self._category(document, groups[number], first, last)
        assertion = judge(cues, sentence.section, first, last, category).assertion
        place = Place(cues, first, last, category, assertion)
        if self._steering.sentence_adverbs.issuperset(document.words[first:last]):
            # «det hjalp kanskje ikke» denies no «kanskje»
            return place._replace(assertion=replace(assertion, polarity=Polarity.PRESENT))
        past = assertion.temporality is Temporality.HISTORICAL  # «såret grodde» tells that it was there
        kinds = {s.kind for s in cues.governing(first, last, category)}
        past = past or "again" in kinds
        rest = _REST_OF_WORD.match(document.text, end)
        if rest and self._steering.doubts(rest[0].lower(), rest[0].lower()):  # `tumor` in «tumorsuspekt»
            place = place._replace(assertion=replace(assertion, certainty=Certainty.POSSIBLE))
        denying = (
            m for m in groups[number] if {*map(self.lexicon.categories.get, m.term.denies)} - {None, "reassuring"}
        )
        # «Polypper bilat» denies that one side has them: what is named by itself is there.
        named = any(m.term.concepts and m.place == (first, last) for m in groups[number])
        said = (part for m in denying if not (named and m.parts) for part in m.parts or (m.place,))
        undone = "not_done" in kinds and category not in _NEVER_DONE
        inside = undone or (not past and any(start <= first and last <= stop for start, stop in said))
        denied = replace(place.assertion, polarity=Polarity.NEGATED)
        return place._replace(assertion=denied) if inside else place

    def _qualifies(self, match: Match) -> bool:
        return self.lexicon.categories[match.term.concepts[0]] == "qualifier"

    def _category(self, document: Document, matches: list[Match], first: int, end: int) -> str:
        """Of the concept that the place names; else what its last word's ending tells."""
        inside = (m for m in matches if m.term.concepts and m.first < end and m.end > first)
        named = (m.term.concepts for m in inside if m.end >= end or not self._qualifies(m))  # `ny` in «ny prøve»
        if self._steering.denies(document.lower[end - 1]):
            return WORD  # `anfallsfri`, whatever a concept says
        categories = [self.lexicon.categories[concept] for concept in next(named, ())] or [WORD]
        category = "drug" if "drug" in categories else categories[0]  # `metformin`, of whom has diabetes
        last = document.lower[end - 1], document.words[end - 1]
        procedure = any(word.endswith(self._steering.procedure_endings) for word in last)
        return "procedure" if procedure and category in _PERHAPS_PROCEDURES else category


def _denied_once(said: Assertion, mention: Mention, document: Document) -> Assertion:
    """«Det har ikke kommet verken luft eller avføring»: a term that begins with `verken` calls for that denial, and
    «ikke hatt avføring og ikke sluppet luft på tre døgn» denies each for itself."""
    first = mention.first
    listed = document.words[first] == "ikke" and first > 0 and document.words[first - 1] in ("og", ",", "eller")
    calls = (document.words[first] in NEITHER or listed) and not mention.denied
    return replace(said, polarity=Polarity.PRESENT) if calls else said


def _denying(said: Assertion, mention: Mention, cues: SentenceCues, *, named: bool) -> Assertion:
    """What a term that denies says; `named` where the sentence also names what it denies."""
    if cues.is_only_of_late(mention.end):  # «ikke gul før i går», «svelget fint inntil for en måned siden»
        sure = said.certainty if cues.words[mention.first] in NOT else Certainty.POSSIBLE
        return replace(said, polarity=Polarity.PRESENT, certainty=sure)
    # «ingen rette linjer» says that they bend, «ingen rette linjer som bølger seg» that they do not.
    told_more = cues.words[mention.end : mention.end + 1] == ["som"] or named
    twice = not mention.parts and not told_more and cues.denies_next(mention.first)
    return replace(said, polarity=Polarity.PRESENT if twice else Polarity.NEGATED)


def _reassuring(said: Assertion, *, over: bool) -> Assertion:
    """«Såret er grodd», «trukket, smertefri nå»: that it is over is what such a term says, so it is said now."""
    itself = said.polarity is Polarity.NEGATED and not said.cues
    return replace(
        said,
        polarity=Polarity.PRESENT if itself else said.polarity,
        temporality=Temporality.CURRENT if over else said.temporality,
    )


def _owned(value: Measurement, said: Sequence[Statement], cues: SentenceCues) -> Measurement:
    """The value with whose it is: of whom its label is said, or who «har gått ned frå 59 til 51 kg»."""
    start, end = value.evidence.start, value.evidence.end * value.measure.startswith("relative_")  # «far, 48, CRC»
    named = (f.assertion.experiencer for f, *_ in said if f.evidence.start == start or f.evidence.end == end)
    places = range(cues.first, cues.end)
    first = next((i for i in places if cues.document.starts[i] >= value.evidence.start), cues.first)
    owner = next(named, value.experiencer)
    if owner is value.experiencer and cues.has_value(value.evidence):
        owner = judge(cues, Section.NONE, first, first + 1, WORD).assertion.experiencer
    return value if owner is value.experiencer else replace(value, experiencer=owner)


def load_reader(folder: Path, *, cache: Path | None = None) -> Reader:
    """The reader with the lexicon in `folder`. Raises NotReady when a file is missing or wrong."""
    return Reader(load_lexicon(folder, cache=cache), read_learned(folder), read_opinion(folder))
