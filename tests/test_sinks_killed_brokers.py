"""A claim reaches every broker that runs here, whatever instant the relay dies at."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import nats
from redis.asyncio import Redis

from claimbot.sinks import parse_sinks
from tests.databases import open_store
from tests.fake_bot_api import FakeBotApi
from tests.killed.instants import parse_instant
from tests.killed.mortal import Mortal
from tests.sink_contract import at_hand
from tests.test_sinks_amqp import AMQP
from tests.test_sinks_killed import KILLS, submit
from tests.test_sinks_nats import NATS
from tests.test_sinks_redis import REDIS

WITHIN = 60  # seconds
POINTS = ("before-confirm:1", "any:60", "after-confirm:1", "any:90", "any:75")

Read = Callable[[], Awaitable[list[str]]]
"""Returns the ids of all that a broker has, in their order, with repeats."""


@asynccontextmanager
async def rabbit(place: str) -> AsyncIterator[Read]:
    """Give a queue of RabbitMQ's."""
    async with await aio_pika.connect(AMQP) as connection:
        queue = await (await connection.channel()).declare_queue(place)
        found: list[str] = []

        async def read() -> list[str]:
            while (told := await queue.get(no_ack=True, fail=False)) is not None:
                found.append(str(told.message_id))
            return found

        yield read
        await queue.delete(if_unused=False, if_empty=False)


@asynccontextmanager
async def jetstream(place: str) -> AsyncIterator[Read]:
    """Give a stream of NATS's."""
    async with await nats.connect(NATS) as client:
        streams = client.jetstream()
        await streams.add_stream(name=place, subjects=[place])

        async def read() -> list[str]:
            state = (await streams.stream_info(place)).state
            told = [await streams.get_msg(place, at + 1) for at in range(state.last_seq)]
            return [(one.headers or {})["Nats-Msg-Id"] for one in told]

        yield read
        await streams.delete_stream(place)


@asynccontextmanager
async def stream(place: str) -> AsyncIterator[Read]:
    """Give a stream of Redis's."""
    async with Redis.from_url(REDIS) as client:

        async def read() -> list[str]:
            found: Any = await client.xrange(place)
            return [told[b"id"].decode() for _, told in found]

        yield read
        await client.delete(place, *[key async for key in client.scan_iter(f"{{{place}}}:*")])


async def all_have(sent: set[str], reads: list[Read]) -> None:
    """Return once every broker has everything."""
    async with asyncio.timeout(WITHIN):
        for read in reads:
            while not sent <= set(await read()):
                pass  # it asked the broker


async def test_each_claim_reaches_each_broker_once_by_its_id(tmp_path: Path) -> None:
    """Killed twenty times before, while and after it tells; who can drop a repeat does."""
    for name, url in (("RabbitMQ", AMQP), ("NATS", NATS), ("Redis", REDIS)):
        at_hand(name, url)
    instants = [parse_instant(point) for point in islice(cycle(POINTS), KILLS)]
    place = f"test_{uuid4().hex}"
    sinks = f"{AMQP}/?routing_key={place} {NATS}?subject={place} {REDIS}/0?stream={place}"
    names = [address.name for address in parse_sinks(sinks)]
    sent: set[str] = set()
    with open_store("sqlite", tmp_path) as store:
        async with (
            rabbit(place) as of_rabbit,
            jetstream(place) as of_nats,
            stream(place) as of_redis,
            FakeBotApi() as api,
            Mortal(api, tmp_path, instants, command="relay", SINKS=sinks) as mortal,
        ):
            for number in count():
                sent.add(await asyncio.to_thread(submit, store, number, names))
                await all_have(sent, [of_rabbit, of_nats, of_redis])
                if mortal.lasts:
                    break
            assert await mortal.stop(within=30) == 0
            by_rabbit, by_nats, by_redis = [
                await of_rabbit(),
                await of_nats(),
                await of_redis(),
            ]

    assert mortal.kills == KILLS
    assert set(by_rabbit) == sent
    assert sorted(by_nats) == sorted(by_redis) == sorted(sent)
