"""Tokens: which there are, new ones, and that one is used no more."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse
from pydantic import Field, field_validator
from sqlalchemy import Connection

from claimbot.codec import plain
from claimbot.store import Entry, tokens
from claimbot.store.tokens import Scope, Token
from claimbot.web.api.access import Caller, Granter
from claimbot.web.api.deps import Deps
from claimbot.web.api.idempotency import Repeatable
from claimbot.web.api.problems import Kind, Problem, declared
from claimbot.web.api.shown import ShownNewToken, ShownToken
from claimbot.web.api.strict import Body

Name = Annotated[str, Path(description="What the token is called.", examples=["claim-system"])]


class Making(Body):
    """A new token: whose it is, and what it allows."""

    name: Annotated[
        str,
        Field(
            description="Who works with it is called this.",
            json_schema_extra={"pattern": f"^{tokens.NAME.pattern}$"},
        ),
    ]
    scopes: Annotated[
        list[Annotated[Scope, Field(strict=False)]],
        Field(min_length=1, description="Of those that your own token has."),
    ]

    @field_validator("name")
    @classmethod
    def _can_be(cls, name: str) -> str:
        if not tokens.is_name(name):
            raise ValueError("write a name of at most 100 letters and digits")
        return name


def router(deps: Deps) -> APIRouter:
    """Return the routes of tokens."""
    routes = APIRouter(tags=["tokens"])
    store = deps.store

    @routes.get("/tokens", responses={200: {"model": list[ShownToken]}}, summary="The tokens.")
    async def every(caller: Granter) -> Response:  # noqa: ARG001 it may ask
        found = await asyncio.to_thread(store.read, tokens.every)
        return JSONResponse([_shown(token) for token in found])

    @routes.post(
        "/tokens",
        status_code=201,
        responses={
            **declared(Kind.NAME_TAKEN, Kind.BEING_ANSWERED),
            201: {"model": ShownNewToken},
        },
        summary="Make a token, and show it this once: it is kept nowhere.",
    )
    async def make(wanted: Making, caller: Granter, once: Repeatable) -> Response:
        scopes = set(wanted.scopes)
        _check(caller, scopes)
        secret, made = tokens.new_secret(), False

        def add() -> bool:
            at = deps.clock()
            return store.act(
                lambda tx: tokens.add(tx, wanted.name, secret, scopes, at),
                at=at,
                entries=lambda done: [_entry(caller, "token added", wanted.name)] if done else [],
            )

        async def act() -> dict[str, Any]:
            nonlocal made
            made = await asyncio.to_thread(add)
            return {}  # it is kept for a repeat, and the secret must not be

        async def show(_: dict[str, Any]) -> Response:
            if not made:
                raise Problem(Kind.NAME_TAKEN, "Choose another name.")
            shown = {"name": wanted.name, "token": secret, "scopes": sorted(scopes)}
            return JSONResponse(shown, 201)

        return await once(act, show)

    @routes.post(
        "/tokens/{name}/revoke",
        status_code=204,
        response_class=Response,
        responses=declared(Kind.NO_SUCH_TOKEN, Kind.BEING_ANSWERED),
        summary="Let a token be used no more, from this moment on.",
    )
    async def revoke(name: Name, caller: Granter, once: Repeatable) -> Response:
        def end() -> None:
            at = deps.clock()

            def work(tx: Connection) -> bool:
                if not tokens.is_there(tx, name):
                    raise Problem(Kind.NO_SUCH_TOKEN)
                return tokens.revoke(tx, name, at)

            store.act(
                work,
                at=at,
                entries=lambda done: [_entry(caller, "token revoked", name)] if done else [],
            )

        async def act() -> dict[str, Any]:
            await asyncio.to_thread(end)
            return {}

        async def show(_: dict[str, Any]) -> Response:
            return Response(status_code=204)

        return await once(act, show)

    return routes


def _check(caller: Caller, scopes: set[Scope]) -> None:
    """Return if the caller may give these.

    Raises:
        Problem: Their token has not all of them, or one is for the command line to give.
    """
    if Scope.TOKENS in scopes:  # or a token that leaked could outlive its being revoked
        raise Problem(Kind.WRONG_SCOPE, f"Only `claimbot token add` gives {Scope.TOKENS}.")
    if missing := scopes - caller.scopes:
        needed = ", ".join(sorted(missing))
        raise Problem(Kind.WRONG_SCOPE, f"Your token cannot give what it has not: {needed}.")


def _entry(caller: Caller, action: str, name: str) -> Entry:
    return Entry(actor=f"adjuster:{caller.adjuster}", action=action, subject=name)


def _shown(token: Token) -> dict[str, Any]:
    return {
        "name": token.name,
        "scopes": sorted(token.scopes),
        "created_at": plain(token.created_at),
        "last_used_at": plain(token.last_used_at),
        "revoked_at": plain(token.revoked_at),
    }
