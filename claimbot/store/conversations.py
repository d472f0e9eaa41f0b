"""Conversations between two turns, and which of them something waits for."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, or_, select

from claimbot.store.chat import Chat, in_chat
from claimbot.store.inbox import is_waiting
from claimbot.store.tables import conversation, inbox, outbox

OPENED_AT_ONCE = 50  # messages of one chat; a flood is read in portions

_in_its_chat = and_(inbox.c.channel == conversation.c.channel, inbox.c.chat == conversation.c.chat)
# By groups, from one index: asking of each message whether another comes before it makes
# PostgreSQL read all conversations, and takes twice as long on SQLite.
_firsts = (
    select(func.min(inbox.c.id).label("id"))
    .where(is_waiting)
    .group_by(inbox.c.channel, inbox.c.chat)
    .subquery("firsts")
)
_said = (
    select(inbox.c.channel, inbox.c.chat, conversation.c.updated_at, inbox.c.received_at)
    .select_from(
        _firsts.join(inbox, inbox.c.id == _firsts.c.id).outerjoin(conversation, _in_its_chat)
    )
    .where(or_(inbox.c.not_before.is_(None), inbox.c.not_before <= bindparam("now")))
    .order_by(conversation.c.updated_at.asc().nulls_first(), inbox.c.id)
    .limit(bindparam("limit"))
)
_awake = (
    select(
        conversation.c.channel,
        conversation.c.chat,
        conversation.c.updated_at,
        conversation.c.wake_at,
    )
    .where(
        conversation.c.wake_at <= bindparam("now"),
        # What was said comes before what was not: a message goes first, or holds the chat up.
        ~exists().where(_in_its_chat, is_waiting),
    )
    .order_by(conversation.c.updated_at)
    .limit(bindparam("limit"))
)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message in the inbox.

    ``tries`` counts the times it was postponed, ``faults`` those that our own code failed at.
    """

    id: int
    payload: str
    tries: int
    faults: int
    received_at: datetime
    not_before: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A conversation as a worker finds it.

    ``turn`` counts the turns recorded so far, 0 when there was none; ``state`` is ``None`` then.
    ``waiting`` are its unhandled messages in order, at most `OPENED_AT_ONCE`.
    """

    turn: int
    state: str | None
    waiting: tuple[Waiting, ...]
    wake_at: datetime | None


def open_chat(tx: Connection, key: Chat) -> Opened:
    """Return a chat's conversation and what waits in its inbox."""
    # The conversation first: should a turn be recorded between the two statements, the turn read
    # here is an old one, and recording it fails.
    kept = tx.execute(
        select(conversation.c.turn, conversation.c.state, conversation.c.wake_at).where(
            in_chat(conversation, key)
        )
    ).one_or_none()
    waiting = tx.execute(
        select(
            inbox.c.id,
            inbox.c.payload,
            inbox.c.tries,
            inbox.c.faults,
            inbox.c.received_at,
            inbox.c.not_before,
        )
        .where(in_chat(inbox, key), is_waiting)
        .order_by(inbox.c.id)
        .limit(OPENED_AT_ONCE)
    )
    return Opened(
        turn=kept.turn if kept else 0,
        state=kept.state if kept else None,
        waiting=tuple(Waiting(**row._asdict()) for row in waiting),
        wake_at=kept.wake_at if kept else None,
    )


def waiting_chats(
    tx: Connection, now: datetime, limit: int, channels: Collection[str] | None = None
) -> list[Chat]:
    """Return up to ``limit`` chats that have something to do now, longest not served first.

    A chat that was never served comes before those that were; of several, the one that has waited
    longest.  So whoever sends much waits for their next turn until all others had theirs, however
    many processes share the work.

    A chat is there once.  One whose first message is postponed is not there: what was sent later
    does not overtake it.  ``channels`` are those that are wanted; None is all of them.
    """
    said, silent = _said, _awake
    if channels is not None:
        said = said.where(inbox.c.channel.in_(channels))
        silent = silent.where(conversation.c.channel.in_(channels))
    asked = {"now": now, "limit": limit}
    due = [*tx.execute(said, asked), *tx.execute(silent, asked)]
    due.sort(key=lambda row: (row[2] or _NEVER, row[3]))
    return [Chat(channel=row[0], chat=row[1]) for row in due[:limit]]


def next_due(tx: Connection, now: datetime) -> datetime | None:
    """Return the first moment after ``now`` at which a chat or a delivery becomes due."""
    moments: Iterable[datetime | None] = (
        tx.execute(select(func.min(column)).where(column > now, is_open)).scalar_one()
        for column, is_open in (
            (conversation.c.wake_at, conversation.c.wake_at.is_not(None)),
            (inbox.c.not_before, is_waiting),
            (outbox.c.not_before, outbox.c.settled_at.is_(None)),
        )
    )
    return min((moment for moment in moments if moment is not None), default=None)


def forget(tx: Connection, key: Chat) -> None:
    """Delete a conversation; the chat's next message begins another, at turn 0."""
    tx.execute(delete(conversation).where(in_chat(conversation, key)))
