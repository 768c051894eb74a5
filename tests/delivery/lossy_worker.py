"""A worker on a bad day, run as a process of its own: what it sends is lost now and then, and now and then it dies."""

import faulthandler
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from triage.delivery.transport import FolderTransport, Outgoing
from triage.engines import Engines
from triage.jobs import Means, work_until_done
from triage.opening import database
from triage.rules.policy_file import load_policy
from triage.settings import Settings

KILLS = 10


@dataclass
class Lossy:
    """Every third letter disappears without a word; after its second a doomed process is killed, before it notes it."""

    way_out: FolderTransport
    counted: Path
    doomed: bool
    own: Iterator[int] = field(default_factory=lambda: count(1))
    channel: str = "lossy"

    def deliver(self, message: Outgoing) -> None:
        if one_more(self.counted) % 3:
            self.way_out.deliver(message)
        if next(self.own) == 2 and self.doomed:
            os.kill(os.getpid(), signal.SIGKILL)


def one_more(counted: Path) -> int:
    """How often this was asked, by all processes together."""
    with counted.open("ab") as file:
        file.write(b".")
        file.flush()
        return file.tell()


def main(home: Path) -> None:
    faulthandler.enable()  # should it ever die of itself, the log says where
    settings = Settings(home=home)
    engines = cast("Engines", SimpleNamespace(policy=load_policy(settings.policy_file)))
    with database(settings) as db:
        transport = Lossy(FolderTransport(home / "ut"), home / "attempts", doomed=one_more(home / "lives") <= KILLS)
        work_until_done(Means(db, engines, production=False, transport=transport))
