"""A quick way to the passages of a letter that a pattern can match: by the stems that it needs."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import and_

from triage.letters.notation import Needs
from triage.letters.passages import Passages, Scope


class StemIndex:
    """Which passages of one letter hold which stems. A set of passages is a number with one bit for each."""

    def __init__(self, letter: Passages, places: Mapping[str, Sequence[int]]) -> None:
        self._letter = letter
        self._places = places
        self._known: dict[tuple[Scope, frozenset[str]], int] = {}

    def passages(self, needs: Needs, scope: Scope) -> Iterator[tuple[int, int]]:
        """Those that hold a stem of every need, in order; all of them when nothing is needed."""
        spans = self._letter.spans[scope]
        held = reduce(and_, (self._holding(need, scope) for need in needs), (1 << len(spans)) - 1)
        while held:
            yield spans[(held & -held).bit_length() - 1]
            held &= held - 1

    def _holding(self, need: frozenset[str], scope: Scope) -> int:
        if (scope, need) not in self._known:
            found = (place for stem in need & self._places.keys() for place in self._places[stem])
            numbers = {self._letter.number(place, scope) for place in found}
            self._known[scope, need] = sum(1 << number for number in numbers)
        return self._known[scope, need]
