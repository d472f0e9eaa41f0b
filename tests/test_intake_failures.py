"""What fails: an outage is waited out, our own mistake sets a message aside and calls a person."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import repeat
from pathlib import Path
from secrets import randbelow

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from claimbot.channels import Channel, Outbound
from claimbot.claim import PolicyNumber
from claimbot.codec import dump
from claimbot.errors import ChannelDown
from claimbot.intake import Relay, relay, worker
from claimbot.policies import PolicyDirectory
from claimbot.store import Store, Turn
from tests.fake_bot_api import FakeBotApi
from tests.journeys import EN, NL, POLICY_NUMBER, Table, chat_of, laid
from tests.store_builders import turn

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
POISON = "666666666"


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    """A claimbot on an empty database."""
    async with FakeBotApi() as api, laid(api, tmp_path) as ready:
        yield ready


class Stumbling:
    """A policy directory that falls over one number, each time with the next of these errors."""

    def __init__(
        self, directory: PolicyDirectory, errors: Iterable[Exception] = repeat(KeyError(POISON))
    ) -> None:
        self.pattern = directory.pattern
        self.example = directory.example
        self.check = directory.check
        self._directory = directory
        self._errors = iter(errors)

    async def look_up(self, number: str) -> PolicyNumber:
        if number == POISON and (error := next(self._errors, None)):
            raise error
        return await self._directory.look_up(number)


class Moody:
    """A channel that fails to send, each time with the next of these errors."""

    def __init__(self, channel: Channel, errors: Iterable[Exception]) -> None:
        self.name, self.start, self.stop = channel.name, channel.start, channel.stop
        self.read, self.greet, self.fetch = channel.read, channel.greet, channel.fetch
        self._channel = channel
        self._errors = iter(errors)

    async def send(self, chat: str, message: Outbound) -> None:
        if error := next(self._errors, None):
            raise error
        await self._channel.send(chat, message)


class Away(Store):
    """A database that is away when the next few turns are to be recorded."""

    times = 5

    def record(self, turn: Turn) -> None:
        self.times -= 1
        if self.times >= 0:
            raise OperationalError("UPDATE conversation", None, OSError("away"))
        super().record(turn)


class Mistaken(Store):
    """A database that is asked for something that it does not have when a message is handled."""

    def record(self, turn: Turn) -> None:
        self.read(lambda tx: tx.execute(text("SELECT nothing FROM inbox")))
        super().record(turn)


@pytest.fixture
def away(table: Table) -> Iterator[Away]:
    """The table's database, which goes away."""
    with closing(Away(table.app.store.url)) as store:
        yield store


async def tried(table: Table, **parts: object) -> int:
    """Let a worker with these parts do everything; return how often it began."""
    trying = table.second_worker(**parts)
    tries = 0
    with capture_logs():  # it takes a second to lay out a traceback
        while await trying.once():
            tries += 1
            table.clock.now += MINUTE
    await table.works()
    return tries


async def sent(
    table: Table, errors: Iterable[Exception], *, away: timedelta = timedelta(), within: timedelta
) -> list[str]:
    """Say two things while these errors happen, after we were away; return what arrives."""
    app, piet = table.app, table.api.user()
    say = tuple(dump(Outbound(text=words)) for words in ("een", "twee"))
    app.store.record(turn(chat_of(piet), say=say, at=table.clock.now))
    table.clock.now += away
    sending = Relay(
        store=app.store,
        queue=app.queue,
        photos=app.photos,
        channels={"telegram": Moody(app.channels["telegram"], errors)},
        clock=table.clock,
        gap=timedelta(),
        draw=randbelow,
    )
    until = table.clock.now + within
    with capture_logs():
        while table.clock.now < until:
            while await sending.once():
                pass
            table.clock.now = app.store.next_due(table.clock.now) or until
    return [said.text for said in piet.heard]


async def test_a_message_that_breaks_us_is_set_aside_and_told(table: Table) -> None:
    """After three tries; what is said next is answered, and the message is kept."""
    piet = table.api.user(language_code="en")
    await table.answers(piet, await piet.says("hello"))
    poison = await piet.says(f"my policy is {POISON}")
    await table.api.confirmed(poison, await piet.says(POLICY_NUMBER))

    tries = await tried(table, policies=Stumbling(table.app.policies))

    assert tries == 3
    assert [said.text for said in piet.heard[1:-1]] == [EN["broken"]]
    assert EN["ask.photo.1"] in piet.heard[-1].text
    kept = [line for line in table.app.store.transcript(chat_of(piet)) if POISON in line.body]
    assert [line.failure for line in kept] == [f"KeyError: '{POISON}'"]


async def test_a_first_message_that_breaks_us_is_answered_in_its_language(table: Table) -> None:
    """The conversation then begins with the next one."""
    piet = table.api.user(language_code="en")
    await table.api.confirmed(await piet.says(f"my policy is {POISON}"))

    await tried(table, policies=Stumbling(table.app.policies))
    [answer] = await table.answers(piet, await piet.says("hello"))

    assert piet.heard[0].text == EN["broken"]
    assert EN["ask.number"] in answer


async def test_outages_do_not_use_up_a_messages_tries(table: Table) -> None:
    """However many there were, our own code gets its three tries."""
    piet = table.api.user(language_code="en")
    outages = [OSError("no route"), ConnectionResetError(), TimeoutError()]
    errors = [*outages, KeyError("x"), *outages, KeyError("x"), *outages]
    await table.api.confirmed(await piet.says(f"my policy is {POISON}"))

    tries = await tried(table, policies=Stumbling(table.app.policies, errors))

    assert tries == len(errors) + 1
    assert table.app.desk.undelivered() == []
    [answer] = piet.heard
    assert answer.text != EN["broken"]


async def test_people_see_how_often_a_message_was_tried_in_all(table: Table) -> None:
    """Outages included, though they do not count."""
    piet = table.api.user()
    errors = [OSError("no route"), *repeat(KeyError("x"), 3)]
    await table.api.confirmed(await piet.says(f"polis {POISON}"))

    await tried(table, policies=Stumbling(table.app.policies, errors))

    [lost] = table.app.desk.undelivered()
    assert (lost.tries, lost.failure) == (4, "KeyError: 'x'")


async def test_after_an_outage_a_mistake_is_tried_again_soon(table: Table) -> None:
    """What was said after it waits no longer than after any other mistake."""
    piet = table.api.user()
    errors = [*repeat(OSError("no route"), 9), *repeat(KeyError("x"), 3)]
    stumbling = table.second_worker(policies=Stumbling(table.app.policies, errors))
    await table.api.confirmed(await piet.says(f"polis {POISON}"))
    for _ in range(9):
        await stumbling.once()
        table.clock.now += MINUTE

    for seconds in (0, 1, 2):
        table.clock.now += timedelta(seconds=seconds)
        assert await stumbling.once()

    assert len(table.app.desk.undelivered()) == 1


async def test_a_database_that_takes_no_answers_loses_none(table: Table, away: Away) -> None:
    """The message is put off, for as long as it takes."""
    piet = table.api.user()
    await table.api.confirmed(await piet.says("hallo"))

    tries = await tried(table, store=away)

    assert tries == 6
    [answer] = piet.heard
    assert NL["ask.number"] in answer.text


async def test_what_no_database_can_do_is_our_mistake(table: Table) -> None:
    """It does not hold its chat up for ever."""
    piet = table.api.user()
    await table.api.confirmed(await piet.says("hallo"))

    with closing(Mistaken(table.app.store.url)) as mistaken:
        tries = await tried(table, store=mistaken)

    assert tries == 3
    assert [said.text for said in piet.heard] == [NL["broken"]]


def stumble(*_: object) -> None:
    """Break, whatever happened."""
    raise KeyError


async def test_a_chat_that_breaks_us_when_it_is_woken_sleeps_on(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person is called, and whatever is said next is answered."""
    piet = table.api.user()
    await table.has_draft(piet)
    monkeypatch.setattr(worker, "step", stumble)
    table.clock.now += 2 * DAY

    with capture_logs() as logs:
        assert await table.app.worker.once()
        table.clock.now += DAY
        assert not await table.app.worker.once()
    monkeypatch.undo()
    [call] = table.app.desk.handovers()
    [back] = await table.answers(piet, await piet.says("hallo"))

    assert [entry["event"] for entry in logs] == ["conversation not woken"]
    assert (call.reason, len(call.draft.photos)) == ("broken", 3)
    assert NL["back"] in back


async def test_a_person_is_called_once_however_often_a_chat_cannot_be_woken(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until they have closed the call."""
    piet = table.api.user()
    await table.has_draft(piet)

    for _ in range(2):
        with monkeypatch.context() as broken:
            broken.setattr(worker, "step", stumble)
            await table.waits(2 * DAY)
        await table.answers(piet, await piet.says("hallo"))

    assert len(table.app.desk.handovers()) == 1


async def test_a_chat_that_breaks_us_when_it_is_woken_is_forgotten_in_time(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month after its last turn, once the call for a person is closed."""
    await table.has_draft(table.api.user())
    monkeypatch.setattr(worker, "step", stumble)
    await table.waits(40 * DAY)
    assert table.app.upkeep.once().chats == 0
    [call] = table.app.desk.handovers()

    table.app.desk.take_over("ann", call.reference)

    assert table.app.upkeep.once().chats == 1
    await table.works()
    assert table.blobs() == []


async def test_a_chat_is_woken_when_the_database_is_back(table: Table, away: Away) -> None:
    """Nobody is called: it is due as before."""
    piet = table.api.user()
    await table.has_draft(piet)
    told = len(piet.heard)
    waking = table.second_worker(store=away)
    away.times = 1
    table.clock.now += 21 * HOUR

    with pytest.raises(OperationalError):
        await waking.once()
    assert await waking.once()
    await table.waits(MINUTE)

    assert len(piet.heard) == told + 1
    assert table.app.desk.handovers() == []


async def test_outages_do_not_use_up_an_answers_tries(table: Table) -> None:
    """However many there were, our own code gets its three tries."""
    outages = [ChannelDown("502"), OSError("no route"), TimeoutError()]
    errors = [*outages, KeyError("x"), *outages, KeyError("x")]

    assert await sent(table, errors, within=HOUR) == ["een", "twee"]


async def test_an_answer_that_breaks_us_is_given_up_after_three_tries(table: Table) -> None:
    """It does not silence its chat for a day; people see how often it was tried in all."""
    errors = [ChannelDown("502"), *repeat(KeyError("x"), 3)]

    assert await sent(table, errors, within=MINUTE) == ["twee"]
    [lost] = table.app.desk.undelivered()
    assert (lost.tries, lost.failure) == (4, "KeyError: 'x'")


async def test_an_answer_that_is_a_day_late_is_not_sent(table: Table) -> None:
    """It would confuse more than help."""
    errors = repeat(ChannelDown("502"))

    assert await sent(table, errors, within=DAY + HOUR) == []
    assert len(table.app.desk.undelivered()) == 2


async def test_an_answer_is_not_given_up_because_we_were_away(table: Table) -> None:
    """After a day without us, what we need may take some minutes to come up too."""
    errors = repeat(ChannelDown("502"), relay.TRIES_WHEN_LATE - 1)

    assert await sent(table, errors, away=2 * DAY, within=HOUR) == ["een", "twee"]


async def test_what_is_late_is_given_up_after_some_minutes(table: Table) -> None:
    """What is said now does not wait for it for long."""
    errors = repeat(ChannelDown("502"), 2 * relay.TRIES_WHEN_LATE)

    assert await sent(table, errors, away=2 * DAY, within=HOUR) == []
    assert [lost.tries for lost in table.app.desk.undelivered()] == [10, 10]
