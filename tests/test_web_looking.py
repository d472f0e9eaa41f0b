"""Looks that may hang: who asks is answered, and no thread is left behind for each question."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from claimbot.web.looking import Looking

SOON, LATE = timedelta(seconds=0.01), timedelta(seconds=30)


class Hanging:
    """A look that hangs until it is let go."""

    def __init__(self) -> None:
        self.looks = 0
        self.free = threading.Event()

    def __call__(self) -> int:
        self.looks += 1
        self.free.wait()
        return self.looks


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    """A look that is let go at last."""
    look = Hanging()
    yield look
    look.free.set()


async def test_a_look_that_hangs_is_looked_once(hanging: Hanging) -> None:
    """Everyone is told in time that it takes longer; who waits on gets the answer."""
    looking = Looking(hanging)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await looking.seen(within=SOON)
    asked = [asyncio.create_task(looking.seen(within=LATE)) for _ in range(2)]
    await asyncio.wait(asked, timeout=SOON.total_seconds())

    hanging.free.set()

    assert await asyncio.gather(*asked) == [1, 1]
    assert await looking.seen(within=LATE) == 2


async def test_what_a_look_raises_is_raised_for_all_who_ask() -> None:
    """And the next look is a new one."""
    found = iter((OSError("away"), None))

    def look() -> None:
        if (error := next(found)) is not None:
            raise error

    looking = Looking(look)

    told = await asyncio.gather(
        *(looking.seen(within=LATE) for _ in range(2)), return_exceptions=True
    )

    assert [str(error) for error in told] == ["away", "away"]
    await looking.seen(within=LATE)


def test_a_look_that_ends_after_the_loop_disturbs_nobody(hanging: Hanging) -> None:
    """A process that stops does not wait for it."""
    before = set(threading.enumerate())

    async def ask() -> None:
        with pytest.raises(TimeoutError):
            await Looking(hanging).seen(within=SOON)

    asyncio.run(ask())
    (thread,) = set(threading.enumerate()) - before

    assert thread.daemon
    hanging.free.set()
    thread.join()
