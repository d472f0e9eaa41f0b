"""Do what is due, side by side, as soon as it is due."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import exc

from claimbot.errors import ChannelDown, MachineBusy
from claimbot.store import Chat

log = structlog.get_logger()

Job = tuple[Chat, Callable[[], Awaitable[None]]]
Due = Callable[[datetime, int, frozenset[Chat]], Awaitable[Sequence[Job]]]
Poll = Callable[[], timedelta]
"""Returns how long to wait for a nudge before looking again."""

POLL = timedelta(seconds=2)  # another process may have left something to do
PAUSE = timedelta(seconds=1)  # after the database could not be asked
FINISH_WITHIN = timedelta(seconds=2)  # what takes longer is done again at the next start

DATABASE_AWAY = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)
"""What is raised when the database cannot be used now, and for little else."""
LIMITS = "54"  # SQLSTATE class program_limit_exceeded


def is_outage(error: Exception) -> bool:
    """Tell whether something that we need failed, which passes, and not our own code.

    In doubt it was an outage: what waits for too long is not lost.
    """
    if not isinstance(error, DATABASE_AWAY):
        return isinstance(error, (ChannelDown, MachineBusy, OSError))
    # Among them is what no database will ever do: no such column, too many terms, too long a key.
    cause = getattr(error, "orig", None)
    is_wrong = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return not is_wrong and not (getattr(cause, "sqlstate", None) or "").startswith(LIMITS)


def backoff(tries: int, longest: timedelta, draw: Callable[[int], int]) -> timedelta:
    """Return how long to wait after so many tries that failed.

    Half of it is left to chance: what failed together is not to come again together.

    Args:
        tries: How many failed before this one.  The wait is 1 s at most after the first, and
            doubles.
        longest: The limit to that.
        draw: Returns a number from 0 up to but not including its argument, by chance.

    Source: Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog 2015, "equal jitter".
    """
    half = min(longest, timedelta(seconds=2 ** min(tries, 20))) / 2
    return half + timedelta(milliseconds=draw(half // timedelta(milliseconds=1) + 1))


def reason(error: Exception) -> str:
    """Return what the store notes of an error."""
    return f"{type(error).__name__}: {error}"


def seldom() -> timedelta:
    """Return how often to look when all that feeds the pump also nudges it."""
    return POLL


class Pump:
    """Runs jobs as they become due; who says what is due keeps each chat's in order."""

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
            due: ``due(now, room, busy)`` returns at most ``room`` jobs that are due at ``now``,
                most urgent first; all of them are run.  ``busy`` are the chats that a job is
                running for.
            next_due: Returns when something becomes due next, after the moment given.
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
        self._poll: Poll = seldom

    def nudge(self) -> None:
        """Look again: there may be something to do."""
        self._news.set()

    async def once(self) -> bool:
        """Do everything that is due now, one job after the other; tell whether there was any."""
        jobs = await self._due(self._clock(), self._width, frozenset())
        for _, work in jobs:
            await work()
        return bool(jobs)

    async def run(self, poll: Poll = seldom) -> None:
        """Work until cancelled; then finish what is in hand, or drop it after `FINISH_WITHIN`."""
        self._poll = poll
        looking = asyncio.create_task(self._start())
        try:
            while True:
                # Shielded: what was taken while we are told to stop is still done.
                await self._wait(await asyncio.shield(looking))
                self._news.clear()
                looking = asyncio.create_task(self._start())
        finally:
            await self._finish(looking)

    async def _start(self) -> timedelta:
        """Start what is due and return how long to wait for news."""
        room = self._width - len(self._busy)
        poll = self._poll()
        if room == 0:
            return poll
        # One moment for both questions: what becomes due between two would be seen by neither.
        now = self._clock()
        try:
            for chat, work in await self._due(now, room, frozenset(self._busy.values())):
                task = asyncio.create_task(self._do(work))
                self._busy[task] = chat
                task.add_done_callback(self._done)
            upcoming = await self._next_due(now)
        except Exception:  # the loop outlives a database that is away
            log.warning("nothing to be read", loop=self._name, exc_info=True)
            return PAUSE
        return min(poll, upcoming - self._clock()) if upcoming else poll

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:  # the loop outlives a database that is away
            log.warning("work put off", loop=self._name, exc_info=True)
            await asyncio.sleep(PAUSE.total_seconds())

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._busy[task]
        self._news.set()

    async def _wait(self, longest: timedelta) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest.total_seconds()):
                await self._news.wait()

    async def _finish(self, looking: asyncio.Task[timedelta]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_WITHIN.total_seconds()):
                await looking
                while self._busy:
                    await asyncio.wait(self._busy)
        for task in self._busy:
            task.cancel()
        while self._busy:
            await asyncio.wait(self._busy)
