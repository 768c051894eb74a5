"""Letters that somebody spoke and a machine wrote: signs and line breaks that are said, and numbers in words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

SIGNS = {"punktum": ".", "komma": ",", "spørsmålstegn": "?"}
BREAKS = frozenset(("nytt avsnitt", "ny linje"))
_SAYS_SIGNS = re.compile(r"\b(?:punktum|komma)\b")
_SIGN_OR_DIGIT = re.compile(r"[\d.,:;/]")
_SHORTEST_BARE = 100  # characters without a sign or a digit that are taken for dictated


def is_dictated(lowered: str) -> bool:
    """Whether signs are said, or there are none."""
    says = ("komma" in lowered or "punktum" in lowered) and _SAYS_SIGNS.search(lowered)
    return bool(says) or (len(lowered) >= _SHORTEST_BARE and not _SIGN_OR_DIGIT.search(lowered))


@dataclass(frozen=True)
class Dictation:
    """`numbers` are words for them; `counts` those that can be nothing but a number."""

    numbers: Mapping[str, float]
    counts: Mapping[str, int]

    @cached_property
    def _spoken(self) -> re.Pattern[str]:
        """Compiled when the first dictated letter comes, for it takes longer than to read one."""
        count, ten, one = (
            "|".join(sorted((word for word, value in self.counts.items() if is_meant(value)), key=len, reverse=True))
            for is_meant in (bool, lambda value: value in range(20, 100, 10), lambda value: value < 10)
        )
        hundreds = rf"(?:\b(?:to|{count}) )?\bhundre(?:(?: og)? (?:{count}))?\b"
        return re.compile(rf"({hundreds}|\b(?:{ten}) (?:{one})\b|\b\w{{1,30}} komma \w+|{'|'.join(sorted(BREAKS))})")

    def parts(self, lowered: str) -> Iterator[tuple[str, bool]]:
        """The text in parts, each with whether it is one thing that was spoken: `to hundre og tjue`, `ny linje`."""
        for n, part in enumerate(self._spoken.split(lowered)):
            whole, comma, decimals = part.partition(" komma ")
            is_number = whole in self.numbers and decimals in self.numbers
            yield part, n % 2 == 1 and (is_number or not comma)

    def in_digits(self, said: str) -> str:
        """`trettiåtte`, `førti fem`, `ni komma to` and `to hundre og tjue` as a doctor would write them."""
        if " komma " in said:
            return ",".join(f"{self.numbers[part]:.0f}" for part in said.split(" komma "))
        hundreds, hundre, rest = said.partition("hundre")
        if hundre and rest[:1].strip():
            return said  # «hundrevis»
        if hundre:
            count = self.numbers.get(hundreds.strip(), 1) * 100 + self.counts.get(rest.removeprefix(" og").strip(), 0)
            return f"{count:.0f}"
        counts = [self.counts.get(word) for word in said.split()]
        return str(sum(filter(None, counts))) if counts and all(counts) else said
