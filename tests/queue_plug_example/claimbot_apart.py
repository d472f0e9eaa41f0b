"""A queue in a database of its own: ``CLAIMBOT_QUEUE=apart+sqlite:////srv/adjusters.db``."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import ArgumentError
from sqlmodel import SQLModel

from claimbot.errors import BadConfiguration
from claimbot.queues import AdjusterQueue
from claimbot.queues.sql import SqlQueue


class Apart:
    """Hands each call on to a queue, in a transaction of that queue's own database."""

    transactional = False  # claimbot brings it each claim once that is kept, perhaps twice

    def __init__(self, own: Engine, queue: AdjusterQueue) -> None:
        tables = [SQLModel.metadata.tables[name] for name in ("queue_entry", "queue_skill")]
        SQLModel.metadata.create_all(own, tables)
        self._own, self._queue = own, queue

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(_: Connection, *given: Any, **named: Any) -> Any:
            with self._own.begin() as tx:
                return getattr(self._queue, name)(tx, *given, **named)

        return call


def open_apart(url: str, _: Engine) -> Apart:
    """Open the queue of ``apart+`` and a database URL; the claim database is not needed.

    Raises:
        BadConfiguration: It is no database URL.
    """
    try:
        own = create_engine(url.removeprefix("apart+"))
    except ArgumentError:
        raise BadConfiguration("QUEUE is apart+ and a database URL") from None
    return Apart(own, SqlQueue())
