"""Answer in time about what may hang."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Generic, TypeVar

T = TypeVar("T")
V = TypeVar("V")


class Looking(Generic[T]):
    """A look at something that may hang: one at a time, in a thread, shared by all who ask.

    So what hangs holds one thread, however often it is asked for.  The thread is a daemon: a
    process that stops does not wait for it.
    """

    def __init__(self, look: Callable[[], T]) -> None:
        """Remember how to look."""
        self._look = look
        self._looking: asyncio.Future[T] | None = None

    async def seen(self, *, within: timedelta) -> T:
        """Return what the look returns.

        Raises:
            TimeoutError: It takes longer; who asks later may get its answer.
            Exception: Whatever it raises.
        """
        if self._looking is None:
            self._looking = asyncio.get_running_loop().create_future()
            threading.Thread(
                target=self._run, args=(self._looking,), name="looking", daemon=True
            ).start()
        looking = self._looking
        done, _ = await asyncio.wait([looking], timeout=within.total_seconds())
        if not done:
            raise TimeoutError
        return looking.result()

    def _run(self, looking: "asyncio.Future[T]") -> None:
        try:
            seen = self._look()
        except Exception as error:  # noqa: BLE001 it is raised where somebody asks
            self._tell(looking, looking.set_exception, error)
        else:
            self._tell(looking, looking.set_result, seen)

    def _tell(self, looking: "asyncio.Future[T]", tell: Callable[[V], None], told: V) -> None:
        def over() -> None:
            self._looking = None
            tell(told)
            looking.exception()  # it is no loss if nobody asks any more

        with suppress(RuntimeError):  # the loop is closed: we stop
            looking.get_loop().call_soon_threadsafe(over)
