"""What is wrong with a request, as problem details (RFC 9457): all that is not a success.

A problem's ``type`` never changes; its title and detail are for people, and quote no value.
"""

import json
from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "5"  # seconds; a database that is restarted is back by then


class Kind(Enum):
    """The problems there are: the end of the ``type``, the status, and the title."""

    BAD_JSON = ("bad-json", 400, "The body is not JSON.")
    NO_TOKEN = ("no-token", 401, "Send a token that is valid.")
    WRONG_SCOPE = ("wrong-scope", 403, "The token may not do this.")
    NOT_FOUND = ("not-found", 404, "There is nothing here.")
    NO_SUCH_CLAIM = ("no-such-claim", 404, "There is no such claim.")
    NO_SUCH_SINK = ("no-such-sink", 404, "There is no such sink.")
    NO_SUCH_TOKEN = ("no-such-token", 404, "There is no such token.")
    NO_PICTURE = ("no-picture", 404, "There is no picture to be made of this file.")
    WRONG_METHOD = ("wrong-method", 405, "This cannot be done here.")
    LEASE_LOST = ("lease-lost", 409, "You do not hold this claim.")
    NAME_TAKEN = ("name-taken", 409, "There is one of this name already.")
    ALREADY_ASKED = ("already-asked", 409, "Another claim of theirs waits for an answer.")
    BEING_ANSWERED = ("being-answered", 409, "The first request is still being answered.")
    GONE = ("gone", 410, "It is no longer there.")
    CHANGED = ("changed", 412, "It was changed since you read it.")
    TOO_LARGE = ("too-large", 413, "The body is too large.")
    NOT_SATISFIABLE = ("range-not-satisfiable", 416, "There is no such part of it.")
    INVALID = ("invalid", 422, "The request cannot be used as it is.")
    KEY_REUSED = ("key-reused", 422, "This key was sent with another request.")
    NO_IF_MATCH = ("no-if-match", 428, "Say which revision you change.")
    TOO_MANY = ("too-many", 429, "Too many requests.")
    FAILED = ("failed", 500, "Something is wrong on our side.")
    AWAY = ("away", 503, "Something that is needed cannot be reached.")

    @property
    def type(self) -> str:
        """The URN that clients tell problems apart by."""
        return f"urn:claimbot:problem:{self.value[0]}"

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[1]

    @property
    def title(self) -> str:
        """One sentence, the same each time."""
        return self.value[2]


class Problem(HTTPException):
    """A request that is answered with a problem; raise it anywhere below a route.

    Args:
        kind: What is wrong.
        detail: What to do about it, in one sentence.
        headers: To answer with.
        more: Further members of the problem.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(kind.status, detail or kind.title, dict(headers or {}))
        self.kind = kind
        self.more = more

    def answer(self) -> Response:
        """Return it as a response."""
        told = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            **self.more,
        }
        return Response(json.dumps(told), self.kind.status, self.headers, MEDIA_TYPE)


class ProblemBody(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(title="Problem", extra="allow")

    type: str = Field(pattern="^urn:claimbot:problem:", description="Tell problems apart by it.")
    title: str
    status: int
    detail: str = Field(description="What to do about it, for people.")


def declared(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """Return these problems as the ``responses`` of a route, for the schema."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        response = responses.setdefault(
            kind.status,
            {
                "description": HTTPStatus(kind.status).phrase,
                "content": {
                    MEDIA_TYPE: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": {},
                    }
                },
            },
        )
        problem = json.loads(bytes(Problem(kind).answer().body))
        response["content"][MEDIA_TYPE]["examples"][kind.value[0]] = {"value": problem}
    return responses
