"""Kill claimbot under load: ``python -m tests.soak.kills --kills 200 --minutes 15``.

People hand in claims side by side, for as long as it is killed and until each was told that theirs
is sent.  It is killed no more when either number is reached.  Then everything that DESIGN promises
is checked.  An error tells what is lost, there twice or in disorder, or what was waited for in
vain; the same seed kills after as many statements and calls again, though on another day those
lie elsewhere.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, time

from claimbot.store import Store
from tests.fake_bot_api import FakeBotApi
from tests.killed.instants import ANY, Instant
from tests.killed.invariants import holds, repeats
from tests.killed.mortal import Mortal
from tests.killed.policyholder import Manner, Policyholder, hand_in, pictures

SHORTEST, LONGEST = 20, 1500  # points that a life passes; the first hundred before it serves
LATER_MS = 8.0  # as long as a few statements take


def drawn(kills: int, chance: Random) -> list[Instant]:
    """Return when to kill it, by chance."""
    return [
        Instant(
            point=ANY,
            nth=chance.randint(SHORTEST, LONGEST),
            later_ms=chance.uniform(0, LATER_MS),
        )
        for _ in range(kills)
    ]


async def kill_under_load(
    folder: Path, *, kills: int, seconds: float, seed: int, chats: int
) -> None:
    """Kill it so often, or for so long; check everything, and print what there was.

    Raises:
        AssertionError: A promise is broken, or somebody is not answered.
    """
    began = monotonic()
    holders: list[Policyholder] = []
    instants = drawn(kills, Random(seed))  # noqa: S311 - to be drawn again

    async def someone(mortal: Mortal, place: int) -> None:
        chance = Random(f"{seed}:{place}")  # noqa: S311 - same
        while True:
            shown = pictures(f"{place}:{len(holders)}")
            holders.append(await hand_in(mortal, Manner.drawn(chance), shown))
            if mortal.lasts:
                return

    async def spare(mortal: Mortal) -> None:
        await asyncio.sleep(seconds)
        await mortal.spare()

    async with FakeBotApi() as api, Mortal(api, folder, instants) as mortal:
        async with asyncio.TaskGroup() as group:
            sparing = group.create_task(spare(mortal))
            await asyncio.gather(*(someone(mortal, place) for place in range(chats)))
            sparing.cancel()
        assert await mortal.stop(within=30) == 0
        holds(mortal, holders)
        _tell(mortal, holders, monotonic() - began)


def _tell(mortal: Mortal, holders: Sequence[Policyholder], seconds: float) -> None:
    with closing(Store(f"sqlite:///{mortal.database}")) as store:
        again = [repeats(store, holder) for holder in holders]
    updates = sum(len(holder.sent) for holder in holders)
    heard = sum(len(holder.person.heard) for holder in holders)
    lines = [
        f"{mortal.kills} of {len(mortal.instants)} kills in {seconds:.0f} s",
        f"{updates} updates, each handled once",
        f"{len(holders)} claims, each queued once with its photos",
        f"{heard} messages sent, {sum(again)} of them again; at most {max(again)} in a chat",
        "the last thing before a kill:",
    ]
    lines += [f"  {count:>4}  {point}" for point, count in mortal.last_points.most_common()]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def main(arguments: list[str]) -> None:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=15, help="no more kills after that")
    parser.add_argument("--chats", type=int, default=8, help="at a time")
    parser.add_argument("--seed", type=int, default=int(time()))
    options = parser.parse_args(arguments)
    sys.stdout.write(f"seed {options.seed}\n")
    with TemporaryDirectory() as folder:
        asyncio.run(
            kill_under_load(
                Path(folder),
                kills=options.kills,
                seconds=options.minutes * 60,
                seed=options.seed,
                chats=options.chats,
            )
        )


if __name__ == "__main__":  # pragma: no cover  by hand
    main(sys.argv[1:])
