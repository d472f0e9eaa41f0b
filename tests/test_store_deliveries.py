"""What sinks are to be told lies in the claim database until they confirm it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from claimbot.store import Store, claims, deliveries
from claimbot.store.deliveries import Delivery, EventType, SinkState
from tests.databases import DATABASES, open_store
from tests.store_builders import ANN, MINUTE, NOON, claim, turn

HOUR = timedelta(hours=1)
HOLD = timedelta(seconds=60)
HOOK, STREAM = "https://claims.example/#1", "redis://r/claims#2"


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def announce(store: Store, reference: str, *sinks: str, revision: int = 1) -> None:
    """Tell sinks of a claim that was submitted."""
    store.write(
        lambda tx: deliveries.announce(
            tx, sinks or (HOOK,), EventType.SUBMITTED, reference, revision=revision, at=NOON
        )
    )


def take(store: Store, now: datetime = NOON, sink: str = HOOK, limit: int = 50) -> list[Delivery]:
    """Return what a sink is to be told now."""
    return store.write(lambda tx: deliveries.take(tx, sink, now, limit, HOLD))


def events(taken: list[Delivery]) -> list[str]:
    """Return which events these are about."""
    return [one.event_id for one in taken]


def log(store: Store, sink: str = HOOK) -> list[Delivery]:
    """Return what a sink was told, newest first."""
    return store.read(lambda tx: deliveries.log(tx, sink, limit=50))


def states(store: Store, *sinks: str) -> list[SinkState]:
    """Return how the sinks are doing."""
    return store.read(lambda tx: deliveries.states(tx, sinks))


def give_up(store: Store, sink: str = HOOK, at: datetime = NOON) -> None:
    """Fail for good to tell a sink what it is to be told."""
    for one in take(store, at, sink):
        store.write(lambda tx, one=one: deliveries.give_up(tx, one.id, at, "HTTP 500"))  # type: ignore[misc]


def test_every_sink_is_told_once_of_an_event(store: Store) -> None:
    """However often it is announced; the id is the same for each."""
    for _ in range(2):
        announce(store, "CB-1", HOOK, STREAM)
    announce(store, "CB-1", HOOK, STREAM, revision=2)

    for sink in (HOOK, STREAM):
        assert events(take(store, sink=sink)) == ["CB-1:1", "CB-1:2"]
    assert take(store, sink="nats://n/x#3") == []


def test_nothing_is_announced_without_a_sink(store: Store) -> None:
    """Most claimbots have none."""
    store.write(
        lambda tx: deliveries.announce(tx, (), EventType.ASKED, "CB-1", revision=1, at=NOON)
    )

    assert states(store) == []


def test_what_is_taken_is_left_alone_by_others_for_a_while(store: Store) -> None:
    """Also when who took it died."""
    for reference in ("CB-1", "CB-2", "CB-3"):
        announce(store, reference)

    assert events(take(store, limit=2)) == ["CB-1:1", "CB-2:1"]
    assert events(take(store)) == ["CB-3:1"]
    assert take(store) == []
    assert store.read(lambda tx: deliveries.next_due(tx, HOOK, NOON)) == NOON + HOLD
    assert events(take(store, NOON + HOLD)) == ["CB-1:1", "CB-2:1", "CB-3:1"]


def test_what_is_confirmed_is_not_told_again(store: Store) -> None:
    """Its log says when, and after how many tries."""
    announce(store, "CB-1")
    [one] = take(store)
    store.write(lambda tx: deliveries.put_off(tx, one.id, NOON + MINUTE, "HTTP 500"))
    assert [(one.state, one.failure) for one in log(store)] == [("waiting", "HTTP 500")]
    assert take(store) == []

    store.write(lambda tx: deliveries.confirm(tx, [one.id], NOON + MINUTE))

    [told] = log(store)
    assert (told.state, told.tries, told.settled_at) == ("confirmed", 2, NOON + MINUTE)
    assert told.failure is None
    assert take(store, NOON + HOUR) == []


def test_what_was_not_tried_is_let_go_at_once(store: Store) -> None:
    """By a process that stops; what others confirmed meanwhile stays so."""
    announce(store, "CB-1")
    announce(store, "CB-2")
    one, other = take(store)
    store.write(lambda tx: deliveries.confirm(tx, [other.id], NOON))

    store.write(lambda tx: deliveries.release(tx, [one.id, other.id]))

    assert events(take(store)) == ["CB-1:1"]


def test_what_is_given_up_is_seen_and_told_again_by_hand(store: Store) -> None:
    """One of them or all, as if it were new; what was confirmed too, by its name."""
    for reference in ("CB-1", "CB-2"):
        announce(store, reference)
    give_up(store)
    assert states(store) == [SinkState(name=HOOK, dead=2)]
    assert [one.state for one in log(store)] == ["dead", "dead"]

    assert store.write(lambda tx: deliveries.redeliver(tx, HOOK, "CB-2:1")) == 1
    [again] = take(store)
    assert (again.event_id, again.tries, again.failure) == ("CB-2:1", 0, None)
    store.write(lambda tx: deliveries.confirm(tx, [again.id], NOON))
    assert store.write(lambda tx: deliveries.redeliver(tx, HOOK)) == 1
    assert events(take(store)) == ["CB-1:1"]
    assert store.write(lambda tx: deliveries.redeliver(tx, HOOK, "CB-2:1")) == 1
    assert store.write(lambda tx: deliveries.redeliver(tx, HOOK, "CB-9:1")) == 0
    assert store.write(lambda tx: deliveries.redeliver(tx, STREAM)) == 0


def test_a_disabled_sink_is_told_nothing_until_it_is_enabled(store: Store) -> None:
    """What happens meanwhile waits for it; other sinks do not."""
    announce(store, "CB-1", HOOK, STREAM)
    for reason in ("HTTP 410", "HTTP 410 again"):
        store.write(lambda tx, reason=reason: deliveries.disable(tx, HOOK, NOON, reason))  # type: ignore[misc]
    announce(store, "CB-2")

    assert take(store) == []
    assert store.read(lambda tx: deliveries.next_due(tx, HOOK, NOON - MINUTE)) is None
    assert events(take(store, sink=STREAM)) == ["CB-1:1"]
    [hook, _] = states(store, HOOK)
    assert (hook.waiting, hook.disabled_at, hook.reason) == (2, NOON, "HTTP 410 again")

    assert store.write(lambda tx: deliveries.enable(tx, HOOK))
    assert not store.write(lambda tx: deliveries.enable(tx, HOOK))
    assert events(take(store)) == ["CB-1:1", "CB-2:1"]


def test_sinks_are_counted(store: Store) -> None:
    """Those that are configured first, and those that no longer are, with what is left of them."""
    announce(store, "CB-1", STREAM)

    assert states(store, HOOK) == [
        SinkState(name=HOOK),
        SinkState(name=STREAM, waiting=1, oldest_waiting=NOON),
    ]


def test_the_log_goes_back_page_by_page(store: Store) -> None:
    """Newest first."""
    for number in range(5):
        announce(store, f"CB-{number}")
    first = store.read(lambda tx: deliveries.log(tx, HOOK, limit=3))
    rest = store.read(lambda tx: deliveries.log(tx, HOOK, limit=3, before=first[-1].id))

    assert events(first + rest) == [f"CB-{number}:1" for number in (4, 3, 2, 1, 0)]


def watch(store: Store, before: datetime) -> int:
    """Look for undecided claims that the sink does not know of."""
    return store.write(lambda tx: deliveries.watch(tx, HOOK, before, before + HOUR, 7))


def test_an_undecided_claim_that_was_given_up_is_tried_once_more(store: Store) -> None:
    """And again after as long; it stays a dead letter meanwhile.  A decided one is left alone."""
    for number, name in enumerate(("CB-1", "CB-2")):
        store.record(turn(ANN, turn=number, claim=claim(name)))
        announce(store, name)
    give_up(store)
    store.write(lambda tx: claims.decide(tx, "CB-2", "accepted", NOON))
    assert watch(store, NOON - MINUTE) == 0

    assert watch(store, NOON) == 1

    [again] = take(store)
    assert (again.event_id, again.tries, again.failure) == ("CB-1:1", 7, "HTTP 500")
    assert watch(store, NOON + HOUR) == 0


def test_a_sink_learns_of_the_undecided_claims_of_before_it_was_there(store: Store) -> None:
    """Once, at the revision that they have then."""
    for number, name in enumerate(("CB-1", "CB-2")):
        store.record(turn(ANN, turn=number, claim=claim(name)))
    store.write(lambda tx: claims.decide(tx, "CB-2", "accepted", NOON))

    assert watch(store, NOON - MINUTE) == 0
    assert watch(store, NOON) == 1
    assert watch(store, NOON) == 0
    [told] = take(store)
    assert (told.event_id, told.event_type) == ("CB-1:1", "claim.submitted")
