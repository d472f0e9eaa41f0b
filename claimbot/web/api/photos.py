"""The files of a claim: photos to look at or as they were sent, and the claim form."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from claimbot.desk import as_json
from claimbot.exports import Bundle, Original
from claimbot.photos.copies import Variant
from claimbot.web.api.access import Reader
from claimbot.web.api.claims import Name, is_known
from claimbot.web.api.deps import Deps
from claimbot.web.api.problems import Kind, Problem, declared

PDF = "application/pdf"
JPEG = "image/jpeg"
SERVED = frozenset({JPEG, "image/png", "image/webp", "image/heif", PDF})
ANYTHING = "application/octet-stream"
_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))")


class Shape(StrEnum):
    """How a file is wanted; copies are upright JPEGs without anything that the file says."""

    ORIGINAL = "original"
    VIEW = "view"
    THUMBNAIL = "thumbnail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A file as it is answered with; ``etag`` is that of these very bytes."""

    data: bytes
    etag: str
    media_type: str
    disposition: str


Place = Annotated[int, Path(ge=1, le=1_000, description="Which one, from 1.")]
Wanted = Annotated[
    Shape | None,
    Query(alias="variant", description="By default a `view`, or of a PDF the `original`."),
]
_CONTENT: dict[str, dict[str, Any]] = {kind: {} for kind in (*sorted(SERVED), ANYTHING)}
_TAG = {"ETag": {"description": "Of these very bytes.", "schema": {"type": "string"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": _CONTENT, "headers": _TAG},
    206: {"description": "The part that was asked for.", "content": _CONTENT, "headers": _TAG},
    304: {"description": "It is as you know it."},
}


class Asked:
    """What a request says about what its sender has of the file already, and what it wants."""

    def __init__(
        self,
        known: Annotated[str | None, Header(alias="If-None-Match", max_length=1000)] = None,
        part: Annotated[
            str | None,
            Header(alias="Range", max_length=1000, description="One range of bytes, else all."),
        ] = None,
        part_of: Annotated[str | None, Header(alias="If-Range", max_length=1000)] = None,
    ) -> None:
        """Take the headers."""
        self._known = known
        self._part = part
        self._part_of = part_of

    def answer(self, file: Served) -> Response:
        """Return the file, the part of it that is wanted, or that it is known.

        Raises:
            Problem: The file has no such part.
        """
        headers = {"ETag": file.etag, "Cache-Control": "private, no-cache"}
        if self._known is not None and is_known(self._known, file.etag):
            return Response(status_code=304, headers=headers)
        size = len(file.data)
        headers |= {"Accept-Ranges": "bytes", "Content-Disposition": file.disposition}
        part = self._range(file.etag, size)
        if part is None:
            return Response(file.data, 200, headers, file.media_type)
        if not part:
            raise Problem(
                Kind.NOT_SATISFIABLE,
                f"The file has {size} bytes.",
                headers={"Content-Range": f"bytes */{size}"},
            )
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        return Response(file.data[part.start : part.stop], 206, headers, file.media_type)

    def _range(self, etag: str, size: int) -> range | None:
        """Return which bytes are wanted, if they are there; None for all of them (RFC 9110, 14).

        Several ranges at once are answered with all.
        """
        written = _RANGE.fullmatch(self._part or "")
        if written is None or self._part_of not in {None, etag}:
            return None
        first, last, end = (int(number) if number else None for number in written.groups())
        if first is None:
            return range(max(0, size - (end or 0)), size)
        if last is not None and last < first:
            return None
        return range(first, size if last is None else min(last + 1, size))


def router(deps: Deps) -> APIRouter:
    """Return the routes of the claims' files."""
    missing = declared(Kind.NO_SUCH_CLAIM, Kind.NO_PICTURE, Kind.GONE, Kind.NOT_SATISFIABLE)
    routes = APIRouter(
        tags=["files"], responses=missing | _ANSWERS, default_response_class=Response
    )
    wants = Annotated[Asked, Depends(Asked)]

    def served(
        name: str,
        originals: Callable[[Bundle], list[Original]],
        place: int,
        shape: Shape | None,
    ) -> Served:
        stored, _ = deps.desk.show(name)
        claim = as_json(stored, None)
        files = originals(Bundle(claim=claim, fetch=deps.desk.file, known=deps.store.kept_file))
        if place > len(files):
            raise Problem(Kind.NOT_FOUND, f"The claim has {len(files)} of these.")
        return _served(deps, stored.claim.reference, files[place - 1], shape)

    @routes.get("/claims/{name}/photos/{n}", summary="A photo, in slot order.")
    async def photo(
        name: Name,
        n: Place,
        caller: Reader,  # noqa: ARG001 it may ask
        asked: wants,
        shape: Wanted = None,
    ) -> Response:
        return asked.answer(await asyncio.to_thread(served, name, Bundle.photos, n, shape))

    @routes.get("/claims/{name}/form/{n}", summary="A file of the claim form: a PDF or a page.")
    async def form(
        name: Name,
        n: Place,
        caller: Reader,  # noqa: ARG001 it may ask
        asked: wants,
        shape: Wanted = None,
    ) -> Response:
        return asked.answer(await asyncio.to_thread(served, name, Bundle.form, n, shape))

    return routes


def _served(deps: Deps, reference: str, file: Original, shape: Shape | None) -> Served:
    """Return a file in a shape.

    Raises:
        PhotoMissing: It is lost.
        NoPicture: No copy can be made of it.
    """
    shape = shape or (Shape.ORIGINAL if file.media_type == PDF else Shape.VIEW)
    if shape is Shape.ORIGINAL:
        return Served(
            data=deps.desk.file(file.sha256),
            etag=f'"{file.sha256}"',
            # A browser is not to take what a policyholder sent for a page.
            media_type=file.media_type if file.media_type in SERVED else ANYTHING,
            disposition=f'attachment; filename="{reference}-{file.filename}"',
        )
    copy = deps.desk.picture(file.sha256, Variant(shape.value))
    stem = file.filename.partition(".")[0]
    return Served(
        data=copy,
        etag=f'"{sha256(copy).hexdigest()}"',  # a copy may be made anew, and differ
        media_type=JPEG,
        disposition=f'inline; filename="{reference}-{stem}-{shape}.jpeg"',
    )
