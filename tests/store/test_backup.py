"""A copy made by an owner who is no superuser holds every row, and the keys lie apart."""

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import URL

from tests.builders import LETTER, an_incoming, stored
from tests.conftest import KEY
from triage.domain.errors import BadInput, NotFound, NotReady
from triage.domain.referral import ReferralId
from triage.store import backup, keys, migrating, referrals
from triage.store.database import SYSTEM, Database
from triage.store.embedded import EmbeddedServer
from triage.store.vault import Vault


def opened(url: URL) -> Database:
    return Database(url, Vault(KEY))


def text_of(db: Database, referral_id: ReferralId) -> str:
    with db.reading(as_=SYSTEM) as tx:
        return referrals.get(tx, referral_id).incoming.referral.text


@pytest.fixture
def owner(hospital: URL) -> URL:
    url = hospital.set(username="hospital_owner")
    migrating.migrate(url)
    return url


def test_every_row_is_in_the_copy_and_opens_again(
    server: EmbeddedServer, owner: URL, empty_database: str, tmp_path: Path
) -> None:
    db = opened(owner)
    referral = stored(db, an_incoming())
    db.close()
    backup.dump(owner, tmp_path / "copy")

    backup.restore(server.url(empty_database), tmp_path / "copy")

    again = opened(server.url(empty_database))
    assert text_of(again, referral.id) == LETTER
    again.close()
    with migrating.as_owner(server.url(empty_database)) as connection:
        command.check(migrating.config_of(connection))


def test_with_the_newest_keys_an_old_copy_does_not_bring_back_what_was_deleted(
    server: EmbeddedServer, owner: URL, empty_database: str, tmp_path: Path
) -> None:
    db, old, new = opened(owner), tmp_path / "old", tmp_path / "new"
    referral = stored(db)
    backup.dump(owner, old)
    with db.writing(as_=SYSTEM) as tx:
        keys.shred(tx, referral.id)
    db.close()
    backup.dump(owner, new)
    (new / backup.KEYS).replace(old / backup.KEYS)

    backup.restore(server.url(empty_database), old)

    again = opened(server.url(empty_database))
    with pytest.raises(NotFound, match="slettet"):
        text_of(again, referral.id)
    again.close()


def test_a_copy_is_for_its_owner_alone(owner: URL, tmp_path: Path) -> None:
    backup.dump(owner, tmp_path / "copy")

    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "copy", *(tmp_path / "copy").iterdir())}
    assert modes == {0}


def test_a_database_that_holds_something_is_left_alone(owner: URL, tmp_path: Path) -> None:
    backup.dump(owner, tmp_path / "copy")

    with pytest.raises(BadInput, match="ikke tom"):
        backup.restore(owner, tmp_path / "copy")


def test_a_database_that_does_not_answer_leaves_no_copy(server: EmbeddedServer, tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="pg_dump"):
        backup.dump(server.url("no_such_database"), tmp_path / "copy")
    assert list((tmp_path / "copy").glob("*.dump")) == []
