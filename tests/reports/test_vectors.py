"""Every vector of the shared collection, in place: numbers that other people's tools gave."""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.reports.vector_adapter import agrees, compute

FOLDER = Path(__file__).parents[2].parent / "shared" / "vectors" / "variation"
FILES = sorted(path for path in FOLDER.glob("*.json") if path.stem != "index")
needs_vectors = pytest.mark.skipif(not FILES, reason="the shared test vectors are not on this machine")


@cache
def answered(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A vector, and our answer to it."""
    vector = json.loads(path.read_text())
    return vector, compute(vector)


def spoilt(answer: Any) -> Any:
    """The same answer with every number a little off, every hidden cell shown and every text changed."""
    if isinstance(answer, dict):
        return {name: spoilt(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [spoilt(value) for value in answer]
    if isinstance(answer, bool):
        return False
    return answer if answer is None or isinstance(answer, str) else float(answer) * 1.1 + 1


@needs_vectors
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_we_agree_with_the_vector(path: Path) -> None:
    assert agrees(*answered(path))


@needs_vectors
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_wrong_answer_does_not_agree(path: Path) -> None:
    vector, answer = answered(path)

    assert not agrees(vector, spoilt(answer))


@needs_vectors
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_answer_is_made_without_looking_at_the_expected_values(path: Path) -> None:
    vector = json.loads(path.read_text())
    blind = deepcopy(vector) | {"expected": names_only(vector["expected"])}

    assert agrees(vector, compute(blind))


def names_only(expected: dict[str, Any]) -> dict[str, Any]:
    """Which results are wanted, and the scale and the date that they are wanted for."""
    return {
        name: {"rebase_date": value["rebase_date"]}
        if name == "rebase_at_midpoint"
        else value
        if name == "per"
        else None
        for name, value in expected.items()
    }
