"""Claims to RabbitMQ: the real one."""

import asyncio
import os
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aio_pika
import pytest

from claimbot.errors import SinkDown
from claimbot.sinks import brokers, open_sink
from tests.sink_contract import (
    NOON,
    OPTIONS,
    Received,
    Receiver,
    SinkContract,
    at_hand,
    message,
    through,
)
from tests.tcp_proxy import CHUNK, TcpProxy

AMQP = os.environ.get("CLAIMBOT_TEST_AMQP", "amqp://guest:guest@127.0.0.1:5672")


@pytest.fixture
async def channel():
    """Give a channel of our own to the broker."""
    at_hand("RabbitMQ", AMQP)
    async with await aio_pika.connect(AMQP) as connection:
        yield await connection.channel()


class TestRabbitMQ(SinkContract):
    """What every plug promises."""

    @pytest.fixture
    async def receiver(self, channel: aio_pika.abc.AbstractChannel):
        """Give a queue with the broker's default exchange before it."""
        queue = await channel.declare_queue(exclusive=True)

        async def read() -> Received:
            found = []
            while (told := await queue.get(no_ack=True, fail=False)) is not None:
                assert told.message_id is not None
                found.append((told.message_id, told.body))
            return found

        host, port = at_hand("RabbitMQ", AMQP)
        async with TcpProxy(port, host) as proxy:
            yield Receiver(
                url=f"{through(proxy, AMQP)}/?routing_key={queue.name}",
                proxy=proxy,
                read=read,
                drops_repeats=False,
            )


async def told(query: str, *, account: str = "") -> str:
    """Return what is said of trouble."""
    parts = urlsplit(AMQP)
    place = f"{account}@{parts.netloc.rpartition('@')[2]}" if account else parts.netloc
    sink = open_sink(f"amqp://{place}/{query}", OPTIONS)
    with pytest.raises(SinkDown) as caught:
        await sink.publish([message()])
    await sink.close()
    return str(caught.value).partition("/: ")[2]


@pytest.mark.usefixtures("channel")
async def test_what_is_missing_is_named() -> None:
    """The message says what to do about it."""
    nothing = uuid4().hex

    assert await told(f"?exchange={nothing}") == "there is no such exchange; declare it"
    assert await told(f"?routing_key={nothing}") == "no queue is bound for the messages; bind one"
    assert await told(f"?exchange=amq.topic&routing_key={nothing}") == (
        "no queue is bound for the messages; bind one"
    )
    assert await told("?exchange=claims", account="nobody:s3kr1t") == (
        "access is refused; look at the account in CLAIMBOT_SINKS"
    )


@pytest.mark.usefixtures("channel")
async def test_a_vhost_that_is_not_there_is_named() -> None:
    """Nothing is said to another one instead."""
    sink = open_sink(f"{AMQP}/{uuid4().hex}?exchange=claims", OPTIONS)

    with pytest.raises(SinkDown, match=r"there is no such vhost for this account$"):
        await sink.publish([message()])


async def test_an_exchange_routes_by_type(channel: aio_pika.abc.AbstractChannel) -> None:
    """A queue takes those events that it is bound for."""
    exchange = await channel.declare_exchange(uuid4().hex, "topic", auto_delete=True)
    queue = await channel.declare_queue(exclusive=True)
    await queue.bind(exchange, "claim.*")
    sink = open_sink(f"{AMQP}/?exchange={exchange.name}", OPTIONS)

    await sink.publish([message()])
    await sink.close()

    found = await queue.get(no_ack=True)
    assert found.routing_key == found.type == "claim.submitted"
    assert found.content_type == "application/cloudevents+json"
    assert found.delivery_mode is aio_pika.DeliveryMode.PERSISTENT
    assert found.timestamp == NOON


async def test_what_a_full_queue_refuses_is_not_confirmed(
    channel: aio_pika.abc.AbstractChannel,
) -> None:
    """It keeps two, of which it told us."""
    limits: dict[str, Any] = {"x-max-length": 2, "x-overflow": "reject-publish"}
    queue = await channel.declare_queue(exclusive=True, arguments=limits)
    sink = open_sink(f"{AMQP}/?routing_key={queue.name}", OPTIONS)

    with pytest.raises(SinkDown, match=r"a queue refuses the messages; it may be full$") as caught:
        await sink.publish([message(number) for number in range(4)])
    await sink.close()

    kept = [await queue.get(no_ack=True) for _ in range(2)]
    assert {one.message_id for one in kept} == set(caught.value.confirmed)


class Slumbering(TcpProxy):
    """Hangs once a channel is asked for."""

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if b"\x00\x14\x00\x0a" in data:  # channel.open
                self.hangs()
            await self._flows.wait()
            writer.write(data)
            await writer.drain()


@pytest.mark.usefixtures("channel")
async def test_a_broker_that_hangs_after_its_welcome_is_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is given up all the same, though it does not even take leave."""
    monkeypatch.setattr(brokers, "CONNECT_WITHIN", timedelta(milliseconds=300))
    monkeypatch.setattr(brokers, "HANG_UP_WITHIN", timedelta(milliseconds=100))
    host, port = at_hand("RabbitMQ", AMQP)
    async with Slumbering(port, host) as proxy:
        sink = open_sink(f"{through(proxy, AMQP)}/?routing_key=claims", OPTIONS)

        with pytest.raises(SinkDown, match=r"no answer$"):
            await sink.publish([message()])
