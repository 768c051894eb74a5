"""From what is said to which alarm features hold: `lexicon/features.yaml`, evaluated.

A feature has the status of what names it. For "present" its conditions must hold too: a duration, a companion in the
same sentence, an age. Silence denies nothing. A stated duration that is too short leaves a feature out; an unstated
one leaves it "possible".
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, NamedTuple

from triage.domain.finding import Certainty, Evidence, Experiencer, Feature, Finding, Measurement, Polarity, Status
from triage.domain.referral import Area, Sex
from triage.nlp.text import Document

_OVER_WEEKS = 1  # what stopped more lately than this is not over
FURTHEST = 6  # sentences that `Varighet: 8 dager` speaks of
_NEW = ("nyoppstatt",)
_UNCHANGED = ("uendret", "uendret_lenge", "slik_i_aarevis")
_SUMS_UP = "gjentatt_grunn"  # names a complaint again
_CONFIRMED = "us_bekreftet"
_ASKED = "asked"  # of what may be in several places: «ingen kuler i aksillene» is no answer to «mor kjente en kul»
_RESULT = "us_bekrefter"  # what the doctor or a test says of what others believe
_SURE = "er_sikker"  # «hun er sikker på at det var blod»: no beetroot casts doubt on that
_NEAR_RESULT = 2  # sentences from a belief to it
_NAMING = ("concepts", "tests", "denied_by")
_VALUE = "="  # before the name of a measure, beside the names of concepts
# Bound here, because Python 3.11 is slow to find a member on its class.
_PRESENT, _POSSIBLE, _NEGATED = Status.PRESENT, Status.POSSIBLE, Status.NEGATED
_HISTORICAL, _FAMILY, _REQUESTED = Status.HISTORICAL, Status.FAMILY, Status.REQUESTED
_PATIENT, _DENIED = Experiencer.PATIENT, Polarity.NEGATED
_MAY_HOLD = (_PRESENT, _POSSIBLE)
_HB_LIMIT = {Sex.MALE: 13.0, Sex.FEMALE: 12.0, None: 12.0}  # g/dL, WHO; source uncited in alarm_features.yaml


class Statement(NamedTuple):
    """A finding with its sentence, and whether the letter gives a result for it (a test positive or negative).

    `over`: it says that the complaint has stopped. `kin_unnamed`: of «slekta» or «familien», which another sentence
    may name.
    """

    finding: Finding
    sentence: int
    affirmed: bool = False
    kin_unnamed: bool = False
    over: bool = False

    @property
    def concept(self) -> str:
        return self.finding.concept

    @property
    def holds(self) -> bool:
        return self.finding.status is _PRESENT

    @property
    def may_hold(self) -> bool:
        return self.finding.status in _MAY_HOLD

    def lasting(self, weeks: float) -> "Statement":
        """The same with how long it has lasted."""
        finding = self.finding
        return self._replace(finding=Finding(finding.concept, finding.evidence, finding.assertion, weeks))


def told_beside(here: int, weeks: Mapping[int, Sequence[float]], loose: Mapping[int, int]) -> float | None:
    """How long what sentence `here` names has lasted: the longest time in it, else in the next or the one before, if
    that is `loose`.

    A loose sentence names no complaint, so that its time must belong to another: «Har vart i åtte dager.» It may
    speak of what stands as many sentences before it as `loose` tells.
    """
    near = (here + 1, here - 1, *range(here + 2, here + FURTHEST + 1))
    reaching = (weeks[n] for n in near if weeks.get(n) and n - here <= (loose[n] or -2))
    told = (*weeks.get(here, ()), *next(reaching, ()))
    return max(told) if told else None


@dataclass(frozen=True, slots=True)
class Letter:
    """What the reader got from one letter, as the features need it. `weeks` are durations by sentence.

    `lasts`: whether a time is told of a complaint. `may_hold`: the sentences in which a concept is said to be there, or
    may be. `believed`: what others than the doctor believe, and what is only possible.
    """

    area: Area
    age: int | None
    sex: Sex | None
    statements: tuple[Statement, ...]
    measurements: tuple[Measurement, ...]
    weeks: Mapping[int, Sequence[float]]
    lasts: bool
    by_concept: Mapping[str, Sequence[Statement]]
    may_hold: Mapping[str, Container[int]]
    believed: Collection[Evidence]
    year: int
    # By concepts, because each of their mentions asks, and a letter may have thousands.
    _beside: dict[tuple[str, ...], list[float]] = field(default_factory=dict)
    _lasted: dict[tuple[str, ...], float | None] = field(default_factory=dict)
    _new: dict[tuple[tuple[str, ...], float], tuple[bool, set[int]]] = field(default_factory=dict)

    def told(self, concepts: Iterable[str]) -> Iterator[Statement]:
        """Everything that is said of these concepts."""
        return (s for c in concepts for s in self.by_concept.get(c, ()))

    def said_in(self, sentence: int, concepts: Iterable[str]) -> bool:
        return any(sentence in self.may_hold.get(c, ()) for c in concepts)

    def named_in(self, sentence: int, concepts: Iterable[str]) -> bool:
        """Whether one is named there and not denied: what is old may be dated."""
        return any(s.sentence == sentence and s.finding.status is not _NEGATED for s in self.told(concepts))

    def said_anywhere(self, concepts: Iterable[str | Mapping[str, Any]]) -> bool:
        """Whether the letter may mean one of these concepts for the patient, or gives a value inside one limit."""
        return any(self._says(c) for c in concepts)

    def ends(self, sentence: int, concepts: Iterable[str]) -> bool:
        """Whether one of these is said for certain in this sentence or a later one; before it, when the sentence only
        sums up: «Kulen er borte. Vurdering: kul på halsen.»"""
        sums_up = _SUMS_UP in self.may_hold and self.said_in(sentence, (_SUMS_UP,)) and not self.weeks.get(sentence)
        ended = (s for s in self.told(concepts) if s.holds or s.finding.status is _HISTORICAL)  # «som grodde i vår»
        return any(s.sentence >= sentence or (sums_up and s.holds) for s in ended)

    def tells_new(self, sentence: int, concepts: Sequence[str], *, within_weeks: float = inf) -> bool:
        """Whether this sentence tells of something new, or any tells one of these; not so «kom for tre år siden»."""
        if (key := (tuple(concepts), within_weeks)) not in self._new:
            told = [s for s in self.told({*concepts, *_NEW}) if s.may_hold and (s.finding.weeks or 0) <= within_weeks]
            self._new[key] = any(s.concept in concepts for s in told), {s.sentence for s in told}
        anywhere, sentences = self._new[key]
        return anywhere or sentence in sentences

    def denied_anywhere(self, concepts: Iterable[str]) -> bool:
        return any(s.finding.status is _NEGATED for s in self.told(concepts))

    def silenced(self, spec: Mapping[str, Any]) -> bool:
        """Whether something said anywhere rules the feature out; what is also denied («ufrivillig») does not."""
        said = (c for c in spec.get("unless_anywhere", ()) if self._says(c))
        return any(not isinstance(c, str) or (self.holds_anywhere(c) and not self.denied_anywhere((c,))) for c in said)

    def holds_anywhere(self, concept: str) -> bool:
        return any(s.holds for s in self.told((concept,)))

    def _says(self, concept: str | Mapping[str, Any]) -> bool:
        if isinstance(concept, str):
            return concept in self.may_hold
        return bool(_places(concept, self))

    def bound(self, statement: Statement, concepts: Iterable[str]) -> list[float]:
        """Weeks told beside this mention, else beside any other mention of the same."""
        if statement.finding.weeks is not None:
            return [statement.finding.weeks]
        if (key := tuple(concepts)) not in self._beside:
            told = (s.finding.weeks for s in self.told(key) if s.may_hold)
            self._beside[key] = [weeks for weeks in told if weeks is not None]
        return self._beside[key]

    def duration(self, concepts: Iterable[str]) -> float | None:
        """Weeks that a complaint has lasted: told where it is named or beside it, else the longest in the letter."""
        if (key := tuple(concepts)) not in self._lasted:
            named = (s for s in self.told(key) if s.may_hold)
            told = [s.finding.weeks for s in named if s.finding.weeks is not None]
            self._lasted[key] = max(told or (w for weeks in self.weeks.values() for w in weeks), default=None)
        return self._lasted[key]


class AlarmFeatures:
    """The features of one area (`lexicon/<area>_features.yaml`), by what can state them."""

    def __init__(self, specs: Mapping[str, Mapping[str, Any]]) -> None:
        self._by_name = specs
        self._specs = list(specs.items())
        self._stated_by: defaultdict[str, set[int]] = defaultdict(set)
        for number, (_, spec) in enumerate(self._specs):
            for trigger in (t for way in _ways(spec) for t in _triggers(way)):
                self._stated_by[trigger].add(number)

    def concepts(self) -> Iterator[str]:
        """Those that can state a feature by being there."""
        return (c for spec in self._by_name.values() for way in _ways(spec) for c in way.get("concepts", ()))

    def broader(self, name: str) -> Iterator[str]:
        """Concepts whose denial denies the feature too."""
        return (c for way in _ways(self._by_name[name]) for c in way.get("denied_by", ()))

    def leaves_room(self, name: str, letter: Letter, document: Document, sentence: int) -> bool:
        """Whether the model may say that a sentence tells the feature: the lexicon names nothing of it there, no value
        decides it, what it asks of the letter holds, and nothing says that it is over."""
        if (spec := self._by_name.get(name)) is None:
            return False
        ways = _ways(spec)
        here = {_VALUE + m.measure for m in letter.measurements if document.sentence_at(m.evidence.start) == sentence}
        decided = (not here.isdisjoint(_triggers(way)) for way in ways)  # «to tømminger i døgnet»
        if any(decided) or any(letter.ends(sentence, way.get("ended_by", ())) for way in ways):
            return False
        named = (s for way in ways for key in ("concepts", "unheard_with") for s in letter.told(way.get(key, ())))
        return all(s.sentence != sentence for s in named) and _conditions_without_statement(spec, letter)

    def is_counted(self, name: str, document: Document, sentences: Iterable[int]) -> bool:
        """Whether a number in one of the sentences may decide the feature."""
        decided = any("values" in way for way in _ways(self._by_name[name]))
        return decided and any(map(document.has_number, sentences))

    def heard(self, said: Iterable[tuple[str, Finding]]) -> tuple[Feature, ...]:
        """Features that the model heard, from what is said of each where it was heard."""
        places: defaultdict[str, list[tuple[Status, Evidence, Experiencer]]] = defaultdict(list)
        for name, finding in said:
            if status := _status_heard(finding, self._by_name[name]):
                places[name].append((status, finding.evidence, finding.assertion.experiencer))
        return tuple(feature for name, stated in places.items() for feature in _features(name, stated, only_if=False))

    def of(self, letter: Letter) -> tuple[Feature, ...]:
        """The features that the letter states, each once per status, in the order of the file."""
        said = (*letter.by_concept, *(_VALUE + m.measure for m in letter.measurements))
        numbers = sorted({number for trigger in said for number in self._stated_by.get(trigger, ())})
        found = [(feature, self._specs[n][1]) for n in numbers for feature in _of_feature(*self._specs[n], letter)]
        present = {feature.id for feature, _ in found if feature.status is _PRESENT}
        return tuple(
            f for f, spec in found if f.status is not _PRESENT or present.isdisjoint(spec.get("yields_to", ()))
        )


def _ways(spec: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Those in which the feature can be stated."""
    return (spec, *spec.get("or", ()))


def _triggers(spec: Mapping[str, Any]) -> list[str]:
    """The concepts and measures any of which can state the feature."""
    written = (*spec.get("values", ()), *spec.get("normal", ()))
    limits = (part for limit in written for part in limit.get("all", [limit]))
    return [*_named(spec), *(_VALUE + limit["measure"] for limit in limits)]


def _named(spec: Mapping[str, Any]) -> list[str]:
    return [concept for key in _NAMING for concept in spec.get(key, ())]


def _of_feature(name: str, spec: Mapping[str, Any], letter: Letter) -> list[Feature]:
    if "about" in spec and not any(letter.told(spec["about"])):
        return []
    ways = _ways(spec)
    found = [(way, entry) for way in ways for entry in (*_stated(way, letter), *_measured(way, letter))]
    stated = [entry for way, entry in found if "only" not in way or entry[0] in way["only"]]
    return _features(name, stated, only_if=_only_if(ways, letter))


def _features(name: str, stated: Iterable[tuple[Status, Evidence, Experiencer]], *, only_if: bool) -> list[Feature]:
    evidence: dict[Status, list[Evidence]] = {}
    kin: set[Experiencer] = set()
    for status, place, whose in stated:
        evidence.setdefault(status, []).append(place)
        kin |= {whose} if status is _FAMILY else set()
    return [
        Feature(name, s, tuple(evidence[s]), _nearest(kin) if s is _FAMILY else _PATIENT)
        for s in _kept(evidence, only_if=only_if)
    ]


def _nearest(kin: Container[Experiencer]) -> Experiencer:
    """The nearest relative named; «i slekta» alone is read as the one that can change something."""
    named = (Experiencer.FIRST_DEGREE, Experiencer.SECOND_DEGREE)
    return next((relative for relative in named if relative in kin), Experiencer.FIRST_DEGREE)


def _kept(evidence: Mapping[Status, object], *, only_if: bool) -> list[Status]:
    """What holds now outweighs all else; a doubt outweighs a denial, unless it was only an `if`; the past and a
    denial may stand together."""
    if only_if and _NEGATED in evidence and _PRESENT not in evidence:
        evidence = {status: places for status, places in evidence.items() if status is not _POSSIBLE}
    for decisive in _MAY_HOLD:
        if decisive in evidence:
            return [decisive]
    return [s for s in (_FAMILY, _HISTORICAL, _NEGATED) if s in evidence]


def _only_if(ways: Iterable[Mapping[str, Any]], letter: Letter) -> bool:
    """Every doubt about the feature is an instruction or a fear: «ring ved lysglimt»."""
    named = [s.finding for way in ways for s in letter.told(way.get("concepts", ()))]
    doubts = [f.assertion.certainty for f in named if f.status is _POSSIBLE]
    return bool(doubts) and all(certainty is Certainty.HYPOTHETICAL for certainty in doubts)


def _stated(spec: Mapping[str, Any], letter: Letter) -> list[tuple[Status, Evidence, Experiencer]]:
    if not _in_age(spec, letter):
        return []
    by = _examination(spec, letter) if "examined" in spec and letter.believed else None
    named = (_examined(told, by, spec, letter) for told in letter.told(spec.get("concepts", ())))
    stated = [_entry(status, s) for s in named if (status := _status(s, spec, letter))]
    bare = _MAY_HOLD if _HISTORICAL in spec.get("only", ()) else (*_MAY_HOLD, _HISTORICAL)  # «Hp behandlet i 2014»
    for concept in spec.get("tests", ()):
        results = (
            s
            for s in letter.told((concept,))
            if s.affirmed or s.finding.status not in bare or s.finding.assertion.certainty is Certainty.POSSIBLE
        )
        told = [_entry(status, s) for s in results if (status := _status(s, spec, letter))]
        stated += told[-1:] if spec.get("last_result") else told
    denying = (s for s in letter.told(spec.get("denied_by", ())) if _denies(s, spec))
    return [*stated, *(_entry(_NEGATED, s) for s in denying)]


class _Examination(NamedTuple):
    """What the doctor or a test says of what others believe, in the order of the text. A denial by name and «jeg finner
    det samme» decide wherever they stand after it, «ingenting der» (`near`) only beside it."""

    lasting: Sequence[Statement]
    near: Sequence[Statement]

    def first_after(self, believed: Statement) -> Finding | None:
        end, last = believed.finding.evidence.end, believed.sentence + _NEAR_RESULT
        at, near = (bisect_left(said, end, key=_start) for said in self)
        results = [*self.lasting[at : at + 1], *(s for s in self.near[near : near + 1] if s.sentence <= last)]
        return min(results, key=_start).finding if results else None


def _start(statement: Statement) -> int:
    return statement.finding.evidence.start


def _examination(spec: Mapping[str, Any], letter: Letter) -> _Examination:
    """What can decide this feature."""
    named = () if spec["examined"] == _ASKED else letter.told(_named(spec))
    told = letter.by_concept.get(_RESULT, ())
    lasting = [s for s in named if s.finding.status is _NEGATED and s.finding.evidence not in letter.believed]
    lasting += [s for s in letter.told((_CONFIRMED,)) if s.holds]  # «ennå ikke bekreftet» decides nothing
    lasting += [s for s in told if s.finding.status is not _NEGATED]
    return _Examination(sorted(lasting, key=_start), [s for s in told if s.finding.status is _NEGATED])


def _examined(statement: Statement, by: _Examination | None, spec: Mapping[str, Any], letter: Letter) -> Statement:
    """«Kona mener han har en kul; jeg finner ingen», «jeg er enig»: what is believed is as the examination says."""
    believed = statement.may_hold and statement.finding.evidence in letter.believed
    if by is None or not believed or letter.ends(statement.sentence, spec.get("ended_by", ())):
        return statement
    if (first := by.first_after(statement)) is None:
        return statement
    agreed = first.concept in (_RESULT, _CONFIRMED) and first.status is not _NEGATED
    doubted = spec["examined"] == _POSSIBLE and not agreed
    polarity, sure = _DENIED if not (agreed or doubted) else Polarity.PRESENT, Certainty.CERTAIN
    said = replace(statement.finding.assertion, polarity=polarity, certainty=Certainty.POSSIBLE if doubted else sure)
    return statement._replace(finding=replace(statement.finding, assertion=said))


def _in_age(spec: Mapping[str, Any], letter: Letter) -> bool:
    return "ages" not in spec or (letter.age is not None and spec["ages"][0] <= letter.age <= spec["ages"][1])


def _denies(statement: Statement, spec: Mapping[str, Any]) -> bool:
    said = statement.finding.assertion
    whose = said.experiencer is not _PATIENT if spec.get("family") else statement.finding.status is _NEGATED
    return whose and said.polarity is _DENIED


def _entry(status: Status, statement: Statement) -> tuple[Status, Evidence, Experiencer]:
    whose = Experiencer.OTHER if statement.kin_unnamed else statement.finding.assertion.experiencer
    return status, statement.finding.evidence, whose


def _status(statement: Statement, spec: Mapping[str, Any], letter: Letter) -> Status | None:
    """The statement's status under the feature's conditions; None when it does not state the feature."""
    status = _status_heard(statement.finding, spec)
    return _under_conditions(status, statement, spec, letter) if status in _MAY_HOLD else status


def _status_heard(finding: Finding, spec: Mapping[str, Any]) -> Status | None:
    """The status that the feature takes from what is said in that place alone."""
    status, denied = finding.status, finding.assertion.polarity is _DENIED
    if status is _REQUESTED or finding.assertion.experiencer is Experiencer.OTHER:
        return None
    if status is _FAMILY and spec.get("patient_only"):
        status = _NEGATED if denied else _PRESENT
    if status is _FAMILY:
        return (_NEGATED if denied else _FAMILY) if spec.get("family") else (None if denied else _FAMILY)
    if spec.get("family"):
        return status if status is _NEGATED else None  # «ingen med tarmkreft» is said of the family
    return _PRESENT if status is _HISTORICAL and spec.get("past_counts") else status


def _under_conditions(status: Status, statement: Statement, spec: Mapping[str, Any], letter: Letter) -> Status | None:
    if _is_ruled_out(statement, spec, letter):
        return None
    if _is_over(statement, spec, letter):
        return _HISTORICAL
    beside = (statement.sentence, statement.sentence + 1)
    doubted = any(letter.said_in(sentence, spec.get("doubted_with", ())) for sentence in beside)
    if doubted and not letter.said_in(statement.sentence, (_SURE,)):
        return _POSSIBLE
    return _under_duration(status, statement, spec, letter)


def _is_ruled_out(statement: Statement, spec: Mapping[str, Any], letter: Letter) -> bool:
    weeks, here = statement.finding.weeks, statement.sentence
    return (
        _is_old(statement, spec, letter)
        or ("within_weeks" in spec and (weeks is None or weeks > spec["within_weeks"]))
        or ("with" in spec and not letter.said_in(here, spec["with"]))
        or ("with_anywhere" in spec and not letter.said_anywhere(spec["with_anywhere"]))
        or ("with_beside" in spec and not any(letter.said_in(here + n, spec["with_beside"]) for n in (-1, 0, 1)))
        or not all(letter.said_anywhere(group) for group in spec.get("with_anywhere_all", ()))
        or letter.silenced(spec)
        or letter.denied_anywhere(spec.get("unless_denied", ()))
    )


def _is_old(statement: Statement, spec: Mapping[str, Any], letter: Letter) -> bool:
    """«Munnviken henger som etter Bells i 2014», or in the next sentence: «Slik siden Bells», where no time is told."""
    after = () if letter.weeks.get(statement.sentence) else (statement.sentence + 1,)
    return any(letter.named_in(n, spec.get("old", ())) for n in (statement.sentence, *after))


def _is_over(statement: Statement, spec: Mapping[str, Any], letter: Letter) -> bool:
    """Black stools for three days four weeks ago, and brown now, as the same sentence or the next says."""
    if letter.ends(statement.sentence, spec.get("ended_by", ())):
        return True
    told = [n for n in (statement.sentence, statement.sentence + 1) if letter.said_in(n, spec.get("over_with", ()))]
    # «Svart i tre uker. Sist var i går»: the last time that is told where it is dated
    dated = [weeks[-1] for n in told if (weeks := letter.weeks.get(n)) and letter.said_in(n, ("det_var_da",))]
    return bool(told) and (dated[-1] if dated else statement.finding.weeks or 0) >= _OVER_WEEKS


def _under_duration(status: Status, statement: Statement, spec: Mapping[str, Any], letter: Letter) -> Status | None:
    weeks = letter.duration(spec.get("concepts", ())) if "weeks_over" in spec or "recent_weeks" in spec else None
    if "weeks_over" in spec and (weeks is None or weeks <= spec["weeks_over"]):
        return _POSSIBLE
    if "recent_weeks" in spec:
        same = (*spec.get("concepts", ()), *spec.get("same_as", ()))
        here = letter.weeks.get(statement.sentence) or letter.bound(statement, same)
        others = spec.get("unless_unchanged", ())  # «skygge høyre øye, uendret katarakt siden 2019»
        unchanged = letter.said_in(statement.sentence, _UNCHANGED) and not letter.named_in(statement.sentence, others)
        at, new = statement.sentence, spec.get("new", _NEW)
        lately = others or letter.tells_new(at, new, within_weeks=spec["recent_weeks"])
        if here and min(here) > spec["recent_weeks"] and (unchanged or not lately):
            return _HISTORICAL
        fresh = weeks is not None and weeks <= spec["recent_weeks"]
        if spec.get("needs_new") and not (fresh or letter.tells_new(at, new)):
            return None
    return status


def _measured(spec: Mapping[str, Any], letter: Letter) -> list[tuple[Status, Evidence, Experiencer]]:
    found: list[tuple[Status, Evidence, Experiencer]] = []
    if not _in_age(spec, letter):
        return found
    for limit in spec.get("values", ()):
        places = _places(limit, letter)
        if places and _conditions_without_statement(spec, letter):
            found += [(_PRESENT, place, _PATIENT) for place in places]
    for limit in spec.get("normal", ()):
        found += [(_NEGATED, place, _PATIENT) for place in _places(limit, letter)]
    return found


def _conditions_without_statement(spec: Mapping[str, Any], letter: Letter) -> bool:
    return (
        _in_age(spec, letter)
        and ("with_anywhere" not in spec or letter.said_anywhere(spec["with_anywhere"]))
        and not letter.silenced(spec)
    )


def _places(limit: Mapping[str, Any], letter: Letter) -> list[Evidence]:
    """Where the letter gives a current value inside the limit; for `all`, only when every part has one."""
    if "all" in limit:
        parts = [_places(part, letter) for part in limit["all"]]
        return [place for part in parts for place in part] if all(parts) else []
    return [m.evidence for m in letter.measurements if m.measure == limit["measure"] and _inside(m, limit, letter)]


def _inside(m: Measurement, limit: Mapping[str, Any], letter: Letter) -> bool:
    if m.experiencer is not _PATIENT or m.temporality.value != "current":
        return False
    if m.comparator == "<" and ("above" in limit or "at_least" in limit):
        return False
    if m.comparator == ">" and ("below" in limit or "at_most" in limit):
        return False
    return (
        m.value >= limit.get("at_least", m.value)
        and m.value <= limit.get("at_most", m.value)
        and (m.value > limit["above"] or m.comparator == ">" if "above" in limit else True)
        and (m.value < limit["below"] + (m.comparator == "<") * 1e-9 if "below" in limit else True)
        and (m.value < _HB_LIMIT[letter.sex] if limit.get("below_limit_for_sex") else True)
    )
