"""The text layer: tokens with their places, sentences, sections. No meaning yet.

Line breaks, abbreviations and headings decide where a sentence ends, because dictated and pasted letters have no other
punctuation to go by.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, takewhile
from typing import NamedTuple

from triage.domain.finding import Evidence
from triage.nlp.dictation import BREAKS, SIGNS, Dictation, is_dictated
from triage.nlp.grammar import NOW
from triage.nlp.words import NORWEGIAN, WordForms

_PASSED_OVER = r"(?:\s+|(?<=[^\W\d_])-(?=[^\W\d_]))?"  # blanks, and the hyphen inside a word
_ONE = (
    r"[^\W\d_]{4,}"  # most of a letter
    r"|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})(?!\d)|\d{4}-\d{2}-\d{2}"  # dates
    r"|-+>|=+>"  # arrows
    r"|\.{4,}|…{2,}|_{4,}|(?<=[^\W\d_] )(?:\.{2,3}|…)(?= *[<>]? ?\d)"  # leaders: `Vekttap ........ nei`, `Hb ... 9,8`
    r"|\d+(?:[.,]\d+)*"
    r"|(?:[^\W\d_]{1,3}\.){2,}(?![^\W\d_])"  # u.a., m.t.p., H.p.
    r"|[^\W\d_]+"
    r"|\S"
)
TOKEN = re.compile(f"{_PASSED_OVER}({_ONE})")
_QUOTED = re.compile(r":\s*[«\"][^«»\"]{60,}[»\"]")
_PASTED_BELOW = re.compile(
    r"^(?:[-_=*]{5,}[ \t]*\n+[ \t]*|[-_=*]{3,} *(?:fra|frå|utdrag|kopi|klipp\w*|limt) (?:\w+[ ,]+){0,2})"
    r"(?:epikrise|utskriv\w*|\w*notat|journal\w*)\b[^\n]*\b(?:19|20)\d\d\b"
    r"([^\n]*[.»\"] ?[-_=*]{3,}$|[^\n]*\n.*?(?=^[-_=*]{3,}|\Z))",
    re.I | re.M | re.S,
)
# A date by itself on a line, or `Notat fra 2018:`, heads a note of that day up to an empty line or another day.
_NOTE = re.compile(
    r"(?ims)^[ \t*_=-]*+(?P<named>(?:tidligere|gammelt|eldre|kopi av|fra|utdrag fra)? ?"
    r"(?:\w{0,20}notat|\w{0,20}journal\w{0,9}|epikrise|konsultasjon)\b[^\n:.]{0,40}?[ (])?"
    r"(?:\d{1,2}\.\d{1,2}\.)?(?P<year>(?:19|20)\d\d)\)?[ \t*_=:-]*\n"
    r"(?P<note>\S.*?)(?=\n\s*\n|\n[ \t]*(?:nå|no|i dag|idag|aktuelt)\b|\n[-_=*]{3}|\n\d\d?\.\d\d?\.(?:19|20)\d\d|\Z)"
)
_ENDS_A_LINE = re.compile(r"[\n«»\"]|(?<=\w{4})[.!?]\s")
_GAP = r"(?:[ \t]{2,}|[ \t]*[|\t][ \t|]*)"  # between the columns of a table
_HEAD_OF_TICKS = re.compile(rf"\b(ja){_GAP}(nei)(?:{_GAP}(vet ikke|veit ikkje|usikker|ukjent))?[ \t|]*$", re.M)
_TICKED = re.compile(rf"\n(?!.*\bja\b).*[^\s|]{_GAP}(x)[ \t|]*$", re.M)
# `Spørsmål: Blod i avføringen? Svar: nei` is the question with its answer.
# So is `Vekttap (ja/nei): nei`, and `ja   nei x` is what has the cross; `[_]` is an empty box.
_ASKED = re.compile(
    r"\b(?:spørsmål|spm|q)[ \t]*\d*[ \t]*:(?=[^?\n]{1,200}\?\s{0,9}svar[ \t]*:)|(?<=\?)\s{0,9}svar[ \t]*:"
    r"|\(?\b(?:ja ?/ ?nei|j ?/ ?n)\b\)?(?=[ \t]*:)|\bja[ \t]*/?(?=[ \t]*nei[ \t]+x\b)|(?<=\[)_{1,3}(?=\])"
)
# What only draws: marks of the web (those of a paragraph break the line), `\n` of an export, `>` before a quotation.
_MARKUP = re.compile(
    r"(?m)(</?(?:br|p|div|li|ul|ol|tr|table|tbody|h\d|blockquote)\b[^<>\n]{0,200}>|\\[rn])"
    r"|</?(?:b|i|u|em|strong|span|font|td|th)\b[^<>\n]{0,200}>|&nbsp;|^[ \t]*(?:>[ \t]?)+(?=[^\W\d])"
)
# `F-Hb 3 (positiv over 10)` tells the limit, and not that the test was positive.
_THEN = re.compile(r"(?<=\d)>+(?=\d)|(?<=[\d)] )>+(?= [\d(])")  # `13,4 > 9,1`, but not `9,1 >8`
_LIMIT = re.compile(r"(?<=\d)(?: ?[^\s\d(]+/\w+)? ?\((?:pos|neg)\w*[.:]? ?(?:over|under|fra|ved|[<>≥≤]=?) ?\d[^)\n]*\)")
_DRAWS, _MAY_ASK = re.compile(r"[<>\\]|&nbsp;"), re.compile(r"svar|/ ?n|[ \t]x\b|\[_")
_BLANKED = re.compile(r"[^\n]")
_NEWEST = re.compile(
    r"\b(?:(?:siste|nyeste|dagens|ferskeste) (?:\w+ )?\w*notat|(?:hjemme)?(?:syke)?plei\w*)(?!.*\b(?:19|20)\d\d\b)"
)
_LONGEST_NAME = 2  # letters before its number: B12
_LONGEST_ANNOUNCED = 120  # characters before a quotation, on its line
_LONGEST_SENTENCE = 200  # tokens; text without a stop, as some dictate, is cut here or at the last line before
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
_NOT_PLAIN = re.compile(f"[{''.join(map(chr, _PLAIN))}]")


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
    DENIED = "denied"  # «Nei:», «Benekter»: a list of what is not there
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
    labels: frozenset[str]  # of what is measured: after them it goes on to a number
    sides: frozenset[str]  # of the eyes and ears
    times: frozenset[str]  # units of time, which make a number something else
    headings: Mapping[str, Sequence[tuple[list[str], Section]]]  # by their first word, the longest first
    dictation: Dictation
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
    begins: list[int]  # where each sentence begins in the text

    def sentence_at(self, place: int) -> int:
        """The number of the sentence in which this character stands."""
        return bisect_right(self.begins, place) - 1

    def evidence(self, first: int, end: int) -> Evidence:
        """Where tokens `first` up to `end` stand."""
        return Evidence(self.starts[first], self.ends[end - 1])

    def tokens_at(self, place: Evidence) -> range:
        return range(bisect_left(self.starts, place.start), bisect_left(self.starts, place.end))

    def has_number(self, sentence: int) -> bool:
        here = self.sentences[sentence]
        return any(word[0].isdigit() for word in self.lower[here.first : here.end])


class _Tokens(NamedTuple):
    """Small letters with their places in `text`; `lines` are the tokens before which a line is broken."""

    text: str
    lower: list[str]
    starts: list[int]
    ends: list[int]
    lines: set[int]
    width: int  # of the longest line that may have been wrapped


def read_text(text: str, rules: TextRules, *, old: int = 0) -> Document:
    """Cut `text`, in which notes of the year `old` are history, into tokens and sentences; linear in its length."""
    tokens = _tokens(text, rules)
    sentences = _sentences(tokens, rules, old)
    words = _with_number_signs(rules.words.of(tokens.lower), tokens.starts, tokens.ends)
    begins = [tokens.starts[sentence.first] for sentence in sentences]
    return Document(text, tokens.lower, words, tokens.starts, tokens.ends, sentences, begins)


def _tokens(text: str, rules: TextRules) -> _Tokens:
    plain, places = _plain(text)
    plain = _LIMIT.sub(lambda said: _BLANKED.sub(" ", said[0]), _lowered(plain))
    plain = _THEN.sub(lambda arrow: "→".ljust(len(arrow[0])), plain)
    if _DRAWS.search(plain):
        plain = _MARKUP.sub(lambda drawn: ("\n" if drawn[1] else " ").ljust(len(drawn[0])), plain)
    if _MAY_ASK.search(plain):
        plain = _ASKED.sub(lambda said: _BLANKED.sub(" ", said[0]), plain)
    plain = plain.rstrip()  # `TOKEN` is slow on many blanks at the end
    dictated = is_dictated(plain)
    pieces = _spoken(plain, rules) if dictated else TOKEN.findall(plain)
    starts, place = [], 0
    for piece in pieces:
        place = plain.index(piece, place)
        starts.append(place)
        place += len(piece)
    if answers := _answers_ticked(plain):
        pieces = [answers.get(start, piece) for start, piece in zip(starts, pieces, strict=True)]
    breaks = [broken.start() for broken in re.finditer("\n", plain)]
    if not BREAKS.isdisjoint(pieces):
        breaks += [start for start, piece in zip(starts, pieces, strict=True) if piece in BREAKS]
        starts = [start for start, piece in zip(starts, pieces, strict=True) if piece not in BREAKS]
        pieces = [piece for piece in pieces if piece not in BREAKS]
    ends = [start + len(piece) for start, piece in zip(starts, pieces, strict=True)]
    lines = {bisect_left(starts, place) for place in breaks}
    if places is not None:
        starts, ends = [places[s] for s in starts], [places[e - 1] + 1 for e in ends]
    said = [SIGNS.get(p, p) if p.isalnum() else _as_sign(p) for p in pieces]
    if NORWEGIAN.isdisjoint(plain):
        said = [rules.words.meant.get(p, p) for p in said]  # `paaske`, `paske`
    if dictated:
        said = list(map(rules.dictation.in_digits, said))
    width = max((length for line in plain.split("\n") if (length := len(line)) <= _WIDEST_LINE), default=0)
    return _Tokens(text, said, starts, ends, lines, width)


def _spoken(lowered: str, rules: TextRules) -> list[str]:
    parts = rules.dictation.parts(lowered)
    return [piece for part, is_one in parts for piece in ([part] if is_one else TOKEN.findall(part))]


def _as_sign(piece: str) -> str:
    """The piece, or the one sign that stands for what is written in several ways."""
    if piece.endswith(("->", "=>")):
        return "→"
    return ":" if len(piece) > 1 and piece[0] in "._…" else piece


def _with_number_signs(words: list[str], starts: list[int], ends: list[int]) -> list[str]:
    """Every number is `#`, except one that belongs to a name (B12, x2) and is no value (Hb9.8, CRP45)."""
    for i in [i for i, word in enumerate(words) if word[0].isdecimal()]:
        beside = i > 0 and ends[i - 1] == starts[i] and words[i - 1][-1].isalpha()
        if not (beside and words[i].isdecimal() and len(words[i - 1].removeprefix("pta")) <= _LONGEST_NAME):  # PTA4
            words[i] = "#"
    return words


def _lowered(text: str) -> str:
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)  # İ would grow by one


def _answers_ticked(plain: str) -> dict[int, str]:
    """What each cross of a table answers, by its place: it stands under `ja`, `nei` or `vet ikke` of the head."""
    answers: dict[int, str] = {}
    for head in _HEAD_OF_TICKS.finditer(plain):
        line = plain.rfind("\n", 0, head.start()) + 1
        drawn = next((sign for sign in "|\t" if sign in plain[head.end(1) : head.start(2)]), "")
        columns = {plain.count(drawn, line, head.start(n)): a for n, a in enumerate(("ja", "nei", "?"), 1) if head[n]}
        end = plain.find("\n\n", head.end())
        for tick in _TICKED.finditer(plain, head.end(), len(plain) if end < 0 else end):
            place = plain.count(drawn, tick.start() + 1, tick.start(1))  # characters, where no lines are drawn
            answers[tick.start(1)] = columns[min(columns, key=lambda column: abs(column - place))]
    return answers


def _plain(text: str) -> tuple[str, list[int] | None]:
    """Composed letters and plain signs, with the place of each character in the source (None when nothing moved)."""
    if unicodedata.is_normalized("NFC", text) and not any(sign in text for sign in _INVISIBLE):
        return text.translate(_PLAIN) if _NOT_PLAIN.search(text) else text, None
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


def _sentences(tokens: _Tokens, rules: TextRules, old: int) -> list[Sentence]:
    """Each with the section of the heading that governs it."""
    sentences: list[Sentence] = []
    quotations = _quotations(tokens.text, rules, old)
    section = block = Section.NONE
    first = below = 0
    ends = (*_ends(tokens, rules), len(tokens.lower))
    for start, end in _unfilled(tokens, ends, rules):
        tokens.lower[start:end] = [_BLANK] * (end - start)
    for end in ends:
        if first >= end:
            continue
        starts_line = _begins_line(tokens, first)
        heading, after = _opened(tokens, first, end, rules)
        told = tokens.lower[first - 1] == "." and not starts_line  # a second sentence on the line of an item
        if block is Section.DENIED and (told or not _is_item(tokens, first, end, below=below)):
            block = Section.NONE
        if heading is not None and after >= end and starts_line:
            section = block = heading
            below = end
        elif heading is not None:
            section = heading
        elif starts_line or _ends_with_sentence(section, tokens, first) or _told_anew(tokens, first, end, section):
            # A heading with text on its own line governs that line only, up to another label or more than an item, and
            # «Arv: ingen.» that sentence only: what follows is the patient's, where it names no relative.
            apart = first != below and _after_a_gap(tokens, first)
            more = end - first > _LONGEST_ITEM or not _TELLS_NOW.isdisjoint(tokens.lower[first:end])
            prose = block is Section.HISTORY and more and tokens.lower[first] not in _BULLETS
            block = Section.NONE if apart and (prose or block in _TO_A_GAP) else block
            section = block
        quoted = any(start <= tokens.starts[end - 1] < stop for start, stop in quotations)
        own = Section.QUOTED if quoted else section
        while first < end:
            stretch = min(first + _LONGEST_SENTENCE, end)
            if stretch < end:
                stretch = max((i for i in tokens.lines if first < i < stretch), default=stretch)
            sentences.append(Sentence(first, stretch, own))
            first = stretch
    return sentences


def _unfilled(tokens: _Tokens, ends: Sequence[int], rules: TextRules) -> list[tuple[int, int]]:
    """Labels of a form that nobody wrote at: `Dysfagi:` and `Vekttap:` above `Feber: nei`. A single one may head what
    stands below it."""
    bare = [
        (first, end)
        for first, end in pairwise((0, *ends))
        if 1 < end - first < _LABEL
        and tokens.lower[end - 1] == ":"
        and (end == len(tokens.lower) or _is_labelled_line(tokens, end))
        and _begins_line(tokens, first)
        and _heading(tokens, first, end, rules)[0] is None
    ]
    return bare if len(bare) > 1 else []


def _is_labelled_line(tokens: _Tokens, first: int) -> bool:
    """`Vekttap: nei`, but not `ja: siden mai`."""
    named = takewhile(lambda i: i not in tokens.lines, range(first + 1, min(first + _LABEL, len(tokens.lower))))
    return first in tokens.lines and tokens.lower[first] not in _ANSWERS and any(tokens.lower[i] == ":" for i in named)


def _opened(tokens: _Tokens, first: int, end: int, rules: TextRules) -> tuple[Section | None, int]:
    """The section that a heading opens here; none for a remark («OBS: siste uken har rette linjer blitt skjeve») and
    for an answer by itself, below its question."""
    heading, after = _heading(tokens, first, end, rules)
    remark = heading is Section.SUSPECTED and end - after > _LONGEST_SUSPICION
    bare = heading is not None and after >= end and ":" not in tokens.lower[first:end]
    answer = bare and heading is Section.DENIED and not (_opens_list(tokens, end) or _is_head(tokens, first, end))
    item = bare and _is_listed(tokens, first, end)
    if remark or answer or item:
        return None, first
    if heading is None and _ends_past(tokens, first, end):
        return Section.CURRENT, end
    return heading, after


def _ends_past(tokens: _Tokens, first: int, end: int) -> bool:
    """`Nå i andre klasse`, `Dråper nå`, alone on a line: what stands below it is of today."""
    alone = _begins_line(tokens, first) and (end in tokens.lines or end == len(tokens.lower))
    return alone and end - first <= _LABEL and not NOW.isdisjoint((tokens.lower[first], tokens.lower[end - 1]))


def _is_listed(tokens: _Tokens, first: int, end: int) -> bool:
    """`- alkohol` above or below another `- `."""
    before = next((i for i in range(first - 1, 0, -1) if i in tokens.lines), 0)
    bullet = tokens.lower[first]
    return bullet in _BULLETS and bullet in (*tokens.lower[end : end + 1], *tokens.lower[before : before + 1])


def _is_capitals(tokens: _Tokens, first: int, end: int) -> bool:
    line = tokens.text[tokens.starts[first] : tokens.ends[end - 1]]
    return line.isupper() and len(line) > _LONGEST_ITEM


def _is_head(tokens: _Tokens, first: int, end: int) -> bool:
    """`BENEKTER`, «Hun sier nei til», «Dette har han ikke»: by itself on a line, no answer to the line above."""
    return _is_capitals(tokens, first, end) or tokens.lower[end - 1] in _LEADING or tokens.lower[first] == "dette"


def _is_item(tokens: _Tokens, first: int, end: int, *, below: int) -> bool:
    """`- vekttap`, a line with little more than a name that is no heading in capitals; right `below` its heading more
    than one."""
    if tokens.lower[first] in _BULLETS:
        return True
    commas = (i for i in range(first, end) if first == below and tokens.lower[i] == ",")
    parts = pairwise((first, *commas, end))
    short = all(stop - start <= _LONGEST_ITEM for start, stop in parts)
    return short and not _after_a_gap(tokens, first) and not _is_capitals(tokens, first, end)


def _opens_list(tokens: _Tokens, end: int) -> bool:
    """A heading before token `end` that ends with a colon, or stands above a bullet."""
    return tokens.lower[end : end + 1] != [] and (tokens.lower[end] in _BULLETS or tokens.lower[end - 1] == ":")


def _ends_with_sentence(section: Section, tokens: _Tokens, first: int) -> bool:
    """`Nei: blod; vekttap; feber.` is one list, whatever the signs in it."""
    return section in (Section.FAMILY, Section.DENIED) and tokens.lower[first - 1] != ";"


def _told_anew(tokens: _Tokens, first: int, end: int, section: Section) -> bool:
    """`Tidligere: frisk. Blod i avføringen: ja.`, after a heading with nothing to tell (`Tidligere: frisk.`), or at
    more than an item of a list of the past: `Tidl: hypertensjon. Kols. Har nå fått vansker med å svelge.`"""
    before = tokens.lower[max(0, first - 4) : first]
    return (
        ":" in tokens.lower[first + 1 : min(first + _LABEL, end)]
        or (before[1:2] == [":"] and before[2] in _NOTHING_TOLD)
        or (section is Section.HISTORY and not _TELLS_NOW.isdisjoint(tokens.lower[first:end]))
    )


def _after_a_gap(tokens: _Tokens, first: int) -> bool:
    """Whether an empty line stands before token `first`."""
    return first > 0 and tokens.text[tokens.ends[first - 1] : tokens.starts[first]].count("\n") > 1


def _quotations(text: str, rules: TextRules, old: int) -> list[tuple[int, int]]:
    """Where something is quoted after words that announce an older letter, `Epikrisen sier: «...»`, in their own
    sentence, or pasted below a line of dashes; the newest note, and what nurses write, tells how it is now."""
    found = [(quoted.start() + 1, quoted.end()) for quoted in _QUOTED.finditer(text)]
    lines = [_ENDS_A_LINE.split(text[max(0, start - _LONGEST_ANNOUNCED) : start])[-1].lower() for start, _ in found]
    told = zip(found, lines, strict=True)
    headed = [*_NOTE.finditer(text)]
    newest = max((int(note["year"]) for note in headed), default=0)  # a date without a later one may be of birth
    older = (n for n in headed if int(n["year"]) <= old and (n["named"] or int(n["year"]) < newest))
    notes = [note.span("note") for note in older]
    below = [pasted.span(1) for pasted in _PASTED_BELOW.finditer(text)]
    return [*notes, *below, *(place for place, line in told if rules.pasted.search(line) and not _NEWEST.search(line))]


def _ends(tokens: _Tokens, rules: TextRules) -> list[int]:
    """Index after the last token of each sentence, in order."""
    lower, lines = tokens.lower, tokens.lines
    ends: list[int] = []
    line_start = 0
    for i in [i for i, piece in enumerate(lower) if piece in _STOPS or i in lines]:
        if i in lines:
            if not (_goes_on(tokens, i, line_start) or _is_measured(tokens, i, ends[-1] if ends else 0, rules)):
                ends.append(i)
            line_start = i
        if lower[i] == "?" and _is_answered(tokens, i):
            lower[i] = ":"  # `Vekttap? nei.` is a label with its value
        elif lower[i] == ";" and _is_measured(tokens, i + 1, ends[-1] if ends else 0, rules):
            continue
        elif lower[i] in _STOPS and not (lower[i] in ".?" and _is_inner_stop(tokens, i, rules)):
            ends.append(i + 1)
    return ends


def _is_answered(tokens: _Tokens, i: int) -> bool:
    """Whether the question that ends at token `i` is answered beside it, or plainly on the next line."""
    answers = _PLAIN_ANSWERS if i + 1 in tokens.lines else _ANSWERS
    return i + 1 < len(tokens.lower) and tokens.lower[i + 1] in answers


_PLAIN_ANSWERS = frozenset(("ja", "nei"))
_LINE_ANSWERS = _PLAIN_ANSWERS | {"0", "+", "-", "÷", "ø", "neg", "pos", "aldri"}
_LEADING = frozenset(("til", "på", "for", "om", "svar", "følgende"))  # last words of a heading
_OF_RESULT = frozenset(("for", "mht", "mtp", "("))  # after `neg.`: «neg. (leukocytter, nitritt)»
_STOPS = frozenset(".?!;")
_BLANK = "_"
_BULLETS = frozenset("-*•·")
_LONGEST_SUSPICION = 8  # words
_LONGEST_ITEM = 4  # words of an item without a bullet, at most
_LABEL = 5  # tokens of a label, at most
_TELLS_NOW = NOW | {"siste", "har", "er", "får", "merker", "kjenner", "ser", "plages", "henvises", "kommer"}
_TO_A_GAP = (Section.FAMILY, Section.MEDICATION, Section.ALLERGY)  # what stands below an empty line is no more of it
_NOTHING_TOLD = frozenset(("frisk", "ingen", "ingenting", "intet", "nei", "ua", "u.a.", "null"))
_ANSWERS = frozenset(("ja", "nei", "litt", "noe", "av", "usikker", "ikke", "ikkje", "nokre", "sjelden", "daglig"))
_ANSWERS |= {"aldri", "benektes", "benekta", "benektet", "avkreftes", "negativt", "ingen"}
_VALUE_SIGNS = frozenset(("0", "+", "÷", ",", ":"))  # after an abbreviation: `ikt. 0`
_AT_A_SIDE = frozenset(("-", "*", "•", ":", ".", "=", "øye", "øyet", "auge", "auget", "øre", "øyre", "ca", "er", "på"))
_CELL = re.compile(r"[*<>↓↑]*(\d+(?:[.,]\d+)*|[^\s/,|]+)")
_ONE_VALUE = re.compile(r"[*<>↓↑ ]*\d+(?:[.,]\d+)?(?: ?/ ?\d+)? ?(?:[^\W\d]{0,5}(?:/[^\W\d]{1,4})?|%)\W{0,3}")
_WRAPPED_LINE, _WIDEST_LINE = 28, 120  # characters; a shorter or longer line was broken on purpose
_RAGGED = 6  # characters that a full line may lack


def _goes_on(tokens: _Tokens, i: int, line_start: int) -> bool:
    """A line break inside a sentence, before token `i`: a line on which no other word had room, then a small letter
    that begins no label; or an answer by itself."""
    if i == 0 or tokens.lower[i - 1] in _STOPS:
        return False
    if tokens.lower[i] in _PLAIN_ANSWERS and tokens.lower[i - 1] == ":" and tokens.text[tokens.starts[i - 1]] == "?":
        return True
    after = i + 1 + (tokens.lower[i + 1 : i + 2] == ["."])
    if tokens.lower[i] in _PLAIN_ANSWERS and (after in tokens.lines or after == len(tokens.lower)):
        above_list = tokens.lower[after : after + 1] in ([bullet] for bullet in _BULLETS)
        return tokens.lower[i - 1] not in _PLAIN_ANSWERS and not above_list
    if tokens.lower[i - 1] == ":":
        return False
    end, start = tokens.ends[i - 1], tokens.starts[i]
    if tokens.text[end:start].count("\n") > 1 or not tokens.text[start].islower() or ":" in tokens.lower[i + 1 : i + 3]:
        return False
    length = end - tokens.starts[line_start]
    full = length + len(tokens.lower[i]) + _RAGGED > tokens.width
    return full and _WRAPPED_LINE <= length <= _WIDEST_LINE and not _is_answered_line(tokens, i)


def _is_measured(tokens: _Tokens, i: int, first: int, rules: TextRules) -> bool:
    """Whether a value begins at token `i` whose label stands before the sign or line break there: `Hb; 9,1`, `IOP OD
    16; OS 38`, `OD: visus 0,3; IOP 16`, `Hb   CRP` above `9,1   12`."""
    lower, said = tokens.lower, tokens.lower[max(first, i - _LONGEST_SENTENCE) : i]
    if i == len(lower):
        return False
    told = any(word in rules.labels and word not in rules.sides for word in said)
    named, then = [*(word for word in lower[i : i + _LABEL] if word not in _AT_A_SIDE), "-", "-"][:2]
    if named in rules.sides or named in rules.labels:
        of_one = said[-1:] in ([":"], [";"]) and said[0] in rules.sides and len(rules.sides.intersection(said)) == 1
        return then[0].isdecimal() and (told if named in rules.sides else of_one)
    if i not in tokens.lines:
        beside = len(said) <= _LONGEST_NAME or (told and said[-2] in (")", *rules.labels, *rules.sides))
        return beside and named[0].isdecimal()
    row, *more = tokens.text[tokens.starts[i] : tokens.starts[i] + _WIDEST_LINE].splitlines()
    two_rows = any(line.strip()[:1].isdecimal() for line in more[:1])  # of which none is known to be today's
    table = tokens.text[tokens.starts[first] : tokens.starts[i] + len(row)]
    return told and not two_rows and bool(_ONE_VALUE.fullmatch(row) or columns(table))


def columns(table: str) -> list[tuple[int, int]]:
    """Where the names of `Hb   CRP` begin, and the values of `9,1   12` below them; the row may begin with its day."""
    head, _, row = table.partition("\n")
    if not row or any(cell[1][0].isdecimal() for cell in _CELL.finditer(head)):
        return []  # one line, or a first one with values of its own
    names, values = ([cell.start(1) for cell in _CELL.finditer(line)][::-1] for line in (head, row))
    pairs = zip(names, values, strict=False)
    told = [(name, len(head) + 1 + value) for name, value in pairs if row[value].isdecimal()]
    return told if len(values) - len(names) in (0, 1, 2) and len(told) >= max(2, len(names) - 1) else []


def _is_answered_line(tokens: _Tokens, i: int) -> bool:
    """`hep b 0`, `diabetes nei`: from token `i`, a line with little more than a label and its answer."""
    end = next((j for j in range(i + 2, i + _LABEL) if j in tokens.lines or j == len(tokens.lower)), 0)
    return end > 0 and tokens.lower[end - 1] in _LINE_ANSWERS


def _is_inner_stop(tokens: _Tokens, i: int, rules: TextRules) -> bool:
    """A stop that belongs to an abbreviation (`tidl.`) or an ordinal (`3. mai`)."""
    text, lower, starts = tokens.text, tokens.lower, tokens.starts
    if i + 1 >= len(lower) or i + 1 in tokens.lines:
        return False
    if lower[i] == "?":  # `?glaukom` asks ahead
        return starts[i + 1] == starts[i] + 1 and (i == 0 or text[starts[i] - 1].isspace())
    if i == 0 or lower[i + 1] in _VALUE_SIGNS:
        return i > 0
    if i in tokens.lines:
        return False
    if len(lower[i - 1]) == 1 and lower[i - 1].isalpha() and starts[i + 1] == starts[i] + 1:
        return True  # `T.OD`
    goes_on = lower[i - 1] in rules.never_ends or (lower[i - 1] in ("neg", "pos") and lower[i + 1] in _OF_RESULT)
    named = lower[i - 1] in rules.labels or lower[i - 1] in rules.sides
    if named and lower[i + 1][0].isdecimal():  # `Hb. 9,1`, `dx. 46`, but not «... Hb. 12 dager senere»
        goes_on = rules.times.isdisjoint(rules.words.of(lower[i + 2 : i + 3]))
    unit_or_day = lower[i - 1].isdecimal() or lower[i - 1] in ("mnd", "mndr", "md")  # «i 3 mnd. hes»
    return goes_on or (unit_or_day and text[starts[i + 1]].islower())


def _heading(tokens: _Tokens, first: int, end: int, rules: TextRules) -> tuple[Section | None, int]:
    """The section that a heading at `first` opens, and the token after it; (None, first) when there is none.

    Whatever is drawn around it: `## Tidligere`, `**Tidligere:**`, `2) Tidligere`, `[Tidligere]`.
    """
    lower = tokens.lower
    start = next((i for i in range(first, end) if not _is_drawn(lower, i)), first)
    for pieces, section in rules.headings.get(lower[start], ()):
        after = start + len(pieces)
        if after > end or lower[start:after] != pieces:
            continue
        if section is Section.FAMILY and after < end and lower[after] == "(":  # `Arv (begge foreldre):`
            after = next((i + 1 for i in range(after, min(after + _LABEL, end)) if lower[i] == ")"), after)
        bare = next((i for i in range(after, end) if lower[i] not in _FRAME), end)
        if lower[bare : min(bare + 2, end)] in ([".", ":"], ["."]):
            bare += 1
        if bare < end and lower[bare] == ":":
            return section, next((i for i in range(bare + 1, end) if lower[i] not in _FRAME), end)
        if bare >= end and (end >= len(lower) or end in tokens.lines):
            return section, end
    return None, first


_FRAME = frozenset("*_#=-]>)")
_DRAWN = _FRAME | frozenset("•·[<(")


def _is_drawn(lower: Sequence[str], i: int) -> bool:
    """A bullet, a frame, or the number of a heading: `2`, `.` or `)`."""
    if lower[i].isdecimal():
        return lower[i + 1 : i + 2] in (["."], [")"])
    return lower[i] in _DRAWN or (lower[i] == "." and i > 0 and lower[i - 1].isdecimal())


def _begins_line(tokens: _Tokens, first: int) -> bool:
    """Whether nothing stands before token `first` on its line but what is drawn."""
    while first > 0 and first not in tokens.lines and _is_drawn(tokens.lower, first - 1):
        first -= 1
    return first == 0 or first in tokens.lines
