"""What stands between a client and a server of this machine, and can go away or hang."""

import asyncio
import contextlib
import ssl
from random import Random
from typing import Self

CHUNK = 65_536  # bytes


class TcpProxy:
    """Passes bytes on in both directions, at `port`."""

    def __init__(
        self, port: int, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None
    ) -> None:
        """Pass on to this port, what comes in by TLS in the clear."""
        self.port = 0
        self._server_at = host, port
        self._tls = tls
        self._flows = asyncio.Event()
        self._flows.set()
        self._listening: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.comes_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.goes_away()

    async def goes_away(self) -> None:
        """Drop every connection and refuse new ones."""
        assert self._listening is not None
        self._listening.close()
        for task in self._passing:
            task.cancel()
        if self._passing:
            await asyncio.wait(self._passing)

    def cut(self, chance: Random) -> None:
        """Drop one connection, if there is any."""
        if self._passing:
            chance.choice(list(self._passing)).cancel()

    async def comes_back(self) -> None:
        """Listen where it did before."""
        self._listening = await asyncio.start_server(
            self._pass, "127.0.0.1", self.port, ssl=self._tls
        )
        self.port = self._listening.sockets[0].getsockname()[1]

    def hangs(self) -> None:
        """Keep every connection, accept new ones, and pass nothing on."""
        self._flows.clear()

    def goes_on(self) -> None:
        """Pass on again, also what was sent meanwhile."""
        self._flows.set()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            there, back = await asyncio.open_connection(*self._server_at)
            try:
                directions = (self._copy(reader, back), self._copy(there, writer))
                await asyncio.gather(*directions)
            finally:
                back.close()
        writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._flows.wait()
            writer.write(data)
            await writer.drain()
        writer.close()
