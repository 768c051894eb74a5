"""In a hospital's own PostgreSQL: an owner who is no superuser migrates, and the program signs in with less."""

import pytest
from sqlalchemy import URL

from tests.builders import EYE_DOCTOR, a_referral, an_incoming, stored
from tests.conftest import KEY, TEMPLATE, sql
from triage.domain.errors import NotReady
from triage.domain.referral import Area
from triage.opening import database
from triage.settings import Settings
from triage.store import migrating, queue
from triage.store.database import SYSTEM, Actor, Database
from triage.store.embedded import EmbeddedServer
from triage.store.vault import Vault, make_master_key


@pytest.mark.parametrize("login", ["hospital_owner", "hospital_program"])
def test_rows_are_guarded_whoever_the_program_signs_in_as(hospital: URL, login: str) -> None:
    migrating.migrate(hospital.set(username="hospital_owner"))
    db = Database(hospital.set(username=login), Vault(KEY))
    stored(db, an_incoming(referral=a_referral(area=Area.ENT)))

    seen = [seen_by(db, actor) for actor in (SYSTEM, EYE_DOCTOR, None)]
    db.close()
    assert seen == [1, 0, 0]


def seen_by(db: Database, actor: Actor | None) -> int:
    with db.reading(as_=actor) as tx:
        return queue.length(tx)


def test_a_database_that_is_not_migrated_says_what_to_do(
    hospital: URL, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key = make_master_key(tmp_path_factory.mktemp("keys") / "master.key")
    settings = Settings(database_url=hospital.render_as_string(hide_password=False), master_key_file=key)

    with pytest.raises(NotReady, match="triage migrate"), database(settings):
        pass


def test_the_template_was_migrated_by_a_superuser(server: EmbeddedServer) -> None:
    ((policies,),) = sql(server, "SELECT count(DISTINCT tablename) FROM pg_policies", database=TEMPLATE)

    assert sql(server, "SELECT count(*) FROM pg_tables WHERE rowsecurity", database=TEMPLATE) == [(policies,)]
    assert policies
