"""Sentences that are hard on purpose: thirty phenomena, the status of given places.

In `hardcases_writers` each of six writers has texts of all thirty; nobody looked at those of `w5` and `w8` and at the
odd ones of the others, and neither rules nor the second opinion learnt from them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from triage.nlp.reader import Reader
from triage.paths import MODELS

CORPUS = MODELS / "corpus"
SHARED = Path(__file__).parents[2].parent / "shared"


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def answers(rows: list[dict[str, Any]], reader: Reader) -> Iterator[bool]:
    for row in rows:
        statuses = reader.statuses(row["text"], [(f["start"], f["end"]) for f in row["findings"]])
        for finding, status in zip(row["findings"], statuses, strict=True):
            yield status == finding["status"] or status in finding.get("accept", ())


def unread() -> list[dict[str, Any]]:
    rows = rows_of(CORPUS / "hardcases_writers.jsonl")
    return [row for row in rows if row["writer"] in ("w5", "w8") or int(row["id"][-3:]) % 2]


def share_right(rows: list[dict[str, Any]], reader: Reader) -> float:
    right = list(answers(rows, reader))
    return sum(right) / len(right)


@pytest.mark.parametrize(("name", "floor"), [("hardcases", 0.95), ("hardcases_more", 0.92)])
def test_status_of_given_places(name: str, floor: float, reader: Reader) -> None:
    assert share_right(rows_of(CORPUS / f"{name}.jsonl"), reader) >= floor


def test_a_second_opinion_is_right_more_often_on_sentences_that_nobody_looked_at(reader: Reader) -> None:
    by_rules = share_right(unread(), Reader(reader.lexicon))

    assert share_right(unread(), reader) >= max(0.88, by_rules + 0.01)


def test_negation_in_film_reviews_without_tuning_to_them(reader: Reader) -> None:
    path = SHARED / "external" / "negation_norec_dev.jsonl"
    if not path.exists():
        pytest.skip("the shared folder with the reviews is not here")

    pairs = list(decisions(rows_of(path), reader))

    hits = sum(gold and found for gold, found in pairs)
    extra, missed = (sum(f and not g for g, f in pairs), sum(g and not f for g, f in pairs))
    assert 2 * hits / (2 * hits + extra + missed) >= 0.75


def decisions(rows: list[dict[str, Any]], reader: Reader) -> Iterator[tuple[bool, bool]]:
    """Token by token: negated by the gold, negated by us. Affixes are left out, as in the peers' score."""
    for row in rows:
        words = [word for word in row["decisions"] if not word["affixal_only"]]
        said = reader.assertions(row["text"], [(word["start"], word["end"]) for word in words])
        yield from ((word["negated"], a.polarity == "negated") for word, a in zip(words, said, strict=True))
