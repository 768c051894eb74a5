"""`triage check`: what must be green before a change is shared."""

import subprocess
import sys

from triage.paths import ROOT
from triage.settings import Settings

_CHECKS = (
    ("ruff", "check", "-q", "."),
    ("ruff", "format", "-q", "--check", "."),
    ("mypy",),
    ("pytest", "-q"),
)


def check(_settings: Settings) -> int:
    """Run every check, also after one that fails. The exit code is the worst."""
    codes = [subprocess.run([sys.executable, "-m", *words], cwd=ROOT, check=False).returncode for words in _CHECKS]  # noqa: S603
    return max(codes)
