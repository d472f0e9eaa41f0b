"""How what the store keeps and what the queue holds follow each other.

A transactional queue changes in the transaction in which the store does.  Any other is asked
before or after it, never within: it may be slow, and is not undone with it.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from claimbot.errors import LeaseLost
from claimbot.queues import AdjusterQueue, Lease
from claimbot.reference import parse_reference
from claimbot.store import Entry, Store, StoredClaim, claims
from claimbot.store.deliveries import Announce

LONGEST_REFERENCE = 20  # characters, as people write it; the id of a lease is too long to guess

T = TypeVar("T")
U = TypeVar("U")
Entries = Callable[[T], Iterable[Entry]]


class Ledger:
    """What all parts of the desk work with."""

    def __init__(
        self,
        store: Store,
        queue: AdjusterQueue,
        clock: Callable[[], datetime],
        announce: Announce,
    ) -> None:
        """Take what holds the claims and what holds the leases; ``clock`` dates the audit."""
        self.store = store
        self.queue = queue
        self.clock = clock
        self.announce = announce

    def lease(self, tx: Connection, adjuster: str, name: str) -> Lease:
        """Return the adjuster's lease, by the claim's reference or by the lease's id.

        Raises:
            LeaseLost: The adjuster does not hold it.
            NoSuchClaim: There is none of this name.
        """
        if is_token(name):
            lease = self.queue.find(tx, name)
        else:
            lease = self.queue.current(tx, found(tx, name).claim.reference)
        if lease is None or lease.adjuster != adjuster:
            raise LeaseLost(lease.claim_id if lease else parse_reference(name) or name)
        return lease

    def outside(self, ask: Callable[[Connection], T]) -> T:
        """Ask the queue in no transaction that writes."""
        return self.store.read(ask)

    def queue_only(self, change: Callable[[Connection], T], *, entries: Entries[T]) -> T:
        """Change the queue and write down what was done."""
        return self.queue_first(
            change, lambda _tx, _done: None, entries=lambda done, _: entries(done)
        )

    def queue_first(
        self,
        change: Callable[[Connection], T],
        keep: Callable[[Connection, T], U],
        *,
        entries: Callable[[T, U], Iterable[Entry]],
    ) -> T:
        """Change the queue, then ``keep`` something and write down what was done."""
        at = self.clock()
        known = None if self.queue.transactional else (self.outside(change),)

        def both(tx: Connection) -> tuple[T, U]:
            (done,) = known or (change(tx),)
            return done, keep(tx, done)

        done, _ = self.store.act(both, at=at, entries=lambda both: entries(*both))
        return done

    def store_first(
        self,
        keep: Callable[[Connection], T],
        tell: Callable[[Connection, T], object],
        *,
        entries: Entries[T],
    ) -> T:
        """Keep something and write down what was done, then ``tell`` the queue."""
        at = self.clock()
        if not self.queue.transactional:
            # Commit first: an ack that is lost is repeated, a decision that is lost is not.
            done = self.store.act(keep, at=at, entries=entries)
            with suppress(LeaseLost):  # it ran out meanwhile; what is kept stands
                self.outside(lambda tx: tell(tx, done))
            return done

        def both(tx: Connection) -> T:
            done = keep(tx)
            tell(tx, done)
            return done

        return self.store.act(both, at=at, entries=entries)

    def by_right(
        self,
        adjuster: str,
        name: str,
        keep: Callable[[Connection, Lease], T],
        leave: Callable[[Connection, Lease], object] = lambda _tx, _lease: None,
        *,
        entries: Entries[T],
    ) -> T:
        """Do what `store_first` does by right of a lease, which the queue is told of.

        Raises:
            LeaseLost: The adjuster does not hold it.
            NoSuchClaim: There is none of this name.
        """

        def find(tx: Connection) -> Lease:
            return self.lease(tx, adjuster, name)

        known = None if self.queue.transactional else self.outside(find)

        def work(tx: Connection) -> tuple[Lease, T]:
            lease = known or find(tx)
            return lease, keep(tx, lease)

        _, done = self.store_first(
            work, lambda tx, done: leave(tx, done[0]), entries=lambda done: entries(done[1])
        )
        return done


def found(tx: Connection, name: str) -> StoredClaim:
    """Return a claim by its reference as people type it.

    Raises:
        NoSuchClaim: There is none of this name.
    """
    return claims.find(tx, parse_reference(name) or name)


def is_token(name: str) -> bool:
    """Tell whether what was typed is the id of a lease."""
    return len(name) > LONGEST_REFERENCE and parse_reference(name) is None


def entry(adjuster: str, action: str, subject: str, **detail: object) -> Entry:
    """Return what the audit says of something that an adjuster did."""
    return Entry(
        actor=f"adjuster:{adjuster}", action=action, subject=subject, detail=json.dumps(detail)
    )
