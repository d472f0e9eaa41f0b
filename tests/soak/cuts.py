"""Cut claimbot's connections to PostgreSQL under load: ``python -m tests.soak.cuts --minutes 5``.

People hand in claims side by side while one connection after the other is cut, all of them at once
or the server hangs, each by chance; then until each was told that theirs is sent.  Then everything
that DESIGN promises is checked.  Nothing may be said twice either: the process lives.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, time

from sqlalchemy import make_url

from claimbot.queues.sql import SqlQueue
from claimbot.store import Store
from tests.databases import empty_database
from tests.fake_bot_api import FakeBotApi
from tests.journeys import Served
from tests.killed.invariants import holds_in
from tests.killed.policyholder import Manner, Policyholder, hand_in, pictures
from tests.tcp_proxy import TcpProxy

LONGEST_REST = 1.2  # seconds between two cuts
LONGEST_OUTAGE = 2.0


class Unplugged(Served):
    """A claimbot that is never killed, and whose database goes away now and then."""

    kills = 0

    def __init__(self, api: FakeBotApi, folder: Path, proxy: TcpProxy, database: str) -> None:
        """Serve ``database`` by way of a proxy."""
        through = make_url(database).set(host="127.0.0.1", port=proxy.port)
        super().__init__(api, folder, DATABASE=through.render_as_string(hide_password=False))
        self.api = api

    async def until(self, happened: Callable[[], bool], what: str, *, within: float = 60) -> None:
        """Do what `FakeBotApi.until` does; an error also tells the end of the log."""
        try:
            await self.api.until(happened, what, within=within)
        except AssertionError as error:
            error.add_note("".join(self.log[-20:]))
            raise


async def cut(proxy: TcpProxy, chance: Random) -> None:
    """Cut one connection or all of them, or let the server hang for a while."""
    match chance.choices(["one", "all", "hang"], [10, 8, 1]):
        case ["one"]:
            proxy.cut(chance)
        case ["all"]:
            await proxy.goes_away()
            await asyncio.sleep(chance.choice([0, 0, 0.02, 0.5]))
            await proxy.comes_back()
        case _:
            proxy.hangs()
            await asyncio.sleep(chance.uniform(0, LONGEST_OUTAGE))
            proxy.goes_on()


async def cut_under_load(folder: Path, *, seconds: float, seed: int, chats: int) -> str:
    """Cut for so long and check everything; return a line that tells what there was.

    Raises:
        AssertionError: A promise is broken, or somebody is not answered.
    """
    holders: list[Policyholder] = []
    cuts = 0

    async def someone(served: Unplugged, place: int, end: float) -> None:
        chance = Random(f"{seed}:{place}")  # noqa: S311 - to be drawn again
        while True:
            shown = pictures(f"{place}:{len(holders)}")
            holders.append(await hand_in(served, Manner.drawn(chance), shown))
            if monotonic() > end:
                return

    async def cutting(proxy: TcpProxy, end: float) -> None:
        nonlocal cuts
        chance = Random(seed)  # noqa: S311 - same
        while monotonic() < end:
            await asyncio.sleep(chance.uniform(0, LONGEST_REST))
            await cut(proxy, chance)
            cuts += 1

    with empty_database("postgresql", folder) as url, closing(Store(url)) as store:
        store.upgrade()
        server = make_url(url)
        async with (
            FakeBotApi() as api,
            TcpProxy(server.port or 5432, server.host or "127.0.0.1") as proxy,
            Unplugged(api, folder, proxy, url) as served,
        ):
            end = monotonic() + seconds
            people = (someone(served, place, end) for place in range(chats))
            await asyncio.gather(cutting(proxy, end), *people)
            assert await served.stop(within=30) == 0
            holds_in(store, SqlQueue(), served, holders)
    updates = sum(len(holder.sent) for holder in holders)
    return f"{cuts} cuts; {updates} updates, each handled once; {len(holders)} claims"


def main(arguments: list[str]) -> None:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.cuts", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--chats", type=int, default=8, help="at a time")
    parser.add_argument("--seed", type=int, default=int(time()))
    told = parser.parse_args(arguments)
    sys.stdout.write(f"seed {told.seed}\n")
    with TemporaryDirectory() as folder:
        work = cut_under_load(
            Path(folder), seconds=told.minutes * 60, seed=told.seed, chats=told.chats
        )
        sys.stdout.write(f"{asyncio.run(work)}\n")


if __name__ == "__main__":  # pragma: no cover  by hand
    main(sys.argv[1:])
