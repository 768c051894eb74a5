"""Reports on variation. Every Norwegian word of them is in `texts.yaml`, where the council can read and correct it."""

from pathlib import Path
from typing import Any

from triage.strict_yaml import read_yaml

TEXTS: dict[str, Any] = read_yaml(Path(__file__).parent / "texts.yaml")
