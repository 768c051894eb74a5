"""Stops the embedded server when the last process that uses it is gone, however that process ended.

Started by its path with a bare interpreter, so it imports nothing but the standard library.
Every user of the server holds a shared lock on `users.lock`; the kernel lets go of it even after SIGKILL.
"""

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

_PATIENCE_SECONDS = 60.0


def main(folder: Path) -> None:
    with (folder / "keeper.lock").open("w") as keeper, (folder / "users.lock").open("w") as users:
        try:
            fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another keeper is at work
        fcntl.flock(users, fcntl.LOCK_EX)  # sleeps until nobody uses the server
        stop(folder / "data" / "postmaster.pid")
        # A newcomer waits for `users.lock` and then asks whether there is a keeper, so this order matters.
        fcntl.flock(keeper, fcntl.LOCK_UN)


def stop(pid_file: Path) -> None:
    """A fast shutdown: sessions are ended, data are written. The server removes its file when it is done."""
    with suppress(FileNotFoundError, ProcessLookupError):
        pid = int(pid_file.read_text().split("\n", 1)[0])
        if not is_postgres(pid):
            return
        os.kill(pid, signal.SIGINT)
        end = time.monotonic() + _PATIENCE_SECONDS
        while pid_file.exists() and time.monotonic() < end:
            time.sleep(0.02)


def is_postgres(pid: int) -> bool:
    """The number in a file that a crash left may be somebody else's by now. Where there is no /proc we believe it."""
    if not Path("/proc/self/cmdline").exists():
        return True
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0].endswith(b"postgres")
    return False


if __name__ == "__main__" and os.fork() == 0:  # our starter does not wait for us
    os.chdir("/")
    main(Path(sys.argv[1]))
