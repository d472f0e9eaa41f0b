"""What was recorded is delivered: in order within a chat, by one relay at a time."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection

from claimbot.store import Chat, Kind, Posting, Store, outbox
from tests.databases import DATABASES, open_store
from tests.store_builders import ANN, BO, MINUTE, NOON, claim, received, turn


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def bodies(store: Store) -> list[str]:
    """Return what a relay would deliver now."""
    return [parcel.body for parcel in store.outgoing(NOON, limit=9)]


def test_a_chat_is_told_one_thing_at_a_time_in_order(store: Store) -> None:
    """The second message is out only after the first; chats do not wait for each other."""
    store.record(turn(ANN, say=("a1", "a2")))
    store.record(turn(BO, say=("b1",)))
    assert bodies(store) == ["a1", "b1"]
    assert [parcel.body for parcel in store.outgoing(NOON, limit=1)] == ["a1"]

    first = store.outgoing(NOON, limit=9)[0]
    store.delivered(first.id, NOON)
    store.delivered(first.id, NOON + MINUTE)

    assert (first.key, first.kind, first.tries, first.created_at) == (ANN, Kind.SAY, 0, NOON)
    assert bodies(store) == ["a2", "b1"]
    assert store.transcript(ANN)[0].settled_at == NOON


def taken(store: Store, at: datetime, limit: int = 9) -> list[str]:
    """Return what a relay takes that leaves a minute between two messages to a chat."""
    return [
        parcel.body
        for parcel in store.take(at, limit=limit, hold=MINUTE, channels=None, gap=MINUTE)
    ]


def test_a_chat_is_left_in_peace_after_a_message(store: Store) -> None:
    """By every relay; a chat that was silent goes first, and it is known when to look again."""
    store.record(turn(ANN, say=("a1", "a2")))
    store.record(turn(BO, say=("b1",)))
    store.delivered(store.outgoing(NOON, limit=1)[0].id, NOON)
    just_before = NOON + MINUTE - timedelta(microseconds=1)

    assert taken(store, just_before, limit=1) == ["b1"]
    assert taken(store, just_before) == []
    assert store.next_due(just_before) == NOON + MINUTE
    assert taken(store, NOON + MINUTE) == ["a2"]


def test_only_messages_disturb_a_chat(store: Store) -> None:
    """A claim goes to its queue at once, and the receipt as soon as it is there."""
    store.record(turn(say=("a1",)))
    store.delivered(store.outgoing(NOON, limit=1)[0].id, NOON)
    store.record(turn(turn=1, claim=claim(), say=("receipt",)))

    (enqueue,) = store.take(NOON + MINUTE / 2, limit=9, hold=MINUTE, gap=MINUTE)
    store.delivered(enqueue.id, NOON + MINUTE)

    assert enqueue.kind is Kind.ENQUEUE
    assert taken(store, NOON + MINUTE) == ["receipt"]


def test_a_clock_that_was_set_back_silences_nobody(store: Store) -> None:
    """What was said in an hour from now was not said just now."""
    store.record(turn(say=("a1", "a2")))
    store.delivered(store.outgoing(NOON, limit=1)[0].id, NOON + 60 * MINUTE)

    assert taken(store, NOON) == ["a2"]


def test_a_failed_delivery_holds_up_its_own_chat_only(store: Store) -> None:
    """Nothing overtakes a message that is tried again."""
    store.record(turn(ANN, say=("a1", "a2")))
    store.record(turn(BO, say=("b1",)))

    store.retry(store.outgoing(NOON, limit=1)[0].id, NOON + MINUTE, "flood control")

    assert bodies(store) == ["b1"]
    again = store.outgoing(NOON + MINUTE, limit=1)[0]
    assert (again.body, again.tries) == ("a1", 1)


def test_our_own_failures_are_counted_apart(store: Store) -> None:
    """Of messages both ways: an outage is nobody's mistake."""
    store.receive([received("1")], NOON)
    store.record(turn(say=("a1",)))
    message, parcel = store.open_chat(ANN).waiting[0], store.outgoing(NOON, limit=1)[0]
    for is_ours in (False, True, False):
        store.postpone(message.id, NOON, "away", is_ours=is_ours)
        store.retry(parcel.id, NOON, "away", is_ours=is_ours)

    message, parcel = store.open_chat(ANN).waiting[0], store.outgoing(NOON, limit=1)[0]

    assert (message.tries, message.faults) == (3, 1)
    assert (parcel.tries, parcel.faults) == (3, 1)


def test_a_message_that_can_never_be_sent_lets_the_next_one_go(store: Store) -> None:
    """It stays in the transcript, with the reason."""
    store.record(turn(say=("a1", "a2")))

    store.give_up(store.outgoing(NOON, limit=1)[0].id, NOON, "too long")

    assert bodies(store) == ["a2"]
    line = store.transcript(ANN)[0]
    assert (line.body, line.settled_at, line.failure) == ("a1", NOON, "too long")


def test_a_delivery_that_succeeds_at_last_has_no_failure(store: Store) -> None:
    """A failure beside a settled message means that it was given up."""
    store.record(turn(say=("a1",)))
    parcel = store.outgoing(NOON, limit=1)[0]
    store.retry(parcel.id, NOON, "flood control")

    store.delivered(parcel.id, NOON)

    assert store.transcript(ANN)[0].failure is None


def test_a_blocked_chat_is_told_nothing_more_but_its_claim_is_queued(store: Store) -> None:
    """Promise 2 holds for someone who blocked the bot right after sending."""
    store.record(turn(ANN, say=("a1", "a2"), claim=claim()))
    store.record(turn(BO, say=("b1",)))

    store.give_up_chat(ANN, NOON, "blocked")

    left = store.outgoing(NOON, limit=9)
    assert [(parcel.key, parcel.kind) for parcel in left] == [
        (ANN, Kind.ENQUEUE),
        (BO, Kind.SAY),
    ]
    store.delivered(left[0].id, NOON)
    assert bodies(store) == ["b1"]


def test_a_claim_goes_to_the_queue_before_its_receipt_goes_out(store: Store) -> None:
    """Promise 2: the policyholder is told only of a claim that is in the queue."""
    store.record(turn(say=("receipt",), claim=claim("CB-7"), due_at=NOON + MINUTE))

    (parcel,) = store.outgoing(NOON, limit=9)

    assert parcel.kind == Kind.ENQUEUE
    assert json.loads(parcel.body) == {
        "reference": "CB-7",
        "due_at": "2026-03-01T12:01:00+00:00",
    }
    assert store.claim("CB-7").due_at == NOON + MINUTE
    store.delivered(parcel.id, NOON)
    assert bodies(store) == ["receipt"]


def test_a_queue_in_this_database_is_filled_in_the_same_transaction(store: Store) -> None:
    """Then there is nothing left to bring to it."""
    queued: list[str] = []

    def enqueue(tx: Connection) -> None:
        queued.append(tx.dialect.name)

    store.record(turn(say=("receipt",), claim=claim(), enqueue=enqueue))

    assert queued == [store.engine.dialect.name]
    assert bodies(store) == ["receipt"]
    assert store.claim("CB-1").due_at == claim().due_at


def test_a_posting_that_is_repeated_is_posted_once(store: Store) -> None:
    """Its key names it for ever, also after it was delivered."""
    posting = Posting(dedup_key="note 7", kind=Kind.SAY, body="one more photo, please")
    for _ in range(2):
        store.write(lambda tx: outbox.post(tx, ANN, [posting, posting], NOON))
        for parcel in store.outgoing(NOON, limit=9):
            store.delivered(parcel.id, NOON)

    assert [line.body for line in store.transcript(ANN)] == ["one more photo, please"]


def test_two_relays_never_take_the_same_parcel(store: Store) -> None:
    """Nobody is told a thing twice because two relays run."""
    for number in range(20):
        store.record(turn(Chat(channel="telegram", chat=str(number)), say=("hi",)))
    both_ready = Barrier(2)

    def relay(_: int) -> list[int]:
        taken = []
        both_ready.wait()
        while parcels := store.take(NOON, limit=3, hold=MINUTE):
            taken += [parcel.id for parcel in parcels]
        return taken

    with ThreadPoolExecutor(2) as relays:
        first, second = relays.map(relay, range(2))

    assert len(set(first + second)) == len(first + second) == 20


def test_a_parcel_whose_relay_died_is_taken_again(store: Store) -> None:
    """A hold ends by itself; what waits behind the parcel waits as long."""
    store.record(turn(say=("a1", "a2")))
    assert store.take(NOON, limit=9, hold=MINUTE, channels={"pigeon"}) == []
    (taken,) = store.take(NOON, limit=9, hold=MINUTE, channels={"telegram"})

    assert store.take(NOON + MINUTE / 2, limit=9, hold=MINUTE) == []
    assert store.take(NOON + MINUTE, limit=9, hold=MINUTE) == [taken]
