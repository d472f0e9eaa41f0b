"""What the adjuster queue promises, as a model that every plug is compared with.

It knows nothing of tokens but that they differ, and heals at once what expires.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from claimbot.errors import LeaseLost
from claimbot.queues import MAX_DELIVERIES, DeadLetter, Depth, Lease

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@dataclass(kw_only=True)
class Stay:
    """A claim's stay; ``place`` is waiting, held, parked, dead or decided."""

    claim_id: str
    due_at: datetime
    skills: frozenset[str]
    ready_at: datetime
    place: str = "waiting"
    lease: Lease | None = None
    reasons: list[str] = field(default_factory=list)
    returned_by: str | None = None  # the token that `nack` was called with last
    kept_for: str | None = None
    kept_until: datetime = NOON


class Model:
    """What a queue promises, with the clock inside: leases expire while time passes."""

    def __init__(self) -> None:
        self.now = NOON
        self.stays: dict[str, Stay] = {}

    def wait(self, time: timedelta) -> None:
        self.now += time
        for stay in self.among("held"):
            assert stay.lease is not None
            if stay.lease.expires_at <= self.now:
                self.come_back(stay, "lease expired", stay.lease.expires_at)

    def put(self, claim_id: str, due_at: datetime, skills: Sequence[str]) -> bool:
        new = claim_id not in self.stays
        if new:
            self.stays[claim_id] = Stay(
                claim_id=claim_id, due_at=due_at, skills=frozenset(skills), ready_at=self.now
            )
        return new

    def next_ready(self, adjuster: str, skills: Sequence[str]) -> list[Stay]:
        return [
            stay
            for stay in self.among("waiting")
            if stay.ready_at <= self.now and stay.skills <= set(skills)
            if stay.kept_for in {None, adjuster} or stay.kept_until <= self.now
        ]

    def give_out(self, lease: Lease) -> None:
        stay = self.stays[lease.claim_id]
        stay.place, stay.lease = "held", lease
        stay.kept_for = stay.returned_by = None

    def current(self, claim_id: str) -> Lease | None:
        return next((s.lease for s in self.among("held") if s.claim_id == claim_id), None)

    def find(self, token: str) -> Lease | None:
        held = (s.lease for s in self.among("held"))
        return next((lease for lease in held if lease and lease.token == token), None)

    def held(self, adjuster: str) -> list[Lease]:
        held = (s.lease for s in self.among("held"))
        theirs = (lease for lease in held if lease and lease.adjuster == adjuster)
        return sorted(theirs, key=lambda lease: (lease.expires_at, lease.claim_id))

    def extend(self, lease: Lease, hold: timedelta) -> Lease:
        stay = self.held_by(lease)
        stay.lease = replace(lease, expires_at=self.now + hold)
        return stay.lease

    def ack(self, lease: Lease) -> bool:
        stay = self.stays.get(lease.claim_id)
        if stay and stay.place == "decided" and stay.lease and stay.lease.token == lease.token:
            return False
        self.held_by(lease).place = "decided"
        return True

    def nack(self, lease: Lease, reason: str, delay: timedelta) -> bool:
        stay = self.stays.get(lease.claim_id)
        if stay and stay.returned_by == lease.token:
            return False
        stay = self.held_by(lease)
        self.come_back(stay, reason, self.now + delay)
        stay.returned_by = lease.token
        return True

    def park(self, lease: Lease) -> None:
        stay = self.held_by(lease)
        stay.place, stay.lease = "parked", None

    def unpark(self, claim_id: str, prefer: str | None, within: timedelta) -> bool:
        parked = [stay for stay in self.among("parked") if stay.claim_id == claim_id]
        for stay in parked:
            stay.place, stay.ready_at = "waiting", self.now
            stay.kept_for, stay.kept_until = prefer, self.now + within
        return bool(parked)

    def expedite(self, claim_id: str, due_at: datetime) -> bool:
        stay = self.stays.get(claim_id)
        sooner = stay is not None and stay.place != "decided" and due_at < stay.due_at
        if stay and sooner:
            stay.due_at = due_at
        return sooner

    def forget(self, claim_id: str) -> None:
        self.stays.pop(claim_id, None)

    def dead(self) -> list[DeadLetter]:
        return [
            DeadLetter(claim_id=stay.claim_id, reasons=tuple(stay.reasons))
            for stay in self.among("dead")
        ]

    def redrive(self, claim_id: str) -> bool:
        dead = [stay for stay in self.among("dead") if stay.claim_id == claim_id]
        for stay in dead:
            stay.place, stay.ready_at, stay.reasons = "waiting", self.now, []
        return bool(dead)

    def depth(self) -> Depth:
        ready = [stay.ready_at for stay in self.among("waiting") if stay.ready_at <= self.now]
        return Depth(
            ready=len(ready),
            delayed=len(self.among("waiting")) - len(ready),
            leased=len(self.among("held")),
            parked=len(self.among("parked")),
            dead=len(self.among("dead")),
            oldest_ready=min(ready, default=None),
        )

    def among(self, place: str) -> list[Stay]:
        there = [stay for stay in self.stays.values() if stay.place == place]
        return sorted(there, key=lambda stay: (stay.due_at, stay.claim_id))

    def held_by(self, lease: Lease) -> Stay:
        held = self.current(lease.claim_id)
        if held is None or held.token != lease.token:
            raise LeaseLost(lease.claim_id)
        return self.stays[lease.claim_id]

    def come_back(self, stay: Stay, reason: str, ready_at: datetime) -> None:
        stay.reasons.append(reason)
        stay.place = "dead" if len(stay.reasons) == MAX_DELIVERIES else "waiting"
        stay.ready_at, stay.lease = ready_at, None
