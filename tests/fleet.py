"""Webs, workers and relays in processes of their own, on one database, behind one address."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from itertools import chain, cycle
from pathlib import Path
from random import Random
from typing import Protocol, Self

import httpx

from tests.fake_bot_api import FakeBotApi
from tests.fake_bot_api.http import HttpServer, Request, Response
from tests.journeys import Served

KINDS = ("web", "worker", "relay")
SECRET = "s3cret"  # noqa: S105 of a fake
FORWARDED = ("content-type", "x-telegram-bot-api-secret-token")
SOON = (2, 40)  # calls and deliveries between two kills


class Server(Protocol):
    """What a request can be handed to."""

    @property
    def url(self) -> str:
        """Its base URL, as it is now."""


class Balancer:
    """Hands each request to the next of several servers, and passes over one that is down."""

    def __init__(self) -> None:
        """Have nobody to hand them to."""
        self._http = HttpServer(self._forward)
        self._client = httpx.AsyncClient(timeout=30)
        self._servers: Sequence[Server] = ()
        self._next: Iterator[Server] = cycle(())

    async def __aenter__(self) -> Self:
        await self._http.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.stop()
        await self._client.aclose()

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._http.port}"

    def balance(self, servers: Sequence[Server]) -> None:
        """Hand requests to these."""
        self._servers = servers
        self._next = cycle(servers)

    async def _forward(self, request: Request) -> Response:
        headers = {name: request.headers[name] for name in FORWARDED if name in request.headers}
        for _ in self._servers:
            url = next(self._next).url + request.path
            try:
                answer = await self._client.post(url, content=request.body, headers=headers)
            except httpx.ConnectError:
                continue
            except httpx.HTTPError:  # it may have been taken in: whoever asks has to ask again
                break
            return Response(status=answer.status_code, body=answer.content)
        return Response(status=502, body=b"")


class Fleet:
    """Processes of each kind; any may be killed, and is started again at once.

    Attributes:
        api: The Bot API that they use.
        folder: Where their photos lie.
        queue: Where claims go: nowhere but the database.
        kills: How many were killed.
        processes: Those of each kind.
    """

    queue: Path | None = None

    def __init__(self, api: FakeBotApi, folder: Path, database: str, *, each: int) -> None:
        """Prepare so many of each kind on the database with this URL."""
        self.api = api
        self.folder = folder
        self.database = database
        self.kills = 0
        self.processes: dict[str, list[Served]] = {}
        self._each = each
        self._balancer = Balancer()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._balancer)
        for kind in KINDS:
            self.processes[kind] = [self._process(kind) for _ in range(self._each)]
        self._balancer.balance(self.processes["web"])
        async with asyncio.TaskGroup() as group:
            for process in self._all():
                group.create_task(self._stack.enter_async_context(process))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def happened(self) -> int:
        """How often Telegram was called, or called."""
        return len(self.api.calls) + len(self.api.deliveries)

    async def until(self, happened: Callable[[], bool], what: str, *, within: float = 60) -> None:
        """Do what `FakeBotApi.until` does; an error also tells the ends of the logs."""
        try:
            await self.api.until(happened, what, within=within)
        except AssertionError as error:
            error.add_note(f"after {self.kills} kills")
            for process in self._all():
                error.add_note("".join(process.log[-10:]))
            raise

    async def loses(self, kinds: Iterable[str], chance: Random, over: asyncio.Event) -> None:
        """Kill one of each of these kinds after the other, while they are at work."""
        for kind in kinds:
            moment = self.happened + chance.randrange(*SOON)
            await self.until(
                lambda moment=moment: self.happened >= moment or over.is_set(),  # type: ignore[misc]
                "the next kill",
                within=60,
            )
            process = chance.choice(self.processes[kind])
            self.kills += 1
            await process.kill()
            await process.start()

    async def stop(self) -> list[int | None]:
        """Tell all to stop, and return their exit codes."""
        return await asyncio.gather(*(process.stop(within=30) for process in self._all()))

    def _process(self, kind: str) -> Served:
        return Served(
            self.api,
            self.folder,
            command=kind,
            DATABASE=self.database,
            TELEGRAM_WEBHOOK_URL=self._balancer.url,
            TELEGRAM_WEBHOOK_SECRET=SECRET,
        )

    def _all(self) -> list[Served]:
        return list(chain.from_iterable(self.processes.values()))
