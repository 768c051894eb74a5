"""Whether a finding is there, whose it is and when: ConText for Norwegian.

A finding has the status of the cues in whose reach it lies (`cues.py`), and of the heading it stands under.
Measured in `tests/nlp/test_hard_cases.py` and, on film reviews, `tests/nlp/test_negation_elsewhere.py`.
"""

from dataclasses import replace
from typing import NamedTuple

from triage.domain.finding import Assertion, Certainty, Experiencer, Polarity, Temporality
from triage.nlp.cues import SentenceCues
from triage.nlp.grammar import POINTERS, SUBJECTS
from triage.nlp.reach import KIN, WORD, Scope
from triage.nlp.text import Section

_OF_A_PLACE = frozenset(("i", "på", "fra", "ved", "av", "under", "og", ","))
_NOT_DONE = frozenset(("ikke", "ikkje", "nei", "aldri", "n", "÷", "ø"))  # of a procedure
_TIMELESS = frozenset(("drug", "social", "referral", "family", "time", "event"))  # «Tidligere:» leaves these alone
_EVENTS = frozenset(("procedure", "drug", "treatment", "history", "event", "condition", WORD))
_OPERATED, _TO_BE, _UNDONE = ("operert", "skopert"), ("bli", "blir", "å", "skal"), ("negates", "not_done", "requested")
_EXPERIENCER = {
    "first_degree": Experiencer.FIRST_DEGREE,
    "relative": Experiencer.FIRST_DEGREE,  # «i slekta» says no degree: the one that can change something
    "second_degree": Experiencer.SECOND_DEGREE,
    "other_person": Experiencer.OTHER,
    "husband": Experiencer.OTHER,
}
_PLAIN = Assertion()
# Bound here, because Python 3.11 is slow to find a member on its class.
_NO_SECTION, _FAMILY, _QUOTED = Section.NONE, Section.FAMILY, Section.QUOTED
_STOPPED, _SUSPECTED = Section.STOPPED, Section.SUSPECTED
_PRESENT, _NEGATED, _CERTAIN, _POSSIBLE = Polarity.PRESENT, Polarity.NEGATED, Certainty.CERTAIN, Certainty.POSSIBLE
_CURRENT, _HISTORICAL, _PATIENT = Temporality.CURRENT, Temporality.HISTORICAL, Experiencer.PATIENT
_OVER = frozenset(("historical_over", "stopped_behind", "stopped_ahead", "dated_lately_behind"))
_TODAY = frozenset(("nå", "dag", "idag", "morges"))
_NOT_OWN = dict.fromkeys((Section.MEDICATION, Section.ALLERGY), ("symptom", "alarm", "finding"))
_PAST = (Section.HISTORY, _QUOTED)


class Judgement(NamedTuple):
    """What is said of a finding; whether a result affirms it; whether it is said to have stopped."""

    assertion: Assertion
    affirmed: bool = False
    over: bool = False


_NOTHING_SAID = Judgement(_PLAIN)


def judge(cues: SentenceCues, section: Section, first: int, end: int, category: str) -> Judgement:
    """What is said of tokens `first` up to `end`, a finding of this category."""
    section = cues.heading or section
    governing = cues.governing(first, end, category)
    before = cues.words[first - 1] if first > cues.first else ""
    # «Lik siden hun ble operert for netthinneløsning i 2014»
    since = "siden" in cues.words[max(0, first - 5) : first] and any(s.kind == "historical_behind" for s in governing)
    since |= before == "siden" and category == "procedure"
    after = category in _EVENTS and (before == "etter" or since)
    operated = category == "procedure" and cues.lower[end - 1].endswith(_OPERATED) and before not in _TO_BE
    after |= operated and not any(s.kind.startswith(_UNDONE) for s in governing)  # `mandeloperert`
    denies = category != "status" and _denies_itself(cues, first, end)  # «i dag smertefri» is over, and is so
    doubts = cues.steering.doubts(cues.lower[end - 1])  # «tumorsuspekt»
    if not (governing or after or denies or doubts) and section is _NO_SECTION and category != "procedure":
        return _NOTHING_SAID
    # What a list names is governed by the same cues, and is judged once.
    said = (section, category, after, denies, doubts, *map(id, governing))
    known: Judgement | None = cues.judged.get(said)
    if known is None:
        known = cues.judged[said] = _judged(
            cues, section, governing, category, after=after, denies=denies, doubts=doubts
        )
    if category in _NOT_OWN.get(section, ()) and cues.tells_of_drug(first):
        return known._replace(assertion=replace(known.assertion, certainty=Certainty.HYPOTHETICAL))
    return known


def _judged(
    cues: SentenceCues,
    section: Section,
    governing: list[Scope],
    category: str,
    *,
    after: bool,
    denies: bool,
    doubts: bool,
) -> Judgement:
    kinds = {s.kind for s in governing}
    if after:  # «ikke smerter etter kuren»: the cure was given
        governing = [s for s in governing if not s.kind.startswith("negates")]
        kinds = {"historical_ahead"}
    if doubts:
        kinds.add("possible_behind")
    assertion = Assertion(
        polarity=_NEGATED if denies or _is_negated(cues, governing, category) else _PRESENT,
        certainty=_certainty(kinds, section),
        temporality=_temporality(kinds, section, category, _ending(cues, governing, category)),
        experiencer=_experiencer(governing, section),
        requested=_is_requested(kinds, section, category),
        cues=tuple(cues.document.evidence(*s.cue) for s in governing),
    )
    affirmed = not kinds.isdisjoint(("affirms_behind", "affirms_ahead"))
    return Judgement(_settled(assertion, kinds), affirmed, over="historical_over" in kinds)


def _is_negated(cues: SentenceCues, governing: list[Scope], category: str) -> bool:
    doubts = (s.cue for s in governing if s.kind == "possible_ahead" and "om" in cues.words[slice(*s.cue)])
    # «kan ikke si sikkert om det er svulst», «kan ikke avgjøre om hun har svulst»
    asked = [i for i, end in doubts if not (SUBJECTS | POINTERS).isdisjoint(cues.words[i + 1 : end + 1])]
    denying = [s for s in governing if s.kind.startswith("negates") and not any(s.cue[1] <= i for i in asked)]
    if any(s.kind.startswith("historical") for s in governing):  # «hadde en blodpropp, den er borte»
        denying = [s for s in denying if cues.words[s.cue[1] - 1] != "borte"]
    if category == "procedure":  # «CT normal» says that it was done, «CT ikke utført» that it was not
        said = ((s, cues.lower[slice(*s.cue)]) for s in denying)
        denying = [s for s, words in said if s.kind != "negates_behind" or not _NOT_DONE.isdisjoint(words)]
    if category in ("procedure", "drug", "treatment", "history", "event", WORD):
        denying += [s for s in governing if s.kind == "not_done"]
    if any(s.kind == "stopped_ahead" for s in governing):  # «kvitt plagene etter at hun sluttet med X»: it was used
        denying = []
    return bool(denying) and not any(s.kind in ("affirms_behind", "again_after_none") for s in governing)


def _denies_itself(cues: SentenceCues, first: int, end: int) -> bool:
    """`smertefri`, `smertefri i magen`, but not `smertefri kul`: there it only describes what is found."""
    denying = cues.denying.intersection(range(first, end)) if cues.denying else ()
    return any(i + 1 == end or cues.words[i + 1] in _OF_A_PLACE for i in denying)


def _certainty(kinds: set[str], section: Section) -> Certainty:
    if not kinds.isdisjoint(("hypothetical_ahead", "hypothetical_behind")):
        return Certainty.HYPOTHETICAL
    if not kinds.isdisjoint(("possible_ahead", "possible_behind")) or section is _SUSPECTED:
        return _POSSIBLE
    return _CERTAIN


def _ending(cues: SentenceCues, governing: list[Scope], category: str) -> frozenset[str]:
    """The kinds that end what a word of today stands beside: «for tre uker siden, men aldri etterpå», «sluttet i går».
    A drug that is stopped today was taken until today."""
    if category != "drug":
        return _OVER
    today = any(s.kind == "current" and cues.words[s.cue[1] - 1] in _TODAY for s in governing)
    return frozenset() if today else _OVER - {"historical_over"}


def _temporality(kinds: set[str], section: Section, category: str, over: frozenset[str]) -> Temporality:
    if section is _QUOTED and category not in _TIMELESS:
        return _HISTORICAL  # «nå» in an older letter was then
    done = category == "procedure" and not kinds.isdisjoint(("done_ahead", "done_behind"))
    done = done and "affirms_behind" not in kinds  # `Campylobacter: påvist`
    if "again" in kinds or ("current" in kinds and not (kinds & over or done)):  # «koloskopert i går» is done
        return _CURRENT
    past = any(kind.startswith(("historical", "stopped", "tried", "given", "dated")) for kind in kinds)
    under_heading = section in _PAST and category not in _TIMELESS
    under_heading |= section is _STOPPED and category in ("drug", WORD)
    return _HISTORICAL if past or under_heading or done else _CURRENT


def _experiencer(governing: list[Scope], section: Section) -> Experiencer:
    kin = [s for s in governing if s.kind in KIN]
    if kin:
        return _EXPERIENCER[max(kin, key=lambda s: (s.cue[0], s.kind != "relative")).kind]
    return Experiencer.FIRST_DEGREE if section is _FAMILY else _PATIENT


def _is_requested(kinds: set[str], section: Section, category: str) -> bool:
    asked = not kinds.isdisjoint(("requested_ahead", "requested_behind"))
    if category != "procedure":
        undone = ("historical", "possible", *(("negates",) if category == "drug" else ()))  # «treng ikkje kortison»
        return asked and not any(kind.startswith(undone) for kind in kinds)
    if asked:
        return True
    done = any(kind.startswith(("done", "historical", "negates", "not_done")) for kind in kinds)
    return not done and section not in _PAST


def _settled(assertion: Assertion, kinds: set[str]) -> Assertion:
    """A denial inside a hedge wins (`trolig ikke`); a hedge that holds a denial does (`kan ikke utelukkes`)."""
    hedged = assertion.certainty is _POSSIBLE and "possible_behind" not in kinds
    if assertion.polarity is _NEGATED and hedged:
        return replace(assertion, certainty=_CERTAIN)
    return assertion
