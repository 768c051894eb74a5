"""Every hazard has a control, and every high one a test that is there and runs: the suite shows that it passes."""

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
HAZARDS = yaml.safe_load((ROOT / "triage" / "web" / "hazards.yaml").read_text("utf-8"))
NAMED = [(hazard["id"], name) for hazard in HAZARDS for name in hazard["tests"]]


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard["id"])
def test_every_hazard_has_a_control_and_a_test(hazard: dict[str, Any]) -> None:
    assert set(hazard) == {"id", "hazard", "severity", "control", "tests", "left"}
    assert hazard["severity"] in ("high", "medium", "low")
    assert hazard["control"]
    assert hazard["tests"]


@pytest.mark.parametrize(("hazard", "name"), NAMED, ids=str)
def test_every_test_that_a_hazard_names_is_there_and_is_never_skipped(hazard: str, name: str) -> None:
    file, _, function = name.partition("::")
    found = [one for one in functions_of(ROOT / file) if one.name == function or not function]

    assert found
    assert [one.name for one in found if is_skipped(one)] == []


def test_a_test_that_is_skipped_would_be_seen() -> None:
    marked = "@pytest.mark.skipif(True, reason='x')\ndef test_a() -> None: ..."
    inside = "def test_b() -> None:\n    pytest.skip('x')"
    plain = "@pytest.mark.slow\ndef test_c() -> None: ..."

    found = [one for one in ast.walk(ast.parse("\n".join((marked, inside, plain)))) if isinstance(one, ast.FunctionDef)]
    assert [is_skipped(one) for one in found] == [True, True, False]


def functions_of(file: Path) -> list[ast.FunctionDef]:
    tree = ast.walk(ast.parse(file.read_text("utf-8")))
    return [node for node in tree if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def is_skipped(function: ast.FunctionDef) -> bool:
    names = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    return bool(names & {"skip", "skipif", "xfail", "importorskip"})
