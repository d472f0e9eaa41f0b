"""The web application."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import ClientDisconnect

from claimbot.desk import Desk
from claimbot.photos import PhotoStore
from claimbot.queues import AdjusterQueue
from claimbot.store import Store
from claimbot.store.pulse import beat
from claimbot.web import api
from claimbot.web.gauges import exposition
from claimbot.web.looking import Looking

log = structlog.get_logger()

BODY_LIMIT = 1_000_000  # bytes; Telegram's updates stay far below
READY_WITHIN = timedelta(seconds=1.5)  # who asks often gives up after 2 or 3 s
COUNTED_WITHIN = timedelta(seconds=8)  # Prometheus gives up after 10 s
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 a header's name


class TelegramWebhook(Protocol):
    """What takes in the updates that Telegram posts."""

    def trusts(self, secret_header: str | None) -> bool:
        """Tell whether a request with this header is Telegram's."""

    async def deliver(self, body: bytes, secret_header: str | None) -> None:
        """Return once an update is kept.

        Raises:
            ValueError: The body is not an update.
        """


def create_web(
    *,
    store: Store,
    queue: AdjusterQueue,
    photos: PhotoStore,
    clock: Callable[[], datetime],
    desk: Desk | None = None,
    telegram: TelegramWebhook | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> FastAPI:
    """Return the web application; without ``telegram`` or ``desk`` it has no webhook or no API.

    ``stopping`` tells whether nobody is to be kept waiting any more.
    """
    web = FastAPI(title="claimbot", docs_url=None, redoc_url=None, openapi_url=None)

    @web.get("/livez")
    async def livez() -> PlainTextResponse:
        return PlainTextResponse("ok")

    parts = {"database": Looking(lambda: _use(store)), "photos": Looking(photos.check)}
    numbers = Looking(lambda: exposition(store, queue, clock, desk.sinks.all if desk else tuple))

    @web.get("/readyz")
    async def readyz() -> JSONResponse:
        working = await asyncio.gather(*(_works(*part) for part in parts.items()))
        failed = [name for name, works in zip(parts, working, strict=True) if not works]
        return JSONResponse(
            {"ready": not failed, "failed": failed}, status_code=503 if failed else 200
        )

    @web.get("/metrics")
    async def metrics() -> Response:
        return await _metrics(numbers)

    if desk is not None:
        api.mount(web, api.create_api(desk=desk, store=store, clock=clock, stopping=stopping))

    if telegram is not None:

        @web.post("/channels/telegram")
        async def telegram_update(request: Request) -> Response:
            secret = request.headers.get(SECRET_HEADER)
            if not telegram.trusts(secret):  # a stranger's body is not read
                return Response(status_code=401)
            try:
                body = await _body(request)
            except ClientDisconnect:  # there is nobody to answer any more
                return Response(status_code=400)
            if body is None:
                return Response(status_code=413)
            return Response(status_code=await _deliver(telegram, body, secret))

    return web


def _use(store: Store) -> None:
    """Return if the database can be used; that it can be read says nothing of a full disk."""
    store.check_schema()
    store.write(beat)


async def _works(part: str, looking: Looking[None]) -> bool:
    """Tell whether a part works; the log says why not, a page that anyone can read does not."""
    try:
        await looking.seen(within=READY_WITHIN)
    except Exception as error:  # noqa: BLE001 whatever it is, we are not ready
        log.warning("not ready", part=part, error=type(error).__name__)
        return False
    return True


async def _metrics(numbers: Looking[bytes]) -> Response:
    try:
        text = await numbers.seen(within=COUNTED_WITHIN)
    except Exception as error:  # noqa: BLE001 whatever it is, there are no numbers now
        log.warning("no metrics", error=type(error).__name__)
        return Response(status_code=503)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


async def _body(request: Request) -> bytes | None:
    """Return the body, or None when there is more of it than we read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)


async def _deliver(telegram: TelegramWebhook, body: bytes, secret: str | None) -> int:
    status = 200
    try:
        await telegram.deliver(body, secret)
    except ValueError:
        status = 400
    except Exception as error:  # noqa: BLE001 whatever it is, Telegram sends it again
        log.warning("update not kept", channel="telegram", error=type(error).__name__)
        status = 503
    return status
