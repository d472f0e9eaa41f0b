"""Claims to NATS JetStream.

A message is confirmed when a stream has stored it; the stream drops a repeat, which it tells by
the header ``Nats-Msg-Id``, for as long as its ``duplicate_window`` (2 minutes, unless it is set).
"""

import re
from collections.abc import Callable, Sequence
from ssl import SSLContext, create_default_context

from nats.aio.client import Client
from nats.errors import (
    ConnectionClosedError,
    Error,
    MaxPayloadError,
    NoServersError,
    StaleConnectionError,
)
from nats.js.errors import APIError, NoStreamResponseError

from claimbot.sinks import Message, SinkOptions
from claimbot.sinks.brokers import (
    ANSWER_WITHIN,
    CONNECT_WITHIN,
    CONTENT_TYPE,
    NO_ACCESS,
    NO_ANSWER,
    Broker,
    Outcome,
    Place,
    Refused,
    Trouble,
    all_of,
    let_go,
    read_place,
    unreadable,
)

EXAMPLE = "nats://user:password@host?subject=NAME"

SUBJECT = re.compile(r"[^\s*>]+")


class Stream:
    """How NATS is spoken to."""

    # The last two: somebody answers who is no stream.
    trouble = (Error, OSError, ValueError, TypeError)
    reasons = (
        (NoStreamResponseError, "no stream takes the subject; make one"),
        (APIError, "the stream refuses the messages; it may be full"),
        ((OSError, NoServersError, ConnectionClosedError, StaleConnectionError), NO_ANSWER),
        ((ValueError, TypeError), "what answers on the subject is no stream"),
    )

    def __init__(self, place: Place) -> None:
        self._place = place

    async def dial(self) -> Client:
        """Return a client that is connected, and will not be a second time."""
        place, client = self._place, _Client()

        def told(secret: str | None) -> Callable[[], str] | None:
            def tell() -> str:
                client.insist(tls=place.tls)
                return secret or ""

            return tell if secret else None

        try:
            await client.connect(
                [f"nats://{host}:{port}" for host, port in place.hosts],
                name="claimbot",
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=int(CONNECT_WITHIN.total_seconds()) + 1,  # who dials is first
                error_cb=_say_nothing,
                tls=create_default_context() if place.tls else None,
                user=told(place.user if place.password else None),
                password=told(place.password),
                token=told(None if place.password else place.user),
            )
            client.insist(tls=place.tls)
        except BaseException as error:
            await let_go(client.close())
            if "Authorization Violation" in str(error):  # it has no type of its own
                raise Trouble(NO_ACCESS) from None
            raise
        return client

    async def tell(self, connection: Client, batch: Sequence[Message]) -> list[Outcome]:
        """Publish each with its own confirmation."""
        return await all_of(self._publish(connection, message) for message in batch)

    async def hang_up(self, connection: Client) -> None:
        """Close the connection."""
        await connection.close()

    async def _publish(self, client: Client, message: Message) -> None:
        try:
            await client.jetstream().publish(
                self._place.options["subject"],
                message.data,
                timeout=ANSWER_WITHIN.total_seconds(),
                headers={
                    "Nats-Msg-Id": message.id,
                    "Content-Type": CONTENT_TYPE,
                    "type": message.type,
                },
            )
        except MaxPayloadError:
            raise Refused from None


class _Client(Client):
    """A client that knows whether it has TLS: its library goes on without, if the server does."""

    _has_tls = False

    @property
    def ssl_context(self) -> SSLContext:
        """Return what TLS is begun with, which is about to be."""
        self._has_tls = True
        return super().ssl_context

    def insist(self, *, tls: bool) -> None:
        """Return if there is TLS, or needs not be."""
        if tls and not self._has_tls:
            raise Trouble("the server speaks no TLS; it is told nothing")


async def _say_nothing(_: Exception) -> None:
    """Leave it to who publishes, and is told."""


def open_nats(url: str, _: SinkOptions) -> Broker[Client]:
    """Open ``nats://user:password@host?subject=NAME``, ``nats://token@host``, or ``nats+tls://``.

    Several hosts, separated by commas, are of one cluster.

    Raises:
        BadConfiguration: The URL says something else.
    """
    place = read_place(url, port=4222, options=("subject",), example=EXAMPLE)
    if not SUBJECT.fullmatch(place.options.get("subject", "")) or place.path:
        raise unreadable(EXAMPLE)
    return Broker(place.shown, Stream(place))
