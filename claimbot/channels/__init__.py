"""The channels through which policyholders chat: Telegram now, WhatsApp next.

A channel turns raw payloads into `Inbound` and `Outbound` into messages.  It decides nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A raw message as it goes into the inbox.

    ``(channel, message_id)`` names it for ever: a second delivery changes nothing.  ``payload`` is
    the channel's own JSON, kept unparsed, so that a mistake of ours in reading it loses nothing.
    """

    channel: str
    chat: str
    message_id: str
    payload: str


class Unusable(StrEnum):
    """What a policyholder may send that a claim has no place for."""

    VOICE = "voice"
    VIDEO = "video"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    FILE = "file"
    TOO_BIG = "too_big"
    LOST = "lost"  # the channel could not give us the file any more
    GROUP = "group"  # written in a group: claims are made in a private chat
    UNKNOWN = "unknown"


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

    ``handle`` is what `Channel.fetch` needs; ``size`` in bytes, when the channel says; ``name`` and
    ``media_type`` as the sender's phone says, so not to be trusted.  ``as_photo`` is true when the
    policyholder sent it as a picture, not as a document.
    """

    handle: str
    as_photo: bool
    caption: str = ""
    name: str = ""
    media_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Anything that a claim has no place for."""

    kind: Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """The policyholder blocked the bot, or let it in again: nothing to answer."""

    blocked: bool


Content = Text | Press | File | Other | Blocking


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One message of a policyholder.  ``language`` is an IETF tag, if the channel tells one."""

    chat: str
    at: datetime
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
    """A way to chat with policyholders."""

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
            ChannelDown: Try again later.
        """
