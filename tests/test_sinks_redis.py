"""Claims to a Redis Stream: the real one."""

import asyncio
import os
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from claimbot.errors import SinkDown
from claimbot.sinks import open_sink
from tests.sink_contract import (
    OPTIONS,
    Received,
    Receiver,
    SinkContract,
    at_hand,
    message,
    through,
)
from tests.tcp_proxy import TcpProxy

REDIS = os.environ.get("CLAIMBOT_TEST_REDIS", "redis://127.0.0.1:6379")


@pytest.fixture
async def client():
    """Give a connection of our own to the server."""
    at_hand("Redis", REDIS)
    async with Redis.from_url(REDIS) as client:
        yield client


class TestRedis(SinkContract):
    """What every plug promises."""

    @pytest.fixture
    async def receiver(self, client: Redis):
        """Give a stream's name."""
        name = f"test:{uuid4().hex}"

        async def read() -> Received:
            found: Any = await client.xrange(name)
            return [(told[b"id"].decode(), told[b"data"]) for _, told in found]

        host, port = at_hand("Redis", REDIS)
        async with TcpProxy(port, host) as proxy:
            yield Receiver(
                url=f"{through(proxy, REDIS)}/0?stream={name}",
                proxy=proxy,
                read=read,
                drops_repeats=True,
            )
        await client.delete(name, *[key async for key in client.scan_iter(f"{{{name}}}:*")])


async def told(url: str) -> str:
    """Return what is said of trouble."""
    sink = open_sink(url, OPTIONS)
    with pytest.raises(SinkDown) as caught:
        await sink.publish([message()])
    await sink.close()
    return str(caught.value).partition(": ")[2]


async def test_a_repeat_is_dropped_for_as_long_as_it_is_tried(client: Redis) -> None:
    """The memory of it goes away by itself, and no sooner."""
    name = uuid4().hex
    sink = open_sink(f"{REDIS}/0?stream={name}", OPTIONS)
    await sink.publish([message()])
    await sink.close()

    seconds = await client.ttl(f"{{{name}}}:{message().id}")

    assert timedelta(days=1.5) < timedelta(seconds=seconds) <= timedelta(days=2)
    await client.delete(name, f"{{{name}}}:{message().id}")


async def test_what_redis_refuses_is_not_taken_for_a_repeat(client: Redis) -> None:
    """Once its place is free it is added."""
    name = uuid4().hex
    await client.set(name, "somebody else's")

    refused = await told(f"{REDIS}/0?stream={name}")
    await client.delete(name)

    assert refused == "Redis refuses to add to the stream; its log says why"
    sink = open_sink(f"{REDIS}/0?stream={name}", OPTIONS)
    assert list(await sink.publish([message()])) == [message().id]
    await sink.close()
    assert await client.xlen(name) == 1
    await client.delete(name, f"{{{name}}}:{message().id}")


async def test_an_account_that_is_refused_is_named() -> None:
    """The message says where it is set."""
    host, port = at_hand("Redis", REDIS)

    assert await told(f"redis://nobody:s3kr1t@{host}:{port}/0?stream=claims") == (
        "access is refused; look at the account in CLAIMBOT_SINKS"
    )


async def test_another_kind_of_server_is_told_from_redis() -> None:
    """A mistyped port is found at once."""

    async def be_somebody_else(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        writer.close()

    async with await asyncio.start_server(be_somebody_else, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]

        assert await told(f"redis://127.0.0.1:{port}?stream=x") == "what answers is no Redis"
