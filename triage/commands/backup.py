"""`triage backup` and `triage restore`: the whole database to a folder and back."""

from pathlib import Path

from rich.console import Console

from triage.commands import audit
from triage.opening import address
from triage.settings import Settings
from triage.store import backup
from triage.store.migrating import migrate
from triage.store.vault import open_vault


def dump(settings: Settings, *, out: Path) -> int:
    """The audit log is verified first: a copy of a broken chain is worth knowing about, and is made all the same."""
    verdict = audit.verify(settings)
    with address(settings) as url:
        backup.dump(settings.owner_database_url or url, out)
    console = Console()
    console.print(f"Sikkerhetskopien ligger i {out}.", soft_wrap=True)
    console.print(f"Hovednøkkelen er ikke med. Ta vare på {settings.key_file} et annet sted.", soft_wrap=True)
    return verdict


def restore(settings: Settings, *, folder: Path) -> int:
    """Into an empty database, with the master key already in its place; then the schema and the log are checked."""
    open_vault(settings.key_file)
    with address(settings, migrated=False) as url:
        owner = settings.owner_database_url or url
        backup.restore(owner, folder)
        migrate(owner)
    return audit.verify(settings)
