"""The contract of the adjuster queue: random use of a plug, compared with a simple model.

A plug keeps it when `assert_keeps_contract` returns.  Time is the model's, so nothing waits.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

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
from claimbot.queues import AdjusterQueue, Lease
from claimbot.queues.memory import MemoryQueue
from claimbot.queues.sql import SqlQueue
from claimbot.queues.sql.statements import QueueEntry, QueueSkill
from tests.databases import DATABASES, empty_database, open_store
from tests.killed.elsewhere import Elsewhere
from tests.queue_model import NOON, Model


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
ADJUSTERS = st.sampled_from(["ann", "bo"])


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
        adjuster=ADJUSTERS,
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
            for stay in self.model.next_ready(adjuster, skills)[: max(n, 0)]
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

    @rule(lease=leases)
    def ack_twice(self, lease):
        self.ack(lease)
        self.ack(lease)

    @rule(lease=leases, reason=REASONS)
    def nack_twice(self, lease, reason):
        self.nack(lease, reason, timedelta())
        self.nack(lease, "again", timedelta(minutes=1))

    @rule(claim_id=CLAIMS, prefer=st.none() | ADJUSTERS, within=minutes(0, 3))
    def unpark(self, claim_id, prefer, within):
        self.same(
            lambda tx: self.queue.unpark(tx, claim_id, prefer=prefer, within=within),
            lambda: self.model.unpark(claim_id, prefer, within),
        )

    @rule(within=minutes(1, 3), time=minutes(0, 4), first=ADJUSTERS)
    def reserve_all_for_ann_who_gives_them_back(self, within, time, first):
        for lease in self.take("ann", timedelta(minutes=1), 3, ("glass", "van")):
            self.park(lease)
            self.unpark(lease.claim_id, "ann", within)
        self.model.wait(time)
        for adjuster in (first, "ann", "bo"):
            for lease in self.take(adjuster, timedelta(minutes=1), 1, ("glass", "van")):
                self.nack(lease, "not mine", timedelta())

    @rule(claim_id=CLAIMS, due=minutes(-1, 3))
    def expedite(self, claim_id, due):
        self.same(
            lambda tx: self.queue.expedite(tx, claim_id, due_at=NOON + due),
            lambda: self.model.expedite(claim_id, NOON + due),
        )

    @rule(claim_id=CLAIMS)
    def forget(self, claim_id):
        self.same(lambda tx: self.queue.forget(tx, claim_id), lambda: self.model.forget(claim_id))

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

    @rule(adjuster=ADJUSTERS)
    def held(self, adjuster):
        self.same(lambda tx: self.queue.held(tx, adjuster), lambda: self.model.held(adjuster))

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
    """Make ready memory, sqlite, postgresql, or one that is elsewhere than the claim database."""

    def empty(tx: Connection) -> None:
        tx.execute(delete(QueueSkill))
        tx.execute(delete(QueueEntry))

    def open_here(clock: Callable[[], datetime]) -> AdjusterQueue:
        with engine.begin() as tx:
            empty(tx)
        return SqlQueue(clock)

    def open_elsewhere(clock: Callable[[], datetime]) -> AdjusterQueue:
        store.write(empty)
        return Elsewhere(store, clock)

    kind = name if name in DATABASES else "sqlite"
    with database(kind, folder) as engine, TemporaryDirectory(dir=folder) as apart:
        if name != "elsewhere":
            yield Plug(open=MemoryQueue if name == "memory" else open_here, engine=engine)
            return
        with open_store("sqlite", Path(apart)) as store:
            yield Plug(open=open_elsewhere, engine=engine)


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
