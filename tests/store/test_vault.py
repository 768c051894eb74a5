"""Keys: what is sealed opens in its own place only."""

from pathlib import Path
from uuid import UUID

import pytest

from triage.domain.errors import NotReady
from triage.store.vault import DataKey, Vault, make_master_key, open_vault

ROW, OTHER = UUID(int=1), UUID(int=2)
KEY = DataKey(bytes(32))
PLACE = {"table": "letter", "row": ROW, "column": "text"}


def sealed(value: bytes = b"hemmelig") -> bytes:
    return KEY.seal(value, table="letter", row=ROW, column="text")


def test_a_sealed_value_opens_where_it_was_sealed() -> None:
    assert KEY.open(sealed("blåbær".encode()), table="letter", row=ROW, column="text").decode() == "blåbær"


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    assert sealed() != sealed()


@pytest.mark.parametrize("elsewhere", [{"table": "decision"}, {"row": OTHER}, {"column": "html"}])
def test_a_value_that_was_moved_does_not_open(elsewhere: dict[str, object]) -> None:
    with pytest.raises(NotReady):
        KEY.open(sealed(), **{**PLACE, **elsewhere})  # type: ignore[arg-type]


@pytest.mark.parametrize("position", [1, 13, -1])
def test_a_value_that_was_changed_does_not_open(position: int) -> None:
    changed = bytearray(sealed())
    changed[position] ^= 1

    with pytest.raises(NotReady):
        KEY.open(bytes(changed), table="letter", row=ROW, column="text")


def test_a_wrapped_key_opens_with_its_own_master_and_owner_only() -> None:
    vault = Vault(bytes(32))
    key, wrapped = vault.new_key(ROW)

    assert vault.unwrap(ROW, wrapped) == key
    with pytest.raises(NotReady):
        vault.unwrap(OTHER, wrapped)
    with pytest.raises(NotReady):
        Vault(bytes(31) + b"x").unwrap(ROW, wrapped)


def test_the_blind_index_is_the_same_for_the_same_value_and_differs_by_kind_and_key() -> None:
    vault = Vault(bytes(32))

    assert vault.blind("word", "oddny") == vault.blind("word", "oddny")
    assert (
        len({vault.blind("word", "oddny"), vault.blind("born", "oddny"), Vault(b"x" * 32).blind("word", "oddny")}) == 3
    )


def test_keys_do_not_show_in_a_representation() -> None:
    assert "\\x" not in repr(Vault(bytes(32))) + repr(KEY)


def test_a_master_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "master.key"
    first = make_master_key(file).read_text()

    assert make_master_key(file).read_text() == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert open_vault(file).master == bytes.fromhex(first)
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("text", ["", "changeme", "0" * 64, "g" * 64, "12" * 31])
def test_what_is_no_real_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "master.key"
    file.write_text(text)
    file.chmod(0o600)

    with pytest.raises(NotReady, match="ikke gyldig"):
        open_vault(file)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = make_master_key(tmp_path / "master.key")
    file.chmod(0o644)

    with pytest.raises(NotReady, match="chmod 600"):
        open_vault(file)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"master\.key"):
        open_vault(tmp_path / "master.key")
