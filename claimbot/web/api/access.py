"""Who may: bearer tokens, what they allow, and how often they may ask.

Nothing of the API but its schema is answered without a token, not even that a page is not there.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from claimbot.store import Store, tokens
from claimbot.store.tokens import Scope, Token
from claimbot.web.api.problems import Kind, Problem

OPEN = "/openapi.json"
ADJUSTER_HEADER = "Claimbot-Adjuster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many requests a minute are answered, in each process."""

    of_a_token: int = 6_000  # a claim system works for many adjusters with one
    refused: int = 60  # without a token that is valid, from one address


LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: an adjuster, by a token."""

    token_id: int
    adjuster: str
    scopes: frozenset[Scope]


class Access:
    """Lets through who has a token; wraps the application, so that no route is forgotten."""

    def __init__(
        self, app: ASGIApp, store: Store, clock: Callable[[], datetime], limits: Limits
    ) -> None:
        """Guard ``app``."""
        self._app = app
        self._store = store
        self._clock = clock
        self._of_a_token = RateLimitItemPerMinute(limits.of_a_token)
        self._refused = RateLimitItemPerMinute(limits.refused)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Serve one request.

        Raises:
            Problem: It is not allowed.
        """
        request = Request(scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path != OPEN:
            request.state.caller = await self._caller(request)
        await self._app(scope, receive, send)

    async def _caller(self, request: Request) -> Caller:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        token = None
        if kind.lower() == "bearer":
            token = await asyncio.to_thread(self._token, secret.strip())
        if token is None:
            host = request.client.host if request.client else ""
            await self._count(self._refused, "refused", host)
            raise Problem(Kind.NO_TOKEN, headers={"WWW-Authenticate": "Bearer"})
        await self._count(self._of_a_token, "token", str(token.id))
        return Caller(
            token_id=token.id,
            adjuster=_adjuster(request.headers.get(ADJUSTER_HEADER), token),
            scopes=token.scopes,
        )

    def _token(self, secret: str) -> Token | None:
        """Return the token that this is, if it is one that is not revoked."""
        token = self._store.read(lambda tx: tokens.find(tx, secret))
        if token is None or token.revoked_at is not None:
            return None
        now, last = self._clock(), token.last_used_at
        if last is None or now - last >= tokens.USED_EVERY:
            self._store.write(lambda tx: tokens.used(tx, token.id, now))
        return token

    async def _count(self, limit: RateLimitItem, *who: str) -> None:
        """Count a request.

        Raises:
            Problem: It is one too many.
        """
        if not await self._limiter.hit(limit, *who):
            window = await self._limiter.get_window_stats(limit, *who)
            wait = max(1, ceil(window.reset_time - time.time()))
            raise Problem(Kind.TOO_MANY, headers={"Retry-After": str(wait)})


def _adjuster(named: str | None, token: Token) -> str:
    """Return who works with a token: whom the request names, or else whom the token is called."""
    if named is None:
        return token.name
    if not tokens.is_name(named):
        raise Problem(
            Kind.INVALID, f"{ADJUSTER_HEADER}: write a name of at most 100 letters and digits"
        )
    return named


_IN_SCHEMA = HTTPBearer(
    scheme_name="token", description="From `claimbot token add`.", auto_error=False
)


def caller(scope: Scope) -> Callable[..., Caller]:
    """Return the dependency that gives the caller, and demands that the token has ``scope``."""

    def allowed(request: Request, _: Annotated[object, Depends(_IN_SCHEMA)]) -> Caller:
        asking: Caller = request.state.caller
        if scope not in asking.scopes:
            raise Problem(Kind.WRONG_SCOPE, f"This takes a token with the scope {scope}.")
        return asking

    return allowed


Reader = Annotated[Caller, Security(caller(Scope.READ), scopes=[Scope.READ])]
Worker = Annotated[Caller, Security(caller(Scope.WORK), scopes=[Scope.WORK])]
Manager = Annotated[Caller, Security(caller(Scope.SINKS), scopes=[Scope.SINKS])]
Granter = Annotated[Caller, Security(caller(Scope.TOKENS), scopes=[Scope.TOKENS])]
