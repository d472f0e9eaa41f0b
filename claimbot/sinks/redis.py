"""Claims to a Redis Stream, or Valkey's.

A message is confirmed when Redis has it, which is as durable as its ``appendonly`` file.  A repeat
is dropped for `REMEMBERED`, by a key for each id beside the stream.  A stream is not trimmed.
"""

from collections.abc import Sequence
from datetime import timedelta

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

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
    read_place,
    unreadable,
)

EXAMPLE = "redis://user:password@host/0?stream=NAME"
REMEMBERED = timedelta(days=2)  # longer than a message is tried

# Remembered last: what was not added is never taken for a repeat.
ADD = """
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('XADD', KEYS[1], '*', 'id', ARGV[2], 'type', ARGV[3], 'content-type', ARGV[4],
    'data', ARGV[5])
  redis.call('SET', KEYS[2], '', 'EX', ARGV[1])
end
return 1
"""


class Stream:
    """How Redis is spoken to."""

    trouble = (exceptions.RedisError, OSError)
    reasons = (
        ((exceptions.AuthenticationError, exceptions.NoPermissionError), NO_ACCESS),
        ((exceptions.ConnectionError, exceptions.TimeoutError), NO_ANSWER),
        (exceptions.InvalidResponse, "what answers is no Redis"),
        (exceptions.ResponseError, "Redis refuses to add to the stream; its log says why"),
    )

    def __init__(self, place: Place) -> None:
        self._place = place
        self._name = place.options["stream"]

    async def dial(self) -> Redis:
        """Return a client, which connects when it is used."""
        ((host, port),) = self._place.hosts
        return Redis(
            host=host,
            port=port,
            db=int(self._place.path or 0),
            username=self._place.user,
            password=self._place.password,
            ssl=self._place.tls,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=CONNECT_WITHIN.total_seconds(),
            socket_timeout=ANSWER_WITHIN.total_seconds(),
        )

    async def tell(self, connection: Redis, batch: Sequence[Message]) -> list[Outcome]:
        """Add each, in one go."""
        adding = connection.pipeline(transaction=False)
        for message in batch:
            adding.eval(
                ADD,
                2,
                self._name,
                f"{{{self._name}}}:{message.id}",  # in a cluster, where the stream is
                int(REMEMBERED.total_seconds()),
                message.id,
                message.type,
                CONTENT_TYPE,
                message.data,
            )
        answers = await adding.execute(raise_on_error=False)
        return [answer if isinstance(answer, Exception) else None for answer in answers]

    async def hang_up(self, connection: Redis) -> None:
        """Close the connection."""
        await connection.aclose()


def open_redis(url: str, _: SinkOptions) -> Broker[Redis]:
    """Open ``redis://user:password@host/0?stream=NAME``, or ``rediss://``.

    Raises:
        BadConfiguration: The URL says something else.
    """
    place = read_place(url, port=6379, options=("stream",), example=EXAMPLE)
    numbered = not place.path or (place.path.isascii() and place.path.isdigit())
    if not place.options.get("stream") or len(place.hosts) > 1 or not numbered:
        raise unreadable(EXAMPLE)
    return Broker(place.shown, Stream(place))
