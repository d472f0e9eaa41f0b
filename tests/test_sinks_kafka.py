"""Claims to Kafka: librdkafka's mock cluster, which speaks the protocol over TCP.

It is the fake that Kafka's C client is tested with.  It keeps no replicas and refuses little.
"""

import asyncio
import struct
from datetime import timedelta
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Producer, TopicPartition

from claimbot.errors import SinkDown
from claimbot.sinks import kafka, open_sink
from claimbot.sinks.brokers import NO_ACCESS
from tests.sink_contract import OPTIONS, Received, Receiver, SinkContract, message
from tests.tcp_proxy import CHUNK, TcpProxy

TOPIC = "claims"


class Readdressed(TcpProxy):
    """Stands for a broker that tells its clients where to find it: here."""

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = (
            b"127.0.0.1" + struct.pack(">i", port) for port in (self._server_at[1], self.port)
        )
        while data := await reader.read(CHUNK):
            await self._flows.wait()
            writer.write(data.replace(theirs, ours))
            await writer.drain()
        writer.close()


class TestKafkaAgainstAFake(SinkContract):
    """What every plug promises."""

    @pytest.fixture
    async def receiver(self):
        """Give a cluster and its topic."""
        cluster = _cluster()
        address = _address(cluster)

        async def read() -> Received:
            return await asyncio.to_thread(_read, address)

        async with Readdressed(int(address.partition(":")[2])) as proxy:
            yield Receiver(
                url=f"kafka://127.0.0.1:{proxy.port}/{TOPIC}",
                proxy=proxy,
                read=read,
                drops_repeats=False,
                too_big=2_000_000,
                patience=timedelta(seconds=1),
            )


def _cluster() -> Producer:
    """Return a cluster of one broker, which makes a topic when it is first named."""
    return Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "-", "log_level": 0})


def _address(cluster: Producer) -> str:
    (broker,) = cluster.list_topics(timeout=5).brokers.values()
    return f"{broker.host}:{broker.port}"


def _read(address: str) -> Received:
    consumer = Consumer({"bootstrap.servers": address, "group.id": "test"})
    partitions = [
        TopicPartition(TOPIC, number, OFFSET_BEGINNING)
        for number in consumer.list_topics(TOPIC, timeout=5).topics[TOPIC].partitions
    ]
    ends = [consumer.get_watermark_offsets(partition, timeout=5)[1] for partition in partitions]
    consumer.assign(partitions)
    found = []
    for told in consumer.consume(sum(ends), timeout=10):
        assert told.error() is None
        kept: dict[str, Any] = dict(told.headers() or ())
        found.append((kept["id"].decode(), told.value() or b""))
    consumer.close()
    return found


async def test_an_account_that_is_refused_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cluster, which is a fake, knows no accounts; a message alone would only time out."""
    monkeypatch.setattr(kafka, "ANSWER_WITHIN", timedelta(seconds=1))
    cluster = _cluster()
    sink = open_sink(f"kafka://somebody:s3kr1t@{_address(cluster)}/{TOPIC}", OPTIONS)

    with pytest.raises(SinkDown, match=r"access is refused; look at the account in CLAIMBOT_SINK"):
        await sink.publish([message()])
    await sink.close()


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        (KafkaError.UNKNOWN_TOPIC_OR_PART, "there is no such topic; make it"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, NO_ACCESS),
        (KafkaError.NOT_ENOUGH_REPLICAS, "NOT_ENOUGH_REPLICAS"),
    ],
)
def test_an_error_is_said_in_words_or_by_its_name(code: int, meant: str) -> None:
    """Its own text names the broker's inside."""
    assert str(kafka.outcome_of(KafkaError(code))) == meant
