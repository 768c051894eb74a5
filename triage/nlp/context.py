"""What the sender did not code: the written form of Norwegian, the department's field, what is asked for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from triage.domain.finding import Status
from triage.domain.referral import Area, Language
from triage.nlp.alarm import Letter, Statement
from triage.nlp.text import Document

_EVERYWHERE = frozenset(("social", "history", "qualifier", "drug", "family", "referral"))


def language_of(document: Document, own_words: Mapping[str, Sequence[str]]) -> Language:
    """The form whose own words (by `nn` and `nb`) are used most; bokmål when there are none."""
    used = {form: sum(map(frozenset(words).__contains__, document.lower)) for form, words in own_words.items()}
    return Language.NYNORSK if used["nn"] > used["nb"] else Language.BOKMAL


def area_of(statements: Sequence[Statement], areas: Mapping[str, str], categories: Mapping[str, str]) -> Area | None:
    """The field that most of the named complaints belong to; None when nothing of any field is named."""
    telling = (s.concept for s in statements if categories[s.concept] not in _EVERYWHERE)
    counts = Counter(areas[concept] for concept in telling if concept in areas)
    return Area(max(counts, key=counts.__getitem__)) if counts else None


def requested_of(letter: Letter, lines: Sequence[Mapping[str, Any]]) -> str:
    """What is asked for, by `requests.yaml`; both scopes when both are asked for; empty when nothing tells."""
    asked = [line for line in lines if _names(letter, line["concepts"], Status.REQUESTED)]
    if {"gastroscopy", "colonoscopy"} <= {line["requested"] for line in asked}:
        return "gastroscopy+colonoscopy"
    named = [line for line in lines if _names(letter, line["concepts"], Status.PRESENT, Status.POSSIBLE)]
    return str((asked or named)[0]["requested"]) if asked or named else ""


def _names(letter: Letter, concepts: Sequence[str], *statuses: Status) -> bool:
    return any(s.finding.status in statuses for s in letter.told(concepts))
