"""Sinks: how the systems that are told of claims are doing, and what each was told."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from claimbot.desk import delivery_as_json, sink_as_json
from claimbot.store.deliveries import SinkState
from claimbot.web.api.access import Manager
from claimbot.web.api.deps import Deps
from claimbot.web.api.idempotency import Repeatable
from claimbot.web.api.problems import Kind, declared
from claimbot.web.api.shown import ShownDeliveries, ShownRedelivery, ShownSink
from claimbot.web.api.strict import Body

SinkId = Annotated[
    str, Path(description="The `id` of a sink.", pattern="^[0-9a-f]{8}$", examples=["9f86d081"])
]


class Redelivering(Body):
    """Which event is told again."""

    event_id: Annotated[
        str | None,
        Field(min_length=1, max_length=100, description="Without it, all that were given up."),
    ] = None


def router(deps: Deps) -> APIRouter:
    """Return the routes of sinks."""
    routes = APIRouter(tags=["sinks"])
    desk = deps.desk

    @routes.get("/sinks", responses={200: {"model": list[ShownSink]}}, summary="The sinks.")
    async def sinks(caller: Manager) -> Response:  # noqa: ARG001 it may ask
        found = await asyncio.to_thread(desk.sinks.all)
        return JSONResponse([_shown(state) for state in found])

    @routes.get(
        "/sinks/{sink_id}",
        responses={**declared(Kind.NO_SUCH_SINK), 200: {"model": ShownSink}},
        summary="How a sink is doing.",
    )
    async def sink(sink_id: SinkId, caller: Manager) -> Response:  # noqa: ARG001 it may ask
        return JSONResponse(_shown(await asyncio.to_thread(desk.sinks.find, sink_id)))

    @routes.get(
        "/sinks/{sink_id}/deliveries",
        responses={**declared(Kind.NO_SUCH_SINK), 200: {"model": ShownDeliveries}},
        summary="What a sink was told and is to be told, newest first.",
    )
    async def deliveries(
        sink_id: SinkId,
        caller: Manager,  # noqa: ARG001 it may ask
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[
            str | None, Query(pattern="^[0-9a-f]{1,15}$", description="A `next`.")
        ] = None,
    ) -> Response:
        before = int(cursor, 16) if cursor else None
        told = await asyncio.to_thread(desk.sinks.log, sink_id, limit=limit, before=before)
        after = f"{told[-1].id:x}" if len(told) == limit else None
        return JSONResponse({"deliveries": [delivery_as_json(one) for one in told], "next": after})

    @routes.post(
        "/sinks/{sink_id}/redeliver",
        responses={
            **declared(Kind.NO_SUCH_SINK, Kind.BEING_ANSWERED),
            200: {"model": ShownRedelivery},
        },
        summary="Tell a sink again of an event, or of all that were given up.",
    )
    async def redeliver(
        sink_id: SinkId, wanted: Redelivering, caller: Manager, once: Repeatable
    ) -> Response:
        async def act() -> dict[str, Any]:
            number = await asyncio.to_thread(
                desk.sinks.redeliver, caller.adjuster, sink_id, wanted.event_id
            )
            return {"events": number}

        async def show(done: dict[str, Any]) -> Response:
            return JSONResponse(done)

        return await once(act, show)

    @routes.post(
        "/sinks/{sink_id}/enable",
        status_code=204,
        response_class=Response,
        responses=declared(Kind.NO_SUCH_SINK, Kind.BEING_ANSWERED),
        summary="Tell a sink again that refused for good.",
    )
    async def enable(sink_id: SinkId, caller: Manager, once: Repeatable) -> Response:
        async def act() -> dict[str, Any]:
            await asyncio.to_thread(desk.sinks.enable, caller.adjuster, sink_id)
            return {}

        async def show(_: dict[str, Any]) -> Response:
            return Response(status_code=204)

        return await once(act, show)

    def _shown(state: SinkState) -> dict[str, Any]:
        return sink_as_json(state, configured=desk.sinks.is_configured(state.name))

    return routes
