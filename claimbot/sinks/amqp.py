"""Claims to RabbitMQ, or another broker that speaks AMQP 0-9-1.

A message is persistent, and confirmed when every queue it was routed to has it; one for which no
queue is bound is refused.  A repeat is not dropped: its ``message_id`` tells it.
"""

from collections.abc import Sequence
from ssl import create_default_context

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractExchange
from aio_pika.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelInvalidStateError,
    ChannelNotFoundEntity,
    DeliveryError,
    InvalidFrameError,
    ProbableAuthenticationError,
    PublishError,
)

from claimbot.sinks import Message, SinkOptions
from claimbot.sinks.brokers import (
    ANSWER_WITHIN,
    CONTENT_TYPE,
    NO_ACCESS,
    Broker,
    Outcome,
    Place,
    all_of,
    let_go,
    read_place,
    unreadable,
)

EXAMPLE = "amqp://user:password@host/vhost?exchange=NAME or amqp://host?routing_key=QUEUE"

Connection = tuple[AbstractConnection, AbstractExchange]


class Exchange:
    """How RabbitMQ is spoken to."""

    trouble = (AMQPError, ChannelInvalidStateError, OSError)
    reasons = (
        ((AuthenticationError, ProbableAuthenticationError), NO_ACCESS),
        (InvalidFrameError, "there is no such vhost for this account"),
        (ChannelNotFoundEntity, "there is no such exchange; declare it"),
        (PublishError, "no queue is bound for the messages; bind one"),
        (DeliveryError, "a queue refuses the messages; it may be full"),
    )

    def __init__(self, place: Place) -> None:
        self._place = place
        self._name = place.options.get("exchange", "")
        self._routing_key = place.options.get("routing_key")

    async def dial(self) -> Connection:
        """Return a connection, and the exchange at it."""
        ((host, port),) = self._place.hosts
        connection = await aio_pika.connect(
            host=host,
            port=port,
            login=self._place.user or "guest",
            password=self._place.password or "guest",
            virtualhost=self._place.path or "/",
            ssl=self._place.tls,
            ssl_context=create_default_context() if self._place.tls else None,
        )
        try:
            channel = await connection.channel(on_return_raises=True)
            if not self._name:
                return connection, channel.default_exchange
            return connection, await channel.get_exchange(self._name, ensure=False)
        except BaseException:
            await let_go(connection.close())
            raise

    async def tell(self, connection: Connection, batch: Sequence[Message]) -> list[Outcome]:
        """Publish each with its own confirmation."""
        return await all_of(self._publish(connection[1], message) for message in batch)

    async def hang_up(self, connection: Connection) -> None:
        """Close the connection, its channel with it."""
        await connection[0].close()

    async def _publish(self, exchange: AbstractExchange, message: Message) -> None:
        await exchange.publish(
            aio_pika.Message(
                message.data,
                message_id=message.id,
                type=message.type,
                timestamp=message.time,
                content_type=CONTENT_TYPE,
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            ),
            self._routing_key or message.type,
            timeout=ANSWER_WITHIN.total_seconds(),
        )


def open_amqp(url: str, _: SinkOptions) -> Broker[Connection]:
    """Open ``amqp://user:password@host/vhost?exchange=NAME&routing_key=KEY``, or ``amqps://``.

    Without a key a message is routed by its type, such as ``claim.submitted``; without an exchange
    the key is a queue's name.

    Raises:
        BadConfiguration: The URL says something else.
    """
    port = 5671 if url.startswith("amqps") else 5672
    place = read_place(url, port=port, options=("exchange", "routing_key"), example=EXAMPLE)
    if len(place.hosts) > 1 or not any(place.options.values()):
        raise unreadable(EXAMPLE)
    return Broker(place.shown, Exchange(place))
