"""The queue in memory, for tests and demos: what the contract means, in the fewest words.

Nothing survives the process.
"""
# ruff: noqa: ARG001, ARG002 - tx and engine are for queues that live in the claim database

import secrets
from collections.abc import Callable, Sequence
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
    """A claim's stay; one that is done keeps its last lease, so that an ack may be repeated."""

    claim_id: str
    due_at: datetime
    skills: frozenset[str]
    ready_at: datetime
    state: State = State.READY
    lease: Lease | None = None
    attempt: int = 0
    reasons: tuple[str, ...] = ()


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
            ]
            return [self._hand_over(entry, adjuster, now + hold) for entry in ready[: max(n, 0)]]

    def current(self, tx: Connection, claim_id: str) -> Lease | None:
        return self._live(lambda lease: lease.claim_id == claim_id)

    def find(self, tx: Connection, token: str) -> Lease | None:
        return self._live(lambda lease: lease.token == token)

    def _live(self, is_wanted: Callable[[Lease], bool]) -> Lease | None:
        with self._lock:
            now = self._clock()
            leases = (e.lease for e in self._entries.values() if e.state == State.LEASED)
            live = (lease for lease in leases if lease and lease.expires_at > now)
            return next(filter(is_wanted, live), None)

    def extend(self, tx: Connection, lease: Lease, *, hold: timedelta) -> Lease:
        with self._lock:
            now = self._clock()
            entry = self._held(lease, now)
            entry.lease = replace(lease, expires_at=now + hold)
            return entry.lease

    def ack(self, tx: Connection, lease: Lease) -> None:
        with self._lock:
            if not self._is_acked_by(lease):
                self._held(lease, self._clock()).state = State.DONE

    def nack(
        self, tx: Connection, lease: Lease, *, reason: str, delay: timedelta = timedelta()
    ) -> None:
        with self._lock:
            now = self._clock()
            self._give_back(self._held(lease, now), reason, now + delay)

    def park(self, tx: Connection, lease: Lease) -> None:
        with self._lock:
            entry = self._held(lease, self._clock())
            entry.state, entry.lease = State.PARKED, None
            entry.attempt -= 1

    def unpark(self, tx: Connection, claim_id: str) -> bool:
        with self._lock:
            entry = self._entries.get(claim_id)
            if entry is None or entry.state != State.PARKED:
                return False
            entry.state, entry.ready_at = State.READY, self._clock()
            return True

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
        entry.state = State.LEASED
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

    def _give_back(self, entry: _Entry, reason: str, ready_at: datetime) -> None:
        entry.state = State.DEAD if self._is_spent(entry) else State.READY
        entry.lease = None
        entry.ready_at = ready_at
        entry.reasons += (reason,)

    def _is_spent(self, entry: _Entry) -> bool:
        return entry.attempt >= MAX_DELIVERIES

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

    def _is_acked_by(self, lease: Lease) -> bool:
        entry = self._entries.get(lease.claim_id)
        return (
            entry is not None
            and entry.state == State.DONE
            and entry.lease is not None
            and entry.lease.token == lease.token
        )


def open_memory(url: str, engine: Engine) -> MemoryQueue:
    """Open an empty queue for ``memory:``; each call opens another."""
    return MemoryQueue()
