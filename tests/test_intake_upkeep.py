"""The upkeep: what nobody needs any more goes, what somebody needs stays, whoever is at work."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Condition, Event, Thread

import pytest
from PIL import Image
from structlog.testing import capture_logs

from claimbot.app import build
from claimbot.errors import PhotoMissing
from claimbot.intake import Upkeep, upkeep
from claimbot.intake.upkeep import Upkept
from claimbot.photos.folder import Folder
from claimbot.replay.player import stage_settings
from claimbot.store import Chat, KeptFile, Store, retention
from tests.databases import DATABASES, open_store
from tests.fake_bot_api import FakeBotApi
from tests.journeys import REFERENCE, Clock, laid
from tests.photo_store_contract import NAME, OTHER, PHOTO, PLACE
from tests.pictures import encoded
from tests.store_builders import ANN, BO, NOON, received, turn

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SOON = timedelta(milliseconds=1)
NOTHING = Upkept()
SOMEBODY = Chat(channel="telegram", chat="somebody")
WORDS = "AB-123-C"  # stands for all that a policyholder says


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of its own for each test, on each database; somebody wrote once."""
    with open_store(request.param, tmp_path) as store:
        store.receive([received("1", SOMEBODY)], NOON)
        yield store


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Store]:
    """The same, where the database makes no difference."""
    with open_store("sqlite", tmp_path) as store:
        store.receive([received("1", SOMEBODY)], NOON)
        yield store


@pytest.fixture
def photos(tmp_path: Path) -> Folder:
    """An empty photo store."""
    folder = Folder(tmp_path / "photos")
    folder.check()
    return folder


def lay(photos: Folder, data: bytes = PHOTO, at: datetime = NOON) -> str:
    """Leave bytes and a copy of them that no row refers to, as a crash does."""
    name = photos.put(data)
    photos.put_copy(name, "view", b"small")
    for path in photos.root.rglob(f"{name}*"):
        os.utime(path, (at.timestamp(), at.timestamp()))
    return name


def left(photos: Folder) -> set[str]:
    """Return the names of all files in the photo store."""
    return {path.name for path in photos.root.rglob("*") if path.is_file()}


def refer(store: Store, name: str, key: Chat = ANN, at: datetime = NOON) -> None:
    """Keep that a chat sent a file."""
    store.keep_file(key, KeptFile(sha256=name, facts=None, media_type="", size=1), at)


def tidy(store: Store, photos: Folder, at: datetime) -> Upkept:
    """Do what there is to do at a moment."""
    return Upkeep(store=store, photos=photos, clock=Clock(at)).once()


def test_what_a_crash_left_is_deleted_after_a_day(store: Store, photos: Folder) -> None:
    """Bytes are put before anything says what they are for; whoever put them may have died."""
    lay(photos)

    assert tidy(store, photos, NOON + DAY) == NOTHING
    assert left(photos) == {NAME, f"{NAME}.view"}
    assert tidy(store, photos, NOON + DAY + HOUR) == Upkept(files=1)
    assert left(photos) == set()
    assert tidy(store, photos, NOON + DAY + HOUR) == NOTHING


def test_what_a_crash_left_half_written_is_deleted_too(store: Store, photos: Folder) -> None:
    """Beside a photo that somebody refers to, which stays."""
    refer(store, lay(photos), at=NOON)
    half = photos.root / Path(PLACE).parent / f".{NAME}.abcdefgh"
    half.write_bytes(PHOTO[:5])
    os.utime(half, (NOON.timestamp(), NOON.timestamp()))

    assert tidy(store, photos, NOON + DAY + HOUR) == NOTHING
    assert left(photos) == {NAME, f"{NAME}.view"}


def test_what_somebody_refers_to_stays(
    store: Store, photos: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many other files there are; they are asked about a few at a time."""
    monkeypatch.setattr(upkeep, "NAMES_AT_ONCE", 3)
    names = [lay(photos, bytes([number])) for number in range(10)]
    for name in names[:5]:
        refer(store, name)

    assert tidy(store, photos, NOON + 2 * DAY) == Upkept(files=5)
    assert left(photos) == {path for name in names[:5] for path in (name, f"{name}.view")}


class Busy(Folder):
    """A photo store during whose deletions something else happens."""

    def __init__(self, photos: Folder, other: Callable[[], None]) -> None:
        super().__init__(photos.root)
        self._other = other

    def delete(self, sha256: str) -> None:
        self._other()
        super().delete(sha256)


def test_a_file_that_is_sent_again_after_it_was_listed_is_kept(
    store: Store, photos: Folder
) -> None:
    """It is looked at once more when it is about to be deleted."""
    first, second = sorted((lay(photos), lay(photos, OTHER)))
    sweeping = Upkeep(store=store, photos=photos, clock=Clock(NOON + 2 * DAY))
    done = Counter[str]()
    for _ in sweeping.steps(done):
        if done["files"]:  # the first is deleted, the second is next
            refer(store, second, at=NOON + 2 * DAY)

    assert left(photos) == {second, f"{second}.view"}
    with pytest.raises(PhotoMissing):
        photos.get(first)


def test_several_may_be_at_it_at_the_same_time(store: Store, photos: Folder) -> None:
    """Each does what the others left; none trips over them, nothing is done twice."""
    chats = [Chat(channel="telegram", chat=str(number)) for number in range(2)]
    for key in chats:
        store.record(turn(key))
    for number in range(20):
        lay(photos, bytes([number]))
    done: list[Upkept] = []

    def work() -> None:
        done.append(tidy(store, Folder(photos.root), NOON + 31 * DAY))

    several = [Thread(target=work) for _ in range(3)]
    for one in several:
        one.start()
    for one in several:
        one.join()

    assert len(done) == 3
    assert sum(one.chats for one in done) == len(store.audit_rows()) == len(chats)
    assert left(photos) == set()


def test_all_is_done_in_one_go(
    store: Store, photos: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chat that is over, a photo of no use in one that is not, and the files of both."""
    monkeypatch.setattr(retention, "READ_AT_ONCE", 1)
    for key, data, at in ((ANN, PHOTO, NOON), (BO, OTHER, NOON + 20 * DAY)):
        refer(store, lay(photos, data), key)
        store.record(turn(key, state=f"{key.chat} said {WORDS}", at=at))

    assert tidy(store, photos, NOON + 29 * DAY) == NOTHING
    assert tidy(store, photos, NOON + 31 * DAY) == Upkept(chats=1, photos=1, files=2)
    assert left(photos) == set()
    assert store.open_chat(ANN).state is None
    assert store.open_chat(BO).state is not None
    assert [link.entry.subject for link in store.audit_rows()] == [ANN.fingerprint()]
    said = f"{ANN.chat} said {WORDS}".encode()
    assert [path for path in tmp_path.glob("claimbot.db*") if said in path.read_bytes()] == []


async def test_a_refused_photo_is_gone_after_a_month(tmp_path: Path) -> None:
    """Of a draft that is still wanted the rest stays, and is sent in the end."""
    async with FakeBotApi() as api, laid(api, tmp_path) as table:
        piet = api.user()
        await table.has_draft(piet)
        fine = set(table.blobs())
        dark = encoded(Image.new("RGB", (800, 600)))
        await table.answers(piet, await piet.sends_photo(dark))
        assert len(table.blobs()) == 4
        await table.waits(15 * DAY)
        await table.answers(piet, await piet.says("ik wacht nog op de garage"))

        await table.waits(14 * DAY)
        assert table.app.upkeep.once().photos == 0
        await table.waits(2 * DAY)
        assert table.app.upkeep.once().photos == 1
        await table.works()

        assert set(table.blobs()) == fine
        told = await table.answers(piet, await piet.says("versturen"))
        assert REFERENCE.search(told[-1])


def test_a_crash_in_the_middle_leaves_the_rest_to_the_next(store: Store, photos: Folder) -> None:
    """Whatever was done is done, and nothing else."""
    for number in range(4):
        lay(photos, bytes([number]))
    done = Counter[str]()
    for _ in Upkeep(store=store, photos=photos, clock=Clock(NOON + 2 * DAY)).steps(done):
        if done["files"] == 2:
            break

    assert len(left(photos)) == 4
    assert tidy(store, photos, NOON + 2 * DAY) == Upkept(files=2)


def test_another_databases_photos_are_left_alone(embedded: Store, photos: Folder) -> None:
    """A setting that names the wrong database, or an empty one, must not cost the photos."""
    names = [lay(photos, bytes([number])) for number in range(60)]
    for name in names[:20]:
        refer(embedded, name)
    sweeping = Upkeep(store=embedded, photos=photos, clock=Clock(NOON + 2 * DAY))

    with capture_logs() as logs:
        assert sweeping.once() == Upkept(foreign=40, sample=60)

    assert len(left(photos)) == 120
    assert [(line["event"], line["unknown"], line["sample"]) for line in logs] == [
        ("files left alone", 40, 60)
    ]
    assert sweeping.once(foreign=True) == Upkept(files=40)
    assert len(left(photos)) == 40


def test_few_files_may_all_be_unknown(embedded: Store, photos: Folder) -> None:
    """Of who just began, a crash can leave more than the claims do."""
    for number in range(upkeep.FEW - 1):
        lay(photos, bytes([number]))

    assert tidy(embedded, photos, NOON + 2 * DAY) == Upkept(files=upkeep.FEW - 1)


def test_to_a_new_database_no_file_belongs(tmp_path: Path, photos: Folder) -> None:
    """Somebody forgot to say which database is the one."""
    lay(photos)
    with open_store("sqlite", tmp_path) as new:
        assert tidy(new, photos, NOON + 2 * DAY) == Upkept(foreign=1, sample=1)


def test_half_of_many_files_may_be_unknown(embedded: Store, photos: Folder) -> None:
    """As after an outage: it is still the right database."""
    names = [lay(photos, bytes([number])) for number in range(upkeep.FEW)]
    for name in names[::2]:
        refer(embedded, name)

    assert tidy(embedded, photos, NOON + 2 * DAY) == Upkept(files=upkeep.FEW // 2)


class Listed(Folder):
    """A photo store that tells when it is listed."""

    def __init__(self, photos: Folder) -> None:
        super().__init__(photos.root)
        self.check()
        self._changed = Condition()
        self._times = 0

    def stored(self, before: datetime) -> Iterator[str]:
        with self._changed:
            self._times += 1
            self._changed.notify_all()
        return super().stored(before)

    async def is_listed(self, times: int) -> None:
        """Return when it was begun to be, so many times from now on."""
        until = self._times + times

        def wait() -> bool:
            with self._changed:
                return self._changed.wait_for(lambda: self._times >= until, timeout=20)

        assert await asyncio.to_thread(wait)


@asynccontextmanager
async def running(store: Store, photos: Folder, at: datetime) -> AsyncIterator[None]:
    """Have the upkeep at work over and over."""
    clock = Clock(at)
    work = Upkeep(store=store, photos=photos, clock=clock, first_after=SOON, every=SOON)
    task = asyncio.create_task(work.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_it_is_done_again_and_again(embedded: Store, photos: Folder) -> None:
    """Not only at the start; each time it is told how much there was to do."""
    listed = Listed(photos)
    with capture_logs() as logs:
        async with running(embedded, listed, NOON + 2 * DAY):
            await listed.is_listed(2)
            lay(photos)
            await listed.is_listed(3)

    assert left(photos) == set()
    assert {line["event"] for line in logs} == {"upkeep done"}
    assert sum(line.get("files", 0) for line in logs) == 1


async def test_a_photo_store_that_is_away_puts_it_off(embedded: Store, photos: Folder) -> None:
    """A line in the log with nothing but counts; when it is back, so is the upkeep."""
    listed = Listed(photos)
    lay(photos)
    away = photos.root.rename(photos.root.with_name("away"))
    with capture_logs() as logs:
        async with running(embedded, listed, NOON + 2 * DAY):
            await listed.is_listed(3)
            away.rename(photos.root)
            await listed.is_listed(3)

    assert left(photos) == set()
    assert logs[0] == {"event": "upkeep put off", "log_level": "warning", "exc_info": True}


async def test_who_is_stopped_finishes_the_step_in_hand(embedded: Store, photos: Folder) -> None:
    """So that nobody closes the database under it."""
    lay(photos)
    deletes, may_delete = Event(), Event()

    def hang() -> None:
        deletes.set()
        may_delete.wait(10)

    work = Upkeep(
        store=embedded,
        photos=Busy(photos, hang),
        clock=Clock(NOON + 2 * DAY),
        first_after=SOON,
    )
    task = asyncio.create_task(work.run())
    assert await asyncio.to_thread(deletes.wait, 10)
    task.cancel()
    asyncio.get_running_loop().call_later(0.01, may_delete.set)
    with pytest.raises(asyncio.CancelledError):
        await task

    assert left(photos) == set()


async def test_it_runs_with_the_app(tmp_path: Path, photos: Folder) -> None:
    """Nobody has to think of it."""
    app = build(stage_settings(tmp_path), channels={}, clock=Clock(NOON + 2 * DAY))
    app.store.receive([received("1")], NOON)
    lay(photos)
    listed = Listed(photos)
    soon = Upkeep(store=app.store, photos=listed, clock=app.clock, first_after=SOON, every=SOON)
    async with replace(app, upkeep=soon).running():
        await listed.is_listed(2)
    app.close()

    assert left(photos) == set()
