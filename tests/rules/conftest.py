"""The real catalogue, read once, and a small one that a test may spoil."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from triage.paths import RULE_CATALOG
from triage.rules.book import RuleBook, load_rules


@pytest.fixture(scope="session")
def book() -> RuleBook:
    return load_rules(RULE_CATALOG)


@pytest.fixture
def catalogue(tmp_path: Path) -> Callable[..., Path]:
    """Writes a catalogue of the given rules and returns its folder."""

    def write(*rules: dict[str, Any], shared: dict[str, Any] | None = None) -> Path:
        (tmp_path / "eye").mkdir(exist_ok=True)
        (tmp_path / "shared.yaml").write_text(yaml.safe_dump(shared or {}), encoding="utf-8")
        (tmp_path / "eye" / "emergency.yaml").write_text(yaml.safe_dump({"rules": list(rules)}), encoding="utf-8")
        return tmp_path

    return write
