"""Whose turn it is: one chat that sends much, or many, keep nobody else waiting."""

from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from claimbot.claim import PolicyNumber
from claimbot.photos.examination import Examined
from claimbot.photos.examiners import Examiners
from claimbot.policies import PolicyDirectory
from claimbot.store import Chat, Store, Turn
from tests.fake_bot_api import FakeBotApi, Person
from tests.journeys import POLICY_NUMBER, Clock, Table, chat_of, laid, photo

FLOODING = 20  # chats, more than a worker serves at once
TAKES = timedelta(seconds=1.2)


class Noting(Store):
    """A database that notes whose messages were handled, in order."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.handled: list[Chat] = []

    def record(self, turn: Turn) -> None:
        super().record(turn)
        if turn.inbox_id is not None:
            self.handled.append(turn.key)


class Busy(Examiners):
    """Children that take their time over each photo."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(1)
        self._clock = clock

    def examine(
        self, data: bytes, *, today: date | None, patient: bool = False
    ) -> Future[Examined]:
        self._clock.now += TAKES
        return super().examine(data, today=today, patient=patient)


class Slow:
    """A policy directory that takes its time over each number."""

    def __init__(self, directory: PolicyDirectory, clock: Clock) -> None:
        self.pattern = directory.pattern
        self.example = directory.example
        self.check = directory.check
        self._directory = directory
        self._clock = clock

    async def look_up(self, number: str) -> PolicyNumber:
        self._clock.now += TAKES
        return await self._directory.look_up(number)


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot on an empty database."""
    async with FakeBotApi() as api, laid(api, tmp_path) as ready:
        yield ready


async def flood(table: Table, people: list[Person], messages: int) -> None:
    """Let everyone send their policy number so often, one after the other."""
    for person in people:
        sent = [await person.says(POLICY_NUMBER) for _ in range(messages)]
        await table.api.confirmed(*sent)


async def test_who_says_one_thing_waits_for_no_flood(table: Table) -> None:
    """Twenty chats send ten photos each; a text is answered before any has its second one."""
    an, bo, *flooding = (table.api.user() for _ in range(2 + FLOODING))
    await table.answers(an, await an.says("hallo"))
    table.clock.now += timedelta(hours=1)
    for person in flooding:
        await table.api.confirmed(*await person.sends_album([photo("a")] * 10, as_is=True))
    with closing(Busy(table.clock)) as busy, closing(Noting(table.app.store.url)) as noting:
        worker = table.second_worker(store=noting, examiners=busy)

        await worker.once()
        before = len(noting.handled)
        await table.api.confirmed(await an.says("status"), await bo.says("hallo"))
        await worker.once()

    first, second = noting.handled[:before], noting.handled[before:]
    chats = [chat_of(person) for person in flooding]
    assert first == chats[:before]
    assert second[: FLOODING - before + 2] == [*chats[before:], chat_of(bo), chat_of(an)]


async def test_chats_that_flood_take_turns(table: Table) -> None:
    """None is ever more than one message ahead of another."""
    people = [table.api.user() for _ in range(FLOODING)]
    await flood(table, people, messages=3)
    slow = Slow(table.app.policies, table.clock)
    with closing(Noting(table.app.store.url)) as noting:
        worker = table.second_worker(store=noting, policies=slow)
        while await worker.once():
            pass

    served: Counter[Chat] = Counter({chat_of(person): 0 for person in people})
    for chat in noting.handled:
        served[chat] += 1
        assert max(served.values()) - min(served.values()) <= 1
    assert set(served.values()) == {3}


async def test_what_takes_no_time_is_done_in_one_go(table: Table) -> None:
    """A chat gives its turn away by the time it took, not by the message."""
    people = [table.api.user() for _ in range(2)]
    await flood(table, people, messages=5)
    with closing(Noting(table.app.store.url)) as noting:
        worker = table.second_worker(store=noting)

        assert await worker.once()
        assert not await worker.once()

    assert noting.handled == [chat_of(person) for person in people for _ in range(5)]
