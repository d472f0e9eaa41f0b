"""The publisher: every sink is told, at its own pace."""

import asyncio
import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from claimbot.app import now
from claimbot.desk import as_json
from claimbot.desk.sinks import Sinks
from claimbot.errors import SinkDown, SinkGone
from claimbot.intake import publisher
from claimbot.intake.publisher import BATCH, HOLD, LONGEST_PAUSE, TRIES, WATCH_EVERY
from claimbot.sinks import Message
from claimbot.store import Chat, deliveries
from claimbot.store.deliveries import EventType
from tests.databases import DATABASES, open_store
from tests.publishing import HOUR, OTHER, QUICK, Stage, running
from tests.store_builders import MINUTE, NOON, claim, turn


@pytest.fixture(params=DATABASES)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage of its own for each test, on each database."""
    with open_store(request.param, tmp_path) as store:
        yield Stage(store)


async def test_a_sink_is_told_which_claim_and_no_more(stage: Stage) -> None:
    """An event as CloudEvents has it; who wants to know more asks for it, with a token."""
    stage.submit("CB-1")
    await stage.works()

    [told] = stage.other.took
    assert (told.id, told.type, told.subject, told.key) == (
        *("CB-1:1", "claim.submitted"),
        *("CB-1", "CB-1"),
    )
    assert json.loads(told.data) == {
        "specversion": "1.0",
        "id": "CB-1:1",
        "source": "/claimbot",
        "type": "claim.submitted",
        "subject": "CB-1",
        "time": "2026-03-01T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "reference": "CB-1",
            "revision": 1,
            "status": "queued",
            "priority": "normal",
            "links": {"claim": "/v1/claims/CB-1"},
        },
    }


async def test_a_sink_that_wants_it_is_told_the_whole_claim(stage: Stage) -> None:
    """As `claims show --json` prints it."""
    stage.submit("CB-1")
    await stage.works()

    [told] = stage.quick.took
    stored = stage.store.claim("CB-1")
    assert json.loads(told.data)["data"]["claim"] == as_json(stored, None)


async def test_many_are_told_together_oldest_first(stage: Stage) -> None:
    """At most `BATCH` at once."""
    names = [f"CB-{number}" for number in range(BATCH + 1)]
    stage.submit(*names)
    await stage.works()

    assert stage.quick.ids == [f"{name}:1" for name in names]
    assert stage.quick.batches == [BATCH, 1]
    assert {one.state for one in stage.log()} == {"confirmed"}


async def test_what_was_not_confirmed_is_told_again(stage: Stage) -> None:
    """The rest of its batch is not."""

    async def but_the_second(batch: Sequence[Message]) -> Collection[str]:
        return {one.id for one in batch} - {"CB-2:1"}

    stage.submit("CB-1", "CB-2", "CB-3")
    stage.quick.trouble = but_the_second
    await stage.works()
    assert [one.failure for one in stage.log()] == [None, "not confirmed", None]
    stage.quick.trouble = None
    stage.clock.now += timedelta(seconds=5)
    await stage.works()

    assert stage.quick.ids == ["CB-1:1", "CB-3:1", "CB-2:1"]
    assert [one.tries for one in stage.log()] == [1, 2, 1]


async def test_a_sink_is_tried_eight_times_within_a_day_and_then_no_more(stage: Stage) -> None:
    """It stays a dead letter that is seen, and is told by hand; other sinks do not notice."""
    stage.submit("CB-1")
    stage.quick.fails(SinkDown("HTTP 500", confirmed=()))
    publishing = stage.another(watch_after=timedelta(days=9))
    tried = []
    due: datetime | None = NOON
    while due is not None:
        stage.clock.now = due + LONGEST_PAUSE
        tried.append(stage.clock.now)
        await publishing.once()
        due = stage.store.read(lambda tx: deliveries.next_due(tx, QUICK.name, stage.clock.now))

    assert len(tried) == TRIES == 8
    assert timedelta(hours=20) < tried[-1] - tried[0] < timedelta(hours=28)
    [dead] = stage.log()
    assert (dead.state, dead.failure, dead.tries) == ("dead", "HTTP 500", 8)
    assert stage.other.ids == ["CB-1:1"]

    stage.quick.trouble = None
    stage.clock.now += LONGEST_PAUSE
    desk = Sinks(stage.store, [QUICK.name], stage.clock)
    assert desk.redeliver("ann", QUICK.name) == 1
    await publishing.once()
    assert stage.quick.ids == ["CB-1:1"]


@pytest.mark.parametrize("chance", [0, 1])
async def test_what_failed_together_does_not_come_again_together(
    stage: Stage, chance: int
) -> None:
    """A fifth of each wait is left to chance."""
    stage.submit("CB-1")
    stage.quick.fails(SinkDown("HTTP 500"))
    await stage.another(draw=lambda most: (most - 1) * chance).once()

    assert stage.log()[0].not_before == NOON + timedelta(seconds=5 + chance)


async def test_a_sink_says_how_long_to_wait(stage: Stage) -> None:
    """And is not asked before, whatever else there is to tell it; for a day at most."""
    stage.submit("CB-1")
    stage.quick.fails(SinkDown("HTTP 429", 10 * MINUTE))
    await stage.works()
    stage.submit("CB-2")
    stage.clock.now += 9 * MINUTE
    await stage.works()
    assert len(stage.quick.batches) == 1
    stage.quick.fails(SinkDown("HTTP 429", timedelta(days=900)))
    stage.clock.now += MINUTE
    await stage.works()
    assert len(stage.quick.batches) == 2
    stage.quick.trouble = None
    stage.clock.now += timedelta(days=1)
    await stage.works()

    assert sorted(stage.quick.ids) == ["CB-1:1", "CB-2:1"]


async def test_a_sink_that_is_down_is_left_alone_for_a_while(stage: Stage) -> None:
    """Longer each time, for a minute at most; what takes nothing is not sent everything."""
    stage.quick.fails(OSError("password=secret"))
    with capture_logs() as logged:
        for number in range(10):
            stage.submit(f"CB-{number}")
            await stage.works()

    assert len(stage.quick.batches) == 1
    assert stage.log()[-1].failure == "OSError"
    assert "secret" not in str(logged)
    for number in range(10, 20):
        stage.clock.now += LONGEST_PAUSE
        stage.submit(f"CB-{number}")
        await stage.works()
    assert len(stage.quick.batches) > 10


async def test_a_sink_that_is_gone_is_told_nothing_until_it_is_enabled(stage: Stage) -> None:
    """What waits for it is told then; how often was tried before does not count."""
    stage.submit("CB-1", "CB-2")
    stage.quick.fails(SinkGone("HTTP 410", confirmed={"CB-1:1"}))
    await stage.works()
    stage.submit("CB-3")
    stage.clock.now += timedelta(days=9)
    await stage.works()
    assert len(stage.quick.batches) == 1

    desk = Sinks(stage.store, [QUICK.name], stage.clock)
    assert (desk.find(QUICK.name).waiting, desk.find(QUICK.name).reason) == (2, "HTTP 410")
    stage.quick.trouble = None
    assert desk.enable("ann", QUICK.name)
    await stage.works()

    assert stage.quick.ids == ["CB-2:1", "CB-3:1"]


async def test_what_a_process_died_with_is_told_by_another(stage: Stage) -> None:
    """Once it does not hold it any more; who lives is not disturbed."""
    stage.submit("CB-1")
    stage.store.write(lambda tx: deliveries.take(tx, QUICK.name, NOON, BATCH, HOLD))
    await stage.works()
    assert stage.quick.ids == []
    stage.clock.now += HOLD
    await stage.works()

    assert stage.quick.ids == ["CB-1:1"]


async def test_a_claim_that_was_erased_is_told_nobody(stage: Stage) -> None:
    """Nor is one that cannot be read; the others of the batch are."""
    stage.submit("CB-1", "CB-2", "CB-3")
    stage.store.write(
        lambda tx: [
            tx.execute(text("DELETE FROM claim WHERE reference = 'CB-1'")),
            tx.execute(text("UPDATE claim SET body = '{' WHERE reference = 'CB-2'")),
        ]
    )
    await stage.works()

    assert stage.quick.ids == ["CB-3:1"]
    assert [one.failure for one in stage.log()] == [
        None,
        "the claim cannot be read; run `claimbot db check`",
        "the claim was erased",
    ]
    stage.submit("CB-4")
    stage.store.write(lambda tx: tx.execute(text("DELETE FROM claim WHERE reference = 'CB-4'")))
    stage.clock.now += timedelta(days=3)
    await stage.works()
    assert stage.quick.batches == [1]


async def test_an_undecided_claim_that_a_sink_does_not_know_of_is_told_again(
    stage: Stage,
) -> None:
    """Whether it was given up, or came before the sink did; the log says so."""
    stage.submit("CB-1")
    key = Chat(channel="telegram", chat="CB-2")
    stage.store.record(turn(key, claim=claim("CB-2")))
    [waiting] = stage.log()
    stage.store.write(lambda tx: deliveries.give_up(tx, waiting.id, NOON, "HTTP 500"))
    await stage.works()
    assert stage.quick.ids == []

    stage.clock.now += HOUR - timedelta(seconds=1)
    await stage.works()
    assert stage.quick.ids == []
    stage.clock.now += WATCH_EVERY
    with capture_logs() as logged:
        await stage.works()

    assert sorted(stage.quick.ids) == ["CB-1:1", "CB-2:1"]
    told = {entry["sink"]: entry["deliveries"] for entry in logged if "deliveries" in entry}
    assert told == {QUICK.name: 2, OTHER.name: 1}


async def test_a_slow_sink_holds_up_no_other(stage: Stage) -> None:
    """While it hangs, and while it is away."""
    hangs = asyncio.Event()
    told = asyncio.Event()

    async def hang(_: Sequence[Message]) -> None:
        await hangs.wait()

    async def tell(_: Sequence[Message]) -> None:
        told.set()

    stage.quick.trouble, stage.other.trouble = hang, tell
    async with running(stage.publisher):
        for reference in ("CB-1", "CB-2"):
            told.clear()
            stage.submit(reference)
            stage.publisher.nudge()
            async with asyncio.timeout(10):
                await told.wait()
        hangs.set()

    assert stage.other.ids == ["CB-1:1", "CB-2:1"]
    assert stage.quick.ids[:1] == ["CB-1:1"]
    assert stage.quick.is_closed
    assert stage.other.is_closed


async def test_a_sink_that_hangs_is_let_go_when_we_stop(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it may not have is told again at the next start, at once."""
    monkeypatch.setattr("claimbot.intake.pump.FINISH_WITHIN", timedelta(seconds=0.1))
    begun = asyncio.Event()

    async def hang(_: Sequence[Message]) -> None:
        begun.set()
        await asyncio.Event().wait()

    stage.submit("CB-1")
    stage.quick.trouble = hang
    async with running(stage.publisher), asyncio.timeout(10):
        await begun.wait()

    stage.quick.trouble = None
    await stage.another().once()
    assert stage.quick.ids == ["CB-1:1"]


async def test_a_sink_that_hangs_is_given_up_on_for_now(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before others may take what it is told."""
    monkeypatch.setattr(publisher, "PUBLISH_WITHIN", timedelta(seconds=0.1))

    async def hang(_: Sequence[Message]) -> None:
        await asyncio.Event().wait()

    stage.submit("CB-1")
    stage.quick.trouble = hang
    await stage.works()

    assert stage.log()[0].failure == "TimeoutError"


async def test_what_was_told_is_noted_however_long_the_database_is_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it is told once."""
    monkeypatch.setattr(publisher, "PAUSE", timedelta())
    stage.submit("CB-1")
    failures = iter([OperationalError("", None, Exception())] * 2)
    confirm = deliveries.confirm

    def away(*told: Any) -> None:
        for failure in failures:
            raise failure
        confirm(*told)

    monkeypatch.setattr(deliveries, "confirm", away)
    await stage.works()

    assert (stage.quick.ids, stage.log()[0].state) == (["CB-1:1"], "confirmed")


async def test_a_sink_is_woken_for_what_becomes_due(stage: Stage) -> None:
    """By itself, long before its next look around."""
    again = asyncio.Event()

    async def fail_once(_: Sequence[Message]) -> Collection[str]:
        if len(stage.quick.batches) > 1:
            again.set()
            return {"CB-1:1"}
        return ()

    stage.submit("CB-1")
    stage.quick.trouble = fail_once
    waits = (timedelta(seconds=0.05), *publisher.WAITS[1:])
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(publisher, "WAITS", waits)
        async with running(stage.another(clock=now)), asyncio.timeout(10):
            await again.wait()


def test_events_have_the_names_that_the_intake_and_the_desk_use() -> None:
    """What a receiver chooses by."""
    assert [event.value for event in EventType] == [
        *("claim.submitted", "claim.amended", "claim.asked", "claim.decided"),
    ]


async def test_a_sink_that_was_down_is_told_when_its_pause_is_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself: also of what came meanwhile."""
    monkeypatch.setattr(publisher, "LONGEST_PAUSE", timedelta(seconds=0.2))
    told = asyncio.Event()

    async def fail_first(batch: Sequence[Message]) -> None:
        if len(stage.quick.batches) == 1:
            stage.submit("CB-2")
            raise SinkDown("HTTP 500")
        assert [one.id for one in batch] == ["CB-2:1"]
        told.set()

    stage.submit("CB-1")
    stage.quick.trouble = fail_first
    async with running(stage.another(clock=now)), asyncio.timeout(10):
        await told.wait()
