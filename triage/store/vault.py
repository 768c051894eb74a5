"""Keys: what a patient wrote is sealed field by field, so that a copy of the database tells nothing.

Each referral and each message has a data key of its own, stored wrapped by the master key. Deleting the wrapped key
makes the content unreadable for ever, in old backups too when they leave the table `data_key` out.
A sealed field is a version byte, 12 bytes of nonce and AES-256-GCM's output; table, row and column are bound to it as
associated data, so that a value moved to another row does not open.
"""

import hmac
import os
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from triage.domain.errors import NotReady

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"
_BLIND_BYTES = 16


@dataclass(frozen=True, slots=True)
class DataKey:
    """Seals and opens the fields of one referral or message."""

    secret: bytes = field(repr=False)

    def seal(self, value: bytes | str, *, table: str, row: UUID, column: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        plain = value.encode() if isinstance(value, str) else value
        return _VERSION + nonce + AESGCM(self.secret).encrypt(nonce, plain, _place(table, row, column))

    def open(self, sealed: bytes, *, table: str, row: UUID, column: str) -> bytes:
        """Raises NotReady when the field was changed, was moved, or belongs to another key."""
        nonce, cipher = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return AESGCM(self.secret).decrypt(nonce, cipher, _place(table, row, column))
        except InvalidTag:
            raise NotReady(
                f"Et forseglet felt ({table}.{column}) lar seg ikke åpne: feil nøkkel eller endret."
            ) from None


@dataclass(frozen=True, slots=True)
class Vault:
    """The master key and what is derived from it: wrapping, blind index, audit chain."""

    master: bytes = field(repr=False)

    def new_key(self, owner: UUID) -> tuple[DataKey, bytes]:
        """A fresh data key, and its wrapped form for the table `data_key`."""
        key = DataKey(os.urandom(_KEY_BYTES))
        return key, self._wrapping.seal(key.secret, table="data_key", row=owner, column="wrapped")

    def unwrap(self, owner: UUID, wrapped: bytes) -> DataKey:
        return DataKey(self._wrapping.open(wrapped, table="data_key", row=owner, column="wrapped"))

    def blind(self, kind: str, value: str) -> bytes:
        """The same value gives the same 16 bytes, and without the key nobody can try values against them."""
        return hmac.digest(self._derived("blind index"), f"{kind}:{value}".encode(), sha256)[:_BLIND_BYTES]

    @property
    def audit_key(self) -> bytes:
        return self._derived("audit chain")

    @property
    def _wrapping(self) -> DataKey:
        return DataKey(self._derived("wrapping"))

    def _derived(self, purpose: str) -> bytes:
        return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"triage {purpose}".encode()).derive(self.master)


def open_vault(file: Path) -> Vault:
    """The master key is 64 hexadecimal digits in a file that only its owner can read. Raises NotReady."""
    if not file.is_file():
        raise NotReady(f"Hovednøkkelen mangler: {file}. Den har 64 heksadesimale tegn (openssl rand -hex 32).")
    if file.stat().st_mode & 0o077 and not file.is_relative_to("/run/secrets"):  # where containers mount secrets
        raise NotReady(f"Hovednøkkelen {file} kan leses av andre. Kjør: chmod 600 {file}")
    text = file.read_text().strip()
    if len(text) != 2 * _KEY_BYTES or len(set(text.lower()) - set("0123456789abcdef")) or len(set(text)) < 8:
        raise NotReady(f"Hovednøkkelen i {file} er ikke gyldig. Lag en ny med: openssl rand -hex 32")
    return Vault(bytes.fromhex(text))


def make_master_key(file: Path) -> Path:
    """Create the key of an embedded installation, once. Whoever loses it loses the content of the database."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        target.write(os.urandom(_KEY_BYTES).hex())
    with suppress(FileExistsError):  # it is there, perhaps since a moment ago; a rename would overwrite that one
        os.link(unfinished, file)
    unfinished.unlink()
    return file


def _place(table: str, row: UUID, column: str) -> bytes:
    return f"{table}:{row}:{column}".encode()
