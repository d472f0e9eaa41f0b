"""``claimbot serve`` that is told to stop while something hangs: it ends, and loses nothing."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from claimbot.photos import path_of
from tests.fake_bot_api import FakeBotApi
from tests.journeys import NL, POLICY_NUMBER, ROOT, Served, photo
from tests.outages import locked
from tests.tcp_proxy import TcpProxy

STOPPED_WITHIN = 10  # seconds; then who told it to kills it
HANGING = """
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from claimbot.cli import stopping

async def hang():
    Path(sys.argv[1]).read_bytes()

stopping.END_WITHIN = timedelta(seconds=0.1)
stopping.run_until_stopped(BytesIO(), hang())
"""


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


async def test_a_photo_store_that_never_answers_holds_up_no_stop(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """A thread that hangs would keep Python from ending; the next start stores the photo."""
    piet, sent = api.user(), photo("whole car")
    place = tmp_path / "photos" / path_of(sha256(sent).hexdigest())
    async with Served(api, tmp_path) as served:
        await piet.says(POLICY_NUMBER)
        await piet.hears(within=10)
        place.parent.mkdir(parents=True)
        os.mkfifo(place)  # whoever reads it waits for ever
        await api.confirmed(await piet.sends_photo(sent, as_is=True), within=10)
        hanging = await asyncio.to_thread(os.open, place, os.O_WRONLY)  # once it is being read

        code = await served.stop(within=STOPPED_WITHIN)
        os.close(hanging)
        place.unlink()
        await served.start()
        [answer] = await piet.hears(within=30)

    [ended] = [entry for entry in served.entries() if "threads" in entry]
    assert code == 0
    assert any(name.startswith("storing") for name in ended["threads"])
    assert NL["ask.photo.2"] in answer.text
    assert place.read_bytes() == sent


def test_a_loop_that_hangs_holds_up_no_stop(tmp_path: Path) -> None:
    """Such as in writing a log that nobody reads: the signal is heard all the same."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    process = subprocess.Popen([sys.executable, "-c", HANGING, fifo], cwd=ROOT)  # noqa: S603 ours
    hanging = os.open(fifo, os.O_WRONLY)  # once it is being read

    process.terminate()

    assert process.wait(STOPPED_WITHIN) == 0
    os.close(hanging)


async def test_a_bot_api_that_never_answers_holds_up_no_stop(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """What was being said is said at the next start."""
    piet = api.user()
    port = int(api.url.rpartition(":")[2])
    async with (
        TcpProxy(port) as proxy,
        Served(api, tmp_path, TELEGRAM_BASE_URL=f"http://127.0.0.1:{proxy.port}") as served,
    ):
        await api.confirmed(await piet.says("hallo"), within=10)
        await served.logs("message handled")
        proxy.hangs()

        code = await served.stop(within=STOPPED_WITHIN)
        proxy.goes_on()
        await served.start()
        await api.until(lambda: bool(piet.heard), "answer", within=30)

    assert code == 0


async def test_a_database_that_is_locked_holds_up_no_stop(api: FakeBotApi, tmp_path: Path) -> None:
    """What came in meanwhile was not acknowledged, and is answered after the next start."""
    piet = api.user()
    async with Served(api, tmp_path) as served:
        await piet.says("hallo")
        await piet.hears(within=10)
        async with locked(served):
            update = await piet.says(POLICY_NUMBER)
            await served.logs("telegram polling failed; trying again")

            code = await served.stop(within=STOPPED_WITHIN)
        kept_by_telegram = update in api.pending
        await served.start()
        [answer] = await piet.hears(within=30)

    assert code == 0
    assert kept_by_telegram
    assert NL["ask.photo.1"] in answer.text
