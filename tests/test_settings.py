"""Settings: strict about names, careful with secrets."""

from pathlib import Path

import pytest

from triage.domain.errors import NotReady
from triage.settings import read_settings

URL = "postgresql://triage:k9fH2x@db/triage"


def test_without_an_address_it_is_a_demo_with_the_demos_policy() -> None:
    settings = read_settings({"PATH": "/bin"})

    assert not settings.production
    assert settings.policy_file.name == "demo.yaml"
    assert settings.key_file == Path("~/.local/share/triage/keys/master.key").expanduser()


def test_with_an_address_it_is_production_with_the_careful_policy() -> None:
    settings = read_settings({"TRIAGE_DATABASE_URL": URL, "TRIAGE_MASTER_KEY_FILE": "/run/secrets/key"})

    assert settings.production
    assert settings.policy_file.name == "default.yaml"


def test_a_secret_can_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{URL}\n")
    given = {"TRIAGE_DATABASE_URL_FILE": str(tmp_path / "url"), "TRIAGE_MASTER_KEY_FILE": "/run/secrets/key"}

    assert read_settings(given).database_url == URL


@pytest.mark.parametrize(
    "given",
    [
        {"TRIAGE_DATABASE_URL": URL},
        {"TRIAGE_ENVIRONMENT": "production"},
        {"TRIAGE_DATABASE_URL": "postgresql://triage:changeme@db/triage", "TRIAGE_MASTER_KEY_FILE": "/k"},
        {"TRIAGE_DATABASE_URL": "postgresql://triage:Password1@db/triage", "TRIAGE_MASTER_KEY_FILE": "/k"},
        {"TRIAGE_ENVIRONMENT": "test"},
        {"TRIAGE_DATABASE_URL_FILE": "/finnes/ikke"},
        {"TRIAGE_PORTT": "80"},
    ],
    ids=["no key", "no address", "placeholder", "weak", "unknown environment", "no such file", "unknown name"],
)
def test_what_cannot_be_used_is_refused_without_saying_its_value(given: dict[str, str]) -> None:
    with pytest.raises(NotReady) as refusal:
        read_settings(given)

    assert "k9fH2x" not in str(refusal.value)
    assert "changeme" not in str(refusal.value)


def test_client_programs_have_names_and_long_tokens_that_do_not_show() -> None:
    settings = read_settings({"TRIAGE_API_TOKENS": f"epj={'a' * 32} legekontor={'b' * 32}"})

    assert dict(settings.api_tokens)["epj"].get_secret_value() == "a" * 32
    assert list(dict(settings.api_tokens)) == ["epj", "legekontor"]
    assert "aaa" not in repr(settings)
    assert hash(settings) == hash(settings.model_copy())  # what is loaded for settings is kept by them


@pytest.mark.parametrize("given", ["epj=kort", "a" * 40, f"={'a' * 40}"], ids=["short", "no name", "empty name"])
def test_a_token_that_is_short_or_nobodys_is_refused(given: str) -> None:
    with pytest.raises(NotReady):
        read_settings({"TRIAGE_API_TOKENS": given})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"TRIAGE_PORTT": "80"}, "TRIAGE_PORTT: finnes ikke"),
        ({"TRIAGE_ENVIRONMENT": "test"}, "TRIAGE_ENVIRONMENT: velg 'demo' eller 'production'"),
        ({"TRIAGE_ENVIRONMENT": "production"}, "kan ikke brukes. i produksjon må"),
        ({"TRIAGE_API_TOKENS": "epj=kort"}, "TRIAGE_API_TOKENS: skriv navn=nøkkel"),
        ({"TRIAGE_LETTER_OVERRIDES": "/finnes/ikke"}, "TRIAGE_LETTER_OVERRIDES: mappen finnes ikke"),
    ],
)
def test_what_is_wrong_is_said_in_norwegian(given: dict[str, str], said: str) -> None:
    with pytest.raises(NotReady) as refusal:
        read_settings(given)

    assert said in str(refusal.value)
    assert "Value error" not in str(refusal.value)


@pytest.mark.parametrize(
    "address", ["db", "mysql://u:k9fH2x@db/x", "postgresql://u:k9f:H2x@db:port/x", "postgresql://u:k9f@H2x@db/x"]
)
def test_an_address_that_is_no_postgresql_is_refused_without_saying_it(address: str) -> None:
    with pytest.raises(NotReady, match="TRIAGE_DATABASE_URL: skriv postgresql://") as refusal:
        read_settings({"TRIAGE_DATABASE_URL": address, "TRIAGE_MASTER_KEY_FILE": "/k"})

    assert "H2x" not in str(refusal.value)


@pytest.mark.parametrize(
    "address", ["postgresql:///x?host=/run/pg", "postgresql://u:a%40/b@[::1]:5432/x?sslmode=require"]
)
def test_an_address_by_socket_or_number_is_taken(address: str) -> None:
    assert read_settings({"TRIAGE_DATABASE_URL": address, "TRIAGE_MASTER_KEY_FILE": "/k"}).database_url == address


@pytest.mark.parametrize("name", ["TRIAGE_DATABASE_URL", "TRIAGE_DATABASE_URL_FILE", "TRIAGE_HOME"])
def test_an_empty_setting_never_starts_a_demo(name: str, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("\n")
    given = str(tmp_path / "url") if name.endswith("_FILE") else " "

    with pytest.raises(NotReady, match=f"{name.removesuffix('_FILE')} er tom"):
        read_settings({name: given})
