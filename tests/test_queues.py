"""Every plug keeps the contract, and the contract notices a plug that does not."""
# ruff: noqa: ARG002 - a broken queue ignores what it should heed

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import Phase, settings
from sqlalchemy import Connection

from claimbot.queues import AdjusterQueue, Lease, State, open_queue
from claimbot.queues.memory import MemoryQueue, _Entry
from claimbot.queues.sql import SqlQueue
from tests.queue_contract import Plug, assert_keeps_contract, outcome, plug_named
from tests.queue_model import NOON

HOUR = timedelta(hours=1)
EXAMPLES = {"memory": 100, "sqlite": 30, "postgresql": 20, "elsewhere": 10}  # a few seconds each
SEARCH = settings(
    max_examples=1000, derandomize=True, database=None, deadline=None, phases=[Phase.generate]
)


@pytest.fixture(params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    """Every plug we bring, by its scheme, and one of a third party."""
    return str(request.param)


@pytest.fixture
def plug(name: str, tmp_path: Path) -> Iterator[Plug]:
    """Make a database of its own for the test."""
    with plug_named(name, tmp_path) as plug:
        yield plug


def test_whatever_adjusters_do_a_plug_answers_as_the_contract_says(name: str, plug: Plug) -> None:
    """Each plug is the model, as far as anyone can tell from outside."""
    assert_keeps_contract(plug, settings(max_examples=EXAMPLES[name], deadline=None))


def test_a_zombie_is_refused(plug: Plug) -> None:
    """Nothing is done under a lease that ran out, whether or not someone else has the next."""
    now = NOON
    queue = plug.open(lambda: now)
    with plug.engine.begin() as tx:
        queue.put(tx, "CB-1", due_at=NOON)
    (stale,) = take(queue, plug, "ann")
    now += HOUR

    lost = ["lease lost on CB-1"] * 4
    assert outcomes(queue, plug, stale) == lost
    (live,) = take(queue, plug, "bo")
    assert outcomes(queue, plug, stale) == lost
    with plug.engine.begin() as tx:
        assert queue.current(tx, "CB-1") == live
        assert queue.ack(tx, live)
    assert outcomes(queue, plug, stale) == lost


def test_two_adjusters_who_ask_at_once_never_get_the_same_claim(plug: Plug) -> None:
    """Promise 4, between threads: every claim is handed out, and once."""
    queue = plug.open(lambda: NOON)
    claims = [f"CB-{number:02}" for number in range(40)]
    with plug.engine.begin() as tx:
        for claim_id in claims:
            queue.put(tx, claim_id, due_at=NOON)
    both_ready = Barrier(2)

    def take_all(adjuster: str) -> list[str]:
        taken = []
        both_ready.wait()
        while leases := take(queue, plug, adjuster):
            taken += [lease.claim_id for lease in leases]
        return taken

    with ThreadPoolExecutor(2) as threads:
        taken = [*threads.map(take_all, ["ann", "bo"])]

    assert sorted(taken[0] + taken[1]) == claims


@pytest.mark.parametrize("name", ["memory", "sqlite", "postgresql"])
def test_a_queue_is_opened_by_the_scheme_of_its_url(name: str, plug: Plug) -> None:
    """Both SQL schemes open one class, in the claim database; all run on a real clock."""
    url = "memory:" if name == "memory" else plug.engine.url.render_as_string()
    queue = open_queue(url, plug.engine)

    assert isinstance(queue, MemoryQueue if name == "memory" else SqlQueue)
    assert queue.transactional == (name != "memory")
    with plug.engine.begin() as tx:
        queue.put(tx, "CB-1", due_at=NOON)
        (lease,) = queue.lease(tx, "ann", hold=HOUR)
        assert queue.current(tx, "CB-1") == lease
        assert lease.expires_at.utcoffset() == timedelta()
        queue.nack(tx, lease, reason="not mine", delay=HOUR)
        assert queue.depth(tx).delayed == 1


class NoFence(MemoryQueue):
    """Any token will do while the claim is held."""

    def _is_accepted(self, shown: Lease, held: Lease, now: datetime) -> bool:
        return super()._is_accepted(held, held, now)


class LateAckAccepted(MemoryQueue):
    """A lease that has run out will do while nobody else took the claim."""

    def _is_accepted(self, shown: Lease, held: Lease, now: datetime) -> bool:
        return shown.token == held.token


class NoFenceAndLateAckAccepted(MemoryQueue):
    """Any lease will do."""

    def _is_accepted(self, shown: Lease, held: Lease, now: datetime) -> bool:
        return True


class NoReaping(MemoryQueue):
    """A lease that has run out keeps the claim."""

    def _heal(self, now: datetime) -> None:
        pass


class NoDedup(MemoryQueue):
    """A claim that is put again starts again."""

    def put(
        self, tx: Connection, claim_id: str, *, due_at: datetime, skills: Sequence[str] = ()
    ) -> bool:
        self._entries.pop(claim_id, None)
        return super().put(tx, claim_id, due_at=due_at, skills=skills)


class NoAttemptsCap(MemoryQueue):
    """A claim comes back for ever."""

    def _is_spent(self, entry: _Entry) -> bool:
        return False


class ExpiredMayRepeat(MemoryQueue):
    """A lease that has run out is taken for the one that gave the claim back."""

    def _heal(self, now: datetime) -> None:
        held = {e.claim_id: e.lease for e in self._entries.values() if e.state == State.LEASED}
        super()._heal(now)
        for claim_id, lease in held.items():
            self._entries[claim_id].lease = lease


class RepeatDelays(MemoryQueue):
    """A claim of which it is said twice that it is given back is ready later."""

    def _was_ended_by(self, lease: Lease, *into: State) -> bool:
        was = super()._was_ended_by(lease, *into)
        if was:
            self._entries[lease.claim_id].ready_at += HOUR
        return was


class ReservationIgnored(MemoryQueue):
    """A claim that an adjuster waits for goes to whoever asks."""

    def _is_kept_from(self, adjuster: str, entry: _Entry, now: datetime) -> bool:
        return False


class ReservationForEver(MemoryQueue):
    """A claim waits for one adjuster, who may be on holiday."""

    def _is_kept_from(self, adjuster: str, entry: _Entry, now: datetime) -> bool:
        return super()._is_kept_from(adjuster, entry, NOON)


class ReservationKept(MemoryQueue):
    """A claim goes back to the adjuster who had it back, and does not want it."""

    def _hand_over(self, entry: _Entry, adjuster: str, until: datetime) -> Lease:
        reserved = entry.reserved
        lease = super()._hand_over(entry, adjuster, until)
        entry.reserved = reserved
        return lease


class ExpediteDelays(MemoryQueue):
    """A claim is due when it was said last, also when that is later."""

    def _is_sooner(self, due_at: datetime, entry: _Entry) -> bool:
        return due_at != entry.due_at


class FirstInFirstOut(MemoryQueue):
    """The claim that came first goes first, however urgent another is."""

    def _in_order(self) -> list[_Entry]:
        return list(self._entries.values())


@pytest.mark.parametrize(
    "mutant",
    [
        NoFence,
        LateAckAccepted,
        NoFenceAndLateAckAccepted,
        NoReaping,
        NoDedup,
        NoAttemptsCap,
        FirstInFirstOut,
        ExpiredMayRepeat,
        RepeatDelays,
        ReservationIgnored,
        ReservationForEver,
        ReservationKept,
        ExpediteDelays,
    ],
)
def test_the_contract_notices_what_is_broken(mutant: type[MemoryQueue], tmp_path: Path) -> None:
    """A queue with one fault does not pass, so that passing means something."""
    with plug_named("memory", tmp_path) as plug, pytest.raises(AssertionError):
        assert_keeps_contract(Plug(open=mutant, engine=plug.engine), SEARCH)


def outcomes(queue: AdjusterQueue, plug: Plug, lease: Lease) -> list[object]:
    """Return what is answered to everything that can be said by right of a lease."""
    says: list[Callable[[Connection], object]] = [
        lambda tx: queue.ack(tx, lease),
        lambda tx: queue.nack(tx, lease, reason="late"),
        lambda tx: queue.park(tx, lease),
        lambda tx: queue.extend(tx, lease, hold=HOUR),
    ]
    told = []
    for say in says:
        with plug.engine.begin() as tx:
            told.append(outcome(lambda say=say, tx=tx: say(tx)))  # type: ignore[misc]
    return told


def take(queue: AdjusterQueue, plug: Plug, adjuster: str) -> list[Lease]:
    """Lease a claim in a transaction of its own."""
    with plug.engine.begin() as tx:
        return queue.lease(tx, adjuster, hold=HOUR)
