"""The contract of the brokers' sinks: what every plug promises, whichever broker it talks to.

A plug keeps it when its subclass of `SinkContract`, with a fixture ``receiver``, passes.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from urllib.parse import urlsplit

import pytest

from claimbot.errors import BadConfiguration, SinkDown
from claimbot.sinks import Message, Sink, SinkOptions, brokers, open_sink
from tests.tcp_proxy import TcpProxy

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPTIONS = SinkOptions(clock=lambda: NOON)
UNICODE = "Dé deur is stuk \u2028 \u202e \U0001f697\U0001f4a5 \\u0000 ﷽ \u0416".encode()

Received = list[tuple[str, bytes]]


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """A broker by another way than ours, and what stands between it and our sink.

    Attributes:
        url: The sink's, through the proxy.
        read: Returns the id and the bytes of all messages there are, and may take them away.
        drops_repeats: Whether the broker does, or leaves it to its consumers.
        too_big: Bytes of a message that it refuses; 0 if it would take any that we could send.
        patience: What it takes to connect, and then to answer, when all is well.
    """

    url: str
    proxy: TcpProxy
    read: Callable[[], Awaitable[Received]]
    drops_repeats: bool
    too_big: int = 0
    patience: timedelta = timedelta(milliseconds=400)


def message(number: int = 1, data: bytes = b'{"specversion": "1.0"}') -> Message:
    """Return an event of a claim of its own."""
    reference = f"CB-{number:04}"
    return Message(
        id=f"{reference}:1",
        type="claim.submitted",
        time=NOON,
        subject=reference,
        data=data,
        key=reference,
    )


def at_hand(name: str, url: str) -> tuple[str, int]:
    """Return where a server is; one that is away fails in CI and skips elsewhere."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    place = parts.hostname, parts.port
    try:
        socket.create_connection(place, 3).close()
    except OSError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no {name}: {error}")
    return place


def through(proxy: TcpProxy, url: str) -> str:
    """Return the URL at which the proxy stands for its server."""
    parts = urlsplit(url)
    account, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{account}{at}127.0.0.1:{proxy.port}").geturl()


def pairs(batch: Sequence[Message]) -> Received:
    """Return what is to be read of these messages."""
    return sorted((message.id, message.data) for message in batch)


class SinkContract:
    """What is the same for every plug."""

    @pytest.fixture
    async def sink(self, receiver: Receiver):
        """Open the sink, and close it."""
        sink = open_sink(receiver.url, OPTIONS)
        yield sink
        await sink.close()

    @pytest.fixture
    def impatient(self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the sink give up early."""
        plug = import_module(f"claimbot.sinks.{receiver.url.partition(':')[0].partition('+')[0]}")
        for module in (brokers, plug):
            for name in ("CONNECT_WITHIN", "ANSWER_WITHIN"):
                monkeypatch.setattr(module, name, receiver.patience, raising=False)

    async def test_what_is_confirmed_is_there(self, receiver: Receiver, sink: Sink) -> None:
        """Every id that comes back can be read, with the same bytes, once."""
        batch = [message(number, f'{{"number": {number}}}'.encode()) for number in range(50)]

        confirmed = await sink.publish(batch)

        assert sorted(confirmed) == sorted(message.id for message in batch)
        assert sorted(await receiver.read()) == pairs(batch)

    async def test_what_is_about_one_claim_stays_in_order(
        self, receiver: Receiver, sink: Sink
    ) -> None:
        """As long as nothing fails, a consumer reads it as it happened."""
        batch = [replace(message(), id=f"CB-0001:{number}") for number in range(30)]

        await sink.publish(batch)

        assert await receiver.read() == [(told.id, told.data) for told in batch]

    async def test_a_repeat_is_known_by_its_id(self, receiver: Receiver, sink: Sink) -> None:
        """Who died before noting what was confirmed says it again; so does the next process."""
        another = open_sink(receiver.url, OPTIONS)
        try:
            told = [await publisher.publish([message()]) for publisher in (sink, sink, another)]
        finally:
            await another.close()

        assert [list(ids) for ids in told] == [[message().id]] * 3
        assert await receiver.read() == pairs([message()]) * (1 if receiver.drops_repeats else 3)

    async def test_an_empty_batch_needs_no_broker(self, receiver: Receiver, sink: Sink) -> None:
        """Nothing is said, and nobody is asked."""
        await receiver.proxy.goes_away()

        assert list(await sink.publish([])) == []

        await receiver.proxy.comes_back()

    @pytest.mark.parametrize("data", [UNICODE, b"\n\r\t"])
    async def test_any_text_arrives_as_it_is(
        self, receiver: Receiver, sink: Sink, data: bytes
    ) -> None:
        """A policyholder's words may be in it, whatever they write."""
        await sink.publish([message(data=data)])

        assert await receiver.read() == [(message().id, data)]

    async def test_a_huge_batch_is_taken(self, receiver: Receiver, sink: Sink) -> None:
        """Fifty whole claims with everything that was said, of 200 KB each."""
        batch = [message(number, bytes([65 + number]) * 200_000) for number in range(50)]

        confirmed = await sink.publish(batch)

        assert len(set(confirmed)) == 50
        assert sorted(await receiver.read()) == pairs(batch)

    async def test_a_message_that_is_too_big_holds_up_no_other(
        self, receiver: Receiver, sink: Sink
    ) -> None:
        """It alone is not confirmed; no trouble is told, as the broker has none."""
        if not receiver.too_big:
            pytest.skip("this broker takes more than we could ever send")
        batch = [message(1), message(2, b"x" * receiver.too_big), message(3)]

        confirmed = await sink.publish(batch)

        assert sorted(confirmed) == [batch[0].id, batch[2].id]
        assert sorted(await receiver.read()) == pairs([batch[0], batch[2]])

    @pytest.mark.usefixtures("impatient")
    async def test_a_broker_that_is_away_is_down_until_it_is_back(
        self, receiver: Receiver, sink: Sink
    ) -> None:
        """Both before the first connection and after; the same sink goes on afterwards."""
        for number in range(2):
            await receiver.proxy.goes_away()
            with pytest.raises(SinkDown, match=r"^\w+(\+http)?://127.0.0.1:\d+/.*: no answer"):
                await sink.publish([message(number)])
            await receiver.proxy.comes_back()

            assert list(await sink.publish([message(number)])) == [message(number).id]

        assert set(await receiver.read()) == set(pairs([message(0), message(1)]))

    async def test_a_connection_that_was_cut_meanwhile_is_no_trouble(
        self, receiver: Receiver, sink: Sink
    ) -> None:
        """A broker that was restarted between two claims is not called down for it."""
        await sink.publish([message(1)])
        await receiver.proxy.goes_away()
        await receiver.proxy.comes_back()

        assert list(await sink.publish([message(2)])) == [message(2).id]
        assert sorted(await receiver.read()) == pairs([message(1), message(2)])

    @pytest.mark.usefixtures("impatient")
    async def test_a_broker_that_hangs_confirms_nothing(
        self, receiver: Receiver, sink: Sink
    ) -> None:
        """It is given up in time; what it had taken all the same is told again."""
        await sink.publish([message(1)])
        receiver.proxy.hangs()
        with pytest.raises(SinkDown, match=r"no answer$") as caught:
            await sink.publish([message(2)])
        receiver.proxy.goes_on()

        assert list(caught.value.confirmed) == []
        assert list(await sink.publish([message(2)])) == [message(2).id]
        assert set(await receiver.read()) == set(pairs([message(1), message(2)]))

    @pytest.mark.usefixtures("impatient")
    async def test_who_is_stopped_while_publishing_leaves_no_harm(
        self, receiver: Receiver, sink: Sink
    ) -> None:
        """A process that is told to end does not wait; who goes on can publish again."""
        await sink.publish([message(1)])
        receiver.proxy.hangs()
        publishing = asyncio.create_task(sink.publish([message(2)]))
        await asyncio.wait([publishing], timeout=0.05)
        publishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await publishing
        receiver.proxy.goes_on()

        assert list(await sink.publish([message(3)])) == [message(3).id]
        assert set(pairs([message(1), message(3)])) <= set(await receiver.read())

    @pytest.mark.usefixtures("impatient")
    async def test_a_password_is_told_to_nobody(
        self, receiver: Receiver, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Neither in what is said of trouble, nor in any line that the library logs."""
        caplog.set_level(logging.DEBUG)
        parts = urlsplit(receiver.url)
        account = f"somebody:s3kr1t@{parts.netloc.rpartition('@')[2]}"
        told = ""
        try:
            sink = open_sink(parts._replace(netloc=account).geturl(), OPTIONS)
            await sink.publish([message()])
            await sink.close()
        except (BadConfiguration, SinkDown) as error:
            told = str(error)

        assert "s3kr1t" not in told + caplog.text

    async def test_a_closed_sink_opens_again(self, receiver: Receiver, sink: Sink) -> None:
        """Closing twice, or what was never opened, is nothing."""
        await sink.close()
        await sink.publish([message(1)])
        await sink.close()
        await sink.close()
        await sink.publish([message(2)])

        assert sorted(await receiver.read()) == pairs([message(1), message(2)])
