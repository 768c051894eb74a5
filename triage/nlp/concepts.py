"""Which concepts of the lexicon are named, and where. Names only: what is said of them is `assertion.py`'s business."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from triage.nlp.grammar import NEITHER
from triage.nlp.lexicon import Match
from triage.nlp.text import Document

_UNDOING = frozenset(("ikke", "aldri", "ute", "utenfor", "over", "forbi", "men", "bare"))
_ANEW, _DENYING = [",", "nå"], NEITHER | {"ikke"}
_FINE = frozenset(("normal", "ua", "fin", "god", "bra", "ok", "symmetrisk", "lik", "intakt"))
_SUCH_AS = frozenset(("herund", "også", "medrekn", "medregn", "inkludert", "inkl", "særlig", "spesielt"))
_JOINING = frozenset(("og", "eller", "i", "/"))
_APART = 2  # parts of a term that do not stand together


class Mention(NamedTuple):
    """A concept at tokens `first` up to `end`."""

    concept: str
    first: int
    end: int
    denied: bool = False  # the words themselves deny it
    parts: tuple[tuple[int, int], ...] = ()  # where its parts stand, when they stand apart


def mentions(matches: list[Match], document: Document, hides: Mapping[str, Sequence[str]]) -> list[Mention]:
    """Concepts named in one sentence, in order; of overlapping terms of one concept the longest stays."""
    found: list[Mention] = []
    for m in matches:
        term = m.term
        if term.concepts and not _begins_elsewhere(m, document):
            found += [Mention(concept, m.first, m.end, parts=m.parts) for concept in term.concepts]
        if term.denies and not (_is_undone(m, document) or _begins_elsewhere(m, document)):
            found += [Mention(concept, m.first, m.end, denied=True, parts=m.parts) for concept in term.denies]
        if term.acronyms and _in_capitals(m, document):
            found += [Mention(concept, m.first, m.end) for concept in term.acronyms]
    if len(found) <= 1:
        return found
    longer = [(m, hides[m.concept]) for m in found if m.concept in hides]
    if longer:
        found = [m for m in found if not any(m.concept in names and _is_part(m, of, document) for of, names in longer)]
    denials = [m for m in found if m.denied]
    if denials:
        found = [m for m in found if not any(_is_denied_by(m, denial, document) for denial in denials)]
    kept: list[Mention] = []
    last_end: dict[str, int] = {}
    for mention in sorted(found, key=_place):
        if mention.first >= last_end.get(mention.concept, 0):
            kept.append(mention)
            last_end[mention.concept] = mention.end
    return kept


def _begins_elsewhere(m: Match, document: Document) -> bool:
    """«Ikke hes, svelger vann»: the «ikke» of «ikke … svelger … vann» has denied something else before the comma;
    or «Tymp A bilat. Voks fjernet»: the words are of two sentences."""
    if len(m.parts) < _APART:
        return False
    if any(_is_stop(i, document) for gap in m.gaps() for i in gap):
        return True
    (first, after), (then, _) = m.parts[:2]
    return _DENYING.issuperset(document.words[first:after]) and "," in document.words[after + 1 : then]


def _is_undone(m: Match, document: Document) -> bool:
    """«Får ikke ned maten», «aldri hatt migrene, nå lysglimt»: words that deny, with what undoes them in between; and
    in «CRP normal, skjevt ansikt» it was the CRP that is normal."""
    between = [document.words[i : i + 2] for gap in m.gaps() for i in gap]
    undone = any(words[0] in _UNDOING or words == _ANEW for words in between)
    if undone or not m.parts or m.first == 0 or document.words[m.first] not in _FINE:
        return undone
    before, comma = document.words[m.first - 1], document.words[m.first + 1]
    return comma == "," and before not in (",", ".", ":", ";") and document.words[m.first + 2] not in _SUCH_AS


def _is_stop(i: int, document: Document) -> bool:
    """A stop before a capital, behind an abbreviation that keeps the sentence open."""
    return document.words[i] == "." and document.text[document.starts[i + 1]].isupper()


def _is_part(m: Mention, of: Mention, document: Document) -> bool:
    """`oppkast` inside `blodig oppkast`; or `blodig … avføring` in «blodig oppkast eller svart avføring», whose first
    word is part of another term, while «blod i oppkast og avføring» tells of both."""
    apart = m.parts and not (m.denied or of.denied or of.parts or document.words[m.parts[-1][0] - 1] in _JOINING)
    return _is_inside((m.first, m.end), of) or bool(apart and _is_inside(m.parts[0], of))


def _is_inside(place: tuple[int, int], of: Mention) -> bool:
    first, end = place
    return of.first <= first and end <= of.end and of.end - of.first > end - first


def _is_denied_by(m: Mention, denial: Mention, document: Document) -> bool:
    """`ser ... dobbelt` in «ser ikke dobbelt»: the words that deny hold its last part."""
    if m.denied or not m.parts or m.concept != denial.concept:
        return False
    if m.first <= denial.first and any(_DENYING & {*document.words[first:end]} for first, end in m.parts):
        return False  # «stemmen har ikke vært god» tells more than «stemmen ... god», «verken mat eller drikke går ned»
    return denial.first <= m.parts[-1][0] and m.end <= denial.end


def _place(mention: Mention) -> tuple[int, int, int, bool]:
    return mention.first, -mention.end, -len(mention.parts), not mention.denied


def _in_capitals(match: Match, document: Document) -> bool:
    return document.text[document.starts[match.first] : document.ends[match.end - 1]].isupper()
