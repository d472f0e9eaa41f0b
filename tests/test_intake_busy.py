"""A photo that cannot be looked at in time, by the fault of the machine or of nobody."""

from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from claimbot.errors import MachineBusy
from claimbot.photos.examination import Examined
from claimbot.photos.examiners import Examiners
from tests.fake_bot_api import FakeBotApi
from tests.journeys import EN, Table, chat_of, laid, photo
from tests.unruly import idle

MINUTE = timedelta(minutes=1)
MOMENT = timedelta(seconds=0.5)


class Slow(Examiners):
    """Children on a machine that is too busy at first."""

    def __init__(self, busy_for: int) -> None:
        super().__init__(1)
        self.busy_for = busy_for
        self.asked: list[bool] = []

    def examine(
        self, data: bytes, *, today: date | None, patient: bool = False
    ) -> Future[Examined]:
        self.asked.append(patient)
        if len(self.asked) > self.busy_for:
            return super().examine(data, today=today, patient=patient)
        nothing: Future[Examined] = Future()
        nothing.set_exception(MachineBusy("too_slow"))
        return nothing


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot on an empty database."""
    async with FakeBotApi() as api, laid(api, tmp_path) as ready:
        yield ready


async def worked(table: Table, examiners: Examiners) -> int:
    """Let a worker with other examiners do everything; return how often it began."""
    worker = table.second_worker(examiners=examiners)
    tries = 0
    while await worker.once():
        tries += 1
        table.clock.now += MINUTE
    await table.works()
    return tries


async def test_a_photo_is_not_refused_when_the_machine_is_busy(table: Table) -> None:
    """It is looked at later, with more patience, and what was said after it is answered then."""
    piet = table.api.user(language_code="en")
    await table.answers(piet, await piet.says("hello"))
    sent = [await piet.sends_photo(photo("whole car"), as_is=True), await piet.says("done?")]
    await table.api.confirmed(*sent)

    with closing(Slow(busy_for=2)) as slow:
        await worked(table, slow)

    assert slow.asked == [False, True, True]
    lines = table.app.store.transcript(chat_of(piet))
    assert all(line.settled_at and line.failure is None for line in lines)
    assert EN["photo.saved"].format(slot=1) in piet.heard[1].text
    assert [path.read_bytes() for path in table.blobs()] == [photo("whole car")]


async def test_a_file_that_always_hangs_holds_nobody_up_for_ever(table: Table) -> None:
    """After six tries, about a minute in service, it is asked for again; the chat goes on."""
    piet = table.api.user(language_code="en")
    await table.answers(piet, await piet.says("hello"))
    await table.api.confirmed(await piet.sends_photo(b"hang", as_is=True))

    with closing(Examiners(1, idle, patience=MOMENT)) as examiners:
        tries = await worked(table, examiners)
    [answer] = await table.answers(piet, await piet.says("hello?"))

    assert tries == 6
    assert EN["unusable.lost"] in piet.heard[1].text
    assert EN["ask.number"] in answer
