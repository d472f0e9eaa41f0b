"""Kill webs, workers and relays: ``python -m tests.soak.processes --kills 60 --minutes 10``.

Two of each share a PostgreSQL database, and people hand in claims side by side.  No more are
killed when either number is reached.  When each was told that theirs is sent, everything that
DESIGN promises is checked.  An error tells what is lost, there twice or in disorder, or what was
waited for in vain, and the seed.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterable
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, time

from claimbot.queues.sql import SqlQueue
from claimbot.store import Store
from tests.databases import empty_database
from tests.fake_bot_api import FakeBotApi
from tests.fleet import KINDS, Fleet
from tests.killed.invariants import holds_in
from tests.killed.policyholder import Manner, Policyholder, hand_in, pictures

EACH = 2  # processes of a kind
LOOK_EVERY = 0.2  # seconds
SETTLED_WITHIN = 120  # seconds, of which a relay that was killed keeps its messages for 15


async def lose_processes(
    folder: Path, database: str, *, kinds: Iterable[str], seed: int, chats: int
) -> tuple[list[Policyholder], int, int]:
    """Kill a process of each of these kinds while so many claims are handed in; check everything.

    Returns:
        Who handed them in, how often photos were fetched, and how many processes were killed.

    Raises:
        AssertionError: A promise is broken, or somebody is not answered.
    """
    chance = Random(seed)  # noqa: S311 - to be drawn again
    over = asyncio.Event()
    async with FakeBotApi() as api, Fleet(api, folder, database, each=EACH) as fleet:
        losing = asyncio.create_task(fleet.loses(kinds, chance, over))
        people = [
            hand_in(fleet, Manner.drawn(chance), pictures(str(number))) for number in range(chats)
        ]
        try:
            holders = await asyncio.gather(*people)
            over.set()
            await api.tell()
            await losing
            with closing(Store(database)) as store:
                await _all_is_settled(store)
                assert await fleet.stop() == [0] * EACH * len(KINDS)
                holds_in(store, SqlQueue(), fleet, holders)
        finally:
            losing.cancel()
    return holders, len(api.called("file")), fleet.kills


async def _all_is_settled(store: Store) -> None:
    """Return when nothing waits to be sent."""
    async with asyncio.timeout(SETTLED_WITHIN):
        while (await asyncio.to_thread(store.counts)).outbox_waiting:  # noqa: ASYNC110 no event
            await asyncio.sleep(LOOK_EVERY)  # pragma: no cover  mostly, all is settled by then


def main(arguments: list[str]) -> None:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.processes", description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--minutes", type=float, default=10, help="no more kills after that")
    parser.add_argument("--chats", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time()))
    options = parser.parse_args(arguments)
    sys.stdout.write(f"seed {options.seed}\n")
    kinds = [KINDS[number % len(KINDS)] for number in range(options.kills)]
    Random(options.seed).shuffle(kinds)  # noqa: S311 - to be drawn again
    began = monotonic()
    until = began + options.minutes * 60
    with TemporaryDirectory() as folder, empty_database("postgresql", Path(folder)) as database:
        with closing(Store(database)) as store:
            store.upgrade()
        lost = lose_processes(
            Path(folder),
            database,
            kinds=takewhile(lambda _: monotonic() < until, kinds),
            seed=options.seed,
            chats=options.chats,
        )
        holders, fetched, kills = asyncio.run(lost)
    heard = sum(len(holder.person.heard) for holder in holders)
    told = sum(len({said.text for said in holder.person.heard}) for holder in holders)
    sys.stdout.write(
        f"{kills} of {options.kills} kills in {monotonic() - began:.0f} s\n"
        f"{sum(len(holder.sent) for holder in holders)} updates, each handled once, in order\n"
        f"{len(holders)} claims, each queued once with its photos\n"
        f"{sum(len(holder.pictures) for holder in holders)} photos, fetched {fetched} times\n"
        f"{heard} messages sent, {heard - told} of them again\n"
    )


if __name__ == "__main__":  # pragma: no cover  by hand
    main(sys.argv[1:])
