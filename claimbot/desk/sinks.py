"""What is done about the sinks: see how they are doing, tell them again."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from claimbot.codec import plain
from claimbot.desk.ledger import entry
from claimbot.errors import NoSuchSink
from claimbot.store import Store, deliveries
from claimbot.store.deliveries import Delivery, SinkState


class Sinks:
    """Those that are configured, and those that something is left of.

    A ``name`` is all of a sink's name, or what stands behind its ``#``.
    """

    def __init__(
        self, store: Store, configured: Collection[str], clock: Callable[[], datetime]
    ) -> None:
        """Take where deliveries are, the names that are configured, and what dates the audit."""
        self._store = store
        self._configured = configured
        self._clock = clock

    def all(self) -> list[SinkState]:
        """Return how each is doing."""
        return self._store.read(self._all)

    def find(self, name: str) -> SinkState:
        """Return how one is doing.

        Raises:
            NoSuchSink: There is none of this name.
        """
        return self._store.read(lambda tx: self._find(tx, name))

    def log(self, name: str, *, limit: int, before: int | None = None) -> list[Delivery]:
        """Return up to ``limit`` deliveries, newest first, from after the one numbered ``before``.

        Raises:
            NoSuchSink: There is none of this name.
        """

        def work(tx: Connection) -> list[Delivery]:
            return deliveries.log(tx, self._find(tx, name).name, limit=limit, before=before)

        return self._store.read(work)

    def redeliver(self, actor: str, name: str, event_id: str | None = None) -> int:
        """Tell a sink again of one event, or of all that were given up; return how many.

        Raises:
            NoSuchSink: There is none of this name.
        """

        def work(tx: Connection) -> tuple[str, int]:
            full = self._find(tx, name).name
            return full, deliveries.redeliver(tx, full, event_id)

        _, number = self._store.act(
            work,
            at=self._clock(),
            entries=lambda done: (
                [entry(actor, "sink told again", done[0], events=done[1])] if done[1] else []
            ),
        )
        return number

    def enable(self, actor: str, name: str) -> bool:
        """Tell a sink again that refused for good; False when it was not disabled.

        Raises:
            NoSuchSink: There is none of this name.
        """

        def work(tx: Connection) -> tuple[str, bool]:
            full = self._find(tx, name).name
            return full, deliveries.enable(tx, full)

        _, was_disabled = self._store.act(
            work,
            at=self._clock(),
            entries=lambda done: [entry(actor, "sink enabled", done[0])] if done[1] else [],
        )
        return was_disabled

    def is_configured(self, name: str) -> bool:
        """Tell whether anything new goes to a sink."""
        return name in self._configured

    def _all(self, tx: Connection) -> list[SinkState]:
        return deliveries.states(tx, self._configured)

    def _find(self, tx: Connection, name: str) -> SinkState:
        for state in self._all(tx):
            if name in (state.name, mark(state.name)):
                return state
        raise NoSuchSink(name)


def mark(name: str) -> str:
    """Return the part of a sink's name that is short and enough to tell it from others."""
    return name.rpartition("#")[2]


def sink_as_json(state: SinkState, *, configured: bool) -> dict[str, Any]:
    """Return how a sink is doing as the command line prints it."""
    return {
        "id": mark(state.name),
        "name": state.name,
        "configured": configured,
        "waiting": state.waiting,
        "oldest_waiting": plain(state.oldest_waiting),
        "dead": state.dead,
        "disabled_at": plain(state.disabled_at),
        "reason": state.reason or None,
    }


def delivery_as_json(told: Delivery) -> dict[str, Any]:
    """Return a delivery as the command line prints it."""
    return {
        "id": told.id,
        "event_id": told.event_id,
        "type": told.event_type,
        "reference": told.reference,
        "state": told.state,
        "created_at": plain(told.created_at),
        "tries": told.tries,
        "next_try_at": plain(told.not_before) if told.state == "waiting" else None,
        "settled_at": plain(told.settled_at),
        "failure": told.failure,
    }
