"""Claims to a Kafka topic.

A message is confirmed when all replicas that keep up have it.  What is about one claim lies in one
partition, in order.  A repeat is not dropped, unless a connection lost its answer just now: its
header ``id`` tells it.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Report

from claimbot.sinks import Message, SinkOptions
from claimbot.sinks.brokers import (
    ANSWER_WITHIN,
    CONTENT_TYPE,
    NO_ACCESS,
    NO_ANSWER,
    Broker,
    Outcome,
    Place,
    Refused,
    Trouble,
    read_place,
    unreadable,
)

EXAMPLE = "kafka://user:password@host:9092/TOPIC?sasl=SCRAM-SHA-512"
SASL = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")

# Names of errors; those of the library itself begin with a line.
NO_SUCH_TOPIC = ("_UNKNOWN_TOPIC", "UNKNOWN_TOPIC_OR_PART", "TOPIC_EXCEPTION")
UNAUTHORISED = (
    "_AUTHENTICATION",
    "SASL_AUTHENTICATION_FAILED",
    "TOPIC_AUTHORIZATION_FAILED",
    "CLUSTER_AUTHORIZATION_FAILED",
)


class Topic:
    """How Kafka is spoken to."""

    trouble = (KafkaException,)
    reasons = ()

    def __init__(self, place: Place) -> None:
        self._place = place
        self._unauthorised = False

    async def dial(self) -> Producer:
        """Return a producer, which connects by itself."""
        place = self._place
        self._unauthorised = False
        secured = "ssl" if place.tls else "plaintext"
        settings = {
            "bootstrap.servers": ",".join(f"{host}:{port}" for host, port in place.hosts),
            "client.id": "claimbot",
            "enable.idempotence": True,  # with it acks=all, and order kept
            "linger.ms": 0,
            "message.timeout.ms": int(ANSWER_WITHIN.total_seconds() * 1_000),
            "security.protocol": f"sasl_{secured}" if place.user else secured,
            "log_level": 0,  # it would write to standard error
            "error_cb": self._note,
        }
        if place.user:
            settings["sasl.mechanism"] = place.options.get("sasl", SASL[0])
            settings["sasl.username"] = place.user
            settings["sasl.password"] = place.password or ""
        return Producer(settings)

    async def tell(self, connection: Producer, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Send all in their order, and wait for what is reported of each."""
        return await asyncio.to_thread(self._send, connection, batch)

    async def hang_up(self, connection: Producer) -> None:
        """Forget what is on its way; it closes when nobody uses it."""
        connection.purge()

    def _send(self, producer: Producer, batch: Sequence[Message]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = [Trouble(NO_ANSWER)] * len(batch)

        def reported(at: int, error: KafkaError | None, _: Report | None) -> None:
            outcomes[at] = None if error is None else self._outcome(error)

        for at, message in enumerate(batch):
            try:
                producer.produce(
                    self._place.path,
                    message.data,
                    message.key,
                    headers={
                        "content-type": CONTENT_TYPE,
                        "id": message.id,
                        "type": message.type,
                    },
                    on_delivery=partial(reported, at),
                )
            except KafkaException as error:
                outcomes[at] = self._outcome(error.args[0])
        producer.flush(ANSWER_WITHIN.total_seconds() + 1)  # when all have timed out by themselves
        return outcomes

    def _note(self, error: KafkaError) -> None:
        """Remember why nothing is sent; of a message it is only told that its time ran out."""
        self._unauthorised |= error.name() in UNAUTHORISED

    def _outcome(self, error: KafkaError) -> Exception:
        return Trouble(NO_ACCESS) if self._unauthorised else outcome_of(error)


def open_kafka(url: str, _: SinkOptions) -> Broker[Producer]:
    """Open ``kafka://user:password@host:9092/TOPIC?sasl=SCRAM-SHA-512``, or ``kafka+tls://``.

    Several hosts, separated by commas, are of one cluster; without a user there is no SASL.

    Raises:
        BadConfiguration: The URL says something else.
    """
    place = read_place(url, port=9092, options=("sasl",), example=EXAMPLE)
    if not place.path or place.options.get("sasl", SASL[0]) not in SASL:
        raise unreadable(EXAMPLE)
    return Broker(place.shown, Topic(place))


def outcome_of(error: KafkaError) -> Exception:
    """Return what an error means for a message."""
    name = error.name()
    if name == "MSG_SIZE_TOO_LARGE":
        return Refused()
    if name in NO_SUCH_TOPIC:
        return Trouble("there is no such topic; make it")
    if name in UNAUTHORISED:
        return Trouble(NO_ACCESS)
    return Trouble(NO_ANSWER if name == "_MSG_TIMED_OUT" else name)
