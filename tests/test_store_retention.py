"""What is kept for a while only: photos of no use, and chats in which nothing is open."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from claimbot.claim import Draft, FormFile, Photo
from claimbot.codec import dump
from claimbot.conversation import Conversation
from claimbot.store import Attention, Chat, KeptFile, Kind, Store, attention, claims, retention
from claimbot.store.retention import BEGINNING, Page, Place
from tests.databases import DATABASES, open_store
from tests.store_builders import ANN, BO, CAS, MINUTE, NOON, claim, kept, received, turn

DAY = timedelta(days=1)
KEEP = 30 * DAY
WORDS = "AB-123-C"  # stands for all that a policyholder says
USED, ADDED, REFUSED = (letter * 64 for letter in "abc")
ACCEPTED = "accepted"


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


def send_file(store: Store, sha256: str, key: Chat = ANN, at: datetime = NOON) -> None:
    """Keep that a chat sent a photo."""
    file = KeptFile(sha256=sha256, facts=WORDS, media_type="image/jpeg", size=7)
    store.keep_file(key, file, at)


def send_claim(store: Store, key: Chat = ANN) -> None:
    """Let a chat send a claim, of which an adjuster then has everything that was ever sent."""
    reference = f"CB-{key.chat[-4:]}"
    store.receive([received(f"{key.shard}/1", key, WORDS)], NOON)
    for name in (USED, ADDED, REFUSED):
        send_file(store, name, key)
    (message,) = store.open_chat(key).waiting
    detail = json.dumps({"words": WORDS, "files": [ADDED]})
    added = Attention(reference=reference, reason="addition", detail=detail)
    sent = claim(reference, USED)
    store.record(
        turn(key, inbox_id=message.id, state=WORDS, say=(WORDS,), claim=sent, attention=(added,))
    )
    for parcel in store.outgoing(NOON, limit=9) + store.outgoing(NOON, limit=9):
        store.delivered(parcel.id, NOON)
    for parcel in store.outgoing(NOON, limit=9):
        store.delivered(parcel.id, NOON)
    store.write(lambda tx: claims.decide(tx, reference, ACCEPTED, NOON))
    store.write(lambda tx: attention.close(tx, reference, NOON))


def silent(store: Store, at: datetime) -> set[Chat]:
    """Return the chats that are found to be over."""
    return set(store.read(lambda tx: retention.silent(tx, (), at, KEEP)).chats)


def forget_silent(store: Store, at: datetime, key: Chat = ANN) -> bool:
    """Forget a chat if it is over."""
    return store.write(lambda tx: retention.forget_silent(tx, key, "fingerprint", at, KEEP))


def forget_unused(store: Store, at: datetime, key: Chat = ANN) -> int:
    """Forget the photos that are found to be of no use."""
    before = at - KEEP
    found = store.read(lambda tx: retention.unused(tx, (), before)).chats
    forgotten = store.write(lambda tx: retention.forget_unused(tx, key, at, before))
    assert (key in found) == (forgotten > 0)
    return forgotten


def discarded(store: Store, at: datetime) -> list[str]:
    """Return the files of which the bytes are to be deleted."""
    parcels = store.outgoing(at, limit=99)
    return [
        name
        for parcel in parcels
        if parcel.kind == Kind.DISCARD
        for name in json.loads(parcel.body)
    ]


def traces(store: Store, word: str, *tables: str) -> set[str]:
    """Return the tables in which a word can be read, of all or of these."""
    return {
        table
        for table, rows in kept(store).items()
        if (not tables or table in tables) and any(word in str(row) for row in rows)
    }


def test_a_chat_is_forgotten_when_it_was_silent_long_enough(store: Store) -> None:
    """Not a day earlier; what adjusters have stays, what was sent afterwards included."""
    send_claim(store)
    before = kept(store)

    assert not forget_silent(store, NOON + 29 * DAY)
    assert (silent(store, NOON + 29 * DAY), kept(store)) == (set(), before)

    assert silent(store, NOON + 31 * DAY) == {ANN}
    assert forget_silent(store, NOON + 31 * DAY)
    assert silent(store, NOON + 31 * DAY) == set()

    assert discarded(store, NOON + 31 * DAY) == [REFUSED]
    for parcel in store.outgoing(NOON + 31 * DAY, limit=9):
        store.delivered(parcel.id, NOON + 31 * DAY)
    assert traces(store, WORDS) == {"photo", "attention"}
    assert traces(store, ANN.chat) == {"claim", "photo", "attention"}
    assert store.claim("CB-0001").claim == claim("CB-0001", USED)
    assert store.unreferenced([USED, ADDED, REFUSED]) == (REFUSED,)
    last = store.audit_rows()[-1].entry
    assert (last.actor, last.action, last.subject) == ("retention", "chat erased", "fingerprint")


def test_it_is_forgotten_once(store: Store) -> None:
    """However many processes find it at the same time, there is one row in the audit."""
    send_claim(store)
    assert forget_silent(store, NOON + 31 * DAY)
    before = kept(store)

    assert not forget_silent(store, NOON + 31 * DAY)
    assert kept(store) == before


def call(store: Store, key: Chat) -> None:
    """Let someone wait for a person."""
    asked = Attention(reference="HO-1", reason="asked")
    store.write(lambda tx: attention.raise_all(tx, key, [asked], NOON))


def say(store: Store, key: Chat) -> None:
    """Have an answer that was not sent yet."""
    store.record(turn(key, turn=1, state=WORDS, say=(WORDS,)))


def another_claim(store: Store, key: Chat) -> None:
    """Send a claim that nobody takes on."""
    store.record(turn(key, turn=1, state=WORDS, claim=claim("CB-9")))


OPEN: dict[str, Callable[[Store, Chat], object]] = {
    "a message that was not handled": lambda store, key: store.receive([received("2", key)], NOON),
    "an answer that was not sent": say,
    "a claim that nobody took on": another_claim,
    "a call that nobody closed": call,
    "a turn": lambda store, key: store.record(turn(key, turn=1, state=WORDS, at=NOON + 2 * DAY)),
    "a draft": lambda store, key: store.record(
        turn(key, turn=1, state=WORDS, wake_at=NOON + 30 * DAY + MINUTE)
    ),
}


@pytest.mark.parametrize("what", OPEN)
def test_a_chat_in_which_something_is_open_stays(store: Store, what: str) -> None:
    """Until it is closed, however long that takes; other chats do not wait for it."""
    for key in (ANN, BO):
        send_claim(store, key)
    OPEN[what](store, ANN)
    before = kept(store)

    assert silent(store, NOON + 31 * DAY) == {BO}
    assert not forget_silent(store, NOON + 31 * DAY)
    assert kept(store) == before


def test_a_draft_that_nothing_wakes_is_forgotten_too(store: Store) -> None:
    """As when its channel is no longer set up: no worker has an eye on it."""
    store.record(turn(state=WORDS, wake_at=NOON + 30 * DAY))

    assert silent(store, NOON + 31 * DAY) == set()
    assert forget_silent(store, NOON + 31 * DAY + MINUTE)
    assert traces(store, WORDS) == set()


def test_what_comes_after_a_chat_was_forgotten_begins_anew(store: Store) -> None:
    """Promises 1 and 3: it is handled, and what was there before stays a duplicate."""
    send_claim(store)
    assert forget_silent(store, NOON + 31 * DAY)

    again = [received(f"{ANN.shard}/1"), received("2", payload="hello")]
    assert store.receive(again, NOON + 31 * DAY) == 1

    opened = store.open_chat(ANN)
    assert (opened.turn, [message.payload for message in opened.waiting]) == (0, ["hello"])


def test_a_refused_photo_is_forgotten_after_its_time(store: Store) -> None:
    """Not a day earlier, and whatever else its chat sends; its bytes go with it."""
    send_file(store, REFUSED)
    send_file(store, REFUSED, BO, NOON + 2 * DAY)
    store.record(turn(at=NOON + 20 * DAY))

    assert forget_unused(store, NOON + 29 * DAY) == 0
    assert forget_unused(store, NOON + 31 * DAY) == 1
    assert discarded(store, NOON + 31 * DAY) == [], "somebody else sent it, too"
    assert forget_unused(store, NOON + 33 * DAY, BO) == 1
    assert discarded(store, NOON + 33 * DAY) == [REFUSED]
    assert store.kept_file(REFUSED) is None


def test_a_photo_that_is_sent_again_is_as_new(store: Store) -> None:
    """What was measured of it stays; a message that comes late does not make it older."""
    send_file(store, REFUSED)
    send_file(store, REFUSED, at=NOON + 20 * DAY)
    send_file(store, REFUSED, at=NOON + DAY)

    assert forget_unused(store, NOON + 49 * DAY) == 0
    assert forget_unused(store, NOON + 51 * DAY) == 1


HELD = {
    "photos": Conversation(language="nl", draft=Draft(photos=(Photo(sha256=USED),))),
    "form": Conversation(
        language="nl", draft=Draft(form=(FormFile(sha256=USED, media_type="image/jpeg"),))
    ),
    "held": Conversation(language="nl", held=(Photo(sha256=USED),)),
    "pages": Conversation(language="nl", pages=(Photo(sha256=USED),)),
    "form before": Conversation(
        language="nl", form_before=(FormFile(sha256=USED, media_type="image/jpeg"),)
    ),
}


@pytest.mark.parametrize("where", HELD)
def test_what_a_conversation_holds_stays(store: Store, where: str) -> None:
    """A draft that is slowly added to lives for as long as there is news in time."""
    for key in (ANN, BO):
        send_file(store, USED, key)
        send_file(store, REFUSED, key)
    store.record(turn(state=dump(HELD[where]), at=NOON + 20 * DAY))

    assert forget_unused(store, NOON + 31 * DAY) == 1
    assert set(store.kept_files(ANN, [USED, REFUSED])) == {USED}
    assert forget_unused(store, NOON + 31 * DAY, BO) == 2, "in another chat nothing holds it"


def test_what_came_with_a_call_stays_until_it_is_closed(store: Store) -> None:
    """Whoever takes it on has to see it."""
    send_file(store, ADDED)
    detail = json.dumps({"words": "", "files": [ADDED]})
    asked = Attention(reference="HO-1", reason="asked", detail=detail)
    store.record(turn(at=NOON + 20 * DAY, attention=(asked,)))

    assert forget_unused(store, NOON + 31 * DAY) == 0
    store.write(lambda tx: attention.close(tx, "HO-1", NOON + 31 * DAY))
    assert forget_unused(store, NOON + 31 * DAY) == 1


def test_a_claims_photos_stay_for_good(store: Store) -> None:
    """With what came for it after it was sent; a refused one goes."""
    send_claim(store)

    assert forget_unused(store, NOON + 999 * DAY) == 1
    assert set(store.kept_files(ANN, [USED, ADDED, REFUSED])) == {USED, ADDED}


def test_what_came_for_a_claim_outlives_an_erasure(store: Store) -> None:
    """The call for a person stays, so its files do."""
    send_claim(store)

    store.erase(ANN, "operator", NOON)

    assert set(store.kept_files(ANN, [USED, ADDED, REFUSED])) == {USED, ADDED}


def test_a_photo_of_a_message_in_hand_stays(store: Store) -> None:
    """It may be measured just now, and be in a draft in a moment."""
    store.receive([received("1")], NOON)
    send_file(store, USED)

    assert forget_unused(store, NOON + 31 * DAY) == 0


def pages(store: Store, read: Callable[[Connection, Place], Page]) -> list[tuple[Chat, ...]]:
    """Return what each page tells of, to the last."""
    found, place = [], BEGINNING
    while True:
        page = store.read(partial(_read, read, place))
        found.append(page.chats)
        if page.then is None:
            return found
        place = page.then


def _read(read: Callable[[Connection, Place], Page], place: Place, tx: Connection) -> Page:
    return read(tx, place)


def test_much_is_read_page_by_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each chat is found, and no transaction is long."""
    monkeypatch.setattr(retention, "READ_AT_ONCE", 2)
    for key in (ANN, BO, CAS):
        store.record(turn(key))
        for name in (USED, ADDED, REFUSED):
            send_file(store, name, key)

    over = pages(store, lambda tx, at: retention.silent(tx, at, NOON + 31 * DAY, KEEP))
    assert sorted(map(len, over)) == [1, 2]
    assert {key for page in over for key in page} == {ANN, BO, CAS}
    of_no_use = pages(store, lambda tx, at: retention.unused(tx, at, NOON + DAY))
    assert len(of_no_use) == 5
    assert {key for page in of_no_use for key in page} == {ANN, BO, CAS}
