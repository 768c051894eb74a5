"""Which concepts of the lexicon are named, and where. Names only: what is said of them is `assertion.py`'s business."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triage.nlp.lexicon import Acronym, Denial, Lexicon, Match, NearSlot
from triage.nlp.text import Document, Sentence


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept at tokens `first` up to `end`."""

    concept: str
    first: int
    end: int
    denied: bool = False  # the words themselves deny it


def by_sentence(matches: Iterable[Match], sentences: Sequence[Sentence], tokens: int) -> list[list[Match]]:
    """The matches of each sentence; a term never runs from one sentence into the next."""
    sentence_of = [0] * tokens
    for number, sentence in enumerate(sentences):
        sentence_of[sentence.first : sentence.end] = [number] * (sentence.end - sentence.first)
    groups: list[list[Match]] = [[] for _ in sentences]
    for match in matches:
        if sentence_of[match.first] == sentence_of[match.end - 1]:
            groups[sentence_of[match.first]].append(match)
    return groups


def mentions(matches: list[Match], document: Document) -> list[Mention]:
    """Concepts named in one sentence, in order; of overlapping terms of one concept the longest stays."""
    found = [Mention(role, m.first, m.end) for m in matches for role in m.roles if isinstance(role, str)]
    found += [
        Mention(r.concept, m.first, m.end, denied=True) for m in matches for r in m.roles if isinstance(r, Denial)
    ]
    found += [
        Mention(r.concept, m.first, m.end)
        for m in matches
        for r in m.roles
        if isinstance(r, Acronym) and _in_capitals(m, document)
    ]
    kept: list[Mention] = []
    last_end: dict[str, int] = {}
    for mention in sorted(found, key=lambda m: (m.first, -m.end)):
        if mention.first >= last_end.get(mention.concept, 0):
            kept.append(mention)
            last_end[mention.concept] = mention.end
    return kept


def _in_capitals(match: Match, document: Document) -> bool:
    return document.text[document.starts[match.first] : document.ends[match.end - 1]].isupper()


def near(matches: list[Match], lexicon: Lexicon) -> list[Match]:
    """Terms whose parts stand near each other, in order, in one sentence: `gått` … `ned` … `kg`, `kan ikke` … `utelukke`."""
    slots: defaultdict[int, defaultdict[int, list[Match]]] = defaultdict(lambda: defaultdict(list))
    for match in matches:
        for role in match.roles:
            if isinstance(role, NearSlot):
                slots[role.rule][role.slot].append(match)
    found = []
    for number, filled in slots.items():
        rule = lexicon.near_rules[number]
        if len(filled) == rule.slots:
            chains = _chains(filled, rule.slots, rule.gap)
            found += [Match(first, end, (rule.role,), apart=True) for first, end in chains]
    return found


def _chains(filled: defaultdict[int, list[Match]], slots: int, gap: int) -> list[tuple[int, int]]:
    """Every way to take one match a slot, in order, with at most `gap` tokens between two: first token and end."""
    chains = [(m.first, m.end) for m in filled[0]]
    for slot in range(1, slots):
        chains = [(first, m.end) for first, end in chains for m in filled[slot] if 0 <= m.first - end <= gap]
    return chains
