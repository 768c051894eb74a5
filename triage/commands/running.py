"""Commands that run the program in production: web, worker, migration."""

from triage import logs
from triage.commands.demo_users import is_loopback, refuse_demo_users
from triage.jobs import Means, work
from triage.opening import database
from triage.settings import Settings
from triage.store import migrating


def serve(settings: Settings, *, host: str, port: int) -> int:
    import uvicorn  # noqa: PLC0415 (slow)

    from triage.engines import load_engines  # noqa: PLC0415
    from triage.web.app import create_app  # noqa: PLC0415

    logs.configure()
    with database(settings) as db:
        if settings.production or not is_loopback(host):
            refuse_demo_users(db)
        app = create_app(db, load_engines(settings), settings)
        uvicorn.run(app, host=host, port=port, access_log=False, log_config=None, server_header=False)
    return 0


def worker(settings: Settings) -> int:
    from triage.engines import load_engines  # noqa: PLC0415 (slow)

    logs.configure()
    with database(settings) as db:
        work(Means(db, load_engines(settings), settings.production))
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
