"""Decisive facts that the letter does not state, each as a question for the phone: `lexicon/decisive.yaml`.

Stated means named in any way, also denied or unknown to the referrer. A missing fact never justifies a refusal: it is
asked for, and the clock runs on.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from triage.domain.finding import MissingFact
from triage.nlp.alarm import Letter


def missing_facts(
    letter: Letter, requested: str, problems: Sequence[Mapping[str, Any]], labels: Mapping[str, str]
) -> tuple[MissingFact, ...]:
    """What to ask, most decisive first, for the first problem that fits the letter."""
    problem = next((p for p in problems if p["area"] == letter.area and _fits(p["when"], letter, requested)), None)
    return tuple(_unstated(problem, letter, labels)) if problem else ()


def _unstated(problem: Mapping[str, Any], letter: Letter, labels: Mapping[str, str]) -> Iterator[MissingFact]:
    for name, item in problem["ask"].items():
        if _applies(item, letter) and not _stated(item, letter):
            label = item.get("label") or labels[f"{problem['profile']}.{name}"]
            nynorsk = item.get("label_nn", ""), item.get("question_nn", "")
            yield MissingFact(name, label, item["question"], True, *nynorsk)


def _fits(when: Mapping[str, Any], letter: Letter, requested: str) -> bool:
    if "age_below" in when and (letter.age is None or letter.age >= when["age_below"]):
        return False
    named = any(letter.told(when.get("concepts", ())))
    holds = any(s.may_hold for s in letter.told(when.get("present", ())))
    asked = any(word in requested for word in when.get("requested", ()))
    if "present" in when and "requested" in when and letter.area == "endoscopy":
        return holds and asked
    return named or holds or asked or not when


def _applies(item: Mapping[str, Any], letter: Letter) -> bool:
    if "if_over" in item and (letter.age is None or letter.age <= item["if_over"]):
        return False
    return "if_present" not in item or letter.said_anywhere(item["if_present"])


def _stated(item: Mapping[str, Any], letter: Letter) -> bool:
    lasts = bool(item.get("duration") and letter.weeks)
    valued = any(m.measure in item.get("measures", ()) for m in letter.measurements)
    return lasts or valued or any(letter.told(item.get("concepts", ())))
