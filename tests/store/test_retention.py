"""Every table has a stated fate, and what a person wrote is never among what is kept."""

from tests.conftest import JOB_TABLES
from triage.store import retention
from triage.store.rows import sealed_columns
from triage.store.tables import Table

TABLES = {mapper.local_table.name: mapper.class_ for mapper in Table.registry.mappers}
GOES = {table for rule in retention.FATES["rules"].values() for table in rule["tables"]}
KEPT = retention.FATES["kept"]


def test_every_table_has_one_stated_fate() -> None:
    assert GOES | KEPT.keys() == {*TABLES, *JOB_TABLES}
    assert not GOES & KEPT.keys()


def test_what_a_person_wrote_goes_with_the_key_of_the_referral_or_message_that_it_belongs_to() -> None:
    words = {name for name, table in TABLES.items() if sealed_columns(table)}

    assert words <= GOES
    assert {name for name in words if "referral_id" not in TABLES[name].__table__.columns} == {"referral", "message"}
