"""How client programs come in, and what they are answered: a token each, and JSON that is plain JSON."""

import hmac
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, model_validator

from triage.commands.users import is_loopback
from triage.domain.errors import TriageError
from triage.web.rendering import AWeb, Web, word
from triage.web.security import Action

FHIR_JSON = "application/fhir+json"


class NotKnown(TriageError):
    """A client program without a token of ours."""

    http_status = 401


_bearer = HTTPBearer(auto_error=False, description="Nøkkelen som avdelingen har gitt klientprogrammet.")


@dataclass(frozen=True, slots=True)
class Client:
    web: Web
    name: str  # which messages from it are marked with


class Machine:
    """Lets in a client program with a token from the settings, and in the demo any program on this machine."""

    action = Action.MACHINE

    def __call__(
        self, request: Request, web: AWeb, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Client:
        for name, token in web.settings.api_tokens:
            if sent and hmac.compare_digest(sent.credentials.encode(), token.get_secret_value().encode()):
                return Client(web, name)
        if not sent and not web.settings.production and _is_on_this_machine(request):
            return Client(web, "demo")
        raise NotKnown("Klienten er ikke kjent. Send nøkkelen i hodet Authorization: Bearer.")


AClient = Annotated[Client, Depends(Machine())]


def _is_on_this_machine(request: Request) -> bool:
    """Not when a proxy passed it on, and not when a page in somebody's browser sent it."""
    if {"x-forwarded-for", "forwarded", "origin"} & set(request.headers):
        return False
    return request.client is not None and is_loopback(request.client.host)


class PlainJson(BaseModel):
    """What a client program sends. Fields that we do not know are ignored: its next version may send more."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _is_plain(cls, tree: Any) -> Any:
        """Python reads more than JSON: halves of characters, endless numbers, nesting without end."""
        try:
            orjson.dumps(tree)
        except TypeError:
            raise ValueError("er ikke vanlig JSON") from None
        return tree


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the answers mean, for the API's description."""
    return {status: {"description": word(status, "api_answer")} for status in statuses}


def outcome(*issues: tuple[str, str, str]) -> dict[str, Any]:
    """An OperationOutcome; of each issue its severity, its code (from FHIR's issue-type), and what it says."""
    said = [{"severity": severity, "code": code, "details": {"text": words}} for severity, code, words in issues]
    return {"resourceType": "OperationOutcome", "issue": said}


def json_answer(
    tree: Any, *, status: int = 200, headers: dict[str, str] | None = None, kind: str = "application/json"
) -> Response:
    return Response(orjson.dumps(tree), status, headers, kind)
