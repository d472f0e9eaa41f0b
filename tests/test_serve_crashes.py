"""``claimbot serve`` told to stop, or not let in, and started again: nothing is lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fake_bot_api import SERVER_ERROR, UNAUTHORIZED, FakeBotApi, Person
from tests.journeys import NL, POLICY_NUMBER, Served, photo

STOPPED_WITHIN = 10  # seconds


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """A Bot API that serves."""
    async with FakeBotApi() as serving:
        yield serving


def repeated(person: Person) -> int:
    """Return how many messages someone was told again."""
    texts = [said.text for said in person.heard]
    return len(texts) - len(set(texts))


async def hears_of(api: FakeBotApi, person: Person, words: str) -> None:
    """Wait until someone is told something with these words."""
    await api.until(lambda: any(words in m.text for m in person.heard), words, within=15)


async def test_a_process_that_is_told_to_stop_leaves_the_rest_for_the_next(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """Soon, with exit code 0; what it could not finish is answered after the next start."""
    piet = api.user()
    async with Served(api, tmp_path) as served:
        await piet.says(POLICY_NUMBER)
        await piet.hears(within=10)
        api.fails("getFile", SERVER_ERROR, times=100)
        sent = [await piet.sends_photo(photo("whole car"), as_is=True), await piet.says("status")]
        await api.confirmed(*sent)
        await api.until(lambda: bool(api.called("getFile")), "fetching", within=15)

        assert await served.stop(within=STOPPED_WITHIN) == 0
        missed = await piet.says("hallo?")
        api.heals()
        await served.start()
        await api.confirmed(missed, within=10)
        await hears_of(api, piet, NL["status.draft"].partition("{")[0])

    assert all(set(entry) >= {"event", "level", "timestamp"} for entry in served.entries())
    assert repeated(piet) == 0


async def test_a_token_that_is_refused_is_one_line_and_loses_nothing(
    api: FakeBotApi, tmp_path: Path
) -> None:
    """Exit code 78; with the right one, what was sent meanwhile is answered."""
    piet = api.user()
    update = await piet.says("hallo")
    api.fails("getMe", UNAUTHORIZED)
    served = Served(api, tmp_path)

    ended = await served.command("serve", "--port", "0")

    assert ended.code == 78
    assert ended.err.count("\n") == 1
    assert "CLAIMBOT_TELEGRAM_TOKEN" in ended.err
    assert update in api.pending
    async with served:
        await piet.hears(within=10)
