"""Two workers' threads may each load the rulebook: what one remembers of a passage must hold for the other."""

import subprocess
import sys

import pytest

INDEX = """
from triage.letters.rulebook import load_rulebook
index = load_rulebook().index
print(sorted(index.meets.items()), [[ask[:2] for ask in asks] for asks in index.asks.values()])
"""


@pytest.fixture(scope="module")
def index_of_one_process() -> str:
    return index(seed=1)


def index(*, seed: int) -> str:
    command = [sys.executable, "-c", INDEX]
    return subprocess.run(command, env={"PYTHONHASHSEED": str(seed)}, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("seed", [2, 3])
def test_every_process_counts_what_a_rule_needs_alike(index_of_one_process: str, seed: int) -> None:
    assert index(seed=seed) == index_of_one_process
