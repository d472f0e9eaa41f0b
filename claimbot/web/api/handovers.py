"""Handovers: policyholders who wait for a person."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from claimbot.desk import handover_as_json
from claimbot.web.api.access import Reader, Worker
from claimbot.web.api.claims import Name
from claimbot.web.api.deps import Deps
from claimbot.web.api.idempotency import Repeatable
from claimbot.web.api.problems import Kind, declared
from claimbot.web.api.shown import ShownHandover
from claimbot.web.api.strict import Body, Words


class Telling(Body):
    """What is said to the policyholder."""

    text: Words


def router(deps: Deps) -> APIRouter:
    """Return the routes of handovers."""
    routes = APIRouter(tags=["handovers"])
    desk = deps.desk
    missing = declared(Kind.NO_SUCH_CLAIM, Kind.LEASE_LOST, Kind.BEING_ANSWERED)

    async def done(_: dict[str, Any]) -> Response:
        return Response(status_code=204)

    @routes.get(
        "/handovers",
        responses={200: {"model": list[ShownHandover]}},
        summary="Who waits for a person, longest first.",
    )
    async def handovers(caller: Reader) -> Response:  # noqa: ARG001 it may ask
        found = await asyncio.to_thread(desk.handovers)
        return JSONResponse([handover_as_json(handover) for handover in found])

    @routes.post(
        "/handovers/{name}/take",
        status_code=204,
        response_class=Response,
        responses=missing,
        summary="Take a conversation on: it is no longer listed.",
    )
    async def take(name: Name, caller: Worker, once: Repeatable) -> Response:
        async def act() -> dict[str, Any]:
            await asyncio.to_thread(desk.take_over, caller.adjuster, name)
            return {}

        return await once(act, done)

    @routes.post(
        "/handovers/{name}/messages",
        status_code=204,
        response_class=Response,
        responses=missing,
        summary="Write to the policyholder, in the same chat.",
    )
    async def tell(name: Name, told: Telling, caller: Worker, once: Repeatable) -> Response:
        async def act() -> dict[str, Any]:
            await asyncio.to_thread(desk.tell, caller.adjuster, name, told.text)
            return {}

        return await once(act, done)

    @routes.post(
        "/handovers/{name}/release",
        status_code=204,
        response_class=Response,
        responses=missing,
        summary="Let the bot go on with the conversation.",
    )
    async def release(name: Name, caller: Worker, once: Repeatable) -> Response:
        async def act() -> dict[str, Any]:
            await asyncio.to_thread(desk.release, caller.adjuster, name)
            return {}

        return await once(act, done)

    return routes
