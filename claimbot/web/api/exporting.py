"""Claims as files for other systems and people.  Each that is taken is written down."""

import asyncio
from collections.abc import Iterator
from functools import partial
from io import SEEK_END
from typing import IO, Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BeforeValidator

from claimbot.exports import open_exporter
from claimbot.exports.document import ClaimDocument
from claimbot.plugins import installed
from claimbot.reference import parse_reference
from claimbot.store import Status
from claimbot.web.api.access import Reader
from claimbot.web.api.claims import Name
from claimbot.web.api.deps import Deps
from claimbot.web.api.problems import Kind, Problem, declared

PIECE = 64_000  # bytes sent at once


def _written_out(text: object) -> object:
    """Refuse what pydantic takes for a moment and people do not: "5", seconds since 1970."""
    if isinstance(text, str) and "T" not in text.upper():
        raise ValueError("write a date and a time, with an offset or Z")
    return text


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]


def router(deps: Deps) -> APIRouter:
    """Return the routes of exports."""
    one = declared(Kind.NO_SUCH_CLAIM, Kind.GONE)
    routes = APIRouter(tags=["exports"], default_response_class=Response)

    async def exported(adjuster: str, form: str, filename: str, **which: Any) -> Response:
        export = partial(deps.desk.export, adjuster, form, **which)
        return _attached(await asyncio.to_thread(export), form, filename)

    async def one_claim(adjuster: str, form: str, name: str) -> Response:
        reference = parse_reference(name) or name
        return await exported(adjuster, form, reference, names=[name])

    @routes.get(
        "/claims/exports.csv",
        responses={200: _content("text/csv")},
        summary="Many claims as a table, last submitted first.",
    )
    async def table(
        caller: Reader,
        status: Status | None = None,
        since: Annotated[Moment | None, Query(description="Submitted then or later.")] = None,
    ) -> Response:
        return await exported(caller.adjuster, "csv", "claims", status=status, since=since)

    @routes.get(
        "/claims/{name}/export.json",
        responses={**one, 200: {"model": ClaimDocument}},
        summary="A claim as the schema of claims has it.",
    )
    async def as_json(name: Name, caller: Reader) -> Response:
        return await one_claim(caller.adjuster, "json", name)

    @routes.get(
        "/claims/{name}/export.zip",
        responses={**one, 200: _content("application/zip")},
        summary="A claim with its files as they were sent, and a manifest of SHA-256s.",
    )
    async def as_zip(name: Name, caller: Reader) -> Response:
        return await one_claim(caller.adjuster, "zip", name)

    forms = installed("exporters")

    @routes.get(
        "/claims/{name}/export",
        responses={**one, 200: _content("*/*")},
        summary="A claim in any of the forms that are installed.",
    )
    async def as_form(
        name: Name,
        caller: Reader,
        form: Annotated[str, Query(alias="format", json_schema_extra={"enum": list(forms)})],
    ) -> Response:
        if form not in forms:
            raise Problem(Kind.INVALID, f"Choose a format of {', '.join(forms)}.")
        return await one_claim(caller.adjuster, form, name)

    return routes


def _content(media_type: str) -> dict[str, Any]:
    return {"description": "The file.", "content": {media_type: {}}}


def _attached(file: IO[bytes], form: str, name: str) -> Response:
    exporter = open_exporter(form)
    size = file.seek(0, SEEK_END)
    file.seek(0)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{exporter.ending}"',
        "Content-Length": str(size),
    }
    return StreamingResponse(_pieces(file), 200, headers, exporter.media_type)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
