"""The notation of the linter's patterns: words as a reader of Norwegian writes them, made into regular expressions.

    klage          the word itself                     klag*  *spesialist*   words that begin with or hold it
    (a b|c)        one of these                        [a|b]                 one of these, or nothing
    ..3            up to three words between           ..3-{name}            none of which begins like that
    {name}         the pattern of that name            !(a|b)                these must not follow
    /regex/        a regular expression                a/b/                  nothing between a and b

A blank stands for one or more blanks, after a comma or a colon or not. Everything is lower case.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = re.compile(r"( *)(?:(\.\.\d+)(-)?|/([^/]+)/|\{([a-z_]+)\}|([()\[\]|!])|([^\s()\[\]|!{}/]+))")
_CLOSING = {"(": ")", "[": "]"}
_BLANK = "[,:]? +"


Needs = tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. Every match holds at least one stem of each of `needs`, and stems are quicker to find."""

    regex: re.Pattern[str]
    needs: Needs


def compile_pattern(pattern: str, names: Mapping[str, str]) -> Pattern:
    """`names` are patterns that others may use. ValueError or KeyError when it is not well formed."""
    part = _Reader(pattern, names).alternatives(end="", opens=True)
    return Pattern(re.compile(part.regex), part.needs)


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of regular expression, and the stems that a match of it needs."""

    regex: str
    needs: Needs = ()

    @property
    def rarest(self) -> frozenset[str]:
        """The need that is met least often: that with the longest stems. Empty when nothing is known."""
        return max(self.needs, key=lambda stems: min(map(len, stems)), default=frozenset())


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, pattern: str, names: Mapping[str, str]) -> None:
        self._names = names
        self._pattern = pattern.strip()
        self._place = 0

    def alternatives(self, *, end: str, opens: bool = False) -> _Part:
        """Everything up to `end`, as one group. `opens`: a match may begin here, even inside a word."""
        choices = [self._sequence(opens=opens)]
        while (mark := self._mark()) == "|":
            choices.append(self._sequence(opens=opens))
        if mark != end:
            raise ValueError(f"expected {end!r} but found {mark!r} in {self._pattern!r}")
        regex = f"(?:{'|'.join(choice.regex for choice in choices)})"
        if len(choices) == 1:
            return _Part(regex, choices[0].needs)
        one_of = frozenset[str]().union(*(choice.rarest for choice in choices))
        return _Part(regex, (one_of,) if all(choice.needs for choice in choices) else ())

    def _sequence(self, *, opens: bool) -> _Part:
        regex = ""
        parts: list[_Part] = []
        while token := self._next_word():
            blank, gap, barred, raw, name, mark, word = token
            begun = bool(parts)
            blank = _BLANK if begun and blank else ""
            if gap:
                refused = f"(?!{self._element().regex})" if barred else ""
                regex += rf"(?:{_BLANK}{refused}[^\s,:;.!?]+){{0,{gap[2:]}}}?"
            elif mark == "!":
                regex += f"(?!{blank}{self._element().regex})"
            elif mark == "[":
                inner = self.alternatives(end="]").regex
                regex += f"(?:{blank}{inner})?" if begun else f"(?:{inner}{_BLANK})?"
            else:
                parts.append(self._body(raw, name, mark, word, opens=opens and not begun))
                regex += blank + parts[-1].regex
        return _Part(regex, tuple(need for part in parts for need in part.needs))

    def _element(self) -> _Part:
        token = self._next_word()
        if token is None:
            raise ValueError(f"something is missing at the end of {self._pattern!r}")
        _, _, _, raw, name, mark, word = token
        return self._body(raw, name, mark, word, opens=False)

    def _body(self, raw: str | None, name: str | None, mark: str | None, word: str | None, *, opens: bool) -> _Part:
        if raw:
            return _Part(f"(?:{raw})")
        if name:
            return _Reader(self._names[name], self._names).alternatives(end="", opens=opens)
        if mark:
            return self.alternatives(end=_CLOSING[mark], opens=opens)
        return _word(word or "", opens=opens)

    def _next_word(self) -> tuple[str | None, ...] | None:
        """The next part of a sequence; None, and nothing read, at its end."""
        match = _TOKEN.match(self._pattern, self._place)
        if match is None or match[6] in {"|", ")", "]"}:
            return None
        self._place = match.end()
        return match.groups()

    def _mark(self) -> str:
        """The mark that ends a sequence; nothing at the end of the pattern."""
        match = _TOKEN.match(self._pattern, self._place)
        if match is None:
            return self._pattern[self._place :].strip()
        self._place = match.end()
        return match[6]


def _word(word: str, *, opens: bool) -> _Part:
    pieces = word.split("*")
    regex = r"\w*".join(re.escape(piece) for piece in pieces)
    if not word.startswith("*"):
        regex = r"\b" + regex
    elif opens:
        # The letters before a stem need to be read only where a blank stands before them.
        regex = regex.removeprefix(r"\w*")
    return _Part(regex + ("" if word.endswith("*") else r"\b"), (frozenset({max(pieces, key=len)}),))
