"""What the program is made of, as CycloneDX 1.6: what the lock file names and this environment has installed.

./start python docker/sbom.py requirements.lock > sbom.json
"""

import json
import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any


def sbom(lock: Path) -> dict[str, Any]:
    locked = {name.lower() for name in re.findall(r"^([\w.-]+)==", lock.read_text(), re.MULTILINE)}
    installed = {name_of(found): found for found in distributions()}
    parts = [component(installed[name]) for name in sorted(locked & installed.keys())]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component(installed["triage"]) | {"type": "application"}},
        "components": parts,
    }


def component(found: Distribution) -> dict[str, Any]:
    name, licence = name_of(found), found.metadata["License-Expression"] or found.metadata["License"] or ""
    url = f"pkg:pypi/{name}@{found.version}"
    # Some packages put the whole text of their licence where its name belongs.
    licences = [{"license": {"name": licence.partition("\n")[0][:100]}}] if licence else []
    return {
        "type": "library",
        "bom-ref": url,
        "name": name,
        "version": found.version,
        "purl": url,
        "licenses": licences,
    }


def name_of(found: Distribution) -> str:
    return re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower()


if __name__ == "__main__":
    json.dump(sbom(Path(sys.argv[1])), sys.stdout, indent=2)
