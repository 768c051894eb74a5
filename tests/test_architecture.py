"""Imports point one way: ways in, then the workflow, then engines and the store, then the domain."""

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "triage"
ENGINE_PACKAGES = {"messages", "nlp", "rules", "classifier", "letters", "delivery", "reports"}
WAYS_IN = {"cli", "commands", "jobs", "inbox", "opening", "bulk", "web"}
SHARED = {"domain", "kept", "paths", "strict_yaml"}

# What each part may import of the program itself.
ALLOWED: dict[str, set[str]] = {
    "domain": {"domain"},
    "paths": set(),
    "kept": set(),
    "strict_yaml": {"domain"},
    "settings": SHARED,
    "logs": {"domain"},
    "store": {"store"} | SHARED,
    **{engine: {engine} | SHARED for engine in ENGINE_PACKAGES},
    "letter_facts": SHARED | {"store"},
    "answers": SHARED,
    "engines": ENGINE_PACKAGES | SHARED | {"settings"},
    "workflow": ENGINE_PACKAGES | SHARED | {"engines", "letter_facts", "store"},
    **{
        way: ENGINE_PACKAGES
        | SHARED
        | WAYS_IN
        | {"answers", "settings", "logs", "store", "letter_facts", "engines", "workflow"}
        for way in WAYS_IN
    },
}

MODULES = sorted(file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py")


def part_of(file: Path) -> str:
    """`store` for triage/store/audit.py, `workflow` for triage/workflow.py."""
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(file: Path) -> set[str]:
    """Every module named in an import, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} if node.module != "triage" else {f"triage.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_one_way(file: Path) -> None:
    own = {name.split(".")[1] for name in imported(file) if name.startswith("triage.")} - {"__version__"}

    assert own <= ALLOWED[part_of(file)]


@pytest.mark.parametrize("file", sorted((PACKAGE / "domain").glob("*.py")), ids=lambda file: file.name)
def test_the_domain_needs_the_standard_library_and_the_holidays_alone(file: Path) -> None:
    outside = {name.split(".")[0] for name in imported(file)} - {"triage", "holidays"}

    assert outside <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_everything_is_caught_in_one_place_only(file: Path) -> None:
    broad = [
        node
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
    ]

    assert len(broad) == (1 if file == PACKAGE / "jobs.py" else 0)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_sql_is_known_in_the_store_alone(file: Path) -> None:
    speaks = {name.split(".")[0] for name in imported(file)} & {"sqlalchemy", "psycopg", "alembic"}

    assert not speaks or part_of(file) == "store"
