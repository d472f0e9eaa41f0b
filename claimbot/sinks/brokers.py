"""What the brokers' plugs have in common: how a URL is read, and how a connection is held.

No secret gets out: a URL is not repeated, nor is what a library or a broker says of an error.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, Protocol, TypeVar
from urllib.parse import parse_qsl, unquote

from claimbot.errors import BadConfiguration, SinkDown
from claimbot.sinks import Message

# Twice all of it, for one that hung and its successor, is less than a sink is given to publish.
CONNECT_WITHIN = timedelta(seconds=5)
ANSWER_WITHIN = timedelta(seconds=10)
HANG_UP_WITHIN = timedelta(seconds=1)

CONTENT_TYPE = "application/cloudevents+json"
NO_ANSWER = "no answer"
NO_ACCESS = "access is refused; look at the account in CLAIMBOT_SINKS"

URL = re.compile(
    r"(?P<scheme>[a-z]+(?:\+[a-z]+)?)://"
    r"(?:(?P<user>[^:@/?#\s]*)(?::(?P<password>[^@/?#\s]*))?@)?"
    r"(?P<hosts>[^@/?#\s]+)(?:/(?P<path>[^?#\s]*))?(?:\?(?P<query>[^#\s]*))?"
)
HOST = re.compile(r"(?P<host>[\w.-]+|\[[0-9a-fA-F:.]+\])(?::(?P<port>\d{1,5}))?")
LAST_PORT = 65_535
WITH_TLS = ("amqps", "rediss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a broker is, and what is published to there.

    Attributes:
        shown: What may be shown of the URL: no account, no options.
        hosts: Each with its port.
        path: Without the slash before it.
        tls: Whether the scheme says so: ``amqps``, ``rediss``, or any with ``+tls``.
    """

    shown: str
    hosts: tuple[tuple[str, int], ...]
    user: str | None = field(repr=False)
    password: str | None = field(repr=False)
    path: str
    options: Mapping[str, str]
    tls: bool


def read_place(url: str, *, port: int, options: Iterable[str] = (), example: str) -> Place:
    """Return what a broker's URL says.

    Args:
        url: With one host or, separated by commas, several.
        port: That of a host that names none.
        options: What may be asked for after ``?``.
        example: A URL to be shown to whoever wrote one that cannot be read.

    Raises:
        BadConfiguration: It is no such URL.
    """
    found = URL.fullmatch(url)
    hosts = [HOST.fullmatch(host) for host in found["hosts"].split(",")] if found else []
    asked = dict(parse_qsl(found["query"] or "", keep_blank_values=True)) if found else {}
    if (
        found is None
        or any(host is None or int(host["port"] or 1) > LAST_PORT for host in hosts)
        or not set(asked) <= set(options)
    ):
        raise unreadable(example)
    user, password = (
        unquote(found[name]) if found[name] else None for name in ("user", "password")
    )
    return Place(
        shown=f"{found['scheme']}://{found['hosts']}/{found['path'] or ''}",
        hosts=tuple(
            (host["host"].strip("[]"), int(host["port"] or port)) for host in hosts if host
        ),
        user=user,
        password=password,
        path=unquote(found["path"] or ""),
        options=asked,
        tls=found["scheme"] in WITH_TLS or found["scheme"].endswith("+tls"),
    )


def unreadable(example: str) -> BadConfiguration:
    """Return the error for a URL that cannot be used; nobody knows what it holds."""
    return BadConfiguration(f"the URL of a sink cannot be read; write {example}")


class Refused(Exception):
    """The broker takes no such message, for its size perhaps; it may take the others."""


class Trouble(Exception):
    """What a library tells of by a number or a name; the text may be shown."""


Outcome = BaseException | None
"""What became of a message: ``None`` once it is confirmed."""

C = TypeVar("C")


class Line(Protocol[C]):
    """How one kind of broker is spoken to."""

    @property
    def trouble(self) -> tuple[type[Exception], ...]:
        """The errors that its library raises."""

    @property
    def reasons(self) -> Sequence[tuple[type[Exception] | tuple[type[Exception], ...], str]]:
        """What to say of an error that is one of these; the first counts."""

    async def dial(self) -> C:
        """Return a connection; who is cancelled or raises leaves none behind."""

    async def tell(self, connection: C, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Return what became of each message, within `ANSWER_WITHIN`."""

    async def hang_up(self, connection: C) -> None:
        """Close a connection, which may be broken."""


class Broker(Generic[C]):
    """A sink that holds one connection: dialled when it is needed, and anew after any trouble."""

    def __init__(self, shown: str, line: Line[C]) -> None:
        self._shown = shown
        self._line = line
        self._trouble: tuple[type[Exception], ...] = (Trouble, TimeoutError, *line.trouble)
        self._connection: C | None = None

    async def publish(self, batch: Sequence[Message]) -> list[str]:
        """Return the ids of those messages that the broker confirmed.

        Raises:
            SinkDown: There was trouble with some, which it may have taken all the same.
        """
        if not batch:
            return []
        was_connected = self._connection is not None
        confirmed, left = await self._tried(batch)
        if left and was_connected:  # it lay idle, and may have been cut since
            more, left = await self._tried([message for message, _ in left])
            confirmed += more
        if left:
            reason = self._reason(left[0][1])
            raise SinkDown(f"{self._shown}: {reason}", confirmed=confirmed)
        return confirmed

    async def close(self) -> None:
        """Hang up; nothing is lost by it, as what was not confirmed is told again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await let_go(self._line.hang_up(connection))

    async def _tried(
        self, batch: Sequence[Message]
    ) -> tuple[list[str], list[tuple[Message, BaseException]]]:
        """Return which are confirmed, and which may be at another try."""
        try:
            if self._connection is None:
                async with asyncio.timeout(CONNECT_WITHIN.total_seconds()):
                    self._connection = await self._line.dial()
            outcomes = await self._line.tell(self._connection, batch)
        except self._trouble as error:
            outcomes = [error] * len(batch)
        except asyncio.CancelledError:
            await self.close()  # who knows what it still waits for
            raise
        told = list(zip(batch, outcomes, strict=True))
        left = [
            (message, error) for message, error in told if not isinstance(error, Refused | None)
        ]
        if left:
            await self.close()
        return [message.id for message, error in told if error is None], left

    def _reason(self, error: BaseException) -> str:
        for kind, reason in self._line.reasons:
            if isinstance(error, kind):
                return reason
        if isinstance(error, OSError | asyncio.CancelledError):
            return NO_ANSWER
        return str(error) if isinstance(error, Trouble) else type(error).__name__


async def let_go(closing: Awaitable[None]) -> None:
    """Wait for a connection to close, which may be broken or hang: then it is forgotten."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(HANG_UP_WITHIN.total_seconds()):
            await closing


async def all_of(tellings: Iterable[Awaitable[None]]) -> list[Outcome]:
    """Return what became of messages that are told at once, each by its own call."""
    return await asyncio.gather(*tellings, return_exceptions=True)
