"""The channels through which policyholders chat: Telegram now, WhatsApp next.

A channel turns raw payloads into `Inbound` and `Outbound` into messages.  It decides nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from claimbot.claim import Place
from claimbot.conversation.events import Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A raw message as it goes into the inbox.

    ``(channel, message_id)`` names it for ever: a second delivery changes nothing.  The id is all
    that an erasure leaves, so it says nothing of who sent it.  ``payload`` is the channel's own
    JSON, kept unparsed, so that a mistake of ours in reading it loses nothing.
    """

    channel: str
    chat: str
    message_id: str
    payload: str


__all__ = ["Unusable"]  # re-exported


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words, a command such as ``/start`` included."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A pressed button, by the ``id`` it was offered under."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A photo or a document that is still at the channel.

    ``handle`` is what `Channel.fetch` needs; ``size`` in bytes, when the channel says; ``name``
    and ``media_type`` as the sender's phone says, so not to be trusted.  ``as_photo`` is true when
    the policyholder sent it as a picture, not as a document.
    """

    handle: str
    as_photo: bool
    caption: str = ""
    name: str = ""
    media_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A point on the map."""

    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Anything that a claim has no place for."""

    kind: Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """The policyholder blocked the bot, or let it in again: nothing to answer."""

    blocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """What asks for no answer at all, such as a live location that moved."""


Content = Text | Press | File | Location | Other | Blocking | Nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One message of a policyholder.

    ``at`` is when it was sent, UTC; ``None`` when the channel does not tell, as for a pressed
    button: then take the time it was received.  ``language`` is an IETF tag, if there is one.
    """

    chat: str
    at: datetime | None
    content: Content
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A choice offered under a message.  ``label`` has at most 20 characters."""

    id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message to a policyholder: plain text, no markup."""

    text: str
    buttons: tuple[Button, ...] = ()


Receive = Callable[[Sequence[Received]], Awaitable[None]]
"""Keep raw messages durably: when it returns, they may be acknowledged.  Raises when not kept."""


class Channel(Protocol):
    """A way to chat with policyholders.

    Only intake needs `start`: a process that just fetches or sends does without.  Every process
    calls `stop` in the end, also after a `start` that raised.
    """

    name: str

    async def start(self, receive: Receive) -> None:
        """Begin to take in messages.  Returns at once; intake goes on until `stop`.

        Raises:
            BadConfiguration: The channel refuses our credentials.
        """

    async def stop(self) -> None:
        """Take in nothing more and let go of connections.  A second call does nothing."""

    def read(self, payload: str) -> Inbound:
        """Return what a payload of this channel says.  Pure; never raises on a stored payload."""

    async def greet(self, payload: str) -> None:
        """Show the sender that the message arrived, where the channel has a way; never raises."""

    async def fetch(self, file: File, *, limit: int) -> bytes:
        """Return a file's bytes, at most ``limit`` of them.

        Raises:
            FileTooBig: It has more bytes than ``limit`` or than the channel hands out.
            FileGone: The channel does not have it any more.
            ChannelDown: Try again later.
        """

    async def send(self, chat: str, message: Outbound) -> None:
        """Send one message.  No channel has an idempotency key: a second call says it twice.

        Raises:
            Blocked: The policyholder blocked us, or the chat is gone.
            Undeliverable: The channel will never take this message.
            ChannelDown: Try again later.
        """
