"""A worker on a bad day, run as a process of its own: what it sends is lost now and then, and now and then it dies."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from triage.delivery.transport import FolderTransport, Outgoing
from triage.engines import Engines
from triage.jobs import Means, work_until_done
from triage.opening import database
from triage.rules.policy_file import load_policy
from triage.settings import Settings


@dataclass
class Lossy:
    """Every third letter disappears without a word; after every fifth this process is killed, before it notes it."""

    way_out: FolderTransport
    counted: Path
    channel: str = "lossy"

    def deliver(self, message: Outgoing) -> None:
        with self.counted.open("ab") as file:
            file.write(b".")
        number = self.counted.stat().st_size
        if number % 3:
            self.way_out.deliver(message)
        if number % 5 == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(home: Path) -> None:
    settings = Settings(home=home)
    engines = cast("Engines", SimpleNamespace(policy=load_policy(settings.policy_file)))
    with database(settings) as db:
        transport = Lossy(FolderTransport(home / "ut"), home / "attempts")
        work_until_done(Means(db, engines, production=False, transport=transport))
