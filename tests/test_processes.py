"""``claimbot web``, ``worker`` and ``relay``: one claimbot in several processes."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from claimbot.app import often
from tests.command_line import Shell, open_shell
from tests.fake_bot_api import FakeBotApi
from tests.fleet import KINDS
from tests.journeys import Served, hand_in, photos
from tests.soak.processes import main

NO_CHANNEL = "no channel is set up; set CLAIMBOT_TELEGRAM_TOKEN for Telegram"


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A shell beside an empty claim database."""
    with open_shell(tmp_path, monkeypatch, capsys) as shell:
        shell.migrate()
        yield shell


def hints(err: str) -> list[str]:
    """Return what was said for people, not for the log."""
    return [line for line in err.splitlines() if not line.startswith("{")]


def stops(then: timedelta) -> Callable[[], timedelta]:
    """Return what says how soon to look again, and has this process told to stop."""

    def often() -> timedelta:
        os.kill(os.getpid(), signal.SIGTERM)
        return then

    return often


def test_who_is_fed_by_other_processes_looks_often() -> None:
    """Not in step with the others that do."""
    pauses = {often() for _ in range(100)}

    assert min(pauses) >= timedelta(seconds=0.25)
    assert max(pauses) < timedelta(seconds=0.5)
    assert len(pauses) > 1


def test_processes_that_are_killed_lose_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Promises 1 to 3 over two webs, two workers and two relays, six times one of them less."""
    main(["--kills", "6", "--chats", "20", "--seed", "1"])

    assert "6 kills" in capsys.readouterr().out


async def test_one_of_each_share_a_file(api: FakeBotApi, tmp_path: Path) -> None:
    """Each does its part and no other's; told to stop, each ends with exit code 0."""
    piet = api.user()
    served = [Served(api, tmp_path, command=kind) for kind in KINDS]
    async with AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as group:
            for process in served:
                group.create_task(stack.enter_async_context(process))
        reference = await hand_in(piet, photos(), within=60)
        listed = await served[0].command("claims", "list", "--json")
        stopped = await asyncio.gather(*(process.stop(within=30) for process in served))

    [claim] = [json.loads(line) for line in listed.out.splitlines()]
    assert claim["reference"] == reference
    handled = {
        kind: any(entry["event"] == "message handled" for entry in process.entries())
        for kind, process in zip(KINDS, served, strict=True)
    }
    assert stopped == [0, 0, 0]
    assert handled == {"web": False, "worker": True, "relay": False}


@pytest.mark.parametrize("part", ["worker", "relay"])
def test_a_part_runs_until_it_is_told_to_stop(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Without a channel it says so, and runs."""
    monkeypatch.setattr("claimbot.app.often", stops(timedelta(minutes=1)))

    done = shell.run(part)

    assert (done.code, done.out) == (0, "")
    assert hints(done.err) == [NO_CHANNEL]
    assert f'"part": "{part}"' in done.err
