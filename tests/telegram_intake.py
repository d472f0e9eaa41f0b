"""What a channel delivers to in tests, and a Telegram channel that does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from claimbot.channels import Received
from claimbot.channels.telegram import Telegram, TelegramOptions, open_telegram
from tests.fake_bot_api import FakeBotApi


class Inbox:
    """A durable inbox in memory, which fails or hangs when it is told to."""

    def __init__(self) -> None:
        self.kept: dict[str, Received] = {}
        self.tries = 0
        self.failures: list[BaseException] = []
        self.works = asyncio.Event()
        self.works.set()
        self._changed = asyncio.Condition()

    async def receive(self, messages: Sequence[Received]) -> None:
        self.tries += 1
        await self._tell()
        await self.works.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.kept |= {one.message_id: one for one in messages}
        await self._tell()

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(happened)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def started(api: FakeBotApi, inbox: Inbox, **changes: Any) -> AsyncIterator[Telegram]:
    """A channel that takes in messages, by polling unless told otherwise."""
    options = TelegramOptions(token=api.token, base_url=api.url)
    channel = open_telegram(replace(options, **changes))
    try:
        await channel.start(inbox.receive)
        yield channel
    finally:
        await channel.stop()
