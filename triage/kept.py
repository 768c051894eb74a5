"""Plain data that takes long to make, kept as JSON in a folder of the program's own."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson


def kept(file: Path | None, make: Callable[[], Any]) -> Any:
    """What the file holds, else what `make` gives, which the file then holds. Without a file it is made each time.

    The file's name must tell everything that the data depend on.
    """
    if file is not None and file.is_file():
        return orjson.loads(file.read_bytes())
    made = make()
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")  # another process may be reading or writing it just now
        unfinished.write_bytes(orjson.dumps(made))
        unfinished.replace(file)
    return made
