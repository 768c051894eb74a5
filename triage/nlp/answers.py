"""What a sign, a box or a heading answers: `Vekttap: 0`, `[x] anemi`, «Dette har hun ikke hatt:»."""

from collections.abc import Iterator
from itertools import pairwise, takewhile

from triage.nlp.grammar import BOXES, PREPOSITIONS, SEPARATORS, SIDES, SUBJECTS, THINGS
from triage.nlp.lexicon import Match
from triage.nlp.reach import Reach, Scope
from triage.nlp.text import Section

_LISTED = frozenset((Section.DENIED, Section.FAMILY, Section.HISTORY, Section.STOPPED, Section.SUSPECTED))
_SIGNS = frozenset(("0", "ø", "-", "÷", "+", "j", "n", "?", "(", "pluss", "minus"))
_VALUES = _SIGNS - {"?", "("}
_AFFIRMING = frozenset(("+", "j", "pluss"))
_PART_STARTS = frozenset((",", ";", ":", ".", "(", "/", "-", "•", "*", "og", "men"))
_NO_NOTHING = frozenset(("hjelp", "gi", "abd", "abdomen", "kvadrant", "del", "er", "har", "rødt", "vondt", "hovent"))
_CLOSED = BOXES | {"]", ")"}
_TICKS = frozenset(("☑", "☒", "✓", "✔", "■"))
_LONGEST_LIST = 40  # tokens from the heading of a list to one of its items
_LONGEST_HEAD = 14
_ANSWERS = dict.fromkeys(("ja", "pos", "positiv", "positivt", "påvist", "forhøyet"), "affirms_behind")
_ANSWERS |= dict.fromkeys(("nei", "neg", "negativ", "negativt", "normal", "normalt"), "negates_behind")  # of a box
_ANSWERS |= dict.fromkeys(("vet", "veit", "usikker", "ukjent"), "possible_behind")
_YES_OR_NO = {**_ANSWERS, "j": "affirms_behind", "n": "negates_behind", "+": "affirms_behind", "-": "negates_behind"}
_GIVES = frozenset(("(", "-", "gir", "gav", "ga", "med", "→", "fikk", "får"))  # a drug, what it does
_NONE_OF = frozenset(("nei", "ingen", "0", "negativ"))  # before what they answer for, in brackets
_DATED = frozenset((Section.HISTORY, Section.STOPPED))  # whose items may hold years and doses
_LABEL = 5  # tokens of a heading on the line of its list, at most


class Answers(Reach):
    """Values and headings of one sentence."""

    def _label_of_past(self) -> Section | None:
        """`Tidligere forløsning: sectio`, and not `Alarmsymptomer gjennomgått: ...`."""
        if ":" not in self.words[self.first + 1 : min(self.first + _LABEL + 1, self.end - 1)]:
            return None
        own = self.steering.section_below(self.words[self.first : self.words.index(":", self.first)])
        past = own is Section.HISTORY and self.words[self.first] in self.steering.heads["past"]
        return own if own is not self.section and (past or own is Section.STOPPED) else None

    def _heading_above(self) -> Section | None:
        """The section that an unlisted heading opens: a line that ends with a colon, above plain items or a change."""
        farthest = max(0, self.first - _LONGEST_LIST)
        if ":" not in self.words[max(0, farthest - 1) : self.first]:
            return None
        colons = (i for i in range(self.first, farthest - 1, -1) if self.words[i - 1] == ":")
        head = next((i for i in colons if i == farthest or self._new_line(i)), 0)
        text, starts, ends = self.document.text, self.document.starts, self.document.ends
        if head == 0 or any(text.count("\n", ends[i - 1], starts[i]) > 1 for i in range(head, self.first)):
            return None
        own = self.document.sentence_at(self.document.starts[head - 1])
        sections = [s.section for s in self.document.sentences[max(0, own - 1) : own + 1]]
        listed = sections[-1] not in (sections[0] if own else Section.NONE, Section.NONE)
        if listed or sections[-1] is not self.section:
            return None  # the heading is a listed one, or another stands between
        first = head - 1
        while first > 0 and not self._new_line(first) and head - first < _LONGEST_HEAD:
            first -= 1
        below = self.steering.section_below(self.words[first:head])
        said = self.steering.verbs | SUBJECTS
        said |= set() if below in _DATED else {"#"}
        plain = below is Section.CURRENT or said.isdisjoint(self.words[head : self.end])
        if below is not Section.NONE and plain and not (below is Section.CURRENT and self.section not in _LISTED):
            return below
        return Section.CURRENT if self.section in (Section.DENIED, Section.FAMILY) else None

    def tells_of_drug(self, i: int) -> bool:
        """What it is for, or did: `Afipran mot kvalme ved behov`, `Paracet v/smerter`, `Cave: penicillin (utslett)`."""
        before, said = self.words[i - 1], self.words[self.first : self.end]
        if self.section is Section.ALLERGY:
            return before in _GIVES and self.words[i - 2] != ":" and {"har", "nå", "siste"}.isdisjoint(said)
        return before == "ved" or self.lower[i - 2 : i] == ["v", "/"] or (before == "mot" and "behov" in said)

    def _of_heading(self) -> Scope:
        """`Nei: blod, vekttap`, and each item below it, until something is excepted or a subject begins a sentence."""
        label = range(self.first, min(self.first + _LABEL, self.end))
        start = next((i + 1 for i in label if self.words[i] == ":"), self.first)
        end = next(
            (i for i in range(start, self.end) if self.words[i] in self.steering.excepting | SUBJECTS | THINGS),
            self.end,
        )
        return Scope("negates_ahead", (self.first, self.first + 1), start, end)

    def _is_quoted(self, cue: Match) -> bool:
        """«Sier "hæ?" hele tiden»: the question is another's."""
        after = self.document.ends[cue.first]
        return self.words[cue.first] == "?" and self.document.text[after : after + 1] in ('"', "»", "”")

    def _awaits_a_tick(self, cue: Match) -> bool:
        """`ja ( ) nei (x)`: the cross tells, and no answer by itself."""
        boxed = cue.end < self.end and (self.lower[cue.end] in BOXES or self._is_box(cue.end))
        boxed = boxed or self.lower[cue.first - 1] in BOXES | {"]"}
        return boxed and self.lower[cue.first] in _ANSWERS

    def _answer(self, i: int) -> str | None:
        """`Sug i magen? Jau.`: what a sentence at token `i` that is one word answers."""
        alone = self.document.words[i + 1 : i + 2] in ([], ["."], [","], ["!"])
        return _ANSWERS.get(self.document.words[i]) if alone and i < len(self.document.words) else None

    def _of_signs(self) -> Iterator[Scope]:
        """Values and boxes without words: `Vekttap: 0`, `dysfagi -`, `÷ blod`, `feber J, utslett N`, `[x] anemi`."""
        tokens = self.lower[self.first : self.end]
        yield from self._of_slashed()
        if _SIGNS.isdisjoint(tokens) and BOXES.isdisjoint(tokens):
            return
        both = range(self.first + 1, self.end) if "+" in tokens and "-" in tokens else ()
        at_words = [i for i in both if self.lower[i] in "+-" and self._is_at_word(i)]  # `halsbrann+ dysfagi- anemi-`
        for before, i in pairwise((self.first - 1, *at_words)):  # each answers for the words since the one before it
            kind = "affirms_behind" if self.lower[i] == "+" else "negates_behind"
            yield Scope(kind, (i, i + 1), max(before + 1, self._part_start(i)), i)
        for i, sign in enumerate(tokens, start=self.first):
            if sign in BOXES or (sign == "(" and (self._is_box(i) or self._answers_first(i))):
                yield from self._of_box(i)
            elif sign == "(" and i > self.first and self._answers_in_brackets(i):
                close = next((j for j in range(i, self.end) if self.lower[j] == ")"), self.end)
                yield Scope("negates_ahead", (i - 1, i), i + 1, close)
            elif sign == "?" and i + 1 < self.end:  # `?glaukom`; any other ends its sentence
                yield Scope("possible_ahead", (i, i + 1), i + 1, min(i + 3, self.end))
            elif sign in _VALUES and i not in at_words and self._is_value_place(i):
                yield self._backward((i, i + 1), "affirms_behind" if sign in _AFFIRMING else "negates_behind")
            elif i + 1 < self.end and self.words[i + 1].isalpha() and self._is_nothing(i):
                yield self._forward((i, i + 1), "negates_ahead", commas=False)

    def _answers_in_brackets(self, i: int) -> bool:
        """`Alarmsymptomer: nei (dysfagi, vekttap)`, `urinstix neg. (nitritt)`"""
        return self.words[i - 1] in _NONE_OF or self.words[i - 2 : i] == ["negativ", "."]

    def _of_slashed(self) -> Iterator[Scope]:
        """`Blod / slim / vekttap: nei/nei/ja`: each answers for the label in its place."""
        if "/" not in self.lower[self.first : self.end]:
            return
        colon = next((i for i in range(self.first + 1, self.end - 3) if self.lower[i] == ":"), self.end)
        answers = list(takewhile(_YES_OR_NO.__contains__, self.lower[colon + 1 : self.end : 2]))
        slashes = [i for i in range(self.first, colon) if self.lower[i] == "/"]
        if len(answers) < len(("yes", "no")) or len(slashes) != len(answers) - 1 or self.lower[colon + 2] not in "/,":
            return
        for n, (before, after) in enumerate(pairwise((self.first - 1, *slashes, colon))):
            at = colon + 1 + 2 * n
            yield Scope(_YES_OR_NO[answers[n]], (at, at + 1), before + 1, after)

    def _of_box(self, i: int) -> Iterator[Scope]:
        if self._answers_first(i):
            kind = "affirms_behind" if self.lower[i + 1] == "ja" else "negates_ahead"
            yield Scope(kind, (i, i + 3), i + 3, self.end)  # `[nei] svelgvansker`
            return
        close = next((j for j in (i + 1, i + 2) if j < self.end and self.lower[j] in ("]", ")")), i)
        ticked = self.lower[i] in _TICKS or close == i + 2
        row = self._row_of_boxes(i)
        if self.lower[row] in _ANSWERS:  # `ja ( ) nei (x)`
            if ticked and self.lower[i - 1] in _ANSWERS:
                yield self._backward((row, close + 1), _ANSWERS[self.lower[i - 1]])
            return
        if close + 1 < self.end and self.lower[close + 1] in _ANSWERS:
            if ticked:
                yield self._backward((row, close + 2), _ANSWERS[self.lower[close + 1]])
            return
        if self._boxes_follow():
            start = next((j + 1 for j in range(i - 1, self.first, -1) if self.lower[j] in _CLOSED), self.first)
            inside = self.lower[min(i + 1, close)]
            answer = _ANSWERS.get(inside, "affirms_behind") if ticked else "negates_behind"
            yield Scope(answer, (i, close + 1), start, i)
        elif ticked and self.words[min(close + 1, self.end - 1)] in ("ingen", "ikke", "uten"):
            return
        elif self.lower[i] not in ("[", "(") or close > i:
            end = next((j for j in range(close + 1, self.end) if self.lower[j] in BOXES or self._is_box(j)), self.end)
            yield Scope("affirms_behind" if ticked else "negates_ahead", (i, close + 1), close + 1, end)

    def _boxes_follow(self) -> bool:
        """`Dysfagi: [ ] Vekttap: [x]`: the last box has nothing behind it, and the first has its label before it."""
        last = next((i for i in range(self.end - 1, self.first, -1) if self.words[i] not in (".", ",")), self.first)
        return self.lower[last] in _CLOSED and self.lower[self.first] not in (*BOXES, "(")

    def _row_of_boxes(self, i: int) -> int:
        """Where `[ ] ja [x] nei`, or `ja [ ] nei [x]`, begins."""
        row = (*BOXES, *_ANSWERS, "[", "]", "(", ")", "x")
        return self._back(i, lambda j: self.lower[j] in row)

    def _answers_first(self, i: int) -> bool:
        """`[nei] svelgvansker`, and `(nei) svelgvansker` where a line begins so."""
        opened = (self.lower[i] == "[" and not self._boxes_follow()) or i == self.first
        return opened and self.lower[i + 2 : i + 3] in (["]"], [")"]) and self.lower[i + 1] in _ANSWERS

    def _is_box(self, i: int) -> bool:
        """`( )` or `(x)`."""
        if self.lower[i] != "(" or i + 1 >= self.end:
            return False
        return self.lower[i + 1] == ")" or (self.lower[i + 1] in ("x", "v") and self.lower[i + 2 : i + 3] == [")"])

    def _is_value_place(self, i: int) -> bool:
        """After a word or a colon, and last in its part of the sentence. `N` and `J` stand in capitals or in a row."""
        if i > self.first and self.words[i - 1] == "(" and self.lower[i + 1 : i + 2] == [")"]:
            return True  # `dysfagi (-)`
        if self.lower[i] in ("j", "n") and not self._capital(i) and self.words[i - 1] != ":":
            in_row = sum(word in ("j", "n") for word in self.lower[self.first : self.end]) > 1
            if not in_row:
                return False
        of_eye = self.words[i - 1] in SIDES | PREPOSITIONS or self.lower[i - 1].endswith("t")
        graded = len(self.words[i - 1]) == 1 and self.words[i - 1].isalpha() and self._follows_number(i)
        if (self.lower[i] == "0" and graded) or (self.lower[i] == "ø" and of_eye and not self._capital(i)):
            return False  # `R3 M0`, «hø ø», «vondt i ø», «rødt ø»
        if self._is_value(i) and self._next_label(i + 1):
            return True
        if self.lower[i] == "÷" and self.words[i + 1 : i + 2] and self.words[i + 1] in PREPOSITIONS:
            return True  # `fraktur ÷ på rtg`
        after = i > self.first and (self.words[i - 1] in (":", ".", "=", "|") or self.words[i - 1][-1].isalpha())
        return after and (i + 1 >= self.end or self.words[i + 1] in SEPARATORS | {"(", "|"})

    def _is_at_word(self, i: int) -> bool:
        """Written at the word before it, and no half of a compound: «mage- og tarmplager»."""
        starts, ends = self.document.starts, self.document.ends
        apart = i + 1 == self.end or (ends[i] < starts[i + 1] and self.words[i + 1] not in self.steering.joins)
        return self.words[i - 1].isalpha() and ends[i - 1] == starts[i] and apart

    def _is_nothing(self, i: int) -> bool:
        """`÷ blod`, `0 feber`; `ø feber`, `minus feber` where a part begins: «hø ø renner», «ø hjelp» are no zero."""
        if self.lower[i] in ("ø", "minus"):
            opens = i == self.first or self._new_line(i) or self.words[i - 1] in _PART_STARTS
            apart = self.document.text[self.document.ends[i]].isspace()
            return opens and apart and self.words[i + 1] not in _NO_NOTHING
        return self.lower[i] in ("0", "÷") and not self._follows_number(i)

    def _follows_number(self, i: int) -> bool:
        if i == self.first:
            return False
        return self.words[i - 1] in ("#", "x", "<", ">", "=") or self.document.ends[i - 1] == self.document.starts[i]
