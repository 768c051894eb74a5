"""A hospital's own database, in which the owner is no superuser."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from tests.conftest import sql
from triage.store.embedded import EmbeddedServer


@pytest.fixture
def hospital(server: EmbeddedServer) -> Iterator[URL]:
    """A database with an owner of its own, and a login for the program."""
    sql(server, "CREATE ROLE hospital_owner LOGIN CREATEROLE")
    sql(server, "GRANT triage_app TO hospital_owner")
    sql(server, "CREATE ROLE hospital_program LOGIN IN ROLE triage_app")
    sql(server, "CREATE DATABASE hospital OWNER hospital_owner")
    yield server.url("hospital")
    sql(server, "DROP DATABASE hospital WITH (FORCE)")
    sql(server, "DROP ROLE hospital_owner, hospital_program")
