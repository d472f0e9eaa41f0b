"""Claims: to find and read them, and what adjusters do with one besides deciding."""

import asyncio
import base64
import re
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from claimbot.claim import Priority
from claimbot.codec import plain
from claimbot.desk import as_json, event_as_json, note_as_json
from claimbot.errors import NoSuchClaim
from claimbot.store import Status, StoredClaim
from claimbot.web.api.access import Reader, Worker
from claimbot.web.api.deps import Deps
from claimbot.web.api.idempotency import Repeatable
from claimbot.web.api.problems import Kind, Problem, declared
from claimbot.web.api.shown import (
    REFERENCE,
    ShownAsking,
    ShownClaim,
    ShownClaims,
    ShownEvent,
    ShownLine,
    ShownNote,
)
from claimbot.web.api.strict import Body, Words

Name = Annotated[
    str,
    Path(
        description="The claim's reference, however it is written.",
        min_length=1,
        max_length=100,
        examples=[REFERENCE],
    ),
]
ETAG = {"ETag": {"description": "The claim as it is now.", "schema": {"type": "string"}}}
_STRANGE = Problem(Kind.INVALID, "Send the `next` of the page before as `cursor`.")
_REVISION = re.compile(r'"([1-9][0-9]{0,8})(?:\.[0-9a-f]+)?"')


class Change(Body):
    """What is changed of a claim."""

    priority: Annotated[Priority, Field(strict=False)]


class Writing(Body):
    """A note."""

    text: Words


class Asking(Body):
    """A question for the policyholder, who answers in the same chat."""

    text: Words


class AskingPhoto(Body):
    """Which photo is wanted anew, and what else there is to say."""

    slot: Annotated[int, Field(ge=1, le=10, description="The photo's number.")]
    text: Words | None = None


def router(deps: Deps) -> APIRouter:
    """Return the routes of claims."""
    routes = APIRouter(tags=["claims"], responses=declared(Kind.NO_SUCH_CLAIM))
    desk = deps.desk

    @routes.get(
        "/claims",
        responses={200: {"model": ShownClaims}},
        summary="Claims, last submitted first.",
    )
    async def find(
        caller: Reader,  # noqa: ARG001 it may ask
        q: Annotated[
            str, Query(max_length=100, description="A reference, or how a policy number begins.")
        ] = "",
        status: Status | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=100, description="A `next`.")] = None,
    ) -> Response:
        before = _read_cursor(cursor)
        try:
            found = await asyncio.to_thread(
                desk.search, q, status=status, limit=limit, before=before
            )
        except NoSuchClaim:
            raise _STRANGE from None
        more = len(found) == limit
        after = _write_cursor(found[-1][0].claim.reference) if more else None
        return JSONResponse({"claims": [as_json(*one) for one in found], "next": after})

    @routes.get(
        "/claims/{name}",
        responses={
            200: {"model": ShownClaim, "headers": ETAG},
            304: {"description": "It is as you know it."},
        },
        summary="One claim.",
    )
    async def claim(
        name: Name,
        caller: Reader,  # noqa: ARG001 it may ask
        known: Annotated[str | None, Header(alias="If-None-Match", max_length=1000)] = None,
    ) -> Response:
        stored, lease = await asyncio.to_thread(desk.show, name)
        answer = _tagged(stored, as_json(stored, lease))
        if known is not None and is_known(known, answer.headers["ETag"]):
            headers = {name: answer.headers[name] for name in ("ETag", "Cache-Control")}
            return Response(status_code=304, headers=headers)
        return answer

    @routes.patch(
        "/claims/{name}",
        responses={
            **declared(Kind.CHANGED, Kind.NO_IF_MATCH),
            200: {"model": ShownClaim, "headers": ETAG},
        },
        summary="Change how soon a claim is looked at.",
    )
    async def change(
        name: Name,
        wanted: Change,
        caller: Worker,
        known: Annotated[str | None, Header(alias="If-Match", max_length=1000)] = None,
    ) -> Response:
        if known is None:
            raise Problem(Kind.NO_IF_MATCH, "Send the claim's ETag as If-Match.")
        await asyncio.to_thread(
            desk.change,
            caller.adjuster,
            name,
            priority=wanted.priority,
            if_revision=_revision(known),
        )
        stored, lease = await asyncio.to_thread(desk.show, name)
        return _tagged(stored, as_json(stored, lease))

    @routes.get(
        "/claims/{name}/events",
        responses={200: {"model": list[ShownEvent]}},
        summary="What was done with a claim, in time order.",
    )
    async def events(name: Name, caller: Reader) -> Response:  # noqa: ARG001 it may ask
        found = await asyncio.to_thread(desk.events, name)
        return JSONResponse([event_as_json(event) for event in found])

    @routes.get(
        "/claims/{name}/transcript",
        responses={200: {"model": list[ShownLine]}},
        summary="What was said in the chat, both sides.",
    )
    async def transcript(name: Name, caller: Reader) -> Response:  # noqa: ARG001 it may ask
        found = await asyncio.to_thread(desk.transcript, name)
        return JSONResponse([plain(line) for line in found])

    @routes.get(
        "/claims/{name}/notes",
        responses={200: {"model": list[ShownNote]}},
        summary="What adjusters wrote down.",
    )
    async def notes(name: Name, caller: Reader) -> Response:  # noqa: ARG001 it may ask
        found = await asyncio.to_thread(desk.notes, name)
        return JSONResponse([note_as_json(note) for note in found])

    @routes.post(
        "/claims/{name}/notes",
        status_code=201,
        responses={**declared(Kind.BEING_ANSWERED), 201: {"model": ShownNote}},
        summary="Write something down, for adjusters only.",
    )
    async def write(name: Name, told: Writing, caller: Worker, once: Repeatable) -> Response:
        async def act() -> dict[str, Any]:
            note = await asyncio.to_thread(desk.note, caller.adjuster, name, told.text)
            return note_as_json(note) | {"text": ""}

        async def show(done: dict[str, Any]) -> Response:
            return JSONResponse(done | {"text": told.text}, 201)

        return await once(act, show)

    async def ask(
        once: Repeatable, caller: Worker, name: str, text: str, slot: int | None
    ) -> Response:
        async def act() -> dict[str, Any]:
            asked = await asyncio.to_thread(desk.ask, caller.adjuster, name, text, slot=slot)
            return {
                "reference": asked.claim.reference,
                "status": asked.status.value,
                "revision": asked.revision,
            }

        async def show(done: dict[str, Any]) -> Response:
            return JSONResponse(done, 201)

        return await once(act, show)

    asked: dict[int | str, dict[str, Any]] = {
        **declared(Kind.LEASE_LOST, Kind.ALREADY_ASKED, Kind.BEING_ANSWERED),
        201: {"model": ShownAsking},
    }

    @routes.post(
        "/claims/{name}/questions",
        status_code=201,
        responses=asked,
        summary="Ask the policyholder something; the claim waits for the answer.",
    )
    async def question(name: Name, told: Asking, caller: Worker, once: Repeatable) -> Response:
        return await ask(once, caller, name, told.text, None)

    @routes.post(
        "/claims/{name}/photo-requests",
        status_code=201,
        responses=asked,
        summary="Ask the policyholder for a photo anew; the claim waits for it.",
    )
    async def photo_request(
        name: Name, told: AskingPhoto, caller: Worker, once: Repeatable
    ) -> Response:
        return await ask(once, caller, name, told.text or "", told.slot)

    @routes.post(
        "/claims/{name}/recall",
        status_code=204,
        response_class=Response,
        responses=declared(Kind.BEING_ANSWERED),
        summary="Wait for an answer no longer: the claim is ready, first for you.",
    )
    async def recall(name: Name, caller: Worker, once: Repeatable) -> Response:
        async def act() -> dict[str, Any]:
            await asyncio.to_thread(desk.recall, caller.adjuster, name)
            return {}

        async def show(_: dict[str, Any]) -> Response:
            return Response(status_code=204)

        return await once(act, show)

    return routes


def _tagged(stored: StoredClaim, told: dict[str, Any]) -> Response:
    """Return a claim with its ETag: the revision, and a hash of what changes without one.

    That is who holds it, and what is found in its files later.
    """
    answer = JSONResponse(told)
    tag = f'"{stored.revision}.{sha256(bytes(answer.body)).hexdigest()[:16]}"'
    answer.headers.update({"ETag": tag, "Cache-Control": "private, no-cache"})
    return answer


def is_known(known: str, etag: str) -> bool:
    """Tell whether one of the tags of an ``If-None-Match`` is this one."""
    tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    return etag in tags or tags == ["*"]


def _revision(header: str) -> int | None:
    """Return the revision that a claim is to have, None for any.

    Raises:
        Problem: It can have none of these.
    """
    if header.strip() == "*":
        return None
    found = [match for tag in header.split(",") if (match := _REVISION.fullmatch(tag.strip()))]
    if len(found) != 1:
        raise Problem(Kind.CHANGED, "Send the ETag that you were given with the claim.")
    return int(found[0][1])


def _write_cursor(reference: str) -> str:
    return base64.urlsafe_b64encode(reference.encode()).decode().rstrip("=")


def _read_cursor(cursor: str | None) -> str | None:
    """Return the claim after which to go on.

    Raises:
        Problem: It is none of ours.
    """
    if cursor is None:
        return None
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise _STRANGE from None
