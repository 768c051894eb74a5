"""What one sentence of a letter says of another: that it is over or back, whose it was, what is measured anew."""

import re
from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from triage.domain.finding import Evidence, Experiencer, Measurement, Status, Temporality
from triage.domain.referral import Area, Sex
from triage.nlp.alarm import Statement
from triage.nlp.calendar import days_told, weeks_between
from triage.nlp.lexicon import Match
from triage.nlp.quantities import UNDATED_YEAR
from triage.nlp.reach import PERSONS
from triage.nlp.text import Document, Section, Sentence
from triage.nlp.values import SentenceValues

_BELIEF = "antatt"
_ANOTHERS, _SELF_WELL, _TELLERS = "gjelder_en_annen", "selv_uten_plager", ("familie", "parorende")
_AGAINST_BELIEF = re.compile(r";|\b(men|jeg|eg|vi)\b")
_DATES_BACK, _IS_BACK = "det_var_da", "hendt_igjen"
_PAST = Temporality.HISTORICAL
_BOTH_EYES = [{"iop", "iop_right", "iop_left"}, {"visus_best", "visus_right", "visus_left"}]
_NEVER_PATIENT = {Sex.FEMALE: "han", Sex.MALE: "hun"}
UNDATED = date(UNDATED_YEAR, 1, 1)  # only years before the last two are read as history in an undated letter


def with_pronouns(groups: list[list[Match]], document: Document, sex: Sex) -> list[list[Match]]:
    """«Broren er oppsagt. Han har vært hes» in a woman's letter: who is not she is who was named last."""
    if (other := _NEVER_PATIENT[sex]) not in document.words:
        return groups
    told: list[list[Match]] = []
    before: list[Match] = []
    for sentence, group in zip(document.sentences, groups, strict=True):
        kin, pronouns = [m for m in group if m.term.cues & PERSONS], list[Match]()
        for i in (i for i in range(sentence.first, sentence.end) if document.words[i] == other):
            begins = i == sentence.first or "," in document.words[i - 1 : i] or "som" in document.words[i + 1 : i + 2]
            if named := [m for m in (*(before if begins else ()), *kin, *pronouns) if m.end <= i]:
                pronouns.append(Match(i, i + 1, named[-1].term))
        told.append([*group, *pronouns])
        before = [*kin, *pronouns]
    return told


def believed(statements: Sequence[Statement], document: Document) -> set[Evidence]:
    """What stands after «kona mener» in the sentence, up to a contrast or what the doctor does; what is possible."""
    held = {s.finding.evidence for s in statements if s.finding.status is Status.POSSIBLE}
    beliefs = [s for s in statements if s.concept == _BELIEF]
    beside = _by_sentence(statements) if beliefs else {}
    for belief in beliefs:
        for said in beside[belief.sentence]:
            between = document.text[belief.finding.evidence.start : said.finding.evidence.start].lower()
            if between and _AGAINST_BELIEF.search(between) is None:
                held.add(said.finding.evidence)
    return held


def seen_again(statements: Sequence[Statement], document: Document, sent: date | None) -> list[Statement]:
    """What was there on one day and is on a later one has lasted from the first: «3/9 kul», «29/10 kulen er der»."""
    days = days_told(document, (sent or UNDATED).year)
    first: dict[str, date] = {}
    for statement in statements:
        if statement.may_hold and statement.sentence in days:
            first.setdefault(statement.concept, days[statement.sentence])
    return [_since(s, first.get(s.concept), days.get(s.sentence, sent)) for s in statements] if first else [*statements]


def _since(statement: Statement, began: date | None, day: date | None) -> Statement:
    if statement.finding.weeks is not None or began is None or day is None or began == day:
        return statement
    return statement.lasting(weeks_between(began, day))


def ended(statements: Sequence[Statement]) -> list[Statement]:
    """What a later sentence says has stopped («oppkastene forsvant») is past where it was first told, too."""
    last = {s.concept: s.sentence for s in statements if s.over}
    return [_told(s, temporality=_PAST) if s.sentence < last.get(s.concept, 0) and s.holds else s for s in statements]


def of_that_year(statements: list[Statement], document: Document) -> list[Statement]:
    """«... ble borte i fem minutter, det var i 2014», also where «Det var i 2014» begins the next sentence."""
    dated = [s for s in statements if s.concept == _DATES_BACK and s.finding.status is Status.HISTORICAL]
    past, beside = set(), _by_sentence(statements) if dated else {}
    for then in dated:
        start = then.finding.evidence.start
        begins = start == document.starts[document.sentences[then.sentence].first]
        past |= {id(s) for s in beside.get(then.sentence - begins, ()) if s.finding.evidence.start < start}
    return [_told(s, temporality=_PAST) if s.holds and id(s) in past else s for s in statements]


def of_another(statements: list[Statement]) -> list[Statement]:
    """«Teppe for øyet. Det var om søstera», «Søster har hatt verk, det lynte. Selv har hun ingen plager»."""
    kin = {s.sentence for s in statements if s.finding.status is Status.FAMILY and s.concept not in _TELLERS}
    well = {s.sentence - 1 for s in statements if s.concept == _SELF_WELL} & kin
    theirs = well | {s.sentence - 1 for s in statements if s.concept == _ANOTHERS and s.holds}
    whose = Experiencer.SECOND_DEGREE  # which relative is not told: it must not raise
    return [_told(s, experiencer=whose) if s.holds and s.sentence in theirs else s for s in statements]


def _by_sentence(statements: Sequence[Statement]) -> dict[int, list[Statement]]:
    told: defaultdict[int, list[Statement]] = defaultdict(list)
    for statement in statements:
        told[statement.sentence].append(statement)
    return told


def back_again(statements: list[Statement]) -> list[Statement]:
    """«Dobbeltsyn i 2020. Det kom igjen på lørdag»: what the next sentence says is back is there now."""
    back = {s.sentence - 1 for s in statements if s.concept == _IS_BACK and s.finding.status is not Status.NEGATED}
    return [_told(s, temporality=Temporality.CURRENT) if s.sentence in back else s for s in statements]


def as_quoted(valued: list[Measurement], sentence: Sentence) -> list[Measurement]:
    """What an older letter measured was then, whatever it says of now."""
    quoted = sentence.section is Section.QUOTED
    return [replace(value, temporality=Temporality.HISTORICAL) for value in valued] if quoted else valued


def anew(
    earlier: list[Measurement],
    valued: list[Measurement],
    values: SentenceValues,
    dated: Container[Evidence],
    area: Area | None,
) -> tuple[list[Measurement], list[Measurement]]:
    """«Hb 9,8 i januar ... Hb nå 13,5», «Hb 14,1 i vår. Nå 10,2»: what a later sentence measures today ends what is
    `dated` before, and so does «Nå normal.». An undated value stands, and nobody else's value ends the patient's. Of
    eyes, both must be measured."""
    if not earlier or not values.tells_today() or (area is Area.EYE and {m.measure for m in valued} not in _BOTH_EYES):
        return earlier, valued
    valued = valued or values.of_today(earlier[-1].measure)
    own = [m for m in valued if m.experiencer is Experiencer.PATIENT]
    measured = {m.measure for m in own if m.temporality is Temporality.CURRENT}
    measured |= {earlier[-1].measure} if not valued and values.is_normal_now() else set()
    over = [m.measure in measured and m.evidence in dated for m in earlier]
    past = [
        replace(m, temporality=Temporality.HISTORICAL) if ends else m for m, ends in zip(earlier, over, strict=True)
    ]
    return past, valued


def _told(statement: Statement, **said: Any) -> Statement:
    finding = statement.finding
    return statement._replace(finding=replace(finding, assertion=replace(finding.assertion, **said)))
