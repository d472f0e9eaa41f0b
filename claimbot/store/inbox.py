"""Messages as the channels delivered them, kept until their chat's turn took them in."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, bindparam, exists, or_, select, update

from claimbot.columns import insert_new
from claimbot.store.chat import Chat, in_chat
from claimbot.store.tables import inbox, shorten

_earlier = inbox.alias("earlier")
is_waiting = inbox.c.handled_at.is_(None)
is_handled = inbox.c.handled_at.is_not(None)
_is_first_of_its_chat = ~exists().where(
    _earlier.c.channel == inbox.c.channel,
    _earlier.c.chat == inbox.c.chat,
    _earlier.c.handled_at.is_(None),
    _earlier.c.id < inbox.c.id,
)
_is_due = or_(inbox.c.not_before.is_(None), inbox.c.not_before <= bindparam("now"))

first_due = (
    select(inbox.c.channel, inbox.c.chat, inbox.c.received_at)
    .where(is_waiting, _is_due, _is_first_of_its_chat)
    .order_by(inbox.c.id)
    .limit(bindparam("limit"))
)
"""The chats whose first waiting message is due, longest waiting first."""


class Message(Protocol):
    """What the inbox needs to know of a message; `channels.Received` is one."""

    @property
    def channel(self) -> str:
        """The channel that delivered it."""

    @property
    def chat(self) -> str:
        """The channel's name for the chat."""

    @property
    def message_id(self) -> str:
        """Its name within the channel, the same at every delivery."""

    @property
    def payload(self) -> str:
        """The channel's own JSON."""


def receive(tx: Connection, messages: Sequence[Message], at: datetime) -> int:
    """Keep messages in their order and return how many were new.

    A message's id is kept as its hash: it must be known again after everything else about the
    message is erased, and WhatsApp's spells out the sender's phone number.
    """
    if not messages:
        return 0
    rows = [
        {
            "channel": message.channel,
            "message_id": sha256(message.message_id.encode(errors="replace")).hexdigest(),
            "chat": message.chat,
            "payload": message.payload,
            "received_at": at,
            "tries": 0,
        }
        for message in messages
    ]
    return tx.execute(insert_new(tx, inbox), rows).rowcount


def finish(tx: Connection, key: Chat, inbox_id: int, at: datetime) -> bool:
    """Mark a message as handled; False when it was already, or is not this chat's."""
    done = update(inbox).where(inbox.c.id == inbox_id, in_chat(inbox, key), is_waiting)
    return tx.execute(done.values(handled_at=at, failure=None)).rowcount == 1


def postpone(tx: Connection, inbox_id: int, until: datetime, failure: str) -> None:
    """Try a message again later; what its chat sent after it waits with it."""
    tx.execute(
        update(inbox)
        .where(inbox.c.id == inbox_id, is_waiting)
        .values(tries=inbox.c.tries + 1, not_before=until, failure=shorten(failure))
    )


def set_aside(tx: Connection, inbox_id: int, at: datetime, failure: str) -> None:
    """Let the chat go on without a message that cannot be handled; it is kept, and why."""
    tx.execute(
        update(inbox)
        .where(inbox.c.id == inbox_id, is_waiting)
        .values(tries=inbox.c.tries + 1, handled_at=at, failure=shorten(failure))
    )


def blank(tx: Connection, key: Chat, which: ColumnElement[bool], at: datetime) -> None:
    """Erase messages of a chat but for the hash of their id: a redelivery stays a duplicate."""
    tx.execute(
        update(inbox)
        .where(in_chat(inbox, key), which)
        .values(chat="", payload="", handled_at=at, not_before=None, failure=None)
    )
