"""Webhooks: signed, checked, and never led astray."""

import asyncio
import json
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from claimbot.app import now
from claimbot.errors import BadConfiguration, SinkDown, SinkGone
from claimbot.sinks import Message, Sink, SinkOptions, https, open_sink
from claimbot.sinks.https import ANSWER_READ, AT_ONCE, is_public
from tests.certificates import certificate
from tests.fake_bot_api.http import HungUp, Request, Response
from tests.store_builders import NOON
from tests.webhook_receiver import NEW_SECRET, SECRET, Receiver, answers, receiving


def message(number: int = 1) -> Message:
    """Return what is told of a claim."""
    name = f"CB-1:{number}"
    return Message(
        id=name,
        type="claim.submitted",
        time=NOON,
        subject="CB-1",
        data=json.dumps({"id": name, "specversion": "1.0"}).encode(),
        key="CB-1",
    )


@asynccontextmanager
async def opened(url: str, *secrets: str, allow_private: bool = True) -> AsyncIterator[Sink]:
    """Give a webhook, and close it."""
    options = SinkOptions(clock=now, secrets=secrets or (SECRET,), allow_private=allow_private)
    sink = open_sink(url, options)
    try:
        yield sink
    finally:
        await sink.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that knows our secret."""
    async with receiving() as receiver:
        yield receiver


async def test_a_receiver_can_tell_that_it_is_us(receiver: Receiver) -> None:
    """By the rules of Standard Webhooks, over the body as it is sent."""
    async with opened(receiver.url) as sink:
        assert set(await sink.publish([message(1), message(2)])) == {"CB-1:1", "CB-1:2"}

    assert (receiver.refused, len(receiver.events)) == (0, 2)
    assert receiver.requests[0].headers["webhook-id"] == "CB-1:1"
    assert receiver.requests[0].headers["content-type"] == "application/cloudevents+json"
    assert receiver.requests[0].path == "/claims"


async def test_a_secret_is_changed_without_a_gap(receiver: Receiver) -> None:
    """With two, a receiver believes us whichever of them it knows."""
    async with opened(receiver.url, NEW_SECRET, SECRET) as sink:
        await sink.publish([message()])
        receiver.secret = NEW_SECRET
        await sink.publish([message()])

    assert receiver.refused == 0
    async with opened(receiver.url) as sink:
        with pytest.raises(SinkDown, match="HTTP 401"):
            await sink.publish([message()])


async def test_an_account_in_the_url_is_given(receiver: Receiver) -> None:
    """As HTTP Basic has it; it is not part of what is asked for."""
    async with opened(receiver.url.replace("//", "//bo:p%40ss@")) as sink:
        await sink.publish([message()])

    told = receiver.requests[0].headers
    assert told["authorization"] == "Basic " + b64encode(b"bo:p@ss").decode()
    assert "bo" not in told["host"]


async def test_what_was_taken_is_told_apart_from_what_was_not(receiver: Receiver) -> None:
    """So that only that is sent again."""

    async def second_fails(request: Request) -> Response:
        return Response(status=500 if request.headers["webhook-id"] == "CB-1:2" else 200, body=b"")

    receiver.answer = second_fails
    async with opened(receiver.url) as sink:
        with pytest.raises(SinkDown, match="HTTP 500") as down:
            await sink.publish([message(number) for number in (1, 2, 3)])

    assert down.value.confirmed == {"CB-1:1", "CB-1:3"}


async def test_a_receiver_that_is_gone_says_so(receiver: Receiver) -> None:
    """With 410, as the standard has it."""
    receiver.answer = answers(410)
    async with opened(receiver.url) as sink:
        with pytest.raises(SinkGone, match="HTTP 410"):
            await sink.publish([message(1), message(2)])


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("40", 40),
        ("DATE", 600),
        ("Sun, 01 Mar 2020 12:00:00 -0000", 0),
        ("soon", None),
        ("9" * 5000, None),
    ],
    ids=("seconds", "a date", "a date gone by", "nonsense", "for ever"),
)
async def test_a_receiver_says_how_long_to_wait(
    receiver: Receiver, told: str, seconds: int | None
) -> None:
    """In seconds or until a date; what cannot be read is passed over."""
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=10))  # noqa: TID251 as theirs
    receiver.answer = answers(503, f"retry-after: {told.replace('DATE', date)}")
    async with opened(receiver.url) as sink:
        with pytest.raises(SinkDown, match="HTTP 503") as down:
            await sink.publish([message()])

    wait = down.value.retry_after
    assert (wait is None) == (not seconds)
    assert not seconds or (wait and abs(wait.total_seconds() - seconds) < 60)


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    """It could lead anywhere; the message says what to do."""
    async with receiving() as elsewhere:
        receiver.answer = answers(307, f"location: {elsewhere.url}")
        async with opened(receiver.url) as sink:
            with pytest.raises(SinkDown, match=r"HTTP 307: redirects .* name where it leads"):
                await sink.publish([message()])

        assert elsewhere.requests == []


async def test_few_are_sent_at_once(receiver: Receiver) -> None:
    """A receiver that has much to catch up with is not overrun."""
    full = asyncio.Event()

    async def slow(_: Request) -> Response:
        if len(receiver.requests) == 1 + AT_ONCE:  # the first goes alone
            full.set()
        if len(receiver.requests) > 1:
            await full.wait()
        return Response(status=204, body=b"")

    receiver.answer = slow
    async with opened(receiver.url) as sink:
        taken = await sink.publish([message(number) for number in range(3 * AT_ONCE)])

    assert len(taken) == 3 * AT_ONCE
    assert receiver.busiest == AT_ONCE


async def test_an_answer_that_does_not_come_is_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it keep the others from being sent."""
    monkeypatch.setattr(https, "ANSWER_WITHIN", timedelta(seconds=0.2))
    never = asyncio.Event()

    async def first_hangs(request: Request) -> Response:
        if request.headers["webhook-id"] == "CB-1:1":
            await never.wait()
        return Response(status=204, body=b"")

    receiver.answer = first_hangs
    async with opened(receiver.url) as sink:
        with pytest.raises(SinkDown, match="no answer within") as down:
            await sink.publish([message(1), message(2)])

    assert down.value.confirmed == {"CB-1:2"}


async def test_a_long_answer_is_not_read(receiver: Receiver) -> None:
    """What it says does not matter."""
    receiver.answer = answers(200, body=b"x" * 20 * ANSWER_READ)
    async with opened(receiver.url) as sink:
        assert await sink.publish([message()]) == {"CB-1:1"}


async def test_a_receiver_that_hangs_up_is_tried_again(receiver: Receiver) -> None:
    """As one is that cannot be reached."""

    async def hang_up(_: Request) -> Response:
        raise HungUp

    receiver.answer = hang_up
    async with opened(receiver.url) as sink:
        with pytest.raises(SinkDown, match="no answer: "):
            await sink.publish([message()])


async def test_a_receiver_that_is_away_is_asked_once(receiver: Receiver) -> None:
    """Whatever there is to send; when it is back, the same sink sends it."""
    await receiver.server.stop()
    async with opened(receiver.url) as sink:
        with pytest.raises(SinkDown, match="cannot be reached") as down:
            await sink.publish([message(1), message(2)])
        await receiver.server.start()
        assert len(await sink.publish([message(1), message(2)])) == 2

    assert down.value.confirmed == ()


async def test_the_next_address_of_a_name_is_tried(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When nothing listens at the first; each is looked at before it is connected to."""
    found = [(socket.AF_INET, 0, 0, "", (host, 0)) for host in ("127.0.0.2", "127.0.0.1")]

    async def look_up(*_: object, **__: object) -> object:
        return found

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    url = receiver.url.replace("127.0.0.1", "claims.example")
    async with opened(url) as sink:
        assert await sink.publish([message()]) == {"CB-1:1"}
    found.pop()
    async with opened(url) as sink:
        with pytest.raises(SinkDown, match="cannot be reached: "):
            await sink.publish([message()])
    async with opened(url.replace("http:", "https:"), allow_private=False) as sink:
        with pytest.raises(SinkDown, match=r"claims.example is at 127.0.0.2, which is not public"):
            await sink.publish([message()])


async def test_a_webhook_that_was_never_used_is_closed() -> None:
    """As every sink is at the end."""
    async with opened("http://claims.example/"):
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "no-such-host.invalid"])
async def test_our_own_network_is_not_posted_to(receiver: Receiver, host: str) -> None:
    """Whatever a name is said to be at; nothing is connected to."""
    url = f"https://{host}:{receiver.server.port}/"
    async with opened(url, allow_private=False) as sink:
        with pytest.raises(SinkDown, match=r"which is not public; name|cannot be reached"):
            await sink.publish([message()])

    assert receiver.requests == []


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1"),
        *("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1"),
    ],
)
def test_an_address_that_is_not_public_is_known(address: str) -> None:
    """Also when it is one of version 4 in the clothes of version 6."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_that_is_public_is_known(address: str) -> None:
    """So webhooks can go there."""
    assert is_public(address)


async def test_a_receiver_proves_who_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a certificate that we have a reason to believe; SSL_CERT_FILE may name another one."""
    file, serves = certificate(tmp_path)
    async with receiving(tls=serves) as receiver:
        url = receiver.url.replace("http:", "https:")
        async with opened(url) as sink:
            with pytest.raises(SinkDown, match="CERTIFICATE_VERIFY_FAILED"):
                await sink.publish([message()])
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        async with opened(url) as sink:
            assert await sink.publish([message()]) == {"CB-1:1"}


@pytest.mark.parametrize(
    ("url", "secrets", "complaint"),
    [
        ("http://claims.example/", (SECRET,), "would be sent in the clear; write https://"),
        ("https:///path", (SECRET,), "is no URL; write https://HOST/PATH"),
        ("https://a:port/", (SECRET,), "is no URL; write https://HOST/PATH"),
        ("https://a:99999/", (SECRET,), "is no URL; write https://HOST/PATH"),
        ("https://xn--/", (SECRET,), "is no URL; write https://HOST/PATH"),
        ("https://claims.example/", (), "needs CLAIMBOT_WEBHOOK_SECRETS, one or"),
        ("https://claims.example/", (SECRET,) * 3, "needs CLAIMBOT_WEBHOOK_SECRETS, one or"),
        ("https://claims.example/", ("whsec_short",), "not whsec_ and 24 to 64 bytes"),
        ("https://claims.example/", (SECRET[6:],), "not whsec_ and 24 to 64 bytes"),
        ("https://claims.example/", ("whsec_*" + SECRET,), "not whsec_ and 24 to 64 bytes"),
    ],
)
async def test_what_cannot_be_used_is_said_before_anything_is_sent(
    url: str, secrets: tuple[str, ...], complaint: str
) -> None:
    """In one sentence that says what to do, and no secret."""
    with pytest.raises(BadConfiguration, match=complaint) as bad:
        open_sink(url, SinkOptions(clock=now, secrets=secrets))

    assert not any(secret in str(bad.value) for secret in secrets)
