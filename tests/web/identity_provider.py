"""An identity provider as strict as HelseID: pushed requests, PKCE, a signed assertion, its name in the answer."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from time import time
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends, FastAPI, HTTPException, Request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

ISSUER, CLIENT = "https://innlogging.test", "henvisningsvurdering"
DOCTOR = {"sub": "kari", "name": "Kari Kirurg", "groups": ["leger-endoskopi"], "hpr_number": "9999991", "level": "4"}


@dataclass
class MockProvider:
    """`claims` and `changes` are what the next token says; `offers` what its metadata does."""

    client_key: RSAKey
    claims: dict[str, Any] = field(default_factory=lambda: dict(DOCTOR))
    changes: dict[str, Any] = field(default_factory=dict)
    offers: dict[str, Any] = field(default_factory=dict)
    keys: KeySet = field(default_factory=lambda: KeySet([a_key("first")]))
    pushed: dict[str, dict[str, str]] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "pushed_authorization_request_endpoint": f"{ISSUER}/par",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "authorization_response_iss_parameter_supported": True,
            **self.offers,
        }

    def push(self, sent: dict[str, str]) -> dict[str, str]:
        self._require_our_client(sent)
        number = f"urn:request:{len(self.pushed)}"
        self.pushed[number] = sent
        return {"request_uri": number}

    def answer(self, address: str) -> dict[str, str]:
        """What the browser brings back once its user has signed in."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked = self.pushed.pop(asked["request_uri"], asked) if "request_uri" in asked else asked
        return {"code": "the-code", "state": self.asked["state"], "iss": ISSUER}

    def token(self, sent: dict[str, str]) -> dict[str, str]:
        self._require_our_client(sent)
        challenge = urlsafe_b64encode(sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        known = (sent["code"], challenge, sent["redirect_uri"])
        if known != ("the-code", self.asked["code_challenge"], self.asked["redirect_uri"]):
            raise HTTPException(400, "invalid_grant")
        now, key = int(time()), self.keys.keys[0]
        times = {"iss": ISSUER, "aud": CLIENT, "nonce": self.asked["nonce"], "iat": now, "exp": now + 60}
        header = {"alg": "RS256", "kid": key.kid}
        return {"id_token": jwt.encode(header, {**times, **self.claims, **self.changes}, key)}

    def _require_our_client(self, sent: dict[str, str]) -> None:
        if "private_key_jwt" not in self.metadata()["token_endpoint_auth_methods_supported"]:
            if sent.get("client_secret") != "hysj":
                raise HTTPException(401, "invalid_client")
            return
        claims = jwt.decode(sent["client_assertion"], self.client_key, algorithms=["RS256"]).claims
        said = {name: claims[name] for name in ("iss", "sub", "aud")}
        if said != {"iss": CLIENT, "sub": CLIENT, "aud": ISSUER} or claims["exp"] > time() + 120:
            raise HTTPException(401, "invalid_client")

    def app(self) -> FastAPI:
        app = FastAPI()
        app.get("/.well-known/openid-configuration")(self.metadata)
        app.get("/keys")(lambda: self.keys.as_dict(private=False))

        @app.post("/par")
        def par(sent: Annotated[dict[str, str], Depends(form)]) -> dict[str, str]:
            return self.push(sent)

        @app.post("/token")
        def token(sent: Annotated[dict[str, str], Depends(form)]) -> dict[str, str]:
            return self.token(sent)

        return app


async def form(request: Request) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.form()).items()}


def a_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "alg": "RS256", "use": "sig"})
