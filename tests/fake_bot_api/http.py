"""A small HTTP/1.1 server on the loopback address, which can also hang up on a caller."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: tuple[str, ...] = ()  # further lines, such as "retry-after: 5"


class HungUp(Exception):
    """Raised by a handler: the connection is dropped without an answer."""


Handler = Callable[[Request], Awaitable[Response]]


class HttpServer:
    """Serves one handler.  Started again after `stop`, it listens on the same port."""

    def __init__(self, handler: Handler, *, tls: ssl.SSLContext | None = None) -> None:
        """Choose a port at the first start."""
        self.port = 0
        self._tls = tls
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(
            self._accepted, "127.0.0.1", self.port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Drop every connection and listen no more.  A second call does nothing."""
        if self._server is None:
            return
        self._server.close()
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)
        await self._server.wait_closed()
        self._server = None

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(HungUp, ConnectionError, asyncio.IncompleteReadError):
            try:
                while True:
                    answer = await self._handler(await _read(reader))
                    writer.write(_head(answer) + answer.body)
                    await writer.drain()
            finally:
                writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(path=first.split(" ")[1], headers=headers, body=body)


def _head(answer: Response) -> bytes:
    lines = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"content-type: {answer.media_type}",
        f"content-length: {len(answer.body)}",
        *answer.headers,
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()
