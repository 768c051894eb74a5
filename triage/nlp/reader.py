"""Referral → Reading. The one place where the parts of the reader meet, in order."""

from collections.abc import Sequence
from pathlib import Path

from triage.domain.finding import Evidence, Finding, Status
from triage.nlp.assertion import SentenceCues, load_steering
from triage.nlp.concepts import by_sentence, mentions
from triage.nlp.lexicon import Lexicon, load_lexicon
from triage.nlp.text import Document, read_text

_PRESENT_YEAR = 2026


class Reader:
    """Reads referrals with one lexicon. Safe to share: it keeps nothing of what it has read but word forms."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.version = lexicon.version
        self._steering = load_steering(lexicon)

    def findings(self, document: Document, *, year: int) -> tuple[Finding, ...]:
        """Every concept named in the letter, with its status, in order."""
        found: list[Finding] = []
        groups = by_sentence(self.lexicon.matches(document.words), document.sentences, len(document.words))
        for sentence, matches in zip(document.sentences, groups, strict=True):
            named = mentions(matches, self.lexicon)
            if not named:
                continue
            cues = SentenceCues(document, sentence, matches, self._steering, year=year)
            for mention in named:
                category = self.lexicon.concepts[mention.concept].category
                place = Evidence(document.starts[mention.first], document.ends[mention.end - 1])
                found.append(Finding(mention.concept, place, cues.assertion(mention.first, mention.end, category)))
        return tuple(found)

    def statuses(self, text: str, spans: Sequence[tuple[int, int]]) -> list[Status]:
        """The status of exactly these places in the text, in the order given."""
        document = read_text(text, self.lexicon.text_rules)
        groups = by_sentence(self.lexicon.matches(document.words), document.sentences, len(document.words))
        cues: dict[int, SentenceCues] = {}
        statuses = []
        for start, end in spans:
            tokens = [i for i in range(len(document.words)) if document.starts[i] < end and document.ends[i] > start]
            if not tokens:
                statuses.append(Status.PRESENT)
                continue
            number = next(n for n, s in enumerate(document.sentences) if s.first <= tokens[0] < s.end)
            sentence = document.sentences[number]
            if number not in cues:
                cues[number] = SentenceCues(document, sentence, groups[number], self._steering, year=_PRESENT_YEAR)
            last = min(tokens[-1] + 1, sentence.end)
            statuses.append(cues[number].assertion(tokens[0], last, self._category(groups[number], tokens[0], last)).status)
        return statuses

    def _category(self, matches: list, first: int, end: int) -> str:
        inside = [
            self.lexicon.concepts[role].category
            for m in matches
            for role in m.roles
            if isinstance(role, str) and m.first < end and m.end > first
        ]
        return inside[0] if inside else "symptom"


def load_reader(folder: Path) -> Reader:
    return Reader(load_lexicon(folder))
