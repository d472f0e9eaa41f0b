"""Brokers that are spoken to by TLS, and who must prove who they are."""

import asyncio
import ssl
from pathlib import Path
from uuid import uuid4

import aio_pika
import pytest
from redis.asyncio import Redis

from claimbot.errors import SinkDown
from claimbot.sinks import open_sink
from tests.certificates import certificate
from tests.sink_contract import OPTIONS, at_hand, message
from tests.tcp_proxy import TcpProxy
from tests.test_sinks_amqp import AMQP
from tests.test_sinks_redis import REDIS


@pytest.fixture
def file(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """Give a certificate, and what serves with it."""
    return certificate(tmp_path)


async def assert_proven(url: str, trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is published until the certificate is one that we have a reason to believe."""
    for believed in (False, True):
        if believed:
            monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        sink = open_sink(url, OPTIONS)
        if believed:
            assert list(await sink.publish([message()])) == [message().id]
        else:
            with pytest.raises(SinkDown, match=r": no answer$"):
                await sink.publish([message()])
        await sink.close()


async def test_rabbitmq_proves_who_it_is(
    file: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ``amqps``."""
    host, port = at_hand("RabbitMQ", AMQP)
    async with (
        await aio_pika.connect(AMQP) as connection,
        TcpProxy(port, host, tls=file[1]) as proxy,
    ):
        queue = await (await connection.channel()).declare_queue(exclusive=True)
        account = AMQP.partition("//")[2].rpartition("@")[0]
        url = f"amqps://{account}@127.0.0.1:{proxy.port}/?routing_key={queue.name}"

        await assert_proven(url, file[0], monkeypatch)

        assert (await queue.get(no_ack=True)).message_id == message().id
        assert await queue.get(fail=False) is None


async def test_redis_proves_who_it_is(
    file: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ``rediss``."""
    host, port = at_hand("Redis", REDIS)
    name = uuid4().hex
    async with Redis.from_url(REDIS) as client, TcpProxy(port, host, tls=file[1]) as proxy:
        url = f"rediss://127.0.0.1:{proxy.port}/0?stream={name}"

        await assert_proven(url, file[0], monkeypatch)

        assert await client.xlen(name) == 1
        await client.delete(name, f"{{{name}}}:{message().id}")


async def test_nats_proves_who_it_is(
    file: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ``nats+tls``, which begins in the clear; this one says no more than it must."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"tls_required": true, "headers": true, "max_payload": 9999}\r\n')
        try:
            await writer.start_tls(file[1])
        except (ssl.SSLError, ConnectionError):
            return
        while line := await reader.readline():
            heard.append(line)
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
            elif line.startswith(b"HPUB"):
                stored = b'{"stream": "claims", "seq": 1}'
                inbox = line.split()[2]
                writer.write(b"MSG %b 1 %d\r\n%b\r\n" % (inbox, len(stored), stored))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]

        await assert_proven(
            f"nats+tls://user:s3kr1t@127.0.0.1:{port}?subject=claims", file[0], monkeypatch
        )

    assert sum(b"s3kr1t" in line for line in heard) == 1
