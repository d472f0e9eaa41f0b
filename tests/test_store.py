"""Messages come in once, are handled in order, and a turn is recorded as a whole."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, text

from claimbot.errors import TurnTaken
from claimbot.store import Attention, Chat, KeptFile, Status, Store
from claimbot.store.conversations import OPENED_AT_ONCE
from tests.databases import DATABASES, open_store
from tests.store_builders import ANN, BO, CAS, MINUTE, NOON, claim, kept, received, turn

BROKEN = Attention(reference="CB-1", reason="broken")


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def test_a_message_that_arrives_twice_is_kept_once(store: Store) -> None:
    """Promise 3: a second delivery changes nothing, in the same batch, later or when handled."""
    assert store.receive([received("1"), received("1", payload="again")], NOON) == 1
    (first,) = store.open_chat(ANN).waiting
    store.record(turn(inbox_id=first.id))
    was = kept(store)

    assert store.receive([received("1", payload="again")], NOON + MINUTE) == 0

    assert kept(store) == was
    assert store.receive([received("1", key=CAS)], NOON) == 1, "an id is its channel's own"


def test_a_batch_is_kept_in_its_order_and_an_empty_one_is_nothing(store: Store) -> None:
    """Events of one chat are handled in the order in which they came."""
    assert store.receive([], NOON) == 0
    assert store.receive([received(name, payload=name) for name in "cab"], NOON) == 3

    assert [message.payload for message in store.open_chat(ANN).waiting] == ["c", "a", "b"]


def test_what_no_database_can_keep_is_replaced(store: Store) -> None:
    """Promise 5: neither U+0000 nor half a character stops the intake."""
    store.receive([received("1\0\ud83d", payload="a\0b\ud83dc")], NOON)

    (message,) = store.open_chat(ANN).waiting
    assert message.payload == "a\N{REPLACEMENT CHARACTER}b?c"


def test_numbers_beyond_32_bits_are_kept(store: Store) -> None:
    """Chats, row ids and sizes are 64 bits wide on every database."""

    def skip_ahead(tx: Connection) -> None:
        if tx.dialect.name == "sqlite":
            tx.execute(text("INSERT INTO sqlite_sequence VALUES ('inbox', 1099511627776)"))
        else:
            tx.execute(text("SELECT setval('inbox_id_seq', 1099511627776)"))

    store.write(skip_ahead)
    file = KeptFile(sha256="f" * 64, facts=None, media_type="video/mp4", size=2**40)
    store.receive([received("1", key=BO)], NOON)
    store.keep_file(BO, file, NOON)

    (message,) = store.open_chat(BO).waiting
    store.record(turn(BO, inbox_id=message.id, turn=0))

    assert message.id == 2**40 + 1
    assert store.waiting_chats(NOON, limit=9) == []
    assert store.kept_file(file.sha256) == file


def test_moments_come_back_in_utc(store: Store) -> None:
    """A moment that was told in another zone is the same moment, and sorts as such."""
    amsterdam = timezone(timedelta(hours=1))
    store.receive([received("1")], NOON.astimezone(amsterdam))

    (message,) = store.open_chat(ANN).waiting

    assert message.received_at == NOON
    assert message.received_at.tzinfo is UTC


def test_the_chat_that_was_served_longest_ago_is_first_and_each_is_there_once(
    store: Store,
) -> None:
    """A flood in one chat does not hold up another; one that was never served comes first."""
    store.receive([received(f"ann {number}") for number in range(5)], NOON)
    store.receive([received("cas", CAS)], NOON + MINUTE)
    assert store.waiting_chats(NOON + MINUTE, limit=9) == [ANN, CAS]

    store.record(turn(BO, wake_at=NOON + MINUTE))
    store.record(turn(ANN, at=NOON + MINUTE / 2))

    assert store.waiting_chats(NOON + MINUTE, limit=9) == [CAS, BO, ANN]
    assert store.waiting_chats(NOON + MINUTE, limit=2) == [CAS, BO]


def test_a_process_is_given_the_chats_of_its_channels(store: Store) -> None:
    """One that does not speak WhatsApp leaves its chats to one that does."""
    store.receive([received("ann"), received("cas", CAS)], NOON)
    store.record(turn(BO, wake_at=NOON))

    assert store.waiting_chats(NOON, limit=9, channels={"whatsapp"}) == [CAS]
    assert store.waiting_chats(NOON, limit=9, channels={"telegram"}) == [ANN, BO]
    assert store.waiting_chats(NOON, limit=9, channels=()) == []


def test_a_postponed_message_holds_up_its_own_chat_only(store: Store) -> None:
    """What was sent later does not overtake it, and the conversation does not wake before it."""
    store.record(turn(wake_at=NOON))
    store.receive([received("1"), received("2"), received("3", BO)], NOON)
    first = store.open_chat(ANN).waiting[0]

    store.postpone(first.id, NOON + MINUTE, "the channel is down")

    assert store.waiting_chats(NOON, limit=9) == [BO]
    assert store.waiting_chats(NOON + MINUTE, limit=9) == [BO, ANN]
    again = store.open_chat(ANN).waiting[0]
    assert (again.id, again.tries, again.not_before) == (first.id, 1, NOON + MINUTE)


def test_a_message_that_cannot_be_handled_is_set_aside_with_the_reason(store: Store) -> None:
    """The chat goes on, and nothing that the policyholder sent is thrown away."""
    store.receive([received("1", payload="poison"), received("2")], NOON)
    first, second = store.open_chat(ANN).waiting

    store.set_aside(turn(say=("sorry",)), first.id, "x" * 5_000, BROKEN)

    assert store.open_chat(ANN).waiting == (second,)
    line, _, told = store.transcript(ANN)
    assert (line.body, told.body) == ("poison", "sorry")
    assert line.failure == "x" * 1_000, "a reason, not a page"
    store.set_aside(turn(turn=1), second.id, "again", BROKEN)
    assert [call.attention for call in store.attentions()] == [BROKEN], "one call is enough"


def test_a_conversation_wakes_when_it_asked_to(store: Store) -> None:
    """Reminders, debouncing and the end of a draft need no message."""
    store.record(turn(wake_at=NOON + MINUTE, state="drowsy"))
    assert store.waiting_chats(NOON, limit=9) == []
    assert store.waiting_chats(NOON + MINUTE, limit=9) == [ANN]

    opened = store.open_chat(ANN)
    store.record(turn(turn=opened.turn, state="awake"))

    assert (opened.state, opened.wake_at) == ("drowsy", NOON + MINUTE)
    assert store.waiting_chats(NOON + MINUTE, limit=9) == []


def test_the_next_due_moment_is_the_earliest_in_the_future(store: Store) -> None:
    """A worker may sleep until then, and not longer."""
    assert store.next_due(NOON) is None
    store.record(turn(wake_at=NOON + 3 * MINUTE, say=("hello",)))
    assert store.next_due(NOON) == NOON + 3 * MINUTE
    store.receive([received("1", BO)], NOON)
    store.postpone(store.open_chat(BO).waiting[0].id, NOON + 2 * MINUTE, "later")
    assert store.next_due(NOON) == NOON + 2 * MINUTE
    store.retry(store.outgoing(NOON, limit=1)[0].id, NOON + MINUTE, "later")

    assert store.next_due(NOON) == NOON + MINUTE
    assert store.next_due(NOON + 2 * MINUTE) == NOON + 3 * MINUTE


def test_a_flood_is_read_in_portions(store: Store) -> None:
    """Promise 5: megabytes of messages do not come into memory at once."""
    store.receive([received(str(number)) for number in range(OPENED_AT_ONCE + 1)], NOON)

    assert len(store.open_chat(ANN).waiting) == OPENED_AT_ONCE


def test_a_chat_that_never_wrote_opens_empty(store: Store) -> None:
    """A first turn needs no preparation."""
    opened = store.open_chat(ANN)

    assert (opened.turn, opened.state, opened.waiting, opened.wake_at) == (0, None, (), None)


def test_a_turn_leaves_everything_behind_at_once(store: Store) -> None:
    """Conversation, message, claim, what is to be said and who is called, in one transaction."""
    store.receive([received("1")], NOON)
    opened = store.open_chat(ANN)

    store.record(
        turn(
            inbox_id=opened.waiting[0].id,
            state='{"step": "done"}',
            wake_at=NOON + MINUTE,
            say=("thanks",),
            claim=claim("CB-1", "aa"),
            attention=(Attention(reference="CB-1", reason="hurt"),),
        )
    )

    now = store.open_chat(ANN)
    assert (now.turn, now.state, now.waiting) == (1, '{"step": "done"}', ())
    assert store.claim("CB-1").claim == claim("CB-1", "aa")
    assert [call.attention.reason for call in store.attentions()] == ["hurt"]
    done = [link.entry.action for link in store.audit_rows()]
    assert done == ["claim submitted", "person asked for"]
    assert [line.body for line in store.transcript(ANN)] == ["{}", "thanks"]


def test_a_turn_that_another_worker_recorded_is_refused_whole(store: Store) -> None:
    """Promise 3: who reads an old conversation writes nothing."""
    store.record(turn())
    store.record(turn(turn=1))
    was = kept(store)

    for stale in (0, 1):
        with pytest.raises(TurnTaken):
            store.record(turn(turn=stale, say=("twice",), claim=claim()))

    assert kept(store) == was


def test_a_message_is_handled_once_and_by_its_own_chat(store: Store) -> None:
    """A worker that comes late with a fresh turn still changes nothing."""
    store.receive([received("1"), received("2", BO)], NOON)
    (ours,), (theirs,) = store.open_chat(ANN).waiting, store.open_chat(BO).waiting
    store.record(turn(inbox_id=ours.id))
    was = kept(store)

    for message in (ours, theirs):
        with pytest.raises(TurnTaken):
            store.record(turn(turn=1, inbox_id=message.id, say=("twice",)))

    assert kept(store) == was


@pytest.mark.parametrize("turns", [0, 1])
def test_of_two_workers_at_the_same_turn_exactly_one_wins(store: Store, turns: int) -> None:
    """Also when both begin the conversation."""
    for number in range(turns):
        store.record(turn(turn=number))
    both_ready = Barrier(2)

    def work(name: str) -> bool:
        both_ready.wait()
        try:
            store.record(turn(turn=turns, state=name, say=(name,)))
        except TurnTaken:
            return False
        return True

    with ThreadPoolExecutor(2) as workers:
        won = dict(zip("ab", workers.map(work, "ab"), strict=True))

    (winner,) = (name for name, has_won in won.items() if has_won)
    assert store.open_chat(ANN).state == winner
    assert [parcel.body for parcel in store.outgoing(NOON, limit=9)] == [winner]


def test_a_crash_in_the_middle_of_a_turn_leaves_nothing_of_it(store: Store) -> None:
    """Promise 2: no claim without its queue entry, no receipt without its claim."""

    def crash(tx: Connection) -> None:
        tx.execute(text("UPDATE claim SET status = 'half'"))
        raise KeyboardInterrupt

    store.receive([received("1")], NOON)
    was = kept(store)

    with pytest.raises(KeyboardInterrupt):
        store.record(
            turn(
                inbox_id=store.open_chat(ANN).waiting[0].id,
                say=("thanks",),
                claim=claim("CB-1", "aa"),
                enqueue=crash,
                attention=(Attention(reference="CB-1", reason="hurt"),),
            )
        )

    assert kept(store) == was


def test_a_transcript_is_both_sides_in_time_order(store: Store) -> None:
    """Also what is not handled or not sent yet; another chat's words are not in it."""
    store.receive([received("1", payload="hi"), received("2", BO, payload="ho")], NOON)
    message = store.open_chat(ANN).waiting[0]
    store.record(turn(inbox_id=message.id, at=NOON + MINUTE, say=("hello",), claim=claim()))
    store.receive([received("3", payload="bye")], NOON + 2 * MINUTE)

    lines = store.transcript(ANN)

    assert [(line.inbound, line.body) for line in lines] == [
        (True, "hi"),
        (False, "hello"),
        (True, "bye"),
    ]
    assert [line.settled_at for line in lines] == [NOON + MINUTE, None, None]


def test_the_counts_say_what_waits_and_since_when(store: Store) -> None:
    """The gauges that an operator watches."""
    store.receive([received("1"), received("2")], NOON + MINUTE)
    asked = Attention(reference="HO-1", reason="asked")
    store.record(turn(BO, say=("a", "b"), claim=claim(), attention=(asked,)))

    now = store.counts()

    assert (now.inbox_waiting, now.inbox_oldest) == (2, NOON + MINUTE)
    assert (now.outbox_waiting, now.outbox_oldest) == (3, NOON)
    assert now.attention_open == 1
    assert now.claims == {Status.QUEUED: 1, Status.ASKED: 0, Status.DECIDED: 0}


def test_a_file_is_measured_once_and_known_by_its_bytes(store: Store) -> None:
    """A second call does nothing, and whoever sends the bytes again has the facts."""
    file = KeptFile(sha256="aa", facts='{"mean": 90}', media_type="image/jpeg", size=7)
    store.keep_file(ANN, file, NOON)
    store.keep_file(ANN, KeptFile(sha256="aa", facts=None, media_type="x/y", size=0), NOON)
    store.keep_file(BO, file, NOON + MINUTE)

    assert store.kept_file("aa") == file
    assert store.kept_file("bb") is None


def test_a_chat_keeps_its_shard() -> None:
    """Another number would lose the chat's partition."""
    assert [key.shard for key in (ANN, BO, CAS)] == [64955, 18067, 51330]
    assert Chat(channel="telegram", chat="half \ud83d").shard < 65_536
