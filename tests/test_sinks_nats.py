"""Claims to NATS JetStream: the real one."""

import asyncio
import os
from uuid import uuid4

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import DiscardPolicy

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

NATS = os.environ.get("CLAIMBOT_TEST_NATS", "nats://127.0.0.1:4222")


@pytest.fixture
async def client():
    """Give a connection of our own to the server."""
    at_hand("NATS", NATS)
    async with await nats.connect(NATS) as client:
        yield client


class TestNats(SinkContract):
    """What every plug promises."""

    @pytest.fixture
    async def receiver(self, client: Client):
        """Give a stream for one subject."""
        name, streams = f"test_{uuid4().hex}", client.jetstream()
        await streams.add_stream(name=name, subjects=[name])

        async def read() -> Received:
            state = (await streams.stream_info(name)).state
            found = [await streams.get_msg(name, at + 1) for at in range(state.last_seq)]
            return [((told.headers or {})["Nats-Msg-Id"], told.data or b"") for told in found]

        host, port = at_hand("NATS", NATS)
        async with TcpProxy(port, host) as proxy:
            yield Receiver(
                url=f"{through(proxy, NATS)}?subject={name}",
                proxy=proxy,
                read=read,
                drops_repeats=True,
                too_big=client.max_payload + 1,
            )
        await streams.delete_stream(name)


async def told(url: str) -> str:
    """Return what is said of trouble."""
    sink = open_sink(url, OPTIONS)
    with pytest.raises(SinkDown) as caught:
        await sink.publish([message()])
    await sink.close()
    return str(caught.value).partition("/: ")[2]


async def test_a_subject_without_a_stream_is_named(client: Client) -> None:
    """What nobody stores is not confirmed, whoever listens or answers."""
    subject = f"test_{uuid4().hex}"
    url = f"{NATS}?subject={subject}"

    assert await told(url) == "no stream takes the subject; make one"

    async def answer(heard: Msg) -> None:
        await heard.respond(b"thanks")

    await client.subscribe(subject, cb=answer)
    await client.flush()
    assert await told(url) == "what answers on the subject is no stream"


async def test_what_a_full_stream_refuses_is_not_confirmed(client: Client) -> None:
    """It keeps two, of which it told us."""
    name, streams = f"test_{uuid4().hex}", client.jetstream()
    await streams.add_stream(name=name, subjects=[name], max_msgs=2, discard=DiscardPolicy.NEW)
    sink = open_sink(f"{NATS}?subject={name}", OPTIONS)

    with pytest.raises(
        SinkDown, match=r"the stream refuses the messages; it may be full$"
    ) as down:
        await sink.publish([message(number) for number in range(4)])
    await sink.close()

    kept = [await streams.get_msg(name, at) for at in (1, 2)]
    assert {(one.headers or {})["Nats-Msg-Id"] for one in kept} == set(down.value.confirmed)
    await streams.delete_stream(name)


async def test_an_account_that_is_refused_is_named() -> None:
    """With the very words of a server that wants another one."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"auth_required": true, "max_payload": 1048576}\r\n')
        while await reader.readline() != b"PING\r\n":
            pass
        writer.write(b"-ERR 'Authorization Violation'\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]

        assert await told(f"nats://s3kr1t@127.0.0.1:{port}?subject=claims") == (
            "access is refused; look at the account in CLAIMBOT_SINKS"
        )


@pytest.mark.parametrize("account", ["", "token@", "user:password@"])
async def test_a_server_without_tls_is_told_nothing(account: str) -> None:
    """Who asked for TLS would not have their password, or a claim, read on the way."""
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"max_payload": 1048576}\r\n')
        while line := await reader.readline():
            heard.extend(line)
            if line == b"PING\r\n":
                writer.write(b"PONG\r\n")
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        url = f"nats+tls://{account}127.0.0.1:{port}?subject=claims"

        assert await told(url) == "the server speaks no TLS; it is told nothing"

    assert b"token" not in heard
    assert b"password" not in heard
    assert b"PUB" not in heard
