"""A queue that is not in the claim database, as a third party would bring one."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from claimbot.queues.sql import SqlQueue
from claimbot.store import Store

SCHEME = "elsewhere"
_METHODS = (
    *("put", "lease", "current", "find", "held", "extend", "ack", "nack", "park"),
    *("unpark", "expedite", "forget", "dead", "redrive", "depth"),
)


class Elsewhere(SqlQueue):
    """The queue in a database of its own: each call is a transaction there, durable at once."""

    transactional = False

    def __init__(self, store: Store, clock: Callable[[], datetime] | None = None) -> None:
        super().__init__(clock)
        self.store = store


def _of_its_own(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Elsewhere, _: Connection, *arguments: Any, **named: Any) -> Any:
        return self.store.write(lambda tx: method(self, tx, *arguments, **named))

    return call


for _name in _METHODS:
    setattr(Elsewhere, _name, _of_its_own(getattr(SqlQueue, _name)))


def open_elsewhere(url: str, _: Engine) -> Elsewhere:
    """Open the queue of ``elsewhere:PATH``."""
    store = Store(f"sqlite:///{url.removeprefix(f'{SCHEME}:')}")
    store.upgrade()
    return Elsewhere(store)


def install(site: Path) -> None:
    """Lay down in ``site`` what pip would for a package that brings this queue."""
    package = site / f"{SCHEME}-1.0.dist-info"
    package.mkdir(exist_ok=True)
    (package / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {SCHEME}\nVersion: 1.0\n")
    entry = f"{SCHEME} = {__name__}:{open_elsewhere.__name__}"
    (package / "entry_points.txt").write_text(f"[claimbot.queues]\n{entry}\n")
