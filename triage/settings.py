"""Settings from the environment, read once by the way in and passed on. No secret has a default."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, field_validator, model_validator
from pydantic.types import PathType, SecretStr, StringConstraints

from triage.domain.errors import NotReady
from triage.paths import LETTER_TEMPLATES, MODELS, POLICIES, RULE_CATALOG

_PREFIX = "TRIAGE_"
_SHORTEST_TOKEN = 32  # characters
_PLACEHOLDERS = ("changeme", "change-me", "placeholder", "example", "passord", "password", "secret", "hemmelig", "xxx")
_FAULTS = {
    "extra_forbidden": "finnes ikke",
    "literal_error": "velg {expected}",
    "path_not_directory": "mappen finnes ikke",
    "string_pattern_mismatch": "skriv postgresql://bruker:passord@vert:5432/database; i passordet er @ %40 og / %2F",
}
Address = Annotated[
    str, StringConstraints(pattern=r"^postgres(ql)?(\+psycopg)?://([^@]*@)?(\[[^\]]*\]|[^/@:?]*)(:\d+)?([/?].*)?$")
]
Place = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


class Settings(BaseModel):
    """`TRIAGE_<NAME>` for each; `TRIAGE_<NAME>_FILE` reads the value from a file, for secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True)

    home: Place = Path("~/.local/share/triage")
    environment: Literal["demo", "production"] | None = None  # None: production when there is a database_url
    database_url: Address | None = None  # None: a server of our own under `home`
    owner_database_url: Address | None = None  # for migrations; None: the same as database_url
    master_key_file: Place | None = None
    policy: Place | None = None
    models: Place = MODELS
    rules: Place = RULE_CATALOG
    letter_templates: Place = LETTER_TEMPLATES
    # The hospital's own files, each in place of the one of the same name.
    letter_overrides: Annotated[Place, PathType("dir")] | None = None
    delivery_folder: Place | None = None  # `ut/` and `inn/`, which a message broker empties and fills
    # smtps://user:password@host:465?from=...&to=...; receipts still come in `inn/`
    delivery_mail: SecretStr | None = None
    oidc: Place | None = None  # the identity provider that people sign in with (`web/oidc.py`)
    api_tokens: tuple[tuple[str, SecretStr], ...] = ()  # `name=token name=token`: what client programs come in with

    @field_validator("api_tokens", mode="before")
    @classmethod
    def _named_tokens(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        pairs = [pair.partition("=")[::2] for pair in given.split()]
        if any(not name or len(token) < _SHORTEST_TOKEN for name, token in pairs):
            raise ValueError(f"skriv navn=nøkkel, med blanke mellom; en nøkkel har minst {_SHORTEST_TOKEN} tegn")
        return pairs

    @model_validator(mode="after")
    def _ready_for_production(self) -> "Settings":
        if not self.production:
            return self
        if self.database_url is None or self.master_key_file is None:
            raise ValueError("i produksjon må både TRIAGE_DATABASE_URL og TRIAGE_MASTER_KEY_FILE være satt")
        urls = f"{self.database_url} {self.owner_database_url or ''}".lower()
        if any(word in urls for word in _PLACEHOLDERS):
            raise ValueError("databasens adresse inneholder et eksempelpassord; lag et eget")
        return self

    @property
    def production(self) -> bool:
        return (self.environment or ("production" if self.database_url else "demo")) == "production"

    @property
    def policy_file(self) -> Path:
        """A new installation with own data starts without proposals; the demo shows them."""
        return self.policy or POLICIES / ("default.yaml" if self.production else "demo.yaml")

    @property
    def exchange(self) -> Path | None:
        """The demo has a folder of its own, so that its letters can be looked at as they would leave."""
        return self.delivery_folder or (None if self.production else self.home / "delivery")

    @property
    def key_file(self) -> Path:
        return self.master_key_file or self.home / "keys" / "master.key"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises NotReady, naming each setting that is wrong or unknown and never its value."""
    given = {name.removeprefix(_PREFIX).lower(): text for name, text in environment.items() if name.startswith(_PREFIX)}
    try:
        return Settings.model_validate(dict(_setting(name, text) for name, text in given.items()))
    except ValidationError as error:
        raise NotReady("Innstillingene kan ikke brukes. " + "; ".join(map(_told, error.errors()))) from None


def _told(fault: Any) -> str:
    place = "".join(f"{_PREFIX}{str(name).upper()}: " for name in fault["loc"][:1])
    said: str = _FAULTS.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    return place + said.format(**fault.get("ctx", {})).replace(" or ", " eller ")


def _setting(name: str, text: str) -> tuple[str, str]:
    """An empty one is a mistake: without its database the program would start as the demo does."""
    if not text.strip():
        raise NotReady(f"{_PREFIX}{name.upper()} er tom. Fyll den ut, eller fjern den.")
    if name in Settings.model_fields or not name.endswith("_file"):
        return name, text
    if not Path(text).is_file():
        raise NotReady(f"Filen som {_PREFIX}{name.upper()} peker på, finnes ikke.")
    return _setting(name.removesuffix("_file"), Path(text).read_text().strip())
