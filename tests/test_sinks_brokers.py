"""What the brokers' plugs have in common, with a broker that does as it is told."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from claimbot.errors import BadConfiguration, NoSuchPlug, SinkDown
from claimbot.plugins import installed
from claimbot.sinks import Message, open_sink
from claimbot.sinks.brokers import Broker, Outcome, Place, Refused, Trouble, read_place
from claimbot.sinks.sqs import Queue
from tests.sink_contract import OPTIONS, at_hand, message

EXTRAS = {
    "amqp": ("amqp", "aio_pika"),
    "amqps": ("amqp", "aio_pika"),
    "kafka": ("kafka", "confluent_kafka"),
    "nats": ("nats", "nats.aio.client"),
    "redis": ("redis", "redis.asyncio"),
    "rediss": ("redis", "redis.asyncio"),
    "sqs": ("sqs", "boto3"),
}
"""Each scheme's extra, and what its plug imports first."""

UNREADABLE = [
    "amqp://hidden",
    "amqp://hidden/vhost",
    "amqp://hidden/?routing_key=",
    "amqp://one,hidden/?routing_key=claims",
    "amqp://hidden/?routing_key=claims&colour=red",
    "kafka://hidden",
    "kafka://hidden:99999/claims",
    "kafka://user:password@hidden/claims?sasl=GSSAPI",
    "kafka://hidden:port/claims",
    "nats://hidden",
    "nats://hidden?subject=",
    "nats://hidden?subject=claims.*",
    "nats://hidden?subject=my+claims",
    "nats://hidden/claims?subject=claims",
    "redis://hidden",
    "redis://hidden/zero?stream=claims",
    "redis://hidden/²?stream=claims",
    "redis://one,hidden/0?stream=claims",
    "redis://a:b@c:hidden@host/0?stream=claims",
    "redis://hidden host/0?stream=claims",
    "sqs://hidden",
    "sqs://one,hidden/1/claims",
    "sqs://key:hidden@sqs.eu-central-1.amazonaws.com/1/claims",
]


@dataclass(kw_only=True)
class Clerk:
    """A line to nobody: answers what it was given, call by call."""

    trouble = (OSError,)
    reasons = ((FileNotFoundError, "there is no such desk; build it"),)
    answers: list[Sequence[Outcome] | Exception]
    told: list[list[str]] = field(default_factory=list)
    dialled: int = 0
    hung_up: int = 0

    async def dial(self) -> int:
        """Count the calls."""
        self.dialled += 1
        return self.dialled

    async def tell(self, connection: int, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Answer."""
        assert connection == self.dialled
        self.told.append([one.id for one in batch])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def hang_up(self, connection: int) -> None:
        """Be as unfriendly as a broken connection is."""
        assert connection == self.dialled
        self.hung_up += 1
        raise ConnectionResetError


BATCH = [message(1), message(2), message(3)]
IDS = [one.id for one in BATCH]


async def test_only_what_was_confirmed_is_named() -> None:
    """The rest is trouble, which says what was confirmed before it."""
    clerk = Clerk(answers=[[None, TimeoutError(), None]])

    with pytest.raises(SinkDown, match=r"^desk: no answer$") as caught:
        await Broker("desk", clerk).publish(BATCH)

    assert list(caught.value.confirmed) == [IDS[0], IDS[2]]
    assert clerk.hung_up == 1


async def test_after_trouble_on_an_old_connection_a_new_one_is_tried() -> None:
    """Only with what is left, and once."""
    clerk = Clerk(answers=[[None], [None, OSError(), Refused()], [None], OSError(), OSError()])
    broker = Broker("desk", clerk)
    await broker.publish(BATCH[:1])

    assert await broker.publish(BATCH) == IDS[:2]
    with pytest.raises(SinkDown):
        await broker.publish(BATCH)

    assert clerk.told == [IDS[:1], IDS, IDS[1:2], IDS, IDS]
    assert clerk.dialled == clerk.hung_up == 3


async def test_a_refused_message_is_no_trouble() -> None:
    """The sink is not down for it, and the connection is kept."""
    clerk = Clerk(answers=[[None, Refused(), None], [Refused()]])
    broker = Broker("desk", clerk)

    assert await broker.publish(BATCH) == [IDS[0], IDS[2]]
    assert await broker.publish(BATCH[1:2]) == []
    assert (clerk.dialled, clerk.hung_up) == (1, 0)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError("s3kr1t"), "desk: there is no such desk; build it"),
        (OSError("s3kr1t"), "desk: no answer"),
        (Trouble("the desk is full"), "desk: the desk is full"),
        (ValueError("s3kr1t"), "desk: ValueError"),
    ],
)
async def test_what_a_library_says_is_not_repeated(error: Exception, said: str) -> None:
    """Its text may hold anything; a plug says what it knows of the kind."""
    with pytest.raises(SinkDown) as caught:
        await Broker("desk", Clerk(answers=[[error]])).publish(BATCH[:1])

    assert str(caught.value) == said


def test_a_url_is_read_in_parts() -> None:
    """What has a meaning in URLs may stand in a password as its escape."""
    place = read_place(
        "kafka+tls://so%40me:s3%2Fkr%3A1t@one:1,two,[::1]:3/a%2Fb?x=1+2",
        port=9,
        options=("x",),
        example="",
    )

    assert place == Place(
        shown="kafka+tls://one:1,two,[::1]:3/a%2Fb",
        hosts=(("one", 1), ("two", 9), ("::1", 3)),
        user="so@me",
        password="s3/kr:1t",  # noqa: S106  it is an example
        path="a/b",
        options={"x": "1 2"},
        tls=True,
    )
    assert "s3/kr" not in repr(place)


@pytest.mark.parametrize("url", UNREADABLE)
def test_a_url_that_cannot_be_used_is_not_repeated(url: str) -> None:
    """The message shows one that could, and nothing of this one: who knows what it holds."""
    with pytest.raises(BadConfiguration, match=r"a sink cannot be read; write \w+://") as caught:
        open_sink(url, OPTIONS)

    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("scheme", EXTRAS)
def test_a_missing_extra_is_named(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message can be pasted into a terminal."""
    extra, imported = EXTRAS[scheme]
    monkeypatch.delitem(sys.modules, f"claimbot.sinks.{extra}", raising=False)
    monkeypatch.setitem(sys.modules, imported, None)

    assert scheme in installed("sinks")
    with pytest.raises(NoSuchPlug, match=rf"pip install claimbot\[{extra}\]$"):
        open_sink(f"{scheme}://host", OPTIONS)


async def test_awss_host_names_the_region() -> None:
    """It need not be said twice."""
    url = "sqs://sqs.eu-central-1.amazonaws.com/123456789012/claims"
    place = read_place(url, port=443, example="")

    client = await Queue(place, "https").dial()

    assert client.meta.region_name == "eu-central-1"


def test_a_server_that_is_away_skips_on_a_laptop_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No run that counts passes because half of it was left out."""
    monkeypatch.setenv("CI", "false")
    with pytest.raises(pytest.skip.Exception, match="no Redis"):
        at_hand("Redis", "redis://127.0.0.1:9")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(OSError, match="refused"):
        at_hand("Redis", "redis://127.0.0.1:9")
