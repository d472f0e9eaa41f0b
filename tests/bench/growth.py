"""How many durable steps a second among ever more conversations that are already stored.

``python -m tests.bench.growth`` prints the table; ``--conversations 1000 100000`` asks for other
numbers of them, ``--million`` adds the last; ``--json FILE`` keeps the numbers in a file, after
they were compared with what is there from the last time.  Each conversation has some messages that
were handled and some answers that were sent.  64 chats step as in `tests.bench.steps`, on SQLite,
in a database of each size in turns.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
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
    SELECT :channel, 100000000 + n, 'stored' || (n / :each), :payload, :at, :at, 0
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """A database in which so many conversations are stored."""

    conversations: int
    store: Store
    plain: PlainSqlite

    @property
    def sides(self) -> list[Chats]:
        """Those that step in it: the store and the driver."""
        return [Chats("ours", Ours(self.store).step), Chats("raw", self.plain.step)]


@contextmanager
def sized(conversations: int) -> Iterator[Sized]:
    """Make such a database."""
    with (
        TemporaryDirectory() as folder,
        empty_database("sqlite", Path(folder)) as url,
        closing(Store(url)) as store,
    ):
        store.upgrade()
        fill(store, 0, conversations)
        sys.stderr.write(f"{conversations:,} conversations stored\n")
        with closing(PlainSqlite(url)) as plain:
            yield Sized(conversations=conversations, store=store, plain=plain)


def results(sizes: Sequence[int], rounds: int, seconds: float) -> list[Result]:
    """Return the rates in each database, and each also as a part of that in the first."""
    with ExitStack() as stack:
        databases = [stack.enter_context(sized(size)) for size in sizes]
        sides = [side for database in databases for side in database.sides]
        rates = asyncio.run(in_turns(sides, AT_ONCE, rounds, seconds))
    shown = []
    for name, its_rates in (("ours", rates[::2]), ("raw", rates[1::2])):
        for size, now in zip(sizes, its_rates, strict=True):
            what = f"{size:,} conversations stored: {name}"
            shown.append(Result(name=f"{what}, steps/s", value=median(now)))
            if size > sizes[0]:
                parts = [one / first for one, first in zip(now, its_rates[0], strict=True)]
                least = LEAST if name == "ours" else 0
                what = f"{what}, of that among {sizes[0]:,}"
                shown.append(Result(name=what, value=median(parts), least=least))
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
