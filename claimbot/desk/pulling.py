"""Pulling claims, and what is done with a claim that one holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from claimbot.desk import timeline
from claimbot.desk.handovers import post
from claimbot.desk.ledger import Ledger, entry, is_token
from claimbot.errands import Act, Errand
from claimbot.errors import AlreadyAsked, LeaseLost, NoSuchPhoto
from claimbot.queues import Lease
from claimbot.reference import parse_reference
from claimbot.store import (
    Entry,
    Status,
    StoredClaim,
    attention,
    claims,
    ended_leases,
    notes,
    questions,
)
from claimbot.store.deliveries import EventType
from claimbot.store.ended_leases import Deed, EndedLease
from claimbot.store.notes import Note
from claimbot.store.questions import Question

ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A claim and the lease on it."""

    stored: StoredClaim
    lease: Lease


class Pulling:
    """Claims are taken one at a time, each fenced by its lease."""

    def __init__(self, ledger: Ledger) -> None:
        """Take what it works with."""
        self._ledger = ledger

    def next(self, adjuster: str, *, hold: timedelta, skills: Sequence[str] = ()) -> Held | None:
        """Take the claim that is due first of those that need no other skills; None if none is."""

        def take(tx: Connection) -> Held | None:
            for lease in self._ledger.queue.lease(tx, adjuster, hold=hold, skills=skills):
                return Held(stored=claims.find(tx, lease.claim_id), lease=lease)
            return None

        def take_undecided(tx: Connection) -> Held | None:
            while (held := take(tx)) is not None and held.stored.status is Status.DECIDED:
                # Whoever decided it died before the queue, which is elsewhere, heard of it.
                self._ledger.queue.ack(tx, held.lease)
            return held

        def entries(held: Held | None) -> Iterable[Entry]:
            if held is None:
                return ()
            attempt = held.lease.attempt
            return (entry(adjuster, "claim leased", held.lease.claim_id, attempt=attempt),)

        return self._ledger.queue_only(take_undecided, entries=entries)

    def held_by(self, adjuster: str) -> list[Held]:
        """Return the claims that an adjuster holds, those first whose lease ends first."""

        def work(tx: Connection) -> list[Held]:
            held = self._ledger.queue.held(tx, adjuster)
            return [Held(stored=claims.find(tx, lease.claim_id), lease=lease) for lease in held]

        return self._ledger.store.read(work)

    def lease(self, token: str) -> Held:
        """Return a claim by the id of the lease on it.

        Raises:
            LeaseLost: It is not live.
        """

        def work(tx: Connection) -> Held:
            lease = self._ledger.queue.find(tx, token)
            if lease is None:
                ended = ended_leases.find(tx, token)
                raise LeaseLost(ended.reference if ended else token)
            return Held(stored=claims.find(tx, lease.claim_id), lease=lease)

        return self._ledger.store.read(work)

    def extend(self, adjuster: str, name: str, *, hold: timedelta) -> Lease:
        """Hold on to a claim for ``hold`` from now.

        Raises:
            LeaseLost: The adjuster does not hold it.
            NoSuchClaim: There is none of this name.
        """

        def change(tx: Connection) -> Lease:
            lease = self._ledger.lease(tx, adjuster, name)
            return self._ledger.queue.extend(tx, lease, hold=hold)

        return self._ledger.queue_only(
            change,
            entries=lambda lease: (entry(adjuster, "lease extended", lease.claim_id),),
        )

    def accept(self, adjuster: str, name: str, *, note: str = "") -> StoredClaim:
        """Take a claim on: it is decided, and leaves the queue.

        Once more, by the same adjuster: nothing happens.

        Raises:
            LeaseLost: The adjuster does not hold it.
            NoSuchClaim: There is none of this name.
        """
        at = self._ledger.clock()

        def decide(tx: Connection, lease: Lease) -> tuple[StoredClaim, Note | None]:
            reference = lease.claim_id
            if not claims.decide(tx, reference, ACCEPTED, at):
                raise LeaseLost(reference)
            attention.close(tx, reference, at)
            ended_leases.keep(tx, _ended(lease, Deed.ACCEPTED))
            noted = notes.add(tx, reference, adjuster, note, at) if note else None
            decided = claims.find(tx, reference)
            self._ledger.announce(tx, EventType.DECIDED, decided)
            return decided, noted

        def entries(done: tuple[StoredClaim, Note | None]) -> Iterable[Entry]:
            decided, noted = done
            if noted:
                yield entry(adjuster, timeline.NOTED, noted.reference, id=noted.id)
            yield entry(adjuster, "claim accepted", decided.claim.reference)

        try:
            decided, _ = self._ledger.by_right(
                adjuster, name, decide, self._ledger.queue.ack, entries=entries
            )
        except LeaseLost:
            again = self._again(adjuster, name, Deed.ACCEPTED)
            if again is None:
                raise
            return self._ledger.store.claim(again)
        return decided

    def give_back(
        self, adjuster: str, name: str, *, reason: str, delay: timedelta = timedelta()
    ) -> str:
        """Return a claim to the queue, ready again after ``delay``; give its reference.

        The ``reason`` is noted for the next adjuster.  Once more, by the lease's id: nothing
        happens.

        Raises:
            LeaseLost: The adjuster does not hold it.
            NoSuchClaim: There is none of this name.
        """
        at = self._ledger.clock()

        def change(tx: Connection) -> Lease:
            lease = self._ledger.lease(tx, adjuster, name)
            self._ledger.queue.nack(tx, lease, reason=reason, delay=delay)
            return lease

        def keep(tx: Connection, lease: Lease) -> Note:
            ended_leases.keep(tx, _ended(lease, Deed.RETURNED))
            return notes.add(tx, lease.claim_id, adjuster, reason, at)

        try:
            lease = self._ledger.queue_first(
                change,
                keep,
                entries=lambda lease, noted: (
                    entry(adjuster, timeline.RETURNED, lease.claim_id, id=noted.id),
                ),
            )
        except LeaseLost:
            again = self._again(adjuster, name, Deed.RETURNED)
            if again is None:
                raise
            return again
        return lease.claim_id

    def ask(self, adjuster: str, name: str, text: str, *, slot: int | None = None) -> StoredClaim:
        """Ask the policyholder something; the claim is set aside until they answer.

        Args:
            adjuster: Who asks; it comes back to them first.
            name: The claim's reference, or the lease's id.
            text: The question, at most `LONGEST_TEXT` characters.
            slot: The photo that is wanted anew, from 1.

        Raises:
            LeaseLost: The adjuster does not hold it.
            NoSuchClaim: There is none of this name.
            NoSuchPhoto: It has no photo of this number.
            AlreadyAsked: Another claim of this policyholder waits for an answer.
        """
        at = self._ledger.clock()

        def ask(tx: Connection, lease: Lease) -> tuple[StoredClaim, Question]:
            reference = lease.claim_id
            was = claims.hold(tx, reference)
            photos = len(was.claim.photos)
            if slot is not None and not 1 <= slot <= photos:
                raise NoSuchPhoto(reference, slot, photos)
            if was.status is Status.DECIDED:
                raise LeaseLost(reference)
            if (other := claims.asked_in(tx, was.key)) is not None:
                raise AlreadyAsked(other)
            question = questions.add(tx, reference, adjuster, text, at, slot=slot)
            claims.set_status(tx, reference, Status.ASKED)
            errand = Errand(act=Act.ASKED, reference=reference, text=text, slot=slot)
            post(tx, was.key, errand, at)
            asked = claims.find(tx, reference)
            self._ledger.announce(tx, EventType.ASKED, asked)
            return asked, question

        def entries(done: tuple[StoredClaim, Question]) -> Iterable[Entry]:
            asked = done[1]
            return (entry(adjuster, timeline.ASKED, asked.reference, id=asked.id, slot=slot),)

        def park(tx: Connection, lease: Lease) -> None:
            self._ledger.queue.park(tx, lease)
            if claims.find(tx, lease.claim_id).status is not Status.ASKED:
                self._ledger.queue.unpark(tx, lease.claim_id)  # the answer was quicker

        asked, _ = self._ledger.by_right(adjuster, name, ask, park, entries=entries)
        return asked

    def recall(self, adjuster: str, name: str) -> StoredClaim:
        """Wait for an answer no longer: the claim is ready, first for who recalls it.

        One that waits for none is left as it is; an answer that comes later still joins it.

        Raises:
            NoSuchClaim: There is none of this name.
        """

        def work(tx: Connection) -> tuple[StoredClaim, bool]:
            was = claims.hold(tx, parse_reference(name) or name)
            if was.status is not Status.ASKED:
                return was, False
            claims.set_status(tx, was.claim.reference, Status.QUEUED)
            recalled = claims.find(tx, was.claim.reference)
            self._ledger.announce(tx, EventType.AMENDED, recalled)
            return recalled, True

        def unpark(tx: Connection, done: tuple[StoredClaim, bool]) -> None:
            stored, _ = done
            # Also when it was recalled before: a queue elsewhere may not have heard of it.
            if stored.status is not Status.DECIDED:
                self._ledger.queue.unpark(
                    tx, stored.claim.reference, prefer=adjuster, within=questions.KEPT_FOR_ASKER
                )

        def entries(done: tuple[StoredClaim, bool]) -> Iterable[Entry]:
            stored, is_recalled = done
            if is_recalled:
                yield entry(adjuster, "claim recalled", stored.claim.reference)

        stored, _ = self._ledger.store_first(work, unpark, entries=entries)
        return stored

    def _again(self, adjuster: str, name: str, deed: Deed) -> str | None:
        """Return the claim if the adjuster did this to it before: they may say so twice.

        What was returned goes by the lease's id only: the claim may have been taken again.
        """

        def work(tx: Connection) -> EndedLease | None:
            if is_token(name):
                return ended_leases.find(tx, name)
            if deed is Deed.ACCEPTED:
                return ended_leases.acceptance(tx, parse_reference(name) or name)
            return None

        ended = self._ledger.store.read(work)
        if ended is None or (ended.adjuster, ended.deed) != (adjuster, deed):
            return None
        return ended.reference


def _ended(lease: Lease, deed: Deed) -> EndedLease:
    return EndedLease(
        token=lease.token, reference=lease.claim_id, adjuster=lease.adjuster, deed=deed
    )
