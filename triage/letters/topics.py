"""Whether a sentence that a person typed is about what it should be, in words that no rule has seen before.

A reason is about the patient's health, a correction about the earlier letter, a consent about what may be sent.

A linear model of words and pieces of words, learnt from labelled sentences: `python -m tests.letters.learn_topics`.
What it stops of sentences that it never learnt from, wrong and right, is counted in `tests/letters/test_topics.py`.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any

import orjson

FILE = Path(__file__).with_suffix(".json")
_WORD = re.compile(r"[^\W_]+")
_PIECES = range(3, 7)  # characters
_FEWEST = 4  # words: less says too little to tell


def pieces(sentence: str) -> frozenset[str]:
    words = _WORD.findall(sentence.lower())
    parts = {f" {word} "[at : at + size] for word in words for size in _PIECES for at in range(len(word) + 3 - size)}
    return frozenset(parts.union(words, map(" ".join, pairwise(words))))


@lru_cache(256)  # a sentence is read again for every letter of its decision
def strays(sentence: str, topic: str) -> bool:
    """Whether it more likely says something else; the topic is an outcome, `correction`, `consent` or `contact`."""
    weights: Mapping[str, float] = _learnt().get(topic, {})
    found = pieces(sentence) if len(_WORD.findall(sentence)) >= _FEWEST else frozenset()
    return sum(weights.get(part, 0.0) for part in found) > -weights.get("", 0.0) * sqrt(len(found))


@cache
def _learnt() -> Any:
    return orjson.loads(FILE.read_bytes())
