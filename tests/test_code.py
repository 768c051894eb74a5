"""Lint, format and types of the whole project: tests like the others, so that CI asks them too."""

import subprocess
import sys

import pytest

from triage.paths import ROOT


@pytest.mark.parametrize(
    "asked", [("ruff", "check", "-q", "."), ("ruff", "format", "-q", "--check", "."), ("mypy",)], ids=" ".join
)
def test_nothing_is_found_in_the_code(asked: tuple[str, ...]) -> None:
    answer = subprocess.run([sys.executable, "-m", *asked], cwd=ROOT, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stdout + answer.stderr
