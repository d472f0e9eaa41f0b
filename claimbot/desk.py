"""The adjuster's side: the one service behind the command line, and later the API and console."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from claimbot.claim import Draft
from claimbot.codec import load, plain
from claimbot.conversation import Conversation
from claimbot.errors import LeaseLost, NoSuchClaim
from claimbot.photos import PhotoStore
from claimbot.photos.copies import Copies, Variant
from claimbot.queues import AdjusterQueue, DeadLetter, Depth, Lease
from claimbot.reference import parse_reference
from claimbot.store import (
    Entry,
    Raised,
    Status,
    Store,
    StoredClaim,
    attention,
    claims,
    conversations,
    dead_letters,
)
from claimbot.store.dead_letters import Undelivered

ACCEPTED = "accepted"
LONGEST_REFERENCE = 20  # characters, as people write it; the id of a lease is too long to guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A claim and the lease on it."""

    stored: StoredClaim
    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Someone who waits for a person.

    ``reference`` is the sent claim's, or the one that ``draft``, what they gave so far, would be
    sent under.  ``words`` and ``files`` (SHA-256s) came with the call and are in no draft.
    """

    reference: str
    reason: str
    channel: str
    since: datetime
    draft: Draft
    words: str = ""
    files: tuple[str, ...] = ()


class Desk:
    """What adjusters do.  Every action is one transaction with its audit rows in it."""

    def __init__(
        self,
        *,
        store: Store,
        queue: AdjusterQueue,
        photos: PhotoStore,
        clock: Callable[[], datetime],
        copies: Copies,
    ) -> None:
        """Take what it works with; ``clock`` dates the audit, leases follow the queue's clock."""
        self._store = store
        self._queue = queue
        self._photos = photos
        self._clock = clock
        self._copies = copies

    def next(self, adjuster: str, *, hold: timedelta) -> Held | None:
        """Take the claim that is due first; None when none is ready."""

        def work(tx: Connection) -> Held | None:
            leases = self._queue.lease(tx, adjuster, hold=hold)
            if not leases:
                return None
            return Held(stored=claims.find(tx, leases[0].claim_id), lease=leases[0])

        def entries(held: Held | None) -> Iterable[Entry]:
            if held is None:
                return ()
            detail = json.dumps({"attempt": held.lease.attempt})
            return (self._entry(adjuster, "claim leased", held.lease.claim_id, detail),)

        return self._store.act(work, at=self._clock(), entries=entries)

    def extend(self, adjuster: str, name: str, *, hold: timedelta) -> Lease:
        """Hold on to a claim for ``hold`` from now.

        Raises:
            LeaseLost: The adjuster does not hold it.
            NoSuchClaim: There is none of this name.
        """

        def work(tx: Connection) -> Lease:
            return self._queue.extend(tx, self._lease(tx, adjuster, name), hold=hold)

        return self._store.act(
            work,
            at=self._clock(),
            entries=lambda lease: (self._entry(adjuster, "lease extended", lease.claim_id),),
        )

    def accept(self, adjuster: str, name: str) -> StoredClaim:
        """Take a claim on: it is decided, and leaves the queue.

        Raises:
            LeaseLost: The adjuster does not hold it.
            NoSuchClaim: There is none of this name.
        """

        def work(tx: Connection) -> StoredClaim:
            lease = self._lease(tx, adjuster, name)
            claims.decide(tx, lease.claim_id, ACCEPTED, self._clock())
            self._queue.ack(tx, lease)
            attention.close(tx, lease.claim_id, self._clock())
            return claims.find(tx, lease.claim_id)

        def entries(stored: StoredClaim) -> Iterable[Entry]:
            return (self._entry(adjuster, "claim accepted", stored.claim.reference),)

        return self._store.act(work, at=self._clock(), entries=entries)

    def give_back(
        self, adjuster: str, name: str, *, reason: str, delay: timedelta = timedelta()
    ) -> str:
        """Return a claim to the queue, ready again after ``delay``; give its reference.

        Raises:
            LeaseLost: The adjuster does not hold it.
            NoSuchClaim: There is none of this name.
        """

        def work(tx: Connection) -> str:
            lease = self._lease(tx, adjuster, name)
            self._queue.nack(tx, lease, reason=reason, delay=delay)
            return lease.claim_id

        return self._store.act(
            work,
            at=self._clock(),
            entries=lambda reference: (self._entry(adjuster, "claim returned", reference),),
        )

    def newest(self, status: Status | None = None, *, limit: int = 50) -> list[StoredClaim]:
        """Return claims, last submitted first."""
        return self._store.claims(status, limit=limit)

    def overview(
        self, status: Status | None = None, *, limit: int = 50
    ) -> list[tuple[StoredClaim, Lease | None]]:
        """Return claims, last submitted first, and who holds each."""

        def work(tx: Connection) -> list[tuple[StoredClaim, Lease | None]]:
            found = claims.newest(tx, status=status, limit=limit, before=None)
            return [(stored, self._queue.current(tx, stored.claim.reference)) for stored in found]

        return self._store.read(work)

    def show(self, name: str) -> tuple[StoredClaim, Lease | None]:
        """Return a claim and who holds it.

        Raises:
            NoSuchClaim: There is none of this name.
        """

        def work(tx: Connection) -> tuple[StoredClaim, Lease | None]:
            stored = claims.find(tx, parse_reference(name) or name)
            return stored, self._queue.current(tx, stored.claim.reference)

        return self._store.read(work)

    def file(self, sha256: str) -> bytes:
        """Return a photo's or form's bytes as they were sent.

        Raises:
            PhotoMissing: They are not there, or no longer what they were.
        """
        return self._photos.get(sha256)

    def picture(self, sha256: str, variant: Variant) -> bytes:
        """Return a photo as a JPEG to look at: small, upright, without anything its file says.

        Raises:
            PhotoMissing: It is not there, or no longer what it was.
            NoPicture: It is no photo.
            MachineBusy: There was no time to make the copy; ask again later.
            OSError: The photo store cannot be reached; same.
        """
        return self._copies.get(sha256, variant)

    def handovers(self) -> list[Handover]:
        """Return who waits for a person, longest first, and what they gave so far."""
        return self._handovers(lambda _: True)

    def handovers_of(self, name: str) -> list[Handover]:
        """Return the open calls for a person about a claim, or about a draft by its reference."""
        reference = parse_reference(name) or name
        return self._handovers(lambda call: call.attention.reference == reference)

    def take_over(self, adjuster: str, name: str) -> str:
        """Take a handover on, without a claim: it is no longer listed; return its reference.

        Raises:
            NoSuchClaim: Nobody waits under this reference.
        """
        reference = parse_reference(name) or name

        def work(tx: Connection) -> str:
            if not attention.close(tx, reference, self._clock()):
                raise NoSuchClaim(name)
            return reference

        return self._store.act(
            work,
            at=self._clock(),
            entries=lambda taken: (self._entry(adjuster, "handover taken", taken),),
        )

    def _handovers(self, is_wanted: Callable[[Raised], bool]) -> list[Handover]:
        def work(tx: Connection) -> list[Handover]:
            calls = filter(is_wanted, attention.raised(tx, open_only=True))
            return [self._handover(tx, call) for call in calls]

        return self._store.read(work)

    @staticmethod
    def _handover(tx: Connection, call: Raised) -> Handover:
        detail = json.loads(call.attention.detail)
        return Handover(
            reference=call.attention.reference,
            reason=call.attention.reason,
            channel=call.key.channel,
            since=call.raised_at,
            draft=_draft(conversations.open_chat(tx, call.key).state, call.attention.reference),
            words=detail.get("words", ""),
            files=tuple(detail.get("files", ())),
        )

    def depth(self) -> Depth:
        """Return how many claims the queue holds."""
        return self._store.read(self._queue.depth)

    def dead(self) -> list[DeadLetter]:
        """Return the claims that came back too often."""
        return self._store.read(self._queue.dead)

    def undelivered(self) -> list[Undelivered]:
        """Return the messages that were set aside and the answers given up, longest ago first."""
        return self._store.read(dead_letters.undelivered)

    def requeue(self, actor: str, name: str) -> bool:
        """Put a dead letter back where it was taken out; False when it is not one.

        Args:
            actor: Who does.
            name: A claim's reference, or what `Undelivered.name` says.
        """
        at = self._clock()
        lost = dead_letters.parse_name(name)
        what = lost.direction.value if lost else "claim"
        subject = str(lost or parse_reference(name) or name)

        def work(tx: Connection) -> bool:
            if lost is None:
                return self._queue.redrive(tx, subject)
            return dead_letters.requeue(tx, lost, at)

        return self._store.act(
            work,
            at=at,
            entries=lambda done: [self._entry(actor, f"{what} requeued", subject)] if done else [],
        )

    def _lease(self, tx: Connection, adjuster: str, name: str) -> Lease:
        """Return the adjuster's lease, by the claim's reference or by the lease's id."""
        reference = parse_reference(name)
        if reference is None and len(name) > LONGEST_REFERENCE:
            lease = self._queue.find(tx, name)
        else:
            lease = self._queue.current(tx, claims.find(tx, reference or name).claim.reference)
        if lease is None or lease.adjuster != adjuster:
            raise LeaseLost(lease.claim_id if lease else reference or name)
        return lease

    @staticmethod
    def _entry(actor: str, action: str, subject: str, detail: str = "{}") -> Entry:
        return Entry(actor=f"adjuster:{actor}", action=action, subject=subject, detail=detail)


def _draft(state: str | None, reference: str) -> Draft:
    """Return what a conversation collected for this reference; empty when that cannot be read."""
    try:
        conversation = load(Conversation, state or "")
    except ValueError:  # erased meanwhile, or kept by another version: the call is shown without
        return Draft()
    return conversation.draft if conversation.reference == reference else Draft()


def as_json(stored: StoredClaim, lease: Lease | None) -> dict[str, Any]:
    """Return a claim as the command line prints it: plain values, ready for ``json.dumps``.

    What was found in a photo after the claim was sent is among that photo's flags too.
    """
    claim = plain(stored.claim)
    for photo in claim["photos"]:
        found = [one.flag.value for one in stored.findings if one.sha256 == photo["sha256"]]
        photo["flags"] += [flag for flag in found if flag not in photo["flags"]]
    return {
        **claim,
        "findings": [plain(found) for found in stored.findings],
        "form": claim["form"] or None,
        "channel": stored.key.channel,
        "status": stored.status.value,
        "due_at": plain(stored.due_at),
        "decision": stored.decision,
        "decided_at": plain(stored.decided_at),
        "lease": lease and lease_as_json(lease),
    }


def handover_as_json(handover: Handover) -> dict[str, Any]:
    """Return a handover as the command line prints it, its draft in the form of a claim."""
    draft = plain(handover.draft)
    number = handover.draft.policy_number
    return {
        "reference": handover.reference,
        "status": "handover",
        "reason": handover.reason,
        "channel": handover.channel,
        "since": plain(handover.since),
        "policy_number": number and number.number,
        "photos": draft["photos"],
        "form": draft["form"] or None,
        "remarks": draft["remarks"],
        "priority": draft["priority"],
        "words": handover.words,
        "files": list(handover.files),
    }


def undelivered_as_json(letter: Undelivered) -> dict[str, Any]:
    """Return a message or an answer that is a dead letter as the command line prints it."""
    return {
        letter.name.direction.value: str(letter.name),
        "channel": letter.channel,
        "claim": letter.reference,
        "since": plain(letter.since),
        "tries": letter.tries,
        "reason": letter.failure,
    }


def lease_as_json(lease: Lease) -> dict[str, Any]:
    """Return a lease as the command line prints it."""
    return {
        "id": lease.token,
        "adjuster": lease.adjuster,
        "attempt": lease.attempt,
        "expires_at": plain(lease.expires_at),
    }
