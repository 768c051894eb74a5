"""Referral → Reading: sections, concepts with their status, values, alarm features, missing facts.

`triage compile` makes machine code of these modules, in a folder named by the digest of what it was made of: beside a
source that has changed since, it is not found, and the source is read as it stands.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(files: Iterable[Path]) -> str:
    """Twelve hexadecimal digits over names and contents, in the order given."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.name.encode() + file.read_bytes())
    return whole.hexdigest()[:12]


def digest_of_sources() -> str:
    """Of these modules as they lie on the disk, and of the domain's types, which machine code takes as they were."""
    return digest([*sorted(_PACKAGE.glob("*.py")), *sorted(_PACKAGE.parent.glob("domain/*.py"))])


_PACKAGE = Path(__file__).parent
SOURCES = digest_of_sources()
COMPILED = _PACKAGE / "_compiled" / SOURCES
__path__.insert(0, str(COMPILED))
