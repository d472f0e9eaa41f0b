"""The worker: whatever goes wrong, a message is handled once, in order, and answered."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from claimbot.intake import worker
from claimbot.reference import make_reference
from claimbot.store import Chat, Store, Turn
from tests.fake_bot_api import SERVER_ERROR, FakeBotApi, flood
from tests.journeys import (
    NL,
    POLICY_NUMBER,
    REFERENCE,
    Table,
    chat_of,
    laid,
    photo,
)

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
async def table(api: FakeBotApi, tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot on an empty database."""
    async with laid(api, tmp_path) as ready:
        yield ready


class Slow(Store):
    """A database that records a turn when it is told to."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_asked, self.may_record = Event(), Event()

    def record(self, turn: Turn) -> None:
        self.is_asked.set()
        self.may_record.wait(10)
        super().record(turn)


class Stale(Store):
    """A database that says what another worker did already."""

    def __init__(self, url: str, *chats: Chat) -> None:
        super().__init__(url)
        self.chats = list(chats)

    def waiting_chats(
        self,
        now: datetime,  # noqa: ARG002 whatever is asked for
        limit: int,  # noqa: ARG002 same
        channels: Collection[str] | None = None,  # noqa: ARG002 same
    ) -> list[Chat]:
        return self.chats


@asynccontextmanager
async def overtaken(table: Table) -> AsyncIterator[None]:
    """Do something while a second worker is about to record what it decided before."""
    slow = Slow(table.app.store.url)
    late = asyncio.create_task(table.second_worker(store=slow).once())
    await asyncio.to_thread(slow.is_asked.wait, 10)
    yield
    slow.may_record.set()
    await late
    slow.close()


def block(folder: Path) -> None:
    """Put a file where the photo store's folder was."""
    folder.rmdir()
    folder.touch()


def sql(store: Store, statement: str) -> None:
    """Do something to the database that claimbot would not."""
    store.write(lambda tx: tx.execute(text(statement)))


async def test_a_chat_that_sleeps_on_is_woken_now_and_then(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that lets a wish to be woken stand would keep the worker busy for ever."""
    piet = table.api.user()
    await table.has_draft(piet)
    monkeypatch.setattr(worker, "step", lambda was, _: (was, ()))
    table.clock.now += timedelta(hours=21)

    assert await table.app.worker.once()
    assert not await table.app.worker.once()
    table.clock.now += MINUTE

    assert await table.app.worker.once()


async def test_a_conversation_that_another_worker_woke_is_left_alone(table: Table) -> None:
    """Two workers that wake the same chat say one thing."""
    piet = table.api.user()
    await table.has_draft(piet)
    told = len(piet.heard)
    table.clock.now += timedelta(hours=21)

    async with overtaken(table):
        await table.works()
    await table.works()

    assert len(piet.heard) == told + 1


async def test_a_conversation_that_cannot_be_read_begins_anew(table: Table) -> None:
    """In the configured language, as its own is not known; a person is called."""
    piet = table.api.user(language_code="en")
    await table.answers(piet, await piet.says("hello"))
    sql(table.app.store, "UPDATE conversation SET state = '{}'")

    await table.answers(piet, await piet.says("hallo?"), await piet.says(POLICY_NUMBER))

    assert NL["ask.number"] in piet.heard[1].text
    assert NL["ask.photo.1"] in piet.heard[2].text
    [call] = table.app.desk.handovers()
    assert call.reason == "broken"
    [raised] = table.app.store.attentions()
    assert json.loads(raised.attention.detail) == {"conversation": "{}"}


async def test_a_silent_conversation_that_cannot_be_read_is_left_in_peace(table: Table) -> None:
    """It is not due again and again, so that it is forgotten in time."""
    await table.has_draft(table.api.user())
    sql(table.app.store, "UPDATE conversation SET state = '{}'")
    table.clock.now += timedelta(days=2)

    assert await table.app.worker.once()
    table.clock.now += timedelta(days=2)
    assert not await table.app.worker.once()
    assert [call.reason for call in table.app.desk.handovers()] == ["broken"]


async def test_a_photo_that_telegram_does_not_give_now_is_fetched_later(table: Table) -> None:
    """In order: what the chat said after it waits, and no other chat does."""
    piet, an = table.api.user(), table.api.user()
    await table.answers(piet, await piet.says("hallo"))
    table.api.fails("getFile", SERVER_ERROR, times=3)  # so it is put off by 3.5 to 7 s in all
    sent = [await piet.sends_photo(photo("whole car"), as_is=True), await piet.says("klaar?")]

    assert await table.answers(an, *sent, await an.says("hallo"))
    assert len(piet.heard) == 1
    await table.waits(timedelta(seconds=7))

    states = table.app.store.transcript(chat_of(piet))
    assert all(line.settled_at and line.failure is None for line in states)
    assert NL["photo.saved"].format(slot=1) in piet.heard[-1].text
    assert len(piet.heard) == 2


async def test_telegram_says_how_long_to_wait(table: Table) -> None:
    """And is not asked before."""
    piet = table.api.user()
    table.api.fails("getFile", flood(30))

    assert await table.answers(piet, await piet.sends_photo(photo("a"), as_is=True)) == []
    await table.waits(timedelta(seconds=27))
    assert len(table.api.called("getFile")) == 1
    await table.waits(timedelta(seconds=5))

    assert len(table.api.called("getFile")) == 2
    assert len(piet.heard) == 1


async def test_a_photo_that_telegram_never_gives_is_asked_for_again(table: Table) -> None:
    """After a minute; who waits beside a car has to know."""
    piet = table.api.user()
    table.api.fails("getFile", SERVER_ERROR, times=100)

    await table.answers(piet, await piet.sends_photo(photo("whole car"), as_is=True))
    await table.waits(MINUTE)

    [answer] = piet.heard
    assert NL["unusable.lost"] in answer.text


async def test_a_photo_that_cannot_be_stored_is_kept_until_it_can(table: Table) -> None:
    """However long it takes: the message stays in the inbox, and nothing is asked twice."""
    piet = table.api.user()
    block(table.folder)

    await table.answers(piet, await piet.sends_photo(photo("whole car"), as_is=True))
    await table.waits(10 * MINUTE)
    assert piet.heard == []
    table.folder.unlink()
    table.folder.mkdir()
    await table.waits(MINUTE)

    [answer] = piet.heard
    assert NL["ask.number"] in answer.text


async def test_a_message_of_a_channel_that_is_not_set_up_is_kept(table: Table) -> None:
    """Whoever sets it up again finds it in its place."""
    piet = table.api.user()
    elsewhere = table.second_worker(channels={})
    await table.api.confirmed(await piet.says("hallo"))

    assert not await elsewhere.once()
    await table.works()

    assert len(piet.heard) == 1


async def test_a_claim_reference_that_is_taken_is_drawn_again(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """Both claims are in the queue, once, each under a reference of its own."""
    drawn = iter([0, 0, 1])
    async with laid(api, tmp_path, draw=lambda _: next(drawn)) as table:
        references = []
        for person in (api.user(), api.user()):
            await table.has_draft(person)
            [receipt] = await table.answers(person, await person.says("versturen"))
            references.append(REFERENCE.findall(receipt)[0])

        first, second = make_reference(lambda _: 0), make_reference(lambda _: 1)
        assert references == [first, second]
        assert table.app.desk.depth().ready == 2


async def test_a_turn_that_another_worker_took_is_not_taken_twice(table: Table) -> None:
    """Promise 3: two workers that handle the same message say one thing."""
    piet = table.api.user()
    await table.answers(piet, await piet.says("hallo"))
    await table.api.confirmed(await piet.says(POLICY_NUMBER), await piet.says("status"))

    async with overtaken(table):
        await table.works()
    await table.works()

    assert len(piet.heard) == 3


async def test_a_message_that_another_worker_postponed_is_not_tried_sooner(table: Table) -> None:
    """It was due a moment ago."""
    piet = table.api.user()
    table.api.fails("getFile", SERVER_ERROR)
    await table.api.confirmed(await piet.sends_photo(photo("a"), as_is=True))
    await table.app.worker.once()
    stale = Stale(table.app.store.url, chat_of(piet))

    assert await table.second_worker(store=stale).once()

    stale.close()
    assert len(table.api.called("getFile")) == 1


async def test_a_chat_that_another_worker_did_is_left_as_it_is(table: Table) -> None:
    """It was due a moment ago."""
    piet, an = table.api.user(), table.api.user()
    await table.has_draft(piet)
    before = table.app.store.open_chat(chat_of(piet))
    stale = Stale(table.app.store.url, chat_of(piet), chat_of(an))

    assert await table.second_worker(store=stale).once()

    stale.close()
    assert table.app.store.open_chat(chat_of(piet)) == before
