"""The text layer: pieces with their places, sentences, sections. No meaning yet.

One regular expression cuts the text into pieces that together are the whole text, so that places follow from lengths
alone. Line breaks, abbreviations and headings decide where a sentence ends, because dictated and pasted letters have
no other punctuation to go by.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from triage.nlp.words import WordForms

PIECE = re.compile(
    r"[^\W\d_]{4,}| (?! |\n)"  # most of a letter: words and single blanks
    r"|\s*\n\s*"  # a line break, with the blanks around it
    r"|\s+"
    r"|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})(?!\d)|\d{4}-\d{2}-\d{2}"  # dates
    r"|-+>|=+>"  # arrows
    r"|\.{4,}|…{2,}|_{4,}"  # leaders: `Vekttap ........ nei`
    r"|\d+(?:[.,]\d+)*"
    r"|(?:[^\W\d_]{1,3}\.){2,}(?![^\W\d_])"  # u.a., m.t.p., H.p.
    r"|[^\W\d_]+"
    r"|.",
    re.DOTALL,
)
_DICTATED = frozenset(("punktum", "komma"))
_SPOKEN = {"punktum": ".", "komma": ",", "spørsmålstegn": "?", "nytt avsnitt": "\n", "ny linje": "\n"}
_QUOTATION = re.compile(r"([^\n«»\"]{5,120}:)\s*[«\"][^«»\"]{60,}[»\"]")
_LONGEST_SENTENCE = 200  # tokens; text without a stop, as some dictate, is read in stretches of this length
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u2007\u202f", " "),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019", "'"),
        **dict.fromkeys("\u201c\u201d", '"'),
        **dict.fromkeys(_INVISIBLE, ""),
    }
)


class Section(StrEnum):
    """What kind of text a heading opens; some kinds set the status of what stands below."""

    NONE = "none"
    CURRENT = "current"
    HISTORY = "history"
    FAMILY = "family"
    SOCIAL = "social"
    MEDICATION = "medication"
    ALLERGY = "allergy"
    FINDINGS = "findings"
    LABS = "labs"
    QUESTION = "question"
    SUSPECTED = "suspected"  # «Mistenker:», «Obs:»
    STOPPED = "stopped"  # «Seponert:»
    PLAN = "plan"
    QUOTED = "quoted"  # an older letter pasted in: history, whatever its own headings say
    FORMAL = "formal"  # addresses, interpreters, greetings


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens `first` up to `end`, and the section they stand in."""

    first: int
    end: int
    section: Section


@dataclass(frozen=True, slots=True)
class TextRules:
    """The part of the lexicon that this layer needs; see `lexicon/text.yaml`."""

    words: WordForms
    never_ends: frozenset[str]  # abbreviations after which the sentence goes on
    headings: Mapping[tuple[str, ...], Section]
    longest_heading: int
    numbers: Mapping[str, float]  # words for them, for letters that were dictated
    pasted: re.Pattern[str]  # what announces that an older letter follows


@dataclass(frozen=True, slots=True)
class Document:
    """A letter as tokens: `lower[i]` and `words[i]` (its normal form) stand at `text[starts[i]:ends[i]]`."""

    text: str
    lower: list[str]
    words: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[Sentence]


def read_text(text: str, rules: TextRules) -> Document:
    """Cut `text` into tokens and sentences; linear in its length."""
    plain, places = _plain(text)
    pieces = _pieces(_lowered(plain), rules)
    offsets = list(accumulate(map(len, pieces), initial=0))
    kept = [i for i, piece in enumerate(pieces) if not piece.isspace() or "\n" in piece]
    kept = [i for i in kept if pieces[i] != "-" or not _is_inner_hyphen(pieces, i)]
    lower = [_as_sign(pieces[i], rules) for i in kept]
    starts = [offsets[i] for i in kept]
    ends = [offsets[i + 1] for i in kept]
    if places is not None:
        starts, ends = [places[s] for s in starts], [places[e - 1] + 1 for e in ends]
    return _without_breaks(text, lower, (starts, ends), _sentences(text, lower, starts, rules), rules)


def _pieces(lowered: str, rules: TextRules) -> list[str]:
    """The pieces of a text; of a dictated one, `tretten komma seks` and `ny linje` are one piece each."""
    pieces = PIECE.findall(lowered)
    if _DICTATED.isdisjoint(pieces):
        return pieces
    spoken = re.compile(rf"\w+ komma \w+|nytt avsnitt|ny linje|{PIECE.pattern}", re.DOTALL)
    found = spoken.findall(lowered)
    return [part for piece in found for part in ([piece] if _is_one(piece, rules) else PIECE.findall(piece))]


def _is_one(piece: str, rules: TextRules) -> bool:
    whole, comma, part = piece.partition(" komma ")
    return not comma or (whole in rules.numbers and part in rules.numbers)


def _as_sign(piece: str, rules: TextRules) -> str:
    """The piece, or the one sign that stands for what is written, or dictated, in several ways."""
    if piece.isspace():
        return "\n"
    if " komma " in piece:
        whole, part = piece.split(" komma ")
        return f"{rules.numbers[whole]:.0f},{rules.numbers[part]:.0f}"
    if piece in _SPOKEN:
        return _SPOKEN[piece]
    if piece.endswith(("->", "=>")):
        return "→"
    return ":" if len(piece) > 1 and piece[0] in "._…" else piece


def _without_breaks(
    text: str, lower: list[str], places: tuple[list[int], list[int]], sentences: list[Sentence], rules: TextRules
) -> Document:
    """Drop the line breaks once they have done their work, so that a term may stand on two lines."""
    left = [i for i, piece in enumerate(lower) if piece != "\n"]
    index = list(accumulate((piece != "\n" for piece in lower), initial=0))
    kept = [lower[i] for i in left]
    kept_starts, kept_ends = [places[0][i] for i in left], [places[1][i] for i in left]
    return Document(
        text=text,
        lower=kept,
        words=_with_number_signs(rules.words.of(kept), kept_starts, kept_ends),
        starts=kept_starts,
        ends=kept_ends,
        sentences=[Sentence(index[s.first], index[s.end], s.section) for s in sentences],
    )


def _with_number_signs(words: list[str], starts: list[int], ends: list[int]) -> list[str]:
    """Every number is `#`, except one that belongs to a name (B12, x2)."""
    for i, word in enumerate(words):
        if word[0].isdecimal() and not (i > 0 and ends[i - 1] == starts[i] and words[i - 1][-1].isalpha()):
            words[i] = "#"
    return words


def _is_inner_hyphen(pieces: list[str], i: int) -> bool:
    return pieces[i] == "-" and 0 < i < len(pieces) - 1 and pieces[i - 1][-1].isalpha() and pieces[i + 1][0].isalpha()


def _lowered(text: str) -> str:
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)  # İ would grow by one


def _plain(text: str) -> tuple[str, list[int] | None]:
    """Composed letters and plain signs, with the place of each character in the source (None when nothing moved)."""
    if unicodedata.is_normalized("NFC", text) and not any(sign in text for sign in _INVISIBLE):
        return text.translate(_PLAIN), None
    plain: list[str] = []
    places: list[int] = []
    for place, cluster in _clusters(text):
        replacement = unicodedata.normalize("NFC", cluster).translate(_PLAIN)
        plain.append(replacement)
        places.extend([place] * len(replacement))
    return "".join(plain), places


def _clusters(text: str) -> list[tuple[int, str]]:
    """Each character together with the combining marks that follow it."""
    clusters: list[tuple[int, str]] = []
    for place, character in enumerate(text):
        if unicodedata.combining(character) and clusters:
            first, cluster = clusters[-1]
            clusters[-1] = (first, cluster + character)
        else:
            clusters.append((place, character))
    return clusters


def _sentences(text: str, lower: list[str], starts: list[int], rules: TextRules) -> list[Sentence]:
    """Sentences without their line breaks; each has the section of the heading that governs it."""
    sentences: list[Sentence] = []
    quotations = [(m.end(1), m.end()) for m in _QUOTATION.finditer(text) if rules.pasted.search(m[1].lower())]
    section = block = Section.NONE
    first = 0
    for end in (*_ends(text, lower, starts, rules), len(lower)):
        starts_line = first == 0
        while first < end and lower[first] == "\n":
            first, starts_line = first + 1, True
        if first >= end:
            continue
        heading, after = _heading(lower, first, end, rules)
        if heading is not None and after >= end and starts_line:
            section = block = heading
        elif heading is not None:
            section = heading
        elif starts_line:
            section = block  # a heading with text on its own line governs that line only
        pieces = range(first, end, _LONGEST_SENTENCE)
        quoted = any(start <= starts[end - 1] < stop for start, stop in quotations)
        own = Section.QUOTED if quoted else section
        sentences += [Sentence(i, min(i + _LONGEST_SENTENCE, end), own) for i in pieces]
        first = end
    return sentences


def _ends(text: str, lower: list[str], starts: list[int], rules: TextRules) -> list[int]:
    """Index after the last token of each sentence, in order."""
    ends = []
    line_start = 0
    for i, piece in enumerate(lower):
        if piece == "\n":
            if not _goes_on(text, lower, starts, i, line_start):
                ends.append(i)
            line_start = i + 1
        elif piece == "?" and _is_label(lower, i):
            lower[i] = ":"  # `Vekttap? nei.` is a label with its value
        elif piece in _STOPS and not (piece in ".?" and _is_inner_stop(text, lower, starts, i, rules)):
            ends.append(i + 1)
    return ends


_STOPS = frozenset(".?!;")
_ANSWERS = frozenset(("ja", "nei", "litt", "noe", "av", "usikker", "ikke", "ikkje", "nokre", "sjelden", "daglig"))
_VALUE_SIGNS = frozenset(("0", "+", "÷", ",", ":"))  # after an abbreviation: `ikt. 0`
_WRAPPED_LINE = 28  # characters; a shorter line was broken on purpose


def _goes_on(text: str, lower: list[str], starts: list[int], i: int, line_start: int) -> bool:
    """A line break inside a sentence: a full line, then a small letter."""
    if i + 1 >= len(lower) or i == line_start or lower[i - 1] in _STOPS or lower[i - 1] == ":":
        return False
    wrapped = starts[i] - starts[line_start] >= _WRAPPED_LINE
    return (
        wrapped
        and text[starts[i + 1]].islower()
        and "\n" not in text[starts[i] : starts[i + 1]].strip(" \t").strip("\n")
    )


def _is_label(lower: list[str], i: int) -> bool:
    return i + 1 < len(lower) and lower[i + 1] in _ANSWERS


def _is_inner_stop(text: str, lower: list[str], starts: list[int], i: int, rules: TextRules) -> bool:
    """A stop that belongs to an abbreviation (`tidl.`) or an ordinal (`3. mai`)."""
    if i + 1 >= len(lower) or lower[i + 1] == "\n":
        return False
    if lower[i] == "?":  # `?glaukom` asks ahead
        return starts[i + 1] == starts[i] + 1 and (i == 0 or text[starts[i] - 1].isspace())
    if i == 0:
        return False
    if lower[i - 1] in rules.never_ends or lower[i + 1] in _VALUE_SIGNS:
        return True
    return lower[i - 1].isdecimal() and text[starts[i + 1]].islower()


def _heading(lower: list[str], first: int, end: int, rules: TextRules) -> tuple[Section | None, int]:
    """The section that a heading at `first` opens, and the token after it; (None, first) when there is none."""
    for length in range(min(rules.longest_heading, end - first), 0, -1):
        section = rules.headings.get(tuple(lower[first : first + length]))
        after = first + length
        if section is None:
            continue
        if after < end and lower[after] == ":":
            return section, after + 1
        if after >= end and (end >= len(lower) or lower[end] == "\n"):
            return section, after
    return None, first
