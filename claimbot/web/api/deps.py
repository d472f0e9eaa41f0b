"""What the routes of the API work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from claimbot.desk import Desk
from claimbot.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What is handed to each ``router``.

    ``clock`` dates what is kept; ``stopping`` tells whether nobody is to be kept waiting any more.
    """

    desk: Desk
    store: Store
    clock: Callable[[], datetime]
    stopping: Callable[[], bool]
