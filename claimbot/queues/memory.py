"""The queue in memory, for tests and demos: what the contract means, in the fewest words.

Nothing survives the process.
"""
# ruff: noqa: ARG001, ARG002 - tx and engine are for queues that live in the claim database

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import Connection, Engine

from claimbot.errors import LeaseLost
from claimbot.queues import LEASE_EXPIRED, MAX_DELIVERIES, DeadLetter, Depth, Lease, State


def utc_now() -> datetime:
    """Return the time of this machine's clock."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class _Entry:
    """A claim's stay; it keeps the lease that ended it, or gave it back: that may be repeated."""

    claim_id: str
    due_at: datetime
    skills: frozenset[str]
    ready_at: datetime
    state: State = State.READY
    lease: Lease | None = None
    attempt: int = 0
    reasons: tuple[str, ...] = ()
    reserved: tuple[str, datetime] | None = None  # for whom, until when


class MemoryQueue:
    """A dictionary behind one lock."""

    transactional = False

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._lock = Lock()
        self._entries: dict[str, _Entry] = {}

    def put(
        self, tx: Connection, claim_id: str, *, due_at: datetime, skills: Sequence[str] = ()
    ) -> bool:
        with self._lock:
            if claim_id in self._entries:
                return False
            self._entries[claim_id] = _Entry(
                claim_id=claim_id, due_at=due_at, skills=frozenset(skills), ready_at=self._clock()
            )
            return True

    def lease(
        self,
        tx: Connection,
        adjuster: str,
        *,
        hold: timedelta,
        n: int = 1,
        skills: Sequence[str] = (),
    ) -> list[Lease]:
        with self._lock:
            now = self._clock()
            self._heal(now)
            ready = [
                entry
                for entry in self._in_order()
                if entry.state == State.READY
                and entry.ready_at <= now
                and entry.skills.issubset(skills)
                and not self._is_kept_from(adjuster, entry, now)
            ]
            return [self._hand_over(entry, adjuster, now + hold) for entry in ready[: max(n, 0)]]

    def current(self, tx: Connection, claim_id: str) -> Lease | None:
        return next(self._live(lambda lease: lease.claim_id == claim_id), None)

    def find(self, tx: Connection, token: str) -> Lease | None:
        return next(self._live(lambda lease: lease.token == token), None)

    def held(self, tx: Connection, adjuster: str) -> list[Lease]:
        live = self._live(lambda lease: lease.adjuster == adjuster)
        return sorted(live, key=lambda lease: (lease.expires_at, lease.claim_id))

    def _live(self, is_wanted: Callable[[Lease], bool]) -> Iterator[Lease]:
        with self._lock:
            now = self._clock()
            leases = (e.lease for e in self._entries.values() if e.state == State.LEASED)
            live = [lease for lease in leases if lease and lease.expires_at > now]
        return filter(is_wanted, live)

    def extend(self, tx: Connection, lease: Lease, *, hold: timedelta) -> Lease:
        with self._lock:
            now = self._clock()
            entry = self._held(lease, now)
            entry.lease = replace(lease, expires_at=now + hold)
            return entry.lease

    def ack(self, tx: Connection, lease: Lease) -> bool:
        with self._lock:
            if self._was_ended_by(lease, State.DONE):
                return False
            self._held(lease, self._clock()).state = State.DONE
            return True

    def nack(
        self, tx: Connection, lease: Lease, *, reason: str, delay: timedelta = timedelta()
    ) -> bool:
        with self._lock:
            if self._was_ended_by(lease, State.READY, State.DEAD):
                return False
            now = self._clock()
            self._give_back(self._held(lease, now), reason, now + delay)
            return True

    def park(self, tx: Connection, lease: Lease) -> None:
        with self._lock:
            entry = self._held(lease, self._clock())
            entry.state, entry.lease = State.PARKED, None
            entry.attempt -= 1

    def unpark(
        self,
        tx: Connection,
        claim_id: str,
        *,
        prefer: str | None = None,
        within: timedelta = timedelta(),
    ) -> bool:
        with self._lock:
            entry = self._entries.get(claim_id)
            if entry is None or entry.state != State.PARKED:
                return False
            now = self._clock()
            entry.state, entry.ready_at = State.READY, now
            entry.reserved = (prefer, now + within) if prefer is not None else None
            return True

    def expedite(self, tx: Connection, claim_id: str, *, due_at: datetime) -> bool:
        with self._lock:
            entry = self._entries.get(claim_id)
            if entry is None or entry.state == State.DONE or not self._is_sooner(due_at, entry):
                return False
            entry.due_at = due_at
            return True

    def forget(self, tx: Connection, claim_id: str) -> None:
        with self._lock:
            self._entries.pop(claim_id, None)

    def dead(self, tx: Connection) -> list[DeadLetter]:
        with self._lock:
            self._heal(self._clock())
            return [
                DeadLetter(claim_id=entry.claim_id, reasons=entry.reasons)
                for entry in self._in_order()
                if entry.state == State.DEAD
            ]

    def redrive(self, tx: Connection, claim_id: str) -> bool:
        with self._lock:
            now = self._clock()
            self._heal(now)
            entry = self._entries.get(claim_id)
            if entry is None or entry.state != State.DEAD:
                return False
            entry.state, entry.ready_at = State.READY, now
            entry.attempt, entry.reasons = 0, ()
            return True

    def depth(self, tx: Connection) -> Depth:
        with self._lock:
            now = self._clock()
            self._heal(now)
            entries = self._entries.values()
            states = [entry.state for entry in entries]
            waiting = [entry.ready_at for entry in entries if entry.state == State.READY]
            ready = [since for since in waiting if since <= now]
            return Depth(
                ready=len(ready),
                delayed=len(waiting) - len(ready),
                leased=states.count(State.LEASED),
                parked=states.count(State.PARKED),
                dead=states.count(State.DEAD),
                oldest_ready=min(ready, default=None),
            )

    def _in_order(self) -> list[_Entry]:
        return sorted(self._entries.values(), key=lambda entry: (entry.due_at, entry.claim_id))

    def _hand_over(self, entry: _Entry, adjuster: str, until: datetime) -> Lease:
        entry.attempt += 1
        entry.state, entry.reserved = State.LEASED, None
        entry.lease = Lease(
            claim_id=entry.claim_id,
            token=secrets.token_hex(32),
            adjuster=adjuster,
            attempt=entry.attempt,
            expires_at=until,
        )
        return entry.lease

    def _heal(self, now: datetime) -> None:
        """Give back what is held under a lease that has run out."""
        for entry in self._entries.values():
            if entry.state == State.LEASED and entry.lease and entry.lease.expires_at <= now:
                self._give_back(entry, LEASE_EXPIRED, entry.lease.expires_at)
                entry.lease = None

    def _give_back(self, entry: _Entry, reason: str, ready_at: datetime) -> None:
        entry.state = State.DEAD if self._is_spent(entry) else State.READY
        entry.ready_at = ready_at
        entry.reasons += (reason,)

    def _is_spent(self, entry: _Entry) -> bool:
        return entry.attempt >= MAX_DELIVERIES

    def _is_kept_from(self, adjuster: str, entry: _Entry, now: datetime) -> bool:
        if entry.reserved is None:
            return False
        whom, until = entry.reserved
        return whom != adjuster and until > now

    def _is_sooner(self, due_at: datetime, entry: _Entry) -> bool:
        return due_at < entry.due_at

    def _held(self, lease: Lease, now: datetime) -> _Entry:
        entry = self._entries.get(lease.claim_id)
        if (
            entry is None
            or entry.state != State.LEASED
            or entry.lease is None
            or not self._is_accepted(lease, entry.lease, now)
        ):
            raise LeaseLost(lease.claim_id)
        return entry

    def _is_accepted(self, shown: Lease, held: Lease, now: datetime) -> bool:
        return shown.token == held.token and held.expires_at > now

    def _was_ended_by(self, lease: Lease, *into: State) -> bool:
        entry = self._entries.get(lease.claim_id)
        return (
            entry is not None
            and entry.state in into
            and entry.lease is not None
            and entry.lease.token == lease.token
        )


def open_memory(url: str, engine: Engine) -> MemoryQueue:
    """Open an empty queue for ``memory:``; each call opens another."""
    return MemoryQueue()
