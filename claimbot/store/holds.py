"""Which chats a process carries on now, so that the other processes leave them alone.

Only to save work: what is decided twice is recorded once, see `turn.record_turn`.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from claimbot.store.chat import Chat

LIVES_FOR = "60s"  # a process that hangs loses its holds after so long; one that died, at once

# Only from PostgreSQL 14 on.  Before, a process that hangs keeps its holds until it is ended.
_PREPARE = text(
    "SELECT set_config(name, :lives_for, false) FROM pg_settings"
    " WHERE name = 'idle_session_timeout'"
)
# The table's number sets apart what shares a server.  The row is a pair for arrays of names to
# stay in step.  Rows come one by one and in order, so none is locked beyond the limit.
_KEY = "hashtextextended(channel || ':' || chat, 'inbox'::regclass::oid::bigint)"
_CHATS = "unnest(CAST(:channels AS text[]), CAST(:chats AS text[])) AS named(channel, chat)"
_TAKE = text(
    f"SELECT channel, chat FROM {_CHATS} WHERE pg_try_advisory_lock({_KEY}) LIMIT :room"  # noqa: S608 both are above
)
_LEAVE = text(f"SELECT count(pg_advisory_unlock({_KEY})) FROM {_CHATS}")  # noqa: S608 same


class Holds:
    """The chats that one worker holds.  Safe to share between threads.

    On PostgreSQL they are advisory locks of one connection: nothing is written, and whatever ends
    the process or the connection ends them.  On SQLite there are none: `take` gives whatever is
    asked for.
    """

    def __init__(self, engine: Engine) -> None:
        """Hold nothing yet; connect when there is something to hold."""
        self._engine = engine
        self._are_kept = engine.dialect.name == "postgresql"
        self._connection: Connection | None = None
        self._left: deque[Chat] = deque()
        self._lock = Lock()

    def take(self, chats: Sequence[Chat], room: int) -> list[Chat]:
        """Hold the first ``room`` of the chats that nobody else holds, and return them.

        Every call, also one with no chats, tells the database that this process lives.  A chat
        that is held here already must not be asked for.
        """
        if not self._are_kept:
            return list(chats[:room])
        with self._lock:
            if not chats and self._connection is None:
                return []
            with suppress(DBAPIError):  # the connection was lost, and with it all that was held
                return self._take(chats, room)
            return self._take(chats, room)

    def leave(self, chat: Chat) -> None:
        """Let others have a chat from the next `take` on."""
        if self._are_kept:
            self._left.append(chat)

    def close(self) -> None:
        """Let go of every chat and of the connection.  A second call does nothing."""
        with self._lock:
            self._let_go()

    def _take(self, chats: Sequence[Chat], room: int) -> list[Chat]:
        try:
            if self._connection is None:
                self._left.clear()
                self._connection = self._connect()
                self._connection.execute(_PREPARE, {"lives_for": LIVES_FOR})
            left = [self._left.popleft() for _ in range(len(self._left))]
            if left:
                self._connection.execute(_LEAVE, _named(left))
            rows = self._connection.execute(_TAKE, _named(chats) | {"room": room}).all()
        except BaseException:  # whatever it was, this connection is of no use any more
            self._let_go()
            raise
        return [Chat(channel=row.channel, chat=row.chat) for row in rows]

    def _connect(self) -> Connection:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # closed, it is to end, not to be used again with what it holds
        return connection

    def _let_go(self) -> None:
        self._left.clear()
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()


def _named(chats: Sequence[Chat]) -> dict[str, object]:
    return {
        "channels": [chat.channel for chat in chats],
        "chats": [chat.chat for chat in chats],
    }
