"""Standards and test vectors that lie beside the project where they are at hand; never needed to build or run."""

from pathlib import Path

import pytest
from lxml import etree

SHARED = Path(__file__).parents[2].parent / "shared"


def shared(path: str) -> Path:
    """The file, or a skipped test where the material is not at hand."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"{path} is not at hand beside the project")
    return found


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared(f"standards/kith/xsd/{name}")))
