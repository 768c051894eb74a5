"""What every way out must be able to do, and the folder: for a demo, and where a message broker stands beside us."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from triage.domain.errors import DeliveryFailed


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One letter as one file. `key` is the message's own number: who gets it twice, has got the same message."""

    key: str
    name: str
    media_type: str
    body: bytes = field(repr=False)


class Transport(Protocol):
    """One way out. That somebody carries the letter is no receipt: that comes back by itself."""

    @property
    def channel(self) -> str: ...

    def deliver(self, message: Outgoing) -> None:
        """Hand the message over. Raises DeliveryFailed.

        It may be called twice with one `key`, when we died before we noted the first: the bytes are then the same.
        """


@dataclass(frozen=True, slots=True)
class FolderTransport:
    """A message appears whole under its name or not at all; the same one again takes its own place."""

    folder: Path
    channel: str = "folder"

    def deliver(self, message: Outgoing) -> None:
        part = self.folder / f".{message.name}.part"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(message.body)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.folder / message.name)
        except OSError:
            raise DeliveryFailed(
                "Utboksens mappe kan ikke skrives til. Se om disken er full, og hvem som eier den."
            ) from None


def waiting(inbox: Path) -> list[Path]:
    """Whole files in the inbox, oldest first. What is still being written has a name that begins with a dot."""
    if not inbox.is_dir():
        return []
    files = [file for file in inbox.iterdir() if file.name[0] != "." and file.is_file() and not file.is_symlink()]
    return sorted(files, key=lambda file: file.stat().st_mtime)
