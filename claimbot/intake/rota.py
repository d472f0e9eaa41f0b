"""Whose turn it is: the chats that have something to do, in the order in which they are served."""

from collections.abc import Collection
from datetime import datetime, timedelta

from claimbot.store import Chat, Store
from claimbot.store.holds import Holds

AHEAD = 64  # chats that are looked up at once: in a rush, that takes as long as serving one
FRESH = timedelta(seconds=0.25)  # an order that is older is looked up anew


class Rota:
    """Gives a worker its next chats: least recently served first, and nobody else's."""

    def __init__(self, store: Store, channels: Collection[str]) -> None:
        """Serve the chats of these channels."""
        self._store = store
        self._channels = channels
        self._holds = Holds(store.engine)
        self._ahead: list[Chat] = []
        self._fresh_until: datetime | None = None

    def take(self, now: datetime, room: int, busy: Collection[Chat]) -> list[Chat]:
        """Return up to ``room`` chats that have something to do, and hold them until `done`.

        One that another process served meanwhile may be among them.  ``busy`` are those that were
        taken before and are not done.
        """
        if self._fresh_until is None or not now < self._fresh_until <= now + FRESH:
            self._ahead.clear()
        taken = self._hold(room)
        wanted = AHEAD + len(busy)
        try:
            while len(taken) < room:
                due = self._store.waiting_chats(now, wanted, self._channels)
                self._fresh_until = now + FRESH
                self._ahead = [chat for chat in due if chat not in busy and chat not in taken]
                taken += self._hold(room - len(taken))
                if len(due) < wanted:
                    break
                wanted *= 2  # the first ones are all served by other processes
        except BaseException:
            for chat in taken:
                self.done(chat)
            raise
        return taken

    def done(self, chat: Chat) -> None:
        """Let others have a chat."""
        self._holds.leave(chat)

    def close(self) -> None:
        """Let go of every chat."""
        self._holds.close()

    def _hold(self, room: int) -> list[Chat]:
        """Hold the next chats, and pass over those that others hold."""
        taken = self._holds.take(self._ahead, room)
        seen = self._ahead.index(taken[-1]) + 1 if len(taken) == room else len(self._ahead)
        del self._ahead[:seen]
        return taken
