"""Signing in through the hospital's identity provider: OpenID Connect's code flow with PKCE.

Of what the provider offers, the strictest is used: the request pushed to it beforehand (PAR, RFC 9126), an assertion
signed by our key instead of a secret (private_key_jwt, RFC 7523), and its name in the answer (RFC 9207).
"""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, import_key
from pydantic import Field

from triage.domain.decision import Person, Role
from triage.domain.errors import Forbidden, NotReady
from triage.domain.referral import Area
from triage.strict_yaml import Strict, read_yaml, validated

_ALGORITHMS = ["RS256", "PS256", "ES256"]
_CLOCKS_MAY_DIFFER_SECONDS = 60
_SIGNED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Grant(Strict):
    """Whoever has this value in this claim gets these roles, in these areas, and signs letters with this title."""

    claim: str
    value: str
    roles: frozenset[Role]
    areas: frozenset[Area] = frozenset()
    title: str = ""


class ProviderFile(Strict):
    """The file that TRIAGE_OIDC names. `username` must be a claim that a person keeps and that nobody else can get."""

    name: str  # as the sign-in page says it
    issuer: str = Field(pattern="^https://")
    client_id: str
    redirect_uri: str  # https://…/logg-inn/svar
    client_key: Path | None = None  # our private key, as a JWK
    client_secret: Path | None = None
    scopes: tuple[str, ...] = ("openid", "profile")
    username: str = "sub"
    display_name: str = "name"
    hpr: str | None = None
    must_hold: dict[str, str] = Field(default_factory=dict)  # claims, such as a level of security
    grants: tuple[Grant, ...] = Field(min_length=1)

    def person(self, claims: Mapping[str, Any]) -> Person:
        """Raises Forbidden for whoever the hospital knows and the department has given no role."""
        held = [grant for grant in self.grants if grant.value in _values(claims, grant.claim)]
        unmet = [claim for claim, value in self.must_hold.items() if value not in _values(claims, claim)]
        username = str(claims.get(self.username, "")).casefold()
        if not held or unmet or not username:
            raise Forbidden(f"{self.name} kjenner deg, men du har ingen tilgang her. Be avdelingens leder om en rolle.")
        return Person(
            username,
            name=str(claims.get(self.display_name) or username),
            title=next((grant.title for grant in held if grant.title), ""),
            roles=frozenset[Role]().union(*(grant.roles for grant in held)),
            areas=frozenset[Area]().union(*(grant.areas for grant in held)),
            hpr=str(claims[self.hpr]) if self.hpr and claims.get(self.hpr) else None,
            grants=frozenset((role, area) for grant in held for role in grant.roles for area in grant.areas),
        )


def _values(claims: Mapping[str, Any], name: str) -> list[str]:
    value = claims.get(name, [])
    return [str(each) for each in (value if isinstance(value, list) else [value])]


class Pending(Strict):
    """What the browser keeps while its user is away at the provider, in a cookie that no other site can set."""

    state: str = Field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = Field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = Field(default_factory=lambda: secrets.token_urlsafe(48))
    next: str

    @property
    def challenge(self) -> str:
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Provider:
    """One identity provider. Its metadata and keys are fetched when first needed; keys anew for one not seen before."""

    known: ProviderFile
    http: httpx2.Client
    _keys: KeySet | None = field(default=None, init=False)

    def address(self, pending: Pending) -> str:
        """Where to send the browser. With PAR nothing of the request but its number passes through it."""
        known, metadata = self.known, self._described
        asked = {
            "response_type": "code",
            "redirect_uri": known.redirect_uri,
            "scope": " ".join(known.scopes),
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": pending.challenge,
            "code_challenge_method": "S256",
        }
        pushed = metadata.get("pushed_authorization_request_endpoint")
        if pushed:
            asked = {"request_uri": self._posted(pushed, asked)["request_uri"]}
        return f"{metadata['authorization_endpoint']}?{urlencode({'client_id': known.client_id, **asked})}"

    def person(self, pending: Pending, answer: Mapping[str, str]) -> Person:
        """Who signed in. Raises Forbidden when the answer is not the one that this browser waits for."""
        metadata = self._described
        named = "iss" in answer or metadata.get("authorization_response_iss_parameter_supported", False)
        if not secrets.compare_digest(answer.get("state", "").encode(), pending.state.encode()):
            raise Forbidden("Innloggingen hører ikke til dette vinduet. Begynn på nytt.")
        if "code" not in answer or (named and answer.get("iss") != self.known.issuer):
            raise Forbidden("Innloggingen ble avbrutt. Prøv igjen.")
        exchanged = {"grant_type": "authorization_code", "code": answer["code"], "code_verifier": pending.verifier}
        tokens = self._posted(metadata["token_endpoint"], {**exchanged, "redirect_uri": self.known.redirect_uri})
        return self.known.person(self._verified(str(tokens.get("id_token", "")), pending.nonce))

    def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of a token that this provider signed, now, for us, in answer to this request."""
        registry = jwt.JWTClaimsRegistry(
            leeway=_CLOCKS_MAY_DIFFER_SECONDS,
            iss={"essential": True, "value": self.known.issuer},
            aud={"essential": True, "value": self.known.client_id},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            claims = self._decoded(token).claims
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise Forbidden("Svaret fra innloggingen kan ikke brukes. Prøv igjen.") from error
        if claims.get("azp", self.known.client_id) != self.known.client_id:
            raise Forbidden("Svaret fra innloggingen er til et annet program.")
        return claims

    def _decoded(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, self._keys or self._fetch_keys(), algorithms=_ALGORITHMS)
        except InvalidKeyIdError:  # the provider has changed its keys since
            return jwt.decode(token, self._fetch_keys(), algorithms=_ALGORITHMS)

    def _fetch_keys(self) -> KeySet:
        self._keys = KeySet.import_key_set(self._asked("GET", self._described["jwks_uri"]))  # type: ignore[arg-type]
        return self._keys

    @cached_property
    def _described(self) -> dict[str, Any]:
        """The provider's own description. Raises NotReady when somebody else's came."""
        found = self._asked("GET", f"{self.known.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.known.issuer:
            raise NotReady("Innloggingstjenesten sier at den er en annen enn den som er satt opp.")
        return found

    def _posted(self, address: str, asked: Mapping[str, str]) -> dict[str, Any]:
        return self._asked("POST", address, data={"client_id": self.known.client_id, **self._proof(), **asked})

    def _proof(self) -> dict[str, str]:
        """That it is we who ask: signed by our key where the provider takes that, else the secret."""
        known, offered = self.known, self._described.get("token_endpoint_auth_methods_supported", ())
        if known.client_key and "private_key_jwt" in offered:
            return {"client_assertion_type": _SIGNED, "client_assertion": self._assertion(known.client_key)}
        return {"client_secret": known.client_secret.read_text().strip()} if known.client_secret else {}

    def _assertion(self, key_file: Path) -> str:
        key, now, us = import_key(json.loads(key_file.read_text())), int(time()), self.known.client_id
        header = {"typ": "client-authentication+jwt", "alg": str(key.get("alg") or "RS256"), "kid": key.kid}
        number = {"jti": secrets.token_urlsafe(16), "iat": now, "exp": now + _CLOCKS_MAY_DIFFER_SECONDS}
        return jwt.encode(header, {"iss": us, "sub": us, "aud": self.known.issuer, **number}, key, _ALGORITHMS)

    def _asked(self, method: str, address: str, **sent: Any) -> dict[str, Any]:
        """The JSON object that was answered. Raises NotReady when there is none: nobody can sign in just now."""
        try:
            answer = self.http.request(method, address, **sent)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise NotReady("Innloggingstjenesten svarer ikke som den skal. Prøv igjen om litt.") from error
        return found


def load_provider(file: Path) -> Provider:
    """Raises NotReady, naming each field that is wrong and no value."""
    known = validated(ProviderFile, read_yaml(file), f"Innstillingene for innlogging i {file.name}")
    return Provider(known, httpx2.Client(timeout=10))
