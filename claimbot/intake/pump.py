"""Do what is due: side by side for different chats, one thing at a time for each."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from claimbot.store import Chat

log = structlog.get_logger()

Job = tuple[Chat, Callable[[], Awaitable[None]]]
Due = Callable[[int, frozenset[Chat]], Awaitable[Sequence[Job]]]

POLL = timedelta(seconds=2)  # another process may have left something to do
PAUSE = timedelta(seconds=1)  # after the database could not be asked


class Pump:
    """Runs jobs as they become due, each chat's one after the other."""

    def __init__(
        self,
        name: str,
        *,
        due: Due,
        next_due: Callable[[datetime], Awaitable[datetime | None]],
        clock: Callable[[], datetime],
        width: int,
    ) -> None:
        """Take what it works with.

        Args:
            name: For the log.
            due: ``due(room, busy)`` returns at most ``room`` jobs that are due, most urgent first;
                all of them are run.  ``busy`` are the chats that a job is running for.
            next_due: Returns when something becomes due next.
            clock: Returns the time.
            width: How many jobs run at once.
        """
        self._name = name
        self._due = due
        self._next_due = next_due
        self._clock = clock
        self._width = width
        self._busy: dict[asyncio.Task[None], Chat] = {}
        self._news = asyncio.Event()

    def nudge(self) -> None:
        """Look again: there may be something to do."""
        self._news.set()

    async def once(self) -> bool:
        """Do everything that is due now, one job after the other; tell whether there was any."""
        jobs = await self._due(self._width, frozenset())
        for _, work in jobs:
            await work()
        return bool(jobs)

    async def run(self) -> None:
        """Work until cancelled; then finish what is in hand."""
        try:
            while True:
                self._news.clear()
                await self._wait(await self._start())
        finally:
            if self._busy:
                await asyncio.wait(self._busy)

    async def _start(self) -> timedelta:
        """Start what is due and return how long to wait for news."""
        try:
            room = self._width - len(self._busy)
            if room == 0:
                return POLL
            for chat, work in await self._due(room, frozenset(self._busy.values())):
                task = asyncio.create_task(self._do(work))
                self._busy[task] = chat
                task.add_done_callback(self._done)
            now = self._clock()
            upcoming = await self._next_due(now)
        except Exception as error:  # noqa: BLE001 the loop outlives a database that is away
            log.warning("nothing to be read", loop=self._name, error=type(error).__name__)
            return PAUSE
        return min(POLL, upcoming - now) if upcoming else POLL

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 the loop outlives a database that is away
            log.warning("work put off", loop=self._name, error=type(error).__name__)
            await asyncio.sleep(PAUSE.total_seconds())

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._busy[task]
        self._news.set()

    async def _wait(self, longest: timedelta) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest.total_seconds()):
                await self._news.wait()
