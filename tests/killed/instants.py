"""Instants: the nth time that a process comes by a point, and some milliseconds later."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from itertools import count
from threading import Timer
from typing import Any

from sqlalchemy import Engine, event
from telegram.request import HTTPXRequest

from claimbot.channels.telegram import Telegram
from claimbot.desk.pulling import Pulling
from claimbot.intake import Worker
from claimbot.photos.folder import Folder
from claimbot.queues.sql import SqlQueue
from claimbot.sinks.https import Webhook
from claimbot.store import Store, claims, deliveries
from claimbot.store.prepared import Prepared
from tests.killed.elsewhere import Elsewhere

ANY = "any"
"""The point that is passed whenever another one is."""

_WRITTEN = re.compile(r"([a-z-]+):(\d+)(?:\+([\d.]+)ms)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """When a process is to die.

    Attributes:
        point: ``before-`` or ``after-`` one of `POINTS`; or `ANY`.
        nth: Which passing of it, from 1.
        later_ms: How long after that; meanwhile the process goes on.
    """

    point: str
    nth: int = 1
    later_ms: float = 0

    def __str__(self) -> str:
        """Return what `parse_instant` reads."""
        return f"{self.point}:{self.nth}" + (f"+{self.later_ms:.3f}ms" if self.later_ms else "")


def parse_instant(text: str) -> Instant:
    """Return the instant that is written as ``after-send:2`` or ``any:130+4.5ms``.

    Raises:
        ValueError: It is not one, or there is no such point.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None or found[1] not in {ANY, *(f"{w}-{p}" for p in POINTS for w in SIDES)}:
        raise ValueError(f"{text!r} is no instant; there are {', '.join(POINTS)}")
    return Instant(point=found[1], nth=int(found[2]), later_ms=float(found[3] or 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A function that is passed; ``counts`` tells of which calls, by their arguments."""

    owner: Any
    name: str
    counts: Callable[..., bool] = lambda *_: True


SIDES = ("before", "after")
POINTS = {
    # Keeping an update in the inbox; after it, it may be confirmed to Telegram.
    "keep": Place(owner=Store, name="receive"),
    "receive": Place(owner=Worker, name="receive"),
    "put-photo": Place(owner=Folder, name="put"),
    # The transaction with a step's conversation, messages, claim and inbox row.
    "advance": Place(owner=Store, name="record"),
    "submit": Place(owner=Store, name="record", counts=lambda _, turn: turn.claim is not None),
    # Inside that transaction, before its commit.
    "put": Place(owner=SqlQueue, name="put"),
    "put-elsewhere": Place(owner=Elsewhere, name="put"),
    # Telegram has taken a message; that it did is noted after this.
    "send": Place(owner=Telegram, name="send"),
    "receipt": Place(
        owner=Telegram,
        name="send",
        counts=lambda _, __, message: "\nCB-" in message.text,
    ),
    # A sink has confirmed a batch; that it did is noted in the transaction around this.
    "publish": Place(owner=Webhook, name="publish"),
    "confirm": Place(owner=deliveries, name="confirm"),
    # Inside the transaction of an adjuster's decision, and around it.
    "decide": Place(owner=claims, name="decide"),
    "ack": Place(owner=SqlQueue, name="ack"),
    "accept": Place(owner=Pulling, name="accept"),
    # Everything else that goes to Telegram, and what goes to the database by no `Engine`'s events.
    "call": Place(owner=HTTPXRequest, name="do_request"),
    "write": Place(owner=Prepared, name="run"),
}


class Fate:
    """Counts the passings of a point, and calls ``die`` when the instant has come."""

    def __init__(self, instant: Instant, die: Callable[[str], None]) -> None:
        """Call ``die`` with the name of the point that was passed last, any point."""
        self._instant = instant
        self._die = die
        self._passings = count(1)

    def passed(self, point: str) -> None:
        """Take note that the process has come by a point."""
        if self._instant.point not in (ANY, point) or next(self._passings) != self._instant.nth:
            return
        if self._instant.later_ms:
            dying = Timer(self._instant.later_ms / 1000, self._die, [point])
            dying.daemon = True
            dying.start()
        else:
            self._die(point)


@contextmanager
def watched(passed: Callable[[str], None]) -> Iterator[None]:
    """Call ``passed`` whenever this process comes by a point, and around each SQL statement."""

    def before(*_: object) -> None:
        passed("before-statement")

    def after(*_: object) -> None:
        passed("after-statement")

    def commits(_: object) -> None:
        passed("before-commit")

    with ExitStack() as undo:
        for point, place in POINTS.items():
            was = getattr(place.owner, place.name)
            undo.callback(setattr, place.owner, place.name, was)
            setattr(place.owner, place.name, _told(point, place, was, passed))
        for name, listener in (
            ("before_cursor_execute", before),
            ("after_cursor_execute", after),
            ("commit", commits),
        ):
            event.listen(Engine, name, listener)
            undo.callback(event.remove, Engine, name, listener)
        yield


def _told(
    point: str, place: Place, was: Callable[..., Any], passed: Callable[[str], None]
) -> Callable[..., Any]:
    """Return the function, telling ``passed`` before and after."""

    @wraps(was)
    def told(*arguments: Any, **named: Any) -> Any:
        if not place.counts(*arguments):
            return was(*arguments, **named)
        passed(f"before-{point}")
        result = was(*arguments, **named)
        passed(f"after-{point}")
        return result

    @wraps(was)
    async def told_async(*arguments: Any, **named: Any) -> Any:
        if not place.counts(*arguments):
            return await was(*arguments, **named)
        passed(f"before-{point}")
        result = await was(*arguments, **named)
        passed(f"after-{point}")
        return result

    return told_async if asyncio.iscoroutinefunction(was) else told
