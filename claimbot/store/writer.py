"""Who writes to the database: on SQLite one thread, on PostgreSQL several."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

DEADLOCK_TRIES = 5
LOST_TRIES = 2  # who notices that a connection is lost gets one that is new
DEADLOCKED = "40P01"  # SQLSTATE deadlock_detected
MOST_AT_ONCE = 256  # units of work: beyond, a commit is no cheaper for each, and the first waits


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Unit:
    """Work that is all kept, or nothing of it, and who waits for it."""

    work: Callable[[Connection], Any]
    done: Future[Any] = field(default_factory=Future)


class Writer:
    """The only one of this process that writes to an SQLite database.

    SQLite lets one write at a time anyway, and a commit waits for the disk.  While one does,
    others queue up here and share the next.
    """

    def __init__(self, engine: Engine) -> None:
        """Write by way of ``engine``, whose transactions begin as a writer's."""
        self._engine = engine
        self._waiting: SimpleQueue[_Unit | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._is_closed = False

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Return what ``work`` is to return, once that is durable.

        ``work`` may be run more than once: when another of its group raises, nothing of the group
        is kept and the others are run again without that one.

        Raises:
            RuntimeError: It was closed, or work asks for more work, which would wait for itself.
        """
        unit = _Unit(work=work)
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the database is closed")
            if self._thread is None:
                # A daemon: what it has not committed when the interpreter ends is not promised.
                self._thread = Thread(target=self._run, name="writer", daemon=True)
                self._thread.start()
            if self._thread is current_thread():
                raise RuntimeError("a transaction cannot wait for another one")
            self._waiting.put(unit)
        return unit.done

    def close(self) -> None:
        """Finish what waits and end the thread.  A second call does nothing."""
        with self._lock:
            is_first, self._is_closed = not self._is_closed, True
            if self._thread is not None and is_first:
                self._waiting.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            units: list[_Unit] = []
            unit = self._waiting.get()
            with suppress(Empty):
                while unit is not None:
                    if unit.done.set_running_or_notify_cancel():
                        units.append(unit)
                    if len(units) == MOST_AT_ONCE:
                        break
                    unit = self._waiting.get_nowait()
            goes_on = unit is not None
            self._commit(units)

    def _commit(self, units: Sequence[_Unit]) -> None:
        """Commit these together, but for those that raise."""
        alone: list[_Unit] = []
        while units and (guilty := self._try(units)):
            # What it found wrong may be a neighbour's doing, so it is heard again after them.
            alone.append(guilty)
            units = [unit for unit in units if unit is not guilty]
        for unit in alone:
            self._try([unit])

    def _try(self, units: Sequence[_Unit]) -> _Unit | None:
        """Commit these, or return the one that is to be left out."""
        results: list[Any] = []
        running: _Unit | None = None
        try:
            with self._engine.begin() as tx:
                for running in units:
                    results.append(running.work(tx))  # noqa: PERF401  it is known who raised
                running = None
        except BaseException as error:  # noqa: BLE001  whoever waits for it handles it
            if running is not None and len(units) > 1:
                return running
            for unit in units:  # one alone; or the database fails them all
                unit.done.set_exception(error)
            return None
        for unit, result in zip(units, results, strict=True):
            unit.done.set_result(result)
        return None


class Writers:
    """As many as there are connections: PostgreSQL shares a sync among them by itself."""

    def __init__(self, engine: Engine, number: int) -> None:
        """Write by way of ``engine``."""
        self._engine = engine
        self._threads = ThreadPoolExecutor(number, thread_name_prefix="writer")

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Return what ``work`` is to return, once that is durable.

        ``work`` may be run more than once: again after a deadlock, or on another connection.
        """
        return self._threads.submit(self._write, work)

    def close(self) -> None:
        """Finish what waits."""
        self._threads.shutdown()

    def _write(self, work: Callable[[Connection], T]) -> T:
        tries = 1
        while True:
            with self._engine.connect() as tx:
                try:
                    result = work(tx)
                except DBAPIError as error:
                    if tries >= _most_tries(error):
                        raise
                else:
                    # Nobody knows what became of a commit that fails: it is not tried again.
                    tx.commit()
                    return result
            tries += 1


def _most_tries(error: DBAPIError) -> int:
    """Return how often work may be tried that fails like this."""
    if error.connection_invalidated:
        return LOST_TRIES
    return DEADLOCK_TRIES if getattr(error.orig, "sqlstate", None) == DEADLOCKED else 1
