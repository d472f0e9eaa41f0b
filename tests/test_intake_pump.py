"""The pump: nothing that is due waits longer than it must, and nothing stops it but us."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from claimbot.intake import pump
from claimbot.intake.pump import Job, Pump, backoff, is_outage
from claimbot.store import Chat, Store
from tests.databases import DATABASES, open_store

ANN, BO = (Chat(channel="test", chat=name) for name in ("ann", "bo"))
SOON = timedelta(milliseconds=20)


def now() -> datetime:
    """Return the time, which here is real."""
    return datetime.now(UTC)  # noqa: TID251 the pump waits on a real clock


class Work:
    """What is to be done for whom, in the order in which it was asked for."""

    def __init__(self, width: int = 2) -> None:
        self.waiting: list[tuple[datetime, Chat, Callable[[], Awaitable[None]]]] = []
        self.asked = 0
        self.first_asked = asyncio.Event()
        self.failures: list[Exception] = []
        self.pump = Pump("test", due=self.due, next_due=self.next_due, clock=now, width=width)

    def wants(
        self, chat: Chat, do: Callable[[], Awaitable[None]], at: datetime | None = None
    ) -> None:
        self.waiting.append((at or now(), chat, do))

    async def due(self, at: datetime, room: int, busy: frozenset[Chat]) -> Sequence[Job]:
        self.asked += 1
        self.first_asked.set()
        if self.failures:
            raise self.failures.pop()
        found: dict[Chat, tuple[datetime, Chat, Callable[[], Awaitable[None]]]] = {}
        for job in self.waiting:
            if job[0] <= at and job[1] not in busy:
                found.setdefault(job[1], job)
        taken = list(found.values())[:room]
        self.waiting = [job for job in self.waiting if job not in taken]
        return [(chat, do) for _, chat, do in taken]

    async def next_due(self, after: datetime) -> datetime | None:
        return min((at for at, *_ in self.waiting if at > after), default=None)


async def some_turns() -> None:
    """Let everything run that can."""
    for _ in range(100):
        await asyncio.sleep(0)


@asynccontextmanager
async def running(work: Work) -> AsyncIterator["asyncio.Task[None]"]:
    """Run a pump, and stop it in the end."""
    task = asyncio.create_task(work.pump.run())
    try:
        async with asyncio.timeout(5):
            yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
def work() -> Work:
    """Nothing to do, for two at once."""
    return Work()


async def test_chats_go_side_by_side_and_each_in_order(work: Work) -> None:
    """A chat that takes long holds up nobody but itself."""
    done: list[str] = []
    may_end, all_done = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        await may_end.wait()
        done.append("slow")

    async def after() -> None:
        done.append("after")
        all_done.set()

    async def other() -> None:
        done.append("other")
        may_end.set()

    work.wants(ANN, slow)
    work.wants(ANN, after)
    work.wants(BO, other)
    async with running(work):
        await all_done.wait()

    assert done == ["other", "slow", "after"]


async def test_no_more_is_started_than_there_is_room_for() -> None:
    """The rest is started as soon as something is done."""
    work = Work(width=1)
    started: list[str] = []
    begun, may_end, both = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def first() -> None:
        started.append("first")
        begun.set()
        await may_end.wait()

    async def second() -> None:
        started.append("second")
        both.set()

    work.wants(ANN, first)
    work.wants(BO, second)
    async with running(work):
        await begun.wait()
        work.pump.nudge()
        await some_turns()
        assert started == ["first"]
        may_end.set()
        await both.wait()

    assert started == ["first", "second"]


async def test_news_is_heard_at_once_and_what_is_due_later_on_time(work: Work) -> None:
    """Neither waits for the next poll."""
    told, later = asyncio.Event(), asyncio.Event()

    async def tell() -> None:
        told.set()

    async def be_late() -> None:
        later.set()

    async with running(work), asyncio.timeout(pump.POLL.total_seconds() / 2):
        await work.first_asked.wait()
        work.wants(ANN, tell)
        work.pump.nudge()
        await told.wait()
        at = now() + SOON
        work.wants(ANN, be_late, at)
        work.pump.nudge()
        await later.wait()
        assert now() >= at


async def test_what_becomes_due_while_it_is_asked_is_not_missed(work: Work) -> None:
    """One moment is asked about, so nothing falls between "due now" and "due next"."""
    done = asyncio.Event()

    async def do() -> None:
        done.set()

    ask = work.due

    async def due(at: datetime, room: int, busy: frozenset[Chat]) -> Sequence[Job]:
        found = await ask(at, room, busy)
        if work.asked == 1:
            work.wants(ANN, do, at + timedelta(microseconds=1))
        return found

    work.pump = Pump("test", due=due, next_due=work.next_due, clock=now, width=1)
    async with running(work), asyncio.timeout(pump.POLL.total_seconds() / 2):
        await done.wait()


async def test_a_pump_outlives_its_work_and_its_database(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed is looked at again after a pause, and the log says where it failed."""
    monkeypatch.setattr(pump, "PAUSE", SOON)
    done = asyncio.Event()

    async def fail() -> None:
        work.wants(ANN, do)
        raise KeyError("of ours")

    async def do() -> None:
        done.set()

    work.failures = [OSError("away")]
    work.wants(ANN, fail)
    with capture_logs() as logs:
        async with running(work):
            await done.wait()

    assert [entry["event"] for entry in logs] == ["nothing to be read", "work put off"]
    assert all(entry["exc_info"] for entry in logs)


async def test_what_is_in_hand_is_finished_when_told_to_stop(work: Work) -> None:
    """Also what is just being taken; nothing new is."""
    done: list[str] = []
    started, asking = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        started.set()
        await asking.wait()
        done.append("first")

    async def second() -> None:
        done.append("second")

    ask = work.due

    async def due(at: datetime, room: int, busy: frozenset[Chat]) -> Sequence[Job]:
        if busy:
            asking.set()
            await asyncio.sleep(0)
        return await ask(at, room, busy)

    work.pump = Pump("test", due=due, next_due=work.next_due, clock=now, width=2)
    work.wants(ANN, first)
    async with running(work) as task:
        await started.wait()
        work.wants(BO, second)
        work.pump.nudge()
        await asking.wait()
        task.cancel()
        await asyncio.wait([task])

    assert sorted(done) == ["first", "second"]
    assert task.cancelled()


async def test_what_does_not_end_is_dropped_when_told_to_stop(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not recorded, so the next start does it again."""
    monkeypatch.setattr(pump, "FINISH_WITHIN", SOON)
    started, dropped = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            dropped.set()

    work.wants(ANN, hang)
    async with running(work) as task:
        await started.wait()
        task.cancel()
        await asyncio.wait([task])

        assert dropped.is_set()


async def test_a_pump_that_was_never_asked_anything_stops(work: Work) -> None:
    """There is nothing in hand."""
    task = asyncio.create_task(work.pump.run())
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()


async def test_nothing_to_do_is_not_done_all_the_time(work: Work) -> None:
    """The database is asked now and then, also when the clock is ahead of what was due next."""

    async def long_ago(_: datetime) -> datetime:
        return now() + timedelta(seconds=1)

    work.pump = Pump("test", due=work.due, next_due=long_ago, clock=now, width=1)
    async with running(work):
        await work.first_asked.wait()
        await some_turns()

    assert work.asked == 1


def test_the_wait_after_a_failure_doubles_up_to_a_limit() -> None:
    """However often it failed; and half of it is left to chance."""

    def waits(draw: Callable[[int], int]) -> list[float]:
        minute = timedelta(minutes=1)
        return [backoff(tries, minute, draw).total_seconds() for tries in (0, 1, 5, 6, 9999)]

    assert waits(lambda below: below - 1) == [1, 2, 32, 60, 60]
    assert waits(lambda _: 0) == [0.5, 1, 16, 30, 30]


def raised(state: str) -> str:
    """Return the statement that PostgreSQL answers with an error of this SQLSTATE."""
    return f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$"


def ask(store: Store, *statements: str) -> None:
    """Ask a database something, all in one transaction."""
    with store.engine.begin() as tx:
        for statement in statements:
            tx.exec_driver_sql(statement)


def error_of(name: str, folder: Path, *statements: str) -> Exception:
    """Return the error that a database answers the last of these statements with."""
    with open_store(name, folder) as store, pytest.raises(DBAPIError) as failed:
        ask(store, *statements)
    return failed.value


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("sqlite", ["PRAGMA query_only = 1", "DELETE FROM inbox"]),
        ("sqlite", ["PRAGMA max_page_count = 1", "CREATE TABLE more (id INTEGER)"]),
        ("postgresql", ["SET TRANSACTION READ ONLY", "DELETE FROM inbox"]),
        ("postgresql", ["SET LOCAL statement_timeout = 1", "SELECT pg_sleep(60)"]),
        ("postgresql", ["SELECT pg_terminate_backend(pg_backend_pid())"]),
        ("postgresql", [raised("53300")]),  # too many connections
        ("postgresql", [raised("53100")]),  # disk full
        ("postgresql", [raised("58030")]),  # I/O error
        ("postgresql", [raised("40001")]),  # another transaction was first
        ("postgresql", [raised("55P03")]),  # a lock was not available
        ("postgresql", [raised("XX000")]),  # nobody knows
    ],
)
def test_what_a_database_cannot_do_now_is_an_outage(
    name: str, statements: list[str], tmp_path: Path
) -> None:
    """It passes."""
    assert is_outage(error_of(name, tmp_path, *statements))


def test_a_locked_file_is_an_outage(tmp_path: Path) -> None:
    """It passes."""
    with (
        open_store("sqlite", tmp_path) as store,
        closing(Store(store.url)) as other,
        other.engine.execution_options(begin="BEGIN EXCLUSIVE").begin(),
        pytest.raises(DBAPIError) as failed,
    ):
        ask(store, "PRAGMA busy_timeout = 0", "DELETE FROM inbox")

    assert is_outage(failed.value)


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        *((name, "SELECT nothing FROM inbox") for name in DATABASES),
        *((name, "SELECT id FROM nowhere") for name in DATABASES),
        ("sqlite", "SELECT abs(-9223372036854775808)"),
        ("postgresql", "SELECT 2147483647 + 1"),
        ("postgresql", raised("54000")),  # as of a key that no index takes
    ],
)
def test_what_a_database_can_never_do_is_our_mistake(
    name: str, statement: str, tmp_path: Path
) -> None:
    """It does not pass, however often it is asked."""
    assert not is_outage(error_of(name, tmp_path, statement))
