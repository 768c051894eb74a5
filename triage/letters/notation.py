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


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. A text without any of `stems` cannot match, which is much quicker to see."""

    regex: re.Pattern[str]
    stems: frozenset[str]

    def may_match(self, low: str) -> bool:
        return any(stem in low for stem in self.stems) if self.stems else True


def compile_pattern(pattern: str, names: Mapping[str, str]) -> Pattern:
    """`names` are patterns that others may use. ValueError or KeyError when it is not well formed."""
    part = _Reader(pattern, names).alternatives(end="", opens=True)
    return Pattern(re.compile(part.regex), part.stems)


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of regular expression; every match of it holds one of `stems` (none: nothing is known)."""

    regex: str
    stems: frozenset[str] = frozenset()

    @property
    def rarity(self) -> int:
        """The longer its shortest stem, the rarer a match."""
        return min((len(stem) for stem in self.stems), default=0)


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
        known = all(choice.stems for choice in choices)
        stems = frozenset[str]().union(*(choice.stems for choice in choices)) if known else frozenset[str]()
        return _Part(f"(?:{'|'.join(choice.regex for choice in choices)})", stems)

    def _sequence(self, *, opens: bool) -> _Part:
        regex, parts = "", [_Part("")]
        while token := self._next_word():
            blank, gap, barred, raw, name, mark, word = token
            begun = len(parts) > 1
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
        return _Part(regex, max(parts, key=lambda part: part.rarity).stems)

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
    if word.startswith("*"):
        # The letters before a stem need to be read only where a blank stands before them.
        regex = regex.removeprefix(r"\w*") if opens else regex
    else:
        regex = r"\b" + regex
    return _Part(regex + ("" if word.endswith("*") else r"\b"), frozenset({max(pieces, key=len)}))
