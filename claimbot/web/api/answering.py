"""Every answer of the API: its headers, its line in the log, and a problem instead of an error."""

import time
from collections.abc import Callable

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from claimbot.errors import (
    AlreadyAsked,
    LeaseLost,
    MachineBusy,
    NoPicture,
    NoSuchClaim,
    NoSuchPhoto,
    NoSuchSink,
    PhotoMissing,
    RevisionConflict,
)
from claimbot.web.api.problems import RETRY_AFTER, Kind, Problem

log = structlog.get_logger()

BODY_LIMIT = 64_000  # bytes; the longest text that is taken is 2,000 characters
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""For whoever opens an answer in a browser; a route may set its own."""

AWAY = (OperationalError, InterfaceError, MachineBusy, OSError)
"""What is raised when the database or the photo store cannot be reached, or has no time."""

_OF_STATUS = {
    400: Kind.BAD_JSON,
    404: Kind.NOT_FOUND,
    405: Kind.WRONG_METHOD,
}


class Answering:
    """Wraps all of the API: whatever goes wrong inside is a problem outside, never a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        """Answer for ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun, status = time.monotonic(), 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, _limited(receive), told)
        except Problem as problem:
            await problem.answer()(scope, receive, told)
        except AWAY as error:
            log.warning("request not answered", error=type(error).__name__)
            if status:
                raise
            away = Problem(Kind.AWAY, "Try again later.", headers={"Retry-After": RETRY_AFTER})
            await away.answer()(scope, receive, told)
        except Exception:  # whatever it is, a client sees no more of it
            log.exception("request failed")
            if status:
                raise
            await Problem(Kind.FAILED).answer()(scope, receive, told)
        route = getattr(scope.get("route"), "path", None)
        taken = round(time.monotonic() - begun, 3)
        log.info("answered", method=scope["method"], route=route, status=status, seconds=taken)


def _limited(receive: Receive) -> Receive:
    """Return what receives a body until there is too much of it."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_LIMIT:
            raise Problem(Kind.TOO_LARGE)
        return message

    return limited


def turn_errors_into_problems(api: FastAPI) -> None:
    """Make problems of what routes raise."""

    def problem_of(error: type[Exception], make: Callable[[Exception], Problem]) -> None:
        async def answer(_: Request, raised: Exception) -> Response:
            return make(raised).answer()

        api.add_exception_handler(error, answer)

    def known(error: type[Exception], kind: Kind, detail: str = "") -> None:
        problem_of(error, lambda _: Problem(kind, detail))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 for the type checker
        return _of_http(request, error).answer()

    api.add_exception_handler(HTTPException, http)
    problem_of(RequestValidationError, _of_what_was_sent)
    known(NoSuchClaim, Kind.NO_SUCH_CLAIM)
    known(NoSuchSink, Kind.NO_SUCH_SINK)
    problem_of(LeaseLost, _lost)
    problem_of(AlreadyAsked, _asked)
    known(NoSuchPhoto, Kind.INVALID, "The claim has no photo of this number.")
    known(RevisionConflict, Kind.CHANGED, "Read it again first.")
    known(NoPicture, Kind.NO_PICTURE, "Ask for the original.")
    known(PhotoMissing, Kind.GONE)


def _of_http(request: Request, error: HTTPException) -> Problem:
    if isinstance(error, Problem):
        return error
    kind = _OF_STATUS.get(error.status_code, Kind.FAILED)
    headers = {"Allow": _allowed(request)} if kind is Kind.WRONG_METHOD else {}
    return Problem(kind, headers=headers)


def _allowed(request: Request) -> str:
    """Return the methods of a path; where several fit, of the one that names it most exactly."""
    path = request.scope["path"].removeprefix(request.scope["root_path"])
    fit = [route for route in request.app.state.routes if route.path_regex.match(path)]
    if not fit:
        return "GET"  # the schema, which is no route of ours
    exact = min(fit, key=lambda route: len(route.param_convertors)).path
    return ", ".join(sorted({m for route in fit if route.path == exact for m in route.methods}))


def _of_what_was_sent(error: Exception) -> Problem:
    """Say what cannot be used, without what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 for the type checker
    if any(wrong["type"] == "json_invalid" for wrong in error.errors()):
        return Problem(Kind.BAD_JSON)
    wrong = [
        {"at": ".".join(str(part) for part in one["loc"]), "problem": one["msg"]}
        for one in error.errors()
    ]
    return Problem(Kind.INVALID, "See `errors` for what cannot be used.", errors=wrong)


def _asked(error: Exception) -> Problem:
    assert isinstance(error, AlreadyAsked)  # noqa: S101 for the type checker
    detail = "Ask when the answer is there, or recall the other claim."
    return Problem(Kind.ALREADY_ASKED, detail, reference=error.reference)


def _lost(error: Exception) -> Problem:
    assert isinstance(error, LeaseLost)  # noqa: S101 for the type checker
    detail = "It ran out, was given back, or is another adjuster's."
    return Problem(Kind.LEASE_LOST, detail, reference=error.claim_id)
