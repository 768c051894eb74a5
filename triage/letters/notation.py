"""The notation of the linter's patterns: words as a reader of Norwegian writes them, made into regular expressions.

    klage          the word itself                     klag*  *spesialist*   words that begin with or hold it
    (a b|c)        one of these                        [a|b]                 one of these, or nothing
    ..3            up to three words between           ..3-{name}            none of which begins like that
    {name}         the pattern of that name            !(a|b)                these must not follow
    /regex/        a regular expression                a/b/                  nothing between a and b

A blank stands for one or more blanks, after a comma or a colon or not. Everything is lower case.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_NAME = re.compile(r"\{([a-z_]+)\}")
_TOKEN = re.compile(
    r"( *)(?:(\.\.\d+)(?![\d-])|(\.\.\d+-|!)?(?:/([^/]+)/|([()\[\]|])|(?!\.\.\d)([^\s()\[\]|!{}/]+)))"
)  # blanks, a gap, what stands before an element, and the element: a regular expression, a mark or a word
_BLANK = "[,:]? +"

Needs = tuple[frozenset[str], ...]
_Tokens = Iterator[re.Match[str]]


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A compiled pattern. Every match holds at least one stem of each of `needs`, and stems are quicker to find."""

    regex: re.Pattern[str]
    needs: Needs


def compile_pattern(pattern: str, names: Mapping[str, str]) -> Pattern:
    """`names` are patterns that others may use. ValueError or KeyError when it is not well formed."""
    while _NAME.search(pattern):
        pattern = _NAME.sub(lambda name: f"({names[name[1]].strip()})", pattern)
    if _TOKEN.sub("", pattern).strip():
        raise ValueError(f"{pattern!r} is not well formed")
    regex, needs = _alternatives(_TOKEN.finditer(pattern), end="")
    return Pattern(re.compile(regex), needs)


def _alternatives(tokens: _Tokens, *, end: str) -> tuple[str, Needs]:
    """Everything up to the mark `end`, as one group."""
    choices = []
    mark = "|"
    while mark == "|":
        regex, needs, mark = _sequence(tokens)
        choices.append((regex, needs))
    if mark != end:
        raise ValueError(f"expected {end!r} but found {mark!r}")
    group = f"(?:{'|'.join(regex for regex, _ in choices)})"
    if len(choices) == 1:
        return group, choices[0][1]
    one_of = frozenset[str]().union(*(rarest(needs) for _, needs in choices))
    return group, (one_of,) if all(needs for _, needs in choices) else ()


def rarest(needs: Iterable[frozenset[str]]) -> frozenset[str]:
    """The need that is met least often: that with the longest stems. Empty when nothing is known."""
    return max(needs, key=lambda stems: min(map(len, stems)), default=frozenset())


def _sequence(tokens: _Tokens) -> tuple[str, Needs, str]:
    """Up to the next mark that ends it, and that mark; no mark at the end of the pattern."""
    regex = ""
    needs: Needs = ()
    begun = False
    for token in tokens:
        space, gap, before, raw, mark, word = token.groups()
        if mark in {"|", ")", "]"}:
            return regex, needs, mark
        if gap:
            regex += _gap(gap)
            continue
        blank = _BLANK if begun and space else ""
        element, stems = _element(tokens, raw, mark, word)
        if before == "!":
            regex += f"(?!{blank}{element})"
        elif before:
            regex += _gap(before, barred=f"(?!{element})")
        elif mark == "[":
            regex += f"(?:{blank}{element})?" if begun else f"(?:{element}{_BLANK})?"
        else:
            regex, needs, begun = regex + blank + element, needs + stems, True
    return regex, needs, ""


def _gap(gap: str, *, barred: str = "") -> str:
    return rf"(?:{_BLANK}{barred}[^\s,:;.!?]+){{0,{gap.strip('.-')}}}?"


def _element(tokens: _Tokens, raw: str | None, mark: str | None, word: str) -> tuple[str, Needs]:
    if raw:
        return f"(?:{raw})", ()
    if mark:
        return _alternatives(tokens, end={"(": ")", "[": "]"}[mark])
    stems = word.split("*")
    letters = r"\w*".join(map(re.escape, stems))
    return rf"\b{letters}\b", (frozenset({max(stems, key=len)}),)
