"""What could not be handled or sent is kept, seen by people, and tried again when they say so."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from claimbot.store import Attention, Chat, Kind, Posting, Store, dead_letters, outbox
from claimbot.store.dead_letters import Direction, Name, Undelivered, parse_name
from tests.databases import DATABASES, open_store
from tests.store_builders import ANN, BO, MINUTE, NOON, claim, received, turn

LATER = NOON + 60 * MINUTE
BROKEN = Attention(reference="CB-1", reason="broken")


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def breaks(store: Store, key: Chat = ANN, *, at: timedelta = MINUTE) -> None:
    """Let a chat's first message be set aside after three tries, and another one wait."""
    store.receive([received("1", key, payload="poison"), received("2", key)], NOON)
    first = store.open_chat(key).waiting[0]
    for _ in range(2):
        store.postpone(first.id, NOON, "KeyError: 'x'", is_ours=True)
    store.set_aside(turn(key, at=NOON + at), first.id, "KeyError: 'x'", BROKEN)


def gives_up(store: Store, key: Chat = ANN, number: int = 0) -> None:
    """Let the first of a chat's two messages be given up at its second try."""
    store.record(turn(key, turn=number, say=("a1", "a2")))
    first = next(parcel for parcel in store.outgoing(NOON, limit=9) if parcel.key == key)
    store.retry(first.id, NOON, "KeyError: 'x'", is_ours=True)
    store.give_up(first.id, NOON + 2 * MINUTE, "Undeliverable: too long")


def seen(store: Store) -> list[Undelivered]:
    """Return what people see."""
    return store.read(dead_letters.undelivered)


def requeue(store: Store, name: Name) -> bool:
    """Put one back, an hour later."""
    return store.write(lambda tx: dead_letters.requeue(tx, name, LATER))


def test_people_see_what_was_for_nothing_and_why(store: Store) -> None:
    """Longest ago first, each by a name of its own and with the claim of its chat."""
    gives_up(store, BO)
    store.record(turn(BO, turn=1, claim=claim("CB-1")))
    store.record(turn(BO, turn=2, claim=claim("CB-2", submitted_at=NOON + MINUTE)))
    breaks(store)

    message, answer = seen(store)

    assert message == Undelivered(
        name=message.name,
        channel="telegram",
        reference=None,
        since=NOON + MINUTE,
        tries=3,
        failure="KeyError: 'x'",
    )
    assert answer == Undelivered(
        name=answer.name,
        channel="telegram",
        reference="CB-2",
        since=NOON + 2 * MINUTE,
        tries=2,
        failure="Undeliverable: too long",
    )
    assert str(message.name).startswith("message-")
    assert str(answer.name).startswith("answer-")
    assert store.counts().undelivered == {Direction.MESSAGE: 1, Direction.ANSWER: 1}


def test_what_waits_or_was_done_is_no_dead_letter(store: Store) -> None:
    """Nor is what nobody waits for: an extra that was switched off."""
    inspect = Posting(dedup_key="inspect", kind=Kind.INSPECT, body="{}")
    store.receive([received("1"), received("2")], NOON)
    done, waiting = store.open_chat(ANN).waiting
    store.postpone(done.id, NOON, "away")
    store.record(turn(inbox_id=done.id, say=("a1", "a2")))
    store.postpone(waiting.id, NOON, "away")
    (sent,) = store.outgoing(NOON, limit=9)
    store.retry(sent.id, NOON, "away")
    store.delivered(sent.id, NOON)
    store.retry(store.outgoing(NOON, limit=9)[0].id, NOON, "away")
    store.write(lambda tx: outbox.post(tx, BO, [inspect], NOON))
    store.give_up(store.outgoing(NOON, limit=9)[-1].id, NOON, "switched off")

    assert seen(store) == []
    assert store.counts().undelivered == {Direction.MESSAGE: 0, Direction.ANSWER: 0}


def test_a_message_that_is_put_back_is_handled_after_what_waits(store: Store) -> None:
    """As if it came now, once, and under the id by which a redelivery is known."""
    breaks(store)
    (letter,) = seen(store)

    assert requeue(store, letter.name)
    assert not requeue(store, letter.name)

    waiting, again = store.open_chat(ANN).waiting
    assert (waiting.payload, again.payload) == ("{}", "poison")
    assert (again.tries, again.faults) == (0, 0)
    assert (again.received_at, again.not_before) == (LATER, None)
    assert store.receive([received("1")], LATER) == 0
    assert seen(store) == []


def test_an_answer_that_is_put_back_is_sent_after_what_waits(store: Store) -> None:
    """As if it was said now: it is not late already."""
    gives_up(store)
    (letter,) = seen(store)

    assert requeue(store, letter.name)
    assert not requeue(store, letter.name)

    (first,) = store.outgoing(LATER, limit=9)
    store.delivered(first.id, LATER)
    (again,) = store.outgoing(LATER, limit=9)
    assert (first.body, again.body) == ("a2", "a1")
    assert (again.tries, again.faults, again.created_at) == (0, 0, LATER)
    store.delivered(again.id, LATER)
    assert seen(store) == []


def test_what_is_no_dead_letter_is_not_put_back(store: Store) -> None:
    """What was handled or sent is so once; what is not there is not."""
    store.receive([received("1")], NOON)
    store.record(turn(inbox_id=store.open_chat(ANN).waiting[0].id, say=("a1",)))
    store.delivered(store.outgoing(NOON, limit=1)[0].id, NOON)

    for number in (0, 1, 10**18 - 1):
        assert not any(requeue(store, Name(direction, number)) for direction in Direction)

    assert store.open_chat(ANN).waiting == ()
    assert store.outgoing(LATER, limit=9) == []


def test_a_chat_that_is_erased_leaves_no_dead_letter(store: Store) -> None:
    """Promise 9; and none can be put back."""
    breaks(store)
    gives_up(store, number=1)
    names = [letter.name for letter in seen(store)]

    store.erase(ANN, "adjuster:ann", NOON)

    assert len(names) == 2
    assert seen(store) == []
    assert not any(requeue(store, name) for name in names)


@pytest.mark.parametrize("name", ["", "message-", "message-x", "claim-1", "CB-0000-0000", "12"])
def test_what_is_no_name_of_one_names_none(name: str) -> None:
    """It may be a claim's reference."""
    assert parse_name(name) is None
    assert parse_name(" Message-12 ") == Name(Direction.MESSAGE, 12)


def test_people_and_relays_look_into_an_index(tmp_path: Path) -> None:
    """However much was handled and sent, it is not read to find these."""
    asked: list[tuple[str, Any]] = []
    with open_store("sqlite", tmp_path) as store:
        store.record(turn(say=("a1", "a2")))
        store.delivered(store.outgoing(NOON, limit=1)[0].id, NOON)

        @event.listens_for(store.engine, "before_cursor_execute")
        def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
            asked.append((statement, parameters))

        store.read(dead_letters.undelivered)
        store.read(dead_letters.count)
        assert store.take(NOON, limit=1, hold=MINUTE, gap=MINUTE) == []
        looks = [(sql, given) for sql, given in asked if sql.startswith("SELECT")]

        def steps(tx: Connection) -> list[str]:
            plans = (
                tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given) for sql, given in looks
            )
            return [step.detail for plan in plans for step in plan]

        found = store.read(steps)

    assert sum("inbox_set_aside" in step for step in found) == 2
    assert sum("outbox_given_up" in step for step in found) == 2
    assert any("outbox_chat (channel=? AND chat=? AND settled_at>?" in step for step in found)
    assert not [step for step in found if "SCAN" in step and "INDEX" not in step]
