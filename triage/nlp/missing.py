"""Decisive facts that the letter does not state, each as a question for the phone: `lexicon/decisive.yaml`.

Stated means said of the patient in any way, also denied or unknown to the referrer; a plan («F-Hb tas neste uke»), a
relative's or an old value («Hb 13,8 i 2014») is not. A missing fact never justifies a refusal: it is asked for, and the
clock runs on.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from triage.domain.finding import Experiencer, MissingFact, Status, Temporality
from triage.nlp.alarm import Letter, Statement

_NOT_HERE = (Status.FAMILY, Status.REQUESTED)
_NOT_NOW = (*_NOT_HERE, Status.HISTORICAL)


def missing_facts(
    letter: Letter, requested: str, problems: Sequence[Mapping[str, Any]], labels: Mapping[str, str]
) -> tuple[MissingFact, ...]:
    """What to ask, most decisive first, for the first problem that fits the letter: what is asked for before what is
    only named, unless that is a danger («Tinnitus. Har også vært hes i det siste»)."""
    fitting = [p for p in problems if p["area"] == letter.area and _fits(p["when"], letter, requested)]
    first = (p for p in fitting if p.get("danger") or _asked(p["when"], requested))
    problem = next(first, fitting[0] if fitting else None)
    return tuple(_unstated(problem, letter, labels)) if problem else ()


def _unstated(problem: Mapping[str, Any], letter: Letter, labels: Mapping[str, str]) -> Iterator[MissingFact]:
    for name, item in problem["ask"].items():
        if _applies(item, letter) and not _stated(item, letter):
            label = item.get("label") or labels[f"{problem['profile']}.{name}"]
            nynorsk = item.get("label_nn", ""), item.get("question_nn", "")
            yield MissingFact(name, label, item["question"], True, *nynorsk)


def _asked(when: Mapping[str, Any], requested: str) -> bool:
    return any(word in requested for word in when.get("requested", ()))


def _fits(when: Mapping[str, Any], letter: Letter, requested: str) -> bool:
    if "age_below" in when and (letter.age is None or letter.age >= when["age_below"]):
        return False
    holds = any(s.may_hold for s in letter.told(when.get("present", ())))
    if "present" in when and "requested" in when and letter.area == "endoscopy":
        return holds and _asked(when, requested)
    return holds or _asked(when, requested) or "always" in when


def _applies(item: Mapping[str, Any], letter: Letter) -> bool:
    if "if_over" in item and (letter.age is None or letter.age <= item["if_over"]):
        return False
    moot = any(s.finding.status is not Status.NEGATED for s in letter.told(item.get("moot", ())))
    return not moot and ("if_present" not in item or letter.said_anywhere(item["if_present"]))


def _stated(item: Mapping[str, Any], letter: Letter) -> bool:
    now = [s.finding.status not in _NOT_NOW for s in letter.told(item.get("now", ()))]
    values = [m for m in letter.measurements if m.measure in item.get("measures", ()) and (any(now) or not now)]
    valued = any(m.experiencer is Experiencer.PATIENT and m.temporality is Temporality.CURRENT for m in values)
    not_told = _NOT_NOW if "now" in item else _NOT_HERE
    lasts = bool(item.get("duration") and letter.lasts)
    return (
        lasts
        or valued
        or any(s.finding.status not in not_told or _done(s) for s in letter.told(item.get("concepts", ())))
    )


def _done(said: Statement) -> bool:
    """«Ultralyd: lymfeknute 2 cm»: a procedure that nothing asks for."""
    return said.finding.status is Status.REQUESTED and not said.finding.assertion.cues
