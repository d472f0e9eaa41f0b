"""Promise 9: erasing a person's data leaves nothing but an audit row with hashes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from claimbot.claim import FormFile
from claimbot.errors import TurnTaken
from claimbot.store import Attention, Chat, KeptFile, Kind, Store, inbox
from tests.databases import DATABASES, open_store
from tests.store_builders import ANN, BO, MINUTE, NOON, claim, kept, received, turn

WORDS = "AB-123-C"  # stands for all that a policyholder says
FAREWELL = "Everything is erased."


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def file(sha256: str) -> KeptFile:
    """Return a photo by the name of its bytes."""
    return KeptFile(sha256=sha256, facts=WORDS, media_type="image/jpeg", size=7)


def fill(store: Store, key: Chat = ANN) -> int:
    """Leave a trace of a chat in every table but the claims'; return its turn."""
    words = [received(f"{key.shard}/{name}", key, payload=WORDS) for name in ("1", "2", "3")]
    store.receive(words, NOON)
    first, second, _ = store.open_chat(key).waiting
    store.keep_file(key, file(f"only {key.chat}"), NOON)
    store.keep_file(key, file("shared"), NOON)
    asked = Attention(reference=f"HO-{key.chat[-4:]}", reason="asked", detail=WORDS)
    store.record(turn(key, inbox_id=first.id, state=WORDS, say=(WORDS, WORDS), attention=(asked,)))
    store.delivered(store.outgoing(NOON, limit=1)[0].id, NOON)
    store.write(lambda tx: inbox.set_aside(tx, second.id, NOON, WORDS))
    return 1


def traces(store: Store, *words: str) -> list[object]:
    """Return every row of every table in which one of the words can be read."""
    return [
        (table, row)
        for table, rows in kept(store).items()
        for row in rows
        if any(word in str(column) for column in row for word in words)
    ]


def deliver_all(store: Store) -> list[tuple[Kind, str]]:
    """Deliver all that waits and return it in order."""
    done = []
    while parcels := store.outgoing(NOON, limit=1):
        done.append((parcels[0].kind, parcels[0].body))
        store.delivered(parcels[0].id, NOON)
    return done


def test_erasing_leaves_nothing_of_the_chat(store: Store) -> None:
    """Whoever looks through every column of every table finds neither the chat nor its words."""
    now = fill(store)
    erasure = store.open_chat(ANN).waiting[0]

    store.record(turn(turn=now, inbox_id=erasure.id, say=(FAREWELL,), erase=True))

    assert traces(store, WORDS) == []
    assert deliver_all(store) == [
        (Kind.DISCARD, json.dumps([f"only {ANN.chat}", "shared"])),
        (Kind.SAY, FAREWELL),
    ]
    assert traces(store, ANN.chat, FAREWELL) == []
    last = store.audit_rows()[-1].entry
    assert (last.actor, last.action) == ("policyholder", "chat erased")
    assert last.subject == ANN.fingerprint()


def test_erasing_leaves_other_chats_alone(store: Store) -> None:
    """Bytes that someone else sent too are not deleted."""
    fill(store, BO)
    now = fill(store, ANN)

    def about_bo() -> list[object]:
        return traces(store, BO.chat, f"only {BO.chat}")

    was = about_bo()
    store.record(turn(turn=now, erase=True))

    assert about_bo() == was
    discard = next(p for p in store.outgoing(NOON, limit=9) if p.kind == Kind.DISCARD)
    assert json.loads(discard.body) == [f"only {ANN.chat}"]
    assert store.unreferenced(["shared", f"only {ANN.chat}"]) == (f"only {ANN.chat}",)


def test_bytes_that_cannot_be_deleted_hold_nobody_up(store: Store) -> None:
    """A chat is answered while the photo store is read-only; the bytes go when they can."""
    now = fill(store, ANN)
    store.record(turn(turn=now, erase=True, say=('{"text": "gone"}',)))
    discard = next(p for p in store.outgoing(NOON, limit=9) if p.kind == Kind.DISCARD)

    store.retry(discard.id, NOON + MINUTE, "read-only")

    assert [parcel.body for parcel in store.outgoing(NOON, limit=9)] == ['{"text": "gone"}']
    assert discard.id in {parcel.id for parcel in store.outgoing(NOON + MINUTE, limit=9)}


def test_what_is_erased_is_in_no_file(tmp_path: Path) -> None:
    """SQLite's log keeps what was deleted from the database itself, until it is emptied."""
    with open_store("sqlite", tmp_path) as store:
        fill(store, ANN)
        before = [path.read_bytes() for path in tmp_path.iterdir()]
        store.erase(ANN, "operator", NOON)
        after = [path.read_bytes() for path in tmp_path.iterdir()]

    assert any(WORDS.encode() in data for data in before)
    assert not any(WORDS.encode() in data for data in after)


def test_a_message_that_is_delivered_again_after_an_erasure_is_a_duplicate(store: Store) -> None:
    """Promise 3 outlives the message."""
    now = fill(store)
    erasure = store.open_chat(ANN).waiting[0]
    store.record(turn(turn=now, inbox_id=erasure.id, erase=True))

    again = [received(f"{ANN.shard}/{name}", payload=WORDS) for name in ("1", "2", "3")]

    assert store.receive(again, NOON) == 0
    assert store.waiting_chats(NOON, limit=9) == []


def test_what_is_said_after_an_erasure_begins_a_new_conversation(store: Store) -> None:
    """Promise 1: it was not part of what was to be erased, and gets its answer."""
    now = fill(store)
    store.receive([received("later", payload="hello again")], NOON)
    erasure = store.open_chat(ANN).waiting[0]
    store.record(turn(turn=now, inbox_id=erasure.id, say=(FAREWELL,), erase=True))

    opened = store.open_chat(ANN)
    assert (opened.turn, opened.state) == (0, None)
    assert [message.payload for message in opened.waiting] == ["hello again"]
    for number in range(3):
        store.record(turn(turn=number, say=(f"answer {number}",)))

    said = [body for kind, body in deliver_all(store) if kind == Kind.SAY]
    assert said == [FAREWELL, "answer 0", "answer 1", "answer 2"]


def test_a_worker_that_read_the_chat_before_its_erasure_brings_nothing_back(store: Store) -> None:
    """Its turn is taken, whether or not it was about a message."""
    now = fill(store)
    message = store.open_chat(ANN).waiting[0]
    store.record(turn(turn=now, inbox_id=message.id, erase=True))
    was = kept(store)

    for late in (turn(turn=now, state=WORDS), turn(inbox_id=message.id, state=WORDS)):
        with pytest.raises(TurnTaken):
            store.record(late)

    assert kept(store) == was


def test_a_claim_that_was_sent_outlives_the_chat(store: Store) -> None:
    """It is the insurer's to keep: the claim, its files, its way to the queue, its calls."""
    for name in ("aa", "form", "unused"):
        store.keep_file(ANN, file(name), NOON)
    sent = claim("CB-1", "aa", form=(FormFile(sha256="form", media_type="application/pdf"),))
    hurt = Attention(reference="CB-1", reason="hurt")
    store.record(turn(claim=sent, say=(WORDS,), attention=(hurt,)))

    store.record(turn(turn=1, say=(FAREWELL,), erase=True))

    assert traces(store, WORDS) != [], "facts of the claim's photos"
    assert [call.attention for call in store.attentions()] == [hurt]
    assert store.claim("CB-1").claim == sent
    assert [kind for kind, _ in deliver_all(store)] == [Kind.ENQUEUE, Kind.DISCARD, Kind.SAY]
    assert store.kept_file("aa") == file("aa")
    assert store.kept_file("unused") is None
    assert store.transcript(ANN) == []
    assert traces(store, "enqueue:CB-1") == []


def test_an_operator_erases_also_what_waits(store: Store) -> None:
    """Nobody in the chat asked, so nobody is told; an unknown chat may be erased as well."""
    fill(store)

    store.erase(ANN, "operator", NOON + MINUTE)
    store.erase(BO, "operator", NOON + MINUTE)

    assert [kind for kind, _ in deliver_all(store)] == [Kind.DISCARD]
    assert traces(store, WORDS, ANN.chat, BO.chat) == []
    erased = [link.entry.subject for link in store.audit_rows() if link.entry.actor == "operator"]
    assert erased == [ANN.fingerprint(), BO.fingerprint()]


def test_a_farewell_that_cannot_be_sent_is_forgotten_too(store: Store) -> None:
    """Someone who blocked the bot leaves no more behind than others."""
    store.record(turn(say=(FAREWELL,), erase=True))

    store.give_up_chat(ANN, NOON, "blocked")

    assert traces(store, ANN.chat, FAREWELL) == []


def test_what_is_erased_is_overwritten_in_the_file(tmp_path: Path) -> None:
    """SQLite would leave deleted rows readable in its file."""
    with open_store("sqlite", tmp_path) as store:
        now = fill(store)
        was = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        store.record(turn(turn=now, inbox_id=store.open_chat(ANN).waiting[0].id, erase=True))
        deliver_all(store)

    left = (tmp_path / "claimbot.db").read_bytes()
    for word in (WORDS, ANN.chat):
        assert word.encode() in was
        assert word.encode() not in left
