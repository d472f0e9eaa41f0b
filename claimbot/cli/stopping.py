"""Run until told to stop, and then end in time whatever hangs."""

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Self

import structlog

from claimbot.app import App

log = structlog.get_logger()

# Who tells us to stop kills us after 10 s (docker) or later.  A thread that hangs, such as in a
# call to a bucket that does not answer, would keep Python from ending.
END_WITHIN = timedelta(seconds=8)
SAY_WITHIN = timedelta(seconds=1)  # who reads the log may hang, too
STOPS = (signal.SIGINT, signal.SIGTERM)


def run_until_stopped(app: App, work: Coroutine[object, object, None]) -> None:
    """Run ``work`` until SIGINT or SIGTERM cancels it, and close the app.

    What is not over `END_WITHIN` after the first signal is left as it is, and the process ends
    with exit code 0: all that matters is in the database, and waits there for the next start.  A
    second signal does what it always does: end the process at once.
    """
    with _Watchdog() as watchdog, closing(app):
        asyncio.run(_until_stopped(work, watchdog))


async def _until_stopped(work: Coroutine[object, object, None], watchdog: "_Watchdog") -> None:
    running = asyncio.create_task(work)
    loop = asyncio.get_running_loop()

    def end() -> None:
        log.info("stopping")
        running.cancel()

    def stop() -> None:
        watchdog.start()
        loop.call_soon_threadsafe(end)

    with _signals(stop), contextlib.suppress(asyncio.CancelledError):
        await running


class _Watchdog:
    """Ends the process some time after `start`, unless the context is left before."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def start(self) -> None:
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        if not self._over.wait(END_WITHIN.total_seconds()):
            _end()  # pragma: no cover  so nothing is noted any more


def _end() -> None:  # pragma: no cover  the same
    saying = threading.Thread(target=_say_what_hangs, daemon=True)
    saying.start()
    saying.join(SAY_WITHIN.total_seconds())
    os._exit(0)


def _say_what_hangs() -> None:  # pragma: no cover  the same
    threads = [thread.name for thread in threading.enumerate() if not thread.daemon]
    log.error("ended without what hangs; the next start does it again", threads=threads)


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` at the first signal to stop; the next one does what it always does.

    It is called at once, even while the loop hangs in a call of its own.
    """
    before = {number: signal.getsignal(number) for number in STOPS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop_once(*_: object) -> None:
        restore()
        stop()

    for number in STOPS:
        signal.signal(number, stop_once)
    try:
        yield
    finally:
        restore()
