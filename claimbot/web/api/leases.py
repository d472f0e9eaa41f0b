"""Leases: a claim is an adjuster's own for a while."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy import Connection

from claimbot.codec import plain
from claimbot.desk import LONGEST_TEXT, Held, as_json, lease_as_json
from claimbot.store import tokens
from claimbot.web.api.access import Caller, Reader, Worker
from claimbot.web.api.deps import Deps
from claimbot.web.api.idempotency import Repeatable
from claimbot.web.api.problems import Kind, Problem, declared
from claimbot.web.api.shown import LEASE_ID, ShownClaim, ShownDepth, ShownLease
from claimbot.web.api.strict import Body, Words

LONGEST_HOLD = 24 * 3600  # seconds
LONGEST_DELAY = 7 * LONGEST_HOLD
LONGEST_WAIT = 20  # seconds; what stands between us and a client often gives up after 30
LOOK_EVERY = 0.75  # seconds
NOTHING = {
    "description": "None is ready.",
    "headers": {
        name: {"description": text, "schema": {"type": "integer", "minimum": 0}}
        for name, text in (
            ("Queue-Ready", "How many are ready for somebody."),
            ("Queue-Leased", "How many are held by somebody."),
        )
    },
}

LeaseId = Annotated[str, Path(pattern="^[A-Za-z0-9]{21,100}$", examples=[LEASE_ID])]
Hold = Annotated[int, Field(ge=1, le=LONGEST_HOLD, description="For how long it is yours.")]


class Taking(Body):
    """Which claim is wanted: the one that is due first of those that the skills suffice for."""

    hold_seconds: Hold = 1800
    wait_seconds: Annotated[
        int, Field(ge=0, le=LONGEST_WAIT, description="How long to wait for one.")
    ] = 0
    skills: Annotated[
        tuple[Annotated[str, Field(max_length=100, pattern=r"^[^\x00]+$")], ...],
        Field(max_length=50, strict=False),
    ] = ()


class Extending(Body):
    """Until when it is held, from now."""

    hold_seconds: Hold = 1800


class Accepting(Body):
    """What is noted down with the decision."""

    note: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""


class Returning(Body):
    """Why a claim is given back, and when it is ready again."""

    reason: Words
    delay_seconds: Annotated[int, Field(ge=0, le=LONGEST_DELAY)] = 0


def router(deps: Deps) -> APIRouter:
    """Return the routes of leases, and of how the queue is doing."""
    routes = APIRouter(tags=["leases"])
    desk = deps.desk

    @routes.post(
        "/leases",
        status_code=201,
        responses={
            **declared(Kind.LEASE_LOST, Kind.BEING_ANSWERED),
            201: {"model": ShownClaim, **_located()},
            204: NOTHING,
        },
        summary="Take the claim that is due first.",
    )
    async def take(request: Request, wanted: Taking, caller: Worker, once: Repeatable) -> Response:
        async def act() -> dict[str, Any]:
            held = await _next(deps, request, wanted, caller)
            if held is not None:
                return {"lease": held.lease.token}
            depth = await asyncio.to_thread(desk.depth)
            return {"ready": depth.ready, "leased": depth.leased}

        async def show(done: dict[str, Any]) -> Response:
            if "lease" not in done:
                headers = {f"Queue-{name.title()}": str(done[name]) for name in done}
                return Response(status_code=204, headers=headers)
            held = await asyncio.to_thread(desk.lease, done["lease"])
            place = f"{request.scope['root_path']}/leases/{held.lease.token}"
            return JSONResponse(as_json(held.stored, held.lease), 201, {"Location": place})

        return await once(act, show)

    @routes.get(
        "/leases",
        responses={200: {"model": list[ShownClaim]}},
        summary="What you hold.",
    )
    async def held_by_you(caller: Reader) -> Response:
        found = await asyncio.to_thread(desk.held_by, caller.adjuster)
        return JSONResponse([as_json(held.stored, held.lease) for held in found])

    @routes.get(
        "/leases/{lease_id}",
        responses={**declared(Kind.LEASE_LOST), 200: {"model": ShownClaim}},
        summary="The claim that is held.",
    )
    async def lease(lease_id: LeaseId, caller: Reader) -> Response:  # noqa: ARG001
        held = await asyncio.to_thread(desk.lease, lease_id)
        return JSONResponse(as_json(held.stored, held.lease))

    @routes.patch(
        "/leases/{lease_id}",
        responses={**declared(Kind.LEASE_LOST), 200: {"model": ShownLease}},
        summary="Hold on to a claim.",
    )
    async def extend(lease_id: LeaseId, wanted: Extending, caller: Worker) -> Response:
        hold = timedelta(seconds=wanted.hold_seconds)
        now = await asyncio.to_thread(desk.extend, caller.adjuster, lease_id, hold=hold)
        return JSONResponse(lease_as_json(now))

    @routes.post(
        "/leases/{lease_id}/ack",
        status_code=204,
        response_class=Response,
        responses=declared(Kind.LEASE_LOST, Kind.BEING_ANSWERED),
        summary="Take the claim on: it is decided. A repeat is answered alike.",
    )
    async def ack(
        lease_id: LeaseId,
        caller: Worker,
        once: Repeatable,
        told: Accepting | None = None,
    ) -> Response:
        async def act() -> dict[str, Any]:
            note = told.note if told else ""
            await asyncio.to_thread(desk.accept, caller.adjuster, lease_id, note=note)
            return {}

        return await once(act, _done)

    @routes.post(
        "/leases/{lease_id}/nack",
        status_code=204,
        response_class=Response,
        responses=declared(Kind.LEASE_LOST, Kind.BEING_ANSWERED),
        summary="Give the claim back. A repeat is answered alike.",
    )
    async def nack(
        lease_id: LeaseId,
        told: Returning,
        caller: Worker,
        once: Repeatable,
    ) -> Response:
        async def act() -> dict[str, Any]:
            delay = timedelta(seconds=told.delay_seconds)
            await asyncio.to_thread(
                desk.give_back, caller.adjuster, lease_id, reason=told.reason, delay=delay
            )
            return {}

        return await once(act, _done)

    @routes.get("/queue", responses={200: {"model": ShownDepth}}, summary="What waits.")
    async def depth(caller: Reader) -> Response:  # noqa: ARG001 it may ask
        return JSONResponse(plain(await asyncio.to_thread(desk.depth)))

    return routes


async def _next(deps: Deps, request: Request, wanted: Taking, caller: Caller) -> Held | None:
    """Return a claim as soon as there is one; who waits holds no thread and no connection.

    None also when the service stops: who asks again is answered by another process.
    """
    hold, skills = timedelta(seconds=wanted.hold_seconds), wanted.skills
    loop = asyncio.get_running_loop()
    until = loop.time() + wanted.wait_seconds
    held = await asyncio.to_thread(deps.desk.next, caller.adjuster, hold=hold, skills=skills)
    while held is None and loop.time() < until and not deps.stopping():
        await asyncio.sleep(LOOK_EVERY)
        if await request.is_disconnected():
            return None
        if (await asyncio.to_thread(deps.desk.depth)).ready:  # to look is less work than to take
            await asyncio.to_thread(deps.store.read, partial(_is_welcome, caller))
            held = await asyncio.to_thread(
                deps.desk.next, caller.adjuster, hold=hold, skills=skills
            )
    return held


def _is_welcome(caller: Caller, tx: Connection) -> None:
    """Return if a token was not revoked while its bearer waited.

    Raises:
        Problem: It was.
    """
    if not tokens.is_live(tx, caller.token_id):
        raise Problem(Kind.NO_TOKEN, headers={"WWW-Authenticate": "Bearer"})


async def _done(_: dict[str, Any]) -> Response:
    return Response(status_code=204)


def _located() -> dict[str, Any]:
    where = {"description": "The lease.", "schema": {"type": "string"}}
    return {"description": "It is yours.", "headers": {"Location": where}}
