"""Users: passwords, waiting after wrong ones, sessions that end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.builders import KARI
from triage.domain.decision import Person
from triage.domain.errors import BadInput, Forbidden, NotFound
from triage.store import users
from triage.store.database import SYSTEM, Database

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RIGHT, WRONG = "riktig hest batteri", "feil"


@pytest.fixture
def with_kari(db: Database) -> Database:
    with db.writing(as_=SYSTEM) as tx:
        users.save(tx, KARI, password=RIGHT)
    return db


def tried(db: Database, password: str, *, username: str = "kari", at: datetime = NOW) -> Person | None:
    with db.writing(as_=SYSTEM) as tx:
        return users.check_password(tx, username, password, now=at)


def wrong_times(times: int, db: Database) -> None:
    for _ in range(times):
        tried(db, WRONG)


def signed_in(db: Database, at: datetime = NOW) -> str:
    with db.writing(as_=SYSTEM) as tx:
        return users.start_session(tx, KARI, now=at)


def session_at(db: Database, token: str, at: datetime, *, acts: bool = True) -> Person | None:
    with db.writing(as_=SYSTEM) as tx:
        return users.of_session(tx, token, now=at, acts=acts)


def test_the_right_password_gives_the_person(with_kari: Database) -> None:
    assert tried(with_kari, RIGHT) == KARI


@pytest.mark.parametrize(("username", "password"), [("kari", WRONG), ("ingen", RIGHT), ("kari", "")])
def test_anything_else_gives_nobody(with_kari: Database, username: str, password: str) -> None:
    assert tried(with_kari, password, username=username) is None


def test_after_three_wrong_passwords_the_right_one_has_to_wait(with_kari: Database) -> None:
    wrong_times(3, with_kari)

    assert tried(with_kari, RIGHT) is None
    assert tried(with_kari, RIGHT, at=NOW + MINUTE) == KARI


def test_two_wrong_passwords_are_forgiven_at_once(with_kari: Database) -> None:
    wrong_times(2, with_kari)

    assert tried(with_kari, RIGHT, at=NOW + timedelta(seconds=1)) == KARI


def test_the_password_is_not_stored_and_survives_a_change_of_name(with_kari: Database) -> None:
    with with_kari.writing(as_=SYSTEM) as tx:
        users.save(tx, users.person("kari", "Kari Ny", "overlege", roles=["lege"], areas=["eye"]))

    changed = tried(with_kari, RIGHT)
    assert changed is not None
    assert changed.name == "Kari Ny"


def test_a_session_gives_person_and_role_until_it_is_idle(with_kari: Database) -> None:
    token = signed_in(with_kari)

    assert session_at(with_kari, token, NOW + 14 * MINUTE) == KARI
    assert session_at(with_kari, token, NOW + 28 * MINUTE) == KARI
    assert session_at(with_kari, token, NOW + 44 * MINUTE) is None


def test_a_page_that_refreshes_itself_does_not_keep_a_session_alive(with_kari: Database) -> None:
    token = signed_in(with_kari)
    session_at(with_kari, token, NOW + 14 * MINUTE, acts=False)

    assert session_at(with_kari, token, NOW + 16 * MINUTE) is None


def test_a_session_never_outlives_a_working_day(with_kari: Database) -> None:
    token = signed_in(with_kari)
    busy = [session_at(with_kari, token, NOW + minutes * MINUTE) for minutes in range(10, 601, 10)]

    assert all(busy)
    assert session_at(with_kari, token, NOW + 605 * MINUTE) is None


def test_signing_out_ends_the_session(with_kari: Database) -> None:
    token = signed_in(with_kari)
    with with_kari.writing(as_=SYSTEM) as tx:
        users.end_session(tx, token, now=NOW)

    assert session_at(with_kari, token, NOW) is None


def test_a_deactivated_user_is_out_at_once(with_kari: Database) -> None:
    token = signed_in(with_kari)
    with with_kari.writing(as_=SYSTEM) as tx:
        users.deactivate(tx, "kari", at=NOW)

    assert session_at(with_kari, token, NOW) is None
    assert tried(with_kari, RIGHT) is None
    with pytest.raises(NotFound), with_kari.reading(as_=SYSTEM) as tx:
        users.get(tx, "kari")


def test_a_made_up_token_is_nobodys(with_kari: Database) -> None:
    assert session_at(with_kari, "noe", NOW) is None


def test_nobody_comes_in_without_a_role(with_kari: Database) -> None:
    with pytest.raises(Forbidden), with_kari.writing(as_=SYSTEM) as tx:
        users.start_session(tx, replace(KARI, roles=frozenset()), now=NOW)


@pytest.mark.parametrize("change", ["active = false", "password_hash = 'x'"])
def test_who_signs_in_elsewhere_is_neither_a_blocked_user_nor_a_local_one(with_kari: Database, change: str) -> None:
    with with_kari.writing(as_=SYSTEM) as tx:
        tx.session.execute(text(f"UPDATE app_user SET {change}"))

        with pytest.raises(Forbidden):
            users.admit(tx, KARI)


@pytest.mark.parametrize("words", [{"roles": ["sjef"], "areas": []}, {"roles": ["lege"], "areas": ["hud"]}])
def test_an_unknown_role_or_area_is_named(words: dict[str, list[str]]) -> None:
    with pytest.raises(BadInput, match=r"sjef|hud"):
        users.person("x", "X", "x", **words)


def test_sessions_that_are_long_over_are_forgotten_when_their_user_signs_in_again(with_kari: Database) -> None:
    first, _, again = (signed_in(with_kari, NOW + hours * 60 * MINUTE) for hours in (0, 5, 11))

    with with_kari.reading() as tx:
        assert tx.session.scalar(text("SELECT count(*) FROM session")) == 2
    assert session_at(with_kari, first, NOW) is None
    assert session_at(with_kari, again, NOW + 11 * 60 * MINUTE) == KARI
