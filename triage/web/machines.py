"""How client programs come in: a token each, JSON that is plain JSON, and errors that they can read."""

import hmac
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

from triage.commands.demo_users import is_loopback
from triage.domain.errors import TriageError
from triage.web.rendering import load_words
from triage.web.security import Action

if TYPE_CHECKING:
    from triage.web.app import Web

_FEW_BYTES = 10_000
FHIR_JSON = "application/fhir+json"


class NotKnown(TriageError):
    """A client program without a token of ours."""

    http_status = 401


_bearer = HTTPBearer(auto_error=False, description="Nøkkelen som avdelingen har gitt klientprogrammet.")


@dataclass(frozen=True, slots=True)
class Client:
    """A client program at the door. Messages are marked with its name."""

    web: "Web"
    name: str


@dataclass(frozen=True, slots=True)
class Machine:
    """Lets in a client program with a token from the settings, and in the demo any program on this machine."""

    action: Action = Action.MACHINE

    def __call__(
        self, request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Client:
        web: Web = request.app.state.web
        for name, token in web.settings.api_tokens:
            if sent and hmac.compare_digest(sent.credentials.encode(), token.get_secret_value().encode()):
                return Client(web, name)
        if not sent and not web.settings.production and _is_on_this_machine(request):
            return Client(web, "demo")
        raise NotKnown("Klienten er ikke kjent. Send nøkkelen i hodet Authorization: Bearer.")


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


class MachineRoute(APIRoute):
    """A route whose errors are JSON: `{"error": ...}`, and under /fhir an OperationOutcome. Also for a large body."""

    def __init__(self, *args: Any, max_body_size: int | None = None, **more: Any) -> None:
        self._most_bytes = max_body_size or _FEW_BYTES
        # The framework's own limit would answer in English and in plain text.
        super().__init__(*args, max_body_size=sys.maxsize, **more)

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        answer = super().get_route_handler()

        # FastAPI's own routes are asynchronous, so what wraps one is too.
        async def answer_or_say_why(request: Request) -> Response:
            try:
                return await answer(Request(request.scope, _at_most(self._most_bytes, request.receive)))
            except TriageError as error:
                return _refusal(request, error.http_status, [str(error)])
            except RequestValidationError as error:
                return _refusal(request, 422, _faults(error))
            except HTTPException as error:
                return _refusal(request, error.status_code, [_SAYS.get(error.status_code, "Noe gikk galt.")])

        return answer_or_say_why


def _at_most(bytes_left: int, receive: Receive) -> Receive:
    async def receive_some() -> Message:
        nonlocal bytes_left
        message = await receive()
        bytes_left -= len(message.get("body", b""))
        if bytes_left < 0:
            raise HTTPException(413)
        return message

    return receive_some


_SAYS = {400: "Innholdet er ikke gyldig JSON.", 413: "Det som ble sendt, er for stort. Del det opp."}


def _faults(error: RequestValidationError) -> list[str]:
    """A sentence a fault: our own names of fields, never what was sent."""
    words = load_words()["fault"]
    found = [(".".join(map(str, fault["loc"][1:])), fault["type"]) for fault in error.errors()[:20]]
    return [f"{field or 'Innholdet'} {words.get(kind, 'kan ikke brukes')}." for field, kind in found]


def _refusal(request: Request, status: int, says: Sequence[str]) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if request.url.path.startswith("/fhir"):
        issues = [issue("error", "login" if status == 401 else "invalid", words) for words in says]
        return json_answer(outcome(issues), status=status, headers=headers, kind=FHIR_JSON)
    return json_answer({"error": " ".join(says)}, status=status, headers=headers)


def issue(severity: str, code: str, words: str) -> dict[str, Any]:
    """One issue of an OperationOutcome; `code` is from FHIR's issue-type."""
    return {"severity": severity, "code": code, "details": {"text": words}}


def outcome(issues: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


def json_answer(
    tree: Any, *, status: int = 200, headers: dict[str, str] | None = None, kind: str = "application/json"
) -> Response:
    return Response(orjson.dumps(tree), status, headers, kind)
