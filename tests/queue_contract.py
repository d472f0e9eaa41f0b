"""The contract of the adjuster queue: random use of a plug, compared with a simple model.

A plug keeps it when `assert_keeps_contract` returns.  Time is the model's, so nothing waits.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine, create_engine, delete
from sqlmodel import SQLModel

from claimbot.errors import LeaseLost
from claimbot.queues import MAX_DELIVERIES, AdjusterQueue, DeadLetter, Depth, Lease
from claimbot.queues.memory import MemoryQueue
from claimbot.queues.sql import SqlQueue
from claimbot.queues.sql.statements import QueueEntry, QueueSkill
from tests.databases import empty_database

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@dataclass(kw_only=True)
class Stay:
    """A claim's stay in the model; ``place`` is waiting, held, parked, dead or decided."""

    claim_id: str
    due_at: datetime
    skills: frozenset[str]
    ready_at: datetime
    place: str = "waiting"
    lease: Lease | None = None
    reasons: list[str] = field(default_factory=list)


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

    def next_ready(self, skills: Sequence[str]) -> list[Stay]:
        return [
            stay
            for stay in self.among("waiting")
            if stay.ready_at <= self.now and stay.skills <= set(skills)
        ]

    def give_out(self, lease: Lease) -> None:
        stay = self.stays[lease.claim_id]
        stay.place, stay.lease = "held", lease

    def current(self, claim_id: str) -> Lease | None:
        return next((s.lease for s in self.among("held") if s.claim_id == claim_id), None)

    def find(self, token: str) -> Lease | None:
        held = (s.lease for s in self.among("held"))
        return next((lease for lease in held if lease and lease.token == token), None)

    def extend(self, lease: Lease, hold: timedelta) -> Lease:
        stay = self.held_by(lease)
        stay.lease = replace(lease, expires_at=self.now + hold)
        return stay.lease

    def ack(self, lease: Lease) -> None:
        stay = self.stays[lease.claim_id]
        again = stay.place == "decided" and stay.lease and stay.lease.token == lease.token
        if not again:
            self.held_by(lease).place = "decided"

    def nack(self, lease: Lease, reason: str, delay: timedelta) -> None:
        self.come_back(self.held_by(lease), reason, self.now + delay)

    def park(self, lease: Lease) -> None:
        stay = self.held_by(lease)
        stay.place, stay.lease = "parked", None

    def unpark(self, claim_id: str) -> bool:
        parked = [stay for stay in self.among("parked") if stay.claim_id == claim_id]
        for stay in parked:
            stay.place, stay.ready_at = "waiting", self.now
        return bool(parked)

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


def outcome(call: Callable[[], object]) -> object:
    """Return what a call answers, or that the lease was lost: on which claim."""
    try:
        return call()
    except LeaseLost as lost:
        return f"lease lost on {lost.claim_id}"


def minutes(least: int, most: int) -> st.SearchStrategy[timedelta]:
    """Few and whole, so that things happen at the same instant."""
    return st.integers(least, most).map(lambda whole: timedelta(minutes=whole))


CLAIMS = st.sampled_from(["CB-1", "CB-2", "CB-3"])
REASONS = st.sampled_from(["not mine", 'lines\nand "quotes"', "\0 \u2028 \ud800 é", ""])
SKILLS = st.sampled_from([(), ("glass",), ("glass", "van"), ("glass", "glass")])


@dataclass(frozen=True, kw_only=True)
class Plug:
    """How to open an empty queue on a clock, and the database whose transactions it is given."""

    open: Callable[[Callable[[], datetime]], AdjusterQueue]
    engine: Engine


class Contract(RuleBasedStateMachine):
    """Whatever adjusters do, the plug answers what the model answers."""

    leases: Bundle[Lease] = Bundle("leases")

    def __init__(self, plug: Plug) -> None:
        super().__init__()
        self.model = Model()
        self.engine = plug.engine
        self.queue = plug.open(lambda: self.model.now)
        self.tokens: set[str] = set()

    def ask(self, call: Callable[[Connection], object]) -> object:
        with self.engine.begin() as tx:
            return outcome(lambda: call(tx))

    def same(self, call: Callable[[Connection], object], told: Callable[[], object]) -> None:
        assert self.ask(call) == outcome(told)

    @initialize()
    def put_two(self):
        self.put("CB-1", timedelta(minutes=1), ())
        self.put("CB-2", timedelta(), ("glass",))

    @rule(claim_id=CLAIMS, due=minutes(0, 3), skills=SKILLS)
    def put(self, claim_id, due, skills):
        due_at = NOON + due
        self.same(
            lambda tx: self.queue.put(tx, claim_id, due_at=due_at, skills=skills),
            lambda: self.model.put(claim_id, due_at, skills),
        )

    @rule(
        target=leases,
        adjuster=st.sampled_from(["ann", "bo"]),
        hold=minutes(1, 4),
        n=st.integers(-1, 3),
        skills=SKILLS,
    )
    def lease(self, adjuster, hold, n, skills):
        return multiple(*self.take(adjuster, hold, n, skills))

    def take(self, adjuster: str, hold: timedelta, n: int, skills: Sequence[str]) -> list[Lease]:
        with self.engine.begin() as tx:
            leases = self.queue.lease(tx, adjuster, hold=hold, n=n, skills=skills)

        assert [replace(lease, token="") for lease in leases] == [
            Lease(
                claim_id=stay.claim_id,
                token="",
                adjuster=adjuster,
                attempt=len(stay.reasons) + 1,
                expires_at=self.model.now + hold,
            )
            for stay in self.model.next_ready(skills)[: max(n, 0)]
        ]
        for lease in leases:
            assert lease.token not in self.tokens
            assert lease.token.isalnum()  # typed after a command, it is taken for no option
            self.tokens.add(lease.token)
            self.model.give_out(lease)
        return leases

    @rule(time=minutes(1, 4))
    def wait(self, time):
        self.model.wait(time)

    @rule(reason=REASONS)
    def take_all_and_give_back(self, reason):
        for lease in self.take("ann", timedelta(minutes=1), 3, ("glass", "van")):
            self.nack(lease, reason, timedelta())

    @rule(lease=leases, act=st.sampled_from(["extend", "ack", "nack", "park"]))
    def come_back_just_too_late(self, lease, act):
        self.model.wait(max(timedelta(), lease.expires_at - self.model.now))
        match act:
            case "extend":
                self.extend(lease, timedelta(minutes=1))
            case "nack":
                self.nack(lease, "late", timedelta())
            case _:
                getattr(self, act)(lease)

    @rule(lease=leases, hold=minutes(1, 4))
    def extend(self, lease, hold):
        self.same(
            lambda tx: self.queue.extend(tx, lease, hold=hold),
            lambda: self.model.extend(lease, hold),
        )

    @rule(lease=leases)
    def ack(self, lease):
        self.same(lambda tx: self.queue.ack(tx, lease), lambda: self.model.ack(lease))

    @rule(lease=leases, reason=REASONS, delay=minutes(0, 2))
    def nack(self, lease, reason, delay):
        self.same(
            lambda tx: self.queue.nack(tx, lease, reason=reason, delay=delay),
            lambda: self.model.nack(lease, reason, delay),
        )

    @rule(lease=leases)
    def park(self, lease):
        self.same(lambda tx: self.queue.park(tx, lease), lambda: self.model.park(lease))

    @rule(claim_id=CLAIMS)
    def unpark(self, claim_id):
        self.same(lambda tx: self.queue.unpark(tx, claim_id), lambda: self.model.unpark(claim_id))

    @rule(claim_id=CLAIMS)
    def redrive(self, claim_id):
        self.same(
            lambda tx: self.queue.redrive(tx, claim_id), lambda: self.model.redrive(claim_id)
        )

    @rule(lease=leases, claim_id=CLAIMS)
    def use_a_lease_on_another_claim(self, lease, claim_id):
        if claim_id != lease.claim_id:
            crossed = replace(lease, claim_id=claim_id)
            lost = f"lease lost on {claim_id}"
            assert self.ask(lambda tx: self.queue.ack(tx, crossed)) == lost

    @rule(claim_id=CLAIMS)
    def current(self, claim_id):
        self.same(
            lambda tx: self.queue.current(tx, claim_id), lambda: self.model.current(claim_id)
        )

    @rule(lease=leases)
    def find(self, lease):
        self.same(
            lambda tx: self.queue.find(tx, lease.token), lambda: self.model.find(lease.token)
        )

    # A rule, not an invariant: a look may heal, and would hide a plug that forgets to elsewhere.
    @rule()
    def look(self):
        self.same(
            lambda tx: (self.queue.depth(tx), self.queue.dead(tx)),
            lambda: (self.model.depth(), self.model.dead()),
        )


def assert_keeps_contract(plug: Plug, rules: settings) -> None:
    """Use the plug at random, as long as ``rules`` says.

    Raises:
        AssertionError: It answered otherwise than the model.
    """

    class Kept(Contract):
        def __init__(self) -> None:
            super().__init__(plug)

    run_state_machine_as_test(Kept, settings=rules)


@contextmanager
def plug_named(name: str, folder: Path) -> Iterator[Plug]:
    """Make ready memory, sqlite or postgresql."""
    with database("sqlite" if name == "memory" else name, folder) as engine:

        def open_emptied(clock: Callable[[], datetime]) -> AdjusterQueue:
            with engine.begin() as tx:
                tx.execute(delete(QueueSkill))
                tx.execute(delete(QueueEntry))
            return SqlQueue(clock)

        yield Plug(open=MemoryQueue if name == "memory" else open_emptied, engine=engine)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Engine]:
    """Make a throw-away claim database, sqlite or postgresql, with the queue's tables."""
    with empty_database(kind, folder) as url:
        engine = create_engine(url)
        tables = [SQLModel.metadata.tables[name] for name in ("queue_entry", "queue_skill")]
        SQLModel.metadata.create_all(engine, tables)
        try:
            yield engine
        finally:
            engine.dispose()
