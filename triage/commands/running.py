"""Commands that run the program in production (web, worker, migration), and the one that checks it."""

import signal
import subprocess
import sys
from typing import Any

from triage import logs
from triage.commands.users import is_loopback, refuse_demo_users
from triage.engines import load_engines
from triage.opening import database
from triage.paths import ROOT
from triage.settings import Settings
from triage.store import migrating

QUIETLY: dict[str, Any] = {"access_log": False, "log_config": None, "server_header": False}  # we keep our own log


def serve(settings: Settings, *, host: str, port: int) -> int:
    import uvicorn  # noqa: PLC0415 (slow, like the next)

    from triage.web.app import create_app  # noqa: PLC0415

    logs.configure()
    with database(settings) as db:
        if settings.production or not is_loopback(host):
            refuse_demo_users(db)
        app = create_app(db, load_engines(settings), settings)
        # uvicorn finishes the answers under way, and then raises the signal again: as an interrupt it ends us in order.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        uvicorn.run(app, host=host, port=port, timeout_graceful_shutdown=30, **QUIETLY)
    return 0


def worker(settings: Settings) -> int:
    from triage.jobs import means_of, work  # noqa: PLC0415 (slow)

    logs.configure()
    with database(settings) as db:
        work(means_of(db, settings))
    return 0


def migrate(settings: Settings) -> int:
    """As the owner of the tables; the program itself has fewer rights."""
    url = settings.owner_database_url or settings.database_url
    if url:
        migrating.migrate(url)
    else:
        with database(settings):
            pass  # opening our own server migrates it
    return 0


def check(_settings: Settings) -> int:
    """What must be green before a change is shared: the tests, of which lint and types are some."""
    return subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=ROOT, check=False).returncode
