"""``claimbot serve`` and ``claims accept`` after ``kill -9`` at every point that matters."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from claimbot.queues.sql import SqlQueue
from claimbot.store import Store
from tests.fake_bot_api import FakeBotApi
from tests.killed.instants import parse_instant
from tests.killed.invariants import holds
from tests.killed.mortal import Mortal
from tests.killed.policyholder import Manner, hand_in, pictures
from tests.soak.kills import main

HOUR = timedelta(hours=1)


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.mark.parametrize(
    "instants",
    [
        ("before-keep:2", "after-keep:2", "after-receive:2"),
        ("before-put-photo:2", "after-put-photo:2"),
        ("before-advance:3", "after-advance:1"),
        ("before-submit:1", "after-put:1", "after-submit:1"),
        ("before-send:2", "after-send:1", "before-receipt:1", "after-receipt:1"),
    ],
    ids=("receive", "photo put", "advance", "submit", "send"),
)
async def test_a_claim_is_handed_in_whole_whatever_the_process_dies_at(
    api: FakeBotApi, tmp_path: Path, instants: tuple[str, ...]
) -> None:
    """Promises 1 to 3: before and after each thing that is done with a message."""
    async with Mortal(api, tmp_path, [parse_instant(text) for text in instants]) as mortal:
        piet = await hand_in(mortal, Manner(), pictures("piet"))
        await mortal.died()
        assert await mortal.stop(within=30) == 0

    holds(mortal, [piet])


async def test_a_queue_in_another_database_is_given_each_claim_once(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """Promise 2: before and after the relay feeds it, of which nothing is noted yet."""
    instants = [parse_instant(f"{side}-put-elsewhere:1") for side in ("before", "after")]
    async with Mortal(api, tmp_path, instants, queue_elsewhere=True) as mortal:
        piet = await hand_in(mortal, Manner(), pictures("piet"))
        await mortal.died()
        assert await mortal.stop(within=30) == 0

    holds(mortal, [piet])


async def test_a_decision_is_made_once_or_not_at_all(api: FakeBotApi, tmp_path: Path) -> None:
    """Promise 4: killed before its commit, `claims accept` can be typed again; after it, it holds.

    Nothing lies between the decision and the end of the claim's stay in the queue.
    """
    async with Mortal(api, tmp_path, []) as mortal:
        holders = await asyncio.gather(
            *(hand_in(mortal, Manner(), pictures(name)) for name in ("piet", "an"))
        )
        assert await mortal.stop(within=30) == 0
        with closing(Store(f"sqlite:///{mortal.database}")) as store:
            [lease] = store.write(lambda tx: SqlQueue().lease(tx, "bo", hold=HOUR))
        instants = [
            parse_instant(f"{point}:1")
            for point in ("before-decide", "after-decide", "after-ack", "after-accept")
        ]
        await mortal.kill_at(instants, "claims", "accept", lease.claim_id, "--adjuster", "bo")

    holds(mortal, holders, decided=[lease.claim_id])


def test_nothing_is_lost_at_random_instants_under_load(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Promises 1 to 3; the long form is ``make soak``."""
    main(["--kills", "15", "--chats", "8", "--seed", "2"])

    assert re.search(r"^15 of 15 kills in ", capsys.readouterr().out, re.MULTILINE)


def test_there_are_no_more_kills_when_the_time_is_up(capsys: pytest.CaptureFixture[str]) -> None:
    """How far it came is told, and everything is checked all the same."""
    main(["--kills", "1000", "--minutes", "0.1", "--chats", "2", "--seed", "2"])

    told = re.search(r"^(\d+) of 1000 kills in ", capsys.readouterr().out, re.MULTILINE)
    assert told
    assert 1 <= int(told[1]) < 100
