"""Copies of the whole database in two files, by PostgreSQL's own programs: what is sealed, and the keys to it.

The programs are the wheel's, which read every older server. Keep many generations of `content.dump` and only the newest
`keys.dump`: then what was deleted by destroying its key stays deleted. Neither opens without the master key, which is
never in them.
"""

import os
import subprocess
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, make_url, select, text

from triage.domain.errors import BadInput, NotReady
from triage.store import keys, referrals
from triage.store.audit import Event
from triage.store.database import APP_ROLE, Tx
from triage.store.embedded import binaries
from triage.store.migrating import as_owner
from triage.store.tables import AuditEventRow, ReferralRow

CONTENT, KEYS = "content.dump", "keys.dump"

# An owner who is no superuser is held by row security too, and says as the program does that it sees every area.
_EVERY_AREA = {"PGOPTIONS": "-c triage.areas=*"}
_KEY_ROWS = "public.data_key"


def dump(url: str | URL, folder: Path) -> None:
    """Write both files, or none. The keys come last: a key too many opens nothing, one too few loses content."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any((folder / name).exists() for name in (CONTENT, KEYS)):
        raise BadInput(f"Det ligger en sikkerhetskopi i {folder} fra før. Velg en annen mappe.")
    whole = ("--format=custom", "--enable-row-security")
    parts = {
        CONTENT: (*whole, f"--exclude-table-data={_KEY_ROWS}"),
        KEYS: (*whole, "--data-only", f"--table={_KEY_ROWS}"),
    }
    for name, which in parts.items():
        _run("pg_dump", url, *which, f"--file={folder / name}.part")
    for name in parts:
        (folder / f"{name}.part").rename(folder / name)


def restore(url: str | URL, folder: Path) -> None:
    """Into an empty database, which must be made anew should it fail half way."""
    missing = [name for name in (CONTENT, KEYS) if not (folder / name).is_file()]
    if missing:
        raise BadInput(f"Mappen {folder} mangler {' og '.join(missing)}.")
    _require_empty(url)
    for name in (CONTENT, KEYS):
        _run("pg_restore", url, "--single-transaction", "--exit-on-error", "--no-owner", str(folder / name))


def unopened(tx: Tx) -> int:
    """How many referrals do not open with these keys, but for those that were destroyed on purpose."""
    destroyed = select(AuditEventRow.subject).where(AuditEventRow.action == Event.DESTROYED)
    kept = select(ReferralRow).where(ReferralRow.id.not_in(destroyed)).execution_options(yield_per=500)
    count = 0
    for rows in tx.session.scalars(kept).partitions():
        keys.fetch(tx, [row.id for row in rows])
        count += sum(referrals.readable(tx, row) is None for row in rows)
    return count


def _require_empty(url: str | URL) -> None:
    """Roles belong to the server and are in no copy of a database, so the program's own is made here."""
    with as_owner(url) as connection:
        if connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")):
            raise BadInput("Databasen er ikke tom. Sikkerhetskopien legges bare tilbake i en tom database.")
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": APP_ROLE}):
            connection.execute(text(f"CREATE ROLE {APP_ROLE} NOLOGIN"))
            connection.execute(text(f"GRANT {APP_ROLE} TO CURRENT_USER"))


def _run(program: str, url: str | URL, *arguments: str) -> None:
    """Passwords go by the environment: a command line can be read by everybody on the machine."""
    at = make_url(url)
    plain = {**at.translate_connect_args(username="user", database="dbname"), **at.query}
    password = {"PGPASSWORD": str(plain.pop("password"))} if "password" in plain else {}
    command = [str(binaries() / program), f"--dbname={make_conninfo(**plain)}", *arguments]
    environment = {**os.environ, **_EVERY_AREA, **password}
    done = subprocess.run(command, env=environment, umask=0o077, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        # The first line says what went wrong; those after it may quote a row.
        raise NotReady(f"{program} klarte det ikke: {done.stderr.partition(chr(10))[0]}")
