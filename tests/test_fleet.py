"""The fleet's own parts do what its tests rely on."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.fake_bot_api import HANG_UP, FakeBotApi
from tests.fleet import Balancer, Fleet
from tests.journeys import Served


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


async def ask(balancer: Balancer, api: FakeBotApi) -> int:
    """Send a request through the balancer and return the status of the answer."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{balancer.url}/bot{api.token}/getMe", content=b"")
    return answer.status_code


async def test_servers_take_turns_and_one_that_is_down_is_passed_over(api: FakeBotApi) -> None:
    """As a load balancer does; when none is left, it says so."""
    async with FakeBotApi() as other, Balancer() as balancer:
        balancer.balance([api, other])
        assert [await ask(balancer, api) for _ in range(4)] == [200] * 4
        assert len(api.called("getMe")) == len(other.called("getMe")) == 2

        await other.stop()
        assert [await ask(balancer, api) for _ in range(2)] == [200] * 2

        balancer.balance([other])
        assert await ask(balancer, api) == 502


async def test_a_request_that_was_dropped_is_not_sent_to_another(api: FakeBotApi) -> None:
    """It may have been taken in, so whoever sent it decides."""
    async with FakeBotApi() as other, Balancer() as balancer:
        balancer.balance([api, other])
        api.fails("getMe", HANG_UP)

        assert await ask(balancer, api) == 502

    assert other.called("getMe") == []


async def test_what_does_not_happen_is_told_with_the_logs(api: FakeBotApi, tmp_path: Path) -> None:
    """Whoever reads the failure sees what the processes said last."""
    fleet = Fleet(api, tmp_path, "sqlite:///claimbot.db", each=1)
    web = Served(api, tmp_path, command="web")
    web.log.append("what went wrong")
    fleet.processes["web"] = [web]

    with pytest.raises(AssertionError, match="not it happens") as failure:
        await fleet.until(lambda: False, "it happens", within=0.01)

    assert failure.value.__notes__ == ["after 0 kills", "what went wrong"]


async def test_a_process_that_does_not_start_is_told_with_its_log(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """And nothing of it is left."""
    with pytest.raises(AssertionError, match="the database setting is no URL"):
        await Served(api, tmp_path, command="relay", DATABASE="nowhere").start()
