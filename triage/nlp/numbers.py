"""Words for numbers, as they are written and as they are dictated."""

from collections.abc import Mapping

_VAGUE = frozenset(("par", "noen", "nokre", "flere", "fleire", "mange", "nogle", "några"))


def number_words(written: Mapping[str, float]) -> dict[str, float]:
    """The words of `quantities.yaml`, and those made of two of them: `syttiåtte`, `åtteogsytti`."""
    written = {word: float(value) for word, value in written.items()}
    tens = {word: value for word, value in written.items() if value in range(20, 100, 10)}
    ones = {word: value for word, value in written.items() if value in range(1, 10) and word not in _VAGUE}
    ways = [(ten, one, tens[ten] + ones[one]) for ten in tens for one in ones]
    made = {f"{ten}{one}": value for ten, one, value in ways} | {f"{one}og{ten}": value for ten, one, value in ways}
    return {**written, **made}
