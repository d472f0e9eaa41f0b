"""Every plug keeps the contract, and the contract notices a plug that does not."""
# ruff: noqa: ARG002 - a broken queue ignores what it should heed

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import Phase, settings
from sqlalchemy import Connection

from claimbot.queues import AdjusterQueue, Lease, open_queue
from claimbot.queues.memory import MemoryQueue, _Entry
from claimbot.queues.sql import SqlQueue
from tests.queue_contract import NOON, Plug, assert_keeps_contract, plug_named

HOUR = timedelta(hours=1)
EXAMPLES = {"memory": 100, "sqlite": 30, "postgresql": 20}  # a few seconds each
SEARCH = settings(
    max_examples=1000, derandomize=True, database=None, deadline=None, phases=[Phase.generate]
)


@pytest.fixture(params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    """Every plug we bring, by its scheme."""
    return str(request.param)


@pytest.fixture
def plug(name: str, tmp_path: Path) -> Iterator[Plug]:
    """Make a database of its own for the test."""
    with plug_named(name, tmp_path) as plug:
        yield plug


def test_whatever_adjusters_do_a_plug_answers_as_the_contract_says(name: str, plug: Plug) -> None:
    """Each plug is the model, as far as anyone can tell from outside."""
    assert_keeps_contract(plug, settings(max_examples=EXAMPLES[name], deadline=None))


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
    ],
)
def test_the_contract_notices_what_is_broken(mutant: type[MemoryQueue], tmp_path: Path) -> None:
    """A queue with one fault does not pass, so that passing means something."""
    with plug_named("memory", tmp_path) as plug, pytest.raises(AssertionError):
        assert_keeps_contract(Plug(open=mutant, engine=plug.engine), SEARCH)


def take(queue: AdjusterQueue, plug: Plug, adjuster: str) -> list[Lease]:
    """Lease a claim in a transaction of its own."""
    with plug.engine.begin() as tx:
        return queue.lease(tx, adjuster, hold=HOUR)
