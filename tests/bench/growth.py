"""How many durable steps a second among ever more conversations that are already stored.

``python -m tests.bench.growth`` prints the table; ``--conversations 1000 100000`` asks for other
numbers of them, ``--million`` adds the last; ``--json FILE`` keeps the numbers in a file, after
they were compared with what is there from the last time.  Each conversation has some messages that
were handled and some answers that were sent.  64 chats step as in `tests.bench.steps`, on SQLite.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, text

from claimbot.store import Store
from claimbot.store.tables import conversation, inbox, outbox
from tests.bench.photos import Result
from tests.bench.report import report, takes_json
from tests.bench.sides import AT, BODY, CHANNEL, PAYLOAD, STATE, Ours, PlainSqlite
from tests.bench.steps import Chats, in_turns
from tests.databases import empty_database

SIZES = (1_000, 100_000)
MILLION = 1_000_000
AT_ONCE = 64
ROUNDS = 5
SECONDS = 1.0
LEAST = 0.8  # of the rate among the fewest
EACH = 3  # messages of each conversation, and answers
NUMBERED = """
    WITH RECURSIVE numbered (n) AS (
        SELECT :start UNION ALL SELECT n + 1 FROM numbered WHERE n + 1 < :end
    )
"""
CONVERSATIONS = """
    INSERT INTO conversation (channel, chat, shard, turn, state, updated_at)
    SELECT :channel, 'stored' || n, n % 65536, :each, :state, :at FROM numbered
"""
MESSAGES = """
    INSERT INTO inbox (channel, message_id, chat, payload, received_at, handled_at, tries)
    SELECT :channel, lower(hex(randomblob(32))), 'stored' || (n / :each), :payload, :at, :at, 0
    FROM numbered
"""
ANSWERS = """
    INSERT INTO outbox (
        dedup_key, channel, chat, kind, body, created_at, settled_at, tries, forget
    ) SELECT :channel || ':' || 'stored' || (n / :each) || ':' || (n % :each) || ':' || 0,
    :channel, 'stored' || (n / :each), 'say', :body, :at, :at, 0, FALSE FROM numbered
"""
TOLD = {"channel": CHANNEL, "state": STATE, "payload": PAYLOAD, "body": BODY, "at": AT}


def fill(store: Store, start: int, end: int) -> None:
    """Store conversations in bulk."""

    def add(tx: Connection) -> None:
        indexes = [index for filled in (inbox, conversation, outbox) for index in filled.indexes]
        for index in indexes:
            index.drop(tx)
        for statement, each in ((CONVERSATIONS, 1), (MESSAGES, EACH), (ANSWERS, EACH)):
            numbers = {"start": start * each, "end": end * each, "each": EACH}
            tx.execute(text(NUMBERED + statement), TOLD | numbers)
        for index in indexes:
            index.create(tx)

    store.write(add)
    _settle(store)


def _settle(store: Store) -> None:
    """Bring all of it to its place on the disk, as if it had come over the years."""
    connection = store.engine.raw_connection()
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    os.sync()


async def rates(
    store: Store, sizes: Sequence[int], rounds: int, seconds: float
) -> list[tuple[float, float]]:
    """Return the store's steps a second and the driver's, among each number of conversations."""
    found = []
    have = 0
    with closing(PlainSqlite(store.url)) as plain:
        sides = [Chats("ours", Ours(store).step), Chats("raw", plain.step)]
        for size in sizes:
            await asyncio.to_thread(fill, store, have, size)
            have = size
            sys.stderr.write(f"{size:,} conversations\n")
            ours, raw = await in_turns(sides, AT_ONCE, rounds, seconds)
            found.append((median(ours), median(raw)))
    return found


def results(sizes: Sequence[int], rounds: int, seconds: float) -> list[Result]:
    """Return the rates as the database grows, each also as a part of the first."""
    with (
        TemporaryDirectory() as folder,
        empty_database("sqlite", Path(folder)) as url,
        closing(Store(url)) as store,
    ):
        store.upgrade()
        found = asyncio.run(rates(store, sizes, rounds, seconds))
    shown = []
    for size, (ours, raw) in zip(sizes, found, strict=True):
        name = f"{size:,} conversations stored"
        shown.append(Result(name=f"{name}: ours, steps/s", value=ours))
        shown.append(Result(name=f"{name}: raw, steps/s", value=raw))
        if size > sizes[0]:
            first_ours, first_raw = found[0]
            part = f"of that among {sizes[0]:,}"
            shown.append(
                Result(name=f"{name}: ours, {part}", value=ours / first_ours, least=LEAST)
            )
            shown.append(Result(name=f"{name}: raw, {part}", value=raw / first_raw))
    return shown


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Steps a second in a database that grows.")
    parser.add_argument("--conversations", type=int, nargs="+", default=SIZES)
    parser.add_argument("--million", action="store_true", help="go on to a million of them")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each round and side")
    takes_json(parser)
    told = parser.parse_args(arguments)
    sizes = sorted({*told.conversations, *([MILLION] if told.million else [])})
    report(results(sizes, told.rounds, told.seconds), told.json)


if __name__ == "__main__":
    main(sys.argv[1:])
