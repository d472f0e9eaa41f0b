"""A publisher on a stage: sinks that remember, a clock that is set by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from claimbot.desk import as_json
from claimbot.intake.publisher import Publisher
from claimbot.sinks import Address, Message, Sink, parse_sinks
from claimbot.store import Chat, Store, StoredClaim, deliveries
from claimbot.store.deliveries import Delivery
from tests.journeys import Clock
from tests.store_builders import NOON, claim, turn

HOUR = timedelta(hours=1)
QUICK, OTHER = parse_sinks("quick://host/?full=1 other://host/")
Trouble = Callable[[Sequence[Message]], Awaitable[Collection[str] | None]]
"""Returns the ids that are confirmed; None is all of them."""


class Known:
    """A sink that remembers what it took, unless ``trouble`` says what happens instead."""

    def __init__(self) -> None:
        self.took: list[Message] = []
        self.batches: list[int] = []
        self.trouble: Callable[[Sequence[Message]], Awaitable[Collection[str] | None]] | None = (
            None
        )
        self.is_closed = False

    async def publish(self, batch: Sequence[Message]) -> Collection[str]:
        """Take a batch."""
        self.batches.append(len(batch))
        ids = await self.trouble(batch) if self.trouble else None
        taken = [one for one in batch if ids is None or one.id in ids]
        self.took += taken
        return {one.id for one in taken}

    async def close(self) -> None:
        """Remember that."""
        self.is_closed = True

    @property
    def ids(self) -> list[str]:
        """What it took."""
        return [one.id for one in self.took]

    def fails(self, error: Exception) -> None:
        """Raise this from now on."""

        async def fail(_: Sequence[Message]) -> Collection[str]:
            raise error

        self.trouble = fail


class Stage:
    """A store with claims in it, and sinks that are told of them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock()
        self.quick, self.other = Known(), Known()
        self.publisher = self.another()

    def another(self, **parts: Any) -> Publisher:
        """Return another publisher on the same database and sinks."""
        sinks: dict[Address, Sink] = {QUICK: self.quick, OTHER: self.other}
        same: dict[str, Any] = {
            "store": self.store,
            "addresses": (QUICK, OTHER),
            "open_sink": lambda address: sinks[address],
            "describe": lambda stored: as_json(stored, None),
            "clock": self.clock,
            "draw": lambda _: 0,
            "watch_after": HOUR,
        }
        return Publisher(**{**same, **parts})

    def submit(self, *references: str) -> None:
        """Have claims submitted."""
        names = [QUICK.name, OTHER.name]

        def announce(tx: Connection, event_type: str, stored: StoredClaim) -> None:
            reference = stored.claim.reference
            deliveries.announce(tx, names, event_type, reference, revision=1, at=NOON)

        for reference in references:
            key = Chat(channel="telegram", chat=reference)
            self.store.record(turn(key, claim=claim(reference), announce=announce))

    def log(self, name: str = QUICK.name) -> list[Delivery]:
        """Return what a sink was told, newest first."""
        return self.store.read(lambda tx: deliveries.log(tx, name, limit=100))

    async def works(self) -> None:
        """Tell all that is due."""
        while await self.publisher.once():
            pass


@asynccontextmanager
async def running(publishing: Publisher) -> AsyncIterator[None]:
    """Let a publisher work by itself."""
    tasks = [asyncio.create_task(loop) for loop in publishing.loops(lambda: HOUR)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
