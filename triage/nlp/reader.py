"""Referral → Reading. The one place where the parts of the reader meet, in order."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from triage.domain.finding import Assertion, Evidence, Finding, Measurement, Polarity, Reading, Status
from triage.domain.referral import Area, Referral
from triage.nlp.alarm import Letter, Statement, features
from triage.nlp.assertion import judge
from triage.nlp.cues import WORD, SentenceCues, load_steering
from triage.nlp.context import area_of, language_of, requested_of
from triage.nlp.concepts import Mention, by_sentence, mentions, near
from triage.nlp.lexicon import Denial, Lexicon, Match, load_lexicon
from triage.nlp.missing import missing_facts
from triage.nlp.text import Document, read_text
from triage.nlp.values import SentenceValues, load_quantities

_UNDATED = date(2026, 1, 1)  # only years before the last two are read as history in an undated letter


class Reader:
    """Reads referrals with one lexicon. It keeps nothing of what it has read but word forms, so it may be shared."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.version = lexicon.version
        self._steering = load_steering(lexicon)
        self._quantities = load_quantities(lexicon)
        self._labels = {
            f"{profile['id']}.{item['id']}": item["label"]
            for profile in lexicon.data["required_content"]["profiles"]
            for item in profile["items"]
        }

    def read(self, referral: Referral) -> Reading:
        """Everything the letter says, with its places. Pure: the same referral gives the same reading."""
        document = read_text(referral.text, self.lexicon.text_rules)
        letter = self._letter(document, referral)
        data = self.lexicon.data
        requested = referral.requested or requested_of(letter.by_concept, data["requests"][letter.area])
        return Reading(
            area=letter.area,
            requested=requested,
            language=referral.language or language_of(document),
            findings=tuple(s.finding for s in letter.statements),
            measurements=letter.measurements,
            features=features(letter, data[f"{letter.area}_features"]),
            missing=missing_facts(letter, requested, data["decisive"], self._labels),
            lexicon=self.version,
        )

    def _letter(self, document: Document, referral: Referral) -> Letter:
        statements: list[Statement] = []
        measurements: list[Measurement] = []
        weeks: dict[int, list[float]] = {}
        for number, (sentence, matches) in enumerate(zip(document.sentences, self._matches(document), strict=True)):
            values = SentenceValues(document, sentence, self._quantities, sent=referral.sent_date)
            weeks[number] = [d.weeks for d in values.durations()]
            measurements += values.measurements(matches)
            named = mentions(matches, document)
            if named:
                year = (referral.sent_date or _UNDATED).year
                cues = SentenceCues(document, sentence, matches, self._steering, year=year)
                statements += self._statements(document, named, cues, number)
        by_concept: defaultdict[str, list[Statement]] = defaultdict(list)
        for statement in statements:
            by_concept[statement.concept].append(statement)
        return Letter(
            area=referral.area or area_of(statements, self.lexicon.areas) or Area.ENDOSCOPY,
            age=referral.age,
            sex=referral.sex,
            statements=tuple(statements),
            measurements=tuple(measurements),
            weeks={n: w for n, w in weeks.items() if w},
            by_concept=by_concept,
        )

    def _statements(
        self, document: Document, named: list[Mention], cues: SentenceCues, number: int
    ) -> Iterator[Statement]:
        for mention in named:
            category = self.lexicon.concepts[mention.concept].category
            assertion, affirmed = judge(cues, document.sentences[number].section, mention.first, mention.end, category)
            if mention.denied:
                denied = assertion.polarity is Polarity.PRESENT
                assertion = replace(assertion, polarity=Polarity.NEGATED if denied else Polarity.PRESENT)
            place = Evidence(document.starts[mention.first], document.ends[mention.end - 1])
            yield Statement(Finding(mention.concept, place, assertion), number, affirmed)

    def _matches(self, document: Document) -> list[list[Match]]:
        groups = by_sentence(self.lexicon.matches(document.words), document.sentences, len(document.words))
        return [matches + near(matches, self.lexicon) for matches in groups]

    def statuses(self, text: str, spans: Sequence[tuple[int, int]]) -> list[Status]:
        """The status of exactly these places in the text, in the order given; `present` where there is no word."""
        return [assertion.status for assertion in self.assertions(text, spans)]

    def assertions(self, text: str, spans: Sequence[tuple[int, int]]) -> list[Assertion]:
        """What is said of exactly these places, on all axes."""
        document = read_text(text, self.lexicon.text_rules)
        groups = self._matches(document)
        return [self._assertion(document, groups, start, end) for start, end in spans]

    def _assertion(self, document: Document, groups: list[list[Match]], start: int, end: int) -> Assertion:
        tokens = [i for i in range(len(document.words)) if document.starts[i] < end and document.ends[i] > start]
        if not tokens:
            return Assertion()
        number = next(n for n, s in enumerate(document.sentences) if s.first <= tokens[0] < s.end)
        sentence = document.sentences[number]
        cues = SentenceCues(document, sentence, groups[number], self._steering, year=_UNDATED.year)
        first, last = tokens[0], min(tokens[-1] + 1, sentence.end)
        category = self._category(document, groups[number], first, last)
        assertion = judge(cues, sentence.section, first, last, category)[0]
        inside = any(
            m.first <= first and last <= m.end and any(isinstance(r, Denial) for r in m.roles) for m in groups[number]
        )
        return replace(assertion, polarity=Polarity.NEGATED) if inside else assertion

    def _category(self, document: Document, matches: list[Match], first: int, end: int) -> str:
        overlapping = [m for m in matches if m.first < end and m.end > first]
        concepts = [self.lexicon.concepts[role] for m in overlapping for role in m.roles if isinstance(role, str)]
        if concepts:
            return concepts[0].category
        return (
            "procedure"
            if (document.words[end - 1] + " " + document.lower[end - 1]).endswith(self._steering.procedure_endings)
            or document.words[end - 1].endswith(self._steering.procedure_endings)
            else WORD
        )


def load_reader(folder: Path) -> Reader:
    """The reader with the lexicon in `folder`. Raises NotReady when a file is missing or wrong."""
    return Reader(load_lexicon(folder))
