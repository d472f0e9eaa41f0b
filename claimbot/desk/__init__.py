"""The adjuster's side: the one service behind the API, the console and the command line."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import Connection

from claimbot.desk.canned import canned, texts
from claimbot.desk.exporting import Exporting
from claimbot.desk.handovers import Handover, Handovers
from claimbot.desk.ledger import Ledger
from claimbot.desk.letters import Letters
from claimbot.desk.printed import (
    as_json,
    event_as_json,
    handover_as_json,
    lease_as_json,
    note_as_json,
    undelivered_as_json,
)
from claimbot.desk.pulling import ACCEPTED, Held, Pulling
from claimbot.desk.register import Register
from claimbot.desk.sinks import Sinks, delivery_as_json, sink_as_json
from claimbot.desk.timeline import Event
from claimbot.photos import PhotoStore
from claimbot.photos.copies import Copies
from claimbot.queues import AdjusterQueue
from claimbot.store import Store, StoredClaim
from claimbot.store.deliveries import Announce, EventType
from claimbot.store.notes import Note

__all__ = [
    "ACCEPTED",
    "LONGEST_TEXT",
    "Announce",
    "Desk",
    "Event",
    "Handover",
    "Held",
    "Note",
    "as_json",
    "canned",
    "delivery_as_json",
    "event_as_json",
    "handover_as_json",
    "lease_as_json",
    "note_as_json",
    "sink_as_json",
    "texts",
    "undelivered_as_json",
]

LONGEST_TEXT = 2_000  # characters; with what the bot says around it, every channel takes it


class Desk:
    """What adjusters do.  Every action is one transaction with its audit rows in it.

    A ``name`` is a claim's reference as people type it or, of a claim that one holds, the lease's
    id.  Each part of the desk says what its methods do.
    """

    def __init__(
        self,
        *,
        store: Store,
        queue: AdjusterQueue,
        photos: PhotoStore,
        clock: Callable[[], datetime],
        copies: Copies,
        announce: Announce | None = None,
        sinks: Collection[str] = (),
    ) -> None:
        """Take what it works with.

        Args:
            store: Where claims are.
            queue: Where their leases are, which follow its own clock.
            photos: Where their files are.
            clock: What dates the audit.
            copies: Makes photos fit to be looked at.
            announce: Tells other systems, in the same transaction, of what is done.
            sinks: The names of those that are configured.
        """
        ledger = Ledger(store, queue, clock, announce or _tell_nobody)

        pulling = Pulling(ledger)
        self.next = pulling.next
        self.held_by = pulling.held_by
        self.lease = pulling.lease
        self.extend = pulling.extend
        self.accept = pulling.accept
        self.give_back = pulling.give_back
        self.ask = pulling.ask
        self.recall = pulling.recall

        register = Register(ledger, photos, copies)
        self.newest = register.newest
        self.search = register.search
        self.show = register.show
        self.change = register.change
        self.note = register.note
        self.notes = register.notes
        self.events = register.events
        self.export = Exporting(ledger, register).export
        self.file = register.file
        self.picture = register.picture

        handovers = Handovers(ledger)
        self.handovers = handovers.all
        self.handovers_of = handovers.of
        self.take_over = handovers.take_over
        self.tell = handovers.tell
        self.release = handovers.release
        self.transcript = handovers.transcript

        letters = Letters(ledger)
        self.depth = letters.depth
        self.dead = letters.dead
        self.undelivered = letters.undelivered
        self.requeue = letters.requeue

        self.sinks = Sinks(store, sinks, clock)


def _tell_nobody(tx: Connection, event_type: EventType, stored: StoredClaim) -> None:
    """Announce nothing."""
