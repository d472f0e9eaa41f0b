"""The relay: every answer arrives, in order and not too fast, whatever the channel does."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from secrets import randbelow
from threading import Event, Semaphore
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from claimbot.app import now
from claimbot.channels import Channel, Outbound
from claimbot.codec import dump
from claimbot.intake import Relay, pump, relay
from claimbot.queues import AdjusterQueue
from claimbot.queues.memory import MemoryQueue
from claimbot.store import Kind, Posting, Store, outbox
from tests.fake_bot_api import BLOCKED, SERVER_ERROR, FakeBotApi, Person, Refused, flood
from tests.journeys import Clock, Table, chat_of, laid, photo
from tests.store_builders import turn

GAP = timedelta(seconds=1)
JUST = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


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


def says(table: Table, person: Person, *texts: str) -> None:
    """Record that the bot has something to say."""
    chat = chat_of(person)
    number = table.app.store.open_chat(chat).turn
    say = tuple(dump(Outbound(text=text)) for text in texts)
    table.app.store.record(turn(chat, turn=number, say=say, at=table.clock.now))


def posts(table: Table, person: Person, kind: Kind, body: str) -> None:
    """Put something other than a message into the outbox."""
    posting = Posting(dedup_key=kind.value, kind=kind, body=body)
    table.app.store.write(lambda tx: outbox.post(tx, chat_of(person), [posting], table.clock.now))


def another_relay(table: Table, **parts: object) -> Relay:
    """Return another relay on the same database, with other parts than the app's own."""
    app = table.app
    names = ("store", "queue", "photos", "channels")
    same: dict[str, Any] = {name: getattr(app, name) for name in names}
    same |= {"clock": table.clock, "gap": timedelta(), "draw": randbelow}
    return Relay(**{**same, **parts})


def heard(person: Person) -> list[str]:
    """Return what someone was told."""
    return [said.text for said in person.heard]


def failures(table: Table, person: Person) -> list[str | None]:
    """Return why each message to someone is not sent, or was not."""
    return [line.failure for line in table.app.store.transcript(chat_of(person))]


async def test_messages_arrive_in_order_and_chats_side_by_side(table: Table) -> None:
    """One a chat at a time: the next is not sent before the one before arrived."""
    piet, an = table.api.user(), table.api.user()
    says(table, piet, "een", "twee")
    says(table, an, "one")

    assert await table.app.relay.once()
    assert (heard(piet), heard(an)) == (["een"], ["one"])
    assert await table.app.relay.once()
    assert not await table.app.relay.once()

    assert (heard(piet), heard(an)) == (["een", "twee"], ["one"])


async def test_a_message_waits_for_the_one_before_it_to_arrive(table: Table) -> None:
    """Order is worth more than speed."""
    piet = table.api.user()
    table.api.fails("sendMessage", SERVER_ERROR, times=2)
    says(table, piet, "een", "twee")

    await table.works()
    assert heard(piet) == []
    await table.waits(timedelta(seconds=3))

    assert heard(piet) == ["een", "twee"]


async def test_a_chat_is_given_time_between_two_messages(table: Table) -> None:
    """As Telegram asks for, whichever relay sends them; other chats do not wait for it."""
    piet, an = table.api.user(), table.api.user()
    says(table, piet, "een", "twee", "drie")

    for told in (["een"], ["een", "twee"], ["een", "twee", "drie"]):
        assert await another_relay(table, gap=GAP).once()
        assert heard(piet) == told
        table.clock.now += GAP - JUST
        assert not await another_relay(table, gap=GAP).once()
        says(table, an, "one")
        assert await another_relay(table, gap=GAP).once()
        table.clock.now += JUST

    assert heard(an) == ["one"] * 3


async def test_a_chat_that_waits_for_its_next_message_gets_it_in_time(table: Table) -> None:
    """The relay wakes up for it by itself, long before its next look around."""
    pacing = another_relay(table, gap=GAP / 20, clock=now)
    piet = table.api.user()
    says(table, piet, "een", "twee")
    running = asyncio.create_task(pacing.run(lambda: HOUR))

    assert [said.text for said in await piet.hears(2, within=30)] == ["een", "twee"]
    running.cancel()
    await asyncio.wait([running])


async def test_a_channel_says_how_long_to_wait(table: Table) -> None:
    """And is not asked before."""
    piet = table.api.user()
    table.api.fails("sendMessage", flood(40))
    says(table, piet, "een")

    await table.waits(timedelta(seconds=39))
    assert len(table.api.called("sendMessage")) == 1
    await table.waits(timedelta(seconds=1))

    assert heard(piet) == ["een"]


async def test_who_blocked_the_bot_is_sent_nothing_more(table: Table) -> None:
    """Neither this message nor those that wait behind it; what comes later is tried again."""
    piet = table.api.user()
    table.api.fails("sendMessage", BLOCKED)
    says(table, piet, "een", "twee")

    await table.works()
    says(table, piet, "drie")
    await table.works()

    assert heard(piet) == ["drie"]
    assert [bool(failure) for failure in failures(table, piet)] == [True, True, False]


async def test_a_message_that_no_one_takes_is_given_up_alone(table: Table) -> None:
    """The next one is sent."""
    piet = table.api.user()
    table.api.fails("sendMessage", Refused(400, "Bad Request: message is too strange"))
    says(table, piet, "een", "twee")

    with capture_logs() as logs:
        await table.works()

    assert heard(piet) == ["twee"]
    assert [entry["event"] for entry in logs] == ["delivery given up"]


async def test_a_message_to_a_channel_that_is_not_set_up_waits(table: Table) -> None:
    """Whoever sets it up again finds it in its place."""
    piet = table.api.user()
    says(table, piet, "een")
    elsewhere = another_relay(table, channels={})

    assert not await elsewhere.once()
    await table.works()

    assert heard(piet) == ["een"]


async def test_what_a_relay_died_with_is_sent_by_another(table: Table) -> None:
    """Once the first one's hold on it is over."""
    piet = table.api.user()
    says(table, piet, "een")
    table.app.store.take(table.clock.now, 1, relay.HOLD)

    await table.works()
    assert heard(piet) == []
    await table.waits(relay.HOLD)

    assert heard(piet) == ["een"]


class Silent:
    """A channel that takes one chat's messages and never says so."""

    def __init__(self, channel: Channel, chat: str) -> None:
        self.name, self.start, self.stop = channel.name, channel.start, channel.stop
        self.read, self.greet, self.fetch = channel.read, channel.greet, channel.fetch
        self.taken: list[str] = []
        self._channel = channel
        self._chat = chat

    async def send(self, chat: str, message: Outbound) -> None:
        self.taken.append(message.text)
        if chat == self._chat:
            await asyncio.Event().wait()
        await self._channel.send(chat, message)


async def test_a_message_that_is_being_sent_is_not_sent_by_its_own_relay_again(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when sending takes longer than it is held for."""
    monkeypatch.setattr(relay, "HOLD", timedelta())
    monkeypatch.setattr(pump, "FINISH_WITHIN", timedelta(milliseconds=10))
    piet, an = table.api.user(), table.api.user()
    silent = Silent(table.app.channels["telegram"], str(piet.id))
    sending = another_relay(table, channels={"telegram": silent})
    says(table, piet, "een")
    running = asyncio.create_task(sending.run())

    for words in ("one", "two"):
        says(table, an, words)
        sending.nudge()
        await an.hears()
    running.cancel()
    await asyncio.wait([running])

    assert silent.taken == ["een", "one", "two"]


async def test_a_channel_that_never_answers_is_asked_again(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before another relay would take the message over."""
    assert relay.SEND_WITHIN < relay.HOLD
    monkeypatch.setattr(relay, "SEND_WITHIN", timedelta(milliseconds=10))
    piet = table.api.user()
    says(table, piet, "een")
    silent = Silent(table.app.channels["telegram"], str(piet.id))

    assert await another_relay(table, channels={"telegram": silent}).once()
    await table.waits(timedelta(seconds=1))

    assert heard(piet) == ["een"]


class Lingering(Store):
    """A database that says when a delivery is noted, and returns when it is told."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.noted, self.may_return = Semaphore(0), Event()

    def delivered(self, parcel_id: int, at: datetime) -> None:
        super().delivered(parcel_id, at)
        self.noted.release()
        self.may_return.wait(10)


async def test_the_next_message_is_not_held_back_by_one_that_is_just_done(table: Table) -> None:
    """It is due from the moment that the one before is noted, though that is not all done."""
    piet = table.api.user()
    lingering = Lingering(table.app.store.url)
    sending = another_relay(table, store=lingering)
    says(table, piet, "een", "twee", "drie")
    running = asyncio.create_task(sending.run())

    for _ in range(3):
        await piet.hears()
        await asyncio.to_thread(lingering.noted.acquire)
        sending.nudge()
    lingering.may_return.set()
    running.cancel()
    await asyncio.wait([running])

    lingering.close()
    assert heard(piet) == ["een", "twee", "drie"]


class Forgetful(Store):
    """A database that is away just when the first delivery is to be noted."""

    is_back = False

    def delivered(self, parcel_id: int, at: datetime) -> None:
        if not self.is_back:
            self.is_back = True
            raise OperationalError("UPDATE outbox", None, OSError("away"))
        super().delivered(parcel_id, at)


async def test_what_was_said_is_not_said_again_when_that_cannot_be_noted(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is noted as soon as the database is there again."""
    monkeypatch.setattr(relay, "PAUSE", timedelta(milliseconds=10))
    piet = table.api.user()
    says(table, piet, "een")
    forgetful = Forgetful(table.app.store.url)

    assert await another_relay(table, store=forgetful).once()
    await table.waits(MINUTE)

    forgetful.close()
    assert heard(piet) == ["een"]


class Away(MemoryQueue):
    """A queue elsewhere that cannot be reached at first."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.tries = 0

    def put(
        self, tx: Connection, claim_id: str, *, due_at: datetime, skills: Sequence[str] = ()
    ) -> bool:
        self.tries += 1
        if self.tries < 5:
            raise ValueError("no such exchange")
        return super().put(tx, claim_id, due_at=due_at, skills=skills)


async def test_a_receipt_is_said_after_the_claim_is_in_a_queue_elsewhere(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """Promise 2, where claim and queue are not one transaction; it is never given up."""
    async with laid(api, tmp_path, queue="memory:") as table:
        piet = api.user()
        await table.has_draft(piet)
        away: AdjusterQueue = Away(table.clock)
        told = len(piet.heard)
        await api.confirmed(await piet.says("versturen"))
        await table.app.worker.once()
        feeding = another_relay(table, queue=away)
        [stored] = table.app.desk.newest()

        for _ in range(4):
            assert await feeding.once()
            assert table.app.store.read(away.depth).ready == 0
            table.clock.now += MINUTE
        assert await feeding.once()
        assert table.app.store.read(away.depth).ready == 1
        assert len(piet.heard) == told
        assert await feeding.once()

        assert stored.claim.reference in piet.heard[-1].text


async def test_bytes_that_someone_refers_to_again_are_not_deleted(table: Table) -> None:
    """Between the erasure and its delivery another chat may have sent the same photo."""
    piet, an = table.api.user(), table.api.user()
    await table.answers(an, await an.sends_photo(photo("whole car"), as_is=True))
    [kept] = table.blobs()
    gone = table.app.photos.put(b"nobody's")
    posts(table, piet, Kind.DISCARD, json.dumps([kept.name, gone]))

    await table.works()

    assert table.blobs() == [kept]
