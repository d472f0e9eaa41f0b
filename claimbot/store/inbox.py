"""Messages as the channels delivered them, kept until their chat's turn took them in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, bindparam, exists, null, select, update

from claimbot.columns import insert_new
from claimbot.store.chat import Chat, in_chat
from claimbot.store.prepared import Prepared
from claimbot.store.tables import inbox, shorten

is_waiting = inbox.c.handled_at.is_(None)
is_handled = inbox.c.handled_at.is_not(None)

_receive = Prepared(
    lambda tx: insert_new(tx, inbox),
    columns=("channel", "message_id", "chat", "payload", "received_at", "tries"),
)
_finish = Prepared(
    lambda _: (
        update(inbox)
        .where(
            inbox.c.id == bindparam("its_id"),
            inbox.c.channel == bindparam("its_channel"),
            inbox.c.chat == bindparam("its_chat"),
            is_waiting,
        )
        .values(handled_at=bindparam("at"), failure=null())
    )
)


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
        """Its name within the channel, the same at every delivery.

        It says nothing of who sent it: it outlives everything else about the message, so that a
        redelivery after an erasure is known.  Names that grow are found quickest.
        """

    @property
    def payload(self) -> str:
        """The channel's own JSON."""


def receive(tx: Connection, messages: Sequence[Message], at: datetime) -> int:
    """Keep messages in their order and return how many were new."""
    if not messages:
        return 0
    rows = [
        {
            "channel": message.channel,
            "message_id": message.message_id,
            "chat": message.chat,
            "payload": message.payload,
            "received_at": at,
            "tries": 0,
        }
        for message in messages
    ]
    return _receive.run(tx, rows)


def was_used(tx: Connection) -> bool:
    """Tell whether any message was ever kept; of those that were erased the id is left."""
    return tx.execute(select(exists(select(inbox.c.id)))).scalar_one()


def finish(tx: Connection, key: Chat, inbox_id: int, at: datetime) -> bool:
    """Mark a message as handled; False when it was already, or is not this chat's."""
    which = {"its_id": inbox_id, "its_channel": key.channel, "its_chat": key.chat}
    return _finish.run(tx, [which | {"at": at}]) == 1


def postpone(
    tx: Connection, inbox_id: int, until: datetime, failure: str, *, is_ours: bool = False
) -> None:
    """Try a message again later; what its chat sent after it waits with it."""
    tx.execute(
        update(inbox)
        .where(inbox.c.id == inbox_id, is_waiting)
        .values(
            tries=inbox.c.tries + 1,
            faults=inbox.c.faults + int(is_ours),
            not_before=until,
            failure=shorten(failure),
        )
    )


def set_aside(tx: Connection, inbox_id: int, at: datetime, failure: str) -> None:
    """Let the chat go on without a message that cannot be handled; it is kept, and why."""
    tx.execute(
        update(inbox)
        .where(inbox.c.id == inbox_id, is_waiting)
        .values(tries=inbox.c.tries + 1, handled_at=at, failure=shorten(failure))
    )


def blank(tx: Connection, key: Chat, which: ColumnElement[bool], at: datetime) -> None:
    """Erase messages of a chat but for their ids: a redelivery stays a duplicate."""
    tx.execute(
        update(inbox)
        .where(in_chat(inbox, key), which)
        .values(chat="", payload="", handled_at=at, not_before=None, failure=None)
    )
