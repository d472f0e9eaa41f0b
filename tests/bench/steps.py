"""How many durable steps a second, beside the raw limit of the same database in the same run.

``python -m tests.bench.steps`` prints the table; ``--write`` puts it into docs/durability.md;
``--json FILE`` keeps it in a file, after it was compared with what is there from the last time.
The sides take turns, so that a machine that has other work to do slows all of them alike; a ratio
is the median of those of the rounds.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from claimbot.app import THREADS
from claimbot.store import Store
from tests.bench.photos import Result
from tests.bench.report import report, takes_json
from tests.bench.sides import Orm, Ours, PlainPostgresql, PlainSqlite, Step
from tests.databases import empty_database
from tests.marked import show, table

PAGE = Path(__file__).parents[2] / "docs" / "durability.md"
AT_ONCE = {"sqlite": (1, 8, 64), "postgresql": (1, 8)}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
ROUNDS = 5
SECONDS = 1.0
OF_THE_RAW_RATE = 0.5  # the least with 64 chats
OF_THE_ORM = 3  # the least, a commit at a time
WARM_UP = 0.2  # of a round


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Steps a second of the store, the driver and perhaps the ORM, each once a round."""

    database: str
    at_once: int
    ours: tuple[float, ...]
    raw: tuple[float, ...]
    orm: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """What was measured."""
        return f"{NAMES[self.database]}, {self.at_once} at once"

    @property
    def of_raw(self) -> float:
        """The store's rate, as a part of the driver's."""
        return median(ours / raw for ours, raw in zip(self.ours, self.raw, strict=True))

    @property
    def of_orm(self) -> float | None:
        """The store's rate, as a multiple of the ORM's."""
        if not self.orm:
            return None
        return median(ours / orm for ours, orm in zip(self.ours, self.orm, strict=True))

    @property
    def results(self) -> list[Result]:
        """The numbers with their goals."""
        least = OF_THE_RAW_RATE if (self.database, self.at_once) == ("sqlite", 64) else 0
        found = [
            Result(name=f"{self.name}: ours, steps/s", value=median(self.ours)),
            Result(name=f"{self.name}: raw, steps/s", value=median(self.raw)),
            Result(name=f"{self.name}: ours / raw", value=self.of_raw, least=least),
        ]
        if self.of_orm is not None:
            found += [
                Result(name=f"{self.name}: SQLModel's ORM, steps/s", value=median(self.orm)),
                Result(name=f"{self.name}: ours / ORM", value=self.of_orm, least=OF_THE_ORM),
            ]
        return found

    @property
    def cells(self) -> tuple[object, ...]:
        """The row of the page's table."""
        of_orm = "" if self.of_orm is None else f"{self.of_orm:.1f}"
        rates = (f"{median(rates):,.0f}" for rates in (self.ours, self.raw))
        return NAMES[self.database], self.at_once, *rates, f"{self.of_raw:.2f}", of_orm


class Chats:
    """Chats that each take one step after the other."""

    def __init__(self, name: str, step: Step) -> None:
        """Take how a step is done; ``name`` tells these chats from the others of a database."""
        self._name = name
        self._step = step
        self._done: Counter[str] = Counter()

    async def rate(self, at_once: int, seconds: float) -> float:
        """Return how many steps a second so many chats take together."""
        before = self._done.total()
        began = perf_counter()
        chats = (f"{self._name}{number}" for number in range(at_once))
        await asyncio.gather(*(self._go_on(chat, began + seconds) for chat in chats))
        return (self._done.total() - before) / (perf_counter() - began)

    async def _go_on(self, chat: str, end: float) -> None:
        is_first = True
        while is_first or perf_counter() < end:
            await self._step(chat, self._done[chat])
            self._done[chat] += 1
            is_first = False


async def in_turns(
    sides: Sequence[Chats], at_once: int, rounds: int, seconds: float
) -> list[tuple[float, ...]]:
    """Return the rates of each side; who is first in one round is last in the next."""
    threads = ThreadPoolExecutor(THREADS)  # as `App.running` has them
    asyncio.get_running_loop().set_default_executor(threads)
    rates: list[list[float]] = [[] for _ in sides]
    for side in sides:
        await side.rate(at_once, seconds * WARM_UP)
    for number in range(rounds):
        order = list(zip(sides, rates, strict=True))
        for side, its_rates in order if number % 2 == 0 else reversed(order):
            its_rates.append(await side.rate(at_once, seconds))
    return [tuple(its_rates) for its_rates in rates]


async def sqlite_rates(store: Store, rounds: int, seconds: float) -> list[Rates]:
    """Return the rates on SQLite; one chat at a time also by way of the ORM."""
    found = []
    orm = Orm(store.url)
    with closing(PlainSqlite(store.url)) as plain:
        ours, raw = Chats("ours", Ours(store).step), Chats("raw", plain.step)
        for at_once in AT_ONCE["sqlite"]:
            others = [Chats("orm", orm.step)] if at_once == 1 else []
            rates = await in_turns([ours, raw, *others], at_once, rounds, seconds)
            its = dict(zip(("ours", "raw", "orm"), rates, strict=False))
            found.append(Rates(database="sqlite", at_once=at_once, **its))
    await orm.close()
    return found


async def postgresql_rates(store: Store, rounds: int, seconds: float) -> list[Rates]:
    """Return the rates on PostgreSQL."""
    found = []
    plain = await PlainPostgresql.open(store.url, max(AT_ONCE["postgresql"]))
    sides = [Chats("ours", Ours(store).step), Chats("raw", plain.step)]
    for at_once in AT_ONCE["postgresql"]:
        ours, raw = await in_turns(sides, at_once, rounds, seconds)
        found.append(Rates(database="postgresql", at_once=at_once, ours=ours, raw=raw))
    await plain.close()
    return found


def rates_of(database: str, rounds: int, seconds: float) -> list[Rates]:
    """Return the rates on one database, which begins empty."""
    measure = sqlite_rates if database == "sqlite" else postgresql_rates
    with (
        TemporaryDirectory() as folder,
        empty_database(database, Path(folder)) as url,
        closing(Store(url)) as store,
    ):
        store.upgrade()
        return asyncio.run(measure(store, rounds, seconds))


def steps_table(found: Sequence[Rates]) -> str:
    """Return the table for the page."""
    heads = ("database", "steps at once", "steps/s", "raw", "ours / raw", "ours / ORM")
    return table(heads, [rates.cells for rates in found])


def main(arguments: list[str]) -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(description="How many durable steps a second.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each round and side")
    parser.add_argument("--write", action="store_true", help="into docs/durability.md")
    takes_json(parser)
    told = parser.parse_args(arguments)
    found = [rates for name in AT_ONCE for rates in rates_of(name, told.rounds, told.seconds)]
    report([result for rates in found for result in rates.results], told.json)
    if told.write:
        show(steps_table(found), PAGE, "steps", arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
