"""Stops the embedded server when the last process that uses it is gone, however that process ended.

Started by its path with a bare interpreter, so it imports nothing but the standard library.
Every user of the server holds a shared lock on `users.lock`; the kernel lets go of it even after SIGKILL.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path


def main(folder: Path, lent_to: str, stop: list[str]) -> None:
    """`lent_to` is `user:group` in numbers when we are root and the server is not."""
    user, group = map(int, lent_to.split(":")) if lent_to else (None, None)
    others: list[int] | None = None if user is None else []
    with (folder / "keeper.lock").open("w") as keeper, (folder / "users.lock").open("w") as users:
        if not _take(keeper.fileno()):
            return
        fcntl.flock(users, fcntl.LOCK_EX)  # sleeps until nobody uses the server
        subprocess.run(stop, user=user, group=group, extra_groups=others, check=False, capture_output=True)  # noqa: S603 (our own pg_ctl)
        # A newcomer waits for `users.lock` and then asks whether there is a keeper, so this order matters.
        fcntl.flock(keeper, fcntl.LOCK_UN)


def _take(lock: int) -> bool:
    """False when another keeper is at work."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__" and os.fork() == 0:  # our starter does not wait for us
    os.chdir("/")
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
