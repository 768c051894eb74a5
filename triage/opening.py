"""How every way in gets its database: a server of our own when no address is given, else yours."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

from triage.domain.errors import NotReady
from triage.settings import Settings
from triage.store.database import NOT_SET_UP, Database
from triage.store.migrating import is_current, migrate
from triage.store.vault import Vault, make_master_key, open_vault


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """Open until the block ends. Our own server is migrated at once; yours is migrated by `triage migrate`."""
    vault = _vault(settings)
    with address(settings) as url, closing(Database(url, vault)) as db:
        with db.reading() as tx:
            if not is_current(tx.session.connection()):
                raise NotReady(NOT_SET_UP)
        yield db


@contextmanager
def address(settings: Settings, *, migrated: bool = True) -> Iterator[str]:
    """Where the database is, while the block lasts."""
    if settings.database_url:
        yield settings.database_url
        return
    if os.name == "nt":
        raise NotReady("Den innebygde databasen finnes ikke for Windows. Bruk WSL, eller sett TRIAGE_DATABASE_URL.")
    from triage.store import embedded  # noqa: PLC0415 (its file locks are Unix's own)

    server = embedded.start(settings.home)
    try:
        url = server.url().render_as_string()
        if migrated:
            migrate(url)
        yield url
    finally:
        server.leave()


def _vault(settings: Settings) -> Vault:
    """Only a new installation of our own makes its key: a lost one cannot be made again."""
    file = settings.key_file
    new = not settings.production and not file.exists()
    if new and settings.database_url is None and (settings.home / "postgres" / "data").exists():
        raise NotReady(f"Hovednøkkelen {file} mangler, og uten den kan ingen lese databasen. Legg den tilbake.")
    return open_vault(make_master_key(file) if new else file)
