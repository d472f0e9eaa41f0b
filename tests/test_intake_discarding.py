"""Bytes are deleted outside of every transaction, and never those that a row is kept of."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from secrets import randbelow
from threading import Event, Semaphore, Thread

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claimbot.channels import Outbound
from claimbot.codec import dump
from claimbot.errors import BeingDiscarded, PhotoMissing
from claimbot.intake import Relay, Upkeep, relay, upkeep
from claimbot.intake.upkeep import Upkept, discard
from claimbot.photos import name_of
from claimbot.photos.folder import Folder
from claimbot.store import Chat, KeptFile, Kind, Posting, Store, files, outbox
from claimbot.store.files import LONGEST_DELETION
from tests.databases import DATABASES, is_waited_for, open_store
from tests.deletions import PowerCut, Watched, cut, keep, marks, time_passes
from tests.fake_bot_api import FakeBotApi
from tests.journeys import EN, Clock, Table, chat_of, laid, photo
from tests.photo_store_contract import NAME, OTHER, PHOTO
from tests.store_builders import ANN, BO, MINUTE, NOON, received, turn


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield store


@pytest.fixture
def photos(tmp_path: Path) -> Folder:
    """A photo store with a photo that nobody refers to."""
    folder = Folder(tmp_path / "photos")
    folder.put(PHOTO)
    folder.put_copy(NAME, "view", b"small")
    return folder


@pytest.fixture(params=DATABASES)
async def table(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot on an empty database, of each kind."""
    async with FakeBotApi() as api, laid(api, tmp_path, database=request.param) as ready:
        yield ready


def test_nobody_begins_to_refer_to_a_file_while_it_is_deleted(
    store: Store, photos: Folder
) -> None:
    """Promise 2: who wants to keep it comes again, and nothing of the attempt is left."""
    refused = []

    def send() -> None:
        with pytest.raises(BeingDiscarded):
            keep(store)
        refused.append(store.kept_file(NAME))

    assert discard(store, Watched(photos, before=send, after=send), NAME)

    assert (refused, marks(store)) == ([None, None], [])
    keep(store)
    photos.put(PHOTO)
    assert not discard(store, photos, NAME)
    assert photos.get(NAME) == PHOTO


def test_a_slow_deletion_holds_up_nobody(store: Store, photos: Folder) -> None:
    """Everything else is written while it goes on; it ends only after that."""
    deletes, may_end = Event(), Event()

    def hang() -> None:
        deletes.set()
        assert may_end.wait(60)

    with ThreadPoolExecutor(1) as other:
        slow = other.submit(discard, store, Watched(photos, before=hang), NAME)
        assert deletes.wait(60)
        keep(store, OTHER)
        store.receive([received("1")], NOON)
        store.record(turn(BO, say=("hello",)))
        assert not discard(store, photos, name_of(OTHER))
        may_end.set()

        assert slow.result()
    assert marks(store) == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_in_the_middle_is_made_up_for(store: Store, photos: Folder, moment: str) -> None:
    """By the next who is told to delete the file, once the first is known to have died."""
    with pytest.raises(PowerCut):
        discard(store, Watched(photos, **{moment: cut}), NAME)

    time_passes(store, 0.9 * LONGEST_DELETION)
    with pytest.raises(BeingDiscarded):
        discard(store, photos, NAME)
    assert marks(store) == [NAME]
    time_passes(store, 0.2 * LONGEST_DELETION)
    assert discard(store, photos, NAME)

    assert marks(store) == []
    assert [path for path in photos.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_in_the_middle_keeps_nobody_waiting_for_long(
    store: Store, photos: Folder, moment: str
) -> None:
    """Whoever wants to keep the file does, once the first is known to have died."""
    with pytest.raises(PowerCut):
        discard(store, Watched(photos, **{moment: cut}), NAME)

    with pytest.raises(BeingDiscarded):
        keep(store)
    time_passes(store)
    keep(store)
    photos.put(PHOTO)

    assert marks(store) == []
    assert not discard(store, photos, NAME)
    assert photos.get(NAME) == PHOTO


def test_who_lost_a_mark_does_not_lift_the_next_ones(store: Store, photos: Folder) -> None:
    """Somebody took it over, and may still be at it."""

    def take_over() -> None:
        time_passes(store)
        store.write(lambda tx: files.mark(tx, NAME))

    assert discard(store, Watched(photos, after=take_over), NAME)

    with pytest.raises(BeingDiscarded):
        keep(store)


def test_who_was_held_up_does_not_begin(
    store: Store, photos: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark might be somebody else's before the bytes are gone."""
    monkeypatch.setattr(upkeep, "BEGIN_WITHIN", timedelta())

    with pytest.raises(BeingDiscarded, match="took too long"):
        discard(store, photos, NAME)

    assert photos.get(NAME) == PHOTO


def test_who_comes_first_is_waited_for(tmp_path: Path, photos: Folder) -> None:
    """On PostgreSQL, where neither sees what the other has not committed."""
    with open_store("postgresql", tmp_path) as store, ThreadPoolExecutor(1) as other:
        file = KeptFile(sha256=NAME, facts=None, media_type="", size=1)
        with store.engine.begin() as tx:
            files.keep(tx, ANN, file, NOON)
            deleting = other.submit(discard, store, photos, NAME)
            while not is_waited_for(store, tx):
                assert not deleting.done()
        assert not deleting.result()

        store.write(lambda tx: files.erase(tx, ANN))
        with store.engine.begin() as tx:
            assert files.mark(tx, NAME)
            keeping = other.submit(keep, store)
            while not is_waited_for(store, tx):
                assert not keeping.done()
        with pytest.raises(BeingDiscarded):
            keeping.result()


class Deleter:
    """A process that deletes a file step by step: it marks it, deletes the bytes, unmarks it."""

    def __init__(self, store: Store, photos: Folder, name: str) -> None:
        self.is_over = False
        self._dies = False
        self._may_go, self._stands = Semaphore(0), Semaphore(0)
        self._thread = Thread(target=self._run, args=(store, photos, name))
        self._thread.start()

    def step(self) -> None:
        """Go on until the next moment at which something else may happen."""
        self._may_go.release()
        assert self._stands.acquire(timeout=60)

    def die(self) -> None:
        """End where it stands."""
        self._dies = True
        self._may_go.release()
        self._thread.join()

    def _run(self, store: Store, photos: Folder, name: str) -> None:
        try:
            self._wait()
            discard(store, Watched(photos, before=self._pause, after=self._pause), name)
        except (BeingDiscarded, PowerCut):
            pass
        finally:
            self.is_over = True
            self._stands.release()

    def _pause(self) -> None:
        self._stands.release()
        self._wait()

    def _wait(self) -> None:
        assert self._may_go.acquire(timeout=60)
        if self._dies:
            cut()


def test_what_a_row_is_kept_of_stays_whatever_happens_in_between(
    store: Store, photos: Folder
) -> None:
    """Two processes delete, one keeps, all may die at any step: no kept photo loses its bytes."""
    numbers = count()
    acts = st.sampled_from(["first", "second", "worker", "erase", "time"])

    @example(["first", "worker", "first", "first", "worker", "worker"])
    @example(["first", "first", "time", "worker", "worker", "second", "second"])
    @example(["worker", "worker", "erase", "first", "worker", "second", "first", "worker"])
    @given(st.lists(acts, max_size=16))
    def happens(what: list[str]) -> None:
        data = str(next(numbers)).encode()
        name = photos.put(data)
        deleters: dict[str, Deleter] = {}
        is_kept = is_put = False
        for act in [*what, "time", "worker", "worker", "first", "first", "first"]:
            match act:
                case "worker" if not is_kept:
                    try:
                        keep(store, data)
                    except BeingDiscarded:
                        continue
                    is_kept = True
                case "worker":
                    photos.put(data)
                    is_put = True
                case "erase":
                    store.write(lambda tx: files.erase(tx, ANN))
                    is_kept = is_put = False
                case "time":
                    for deleter in deleters.values():
                        deleter.die()
                    deleters.clear()
                    time_passes(store)
                case _:
                    if act not in deleters or deleters[act].is_over:
                        deleters[act] = Deleter(store, photos, name)
                    deleters[act].step()
            if is_put:
                assert photos.get(name) == data
        assert is_put
        for deleter in deleters.values():
            deleter.die()

    happens()


def test_a_mark_that_nobody_comes_back_for_is_swept_away(store: Store, photos: Folder) -> None:
    """It is the hash of what somebody sent; that of a deletion in hand stays."""
    work = Upkeep(store=store, photos=photos, clock=Clock(NOON))
    store.write(lambda tx: files.mark(tx, NAME))

    assert work.once() == Upkept()
    assert marks(store) == [NAME]
    time_passes(store)
    assert work.once() == Upkept()
    assert marks(store) == []


def test_a_file_that_another_process_deletes_is_not_waited_for(
    store: Store, photos: Folder
) -> None:
    """The sweep goes on with the others."""
    store.receive([received("1")], NOON)
    store.write(lambda tx: files.mark(tx, NAME))
    gone = photos.put(OTHER)
    days_later = Clock(NOON.replace(year=2200))

    assert Upkeep(store=store, photos=photos, clock=days_later).once().files == 1

    assert photos.get(NAME) == PHOTO
    with pytest.raises(PhotoMissing):
        photos.get(gone)


async def test_a_photo_that_is_sent_while_it_is_deleted_is_taken_afterwards(table: Table) -> None:
    """However long that takes: the policyholder is not asked for it again."""
    piet = table.api.user(language_code="en")
    await table.answers(piet, await piet.says("hello"))
    store, name = table.app.store, name_of(photo("whole car"))
    store.write(lambda tx: files.mark(tx, name))

    assert await table.answers(piet, await piet.sends_photo(photo("whole car"), as_is=True)) == []
    await table.waits(10 * MINUTE)
    assert (table.blobs(), len(piet.heard)) == ([], 1)
    time_passes(store)
    await table.waits(2 * MINUTE)

    assert EN["photo.saved"].format(slot=1) in piet.heard[-1].text
    assert [path.name for path in table.blobs()] == [name]


def another_relay(table: Table, photos: Folder) -> Relay:
    """Return another relay on the same database, with another photo store."""
    return Relay(
        store=table.app.store,
        queue=table.app.queue,
        photos=photos,
        channels=table.app.channels,
        clock=table.clock,
        gap=timedelta(),
        draw=randbelow,
    )


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_an_erasure_that_a_crash_cut_short_is_finished(table: Table, moment: str) -> None:
    """Promise 9: by the next relay that is told of it, and nothing is left of it."""
    piet = table.api.user()
    await table.answers(piet, await piet.sends_photo(photo("whole car"), as_is=True))
    store = table.app.store
    store.erase(chat_of(piet), "operator", table.clock.now)

    with pytest.raises(PowerCut):
        await another_relay(table, Watched(Folder(table.folder), **{moment: cut})).once()
    await table.waits(relay.HOLD)
    assert len(marks(store)) == 1
    time_passes(store)
    await table.waits(MINUTE)

    assert (table.blobs(), marks(store)) == ([], [])
    assert store.outgoing(table.clock.now, limit=1) == []


def orders_deletion(store: Store, key: Chat) -> None:
    """Tell the relay to delete a file that a chat sent."""
    order = Posting(dedup_key=key.chat, kind=Kind.DISCARD, body=json.dumps([NAME]))
    store.write(lambda tx: outbox.post(tx, key, [order], NOON))


async def test_a_photo_store_that_hangs_holds_up_no_answer(table: Table) -> None:
    """However much is to be deleted: a relay does one thing after the other there."""
    store, may_end = table.app.store, Event()
    for number in range(2 * relay.DELIVERIES_AT_ONCE):
        orders_deletion(store, Chat(channel="telegram", chat=f"erased {number}"))
    piet = table.api.user()
    store.record(turn(chat_of(piet), say=(dump(Outbound(text="hello")),)))
    hanging = another_relay(table, Watched(Folder(table.folder), before=lambda: may_end.wait(60)))
    running = asyncio.create_task(hanging.run())

    try:
        assert [said.text for said in await piet.hears(within=20)] == ["hello"]
    finally:
        may_end.set()
        running.cancel()
        await asyncio.wait([running])
