"""Reports on variation. Every Norwegian word of them is in `texts.yaml`, where the council can read and correct it."""

from pathlib import Path
from typing import Any

import yaml

TEXTS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8"))
