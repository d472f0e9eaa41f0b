"""One durable step, done by the store and by what it is compared with.

A step is four writes in one transaction, about 0.7 KB: a message into the inbox, its conversation
one turn on, the answer into the outbox, the message done.  All sides write the same rows to the
same tables of the same database, and ask the database for the message's row in the same way.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import count
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Self

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from claimbot.channels import Received
from claimbot.store import Chat, Store, Turn, inbox
from claimbot.store.tables import ConversationRow, InboxRow, OutboxRow
from claimbot.store.turn import record_turn
from tests.store_builders import NOON

Step = Callable[[str, int], Awaitable[None]]
"""Does a step of the chat of that name, its first being number 0; returns once it is durable."""

CHANNEL = "telegram"
PAYLOAD = '{"message": "%s"}' % ("as long as what is said and who said it " * 8)
STATE = '{"conversation": "%s"}' % ("what was given so far " * 9)
BODY = '{"text": "%s"}' % ("the next thing that is asked " * 5)
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")
AT = f"{NOON:%Y-%m-%d %H:%M:%S}.000000"
MOST_AT_ONCE = 256

_UPDATES = count(500_000_000)

INSERT_MESSAGE = """
    INSERT INTO inbox (channel, message_id, chat, payload, received_at, tries)
    VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING
"""
INSERT_CONVERSATION = """
    INSERT INTO conversation (state, updated_at, channel, chat, turn, shard)
    VALUES (?, ?, ?, ?, ? + 1, 7) ON CONFLICT DO NOTHING
"""
UPDATE_CONVERSATION = """
    UPDATE conversation SET turn = turn + 1, state = ?, wake_at = NULL, updated_at = ?
    WHERE channel = ? AND chat = ? AND turn = ?
"""
INSERT_ANSWER = """
    INSERT INTO outbox (dedup_key, channel, chat, kind, body, created_at, tries, forget)
    VALUES (?, ?, ?, 'say', ?, ?, 0, FALSE) ON CONFLICT DO NOTHING
"""
FINISH_MESSAGE = """
    UPDATE inbox SET handled_at = ?, failure = NULL
    WHERE id = ? AND channel = ? AND chat = ? AND handled_at IS NULL
"""


def message_id() -> str:
    """Return what the next message is called: updates are numbered as they come."""
    return str(next(_UPDATES))


class Ours:
    """The store's own functions, in a transaction of the store's."""

    def __init__(self, store: Store) -> None:
        """Step in this store."""
        self._store = store
        self._last_id = (
            "SELECT lastval()"
            if store.engine.dialect.name == "postgresql"
            else "SELECT last_insert_rowid()"
        )

    async def step(self, chat: str, number: int) -> None:
        """Do a step."""
        message = Received(channel=CHANNEL, chat=chat, message_id=message_id(), payload=PAYLOAD)
        key = Chat(channel=CHANNEL, chat=chat)
        turn = Turn(key=key, turn=number, inbox_id=None, state=STATE, at=NOON, say=(BODY,))

        def work(tx: Connection) -> None:
            inbox.receive(tx, [message], NOON)
            cursor = tx.connection.cursor()
            cursor.execute(self._last_id)
            [[last_id]] = cursor.fetchall()
            cursor.close()
            record_turn(tx, replace(turn, inbox_id=last_id), "")

        await asyncio.to_thread(self._store.write, work)


class PlainSqlite:
    """The standard library's driver: one thread commits, for all who wait, in one go."""

    def __init__(self, url: str) -> None:
        """Open the database."""
        path = make_url(url).database
        assert path is not None
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        self._waiting: SimpleQueue[tuple[Future[None], str, int] | None] = SimpleQueue()
        self._thread = Thread(target=self._run)
        self._thread.start()

    async def step(self, chat: str, number: int) -> None:
        """Do a step, waiting for it in a thread as the worker does."""
        done: Future[None] = Future()
        self._waiting.put((done, chat, number))
        await asyncio.to_thread(done.result)

    def close(self) -> None:
        """End the thread; nobody waits for it any more."""
        self._waiting.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            steps = [first]
            with suppress(Empty):
                while len(steps) < MOST_AT_ONCE:
                    if (another := self._waiting.get_nowait()) is not None:
                        steps.append(another)
            self._commit(steps)

    def _commit(self, steps: Sequence[tuple[Future[None], str, int]]) -> None:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        for _, chat, number in steps:
            execute(INSERT_MESSAGE, (CHANNEL, message_id(), chat, PAYLOAD, AT))
            [[last_id]] = execute("SELECT last_insert_rowid()")
            execute(FINISH_MESSAGE, (AT, last_id, CHANNEL, chat))
            save = UPDATE_CONVERSATION if number else INSERT_CONVERSATION
            execute(save, (STATE, AT, CHANNEL, chat, number))
            execute(INSERT_ANSWER, (f"{CHANNEL}:{chat}:{number}:0", CHANNEL, chat, BODY, AT))
        execute("COMMIT")
        for done, _, _ in steps:
            done.set_result(None)


class PlainPostgresql:
    """asyncpg, a connection for each who steps at the same time."""

    def __init__(self, connections: Sequence[asyncpg.Connection]) -> None:
        """Step on these connections."""
        self._free = list(connections)

    @classmethod
    async def open(cls, url: str, at_once: int) -> Self:
        """Connect as often as there are steps at once."""
        return cls([await connect(url) for _ in range(at_once)])

    async def step(self, chat: str, number: int) -> None:
        """Do a step."""
        connection = self._free.pop()
        run = connection.execute
        async with connection.transaction():
            message = (CHANNEL, message_id(), chat, PAYLOAD, NOON)
            await run(_numbered(INSERT_MESSAGE), *message)
            last_id = await connection.fetchval("SELECT lastval()")
            await run(_numbered(FINISH_MESSAGE), NOON, last_id, CHANNEL, chat)
            save = UPDATE_CONVERSATION if number else INSERT_CONVERSATION
            await run(_numbered(save), STATE, NOON, CHANNEL, chat, number)
            answer = (f"{CHANNEL}:{chat}:{number}:0", CHANNEL, chat, BODY, NOON)
            await run(_numbered(INSERT_ANSWER), *answer)
        self._free.append(connection)

    async def close(self) -> None:
        """Disconnect."""
        for connection in self._free:
            await connection.close()


class Orm:
    """SQLModel's objects in an async session, on aiosqlite: what a tutorial would do."""

    def __init__(self, url: str) -> None:
        """Open the database."""
        self._engine = create_async_engine(make_url(url).set(drivername="sqlite+aiosqlite"))
        event.listen(self._engine.sync_engine, "connect", _prepare)

    async def step(self, chat: str, number: int) -> None:
        """Do a step."""
        async with AsyncSession(self._engine) as session:
            message = InboxRow(  # type: ignore[call-arg]  # the database draws its id
                channel=CHANNEL,
                message_id=message_id(),
                chat=chat,
                payload=PAYLOAD,
                received_at=NOON,
                handled_at=None,
                tries=0,
                not_before=None,
                failure=None,
            )
            session.add(message)
            told = await session.get(ConversationRow, (CHANNEL, chat)) or ConversationRow(
                channel=CHANNEL,
                chat=chat,
                shard=7,
                turn=0,
                state="",
                wake_at=None,
                updated_at=NOON,
            )
            told.turn, told.state, told.updated_at = number + 1, STATE, NOON
            session.add(told)
            answer = OutboxRow(  # type: ignore[call-arg]  # same
                dedup_key=f"{CHANNEL}:{chat}:{number}:0",
                channel=CHANNEL,
                chat=chat,
                kind="say",
                body=BODY,
                created_at=NOON,
                settled_at=None,
                tries=0,
                not_before=None,
                failure=None,
                forget=False,
            )
            session.add(answer)
            await session.flush()
            message.handled_at = NOON
            await session.commit()

    async def close(self) -> None:
        """Disconnect."""
        await self._engine.dispose()


async def connect(url: str) -> asyncpg.Connection:
    """Connect with asyncpg to a database of `tests.databases`."""
    parsed = make_url(url)
    return await asyncpg.connect(
        host=parsed.host,
        port=parsed.port,
        user=parsed.username,
        password=parsed.password,
        database=parsed.database,
        server_settings={"search_path": str(parsed.query["options"]).partition("=")[2]},
    )


def _prepare(connection: DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@cache
def _numbered(statement: str) -> str:
    """Return a statement with its parameters as PostgreSQL writes them."""
    first, *rest = statement.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
