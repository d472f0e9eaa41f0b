"""An office in which adjusters work, for tests."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from claimbot.desk import Desk, Held
from claimbot.photos.copies import Copies
from claimbot.photos.examiners import Examiners
from claimbot.photos.folder import Folder
from claimbot.queues.sql import SqlQueue
from claimbot.store import Store, StoredClaim
from tests.databases import DATABASES, open_store
from tests.killed.elsewhere import Elsewhere
from tests.queued_claims import NOON, plain_claim, send

HOLD = timedelta(minutes=30)
OFFICES = (*DATABASES, "elsewhere")


@dataclass
class Office:
    """A desk, what it works with, and a clock that is set by hand.

    ``elsewhere`` is the database of a queue that is not in the claim database.  ``told`` is what
    other systems were told of: the event's type, the claim and its revision.
    """

    store: Store
    folder: Path
    elsewhere: Store | None = None
    now: datetime = NOON
    examiners: Examiners = field(default_factory=lambda: Examiners(1))
    queue: SqlQueue = field(init=False)
    desk: Desk = field(init=False)
    told: list[tuple[str, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue = (
            Elsewhere(self.elsewhere, clock=lambda: self.now)
            if self.elsewhere
            else SqlQueue(clock=lambda: self.now)
        )
        folder = Folder(self.folder)
        self.desk = Desk(
            store=self.store,
            queue=self.queue,
            photos=folder,
            clock=lambda: self.now,
            copies=Copies(folder, self.examiners),
            announce=self.announce,
        )

    def announce(self, _: Connection, event_type: str, stored: StoredClaim) -> None:
        """Note what other systems are told of."""
        self.told.append((event_type, stored.claim.reference, stored.revision))

    def close(self) -> None:
        """Let go of the child processes."""
        self.examiners.close()

    def send(self, *numbers: int) -> None:
        """Queue plain claims of these numbers."""
        for number in numbers:
            send(self.store, self.queue, plain_claim(number))

    def take(self, adjuster: str = "ann") -> Held:
        """Take the next claim, which there must be."""
        held = self.desk.next(adjuster, hold=HOLD)
        assert held is not None
        return held

    def done(self) -> list[tuple[str, str, str]]:
        """Return what adjusters did: who, what, to which claim."""
        entries = [link.entry for link in self.store.audit_rows()]
        return [(e.actor, e.action, e.subject) for e in entries if e.actor != "policyholder"]


@contextmanager
def open_office(name: str, folder: Path) -> Iterator[Office]:
    """Give an office on a database, or one whose queue is ``elsewhere``."""
    if name != "elsewhere":
        with (
            open_store(name, folder) as store,
            closing(Office(store, folder / "photos")) as office,
        ):
            yield office
        return
    away = folder / name
    away.mkdir()
    with (
        open_store("sqlite", folder) as store,
        open_store("sqlite", away) as queue,
        closing(Office(store, folder / "photos", elsewhere=queue)) as office,
    ):
        yield office
